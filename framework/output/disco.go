package output

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// RenderDiscoFormat returns what --disco-format prints: the names of what a list mode lists.
func RenderDiscoFormat(o Options, names []string) ([]byte, error) {
	if o.format() == asJSON {
		return encode(map[string][]string{"data": append([]string{}, names...)})
	}
	w := newXML()
	w.inside("data", func() {
		for _, name := range names {
			w.element("element", name)
		}
	})
	return w.out, nil
}

// RenderDiscoShow returns what --disco-show prints: what a list mode found, each thing as values by name.
func RenderDiscoShow(o Options, head Head, found []map[string]string) ([]byte, error) {
	if o.format() == asJSON {
		document, err := encode(map[string][]map[string]string{"data": append([]map[string]string{}, found...)})
		return head.encoded(document), err
	}
	w := newXML()
	w.inside("data", func() {
		for _, values := range found {
			var b strings.Builder
			for _, name := range slices.Sorted(maps.Keys(values)) {
				fmt.Fprintf(&b, ` %s="%s"`, name, escapeXML(spellControls(values[name])))
			}
			w.line("<label" + b.String() + "/>")
		}
	})
	return head.encoded(w.out), nil
}

// spellControls writes control characters out as references (&#x8;). The ampersand is escaped once more in the document,
// so that a reader of it gets the reference as text: discovery rules have known them so.
func spellControls(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, "&#x%X;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
