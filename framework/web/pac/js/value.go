package js

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/perl"
)

// Value is what a script computes with: nil for undefined, Null, a bool, a float64, a string; anything else is an array, an object or a
// function of the script, of which Go code gets the Text. A string is bytes: the length of "é" is 2.
type Value any

// Null is the value null.
type Null struct{}

type array struct {
	items []Value
	index Value // of the match whose groups these are
}

// object keeps its keys in the order in which they came.
type object struct {
	keys    []string
	props   map[string]Value
	isError bool
}

func (o *object) get(key string) (Value, bool) {
	v, ok := o.props[key]
	return v, ok
}

func (o *object) set(key string, v Value) {
	if _, ok := o.props[key]; !ok {
		o.keys = append(o.keys, key)
	}
	if o.props == nil {
		o.props = map[string]Value{}
	}
	o.props[key] = v
}

// ordered returns the keys as for-in visits them: those that are indexes first.
func (o *object) ordered() []string {
	keys := slices.Clone(o.keys)
	slices.SortStableFunc(keys, func(a, b string) int {
		i, isA := index(a)
		j, isB := index(b)
		switch {
		case isA && isB:
			return i - j
		case isA:
			return -1
		case isB:
			return 1
		}
		return 0
	})
	return keys
}

// closure is a function: of the script, with the scope where it was made, or native.
type closure struct {
	object
	name        string
	code        *function
	scope       *scope
	native      native
	constructor bool // may be called by new
}

// native is a function written in Go.
type native func(e *Env, this Value, args arguments) Value

type arguments []Value

func (a arguments) at(i int) Value {
	if i < len(a) {
		return a[i]
	}
	return nil
}

// regex is a regular expression. It has no lastIndex: each search begins at the start.
type regex struct {
	source string
	flags  string
	global bool
	re     *perl.Regexp
	weight int
}

type date struct{ time.Time }

// Text returns v as JavaScript writes it, an object as "[object Object]" even when it has a toString; at most about 1 MiB.
func Text(v Value) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendText(nil, v, maxText, 0))
}

// appendText stops after limit bytes, and at the depth where arrays must be within themselves.
func appendText(b []byte, v Value, limit, depth int) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "undefined"...)
	case Null:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return append(b, numberText(v)...)
	case string:
		return append(b, v...)
	case *array:
		return appendJoined(b, v.items, ",", limit, depth)
	case *object:
		if v.isError {
			name, _ := v.props["name"].(string)
			message, _ := v.props["message"].(string)
			return append(b, strings.TrimSuffix(name+": "+message, ": ")...)
		}
	case *closure:
		return append(append(append(b, "function "...), v.name...), "() { ... }"...)
	case *regex:
		return append(b, "/"+v.source+"/"+v.flags...)
	case *date:
		return v.AppendFormat(b, "Mon Jan 02 2006 15:04:05 GMT-0700 (MST)")
	}
	return append(b, "[object Object]"...)
}

func appendJoined(b []byte, items []Value, separator string, limit, depth int) []byte {
	if depth > 100 {
		return b
	}
	for i, item := range items {
		if i > 0 {
			b = append(b, separator...)
		}
		if item != nil && item != (Null{}) {
			b = appendText(b, item, limit, depth+1)
		}
		if len(b) > limit {
			break
		}
	}
	return b
}

func numberText(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	case abs >= 1e-6 && abs < 1e21:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	return strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e+", 1)
}

// longestNumber bounds what is read as a number.
const longestNumber = 1000

func number(v Value) float64 {
	switch v := v.(type) {
	case nil, *closure, *regex:
		return math.NaN()
	case Null:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		return parseNumber(v)
	case *date:
		return float64(v.UnixMilli())
	default:
		return parseNumber(string(appendText(nil, v, longestNumber, 0)))
	}
}

func parseNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if len(s) > longestNumber {
		return math.NaN()
	}
	switch s {
	case "":
		return 0
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	if len(s) > 2 && s[0] == '0' {
		base := 0
		switch s[1] | ' ' {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
		if base > 0 {
			return parseDigits(s[2:], base, true)
		}
	}
	if strings.Trim(s, "+-.0123456789eE") != "" || strings.ContainsAny(s[:1], "eE") {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// parseDigits reads the digits at the start of s, or all of s.
func parseDigits(s string, base int, all bool) float64 {
	f, n := 0.0, 0
	for ; n < len(s); n++ {
		digit := 99
		switch c := s[n]; {
		case isDigit(c):
			digit = int(c - '0')
		case c|' ' >= 'a' && c|' ' <= 'z':
			digit = int(c|' '-'a') + 10
		}
		if digit >= base {
			break
		}
		f = f*float64(base) + float64(digit)
	}
	if n == 0 || all && n < len(s) {
		return math.NaN()
	}
	return f
}

func toUint32(v Value) uint32 {
	f := math.Trunc(number(v))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return uint32(int64(math.Mod(f, 1<<32)))
}

func truthy(v Value) bool {
	switch v := v.(type) {
	case nil, Null:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && !math.IsNaN(v)
	case string:
		return v != ""
	}
	return true
}

func typeOf(v Value) string {
	switch v.(type) {
	case nil:
		return "undefined"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case *closure:
		return "function"
	}
	return "object"
}

func isPrimitive(v Value) bool {
	switch typeOf(v) {
	case "object", "function":
		return v == Null{}
	}
	return true
}

// index returns the index of an array that key is.
func index(key Value) (int, bool) {
	switch key := key.(type) {
	case float64:
		i := int(key)
		return i, key >= 0 && key < 1<<31 && float64(i) == key
	case string:
		if len(key) == 0 || len(key) > 9 || run(key, isDigit) < len(key) || key[0] == '0' && len(key) > 1 {
			return 0, false
		}
		i, err := strconv.Atoi(key)
		return i, err == nil
	}
	return 0, false
}

// cut is s for an error: on one line, and not too long.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}
