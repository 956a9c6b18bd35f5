package output

import (
	"strings"
	"unicode/utf8"
)

// xmlWriter writes an indented XML document. Characters that XML cannot hold come out as U+FFFD, the replacement
// character, so that the document is well-formed whatever the texts.
type xmlWriter struct {
	out   []byte
	depth int
}

func newXML() *xmlWriter {
	return &xmlWriter{out: append(make([]byte, 0, 1024), `<?xml version="1.0" encoding="utf-8"?>`+"\n"...)}
}

// inside writes an element and, in it, what f writes.
func (w *xmlWriter) inside(name string, f func()) {
	w.line("<" + name + ">")
	w.depth++
	f()
	w.depth--
	w.line("</" + name + ">")
}

// element writes an element that holds text.
func (w *xmlWriter) element(name, text string) {
	w.line("<" + name + ">" + escapeXML(text) + "</" + name + ">")
}

func (w *xmlWriter) line(s string) {
	for range w.depth {
		w.out = append(w.out, "  "...)
	}
	w.out = append(append(w.out, s...), '\n')
}

func escapeXML(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\r':
			b.WriteString("&#13;")
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r) // of bytes that are no UTF-8, range has made U+FFFD
		}
	}
	return b.String()
}

func (d document) xml() []byte {
	w := newXML()
	w.inside("plugin", func() {
		w.element("name", d.Plugin)
		w.element("mode", d.Mode)
		w.element("exit", d.exit)
		w.inside("outputs", func() {
			for m := range d.shorts() {
				w.inside("output", func() {
					w.element("type", "1")
					w.element("exit", m.Status.String())
					w.element("msg", m.Text)
				})
			}
			for _, line := range d.long {
				w.inside("output", func() {
					w.element("type", "2")
					w.element("msg", line)
				})
			}
		})
		w.inside("perfdatas", func() {
			for _, m := range d.metrics {
				w.inside("perfdata", func() {
					w.element("label", m.Label)
					if m.NLabel != "" {
						w.element("nlabel", m.NLabel)
					}
					for _, name := range m.Instances {
						w.element("instances", name)
					}
					w.element("value", m.Value)
					w.element("unit", m.Unit)
					w.element("warning", m.Warning)
					w.element("critical", m.Critical)
					w.element("min", m.Min)
					w.element("max", m.Max)
					if m.Mode != "" {
						w.element("mode", m.Mode)
					}
				})
			}
		})
	})
	return w.out
}
