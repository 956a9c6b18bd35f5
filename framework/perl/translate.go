package perl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// highByte is what the engines see of a byte beyond ASCII: a private character, which has no case and is in no class.
const highByte = 0xF700

// maxRepeat is Perl's own bound for {n,m}.
const maxRepeat = 65534

// maxDepth bounds nested groups: the engines recurse.
const maxDepth = 250

// translator rewrites a Perl pattern for an engine. Every class is written out and every flag but i is resolved on the
// way, so that both engines agree with Perl, on bytes, without relying on their own notion of \s, '.', '$' or /x.
type translator struct {
	src    string
	pos    int
	out    []byte
	back   bool // write for the backtracking engine
	flags  patternFlags
	open   []openGroup
	atom   int // where in out begins what a quantifier would repeat, or nothing, or repeated
	groups int
	names  map[string]int
	maxRef int // the highest group that is referred to

	needsBack bool // has what only the backtracking engine does
	newline   bool // has a '$' or a '^' that treats a newline at the end of the text apart
}

// What comes before a quantifier that may not stand there: nothing at all, where a '{' is a character, or a quantifier.
const (
	nothing  = -1
	repeated = -2
)

type patternFlags struct{ i, m, s, x, n bool }

type openGroup struct {
	flags patternFlags
	at    int // in out
	pos   int // in src
}

func translate(pattern string, flags patternFlags, back bool) (*translator, error) {
	t := &translator{src: pattern, back: back, flags: flags, atom: nothing, names: map[string]int{}}
	if flags.i {
		t.write("(?i)")
	}
	for t.pos < len(t.src) {
		if err := t.item(); err != nil {
			return nil, err
		}
	}
	if len(t.open) > 0 {
		return nil, fmt.Errorf("the '(' at character %d is not closed", t.open[len(t.open)-1].pos+1)
	}
	if t.maxRef > t.groups {
		return nil, fmt.Errorf("it refers to group %d, and has %d", t.maxRef, t.groups)
	}
	return t, nil
}

func (t *translator) write(s string) { t.out = append(t.out, s...) }

// put writes what a quantifier may repeat.
func (t *translator) put(s string) {
	t.atom = len(t.out)
	t.write(s)
}

// item takes one item of the pattern: an atom, an assertion, a quantifier, a parenthesis or a bar.
func (t *translator) item() error {
	c := t.src[t.pos]
	switch {
	case t.flags.x && t.skipBlanks():
		return nil
	case c == '*' || c == '+' || c == '?':
		t.pos++
		return t.quantifier(string(c))
	case c == '{':
		if bounds, n := repeatAt(t.src[t.pos:]); n > 0 && t.atom != nothing {
			t.pos += n
			return t.quantifier(bounds)
		}
	}
	t.pos++
	switch c {
	case '(':
		return t.openGroup()
	case ')':
		return t.closeGroup()
	case '|':
		t.write("|")
		t.atom = nothing
	case '[':
		return t.class()
	case '\\':
		return t.escape()
	case '.':
		switch {
		case t.back: // which misjudges where a match with a '.' may start
			t.set(setOf(func(c byte) bool { return c != '\n' || t.flags.s }))
		case t.flags.s:
			t.put("(?s:.)")
		default:
			t.put(`[^\n]`)
		}
	case '^':
		t.startAnchor()
	case '$':
		t.endAnchor(t.flags.m)
	default:
		t.code(int(c))
	}
	return nil
}

// skipBlanks takes the blanks and the comments that the x flag lets pass.
func (t *translator) skipBlanks() bool {
	start := t.pos
	for t.pos < len(t.src) {
		switch c := t.src[t.pos]; {
		case c == '#':
			if end := strings.IndexByte(t.src[t.pos:], '\n'); end >= 0 {
				t.pos += end
			} else {
				t.pos = len(t.src)
			}
		case strings.IndexByte(blanks, c) >= 0:
			t.pos++
		default:
			return t.pos > start
		}
	}
	return t.pos > start
}

func (t *translator) startAnchor() {
	switch {
	case !t.flags.m:
		t.put(`\A`)
	case t.back:
		t.put(`(?:\A|(?<=\n)(?!\z))`)
	default:
		t.put(`(?m:^)`)
		t.newline = true
	}
}

func (t *translator) endAnchor(everyLine bool) {
	switch {
	case everyLine && t.back:
		t.put(`(?=\n|\z)`)
	case everyLine:
		t.put(`(?m:$)`)
	case t.back:
		t.put(`(?=\n?\z)`)
	default:
		t.put(`\z`)
		t.newline = true
	}
}

// repeatAt reads the {n}, {n,}, {,m} or {n,m} at the start of s; n is 0 when there is none and the '{' is a character.
func repeatAt(s string) (bounds string, n int) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return "", 0
	}
	low, high, ranged := strings.Cut(s[1:end], ",")
	low, high = strings.Trim(low, " \t"), strings.Trim(high, " \t")
	if digits(low, 0) < len(low) || digits(high, 0) < len(high) || low == "" && high == "" {
		return "", 0
	}
	switch {
	case !ranged:
		return "{" + low + "}", end + 1
	case low == "":
		low = "0"
	}
	return "{" + low + "," + high + "}", end + 1
}

// quantifier takes what follows a quantifier that is read already.
func (t *translator) quantifier(q string) error {
	if t.atom < 0 {
		return fmt.Errorf("the '%s' before character %d has nothing to repeat", q, t.pos+1)
	}
	if q[0] == '{' {
		low, high, _ := strings.Cut(q[1:len(q)-1], ",")
		least, _ := strconv.Atoi(low)
		most := least
		if high != "" {
			most, _ = strconv.Atoi(high)
		}
		if max(least, most) > maxRepeat {
			return fmt.Errorf("%s repeats more than %d times", q, maxRepeat)
		}
		if most < least {
			return fmt.Errorf("%s can never match", q)
		}
	}
	if t.flags.x {
		t.skipBlanks()
	}
	t.write(q)
	switch rest := t.src[t.pos:]; {
	case strings.HasPrefix(rest, "?"):
		t.write("?")
		t.pos++
	case strings.HasPrefix(rest, "+"): // a+ is possessive as (?>a)
		t.pos++
		t.needsBack = true
		t.out = append(t.out[:t.atom], "(?>"+string(t.out[t.atom:])+")"...)
	}
	t.atom = repeated
	return nil
}

// openGroup takes what follows a '('.
func (t *translator) openGroup() error {
	start := t.pos - 1
	rest := t.src[t.pos:]
	if len(t.open) == maxDepth {
		return fmt.Errorf("its groups are more than %d deep", maxDepth)
	}
	if strings.HasPrefix(rest, "*") {
		return errors.New("verbs such as (*FAIL) are not supported")
	}
	rest, special := strings.CutPrefix(rest, "?")
	switch {
	case !special && t.flags.n:
		t.push(start, "(?:")
		return nil
	case !special:
		t.capture(start)
		return nil
	case strings.HasPrefix(rest, "{"), strings.HasPrefix(rest, "?"):
		return errors.New("code inside a pattern is never run")
	case strings.HasPrefix(rest, "#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return fmt.Errorf("the comment at character %d is not closed", start+1)
		}
		t.pos += end + 2
		return nil
	}
	for _, kind := range []string{"=", "!", "<=", "<!", ">"} {
		if strings.HasPrefix(rest, kind) {
			t.needsBack = true
			t.pos += 1 + len(kind)
			t.push(start, "(?"+kind)
			return nil
		}
	}
	for _, quotes := range []string{"<>", "P<>", "''", "P=)", "()"} {
		opener, closer := quotes[:len(quotes)-1], quotes[len(quotes)-1:]
		after, ok := strings.CutPrefix(rest, opener)
		if !ok {
			continue
		}
		name, _, closed := strings.Cut(after, closer)
		if !closed {
			return fmt.Errorf("the '(' at character %d is not closed", start+1)
		}
		t.pos += 1 + len(opener) + len(name) + 1
		return t.namedGroup(start, opener, name)
	}
	return t.inlineFlags(start)
}

// namedGroup takes what follows (?<name>, (?P=name) or the condition (?(name).
func (t *translator) namedGroup(start int, opener, name string) error {
	if opener == "(" {
		name = strings.Trim(name, "<>'")
	}
	if name == "" || leadingName(name) != name {
		return fmt.Errorf("the group at character %d has no proper name", start+1)
	}
	switch opener {
	case "P=":
		return t.reference(name)
	case "(":
		number, err := t.groupNumber(name)
		t.needsBack = true
		t.push(start, "(?("+strconv.Itoa(number)+")")
		return err
	}
	t.capture(start)
	if t.names[name] == 0 {
		t.names[name] = t.groups
	}
	return nil
}

// inlineFlags takes (?i), (?i-x:...) and (?^...).
func (t *translator) inlineFlags(start int) error {
	flags, on := t.flags, true
	for i := t.pos + 1; i < len(t.src); i++ {
		switch c := t.src[i]; {
		case c == '^' && i == t.pos+1:
			flags = patternFlags{}
		case c == '-':
			on = false
		case flags.set(c, on):
		case c == ':' || c == ')':
			mode := "(?-i"
			if flags.i {
				mode = "(?i"
			}
			t.pos = i + 1
			if c == ':' {
				t.push(start, mode+":")
			} else {
				t.write(mode + ")")
				t.atom = nothing
			}
			t.flags = flags
			return nil
		default:
			return fmt.Errorf("the group that starts with '%s' is not supported", t.src[start:i+1])
		}
	}
	return fmt.Errorf("the '(' at character %d is not closed", start+1)
}

// set switches the flag called c, and tells whether there is such a flag. Those about character sets change nothing here.
func (f *patternFlags) set(c byte, on bool) bool {
	switch c {
	case 'i':
		f.i = on
	case 'm':
		f.m = on
	case 's':
		f.s = on
	case 'x':
		f.x = on
	case 'n':
		f.n = on
	case 'a', 'd', 'l', 'u', 'p':
	default:
		return false
	}
	return true
}

func (t *translator) push(pos int, text string) {
	t.open = append(t.open, openGroup{flags: t.flags, at: len(t.out), pos: pos})
	t.write(text)
	t.atom = nothing
}

func (t *translator) capture(pos int) {
	t.groups++
	t.push(pos, "(")
}

func (t *translator) closeGroup() error {
	if len(t.open) == 0 {
		return fmt.Errorf("the ')' at character %d closes nothing", t.pos)
	}
	last := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	t.write(")")
	t.flags, t.atom = last.flags, last.at
	return nil
}

// reference writes a reference to a group by its name or number; a negative number counts back from here.
func (t *translator) reference(name string) error {
	number, err := t.groupNumber(name)
	if err != nil {
		return err
	}
	t.needsBack = true
	t.put(`(?:\` + strconv.Itoa(number) + ")")
	return nil
}

func (t *translator) groupNumber(name string) (int, error) {
	number, err := strconv.Atoi(name)
	if err != nil {
		number = t.names[name]
	} else if number < 0 {
		number += t.groups + 1
	}
	if number <= 0 {
		return 0, fmt.Errorf("it refers to the group '%s', which it does not have", name)
	}
	t.maxRef = max(t.maxRef, number)
	return number, nil
}

// escape takes what follows a backslash outside a class.
func (t *translator) escape() error {
	if t.pos == len(t.src) {
		return errors.New("it ends with a lone backslash")
	}
	rest := t.src[t.pos:]
	t.pos++
	switch c := rest[0]; c {
	case 'A', 'z', 'b', 'B', 'G':
		if strings.HasPrefix(rest, "b{") || strings.HasPrefix(rest, "B{") {
			return errors.New(`\b{} is not supported`)
		}
		t.needsBack = t.needsBack || c == 'G'
		t.put(`(?:\` + rest[:1] + ")")
		return nil
	case 'Z':
		t.endAnchor(false)
		return nil
	case 'R':
		t.needsBack = true
		t.put(`(?>\r\n|[\n-\r` + string(rune(highByte+0x85)) + `])`)
		return nil
	case 'Q':
		quoted, _, _ := strings.Cut(rest[1:], `\E`)
		t.pos += len(quoted)
		for i := range len(quoted) {
			t.code(int(quoted[i]))
		}
		return nil
	case 'E':
		return nil
	case 'K', 'X', 'C':
		return fmt.Errorf(`\%c is not supported`, c)
	case 'g', 'k':
		return t.namedReference(rest)
	case 'p', 'P':
		set, err := t.property(rest)
		if err == nil {
			t.set(set)
		}
		return err
	}
	if number := rest[:digits(rest, 0)]; number != "" && number[0] != '0' {
		if n, err := strconv.Atoi(number); err == nil && (n < 10 || n <= t.groups) {
			t.pos += len(number) - 1
			return t.reference(number)
		}
	}
	code, set, err := t.escapedByte(rest)
	switch {
	case err != nil:
		return err
	case set != nil:
		t.set(*set)
	default:
		t.code(code)
	}
	return nil
}

// escapedByte reads an escape that means the same inside a class and outside: a shorthand, a code or a plain character.
func (t *translator) escapedByte(rest string) (code int, set *byteSet, err error) {
	if !strings.HasPrefix(rest, "N{U+") {
		if set, ok := shorthandSet(rest[0]); ok {
			return 0, &set, nil
		}
	}
	code, n, err := escapedCode(rest)
	if err != nil {
		return 0, nil, err
	}
	if n == 0 {
		return int(rest[0]), nil, nil
	}
	t.pos += n - 1
	return code, nil, nil
}

// namedReference reads \g1, \g-1, \g{-1}, \g{name}, \k<name>, \k{name} and \k'name'.
func (t *translator) namedReference(rest string) error {
	for _, quotes := range []string{"{}", "<>", "''"} {
		after, ok := strings.CutPrefix(rest[1:], quotes[:1])
		if !ok {
			continue
		}
		name, _, closed := strings.Cut(after, quotes[1:])
		if !closed {
			return fmt.Errorf(`the name after \%c is not closed`, rest[0])
		}
		t.pos += len(name) + 2
		return t.reference(strings.Trim(name, " \t"))
	}
	number := 1
	if strings.HasPrefix(rest[1:], "-") {
		number = 2
	}
	number += digits(rest, number)
	t.pos += number - 1
	return t.reference(rest[1:number])
}

// property reads \pL, \p{Lu}, \p{^Lu}, \P{Lu}.
func (t *translator) property(rest string) (byteSet, error) {
	name := rest[1:min(2, len(rest))]
	if name == "{" {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return byteSet{}, errors.New(`\p{ is not closed`)
		}
		name = rest[2:end]
		t.pos += end
	} else {
		t.pos += len(name)
	}
	name, opposite := strings.CutPrefix(strings.Trim(name, " "), "^")
	if t.flags.i && (name == "Lu" || name == "Ll" || name == "Lt") {
		name = "LC"
	}
	set, ok := propertySet(name)
	if !ok {
		return set, fmt.Errorf("there is no character property '%s'", name)
	}
	if t.flags.i {
		set.fold()
	}
	if opposite != (rest[0] == 'P') {
		set = set.negate()
	}
	return set, nil
}

// code writes a character by its code. Text is bytes, so that no code beyond them can match.
func (t *translator) code(code int) {
	if code >= 0x100 {
		t.set(byteSet{})
		return
	}
	t.put(engineByte(byte(code)))
}

// set writes a class.
func (t *translator) set(set byteSet) {
	var class strings.Builder
	for low := 0; low < len(set); low++ {
		if !set[low] {
			continue
		}
		high := low
		// Ranges end at 0x7F, where what the engines see of a byte jumps.
		for high+1 < len(set) && set[high+1] && high != 0x7F {
			high++
		}
		class.WriteString(engineByte(byte(low)))
		if high > low {
			class.WriteString("-" + engineByte(byte(high)))
		}
		low = high
	}
	if class.Len() == 0 {
		t.put(`[^\x00-\x{10FFFF}]`)
		return
	}
	t.put("[" + class.String() + "]")
}

// engineByte is one byte as an engine's pattern has it.
func engineByte(c byte) string {
	switch {
	case isWord(c) || c == ' ':
		return string(rune(c))
	case c < 0x80:
		return fmt.Sprintf(`\x%02X`, c)
	}
	return string(rune(highByte + int(c)))
}

// class takes what follows a '['.
func (t *translator) class() error {
	start := t.pos
	var set byteSet
	negated := strings.HasPrefix(t.src[t.pos:], "^")
	if negated {
		t.pos++
	}
	for first := true; ; first = false {
		if t.pos == len(t.src) {
			return fmt.Errorf("the '[' at character %d is not closed", start)
		}
		if t.src[t.pos] == ']' && !first {
			t.pos++
			break
		}
		low, part, err := t.classItem()
		if err != nil {
			return err
		}
		if part != nil {
			set.add(*part)
			continue
		}
		high := low
		if rest := t.src[t.pos:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			t.pos++
			high, part, err = t.classItem()
			switch {
			case err != nil:
				return err
			case part != nil: // [a-\d] is an 'a', a '-' and the digits
				set.add(*part)
				set['-'], high = true, low
			case high < low:
				return fmt.Errorf("the range before character %d is upside down", t.pos+1)
			}
		}
		for c := low; c <= high && c < len(set); c++ {
			set[c] = true
		}
	}
	if t.flags.i {
		set.fold()
	}
	if negated {
		set = set.negate()
	}
	t.set(set)
	return nil
}

// classItem reads one character of a class, or one set of them: [:alpha:], \d, \p{Lu}.
func (t *translator) classItem() (code int, set *byteSet, err error) {
	rest := t.src[t.pos:]
	if after, ok := strings.CutPrefix(rest, "[:"); ok {
		if name, _, closed := strings.Cut(after, ":]"); closed && leadingName(strings.TrimPrefix(name, "^")) == strings.TrimPrefix(name, "^") {
			t.pos += len(name) + 4
			name, opposite := strings.CutPrefix(name, "^")
			set, ok := posixSet(name)
			if !ok {
				return 0, nil, fmt.Errorf("there is no class [:%s:]", name)
			}
			if t.flags.i {
				set.fold()
			}
			if opposite {
				set = set.negate()
			}
			return 0, &set, nil
		}
	}
	t.pos++
	if rest[0] != '\\' {
		return int(rest[0]), nil, nil
	}
	if t.pos == len(t.src) {
		return 0, nil, errors.New("it ends with a lone backslash")
	}
	rest = rest[1:]
	t.pos++
	switch rest[0] {
	case 'b':
		return '\b', nil, nil
	case 'N':
		if !strings.HasPrefix(rest, "N{U+") {
			return 0, nil, errors.New(`\N has no place in a class`)
		}
	case 'p', 'P':
		set, err := t.property(rest)
		return 0, &set, err
	}
	return t.escapedByte(rest)
}
