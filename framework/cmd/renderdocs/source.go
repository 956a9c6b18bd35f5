package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/centplugins/centplugins/framework/describe"
)

// source is what pages are made from beside the registry.
type source struct {
	files     fs.FS
	languages []string
	sayings   map[string]map[string]string // translations of the registry's texts, by language and text; none for English
	outputs   map[string]string            // what a command prints
}

// original is the language of the registry's texts.
const original = "en"

// load reads the source folder.
func load(files fs.FS) (*source, error) {
	s := &source{files: files, sayings: map[string]map[string]string{}, outputs: map[string]string{}}
	if err := readJSON(files, "outputs.json", &s.outputs); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	folders, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		s.languages = append(s.languages, f.Name())
		if f.Name() == original {
			continue
		}
		said := map[string]string{}
		if err := readJSON(files, path.Join(f.Name(), "translations.json"), &said); err != nil {
			return nil, err
		}
		s.sayings[f.Name()] = said
	}
	return s, nil
}

func readJSON(files fs.FS, name string, v any) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// render makes all pages, by their paths below docs.
func (s *source) render(document *describe.Document) (map[string]string, error) {
	pages := map[string]string{}
	for _, language := range s.languages {
		w := &writer{source: s, document: document, language: language}
		text, err := w.page("options.md", nil)
		if err != nil {
			return nil, err
		}
		pages[path.Join(language, "options.md")] = text
		for i := range document.Plugins {
			p := view{&document.Plugins[i]}
			if text, err = w.page("plugin.md", &p); err != nil {
				return nil, err
			}
			pages[path.Join(language, p.Service()+".md")] = text
		}
		if len(w.missing) > 0 {
			return nil, fmt.Errorf("%s/translations.json has no translation of:\n%s", language, strings.Join(slices.Sorted(maps.Keys(w.missing)), "\n"))
		}
	}
	return pages, nil
}

// writer writes the pages of one language.
type writer struct {
	*source
	document *describe.Document
	language string
	missing  map[string]bool // texts without a translation
	parts    *template.Template
}

// page fills a template with a plugin, or with the registry where there is none.
func (w *writer) page(name string, p *view) (string, error) {
	files := []string{path.Join(w.language, name)}
	var data any = w.document
	if p != nil {
		own := path.Join(w.language, p.Service()+".md")
		if _, err := fs.Stat(w.files, own); err != nil {
			return "", fmt.Errorf("docs/source/%s is missing: docs/en/developers.md tells how to write it", own)
		}
		files = append(files, own)
		data = p
	}
	var err error
	w.parts, err = template.New(name).Option("missingkey=error").Funcs(w.functions(p)).ParseFS(w.files, files...)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	if err := w.parts.Execute(&text, data); err != nil {
		return "", err
	}
	return tidy(text.String()), nil
}

// tidy leaves one empty line where templates leave several.
func tidy(text string) string {
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(text) + "\n"
}
