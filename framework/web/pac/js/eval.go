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
	texts   object // String.prototype: what the script adds to the methods of texts
	arrays  object // Array.prototype
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

// abort is what the evaluator panics with: an error on its way to Run or Call, or a thrown one to a try.
type abort struct{ err error }

func (e *Env) throw(name, format string, args ...any) abort {
	return abort{&thrown{newError(name, fmt.Sprintf(format, args...)), e.line}}
}

// fault is an error that a script cannot catch.
func (e *Env) fault(format string, args ...any) abort {
	return abort{fault(e.line, format, args...)}
}

// guard runs a piece of the script and returns the error that it ends with.
func guard(run func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case abort:
			err = r.err
		default:
			panic(r)
		}
	}()
	run()
	return nil
}

func newError(name, message string) *object {
	o := &object{isError: true}
	o.set("name", name)
	o.set("message", message)
	return o
}

// spend counts n steps.
func (e *Env) spend(n int) {
	before := e.steps
	e.steps += n
	if e.steps > maxSteps {
		panic(e.fault("the script takes more than %d steps", maxSteps))
	}
	if before>>8 != e.steps>>8 {
		e.alive()
	}
}

func (e *Env) alive() {
	if e.ctx.Err() != nil {
		panic(e.fault("%w", context.Cause(e.ctx)))
	}
}

// made pays for a text and returns it.
func (e *Env) made(s string) string {
	if len(s) > maxText {
		panic(e.fault("the script makes a text of more than %d bytes", maxText))
	}
	e.spend(len(s) / 64)
	return s
}

// text is Text at a price.
func (e *Env) text(v Value) string {
	if s, ok := v.(string); ok {
		return s
	}
	return e.made(Text(v))
}

// primitive turns an object into a text, or a date into a number.
func (e *Env) primitive(v Value, dateToNumber bool) Value {
	if d, ok := v.(*date); ok && dateToNumber {
		return number(d)
	}
	if isPrimitive(v) {
		return v
	}
	return e.text(v)
}

// looselyEqual is ==; === is Go's.
func (e *Env) looselyEqual(a, b Value) bool {
	noneA, noneB := a == nil || a == (Null{}), b == nil || b == (Null{})
	if noneA || noneB {
		return noneA && noneB
	}
	if isPrimitive(a) || isPrimitive(b) {
		a, b = e.primitive(a, false), e.primitive(b, false)
	}
	if typeOf(a) == typeOf(b) {
		return a == b
	}
	return isPrimitive(a) && number(a) == number(b)
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
	exec(e *Env, s *scope) outcome
}

type expr interface {
	eval(e *Env, s *scope) Value
}

// target is what can be assigned to.
type target interface {
	expr
	reference(e *Env, s *scope) reference
}

func (e *Env) exec(st stmt, s *scope) outcome {
	e.spend(1)
	return st.exec(e, s)
}

func (e *Env) eval(x expr, s *scope) Value {
	e.spend(1)
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

func (b *body) exec(e *Env, s *scope) outcome {
	if b.scoped {
		s = s.inner()
	}
	return b.execFrom(0, e, s)
}

func (b *body) execFrom(start int, e *Env, s *scope) outcome {
	e.spend(len(b.functions))
	for _, fn := range b.functions {
		s.function.vars[fn.name] = &variable{value: &closure{name: fn.name, code: fn, scope: s}}
	}
	for _, st := range b.list[start:] {
		if out := e.exec(st, s); out.kind != completed {
			return out
		}
	}
	return outcome{}
}

func (d *varStmt) exec(e *Env, s *scope) outcome {
	e.line = d.line
	for i, name := range d.names {
		if init := d.inits[i]; init != nil {
			e.assign(d.kind, name, e.eval(init, s), s)
		} else if d.kind != "var" {
			e.assign(d.kind, name, nil, s)
		}
	}
	return outcome{}
}

// assign declares a variable, or sets it: a var is there since its function began.
func (e *Env) assign(kind, name string, v Value, s *scope) {
	if kind == "var" {
		reference{name: name, variable: s.find(name)}.set(e, v)
	} else {
		s.vars[name] = &variable{v, kind == "const"}
	}
}

func (x *exprStmt) exec(e *Env, s *scope) outcome {
	e.line = x.line
	e.eval(x.x, s)
	return outcome{}
}

func (c *ifStmt) exec(e *Env, s *scope) outcome {
	for i, test := range c.tests {
		if truthy(e.eval(test, s)) {
			return e.exec(c.bodies[i], s)
		}
	}
	if c.otherwise == nil {
		return outcome{}
	}
	return e.exec(c.otherwise, s)
}

func (l *loop) exec(e *Env, s *scope) outcome {
	if l.scoped {
		s = s.inner()
	}
	if l.init != nil {
		e.exec(l.init, s)
	}
	for first := true; ; first = false {
		if l.test != nil && !(first && l.late) && !truthy(e.eval(l.test, s)) {
			return outcome{}
		}
		out := e.exec(l.body, s)
		if out.kind == returned {
			return out
		}
		if out.kind == broke {
			return outcome{}
		}
		if l.scoped { // closures keep the variables of their own round
			round := s.parent.inner()
			for name, v := range s.vars {
				round.vars[name] = &variable{v.value, v.constant}
			}
			s = round
			e.spend(len(s.vars))
		}
		if l.post != nil {
			e.eval(l.post, s)
		}
	}
}

func (f *forEach) exec(e *Env, s *scope) outcome {
	list := e.eval(f.list, s)
	e.line = f.line
	items := e.items(list, f.of)
	for _, item := range items {
		e.spend(1)
		round := s
		if name, ok := f.target.(*ident); ok && f.kind != "" {
			if f.kind != "var" {
				round = s.inner()
			}
			e.assign(f.kind, name.name, item, round)
		} else {
			f.target.reference(e, s).set(e, item)
		}
		out := e.exec(f.body, round)
		if out.kind == returned {
			return out
		}
		if out.kind == broke {
			break
		}
	}
	return outcome{}
}

// items returns the values (of) or the keys (in) of v.
func (e *Env) items(v Value, of bool) []Value {
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
			e.spend(len(items))
			return items
		}
	}
	switch v.(type) {
	case string, *array:
	default:
		if of {
			panic(e.throw("TypeError", "for-of needs an array or a text, this is '%s'", cut(Text(v))))
		}
	}
	e.spend(n)
	for i := 0; !of && i < n; i++ {
		items = append(items, numberText(float64(i)))
	}
	return items
}

func (w *switchStmt) exec(e *Env, s *scope) outcome {
	e.line = w.line
	v := e.eval(w.value, s)
	if w.body.scoped {
		s = s.inner()
	}
	start := w.otherwise
	for i, test := range w.tests {
		t := e.eval(test, s)
		if t == v {
			start = w.starts[i]
			break
		}
	}
	if start < 0 {
		return outcome{}
	}
	out := w.body.execFrom(start, e, s)
	if out.kind == broke {
		out.kind = completed
	}
	return out
}

func (t *tryStmt) exec(e *Env, s *scope) (out outcome) {
	calls := e.calls
	var caught *thrown
	err := guard(func() { out = e.exec(t.body, s) })
	if errors.As(err, &caught) && t.handler != nil {
		e.calls = calls
		inner := s.inner()
		if t.param != "" {
			inner.vars[t.param] = &variable{value: caught.value}
		}
		err = guard(func() { out = e.exec(t.handler, inner) })
	}
	if t.finally != nil && (err == nil || errors.As(err, &caught)) {
		e.calls = calls
		if last := e.exec(t.finally, s); last.kind != completed {
			return last
		}
	}
	if err != nil {
		panic(abort{err})
	}
	return out
}

func (j jump) exec(*Env, *scope) outcome { return outcome{kind: int(j)} }

func (r *returnStmt) exec(e *Env, s *scope) outcome {
	e.line = r.line
	if r.x == nil {
		return outcome{kind: returned}
	}
	return outcome{returned, e.eval(r.x, s)}
}

func (t *throwStmt) exec(e *Env, s *scope) outcome {
	e.line = t.line
	panic(abort{&thrown{e.eval(t.x, s), t.line}})
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

func (l literal) eval(*Env, *scope) Value { return l.value }

func (literalThis) eval(_ *Env, s *scope) Value {
	if v := s.find("this"); v != nil {
		return v.value
	}
	return nil
}

func (r *regexLit) eval(e *Env, _ *scope) Value {
	e.line = r.line
	re := e.regexps[r]
	if re == nil {
		re = e.compile(r.pattern, r.flags)
		e.regexps[r] = re
	}
	fresh := *re
	return &fresh
}

func (a arrayLit) eval(e *Env, s *scope) Value {
	return &array{items: e.values(a, s)}
}

func (e *Env) values(list []expr, s *scope) []Value {
	values := make([]Value, 0, len(list))
	for _, x := range list {
		values = append(values, e.eval(x, s))
	}
	return values
}

func (o *objectLit) eval(e *Env, s *scope) Value {
	made := &object{}
	for i := range o.keys {
		name := e.text(e.eval(o.keys[i], s))
		made.set(name, e.eval(o.values[i], s))
	}
	return made
}

func (f *function) eval(_ *Env, s *scope) Value {
	if f.name != "" {
		s = s.inner()
		s.vars[f.name] = &variable{}
	}
	fn := &closure{name: f.name, code: f, scope: s}
	if f.name != "" {
		s.vars[f.name].value = fn
	}
	return fn
}

func (t *template) eval(e *Env, s *scope) Value {
	var b []byte
	for _, part := range t.parts {
		b = append(b, e.made(e.text(e.eval(part, s)))...)
	}
	e.line = t.line
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

func (i *ident) reference(e *Env, s *scope) reference {
	e.line = i.line
	return reference{name: i.name, variable: s.find(i.name)}
}

func (i *ident) eval(e *Env, s *scope) Value { return i.reference(e, s).get(e) }

func (m *member) reference(e *Env, s *scope) reference {
	object := e.eval(m.object, s)
	key := e.eval(m.key, s)
	e.line = m.line
	if _, isNumber := key.(float64); !isNumber {
		key = e.text(key)
	}
	return reference{isMember: true, object: object, key: key}
}

func (m *member) eval(e *Env, s *scope) Value { return m.reference(e, s).get(e) }

func (r reference) get(e *Env) Value {
	if r.isMember {
		return e.get(r.object, r.key)
	}
	if r.variable == nil {
		panic(e.throw("ReferenceError", "'%s' is not defined, or not supported in a PAC file", cut(r.name)))
	}
	return r.variable.value
}

func (r reference) set(e *Env, v Value) {
	switch {
	case r.isMember:
		e.set(r.object, r.key, v)
	case r.variable == nil:
		e.globals.vars[r.name] = &variable{value: v}
	case r.variable.constant:
		panic(e.throw("TypeError", "the constant '%s' cannot be set", cut(r.name)))
	default:
		r.variable.value = v
	}
}

func (c *call) eval(e *Env, s *scope) Value {
	var this, callee Value
	name := "the value"
	if t, ok := c.callee.(target); ok {
		ref := t.reference(e, s)
		this, name = ref.object, ref.name
		if ref.isMember {
			name = Text(ref.key)
		}
		callee = ref.get(e)
	} else {
		callee = e.eval(c.callee, s)
	}
	args := e.values(c.args, s)
	e.line = c.line
	fn, ok := callee.(*closure)
	if !ok {
		panic(e.throw("TypeError", "'%s' is not a function, or not supported in a PAC file", cut(name)))
	}
	if c.isNew && !fn.constructor {
		panic(e.fault("'new %s' is not supported in a PAC file", cut(name)))
	}
	return e.call(fn, this, args)
}

func (e *Env) call(fn *closure, this Value, args []Value) Value {
	if e.calls >= maxCalls {
		panic(e.fault("the script makes calls more than %d deep", maxCalls))
	}
	e.alive()
	e.calls++
	line := e.line
	v := e.enter(fn, this, args)
	e.calls--
	e.line = line
	return v
}

func (e *Env) enter(fn *closure, this Value, args []Value) Value {
	if fn.native != nil {
		return fn.native(e, this, args)
	}
	code := fn.code
	e.spend(len(code.params) + len(code.vars))
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
func (e *Env) inside(code *function, s *scope) Value {
	for _, name := range code.vars {
		if s.vars[name] == nil {
			s.vars[name] = &variable{}
		}
	}
	return code.body.execFrom(0, e, s).value
}

func (u *unary) eval(e *Env, s *scope) Value {
	if t, ok := u.x.(target); ok && (u.op == "delete" || u.op == "typeof") {
		ref := t.reference(e, s)
		if u.op == "delete" {
			return e.remove(ref)
		}
		if !ref.isMember && ref.variable == nil {
			return "undefined"
		}
		return typeOf(ref.get(e))
	}
	v := e.eval(u.x, s)
	switch u.op {
	case "!":
		return !truthy(v)
	case "-":
		return -number(v)
	case "+":
		return number(v)
	case "~":
		return float64(^int32(toUint32(v)))
	case "typeof":
		return typeOf(v)
	case "delete":
		return true
	}
	return nil // void
}

func (u *update) eval(e *Env, s *scope) Value {
	ref := u.target.reference(e, s)
	old := number(ref.get(e))
	changed := old + 1
	if u.op == "-" {
		changed = old - 1
	}
	ref.set(e, changed)
	if u.prefix {
		return changed
	}
	return old
}

func (c *conditional) eval(e *Env, s *scope) Value {
	if truthy(e.eval(c.test, s)) {
		return e.eval(c.yes, s)
	}
	return e.eval(c.no, s)
}

func (a *assign) eval(e *Env, s *scope) Value {
	ref := a.target.reference(e, s)
	var old Value
	if a.op != "" {
		old = ref.get(e)
	}
	v := e.eval(a.value, s)
	e.line = a.line
	if a.op != "" {
		v = e.operate(a.op, old, v)
	}
	ref.set(e, v)
	return v
}

func (c comma) eval(e *Env, s *scope) (v Value) {
	for _, x := range c {
		v = e.eval(x, s)
	}
	return v
}

func (c *chain) eval(e *Env, s *scope) Value {
	v := e.eval(c.first, s)
	for i, op := range c.ops {
		if op == "&&" && !truthy(v) || op == "||" && truthy(v) {
			return v
		}
		w := e.eval(c.rest[i], s)
		if op == "&&" || op == "||" {
			v = w
		} else {
			e.line = c.line
			v = e.operate(op, v, w)
		}
	}
	return v
}

// operate applies a binary operator that needs both of its values.
func (e *Env) operate(op string, a, b Value) Value {
	switch op {
	case "===":
		return a == b
	case "!==":
		return a != b
	case "in":
		return e.has(b, a)
	}
	if op == "==" || op == "!=" {
		return e.looselyEqual(a, b) == (op == "==")
	}
	a, b = e.primitive(a, op != "+"), e.primitive(b, op != "+")
	textA, isTextA := a.(string)
	textB, isTextB := b.(string)
	switch op {
	case "+":
		if isTextA || isTextB {
			return e.made(Text(a) + Text(b))
		}
		return number(a) + number(b)
	case "<", ">", "<=", ">=":
		if isTextA && isTextB {
			return compare(op, textA, textB)
		}
		return compare(op, number(a), number(b))
	case "-":
		return number(a) - number(b)
	case "*":
		return number(a) * number(b)
	case "/":
		return number(a) / number(b)
	case "%":
		return math.Mod(number(a), number(b))
	}
	x, y := toUint32(a), toUint32(b)
	switch op {
	case "&":
		return float64(int32(x & y))
	case "|":
		return float64(int32(x | y))
	case "^":
		return float64(int32(x ^ y))
	case "<<":
		return float64(int32(x << (y & 31)))
	case ">>":
		return float64(int32(x) >> (y & 31))
	}
	return float64(x >> (y & 31)) // >>>
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
