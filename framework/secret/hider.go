// Package secret finds the secrets of a check, with the password managers, and keeps them out of what is printed.
package secret

import (
	"cmp"
	"encoding/base64"
	"html"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/failure"
)

const (
	mask      = "***"
	minLength = 6
)

// Hider is the register of the secrets of a run. The zero value is ready; it is safe for concurrent use.
type Hider struct {
	mu    sync.Mutex
	forms []string // the secrets, in all forms but those of escapes
}

// Add registers a secret. A value of less than 6 characters is ignored: it would be struck out wherever it stands by
// chance, which makes a text unreadable and gives the value away.
func (h *Hider) Add(s string) {
	s = strings.TrimSpace(s) // a line feed from a file does not come along into a text
	if utf8.RuneCountInString(s) < minLength {
		return
	}
	forms := []string{s, twice(s)}
	if line := failure.OneLine(s); utf8.RuneCountInString(line) >= minLength { // which line breaks and the like may leave short
		forms = append(forms, line, twice(line))
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			forms = append(forms, base64Forms(encoding, s, before)...)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forms = append(h.forms, forms...)
	slices.Sort(h.forms)
	h.forms = slices.Compact(h.forms)
}

// twice encodes UTF-8 as if it were Latin-1, as the documents in JSON and XML are written.
func twice(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// base64Forms returns how s may look in the base64 form of a text that has a number of bytes before it, as in user:s. The
// characters that s shares with what stands before it are left out; those that it shares with what follows are in the forms
// for a text that ends with s.
func base64Forms(encoding *base64.Encoding, s string, before int) []string {
	const bits = 6
	first := (before*8 + bits - 1) / bits
	end := (before + len(s)) * 8 / bits
	text := append(make([]byte, before), s...)
	ending := encoding.EncodeToString(text)[first:]
	padded := encoding.WithPadding(base64.StdPadding).EncodeToString(text)[first:]
	return []string{ending[:end-first], ending, padded}
}

// Clean returns text with every registered secret replaced by ***, also where it is encoded for a URL, for JSON, for XML or
// in base64.
func (h *Hider) Clean(text string) string {
	h.mu.Lock()
	forms := slices.Clone(h.forms)
	h.mu.Unlock()
	if len(forms) == 0 {
		return text
	}
	for {
		found := findAll(text, forms)
		if len(found) == 0 {
			return text
		}
		// What stands on both sides of a mask may make up a secret again, hence the loop. It ends: a mask is shorter
		// than all that it replaces.
		text = replace(text, found)
	}
}

// span is a part of a text, from start until before end.
type span struct{ start, end int }

// replace puts one mask in the place of all spans that overlap or touch.
func replace(text string, spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	end := 0
	for i, s := range spans {
		if i == 0 || s.start > end {
			b.WriteString(text[end:s.start])
			b.WriteString(mask)
		}
		end = max(end, s.end)
	}
	b.WriteString(text[end:])
	return b.String()
}

// findAll finds the forms in text, as they are and escaped.
func findAll(text string, forms []string) []span {
	var found []span
	for _, form := range forms {
		for at := 0; ; at++ {
			i := strings.Index(text[at:], form)
			if i < 0 {
				break
			}
			at += i
			found = append(found, span{at, at + len(form)})
		}
	}
	for _, read := range []escapeReader{pathChar, queryChar, jsonChar, xmlChar} {
		rest := 0 // behind the lead of the previous escape
		for at := range len(text) {
			if length, char := read(text[at:]); length > 0 {
				found = appendEscaped(found, text, rest, at, char, forms, read)
				rest = at + 1
			}
		}
	}
	return found
}

// appendEscaped finds the forms whose first escape, one for char, stands in text at the given place, and that start not
// before from.
func appendEscaped(found []span, text string, from, at int, char string, forms []string, read escapeReader) []span {
	for _, form := range forms {
		for before := range min(len(form), at-from+1) {
			if !strings.HasPrefix(form[before:], char) || !strings.HasSuffix(text[from:at], form[:before]) {
				continue
			}
			if length := spelled(text[at:], form[before:], read); length > 0 {
				found = append(found, span{at - before, at + length})
			}
		}
	}
	return found
}

// spelled returns how much of the start of text spells form, 0 when it does not. A character may always stand for itself.
func spelled(text, form string, read escapeReader) int {
	at := 0
	for form != "" {
		if at == len(text) {
			return 0
		}
		length, char := read(text[at:])
		switch {
		case length > 0 && strings.HasPrefix(form, char):
		case text[at] == form[0]:
			length, char = 1, form[:1]
		default:
			return 0
		}
		at, form = at+length, form[len(char):]
	}
	return at
}

// escapeReader reads the escape at the start of a text and returns its length and the character that it stands for; the
// length is 0 when there is none.
type escapeReader func(text string) (length int, char string)

func queryChar(text string) (length int, char string) {
	if text[0] == '+' {
		return 1, " "
	}
	return pathChar(text)
}

func pathChar(text string) (length int, char string) {
	if text[0] != '%' || len(text) < 3 {
		return 0, ""
	}
	b, err := strconv.ParseUint(text[1:3], 16, 8)
	if err != nil {
		return 0, ""
	}
	return 3, string([]byte{byte(b)})
}

func jsonChar(text string) (length int, char string) {
	if text[0] != '\\' || len(text) < 2 {
		return 0, ""
	}
	switch text[1] {
	case 'u':
		r := utf16Unit(text)
		if r < 0 {
			return 0, ""
		}
		if pair := utf16.DecodeRune(r, utf16Unit(text[6:])); pair != utf8.RuneError {
			return 12, string(pair)
		}
		return 6, string(r)
	case 'n':
		return 2, "\n"
	case 't':
		return 2, "\t"
	case 'r':
		return 2, "\r"
	case 'b':
		return 2, "\b"
	case 'f':
		return 2, "\f"
	}
	return 2, text[1:2]
}

// utf16Unit returns the unit of an escape such as \u002f, -1 when text does not start with one.
func utf16Unit(text string) rune {
	if len(text) < 6 || text[:2] != `\u` {
		return -1
	}
	unit, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}

func xmlChar(text string) (length int, char string) {
	const longest = len("&#x1F600;")
	if text[0] != '&' {
		return 0, ""
	}
	end := 1 + strings.IndexAny(text[1:min(len(text), longest)], "&;") + 1
	if text[end-1] != ';' {
		return 0, ""
	}
	char = html.UnescapeString(text[:end])
	if char == text[:end] {
		return 0, ""
	}
	return end, char
}
