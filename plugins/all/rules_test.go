package all_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module   = "github.com/centplugins/centplugins"
	commands = "framework/cmd" // small programs for developers, no part of a check
)

// TestRules holds what keeps the folders apart; CONTRIBUTING.md says why.
func TestRules(t *testing.T) {
	t.Parallel()
	all := load(t)
	for name, rule := range map[string]func(*testing.T, []pkg){
		"imports go down":              importsGoDown,
		"dependencies have owners":     dependenciesHaveOwners,
		"framework knows no service":   frameworkKnowsNoService,
		"nothing runs before main":     nothingRunsBeforeMain,
		"libraries take what they use": librariesTakeWhatTheyUse,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule(t, all)
		})
	}
}

// pkg is a package of the module, its tests aside.
type pkg struct {
	Name    string
	Imports []string

	path  string // below the module, such as framework/web; empty for main
	set   *token.FileSet
	files []*ast.File
	tests []string // what its tests import
}

func load(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Dir,GoFiles,Imports,TestImports,XTestImports", module+"/...").Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var listed struct {
			pkg
			ImportPath, Dir           string
			GoFiles                   []string
			TestImports, XTestImports []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p := listed.pkg
		p.path, p.set = below(listed.ImportPath), token.NewFileSet()
		p.tests = slices.Concat(listed.TestImports, listed.XTestImports)
		for _, name := range listed.GoFiles {
			file, err := parser.ParseFile(p.set, filepath.Join(listed.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			p.files = append(p.files, file)
		}
		all = append(all, p)
	}
}

// inspect calls visit for every node of every file.
func (p pkg) inspect(visit func(ast.Node) bool) {
	for _, file := range p.files {
		ast.Inspect(file, visit)
	}
}

// below is the part of an import path that is below the module.
func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func importsGoDown(t *testing.T, all []pkg) {
	layers := []string{"framework", "custommodes", "modes", "plugins", ""}
	layer := func(folder string) int {
		top, _, _ := strings.Cut(folder, "/")
		return slices.Index(layers, top)
	}
	found := make([]bool, len(layers))
	for _, p := range all {
		from := layer(p.path)
		if from < 0 {
			t.Errorf("%s is in none of the folders %q", p.path, layers)
			continue
		}
		found[from] = true
		for _, imported := range p.Imports {
			if imported != module && !strings.HasPrefix(imported, module+"/") {
				continue
			}
			to := below(imported)
			switch {
			case layer(to) > from:
				t.Errorf("%s imports %s: imports go down only, main → plugins → modes → custommodes → framework", p.path, to)
			case layer(to) == from && layers[from] == "plugins" && p.path != "plugins/all":
				t.Errorf("%s imports %s: a plugin never imports another; what they share goes below modes/", p.path, to)
			}
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		t.Errorf("no package is in %q: the rule names a folder that is gone", layers[i])
	}
}

// dependenciesHaveOwners lets few packages import what comes from elsewhere, so that its traps are known in one place.
func dependenciesHaveOwners(t *testing.T, all []pkg) {
	haveOwners(t, "", all, func(p pkg) []string { return p.Imports }, map[string][]string{
		"github.com/alecthomas/kong":              {"framework/option"},
		"github.com/bradfitz/gomemcache/memcache": {"framework/statefile"},
		"github.com/dlclark/regexp2":              {"framework/perl"},
		"github.com/golang-jwt/jwt/v5":            {"custommodes/cloud/microsoft/office365/graphapi/assertion"},
		"github.com/hashicorp/go-retryablehttp":   {"framework/web"},
		"github.com/jarcoal/httpmock":             {"framework/plugintest"},
		"github.com/gomodule/redigo/redis":        {"framework/statefile"},
		"github.com/rs/zerolog":                   {"framework/app", "framework/plugin"},
		"github.com/tobischo/argon2":              {"framework/secret/kdbx"},
		"github.com/tobischo/gokeepasslib/v3":     {"framework/secret/kdbx"},
		"golang.org/x/tools/txtar":                {"framework/plugintest"},
		"software.sslmate.com/src/go-pkcs12":      {"custommodes/cloud/microsoft/office365/graphapi/assertion"},
		"testing":                                 {"framework/plugintest"},
	})
	haveOwners(t, "the test of ", all, func(p pkg) []string { return p.tests }, map[string][]string{
		"github.com/prometheus/common/expfmt":          {"framework/output"},
		"github.com/prometheus/common/model":           {"framework/output"},
		"github.com/rs/zerolog":                        {"custommodes/cloud/microsoft/office365/graphapi"},
		"github.com/santhosh-tekuri/jsonschema/v6":     {"framework/describe"},
		"github.com/tobischo/gokeepasslib/v3":          {"framework/secret/kdbx"},
		"github.com/tobischo/gokeepasslib/v3/wrappers": {"framework/secret/kdbx"},
		"software.sslmate.com/src/go-pkcs12":           {"custommodes/cloud/microsoft/office365/graphapi/assertion"},
	})
}

func haveOwners(t *testing.T, who string, all []pkg, imports func(pkg) []string, owners map[string][]string) {
	importers := map[string][]string{}
	for _, p := range all {
		for _, imported := range imports(p) {
			importers[imported] = append(importers[imported], p.path)
			host, _, _ := strings.Cut(imported, "/")
			if owners[imported] == nil && strings.Contains(host, ".") && !strings.HasPrefix(imported, module+"/") {
				t.Errorf("%s%s imports %s, which has no owner yet: a dependency comes with a line here and one of docs/decisions", who, p.path, imported)
			}
		}
	}
	for dependency, allowed := range owners {
		for _, p := range importers[dependency] {
			if !slices.Contains(allowed, p) {
				t.Errorf("%s%s imports %s: only %v may", who, p, dependency, allowed)
			}
		}
		for _, p := range allowed {
			if !slices.Contains(importers[dependency], p) {
				t.Errorf("%s%s does not import %s: the rule names a package that is gone", who, p, dependency)
			}
		}
	}
}

// frameworkKnowsNoService looks at strings alone: comments, and the help in struct tags, may give examples.
func frameworkKnowsNoService(t *testing.T, all []pkg) {
	for _, p := range all {
		if !strings.HasPrefix(p.path, "framework/") || strings.HasPrefix(p.path, commands+"/") {
			continue
		}
		p.inspect(func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				return false
			case *ast.BasicLit:
				for _, word := range []string{"office365", "microsoft", "exchange"} {
					if n.Kind == token.STRING && strings.Contains(strings.ToLower(n.Value), word) {
						t.Errorf("%s: %s in a string: the framework knows no service", p.set.Position(n.Pos()), word)
					}
				}
			}
			return true
		})
	}
}

func nothingRunsBeforeMain(t *testing.T, all []pkg) {
	for _, p := range all {
		p.inspect(func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: every check would pay for it, and no test could leave it out", p.set.Position(f.Pos()))
			}
			return true
		})
	}
}

// librariesTakeWhatTheyUse keeps the clock, the environment and the process out of all that is not a main package.
func librariesTakeWhatTheyUse(t *testing.T, all []pkg) {
	mains := map[string][]string{
		"fmt":      {"Print", "Printf", "Println"},
		"net/http": {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
		"os":       {"Args", "Environ", "Exit", "Getenv", "LookupEnv", "Stderr", "Stdin", "Stdout"},
		"time":     {"Now", "Since"}, // not Until: the deadline of a context is on the real clock
	}
	for _, p := range all {
		if p.Name == "main" {
			continue
		}
		for _, file := range p.files {
			imports := importNames(t, file)
			ast.Inspect(file, func(n ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := selector.X.(*ast.Ident); ok && slices.Contains(mains[imports[x.Name]], selector.Sel.Name) {
					t.Errorf("%s: %s.%s is for main: take it as a parameter, or from plugin.Env",
						p.set.Position(selector.Pos()), x.Name, selector.Sel.Name)
				}
				return true
			})
		}
	}
}

// importNames maps the names that a file gives to its imports to their paths.
func importNames(t *testing.T, file *ast.File) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
	}
	return names
}
