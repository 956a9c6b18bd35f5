package expr

import (
	"strings"
	"sync/atomic"

	"github.com/centplugins/centplugins/framework/perl"
)

// isQuoteWord tells whether a word opens a string, a pattern or a transliteration.
func isQuoteWord(word string) bool {
	switch word {
	case "q", "qq", "m", "s", "tr", "y":
		return true
	}
	return false
}

// quoteFollows tells whether a delimiter comes n bytes from here.
func (p *parser) quoteFollows(n int) bool {
	rest := p.rest()[n:]
	delimiter := strings.TrimLeft(rest, " \t\r\n")
	return delimiter != "" && !isWord(delimiter[0]) && delimiter[0] != ',' && delimiter[0] != ';' && delimiter[0] != ')' &&
		!strings.HasPrefix(delimiter, "=>") && (delimiter[0] != '#' || rest[0] == '#')
}

// quoteLike reads what follows one of the words of isQuoteWord, or a quote or a slash without a word. A pattern works on
// the operand subject.
func (p *parser) quoteLike(word string, subject term) (term, error) {
	start := p.pos
	body, delimiter, err := p.delimited()
	if err != nil {
		return term{}, err
	}
	if word == "" {
		word = map[byte]string{'\'': "q", '"': "qq", '/': "m"}[delimiter]
	}
	switch word {
	case "q":
		return term{eval: constant(String(singleQuoted(body, delimiter)))}, nil
	case "qq":
		return p.doubleQuoted(start, body)
	case "m":
		flags := strings.NewReplacer("g", "", "o", "", "c", "").Replace(p.flags())
		find, err := p.pattern(start, body, delimiter, flags)
		return term{eval: p.match(subject, find)}, err
	}
	second, secondDelimiter := "", delimiter
	if closing(delimiter) != delimiter {
		p.skip()
		second, secondDelimiter, err = p.delimited()
	} else {
		p.pos-- // the delimiter in the middle
		second, _, err = p.delimited()
	}
	if err != nil {
		return term{}, err
	}
	if word == "s" {
		return p.substitute(start, subject, body, delimiter, second, secondDelimiter)
	}
	return p.transliterate(start, subject, body, second)
}

// flags takes the letters behind a pattern.
func (p *parser) flags() string {
	start := p.pos
	for p.pos < len(p.src) && isWord(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func closing(delimiter byte) byte {
	if i := strings.IndexByte("([{<", delimiter); i >= 0 {
		return ")]}>"[i]
	}
	return delimiter
}

// delimited reads a text between delimiters, whose own may nest; a backslash keeps the next byte from being one.
func (p *parser) delimited() (body string, delimiter byte, err error) {
	if p.pos < len(p.src) && p.src[p.pos] != '#' {
		p.skip()
	}
	if p.pos == len(p.src) {
		return "", 0, p.unexpected()
	}
	start := p.pos
	opener := p.src[start]
	closer, depth := closing(opener), 0
	for i := start + 1; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case c == closer && depth == 0:
			p.pos = i + 1
			return p.src[start+1 : i], opener, nil
		case c == closer:
			depth--
		case c == opener:
			depth++
		}
	}
	return "", 0, p.errorf(start, "the '%c' is not closed,", opener)
}

// singleQuoted returns a single-quoted string, where a macro is the Perl text that it stands for.
func singleQuoted(body string, delimiter byte) string {
	var out strings.Builder
	for i := 0; i < len(body); i++ {
		if name, n := macroAt(body[i:]); n > 0 && body[i] == '%' {
			out.WriteString("$values->{" + name + "}")
			i += n - 1
			continue
		}
		if body[i] == '\\' && i+1 < len(body) && (body[i+1] == '\\' || body[i+1] == delimiter || body[i+1] == closing(delimiter)) {
			i++
		}
		out.WriteByte(body[i])
	}
	return out.String()
}

func (p *parser) doubleQuoted(start int, body string) (term, error) {
	varies, err := p.variables(start, body, perl.Expand)
	if err != nil {
		return term{}, err
	}
	if !varies {
		return term{eval: constant(String(perl.Expand(body, (&scope{}).lookup)))}, nil
	}
	return term{eval: func(s *scope) (Value, error) { return madeText(perl.Expand(body, s.lookup)) }}, nil
}

// variables tells whether a template has variables, and refuses those that are none.
func (p *parser) variables(start int, template string, expand func(string, perl.Lookup) string) (varies bool, err error) {
	expand(template, func(rest string) (string, int) {
		if _, n := macroAt(rest); n > 0 {
			varies = true
			return "", n
		}
		name, n := perl.VariableAt(rest)
		switch {
		case n == 0:
		case isGroup(name):
			varies, p.expr.usesGroups = true, true
		case err == nil:
			err = p.errorf(start, "unknown variable '%s'", rest[:n])
		}
		return "", n
	})
	return varies, err
}

// bind reads the right side of =~ or !~.
func (p *parser) bind(subject term, not bool) (term, error) {
	p.skip()
	word := p.word()
	var bound term
	var err error
	switch {
	case strings.HasPrefix(p.rest(), "/"):
		bound, err = p.quoteLike("", subject)
	case isQuoteWord(word) && word[0] != 'q' && p.quoteFollows(len(word)):
		p.pos += len(word)
		bound, err = p.quoteLike(word, subject)
	default:
		var source term
		source, err = p.unary()
		bound = term{eval: p.match(subject, cached(source.eval, ""))}
	}
	if not {
		bound = opposite(bound)
	}
	return bound, err
}

// finder gives the pattern for one evaluation.
type finder func(s *scope) (*perl.Regexp, error)

// pattern prepares a literal pattern; one without variables is compiled here and now.
func (p *parser) pattern(start int, body string, delimiter byte, flags string) (finder, error) {
	if delimiter != '\'' {
		varies, err := p.variables(start, body, perl.ExpandPattern)
		if err != nil {
			return nil, err
		}
		if varies {
			if _, err := perl.Compile("", flags); err != nil {
				return nil, p.errorf(start, "%w", err)
			}
			return cached(func(s *scope) (Value, error) { return madeText(perl.ExpandPattern(body, s.lookup)) }, flags), nil
		}
		body = perl.ExpandPattern(body, (&scope{}).lookup)
	}
	re, err := perl.Compile(body, flags)
	if err != nil {
		return nil, p.errorf(start, "%w", err)
	}
	return func(*scope) (*perl.Regexp, error) { return re, nil }, nil
}

// cached compiles the pattern that source computes, again only when it changes.
func cached(source node, flags string) finder {
	type compiled struct {
		pattern string
		re      *perl.Regexp
	}
	var last atomic.Pointer[compiled]
	return func(s *scope) (*perl.Regexp, error) {
		v, err := source(s)
		if err != nil {
			return nil, err
		}
		if c := last.Load(); c != nil && c.pattern == v.String() {
			return c.re, nil
		}
		re, err := perl.Compile(v.String(), flags)
		if err == nil {
			last.Store(&compiled{v.String(), re})
		}
		return re, err
	}
}

func (p *parser) match(subject term, find finder) node {
	e := p.expr
	return func(s *scope) (Value, error) {
		v, err := subject.eval(s)
		if err != nil {
			return v, err
		}
		re, err := find(s)
		if err != nil {
			return Undef(), err
		}
		if !e.usesGroups {
			matched, err := re.Match(v.String())
			return ofBool(matched), err
		}
		groups, err := re.Groups(v.String())
		if groups != nil {
			s.groups = groups
		}
		return ofBool(groups != nil), err
	}
}

// substitute prepares s///, which returns the number of replacements, or with the flag r the new text.
func (p *parser) substitute(start int, subject term, body string, delimiter byte, with string, withDelimiter byte) (term, error) {
	flags := p.flags()
	if strings.Contains(flags, "e") {
		return term{}, p.errorf(start, "code is never run: s///e")
	}
	global, result := strings.Contains(flags, "g"), strings.Contains(flags, "r")
	if !result && !subject.variable {
		return term{}, p.errorf(start, "s/// needs a macro on its left")
	}
	find, err := p.pattern(start, body, delimiter, strings.NewReplacer("g", "", "r", "", "o", "").Replace(flags))
	if err != nil {
		return term{}, err
	}
	if withDelimiter != '\'' {
		if _, err := p.variables(start, with, perl.Expand); err != nil {
			return term{}, err
		}
	}
	return term{eval: func(s *scope) (Value, error) {
		v, err := subject.eval(s)
		if err != nil {
			return v, err
		}
		re, err := find(s)
		if err != nil {
			return Undef(), err
		}
		size := len(v.String())
		replaced, count, err := re.ReplaceFunc(v.String(), global, func(groups []string) (string, error) {
			s.groups = groups
			if withDelimiter == '\'' {
				return with, nil
			}
			made := perl.Expand(with, s.replacement)
			if size += len(made); size > maxText {
				_, err := tooLong()
				return "", err
			}
			return made, nil
		})
		switch {
		case err != nil:
			return Undef(), err
		case count == 0 && result:
			return v, nil
		case count == 0:
			return ofBool(false), nil
		case result:
			return String(replaced), nil
		}
		s.vars[subject.name] = String(replaced)
		return ofInt(int64(count)), nil
	}}, nil
}

// replacement is lookup where \1 is $1.
func (s *scope) replacement(rest string) (string, int) {
	if rest[0] != '\\' {
		return s.lookup(rest)
	}
	if len(rest) > 2 && rest[2] >= '0' && rest[2] <= '9' {
		return "", 0
	}
	return perl.Group(s.groups, rest[1:2]), 2
}

// transliterate prepares tr///, which returns the number of bytes that it found, or with the flag r the new text.
func (p *parser) transliterate(start int, subject term, from, to string) (term, error) {
	flags := p.flags()
	if unknown := strings.Trim(flags, "cdsr"); unknown != "" {
		return term{}, p.errorf(start, "tr has no flag '%s'", unknown[:1])
	}
	result := strings.Contains(flags, "r")
	table, err := newTransliteration(from, to, flags)
	if err != nil {
		return term{}, p.errorf(start, "%w", err)
	}
	if !result && !subject.variable && table.changes() {
		return term{}, p.errorf(start, "tr/// needs a macro on its left")
	}
	return term{eval: func(s *scope) (Value, error) {
		v, err := subject.eval(s)
		if err != nil {
			return v, err
		}
		changed, count := table.apply(v.String())
		if result {
			return String(changed), nil
		}
		if changed != v.String() {
			s.vars[subject.name] = String(changed)
		}
		return ofInt(int64(count)), nil
	}}, nil
}
