// Command rendershell writes what helps at a shell: the completion for bash, and the manual page.
//
// It reads what --describe prints from standard input, and is run by make generate.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/centplugins/centplugins/framework/describe"
)

// program is the name of the installed program.
const program = "centreon_plugins"

func main() {
	if err := run(os.Stdin, "packaging/shell"); err != nil {
		fmt.Fprintln(os.Stderr, "rendershell:", err)
		os.Exit(1)
	}
}

func run(from io.Reader, dir string) error {
	d, err := describe.Read(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a folder of the sources, readable like the others
		return err
	}
	for name, render := range map[string]func(io.Writer, *describe.Document) error{".bash": completion, ".1": manual} {
		var b bytes.Buffer
		if err := render(&b, d); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, program+name), b.Bytes(), 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}

// thresholds are the names of a counter's thresholds, without the level in front: the one that help shows, then the others.
func thresholds(m describe.Mode, c describe.Counter) []string {
	names := []string{c.Threshold}
	if m.NewNames {
		names[0] = c.NewName
	}
	if names[0] != c.Label {
		names = append(names, c.Label)
	}
	return append(names, c.Aliases...)
}
