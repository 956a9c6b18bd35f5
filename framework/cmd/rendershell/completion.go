package main

import (
	_ "embed"
	"io"
	"strings"
	"text/template"

	"github.com/centplugins/centplugins/framework/describe"
)

//go:embed completion.bash.tmpl
var completionText string

// completion writes the completion for bash.
func completion(w io.Writer, d *describe.Document) error {
	t, err := template.New("").Funcs(template.FuncMap{
		"options":    func(groups []describe.Group) string { return strings.Join(options(groups), " ") },
		"thresholds": func(m describe.Mode) string { return strings.Join(levels(m), " ") },
		"join":       func(words []string) string { return strings.Join(words, " ") },
	}).Parse(completionText)
	if err != nil {
		return err
	}
	var commands []string
	for _, p := range d.Plugins {
		commands = append(commands, p.Package.Command)
	}
	return t.Execute(w, struct {
		*describe.Document
		Program  string
		Commands []string
	}{d, program, commands})
}

// options are the names of the options as they are typed; those that take a value end with =.
func options(groups []describe.Group) []string {
	var words []string
	for _, g := range groups {
		for _, o := range g.Options {
			for _, name := range append([]string{o.Name}, o.Aliases...) {
				words = append(words, word(name, o.Flag))
			}
		}
	}
	return words
}

func word(name string, flag bool) string {
	if flag {
		return "--" + name
	}
	return "--" + name + "="
}

// levels are the threshold options of a mode.
func levels(m describe.Mode) []string {
	var words []string
	for _, b := range m.Blocks {
		for _, c := range b.Counters {
			for _, level := range []string{"warning-", "critical-", "unknown-"} {
				words = append(words, word(level+thresholds(m, c)[0], false))
			}
		}
	}
	return words
}
