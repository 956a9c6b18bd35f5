// Package js runs the JavaScript that proxy auto-configuration files are written in, and no more: ECMAScript 5 without prototypes,
// getters and labels, plus let, const, arrow functions, for-of and templates. What it does not know is an error that names it and its line.
//
// It differs from JavaScript where such files do not care: text is bytes, regular expressions are Perl's and always search from the start
// (there is no lastIndex), a group that took no part in a match is "", an object's toString and valueOf are not asked.
//
// A script is bounded in size, steps, memory and depth of calls, and can touch nothing but the functions that it is given.
package js

import (
	"context"
	"fmt"
	"time"
)

// maxSource bounds a script, in bytes.
const maxSource = 1 << 20

// Func is a function that a script may call. It returns nil, Null, a bool, a float64 or a string, or one of its arguments. Its error ends
// the run: a script cannot catch it.
type Func func(ctx context.Context, args []Value) (Value, error)

// Host is what a script is given.
type Host struct {
	Functions map[string]Func
	Now       func() time.Time // for new Date, which is not there when this is nil
	Random    func() float64   // for Math.random, from 0 up to and without 1; it is not there when this is nil
}

// Script is a parsed script. Any number of goroutines may run it at once.
type Script struct{ program *function }

// Parse reads a script of at most 1 MiB. Its errors, as those of Run and Call, are one lower-case line, which tells the
// line of the script: "line 12: 'class' is not supported in a PAC file".
func Parse(src string) (*Script, error) {
	if len(src) > maxSource {
		return nil, fmt.Errorf("the script has %d bytes, more than %d", len(src), maxSource)
	}
	program, err := parse(src)
	if err != nil {
		return nil, err
	}
	return &Script{program}, nil
}

// Run runs the top level of the script, which defines its variables and functions. A run takes at most 1,000,000 steps and ends with
// context.Cause(ctx) when ctx does.
func (s *Script) Run(ctx context.Context, host Host) (*Env, error) {
	e := &Env{
		ctx: ctx, host: host, globals: newFunctionScope(nil), line: 1, regexps: map[*regexLit]*regex{},
	}
	err := guard(func() {
		e.alive()
		e.define()
		e.inside(s.program, e.globals)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Defines tells whether the script, or the host, has a function of that name.
func (e *Env) Defines(name string) bool {
	v := e.globals.find(name)
	if v == nil {
		return false
	}
	_, ok := v.value.(*closure)
	return ok
}

// Call calls a function of the script, within the same bounds as Run. Variables of the script keep what earlier calls set.
func (e *Env) Call(ctx context.Context, name string, args ...Value) (v Value, err error) {
	if !e.Defines(name) {
		return nil, fmt.Errorf("the script has no function %s", cut(name))
	}
	for _, arg := range args {
		if err := checkValue(arg); err != nil {
			return nil, fmt.Errorf("the call of %s: %w", cut(name), err)
		}
	}
	e.ctx, e.steps, e.calls = ctx, 0, 0
	err = guard(func() { v = e.call(e.globals.find(name).value.(*closure), nil, args) })
	return v, err
}

// hostFunction makes a Func callable from the script.
func hostFunction(name string, f Func) *closure {
	return &closure{name: name, native: func(e *Env, _ Value, args arguments) Value {
		v, err := f(e.ctx, args)
		if err == nil {
			err = checkValue(v)
		}
		if err != nil {
			panic(e.fault("%s: %w", name, err))
		}
		e.alive()
		if s, ok := v.(string); ok {
			return e.made(s)
		}
		return v
	}}
}

// checkValue refuses what Go code must not hand to a script.
func checkValue(v Value) error {
	switch v := v.(type) {
	case nil, Null, bool, float64, *array, *object, *closure, *regex, *date:
		return nil
	case string:
		if len(v) > maxText {
			return fmt.Errorf("a text of %d bytes is more than %d", len(v), maxText)
		}
		return nil
	}
	return fmt.Errorf("a Go %T is no value of a script", v)
}
