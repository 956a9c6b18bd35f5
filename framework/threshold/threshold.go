// Package threshold holds the ranges of --warning-* and --critical-*: parse, alert, print.
//
// The grammar is that of the Nagios plugin guidelines as Centreon reads it:
//
//	10       alert below 0 or above 10
//	10:      alert below 10
//	~:10     alert above 10
//	10:20    alert outside 10 to 20
//	@10:20   alert inside 10 to 20, ends included
//	1,5      the decimal comma counts as a point
//	10KB     a multiple of 1024 (B) or of 1000 (b); K M G T P E
package threshold

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

// Range is a threshold. Start and End keep the text of the bound, since metrics print thresholds as they were written;
// a bound that is infinite has no text.
type Range struct {
	Start, End     string
	NegInf, PosInf bool // no lower bound, no upper bound
	Inside         bool // alert inside the range, not outside
}

// ErrSyntax says that a text is no range; the caller knows the option and words the message.
var ErrSyntax = errors.New("not a threshold range")

// Parse reads a range; blanks around it do not count.
func Parse(text string) (Range, error) {
	rest := strings.Trim(text, " \t\n")
	var r Range
	rest, r.Inside = strings.CutPrefix(rest, "@")
	low, high, both := strings.Cut(rest, ":")
	if !both {
		low, high = "", rest
	}
	var ok bool
	switch low {
	case "":
		r.Start = "0"
	case "~":
		r.NegInf = true
	default:
		if r.Start, ok = bound(low); !ok {
			return Range{}, ErrSyntax
		}
	}
	if high == "" {
		r.PosInf = true
	} else if r.End, ok = bound(high); !ok {
		return Range{}, ErrSyntax
	}
	return r, nil
}

// bound reads one number, with its sign, decimals and multiple.
func bound(text string) (string, bool) {
	number, multiple := text, ""
	if n := len(text); n > 2 && strings.ContainsRune("KMGTPE", rune(text[n-2])) && (text[n-1] == 'b' || text[n-1] == 'B') {
		number, multiple = text[:n-2], text[n-2:]
	}
	if !isNumber(number) {
		return "", false
	}
	// The original drops the plus sign, and writes the decimal comma as a point only once a multiple has been applied.
	number = strings.TrimPrefix(number, "+")
	if multiple != "" {
		base := 1024.0
		if multiple[1] == 'b' {
			base = 1000
		}
		integer, _, _ := strings.Cut(number, ",")
		power := float64(strings.IndexByte("KMGTPE", multiple[0]) + 1)
		number = perl.Text(perl.Number(integer) * math.Pow(base, power))
	}
	return strings.Replace(number, ",", ".", 1), true
}

func isNumber(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	if at := strings.IndexAny(s, ".,"); at >= 0 {
		return digits(s[:at]) && digits(s[at+1:])
	}
	return digits(s)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Alerts reports whether value calls for an alert. Bounds and values with decimals are compared after rounding to that
// many digits behind the point (--float-precision).
func (r Range) Alerts(value float64, precision int) bool {
	value = round(value, precision)
	below := !r.NegInf && value < r.low(precision)
	above := !r.PosInf && value > r.high(precision)
	if r.Inside {
		return !below && !above
	}
	return below || above
}

func (r Range) low(precision int) float64 {
	if r.NegInf {
		return math.Inf(-1)
	}
	return round(perl.Number(r.Start), precision)
}

func (r Range) high(precision int) float64 {
	if r.PosInf {
		return math.Inf(1)
	}
	return round(perl.Number(r.End), precision)
}

func round(v float64, precision int) float64 {
	if v == math.Trunc(v) || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', precision, 64), 64)
	if err != nil {
		return v
	}
	return rounded
}

// String prints the range as metrics show it: start:end, ~ for no start, nothing for no end, @ first when it is inside.
func (r Range) String() string {
	var b strings.Builder
	if r.Inside {
		b.WriteByte('@')
	}
	if r.NegInf {
		b.WriteByte('~')
	} else {
		b.WriteString(r.Start)
	}
	b.WriteByte(':')
	if !r.PosInf {
		b.WriteString(r.End)
	}
	return b.String()
}

// Map applies f to each finite bound.
func (r Range) Map(f func(float64) string) Range {
	if !r.NegInf {
		r.Start = f(perl.Number(r.Start))
	}
	if !r.PosInf {
		r.End = f(perl.Number(r.End))
	}
	return r
}
