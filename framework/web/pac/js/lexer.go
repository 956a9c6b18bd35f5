package js

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

type kind int

const (
	end     kind = iota
	word         // an identifier or a keyword
	numeral      // a number
	quoted       // a text
	mark         // an operator or a bracket
)

type token struct {
	kind    kind
	text    string // of a quoted text, its value
	number  float64
	line    int
	newline bool // the first of its line
	pos     int
}

func (t token) is(text string) bool { return t.text == text && (t.kind == word || t.kind == mark) }

// lexer cuts a source into tokens. It does not know a regular expression or a template from a division or a text: at their first
// character the parser calls regexp and template.
type lexer struct {
	src  string
	pos  int
	line int
}

func fault(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}

func (l *lexer) next() (token, error) {
	newline, err := l.blanks()
	t := token{line: l.line, newline: newline, pos: l.pos}
	if err != nil || l.pos == len(l.src) {
		return t, err
	}
	rest := l.src[l.pos:]
	switch c := rest[0]; {
	case isLetter(c):
		t.kind, t.text = word, rest[:run(rest, isWord)]
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number(t)
	case c == '"' || c == '\'':
		return l.quoted(t)
	default:
		n := min(4, len(rest))
		for n > 0 && !isMark(rest[:n]) {
			n--
		}
		if n == 0 {
			r, _ := utf8.DecodeRuneInString(rest)
			return t, fault(l.line, "the character %q is not expected", r)
		}
		if rest[:n] == "?." && len(rest) > 2 && isDigit(rest[2]) {
			n = 1 // a?.5:1
		}
		t.kind, t.text = mark, rest[:n]
	}
	l.pos += len(t.text)
	return t, nil
}

// blanks skips white space and comments and tells whether there was a newline.
func (l *lexer) blanks() (newline bool, err error) {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case rest[0] == '\n':
			newline = true
			l.line++
			l.pos++
		case rest[0] == ' ' || rest[0] >= '\t' && rest[0] <= '\r':
			l.pos++
		case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\ufeff"):
			l.pos += len(rest) - len(strings.TrimPrefix(strings.TrimPrefix(rest, "\u00a0"), "\ufeff"))
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				l.pos += n
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return newline, fault(l.line, "the comment is not closed")
			}
			lines := strings.Count(rest[:n+2], "\n")
			newline = newline || lines > 0
			l.line += lines
			l.pos += n + 4
		default:
			return newline, nil
		}
	}
	return true, nil
}

func (l *lexer) number(t token) (token, error) {
	t.kind = numeral
	rest := l.src[l.pos:]
	n := run(rest, func(c byte) bool { return isWord(c) || c == '.' })
	if e := rest[n-1]; (e == 'e' || e == 'E') && n < len(rest) && (rest[n] == '+' || rest[n] == '-') && rest[1]|' ' != 'x' {
		n += 1 + run(rest[n+1:], isWord)
	}
	t.text = rest[:n]
	t.number = parseNumber(t.text)
	if n > 1 && rest[0] == '0' && run(t.text, func(c byte) bool { return c >= '0' && c <= '7' }) == n {
		octal, _ := strconv.ParseUint(t.text, 8, 64)
		t.number = float64(octal)
	}
	if math.IsNaN(t.number) {
		return t, fault(t.line, "'%s' is not a number", cut(t.text))
	}
	l.pos += n
	return t, nil
}

func (l *lexer) quoted(t token) (token, error) {
	t.kind = quoted
	quote := l.src[l.pos]
	l.pos++
	var b strings.Builder
	for l.pos < len(l.src) && l.src[l.pos] != '\n' {
		switch c := l.src[l.pos]; c {
		case quote:
			l.pos++
			t.text = b.String()
			return t, nil
		case '\\':
			l.escape(&b)
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return t, fault(t.line, "the text is not closed by %c", quote)
}

// escape takes a backslash and what it stands before.
func (l *lexer) escape(b *strings.Builder) {
	l.pos++
	if l.pos == len(l.src) {
		return
	}
	c := l.src[l.pos]
	l.pos++
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'v':
		b.WriteByte('\v')
	case '0':
		b.WriteByte(0)
	case '\r':
		if l.pos < len(l.src) && l.src[l.pos] == '\n' {
			l.pos++
			l.line++
		}
	case '\n':
		l.line++
	case 'x', 'u':
		digits, after := 2, 0
		if c == 'u' {
			digits = 4
		}
		if rest := l.src[l.pos:]; c == 'u' && strings.HasPrefix(rest, "{") {
			l.pos++
			digits, after = max(0, strings.IndexByte(rest, '}')-1), 1
		}
		if l.pos+digits+after <= len(l.src) {
			if code, err := strconv.ParseUint(l.src[l.pos:l.pos+digits], 16, 31); err == nil {
				b.WriteRune(rune(code))
				l.pos += digits + after
				return
			}
		}
		b.WriteByte(c)
	default:
		b.WriteByte(c)
	}
}

// regexp takes the regular expression whose first slash is at start.
func (l *lexer) regexp(start int) (pattern, flags string, err error) {
	inClass := false
	for l.pos = start + 1; l.pos < len(l.src) && l.src[l.pos] != '\n'; l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos++
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '/' && !inClass:
			pattern = l.src[start+1 : l.pos]
			flags = l.src[l.pos+1:]
			flags = flags[:run(flags, isWord)]
			l.pos += 1 + len(flags)
			return pattern, flags, nil
		}
	}
	l.pos = min(l.pos, len(l.src))
	return "", "", fault(l.line, "the regular expression is not closed by /")
}

// template takes the text of a template up to its end, or up to the next ${, which more tells.
func (l *lexer) template() (text string, more bool, err error) {
	var b strings.Builder
	line := l.line
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '`':
			l.pos++
			return b.String(), false, nil
		case c == '\\':
			l.escape(&b)
		case strings.HasPrefix(l.src[l.pos:], "${"):
			l.pos += 2
			return b.String(), true, nil
		default:
			if c == '\n' {
				l.line++
			}
			b.WriteByte(c)
			l.pos++
		}
	}
	return "", false, fault(line, "the template is not closed by `")
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|' ' >= 'a' && c|' ' <= 'z' || c == '_' || c == '$' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

// run returns how many bytes at the start of s are in.
func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isMark(s string) bool {
	switch s {
	case "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", ".", "`",
		"==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "=>", "**", "?.", "??",
		"===", "!==", ">>>", "<<=", ">>=", "...", ">>>=":
		return true
	}
	return false
}
