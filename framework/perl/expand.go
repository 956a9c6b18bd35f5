package perl

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lookup gives the value of the variable at the start of rest, and how many bytes of rest name it; 0 bytes when there
// is no variable. It is asked at each '$' and '%', and at a backslash before a digit from 1 to 9.
type Lookup func(rest string) (value string, n int)

// Expand returns the text that Perl makes of the inside of a double-quoted string: variables by lookup, \n \t \x{41} and
// their like, and the case changes \U \L \Q \u \l up to \E. An '@' stands for itself.
func Expand(template string, lookup Lookup) string { return expand(template, lookup, false) }

// ExpandPattern is Expand for the inside of m// and of the first half of s///: only variables and case changes are
// replaced, every other escape is left to Compile, and a '$' before ')', '|', a blank or the end is an anchor.
func ExpandPattern(template string, lookup Lookup) string { return expand(template, lookup, true) }

// Interpolate is Expand with the groups of a match, [0] the whole of it, as $1 or ${1} and as $&. Any other variable is
// empty.
func Interpolate(template string, groups []string) string {
	return Expand(template, func(rest string) (string, int) {
		name, n := VariableAt(rest)
		return Group(groups, name), n
	})
}

// VariableAt returns the name of the Perl scalar at the start of rest ($name, ${name}, $12, $&) and the bytes that it
// takes, 0 when there is none.
func VariableAt(rest string) (name string, n int) {
	if !strings.HasPrefix(rest, "$") {
		return "", 0
	}
	rest = rest[1:]
	if braced, ok := strings.CutPrefix(rest, "{"); ok {
		name = leadingName(braced)
		if name == "" || !strings.HasPrefix(braced[len(name):], "}") {
			return "", 0
		}
		return name, len(name) + 3
	}
	name = leadingName(rest)
	if name == "" {
		return "", 0
	}
	return name, len(name) + 1
}

// Group returns the group of a match that the variable called name holds: "&" the whole match, "1" the first group. It is
// empty for a group that took no part and for any other name.
func Group(groups []string, name string) string {
	i, err := strconv.Atoi(name)
	if name == "&" {
		i, err = 0, nil
	} else if i == 0 {
		return ""
	}
	if err != nil || i >= len(groups) {
		return ""
	}
	return groups[i]
}

// leadingName returns the variable's name at the start of s: digits, a word, or "&".
func leadingName(s string) string {
	n := digits(s, 0)
	switch {
	case n > 0:
		return s[:n]
	case strings.HasPrefix(s, "&"):
		return "&"
	}
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return s[:n]
}

func expand(template string, lookup Lookup, pattern bool) string {
	if !strings.ContainsAny(template, `\$%`) {
		return template
	}
	e := expander{open: make([]segment, 1, 4)}
	for i := 0; i < len(template); {
		rest := template[i:]
		switch c := rest[0]; {
		case c == '$' && pattern && (len(rest) == 1 || strings.IndexByte("()| \t\r\n", rest[1]) >= 0):
			e.add("$")
			i++
		case c == '$' || c == '%':
			value, n := lookup(rest)
			if n == 0 {
				value, n = rest[:1], 1
			}
			e.add(value)
			i += n
		case c == '\\' && len(rest) > 1:
			i += 1 + e.escape(rest, lookup, pattern)
		default:
			e.add(rest[:1])
			i++
		}
	}
	for len(e.open) > 1 {
		e.close()
	}
	return string(e.open[0].text)
}

// expander builds the text of a template; each \U, \L or \Q that is not closed yet has a segment of its own.
type expander struct{ open []segment }

type segment struct {
	mode byte // 'U', 'L' or 'Q'; 0 for the template itself
	once byte // a 'u' or 'l' that waits for the next character
	text []byte
}

func (e *expander) top() *segment { return &e.open[len(e.open)-1] }

func (e *expander) add(s string) {
	top := e.top()
	if s == "" {
		return
	}
	start := len(top.text)
	top.text = append(top.text, s...)
	switch top.once {
	case 'u':
		top.text[start] = upper(top.text[start])
	case 'l':
		top.text[start] = lower(top.text[start])
	}
	top.once = 0
}

// close applies the innermost case change to its segment.
func (e *expander) close() {
	s := *e.top()
	e.open = e.open[:len(e.open)-1]
	switch s.mode {
	case 'U':
		e.add(Upper(string(s.text)))
	case 'L':
		e.add(Lower(string(s.text)))
	case 'Q':
		e.add(Quote(string(s.text)))
	}
}

// escape takes the escape at the start of rest and returns its length without the backslash.
func (e *expander) escape(rest string, lookup Lookup, pattern bool) int {
	switch c := rest[1]; c {
	case 'U', 'L':
		// A new case ends the last one, and whatever was opened inside it.
		for e.changesCase() {
			e.close()
		}
		e.open = append(e.open, segment{mode: c})
		return 1
	case 'Q':
		e.open = append(e.open, segment{mode: c})
		return 1
	case 'E':
		if len(e.open) > 1 {
			e.close()
		}
		return 1
	case 'u', 'l':
		at := e.top()
		if len(at.text) == 0 && (at.mode == 'U' || at.mode == 'L') {
			at = &e.open[len(e.open)-2] // "\L\ux" is "\u\Lx"
		}
		at.once = c
		return 1
	}
	if pattern {
		e.add(rest[:2])
		return 1
	}
	if rest[1] >= '1' && rest[1] <= '9' {
		if value, n := lookup(rest); n > 0 {
			e.add(value)
			return n - 1
		}
	}
	if rest[1] == 'b' {
		e.add("\b")
		return 1
	}
	code, n, err := escapedCode(rest[1:])
	switch {
	case n == 0 || err != nil: // any other character stands for itself
		e.add(rest[1:2])
		return 1
	case code < 0x100:
		e.add(string([]byte{byte(code)}))
	default:
		e.add(string(utf8.AppendRune(nil, rune(code))))
	}
	return n
}

func (e *expander) changesCase() bool {
	for _, s := range e.open {
		if s.mode == 'U' || s.mode == 'L' {
			return true
		}
	}
	return false
}

// Quote puts a backslash before every byte that is not a letter, a digit or '_', as Perl's \Q does.
func Quote(s string) string {
	var quoted strings.Builder
	for i := range len(s) {
		if !isWord(s[i]) {
			quoted.WriteByte('\\')
		}
		quoted.WriteByte(s[i])
	}
	return quoted.String()
}

// Upper is Perl's uc on bytes: only ASCII letters have a case.
func Upper(s string) string { return mapBytes(s, upper) }

// Lower is Perl's lc on bytes: only ASCII letters have a case.
func Lower(s string) string { return mapBytes(s, lower) }

func mapBytes(s string, f func(c byte) byte) string {
	mapped := []byte(s)
	for i, c := range mapped {
		mapped[i] = f(c)
	}
	return string(mapped)
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
