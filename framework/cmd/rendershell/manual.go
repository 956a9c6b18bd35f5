package main

import (
	_ "embed"
	"io"
	"strings"
	"text/template"

	"github.com/centplugins/centplugins/framework/describe"
)

//go:embed manual.1.tmpl
var manualText string

// manual writes the manual page.
func manual(w io.Writer, d *describe.Document) error {
	t, err := template.New("").Funcs(template.FuncMap{
		"roff": roff, "title": func(s string) string { return roff(strings.ToUpper(s)) }, "option": optionLine, "threshold": thresholdLine, "help": help,
	}).Parse(manualText)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		*describe.Document
		Program     string
		CustomModes []customMode
	}{d, program, customModes(d)})
}

// customMode is a custom mode, and the plugins that have it.
type customMode struct {
	describe.CustomMode
	Plugins []string
}

// customModes gathers those that plugins share.
func customModes(d *describe.Document) []customMode {
	var all []customMode
	seen := map[string]int{} // by all that is told of it
	for _, p := range d.Plugins {
		for _, c := range p.CustomModes {
			key := c.Name + "\x00" + c.Help + "\x00" + strings.Join(options(c.Options), " ")
			i, ok := seen[key]
			if !ok {
				i = len(all)
				seen[key] = i
				all = append(all, customMode{CustomMode: c})
			}
			all[i].Plugins = append(all[i].Plugins, p.Name)
		}
	}
	return all
}

// roff escapes a text: dashes are those that are typed, and no line begins with what troff takes for a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// optionLine names an option and its aliases.
func optionLine(o describe.Option) string {
	var names []string
	for _, name := range append([]string{o.Name}, o.Aliases...) {
		text := `\fB` + roff("--"+name) + `\fR`
		if !o.Flag {
			text += `=\fIvalue\fR`
		}
		names = append(names, text)
	}
	return strings.Join(names, ", ")
}

func help(o describe.Option) string {
	text := o.Help
	if o.Default != "" {
		text += " Default: " + o.Default
	}
	if o.Repeatable {
		text += " May be repeated."
	}
	return roff(text)
}

func thresholdLine(m describe.Mode, c describe.Counter) string {
	var names []string
	for _, level := range []string{"warning", "critical", "unknown"} {
		for _, name := range thresholds(m, c) {
			names = append(names, `\fB`+roff("--"+level+"-"+name)+`\fR=\fIvalue\fR`)
		}
	}
	return strings.Join(names, ", ")
}
