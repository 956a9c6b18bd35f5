package js

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// What one run may cost. A step is about one operation, or 64 bytes of text made or searched.
const (
	maxSteps = 1_000_000
	maxCalls = 200
	maxText  = 1 << 20
)

// Env is the world of a script that has run: its variables and functions. It serves one goroutine at a time.
type Env struct {
	ctx     context.Context // of the run that goes on
	host    Host
	globals *scope
	regexps map[*regexLit]*regex
	protos  map[string]*object // what the script adds to String.prototype and Array.prototype
	steps   int
	calls   int // that have not returned
	line    int
}

// thrown is an error that the script may catch.
type thrown struct {
	value Value
	line  int
}

func (t *thrown) Error() string {
	if o, ok := t.value.(*object); ok && o.isError {
		return fmt.Sprintf("line %d: %s", t.line, cut(Text(o)))
	}
	return fmt.Sprintf("line %d: the script throws %s", t.line, cut(Text(t.value)))
}

func (e *Env) throw(name, format string, args ...any) error {
	return &thrown{newError(name, fmt.Sprintf(format, args...)), e.line}
}

func newError(name, message string) *object {
	o := &object{isError: true}
	o.set("name", name)
	o.set("message", message)
	return o
}

// spend counts n steps.
func (e *Env) spend(n int) error {
	before := e.steps
	e.steps += n
	if e.steps > maxSteps {
		return fault(e.line, "the script takes more than %d steps", maxSteps)
	}
	if before>>8 != e.steps>>8 {
		return e.alive()
	}
	return nil
}

func (e *Env) alive() error {
	if e.ctx.Err() != nil {
		return fault(e.line, "%w", context.Cause(e.ctx))
	}
	return nil
}

// made pays for a text and returns it.
func (e *Env) made(s string) (Value, error) {
	if len(s) > maxText {
		return nil, fault(e.line, "the script makes a text of more than %d bytes", maxText)
	}
	return s, e.spend(len(s) / 64)
}

// text is Text at a price.
func (e *Env) text(v Value) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	s := Text(v)
	_, err := e.made(s)
	return s, err
}

// primitive turns an object into a text.
func (e *Env) primitive(v Value) (Value, error) {
	if isPrimitive(v) {
		return v, nil
	}
	return e.text(v)
}

// scope holds the variables of a function or a block.
type scope struct {
	vars     map[string]*variable
	parent   *scope
	function *scope // where var declares
}

type variable struct {
	value    Value
	constant bool
}

func (s *scope) inner() *scope {
	return &scope{vars: map[string]*variable{}, parent: s, function: s.function}
}

func newFunctionScope(parent *scope) *scope {
	s := &scope{vars: map[string]*variable{}, parent: parent}
	s.function = s
	return s
}

func (s *scope) find(name string) *variable {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	return nil
}

// outcome is how a statement ends.
type outcome struct {
	kind  int
	value Value // of a return
}

const (
	completed = iota
	broke
	continued
	returned
)

type stmt interface {
	exec(e *Env, s *scope) (outcome, error)
}

type expr interface {
	eval(e *Env, s *scope) (Value, error)
}

// target is what can be assigned to.
type target interface {
	expr
	reference(e *Env, s *scope) (reference, error)
}

func (e *Env) exec(st stmt, s *scope) (outcome, error) {
	if err := e.spend(1); err != nil {
		return outcome{}, err
	}
	return st.exec(e, s)
}

func (e *Env) eval(x expr, s *scope) (Value, error) {
	if err := e.spend(1); err != nil {
		return nil, err
	}
	return x.eval(e, s)
}

// Statements.

type (
	varStmt struct {
		kind  string
		names []string
		inits []expr
		line  int
	}
	exprStmt struct {
		x    expr
		line int
	}
	ifStmt struct {
		tests     []expr
		bodies    []stmt
		otherwise stmt
	}
	loop struct { // while, do, for
		init   stmt
		test   expr
		post   expr
		body   stmt
		late   bool // tests after the first round
		scoped bool // let or const in init
	}
	forEach struct { // for-in, for-of
		kind   string // var, let, const or none
		target target
		of     bool
		list   expr
		body   stmt
		line   int
	}
	switchStmt struct {
		value     expr
		tests     []expr
		starts    []int // in body, of each test
		otherwise int   // in body, or -1
		body      body
		line      int
	}
	tryStmt struct {
		body    *body
		param   string
		handler *body
		finally *body
	}
	jump       int
	returnStmt struct {
		x    expr // or nil
		line int
	}
	throwStmt struct {
		x    expr
		line int
	}
)

func (b *body) exec(e *Env, s *scope) (outcome, error) {
	if b.scoped {
		s = s.inner()
	}
	return b.execFrom(0, e, s)
}

func (b *body) execFrom(start int, e *Env, s *scope) (outcome, error) {
	if err := e.spend(len(b.functions)); err != nil {
		return outcome{}, err
	}
	for _, fn := range b.functions {
		s.function.vars[fn.name] = &variable{value: &closure{name: fn.name, code: fn, scope: s}}
	}
	for _, st := range b.list[start:] {
		if out, err := e.exec(st, s); err != nil || out.kind != completed {
			return out, err
		}
	}
	return outcome{}, nil
}

func (d *varStmt) exec(e *Env, s *scope) (outcome, error) {
	e.line = d.line
	for i, name := range d.names {
		var v Value
		if d.inits[i] != nil {
			var err error
			if v, err = e.eval(d.inits[i], s); err != nil {
				return outcome{}, err
			}
		} else if d.kind == "var" {
			continue
		}
		if err := e.assign(d.kind, name, v, s); err != nil {
			return outcome{}, err
		}
	}
	return outcome{}, nil
}

// assign declares a variable, or sets it: a var is there since its function began.
func (e *Env) assign(kind, name string, v Value, s *scope) error {
	if kind == "var" {
		return reference{name: name, variable: s.find(name)}.set(e, v)
	}
	s.vars[name] = &variable{v, kind == "const"}
	return nil
}

func (x *exprStmt) exec(e *Env, s *scope) (outcome, error) {
	e.line = x.line
	_, err := e.eval(x.x, s)
	return outcome{}, err
}

func (c *ifStmt) exec(e *Env, s *scope) (outcome, error) {
	for i, test := range c.tests {
		v, err := e.eval(test, s)
		if err != nil {
			return outcome{}, err
		}
		if truthy(v) {
			return e.exec(c.bodies[i], s)
		}
	}
	if c.otherwise == nil {
		return outcome{}, nil
	}
	return e.exec(c.otherwise, s)
}

func (l *loop) exec(e *Env, s *scope) (outcome, error) {
	if l.scoped {
		s = s.inner()
	}
	if l.init != nil {
		if _, err := e.exec(l.init, s); err != nil {
			return outcome{}, err
		}
	}
	for first := true; ; first = false {
		if l.test != nil && !(first && l.late) {
			v, err := e.eval(l.test, s)
			if err != nil || !truthy(v) {
				return outcome{}, err
			}
		}
		out, err := e.exec(l.body, s)
		if err != nil || out.kind == returned {
			return out, err
		}
		if out.kind == broke {
			return outcome{}, nil
		}
		if l.scoped { // closures keep the variables of their own round
			round := s.parent.inner()
			for name, v := range s.vars {
				round.vars[name] = &variable{v.value, v.constant}
			}
			s = round
			if err := e.spend(len(s.vars)); err != nil {
				return outcome{}, err
			}
		}
		if l.post != nil {
			if _, err := e.eval(l.post, s); err != nil {
				return outcome{}, err
			}
		}
	}
}

func (f *forEach) exec(e *Env, s *scope) (outcome, error) {
	list, err := e.eval(f.list, s)
	if err != nil {
		return outcome{}, err
	}
	e.line = f.line
	items, err := e.items(list, f.of)
	if err != nil {
		return outcome{}, err
	}
	for _, item := range items {
		if err := e.spend(1); err != nil {
			return outcome{}, err
		}
		round := s
		if name, ok := f.target.(*ident); ok && f.kind != "" {
			if f.kind != "var" {
				round = s.inner()
			}
			err = e.assign(f.kind, name.name, item, round)
		} else {
			var ref reference
			if ref, err = f.target.reference(e, s); err == nil {
				err = ref.set(e, item)
			}
		}
		if err != nil {
			return outcome{}, err
		}
		out, err := e.exec(f.body, round)
		if err != nil || out.kind == returned {
			return out, err
		}
		if out.kind == broke {
			break
		}
	}
	return outcome{}, nil
}

// items returns the values (of) or the keys (in) of v.
func (e *Env) items(v Value, of bool) ([]Value, error) {
	var items []Value
	n := 0
	switch v := v.(type) {
	case string:
		n = len(v)
		for i := 0; of && i < n; i++ {
			items = append(items, v[i:i+1])
		}
	case *array:
		n = len(v.items)
		if of {
			items = slices.Clone(v.items)
		}
	case *object:
		if !of {
			for _, key := range v.ordered() {
				items = append(items, key)
			}
			return items, e.spend(len(items))
		}
	}
	switch v.(type) {
	case string, *array:
	default:
		if of {
			return nil, e.throw("TypeError", "for-of needs an array or a text, this is '%s'", cut(Text(v)))
		}
	}
	if err := e.spend(n); err != nil {
		return nil, err
	}
	for i := 0; !of && i < n; i++ {
		items = append(items, numberText(float64(i)))
	}
	return items, nil
}

func (w *switchStmt) exec(e *Env, s *scope) (outcome, error) {
	e.line = w.line
	v, err := e.eval(w.value, s)
	if err != nil {
		return outcome{}, err
	}
	if w.body.scoped {
		s = s.inner()
	}
	start := w.otherwise
	for i, test := range w.tests {
		t, err := e.eval(test, s)
		if err != nil {
			return outcome{}, err
		}
		if t == v {
			start = w.starts[i]
			break
		}
	}
	if start < 0 {
		return outcome{}, nil
	}
	out, err := w.body.execFrom(start, e, s)
	if out.kind == broke {
		out.kind = completed
	}
	return out, err
}

func (t *tryStmt) exec(e *Env, s *scope) (outcome, error) {
	out, err := e.exec(t.body, s)
	var caught *thrown
	if t.handler != nil && errors.As(err, &caught) {
		inner := s.inner()
		if t.param != "" {
			inner.vars[t.param] = &variable{value: caught.value}
		}
		out, err = e.exec(t.handler, inner)
	}
	if t.finally != nil && (err == nil || errors.As(err, &caught)) {
		if last, lastErr := e.exec(t.finally, s); lastErr != nil || last.kind != completed {
			return last, lastErr
		}
	}
	return out, err
}

func (j jump) exec(*Env, *scope) (outcome, error) { return outcome{kind: int(j)}, nil }

func (r *returnStmt) exec(e *Env, s *scope) (outcome, error) {
	e.line = r.line
	if r.x == nil {
		return outcome{kind: returned}, nil
	}
	v, err := e.eval(r.x, s)
	return outcome{returned, v}, err
}

func (t *throwStmt) exec(e *Env, s *scope) (outcome, error) {
	e.line = t.line
	v, err := e.eval(t.x, s)
	if err != nil {
		return outcome{}, err
	}
	return outcome{}, &thrown{v, t.line}
}

// Expressions.

type (
	literal     struct{ value Value }
	literalThis struct{}
	regexLit    struct {
		pattern, flags string
		line           int
	}
	arrayLit  []expr
	objectLit struct{ keys, values []expr }
	template  struct {
		parts []expr
		line  int
	}
	ident struct {
		name string
		line int
	}
	member struct {
		object, key expr
		line        int
	}
	call struct {
		callee expr
		args   []expr
		line   int
		isNew  bool
	}
	unary struct {
		op   string
		x    expr
		line int
	}
	update struct {
		op     string // + or -
		prefix bool
		target target
		line   int
	}
	chain struct { // operators of one precedence, from left to right
		first expr
		ops   []string
		rest  []expr
		line  int
	}
	conditional struct{ test, yes, no expr }
	assign      struct {
		op     string // of +=, + and so on
		target target
		value  expr
		line   int
	}
	comma []expr
)

func (l literal) eval(*Env, *scope) (Value, error) { return l.value, nil }

func (literalThis) eval(_ *Env, s *scope) (Value, error) {
	if v := s.find("this"); v != nil {
		return v.value, nil
	}
	return nil, nil
}

func (r *regexLit) eval(e *Env, _ *scope) (Value, error) {
	e.line = r.line
	re := e.regexps[r]
	if re == nil {
		var err error
		if re, err = e.compile(r.pattern, r.flags); err != nil {
			return nil, err
		}
		e.regexps[r] = re
	}
	fresh := *re
	return &fresh, nil
}

func (a arrayLit) eval(e *Env, s *scope) (Value, error) {
	items, err := e.values(a, s)
	return &array{items: items}, err
}

func (e *Env) values(list []expr, s *scope) ([]Value, error) {
	values := make([]Value, 0, len(list))
	for _, x := range list {
		v, err := e.eval(x, s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (o *objectLit) eval(e *Env, s *scope) (Value, error) {
	made := &object{}
	for i := range o.keys {
		key, err := e.eval(o.keys[i], s)
		if err != nil {
			return nil, err
		}
		v, err := e.eval(o.values[i], s)
		if err != nil {
			return nil, err
		}
		name, err := e.text(key)
		if err != nil {
			return nil, err
		}
		made.set(name, v)
	}
	return made, nil
}

func (f *function) eval(_ *Env, s *scope) (Value, error) {
	if f.name != "" {
		s = s.inner()
		s.vars[f.name] = &variable{}
	}
	fn := &closure{name: f.name, code: f, scope: s}
	if f.name != "" {
		s.vars[f.name].value = fn
	}
	return fn, nil
}

func (t *template) eval(e *Env, s *scope) (Value, error) {
	var b []byte
	for _, part := range t.parts {
		v, err := e.eval(part, s)
		if err != nil {
			return nil, err
		}
		e.line = t.line
		text, err := e.text(v)
		if err != nil {
			return nil, err
		}
		b = append(b, text...)
		if _, err := e.made(text); err != nil {
			return nil, err
		}
	}
	return e.made(string(b))
}

// reference is a variable or a property.
type reference struct {
	name     string
	variable *variable // nil when there is none of that name
	isMember bool
	object   Value
	key      Value
}

func (i *ident) reference(e *Env, s *scope) (reference, error) {
	e.line = i.line
	return reference{name: i.name, variable: s.find(i.name)}, nil
}

func (i *ident) eval(e *Env, s *scope) (Value, error) { return read(i, e, s) }

func (m *member) reference(e *Env, s *scope) (reference, error) {
	object, err := e.eval(m.object, s)
	if err != nil {
		return reference{}, err
	}
	key, err := e.eval(m.key, s)
	if err != nil {
		return reference{}, err
	}
	e.line = m.line
	if _, isNumber := key.(float64); !isNumber {
		key, err = e.text(key)
	}
	return reference{isMember: true, object: object, key: key}, err
}

func (m *member) eval(e *Env, s *scope) (Value, error) { return read(m, e, s) }

func read(t target, e *Env, s *scope) (Value, error) {
	ref, err := t.reference(e, s)
	if err != nil {
		return nil, err
	}
	return ref.get(e)
}

func (r reference) get(e *Env) (Value, error) {
	if r.isMember {
		return e.get(r.object, r.key)
	}
	if r.variable == nil {
		return nil, e.throw("ReferenceError", "'%s' is not defined, or not supported in a PAC file", cut(r.name))
	}
	return r.variable.value, nil
}

func (r reference) set(e *Env, v Value) error {
	switch {
	case r.isMember:
		return e.set(r.object, r.key, v)
	case r.variable == nil:
		e.globals.vars[r.name] = &variable{value: v}
	case r.variable.constant:
		return e.throw("TypeError", "the constant '%s' cannot be set", cut(r.name))
	default:
		r.variable.value = v
	}
	return nil
}

func (c *call) eval(e *Env, s *scope) (Value, error) {
	var this, callee Value
	name := "the value"
	var err error
	if t, ok := c.callee.(target); ok {
		var ref reference
		if ref, err = t.reference(e, s); err != nil {
			return nil, err
		}
		this, name = ref.object, ref.name
		if ref.isMember {
			name = Text(ref.key)
		}
		callee, err = ref.get(e)
	} else {
		callee, err = e.eval(c.callee, s)
	}
	if err != nil {
		return nil, err
	}
	args, err := e.values(c.args, s)
	if err != nil {
		return nil, err
	}
	e.line = c.line
	fn, ok := callee.(*closure)
	if !ok {
		return nil, e.throw("TypeError", "'%s' is not a function, or not supported in a PAC file", cut(name))
	}
	if c.isNew && !fn.constructor {
		return nil, fault(c.line, "'new %s' is not supported in a PAC file", cut(name))
	}
	return e.call(fn, this, args)
}

func (e *Env) call(fn *closure, this Value, args []Value) (Value, error) {
	if e.calls >= maxCalls {
		return nil, fault(e.line, "the script makes calls more than %d deep", maxCalls)
	}
	if err := e.alive(); err != nil {
		return nil, err
	}
	e.calls++
	line := e.line
	v, err := e.enter(fn, this, args)
	e.calls--
	if err == nil {
		e.line = line
	}
	return v, err
}

func (e *Env) enter(fn *closure, this Value, args []Value) (Value, error) {
	if fn.native != nil {
		return fn.native(e, this, args)
	}
	code := fn.code
	if err := e.spend(len(code.params) + len(code.vars)); err != nil {
		return nil, err
	}
	s := newFunctionScope(fn.scope)
	if !code.arrow {
		s.vars["this"] = &variable{value: this}
		s.vars["arguments"] = &variable{value: &array{items: args}}
	}
	for i, name := range code.params {
		s.vars[name] = &variable{value: arguments(args).at(i)}
	}
	return e.inside(code, s)
}

// inside runs the inside of a function in its scope.
func (e *Env) inside(code *function, s *scope) (Value, error) {
	for _, name := range code.vars {
		if s.vars[name] == nil {
			s.vars[name] = &variable{}
		}
	}
	out, err := code.body.execFrom(0, e, s)
	return out.value, err
}

func (u *unary) eval(e *Env, s *scope) (Value, error) {
	if t, ok := u.x.(target); ok && (u.op == "delete" || u.op == "typeof") {
		ref, err := t.reference(e, s)
		if err != nil {
			return nil, err
		}
		if u.op == "delete" {
			return e.remove(ref)
		}
		if !ref.isMember && ref.variable == nil {
			return "undefined", nil
		}
		v, err := ref.get(e)
		return typeOf(v), err
	}
	v, err := e.eval(u.x, s)
	if err != nil {
		return nil, err
	}
	switch u.op {
	case "!":
		return !truthy(v), nil
	case "-":
		return -number(v), nil
	case "+":
		return number(v), nil
	case "~":
		return float64(^int32(toUint32(v))), nil
	case "typeof":
		return typeOf(v), nil
	case "delete":
		return true, nil
	}
	return nil, nil // void
}

func (u *update) eval(e *Env, s *scope) (Value, error) {
	ref, err := u.target.reference(e, s)
	if err != nil {
		return nil, err
	}
	v, err := ref.get(e)
	if err != nil {
		return nil, err
	}
	old := number(v)
	changed := old + 1
	if u.op == "-" {
		changed = old - 1
	}
	if err := ref.set(e, changed); err != nil {
		return nil, err
	}
	if u.prefix {
		return changed, nil
	}
	return old, nil
}

func (c *conditional) eval(e *Env, s *scope) (Value, error) {
	v, err := e.eval(c.test, s)
	if err != nil {
		return nil, err
	}
	if truthy(v) {
		return e.eval(c.yes, s)
	}
	return e.eval(c.no, s)
}

func (a *assign) eval(e *Env, s *scope) (Value, error) {
	ref, err := a.target.reference(e, s)
	if err != nil {
		return nil, err
	}
	var old Value
	if a.op != "" {
		if old, err = ref.get(e); err != nil {
			return nil, err
		}
	}
	v, err := e.eval(a.value, s)
	if err != nil {
		return nil, err
	}
	e.line = a.line
	if a.op != "" {
		if v, err = e.operate(a.op, old, v); err != nil {
			return nil, err
		}
	}
	return v, ref.set(e, v)
}

func (c comma) eval(e *Env, s *scope) (v Value, err error) {
	for _, x := range c {
		if v, err = e.eval(x, s); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (c *chain) eval(e *Env, s *scope) (Value, error) {
	v, err := e.eval(c.first, s)
	for i := 0; i < len(c.ops) && err == nil; i++ {
		op := c.ops[i]
		if op == "&&" && !truthy(v) || op == "||" && truthy(v) {
			return v, nil
		}
		var w Value
		if w, err = e.eval(c.rest[i], s); err != nil {
			return nil, err
		}
		if op == "&&" || op == "||" {
			v = w
			continue
		}
		e.line = c.line
		v, err = e.operate(op, v, w)
	}
	return v, err
}

// operate applies a binary operator that needs both of its values.
func (e *Env) operate(op string, a, b Value) (Value, error) {
	switch op {
	case "===":
		return a == b, nil
	case "!==":
		return a != b, nil
	case "in":
		return e.has(b, a)
	}
	objects := !isPrimitive(a) && !isPrimitive(b)
	if (op == "==" || op == "!=") && (objects || a == nil || b == nil || a == (Null{}) || b == (Null{})) {
		return looselyEqual(a, b) == (op == "=="), nil
	}
	_, dateA := a.(*date)
	_, dateB := b.(*date)
	var err error
	if !dateA || op == "+" || op == "==" || op == "!=" {
		if a, err = e.primitive(a); err != nil {
			return nil, err
		}
	}
	if !dateB || op == "+" || op == "==" || op == "!=" {
		if b, err = e.primitive(b); err != nil {
			return nil, err
		}
	}
	textA, isTextA := a.(string)
	textB, isTextB := b.(string)
	switch op {
	case "==", "!=":
		return looselyEqual(a, b) == (op == "=="), nil
	case "+":
		if isTextA || isTextB {
			return e.made(Text(a) + Text(b))
		}
		return number(a) + number(b), nil
	case "<", ">", "<=", ">=":
		if isTextA && isTextB {
			return compare(op, textA, textB), nil
		}
		return compare(op, number(a), number(b)), nil
	case "-":
		return number(a) - number(b), nil
	case "*":
		return number(a) * number(b), nil
	case "/":
		return number(a) / number(b), nil
	case "%":
		return math.Mod(number(a), number(b)), nil
	}
	x, y := toUint32(a), toUint32(b)
	switch op {
	case "&":
		return float64(int32(x & y)), nil
	case "|":
		return float64(int32(x | y)), nil
	case "^":
		return float64(int32(x ^ y)), nil
	case "<<":
		return float64(int32(x << (y & 31))), nil
	case ">>":
		return float64(int32(x) >> (y & 31)), nil
	}
	return float64(x >> (y & 31)), nil // >>>
}

func compare[T string | float64](op string, a, b T) bool {
	switch op {
	case "<":
		return a < b
	case ">":
		return a > b
	case "<=":
		return a <= b
	}
	return a >= b
}
