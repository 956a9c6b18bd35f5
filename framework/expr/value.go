package expr

import (
	"math"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

// Value is a Perl scalar: undef, which is the zero Value, a string or a number.
type Value struct {
	kind kind
	text string
	num  number
}

type kind uint8

const (
	undefined kind = iota
	text
	numeric
)

// number is an integer or a float, which Perl keeps apart: only integers are exact, and printed plain, from 2**53 on.
type number struct {
	whole int64
	float float64
	isInt bool
}

// Undef returns the undefined value.
func Undef() Value { return Value{} }

// String returns the string s as a Value.
func String(s string) Value { return Value{kind: text, text: s} }

// Number returns the number f as a Value, an integer when it is one.
func Number(f float64) Value { return ofNumber(asNumber(f)) }

// Bool is Perl's truth: undef, "", "0" and 0 are false, anything else is true, "0.0" as well.
func (v Value) Bool() bool {
	switch v.kind {
	case text:
		return v.text != "" && v.text != "0"
	case numeric:
		return v.Float() != 0
	}
	return false
}

// String returns the value as Perl prints it, undef as "".
func (v Value) String() string {
	switch {
	case v.kind != numeric:
		return v.text
	case v.num.isInt:
		return strconv.FormatInt(v.num.whole, 10)
	}
	return perl.FloatText(v.num.float)
}

// Float returns the value as a number: undef as 0, a string by the number it starts with, 0 when there is none.
func (v Value) Float() float64 { return v.number().value() }

// IsUndef tells whether the value is undef.
func (v Value) IsUndef() bool { return v.kind == undefined }

func ofNumber(n number) Value { return Value{kind: numeric, num: n} }
func ofInt(i int64) Value     { return ofNumber(number{whole: i, isInt: true}) }
func ofFloat(f float64) Value { return ofNumber(number{float: f}) }
func (n number) value() float64 {
	if n.isInt {
		return float64(n.whole)
	}
	return n.float
}

// ofBool is what Perl's comparisons return: 1, or a false that is both "" and 0.
func ofBool(b bool) Value {
	if b {
		return ofInt(1)
	}
	return String("")
}

// number returns what arithmetic makes of the value.
func (v Value) number() number {
	switch v.kind {
	case numeric:
		if v.num.isInt {
			return v.num
		}
		return asNumber(v.num.float)
	case text:
		s := strings.TrimLeft(v.text, " \t\n\v\f\r")
		end := 0
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
			end++
		}
		if end == len(s) || strings.IndexByte(".eE", s[end]) < 0 {
			if i, err := strconv.ParseInt(s[:end], 10, 64); err == nil {
				return number{whole: i, isInt: true}
			}
		}
		return asNumber(perl.Number(s))
	}
	return number{isInt: true}
}

// exactFloat is where floats stop to hold every integer.
const exactFloat = 1 << 53

// asNumber takes a float for an integer when it surely is one.
func asNumber(f float64) number {
	if f == math.Trunc(f) && math.Abs(f) < exactFloat {
		return number{whole: int64(f), isInt: true}
	}
	return number{float: f}
}

// integer cuts the fraction off; ok is false for what no 64-bit integer holds.
func (n number) integer() (i int64, ok bool) {
	if n.isInt {
		return n.whole, true
	}
	if f := math.Trunc(n.float); f >= -1<<63 && f < 1<<63 {
		return int64(f), true
	}
	return 0, false
}

// clamp is integer for a position or a count: what is out of range becomes the nearest bound, NaN 0.
func (n number) clamp() int {
	const bound = 1 << 40
	switch f := n.value(); {
	case f > bound:
		return bound
	case f < -bound:
		return -bound
	case math.IsNaN(f):
		return 0
	default:
		return int(f)
	}
}
