package perl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLiteralDepth is how deep hashes and arrays may be in one another.
const maxLiteralDepth = 64

// ParseAssignments reads Perl source that does nothing but assign literals to scalars, such as Data::Dumper writes:
// "our $name = {...};", comments, "use strict;"/"package x;" lines and a final "1;" allowed. It runs nothing.
//
// The values are map[string]any, []any, string, json.Number and nil for undef, by the name of the variable without the $.
// Strings are UTF-8 where Perl has characters. An error names a line and never quotes the source.
func ParseAssignments(source string) (map[string]any, error) {
	p := &literals{src: strings.TrimPrefix(source, "\uFEFF"), values: map[string]any{}}
	for {
		p.skip(true)
		if p.ended() {
			return p.values, nil
		}
		if err := p.statement(); err != nil {
			return nil, err
		}
	}
}

// literals reads a source from left to right.
type literals struct {
	src    string
	pos    int
	values map[string]any
}

func (p *literals) rest() string { return p.src[p.pos:] }

func (p *literals) peek() byte {
	if p.pos == len(p.src) {
		return 0
	}
	return p.src[p.pos]
}

func (p *literals) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

// wrong takes constant texts alone: the source may hold passwords.
func (p *literals) wrong(reason string) error {
	return fmt.Errorf("line %d: %s", 1+strings.Count(p.src[:p.pos], "\n"), reason)
}

// skip passes blanks and comments; documentation too where a statement may start.
func (p *literals) skip(statement bool) {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case strings.IndexByte(blanks, c) >= 0:
			p.pos++
		case c == '#':
			p.line()
		case c == '=' && statement && (p.pos == 0 || p.src[p.pos-1] == '\n'):
			for p.pos < len(p.src) && !strings.HasPrefix(p.rest(), "=cut") {
				p.line()
			}
			p.line()
		default:
			return
		}
	}
}

// line passes the rest of the line and its end.
func (p *literals) line() {
	_, after, _ := strings.Cut(p.rest(), "\n")
	p.pos = len(p.src) - len(after)
}

// word takes a name, with its packages when it has any; it is empty when none is there.
func (p *literals) word() string {
	start := p.pos
	for isWord(p.peek()) {
		p.pos++
		if strings.HasPrefix(p.rest(), "::") && len(p.rest()) > 2 && isWord(p.rest()[2]) {
			p.pos += 2
		}
	}
	return p.src[start:p.pos]
}

// ended tells whether what follows is no source any more.
func (p *literals) ended() bool {
	switch p.peek() {
	case 0, 4, 26: // the end, or a control character that Perl takes for it
		return p.pos == len(p.src) || p.peek() != 0
	}
	start := p.pos
	word := p.word()
	p.pos = start
	return word == "__END__" || word == "__DATA__"
}

func (p *literals) statement() error {
	switch {
	case p.take(';'):
		return nil
	case isDigit(p.peek()):
		if _, err := p.number(); err != nil {
			return err
		}
		return p.end()
	case p.peek() == '$':
		return p.assignment()
	}
	switch word := p.word(); word {
	case "our", "my", "local":
		p.skip(false)
		return p.assignment()
	case "package":
		p.skip(false)
		if p.word() == "" {
			return p.wrong("a package without a name")
		}
		return p.end()
	case "use", "no":
		return p.pragma()
	}
	return p.wrong("only literals that are assigned to scalars are read here")
}

// pragma passes "use strict;" and its like, which mean nothing for literals.
func (p *literals) pragma() error {
	p.skip(false)
	if digits(strings.TrimPrefix(p.rest(), "v"), 0) > 0 {
		for c := p.peek(); isWord(c) || c == '.'; c = p.peek() {
			p.pos++
		}
		return p.end()
	}
	switch p.word() {
	case "strict", "warnings", "utf8", "vars":
	default:
		return p.wrong("no module is loaded here")
	}
	p.skip(false)
	if p.peek() == ';' {
		return p.end()
	}
	if strings.HasPrefix(p.rest(), "qw") {
		p.pos += len("qw")
		if _, err := p.delimited(); err != nil {
			return err
		}
		return p.end()
	}
	if _, err := p.value(0); err != nil {
		return err
	}
	return p.end()
}

// end takes what ends a statement.
func (p *literals) end() error {
	p.skip(false)
	if p.take(';') || p.ended() {
		return nil
	}
	return p.wrong("a ';' is missing, or this is no literal")
}

func (p *literals) assignment() error {
	if !p.take('$') {
		return p.wrong("only scalars are assigned to")
	}
	name := strings.TrimPrefix(p.word(), "main::")
	if name == "" || isDigit(name[0]) {
		return p.wrong("only scalars with a name are assigned to")
	}
	p.skip(false)
	if p.peek() == ';' {
		return p.end() // declared only
	}
	if !p.take('=') {
		return p.wrong("a '=' is missing")
	}
	p.skip(false)
	value, err := p.value(0)
	if err != nil {
		return err
	}
	p.values[name] = value
	return p.end()
}

// value reads a literal that is inside depth others.
func (p *literals) value(depth int) (any, error) {
	if depth > maxLiteralDepth {
		return nil, p.wrong("too deep")
	}
	switch c := p.peek(); {
	case c == '{':
		return p.hash(depth)
	case c == '[':
		p.pos++
		return p.list(']', depth)
	case c == '\'' || c == '"':
		return p.quoted(c == '"')
	case isDigit(c) || c == '-' || c == '.':
		return p.number()
	}
	start := p.pos
	word := p.word()
	after := p.pos
	p.skip(false)
	if word != "" && strings.HasPrefix(p.rest(), "=>") {
		return word, nil
	}
	p.pos = after
	switch word {
	case "undef":
		return nil, nil
	case "q", "qq":
		return p.quoted(word == "qq")
	}
	p.pos = start
	return nil, p.wrong("this is no literal")
}

// list reads values up to a closing bracket; as in Perl, => is a comma.
func (p *literals) list(closer byte, depth int) ([]any, error) {
	values := []any{}
	for {
		p.skip(false)
		for p.take(',') || strings.HasPrefix(p.rest(), "=>") && p.take('=') && p.take('>') {
			p.skip(false)
		}
		if p.take(closer) {
			return values, nil
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		p.skip(false)
		if c := p.peek(); c != ',' && c != closer && !strings.HasPrefix(p.rest(), "=>") {
			return nil, p.wrong("a comma or a closing bracket is missing, or this is no literal")
		}
	}
}

func (p *literals) hash(depth int) (map[string]any, error) {
	p.pos++
	list, err := p.list('}', depth)
	if err != nil {
		return nil, err
	}
	if len(list)%2 != 0 {
		return nil, p.wrong("a hash has a name without a value")
	}
	values := make(map[string]any, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		switch key := list[i].(type) {
		case string:
			values[key] = list[i+1]
		case json.Number:
			values[numberKey(key)] = list[i+1]
		default:
			return nil, p.wrong("a name in a hash is neither text nor number")
		}
	}
	return values, nil
}

// numberKey is the text that Perl makes of a number.
func numberKey(n json.Number) string {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return strconv.FormatInt(i, 10)
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return strconv.FormatUint(u, 10)
	}
	return FloatText(Number(n.String()))
}

// number reads a number as Perl writes them in source, which is more than JSON has.
func (p *literals) number() (json.Number, error) {
	sign := ""
	if p.take('-') {
		sign = "-"
		p.skip(false)
	}
	start := p.pos
	for c := p.peek(); isWord(c) || c == '.' || (c == '+' || c == '-') && p.exponent(start); c = p.peek() {
		p.pos++
	}
	text := strings.ReplaceAll(p.src[start:p.pos], "_", "")
	if len(text) > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E' {
		whole, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			return "", p.wrong("this is no number")
		}
		return json.Number(sign + strconv.FormatUint(whole, 10)), nil
	}
	if from, to := numberPrefix(text); text == "" || isAlpha(text[0]) || from != 0 || to != len(text) {
		return "", p.wrong("this is no number")
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return json.Number(sign + whole + fraction + exponent), nil
}

// exponent tells whether a sign here belongs to the exponent of the decimal number that begins at start.
func (p *literals) exponent(start int) bool {
	text := p.src[start:p.pos]
	return text != "" && text[len(text)-1]|0x20 == 'e' && !strings.HasPrefix(text, "0x") && !strings.HasPrefix(text, "0X")
}

// delimited reads a text between delimiters, which nest when they are brackets; a backslash keeps the next byte from being
// one. The backslashes are still in it.
func (p *literals) delimited() (string, error) {
	if p.peek() != '#' {
		p.skip(false)
	}
	opener := p.peek()
	if opener == 0 || isWord(opener) || opener == ',' || opener == ';' {
		return "", p.wrong("a quoted text has no delimiter")
	}
	closer, depth := opener, 0
	if i := strings.IndexByte("([{<", opener); i >= 0 {
		closer = ")]}>"[i]
	}
	start := p.pos + 1
	for i := start; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case c == closer && depth == 0:
			p.pos = i + 1
			return p.src[start:i], nil
		case c == closer:
			depth--
		case c == opener:
			depth++
		}
	}
	return "", p.wrong("a quoted text is not closed")
}

func (p *literals) quoted(double bool) (string, error) {
	start := p.pos
	body, err := p.delimited()
	if err != nil {
		return "", err
	}
	if !double {
		return UTF8(p.single(body)), nil
	}
	text, reason := doubleQuoted(body)
	if reason != "" {
		p.pos = start
		return "", p.wrong(reason)
	}
	return text, nil
}

// single undoes the backslashes before a backslash and before the delimiters of the text that was just read.
func (p *literals) single(body string) string {
	closer, opener := p.src[p.pos-1], p.src[p.pos-len(body)-2]
	var out strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] == '\\' && i+1 < len(body) && (body[i+1] == '\\' || body[i+1] == opener || body[i+1] == closer) {
			i++
		}
		out.WriteByte(body[i])
	}
	return out.String()
}

// doubleQuoted undoes the escapes of a double-quoted text in which nothing is replaced. It returns why it cannot.
func doubleQuoted(body string) (text, reason string) {
	// Perl does not tell whether "\xe9" is a byte or a character. It is taken for a byte where all bytes together are UTF-8.
	var asBytes, asCharacters strings.Builder
	wide := false
	add := func(s string) {
		asBytes.WriteString(s)
		asCharacters.WriteString(s)
	}
	addCode := func(code byte) {
		asBytes.WriteByte(code)
		asCharacters.WriteRune(rune(code))
	}
	addChar := func(at string) (size int) {
		r, size := utf8.DecodeRuneInString(at)
		if r == utf8.RuneError && size == 1 {
			addCode(at[0])
		} else {
			add(at[:size])
		}
		return size
	}
	for i := 0; i < len(body); {
		c := body[i]
		switch {
		case c == '$' || c == '@' && i+1 < len(body) && (isWord(body[i+1]) || strings.IndexByte(":{$+-", body[i+1]) >= 0):
			return "", "a '$' or '@' would be replaced in double quotes: use single quotes, or put a backslash before it"
		case c != '\\':
			i += addChar(body[i:])
			continue
		}
		i++
		if strings.IndexByte("ULQEFul", body[i]) >= 0 {
			return "", "an escape that changes what follows is not read here"
		}
		if body[i] == 'b' {
			add("\b")
			i++
			continue
		}
		code, n, err := escapedCode(body[i:])
		switch {
		case err != nil || n == 0 && body[i] == 'N' || n > 0 && !utf8.ValidRune(rune(code)):
			return "", "an escape is no character"
		case n == 0: // any other character stands for itself
			n = addChar(body[i:])
		case code < 0x100:
			addCode(byte(code))
		default:
			wide = true
			add(string(rune(code)))
		}
		i += n
	}
	if wide || !utf8.ValidString(asBytes.String()) {
		return asCharacters.String(), ""
	}
	return asBytes.String(), ""
}

// UTF8 returns s where it is UTF-8. Otherwise each byte becomes the character of its number, which is what Perl takes it for.
func UTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
