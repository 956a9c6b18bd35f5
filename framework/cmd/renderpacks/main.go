// Command renderpacks writes the packs: for each plugin a file that Centreon's command line (CLAPI) imports, with the commands,
// the host template and the service templates.
//
// It reads what --describe prints on standard input, and is run by make generate.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/centplugins/centplugins/framework/describe"
)

const extension = ".clapi"

func main() {
	if err := run(os.Stdin, filepath.Join("packaging", "packs")); err != nil {
		fmt.Fprintln(os.Stderr, "renderpacks:", err)
		os.Exit(1)
	}
}

// run writes the packs into dir, and removes those of plugins that are gone.
func run(from io.Reader, dir string) error {
	document, err := describe.Read(from)
	if err != nil {
		return err
	}
	packs := make(map[string]string, len(document.Plugins))
	for _, p := range document.Plugins {
		text, err := render(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		packs[filepath.Join(dir, p.Pack.Name+extension)] = text
	}
	old, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil {
		return err
	}
	for _, file := range old {
		if _, ok := packs[file]; !ok {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for file, text := range packs {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // readable like the other files of a package
			return err
		}
	}
	return nil
}
