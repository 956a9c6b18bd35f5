package perl

import (
	"math"
	"strconv"
	"strings"
)

// Number reads s as Perl does in arithmetic: leading blanks, then the longest prefix that is a number, else 0.
// "12abc" is 12, "" and "0x10" are 0, "1e3" is 1000; "inf" and "nan" at the start, in any case, are what they say.
func Number(s string) float64 {
	start, end := numberPrefix(s)
	if start == end {
		return 0
	}
	// The only error left is a number out of range, for which ParseFloat returns the infinity that Perl has too.
	f, _ := strconv.ParseFloat(s[start:end], 64)
	return f
}

// Text writes f as Perl prints a number: an integer plain, anything else with 15 significant digits ("0.4", "1e-05"),
// "Inf", "-Inf" and "NaN". Integers from 2**63 on have 15 digits and an exponent.
//
// Perl keeps integers and floats apart and prints 10**15 as "1e+15" when it comes from a float; a sum of counts, which
// is what this prints in practice, is an integer for Perl.
func Text(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return strconv.FormatInt(int64(f), 10)
	}
	return FloatText(f)
}

// FloatText writes f as Perl prints a number that it holds as a float: as Text, but from 10**15 on an integer has an
// exponent too ("1e+15").
func FloatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Inf"
	case math.IsInf(f, -1):
		return "-Inf"
	case f == 0:
		return "0" // never "-0"
	}
	return strconv.FormatFloat(f, 'g', 15, 64)
}

// LooksLikeNumber tells whether the whole of s, blanks around it aside, is a number for Perl.
func LooksLikeNumber(s string) bool {
	start, end := numberPrefix(s)
	return start < end && strings.TrimLeft(s[end:], blanks) == "" || s == "0 but true"
}

const blanks = " \t\n\v\f\r"

// numberPrefix returns where the number at the start of s begins and ends; both are equal when there is none.
func numberPrefix(s string) (start, end int) {
	start = len(s) - len(strings.TrimLeft(s, blanks))
	i := start
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	for _, word := range []string{"infinity", "inf", "nan"} {
		if len(s) >= i+len(word) && strings.EqualFold(s[i:i+len(word)], word) {
			if word == "nan" {
				return i, i + len(word) // ParseFloat knows no signed NaN
			}
			return start, i + len(word)
		}
	}
	whole := digits(s, i)
	end = i + whole
	fraction := 0
	if end < len(s) && s[end] == '.' {
		fraction = digits(s, end+1)
		end += 1 + fraction
	}
	if whole+fraction == 0 {
		return start, start
	}
	if end < len(s) && (s[end] == 'e' || s[end] == 'E') {
		j := end + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if n := digits(s, j); n > 0 {
			end = j + n
		}
	}
	return start, end
}

// digits counts the decimal digits of s from i on.
func digits(s string, i int) int {
	n := 0
	for i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
		n++
	}
	return n
}
