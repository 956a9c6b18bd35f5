// Command renderdocs writes the reference pages of the plugins: docs/<language>/<service>.md and options.md, for each language
// below docs/source. It reads the registry as data (--describe) on standard input, the prose from docs/source/<language>, and what
// the shown commands print from docs/source/outputs.json, which its test runs and writes anew under -update.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/centplugins/centplugins/framework/describe"
)

func main() {
	if err := write("docs"); err != nil {
		fmt.Fprintln(os.Stderr, "renderdocs:", err)
		os.Exit(1)
	}
}

func write(docs string) error {
	document, err := describe.Read(os.Stdin)
	if err != nil {
		return err
	}
	from, err := load(os.DirFS(filepath.Join(docs, "source")))
	if err != nil {
		return err
	}
	pages, err := from.render(document)
	if err != nil {
		return err
	}
	return save(docs, pages)
}

// save writes pages, by their paths below docs.
func save(docs string, pages map[string]string) error {
	for path, text := range pages {
		if err := os.WriteFile(filepath.Join(docs, path), []byte(text), 0o644); err != nil { //nolint:gosec // pages are for everybody
			return err
		}
	}
	return nil
}
