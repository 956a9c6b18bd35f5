// Package expr evaluates the Perl expressions that operators write in options: --warning-status='%{used} > 100 &&
// %{display} !~ /^test/', --filter-perfdata-adv, --change-output-adv, eval(...) in --change-perfdata.
//
// It is a parser and an evaluator for scalars; no Perl is run, and nothing but its variables can be reached. Perl's rules
// hold: precedence, truth, numbers from text, text from numbers, bytes for characters. A macro %{name} or %(name) is a
// variable where Perl would have read $values->{name}: in code, in a double-quoted string and in a pattern, but not in a
// single-quoted string, which keeps the text $values->{name}. What Perl has and this has not (arrays, hashes, code, file
// tests, ++, bits) is a syntax error.
package expr

import (
	"fmt"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

const (
	maxSource = 1 << 16 // bytes of an expression
	maxDepth  = 200     // parentheses and the like within each other
	maxText   = 1 << 20 // bytes of any string that is made
)

// Vars holds the value of each macro by its name; a name that is missing is undef. An assignment in an expression writes
// here.
type Vars map[string]Value

// Funcs holds functions that an expression may call beyond Perl's own, by name: alert_triggered().
type Funcs map[string]func(vars Vars, args []Value) (Value, error)

// Expr is a parsed expression; any number of goroutines may evaluate it at once, each with its Vars.
type Expr struct {
	src        string
	statements []node
	usesGroups bool // $1 and its like appear somewhere
}

// node computes a part of an expression.
type node func(s *scope) (Value, error)

// scope is what one evaluation knows.
type scope struct {
	vars   Vars
	groups []string // of the last successful match
}

// lookup gives templates their variables.
func (s *scope) lookup(rest string) (string, int) {
	if name, n := macroAt(rest); n > 0 {
		return s.vars[name].String(), n
	}
	name, n := perl.VariableAt(rest)
	return perl.Group(s.groups, name), n
}

// Parse reads an expression; funcs may be nil. The error names what is wrong and where: unexpected ')' at character 11 in
// '%{used} > )'. An empty expression is valid, and undef.
func Parse(src string, funcs Funcs) (*Expr, error) {
	e := &Expr{src: src}
	if len(src) > maxSource {
		return nil, fmt.Errorf("the expression has more than %d characters", maxSource)
	}
	p := parser{src: src, funcs: funcs, expr: e}
	if err := p.statements(); err != nil {
		return nil, err
	}
	return e, nil
}

// Eval returns the value of the last statement. Its errors are those that stop Perl too (division by zero), a pattern
// from a variable that is wrong, and texts that grow without measure.
func (e *Expr) Eval(vars Vars) (Value, error) {
	if vars == nil {
		vars = Vars{}
	}
	s := scope{vars: vars}
	var last Value
	for _, statement := range e.statements {
		v, err := statement(&s)
		if err != nil {
			return Undef(), fmt.Errorf("%w in %s", err, quoted(e.src))
		}
		last = v
	}
	return last, nil
}

// quoted is an expression as an error shows it.
func quoted(src string) string {
	const most = 200
	src = strings.Join(strings.Fields(src), " ")
	if len(src) > most {
		src = strings.ToValidUTF8(src[:most], "") + "..."
	}
	return "'" + src + "'"
}

// madeText returns a string that an operation made, unless it is too long.
func madeText(s string) (Value, error) {
	if len(s) > maxText {
		return tooLong()
	}
	return String(s), nil
}

func tooLong() (Value, error) {
	return Undef(), fmt.Errorf("a text of more than %d characters", maxText)
}
