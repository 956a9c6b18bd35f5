package main

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/centplugins/centplugins/framework/describe"
)

// functions are what templates call.
func (w *writer) functions(p *view) template.FuncMap {
	return template.FuncMap{
		"say":  w.say,
		"code": code,
		// unsaid tells of a repeatable option whose help says nothing of it.
		"unsaid": func(o describe.Option) bool {
			return o.Repeatable && !strings.Contains(o.Help, "repeatable") && !strings.Contains(o.Help, "several times")
		},
		"part": func(name string) (string, error) {
			var text strings.Builder
			err := w.parts.ExecuteTemplate(&text, name, p)
			return strings.TrimSpace(text.String()), err
		},
		"run": func(mode string, more ...string) string { return w.run(p.Plugin, mode, more) },
		"runof": func(service, mode string, more ...string) (string, error) {
			for i := range w.document.Plugins {
				if other := (&view{&w.document.Plugins[i]}); other.Service() == service {
					return w.run(other.Plugin, mode, more), nil
				}
			}
			return "", fmt.Errorf("there is no service %q", service)
		},
	}
}

// say returns a text of the registry in the language of the page, fit for a cell of a table.
func (w *writer) say(text string) string {
	if w.language != original {
		said, ok := w.sayings[w.language][text]
		if !ok {
			if w.missing == nil {
				w.missing = map[string]bool{}
			}
			w.missing[text] = true
		}
		text = said
	}
	return strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", `\<`, "~", `\~`, "[", `\[`, "`", "\\`").Replace(text)
}

// code sets a text as code in a cell of a table; nothing stays nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
}

// run shows a command, as somebody on a poller types it, and what it prints: answered from the recorded tenant, unless more says
// otherwise. An option among more takes the place of the usual one of its name.
func (w *writer) run(p *describe.Plugin, mode string, more []string) string {
	words := []string{
		"--plugin=" + p.Name, "--mode=" + mode, "--tenant='abcd1234-5678-90ab-cd12-34567890abcd'",
		"--client-id='9876dcba-5432-10dc-ba98-76543210dcba'", "--client-secret='demo'", "--http-backend=replay",
	}
	for _, option := range more {
		name, _, _ := strings.Cut(option, "=")
		usual := slices.IndexFunc(words, func(word string) bool { return strings.HasPrefix(word, name+"=") })
		if usual < 0 {
			words = append(words, option)
			continue
		}
		words[usual] = option
	}
	command := "/usr/lib/centreon/plugins/" + p.Package.Command + " \\\n    " + strings.Join(words, " \\\n    ")
	return "```console\n$ " + command + "\n" + w.outputs[command] + "```"
}
