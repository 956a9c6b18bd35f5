package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/perl"
)

// function is one of Perl's. One that is unary may do without parentheses and then takes only what binds tighter than a
// comparison; the others take all that follows.
type function struct {
	least, most int
	unary       bool
	call        func(args []Value) (Value, error)
}

// call reads the call of a function.
func (p *parser) call(name string) (term, error) {
	start := p.pos
	p.pos += len(name)
	f, known := builtin(name)
	extra, given := p.funcs[name]
	if !known && !given {
		p.skip()
		if strings.HasPrefix(p.rest(), "(") {
			return term{}, p.errorf(start, "unknown function '%s'", name)
		}
		return term{}, p.errorf(start, "unexpected '%s'", name)
	}
	args, err := p.arguments(f.unary, given)
	if err != nil {
		return term{}, err
	}
	if given {
		return term{eval: func(s *scope) (Value, error) {
			values, err := evaluate(s, args)
			if err != nil {
				return Undef(), err
			}
			return extra(s.vars, values)
		}}, nil
	}
	if len(args) < f.least || len(args) > f.most {
		return term{}, p.errorf(start, "'%s' takes %s", name, f.takes())
	}
	return term{eval: func(s *scope) (Value, error) {
		values, err := evaluate(s, args)
		if err != nil {
			return Undef(), err
		}
		return f.call(values)
	}}, nil
}

func (f function) takes() string {
	switch {
	case f.most == math.MaxInt:
		return fmt.Sprintf("at least %d values", f.least)
	case f.least == f.most:
		return fmt.Sprintf("%d value(s)", f.least)
	}
	return fmt.Sprintf("%d to %d values", f.least, f.most)
}

func evaluate(s *scope, args []node) ([]Value, error) {
	values := make([]Value, len(args))
	for i, arg := range args {
		v, err := arg(s)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

// arguments reads the arguments of a function: a list in parentheses; without, one operand, a list, or nothing.
func (p *parser) arguments(unary, none bool) ([]node, error) {
	inParentheses := p.take("(")
	var args []node
	switch {
	case inParentheses && p.take(")"):
		return nil, nil
	case inParentheses:
	case none:
		return nil, nil
	case unary:
		arg, err := p.binary(levelAdd)
		return []node{arg.eval}, err
	}
	read := p.assign
	if inParentheses {
		read = p.or
	}
	for {
		arg, err := read()
		if err != nil {
			return nil, err
		}
		args = append(args, arg.eval)
		if !p.take(",") {
			break
		}
		read = p.assign // a comma binds tighter than "and" and "or"
	}
	if inParentheses && !p.take(")") {
		return nil, p.unexpected()
	}
	return args, nil
}

// builtin returns the function of Perl that has a name.
func builtin(name string) (function, bool) {
	one := func(call func(v Value) (Value, error)) (function, bool) {
		return function{1, 1, true, func(args []Value) (Value, error) { return call(args[0]) }}, true
	}
	onText := func(call func(s string) string) (function, bool) {
		return one(func(v Value) (Value, error) { return String(call(v.String())), nil })
	}
	switch name {
	case "lc":
		return onText(perl.Lower)
	case "uc":
		return onText(perl.Upper)
	case "lcfirst":
		return onText(func(s string) string { return perl.Lower(s[:min(1, len(s))]) + s[min(1, len(s)):] })
	case "ucfirst":
		return onText(func(s string) string { return perl.Upper(s[:min(1, len(s))]) + s[min(1, len(s)):] })
	case "trim":
		return onText(func(s string) string { return strings.Trim(s, " \t\n\v\f\r") })
	case "quotemeta":
		return onText(perl.Quote)
	case "length":
		return one(func(v Value) (Value, error) {
			if v.IsUndef() {
				return v, nil
			}
			return ofInt(int64(len(v.String()))), nil
		})
	case "defined":
		return one(func(v Value) (Value, error) { return ofBool(!v.IsUndef()), nil })
	case "abs":
		return one(func(v Value) (Value, error) {
			if n := v.number(); n.value() < 0 {
				return ofNumber(negative(n)), nil
			}
			return ofNumber(v.number()), nil
		})
	case "int":
		return one(func(v Value) (Value, error) {
			if n := v.number(); !n.isInt {
				return ofFloat(math.Trunc(n.float)), nil
			}
			return ofNumber(v.number()), nil
		})
	case "sqrt":
		return one(func(v Value) (Value, error) {
			if v.Float() < 0 {
				return Undef(), fmt.Errorf("no square root of %s", v)
			}
			return ofFloat(math.Sqrt(v.Float())), nil
		})
	case "log":
		return one(func(v Value) (Value, error) {
			if v.Float() <= 0 {
				return Undef(), fmt.Errorf("no logarithm of %s", ofNumber(v.number()))
			}
			return ofFloat(math.Log(v.Float())), nil
		})
	case "exp":
		return one(func(v Value) (Value, error) { return ofFloat(math.Exp(v.Float())), nil })
	case "hex":
		return one(func(v Value) (Value, error) {
			return digitsIn(strings.TrimPrefix(lowerPrefix(v.String()), "x"), 16), nil
		})
	case "oct":
		return one(func(v Value) (Value, error) {
			s := lowerPrefix(strings.Trim(v.String(), " \t\n\v\f\r"))
			switch {
			case strings.HasPrefix(s, "x"):
				return digitsIn(s[1:], 16), nil
			case strings.HasPrefix(s, "b"):
				return digitsIn(s[1:], 2), nil
			}
			return digitsIn(strings.TrimPrefix(s, "o"), 8), nil
		})
	case "chr":
		return one(func(v Value) (Value, error) {
			switch code := v.number().clamp(); {
			case code >= 0 && code < 0x100:
				return String(string([]byte{byte(code)})), nil
			case code > 0 && code <= utf8.MaxRune:
				return String(string(rune(code))), nil
			}
			return String(string(utf8.RuneError)), nil
		})
	case "ord":
		return one(func(v Value) (Value, error) {
			if s := v.String(); s != "" {
				return ofInt(int64(s[0])), nil
			}
			return ofInt(0), nil
		})
	case "index":
		return function{2, 3, false, index}, true
	case "rindex":
		return function{2, 3, false, rindex}, true
	case "substr":
		return function{2, 3, false, substr}, true
	case "sprintf":
		return function{1, math.MaxInt, false, sprintf}, true
	case "join":
		return function{1, math.MaxInt, false, func(args []Value) (Value, error) {
			return madeText(strings.Join(texts(args[1:]), args[0].String()))
		}}, true
	case "reverse":
		return function{1, math.MaxInt, false, func(args []Value) (Value, error) {
			s := []byte(strings.Join(texts(args), ""))
			for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
				s[i], s[j] = s[j], s[i]
			}
			return madeText(string(s))
		}}, true
	}
	return function{}, false
}

func texts(values []Value) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.String()
	}
	return all
}

// lowerPrefix returns s in lower case and without the 0 of "0x".
func lowerPrefix(s string) string {
	s = perl.Lower(s)
	if len(s) > 1 && s[0] == '0' && strings.IndexByte("xbo", s[1]) >= 0 {
		return s[1:]
	}
	return s
}

// digitsIn reads the digits at the start of s, with "_" between them, in a base.
func digitsIn(s string, base int) Value {
	whole, float := int64(0), 0.0
	for i := range len(s) {
		if s[i] == '_' {
			continue
		}
		digit, err := strconv.ParseUint(s[i:i+1], base, 8)
		if err != nil {
			break
		}
		whole = whole*int64(base) + int64(digit)
		float = float*float64(base) + float64(digit)
	}
	if float >= math.MaxInt64 {
		return ofFloat(float)
	}
	return ofInt(whole)
}

// index is where a text first is in another, from a place on; -1 when it is not.
func index(args []Value) (Value, error) {
	s, from := args[0].String(), 0
	if len(args) > 2 {
		from = min(max(args[2].number().clamp(), 0), len(s))
	}
	at := strings.Index(s[from:], args[1].String())
	if at >= 0 {
		at += from
	}
	return ofInt(int64(at)), nil
}

// rindex is index for the last place, up to one that is given.
func rindex(args []Value) (Value, error) {
	s, find := args[0].String(), args[1].String()
	if len(args) > 2 {
		to := args[2].number().clamp()
		if to < 0 && find != "" {
			return ofInt(-1), nil
		}
		to = max(to, 0)
		s = s[:min(to+len(find), len(s))]
	}
	return ofInt(int64(strings.LastIndex(s, find))), nil
}

// substr cuts a part out; a negative position counts from the end, as does a negative length. It is undef when the part
// begins outside.
func substr(args []Value) (Value, error) {
	s := args[0].String()
	from := args[1].number().clamp()
	if from < 0 {
		from += len(s)
	}
	to := len(s)
	if len(args) > 2 {
		if to = args[2].number().clamp(); to < 0 {
			to += len(s)
		} else {
			to += from
		}
	}
	if from > len(s) || from < 0 && to < 0 {
		return Undef(), nil
	}
	from = max(from, 0)
	to = min(max(to, from), len(s))
	return String(s[from:to]), nil
}
