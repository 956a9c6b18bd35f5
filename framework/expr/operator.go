package expr

import (
	"errors"
	"math"
	"math/bits"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

// How tightly operators bind. A named function without parentheses takes what binds tighter than a comparison.
const (
	levelOr      = iota + 1 // || //
	levelAnd                // &&
	levelEqual              // == != <=> eq ne cmp
	levelCompare            // < > <= >= lt gt le ge
	levelAdd                // + - .
	levelTimes              // * / % x
	levelBind               // =~ !~
)

// level returns how tightly an operator binds, 0 when it is no binary one.
func level(op string) int {
	switch op {
	case "||", "//":
		return levelOr
	case "&&":
		return levelAnd
	case "==", "!=", "<=>", "eq", "ne", "cmp":
		return levelEqual
	case "<", ">", "<=", ">=", "lt", "gt", "le", "ge":
		return levelCompare
	case "+", "-", ".":
		return levelAdd
	case "*", "/", "%", "x":
		return levelTimes
	case "=~", "!~":
		return levelBind
	}
	return 0
}

// binary returns the node for an operator between two operands, nil when op is none.
func binary(op string, left, right node) node {
	switch op {
	case "||", "//", "&&":
		return func(s *scope) (Value, error) {
			v, err := left(s)
			if err != nil || op == "||" && v.Bool() || op == "//" && !v.IsUndef() || op == "&&" && !v.Bool() {
				return v, err
			}
			return right(s)
		}
	}
	return func(s *scope) (Value, error) {
		a, err := left(s)
		if err != nil {
			return a, err
		}
		b, err := right(s)
		if err != nil {
			return b, err
		}
		return apply(op, a, b)
	}
}

// apply computes an operator that needs both operands.
func apply(op string, a, b Value) (Value, error) {
	switch op {
	case "+":
		return add(a.number(), b.number()), nil
	case "-":
		return add(a.number(), negative(b.number())), nil
	case "*":
		return multiply(a.number(), b.number()), nil
	case "/":
		return divide(a.number(), b.number())
	case "%":
		return modulo(a.number(), b.number())
	case "**":
		return power(a.number(), b.number()), nil
	case ".":
		return madeText(a.String() + b.String())
	case "x":
		return repeat(a.String(), b.number().clamp())
	case "eq", "ne", "lt", "gt", "le", "ge", "cmp":
		return ordered(op, strings.Compare(a.String(), b.String())), nil
	}
	return compareNumbers(op, a.number(), b.number()), nil
}

// ordered turns the order of two operands, -1, 0 or 1, into what the operator says of it.
func ordered(op string, order int) Value {
	switch op {
	case "eq", "==":
		return ofBool(order == 0)
	case "ne", "!=":
		return ofBool(order != 0)
	case "lt", "<":
		return ofBool(order < 0)
	case "gt", ">":
		return ofBool(order > 0)
	case "le", "<=":
		return ofBool(order <= 0)
	case "ge", ">=":
		return ofBool(order >= 0)
	}
	return ofInt(int64(order))
}

func compareNumbers(op string, a, b number) Value {
	order := 0
	switch x, y := a.value(), b.value(); {
	case math.IsNaN(x) || math.IsNaN(y):
		if op == "<=>" {
			return Undef()
		}
		return ofBool(op == "!=")
	case a.isInt && b.isInt && a.whole < b.whole, (!a.isInt || !b.isInt) && x < y:
		order = -1
	case a.isInt && b.isInt && a.whole > b.whole, (!a.isInt || !b.isInt) && x > y:
		order = 1
	}
	return ordered(op, order)
}

func negative(n number) number {
	if n.isInt && n.whole != math.MinInt64 {
		return number{whole: -n.whole, isInt: true}
	}
	return number{float: -n.value()}
}

func add(a, b number) Value {
	if sum := a.whole + b.whole; a.isInt && b.isInt && (sum > a.whole) == (b.whole > 0) {
		return ofInt(sum)
	}
	return ofFloat(a.value() + b.value())
}

func multiply(a, b number) Value {
	if a.isInt && b.isInt {
		high, low := bits.Mul64(magnitude(a.whole), magnitude(b.whole))
		if high == 0 && low <= math.MaxInt64 {
			return ofInt(a.whole * b.whole)
		}
	}
	return ofFloat(a.value() * b.value())
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

func divide(a, b number) (Value, error) {
	if b.value() == 0 {
		return Undef(), errors.New("division by zero")
	}
	if a.isInt && b.isInt && magnitude(a.whole) > exactFloat && b.whole != -1 && a.whole%b.whole == 0 {
		return ofInt(a.whole / b.whole), nil
	}
	return ofFloat(a.value() / b.value()), nil
}

// modulo has the sign of its right operand.
func modulo(a, b number) (Value, error) {
	x, fits := a.integer()
	y, fitsToo := b.integer()
	switch {
	case fitsToo && y == 0:
		return Undef(), errors.New("division by zero")
	case !fits || !fitsToo:
		return ofFloat(floatModulo(math.Trunc(a.value()), math.Trunc(b.value()))), nil
	case y == -1:
		return ofInt(0), nil
	}
	rest := x % y
	if rest != 0 && (rest < 0) != (y < 0) {
		rest += y
	}
	return ofInt(rest), nil
}

func floatModulo(a, b float64) float64 {
	rest := math.Mod(a, b)
	if rest != 0 && (rest < 0) != (b < 0) {
		rest += b
	}
	return rest
}

// power is exact as long as Perl's is: while the digits of the base, in bits, times the exponent are no more than 64.
func power(a, b number) Value {
	f := math.Pow(a.value(), b.value())
	if !a.isInt || !b.isInt || b.whole < 0 {
		return ofFloat(f)
	}
	base := magnitude(a.whole)
	if base&(base-1) == 0 || int64(bits.Len64(base)) > 64/max(b.whole, 1) || math.Abs(f) >= math.MaxInt64 {
		return Number(f)
	}
	result := int64(1)
	for range b.whole {
		result *= a.whole
	}
	return ofInt(result)
}

func repeat(s string, times int) (Value, error) {
	if times <= 0 || s == "" {
		return String(""), nil
	}
	if times > maxText/len(s) {
		return tooLong()
	}
	return String(strings.Repeat(s, times)), nil
}

// negate is the unary minus, which turns a word into "-word" and back.
func negate(v Value) Value {
	if v.kind == text && v.text != "" && !perl.LooksLikeNumber(v.text) {
		switch c := v.text[0]; {
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return String("-" + v.text)
		case c == '-':
			return String("+" + v.text[1:])
		case c == '+':
			return String("-" + v.text[1:])
		}
	}
	if v.kind == numeric && !v.num.isInt {
		return ofFloat(-v.num.float)
	}
	return ofNumber(negative(v.number()))
}
