package js

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/perl"
)

// define fills the globals: the language's own, then the host's.
func (e *Env) define() {
	global := func(name string, v Value) { e.globals.vars[name] = &variable{value: v} }
	function := func(name string, constructor bool, f func(e *Env, args arguments) Value) *closure {
		fn := &closure{name: name, constructor: constructor, native: func(e *Env, _ Value, args arguments) Value { return f(e, args) }}
		global(name, fn)
		return fn
	}
	global("undefined", nil)
	global("NaN", math.NaN())
	global("Infinity", math.Inf(1))
	global("Math", e.math())

	function("isNaN", false, func(_ *Env, args arguments) Value { return math.IsNaN(number(args.at(0))) })
	function("isFinite", false, func(_ *Env, args arguments) Value {
		f := number(args.at(0))
		return !math.IsNaN(f) && !math.IsInf(f, 0)
	})
	function("parseFloat", false, parseFloat)
	function("parseInt", false, parseInt)
	function("Boolean", false, func(_ *Env, args arguments) Value { return truthy(args.at(0)) })
	function("Number", false, func(_ *Env, args arguments) Value {
		if len(args) == 0 {
			return 0.0
		}
		return number(args[0])
	})
	function("String", false, func(e *Env, args arguments) Value {
		if len(args) == 0 {
			return ""
		}
		return e.text(args[0])
	}).set("prototype", &e.texts)
	arrays := function("Array", true, func(e *Env, args arguments) Value {
		made := &array{}
		if n, ok := args.at(0).(float64); ok && len(args) == 1 {
			e.setLength(made, n)
			return made
		}
		made.items = slices.Clone(args)
		return made
	})
	arrays.set("prototype", &e.arrays)
	arrays.set("isArray", &closure{name: "isArray", native: func(_ *Env, _ Value, args arguments) Value {
		_, ok := args.at(0).(*array)
		return ok
	}})
	function("Object", true, func(*Env, arguments) Value { return &object{} }).
		set("keys", &closure{name: "keys", native: func(e *Env, _ Value, args arguments) Value {
			return &array{items: e.items(args.at(0), false)}
		}})
	function("RegExp", true, func(e *Env, args arguments) Value {
		if re, ok := args.at(0).(*regex); ok {
			return re
		}
		flags := ""
		if args.at(1) != nil {
			flags = Text(args[1])
		}
		pattern := e.text(args.at(0))
		return e.compile(pattern, flags)
	})
	for _, name := range []string{"Error", "TypeError", "RangeError"} {
		function(name, true, func(e *Env, args arguments) Value {
			message := ""
			if args.at(0) != nil {
				message = Text(args[0])
			}
			e.made(message)
			return newError(name, message)
		})
	}
	if e.host.Now != nil {
		function("Date", true, func(e *Env, args arguments) Value {
			if len(args) > 0 {
				panic(e.fault("'Date' with arguments is not supported in a PAC file"))
			}
			return &date{e.host.Now()}
		})
	}
	for name, f := range e.host.Functions {
		global(name, hostFunction(name, f))
	}
}

func (e *Env) math() *object {
	o := &object{}
	method := func(name string, f func(args arguments) float64) {
		o.set(name, &closure{name: name, native: func(_ *Env, _ Value, args arguments) Value { return f(args) }})
	}
	method("floor", func(args arguments) float64 { return math.Floor(number(args.at(0))) })
	method("ceil", func(args arguments) float64 { return math.Ceil(number(args.at(0))) })
	method("round", func(args arguments) float64 { return math.Floor(number(args.at(0)) + 0.5) })
	method("abs", func(args arguments) float64 { return math.Abs(number(args.at(0))) })
	method("pow", func(args arguments) float64 { return math.Pow(number(args.at(0)), number(args.at(1))) })
	method("min", func(args arguments) float64 { return fold(args, math.Inf(1), math.Min) })
	method("max", func(args arguments) float64 { return fold(args, math.Inf(-1), math.Max) })
	if e.host.Random != nil {
		method("random", func(arguments) float64 { return e.host.Random() })
	}
	return o
}

func fold(args arguments, f float64, of func(a, b float64) float64) float64 {
	for _, arg := range args {
		f = of(f, number(arg))
	}
	return f
}

func parseFloat(e *Env, args arguments) Value {
	s := e.text(args.at(0))
	s = strings.TrimSpace(s)
	for _, infinity := range []string{"Infinity", "+Infinity", "-Infinity"} {
		if strings.HasPrefix(s, infinity) {
			return parseNumber(infinity)
		}
	}
	digits := func(from int) int { return from + run(s[from:], isDigit) }
	n := 0
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	start := n
	n = digits(n)
	if n < len(s) && s[n] == '.' {
		n = digits(n + 1)
	}
	if strings.Trim(s[start:n], ".") == "" {
		return math.NaN()
	}
	if n < len(s) && s[n]|' ' == 'e' {
		exponent := n + 1
		if exponent < len(s) && (s[exponent] == '+' || s[exponent] == '-') {
			exponent++
		}
		if last := digits(exponent); last > exponent {
			n = last
		}
	}
	return parseNumber(s[:n])
}

func parseInt(e *Env, args arguments) Value {
	s := e.text(args.at(0))
	s = strings.TrimSpace(s)
	sign := 1.0
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	base := int(int32(toUint32(args.at(1))))
	if len(s) > 1 && s[0] == '0' && s[1]|' ' == 'x' && (base == 0 || base == 16) {
		s, base = s[2:], 16
	}
	if base == 0 {
		base = 10
	}
	if base < 2 || base > 36 {
		return math.NaN()
	}
	return sign * parseDigits(s, base, false)
}

// get returns the property of v: one that was set, an item, the length or a method; nil when there is none.
func (e *Env) get(v, key Value) Value {
	if i, ok := index(key); ok {
		switch v := v.(type) {
		case string:
			if i < len(v) {
				return v[i : i+1]
			}
			return nil
		case *array:
			if i < len(v.items) {
				return v.items[i]
			}
			return nil
		}
	}
	name := Text(key)
	var method native
	switch v := v.(type) {
	case nil, Null:
		panic(e.throw("TypeError", "%s has no '%s'", Text(v), cut(name)))
	case string:
		if name == "length" {
			return float64(len(v))
		}
		if own, ok := e.texts.get(name); ok {
			return own
		}
		if f := stringMethod(name); f != nil {
			method = func(e *Env, this Value, args arguments) Value {
				return f(e, e.made(e.text(this)), args)
			}
		}
	case *array:
		switch name {
		case "length":
			return float64(len(v.items))
		case "index":
			return v.index
		}
		if own, ok := e.arrays.get(name); ok {
			return own
		}
		if f := arrayMethod(name); f != nil {
			method = func(e *Env, this Value, args arguments) Value {
				a, ok := this.(*array)
				if !ok {
					panic(e.throw("TypeError", "'%s' is called on '%s', which is no array", name, cut(Text(this))))
				}
				return f(e, a, args)
			}
		}
	case *object:
		if own, ok := v.get(name); ok {
			return own
		}
		if name == "hasOwnProperty" {
			method = func(e *Env, this Value, args arguments) Value {
				return e.has(this, args.at(0))
			}
		}
	case *closure:
		if own, ok := v.object.get(name); ok {
			return own
		}
	case *regex:
		switch name {
		case "source":
			return v.source
		case "global":
			return v.global
		case "test", "exec":
			method = func(e *Env, _ Value, args arguments) Value {
				s := e.text(args.at(0))
				if name == "test" {
					e.search(v, s)
					matched, err := v.re.Match(s)
					e.check(err)
					return matched
				}
				if v.global {
					panic(e.fault("'exec' with the flag g is not supported in a PAC file"))
				}
				return e.firstMatch(v, s)
			}
		}
	case *date:
		if f := dateMethod(name); f != nil {
			method = func(*Env, Value, arguments) Value { return float64(f(v.Time)) }
		}
	}
	if name == "toString" && method == nil {
		method = func(e *Env, this Value, args arguments) Value {
			if base := number(args.at(0)); args.at(0) != nil && base != 10 {
				f, ok := this.(float64)
				if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 || !(base >= 2 && base <= 36) {
					panic(e.throw("RangeError", "toString(%s) is not supported here", numberText(base)))
				}
				return strconv.FormatInt(int64(f), int(base))
			}
			return e.text(this)
		}
	}
	if method == nil {
		return nil
	}
	return &closure{name: name, native: method}
}

func (e *Env) set(v, key, to Value) {
	switch v := v.(type) {
	case *array:
		i, ok := index(key)
		switch {
		case ok && i < len(v.items):
			v.items[i] = to
		case ok:
			e.setLength(v, float64(i+1))
			v.items[i] = to
		case key == "length":
			e.setLength(v, number(to))
		default:
			panic(e.fault("the property '%s' of an array is not supported in a PAC file", cut(Text(key))))
		}
	case *object:
		v.set(Text(key), to)
	case *closure:
		v.object.set(Text(key), to)
	default:
		panic(e.throw("TypeError", "the property '%s' of '%s' cannot be set", cut(Text(key)), cut(Text(v))))
	}
}

func (e *Env) setLength(a *array, length float64) {
	n, ok := index(length)
	if !ok {
		panic(e.throw("RangeError", "an array cannot have the length %s", numberText(length)))
	}
	more := n - len(a.items)
	if more <= 0 {
		clear(a.items[n:])
		a.items = a.items[:n]
		return
	}
	e.spend(more)
	a.items = append(a.items, make([]Value, more)...)
}

// has is the operator in.
func (e *Env) has(v, key Value) Value {
	name := e.text(key)
	switch v := v.(type) {
	case *array:
		i, ok := index(name)
		return ok && i < len(v.items) || name == "length"
	case *object:
		_, ok := v.get(name)
		return ok
	case *closure:
		_, ok := v.object.get(name)
		return ok
	}
	panic(e.throw("TypeError", "'%s' cannot be searched for '%s'", cut(Text(v)), cut(name)))
}

func (e *Env) remove(r reference) Value {
	o, ok := r.object.(*object)
	if !r.isMember || !ok {
		panic(e.fault("'delete' of anything but a property of an object is not supported in a PAC file"))
	}
	name := Text(r.key)
	if i := slices.Index(o.keys, name); i >= 0 {
		o.keys = slices.Delete(o.keys, i, i+1)
		delete(o.props, name)
	}
	e.spend(len(o.keys))
	return true
}

// clamp makes a position from 0 to length of v, other when v is undefined. A negative one counts from the end, if fromEnd, or is 0.
func clamp(v Value, length, other int, fromEnd bool) int {
	if v == nil {
		return other
	}
	f := math.Trunc(number(v))
	if f < 0 && fromEnd {
		f += float64(length)
	}
	if !(f > 0) {
		return 0
	}
	return int(min(f, float64(length)))
}

func stringMethod(name string) func(e *Env, s string, args arguments) Value {
	type method = func(e *Env, s string, args arguments) Value
	plain := func(f func(s string) Value) method {
		return func(e *Env, s string, _ arguments) Value {
			v := f(s)
			if made, ok := v.(string); ok {
				return e.made(made)
			}
			return v
		}
	}
	// with is for methods of a text that take another.
	with := func(f func(s, other string, args arguments) Value) method {
		return func(e *Env, s string, args arguments) Value {
			if _, ok := args.at(0).(*regex); ok {
				panic(e.throw("TypeError", "'%s' does not take a regular expression", name))
			}
			other := e.text(args.at(0))
			return f(s, other, args)
		}
	}
	switch name {
	case "toLowerCase", "toLocaleLowerCase":
		return plain(func(s string) Value { return strings.ToLower(s) })
	case "toUpperCase", "toLocaleUpperCase":
		return plain(func(s string) Value { return strings.ToUpper(s) })
	case "trim":
		return plain(func(s string) Value { return strings.TrimSpace(s) })
	case "toString", "valueOf":
		return plain(func(s string) Value { return s })
	case "indexOf":
		return with(func(s, other string, args arguments) Value {
			from := clamp(args.at(1), len(s), 0, false)
			if i := strings.Index(s[from:], other); i >= 0 {
				return float64(from + i)
			}
			return -1.0
		})
	case "lastIndexOf":
		return with(func(s, other string, args arguments) Value {
			last := len(s)
			if f := number(args.at(1)); !math.IsNaN(f) {
				last = min(len(s), clamp(f, len(s), 0, false)+len(other))
			}
			return float64(strings.LastIndex(s[:last], other))
		})
	case "includes":
		return with(func(s, other string, args arguments) Value {
			return strings.Contains(s[clamp(args.at(1), len(s), 0, false):], other)
		})
	case "startsWith":
		return with(func(s, other string, args arguments) Value {
			return strings.HasPrefix(s[clamp(args.at(1), len(s), 0, false):], other)
		})
	case "endsWith":
		return with(func(s, other string, args arguments) Value {
			return strings.HasSuffix(s[:clamp(args.at(1), len(s), len(s), false)], other)
		})
	case "substring":
		return func(_ *Env, s string, args arguments) Value {
			from, to := clamp(args.at(0), len(s), 0, false), clamp(args.at(1), len(s), len(s), false)
			return s[min(from, to):max(from, to)]
		}
	case "slice":
		return func(_ *Env, s string, args arguments) Value {
			from, to := clamp(args.at(0), len(s), 0, true), clamp(args.at(1), len(s), len(s), true)
			return s[from:max(from, to)]
		}
	case "substr":
		return func(_ *Env, s string, args arguments) Value {
			from := clamp(args.at(0), len(s), 0, true)
			return s[from : from+clamp(args.at(1), len(s)-from, len(s)-from, false)]
		}
	case "charAt", "charCodeAt":
		return func(_ *Env, s string, args arguments) Value {
			i := 0.0
			if f := math.Trunc(number(args.at(0))); !math.IsNaN(f) {
				i = f
			}
			inside := i >= 0 && i < float64(len(s))
			switch {
			case inside && name == "charAt":
				return s[int(i) : int(i)+1]
			case inside:
				return float64(s[int(i)])
			case name == "charAt":
				return ""
			}
			return math.NaN()
		}
	case "concat":
		return func(e *Env, s string, args arguments) Value {
			return e.made(s + string(appendJoined(nil, textItems(args), "", maxText, 0)))
		}
	case "split":
		return split
	case "replace":
		return replace
	case "match", "search":
		return func(e *Env, s string, args arguments) Value {
			re := e.toRegex(args.at(0))
			if name == "match" && !re.global {
				return e.firstMatch(re, s)
			}
			pieces, matches := e.matches(re, s, name == "match")
			switch {
			case name == "match" && matches == nil:
				return Null{}
			case matches == nil:
				return -1.0
			case name == "search":
				return float64(len(pieces[0]))
			}
			found := &array{}
			for _, groups := range matches {
				found.items = append(found.items, groups[0])
			}
			return found
		}
	}
	return nil
}

// textItems makes null and undefined the texts that they are outside of a join.
func textItems(args arguments) []Value {
	items := slices.Clone(args)
	for i, item := range items {
		if item == nil || item == (Null{}) {
			items[i] = Text(item)
		}
	}
	return items
}

func split(e *Env, s string, args arguments) Value {
	limit := math.MaxInt32
	if args.at(1) != nil {
		limit = int(toUint32(args[1]))
	}
	made := &array{}
	if re, ok := args.at(0).(*regex); ok {
		pieces, matches := e.matches(re, s, true)
		for i, piece := range pieces {
			made.items = append(made.items, piece)
			if i == len(matches) {
				break
			}
			if matches[i][0] == "" {
				panic(e.fault("'split' at what may be empty is not supported in a PAC file"))
			}
			for _, group := range matches[i][1:] {
				made.items = append(made.items, group)
			}
		}
	} else if args.at(0) == nil {
		made.items = []Value{s}
	} else {
		separator := e.text(args[0])
		n := strings.Count(s, separator)
		if separator == "" {
			n = len(s)
		}
		e.spend(n)
		if separator == "" {
			made.items = e.items(s, true)
		} else {
			for piece := range strings.SplitSeq(s, separator) {
				made.items = append(made.items, piece)
			}
		}
	}
	made.items = made.items[:min(len(made.items), limit)]
	return made
}

func replace(e *Env, s string, args arguments) Value {
	var pieces []string
	var matches [][]string
	re, isRegex := args.at(0).(*regex)
	if isRegex {
		pieces, matches = e.matches(re, s, re.global)
	} else {
		old := e.text(args.at(0))
		if before, after, found := strings.Cut(s, old); found {
			pieces, matches = []string{before, after}, [][]string{{old}}
		}
	}
	if matches == nil {
		return s
	}
	fn, isFunction := args.at(1).(*closure)
	template := e.text(args.at(1))
	var b strings.Builder
	at := 0
	for i, groups := range matches {
		b.WriteString(pieces[i])
		at += len(pieces[i])
		with := ""
		if isFunction {
			var values []Value
			for _, group := range groups {
				values = append(values, group)
			}
			v := e.call(fn, nil, append(values, float64(at), s))
			with = e.text(v)
		} else {
			with = expand(template, groups)
		}
		at += len(groups[0])
		b.WriteString(with)
		if b.Len() > maxText {
			break // made refuses it
		}
	}
	b.WriteString(pieces[len(pieces)-1])
	return e.made(b.String())
}

// expand replaces $1, $& and $$ of a replacement.
func expand(template string, groups []string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(template, "$")
		b.WriteString(before)
		if !found || b.Len() > maxText {
			return b.String()
		}
		n := min(2, run(after, isDigit))
		group, _ := strconv.Atoi(after[:n])
		if group >= len(groups) && n == 2 {
			n = 1
			group = int(after[0] - '0')
		}
		switch {
		case strings.HasPrefix(after, "$"):
			b.WriteString("$")
			n = 1
		case strings.HasPrefix(after, "&"):
			b.WriteString(groups[0])
			n = 1
		case group > 0 && group < len(groups):
			b.WriteString(groups[group])
		default:
			b.WriteString("$" + after[:n])
		}
		template = after[n:]
	}
}

func arrayMethod(name string) func(e *Env, a *array, args arguments) Value {
	switch name {
	case "push":
		return func(_ *Env, a *array, args arguments) Value {
			a.items = append(a.items, args...)
			return float64(len(a.items))
		}
	case "pop", "shift":
		return func(e *Env, a *array, _ arguments) Value {
			n := len(a.items)
			if n == 0 {
				return nil
			}
			if name == "pop" {
				last := a.items[n-1]
				e.setLength(a, float64(n-1))
				return last
			}
			first := a.items[0]
			a.items = a.items[1:]
			return first
		}
	case "join":
		return func(e *Env, a *array, args arguments) Value {
			separator := ","
			if args.at(0) != nil {
				separator = Text(args[0])
			}
			e.spend(len(a.items))
			return e.made(string(appendJoined(nil, a.items, separator, maxText, 0)))
		}
	case "concat":
		return func(e *Env, a *array, args arguments) Value {
			made := &array{}
			for _, v := range append([]Value{a}, args...) {
				if more, ok := v.(*array); ok {
					e.spend(len(more.items))
					made.items = append(made.items, more.items...)
				} else {
					made.items = append(made.items, v)
				}
			}
			return made
		}
	case "slice":
		return func(e *Env, a *array, args arguments) Value {
			n := len(a.items)
			from, to := clamp(args.at(0), n, 0, true), clamp(args.at(1), n, n, true)
			made := slices.Clone(a.items[from:max(from, to)])
			e.spend(len(made))
			return &array{items: made}
		}
	case "reverse":
		return func(e *Env, a *array, _ arguments) Value {
			slices.Reverse(a.items)
			e.spend(len(a.items))
			return a
		}
	case "indexOf", "includes":
		return func(e *Env, a *array, args arguments) Value {
			from := clamp(args.at(1), len(a.items), 0, true)
			i := slices.Index(a.items[from:], args.at(0))
			if i >= 0 {
				i += from
			}
			e.spend(len(a.items))
			if name == "includes" {
				return i >= 0
			}
			return float64(i)
		}
	case "forEach", "map", "filter", "some", "every", "find":
		return func(e *Env, a *array, args arguments) Value { return iterate(e, name, a, args) }
	}
	return nil
}

// iterate is forEach and its like: a function is called for each item.
func iterate(e *Env, name string, a *array, args arguments) Value {
	fn, ok := args.at(0).(*closure)
	if !ok {
		panic(e.throw("TypeError", "'%s' needs a function", name))
	}
	made := &array{}
	for i, n := 0, len(a.items); i < n && i < len(a.items); i++ {
		item := a.items[i]
		e.spend(1)
		v := e.call(fn, nil, []Value{item, float64(i), a})
		switch {
		case name == "map":
			made.items = append(made.items, v)
		case name == "filter" && truthy(v):
			made.items = append(made.items, item)
		case name == "find" && truthy(v):
			return item
		case name == "some" && truthy(v), name == "every" && !truthy(v):
			return name == "some"
		}
	}
	switch name {
	case "map", "filter":
		return made
	case "some", "every":
		return name == "every"
	}
	return nil
}

func dateMethod(name string) func(t time.Time) int {
	if utc, ok := strings.CutPrefix(name, "getUTC"); ok {
		if f := dateMethod("get" + utc); f != nil {
			return func(t time.Time) int { return f(t.UTC()) }
		}
		return nil
	}
	switch name {
	case "getDay":
		return func(t time.Time) int { return int(t.Weekday()) }
	case "getDate":
		return time.Time.Day
	case "getMonth":
		return func(t time.Time) int { return int(t.Month()) - 1 }
	case "getFullYear":
		return time.Time.Year
	case "getHours":
		return time.Time.Hour
	case "getMinutes":
		return time.Time.Minute
	case "getSeconds":
		return time.Time.Second
	case "getTime", "valueOf":
		return func(t time.Time) int { return int(t.UnixMilli()) }
	}
	return nil
}

// maxPattern bounds a regular expression, maxRepeat is the most that counts such as {3} multiply it by.
const (
	maxPattern = 16 << 10
	maxRepeat  = 1000
)

func (e *Env) toRegex(v Value) *regex {
	if re, ok := v.(*regex); ok {
		return re
	}
	pattern := ""
	if v != nil {
		pattern = Text(v)
	}
	return e.compile(pattern, "")
}

func (e *Env) compile(pattern, flags string) *regex {
	re := &regex{source: pattern, flags: flags}
	var kept strings.Builder
	for _, flag := range flags {
		switch flag {
		case 'g':
			re.global = true
		case 'i', 'm', 's':
			kept.WriteRune(flag)
		case 'u':
		default:
			panic(e.fault("the flag '%c' of a regular expression is not supported in a PAC file", flag))
		}
	}
	if len(pattern) > maxPattern {
		panic(e.fault("the regular expression has %d bytes, more than %d", len(pattern), maxPattern))
	}
	re.weight = len(pattern) + 1
	if repeat := 1; strings.Contains(pattern, "{") {
		for _, count := range strings.FieldsFunc(pattern, func(r rune) bool { return r < '0' || r > '9' }) {
			n, err := strconv.Atoi(count)
			if err != nil || n > maxRepeat {
				n = maxRepeat
			}
			repeat = min(maxRepeat, repeat*max(1, n))
		}
		re.weight *= repeat
	}
	e.spend(re.weight / 16)
	var err error
	re.re, err = perl.Compile(pattern, kept.String())
	e.check(err)
	return re
}

// check ends the run with an error of a regular expression, if there is one.
func (e *Env) check(err error) {
	if err != nil {
		panic(e.fault("%s", cut(err.Error())))
	}
}

// search pays for a search in s.
func (e *Env) search(re *regex, s string) {
	e.spend(1 + len(s)/64 + len(s)*re.weight/512)
	e.alive()
}

// matches returns the groups of the first match in s, or of all, and the pieces of s around them; nil without a match.
func (e *Env) matches(re *regex, s string, all bool) (pieces []string, matches [][]string) {
	e.search(re, s)
	// The engine tells no positions: they are where two replacements by different bytes differ.
	replaced := func(by string) string {
		matches = nil
		text, _, err := re.re.ReplaceFunc(s, all, func(groups []string) (string, error) {
			e.spend(4 + len(groups))
			e.alive()
			matches = append(matches, groups)
			return by, nil
		})
		e.check(err)
		return text
	}
	one, two := replaced("\x01"), replaced("\x02")
	start := 0
	for i := range len(one) {
		if one[i] != two[i] {
			pieces = append(pieces, one[start:i])
			start = i + 1
		}
	}
	return append(pieces, one[start:]), matches
}

// firstMatch is exec: an array of the groups, with index and input as its own, or null.
func (e *Env) firstMatch(re *regex, s string) Value {
	pieces, matches := e.matches(re, s, false)
	if matches == nil {
		return Null{}
	}
	found := &array{index: float64(len(pieces[0]))}
	for _, group := range matches[0] {
		found.items = append(found.items, group)
	}
	return found
}
