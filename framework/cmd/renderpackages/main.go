// Command renderpackages writes what each plugin is packaged from: its stub, and the configurations of nfpm for RPM and DEB; and
// the same for its pack.
//
// It reads what --describe prints from standard input, and is run by make generate.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/centplugins/centplugins/framework/describe"
)

//go:embed stub.pl.tmpl
var stubText string

//go:embed nfpm.yaml.tmpl
var nfpmText string

//go:embed pack.yaml.tmpl
var packText string

// made are the files of the directory that come from here: those of a plugin that is gone are removed.
const directory, made = "packaging", "p*/*/centreon*"

func main() {
	if err := run(os.Stdin, directory); err != nil {
		fmt.Fprintln(os.Stderr, "renderpackages:", err)
		os.Exit(1)
	}
}

type file struct {
	name    string
	content []byte
	mode    os.FileMode
}

func run(from io.Reader, dir string) error {
	d, err := describe.Read(from)
	if err != nil {
		return err
	}
	var files []file
	for _, p := range d.Plugins {
		rendered, err := render(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		files = append(files, rendered...)
	}
	stale, err := filepath.Glob(filepath.Join(dir, made))
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		if err := write(name, f.content, f.mode); err != nil {
			return err
		}
		stale = slices.DeleteFunc(stale, func(old string) bool { return old == name })
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// write sets the mode of a file that was there as well.
func write(name string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // a folder of the sources, readable like the others
		return err
	}
	if err := os.WriteFile(name, content, mode); err != nil {
		return err
	}
	return os.Chmod(name, mode)
}

// data is what the templates know.
type data struct {
	describe.Plugin
	Packager string // rpm or deb
	Package  string // its name there
}

// render makes the files of one plugin.
func render(p describe.Plugin) ([]file, error) {
	// Names go into Perl, YAML and paths without quotes.
	if plain := regexp.MustCompile(`^[a-z0-9_]+\.pl$`); !plain.MatchString(p.Package.Command) {
		return nil, fmt.Errorf("the command %q is no plain name that ends with .pl", p.Package.Command)
	}
	for _, name := range []string{p.Package.RPM, p.Package.DEB, p.Pack.Name} {
		if plain := regexp.MustCompile(`^centreon-[A-Za-z0-9+.-]+$`); !plain.MatchString(name) {
			return nil, fmt.Errorf("%q is no name of a package", name)
		}
	}
	stub, err := execute(stubText, data{Plugin: p})
	if err != nil {
		return nil, err
	}
	files := []file{{"plugins/stub/" + p.Package.Command, stub, 0o755}}
	for _, packaged := range []data{{p, "rpm", p.Package.RPM}, {p, "deb", p.Package.DEB}} {
		config, err := execute(nfpmText, packaged)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"plugins/" + packaged.Packager + "/" + packaged.Package + ".yaml", config, 0o644})
		if config, err = execute(packText, packaged); err != nil {
			return nil, err
		}
		files = append(files, file{"packs/" + packaged.Packager + "/" + p.Pack.Name + ".yaml", config, 0o644})
	}
	return files, nil
}

func execute(text string, with data) ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{"wrap": wrap}).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, with)
	return b.Bytes(), err
}

// wrap breaks a text of a description into lines as long as packages may have them, indented as the configuration is.
func wrap(text string) string {
	const width, indent = 76, "  "
	var b strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			b.WriteString("\n" + indent)
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}
