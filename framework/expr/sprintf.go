package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

// directive is one % of a format.
type directive struct {
	flags            string // of "-+ 0#"
	width, precision int    // precision -1 when there is none
	verb             byte
}

// sprintf is Perl's, for %s %c %d %i %u %o %x %X %b %e %E %f %F %g %G and %%, with flags, width, precision, * and N$. Any
// other directive is left as it stands.
func sprintf(args []Value) (Value, error) {
	format, args := args[0].String(), args[1:]
	var out strings.Builder
	next := 0
	argument := func(i int) Value {
		if i >= 0 && i < len(args) {
			return args[i]
		}
		return Undef()
	}
	for format != "" {
		plain, rest, found := strings.Cut(format, "%")
		out.WriteString(plain)
		if !found {
			break
		}
		d, explicit, n := parseDirective(rest, func() int {
			next++
			return argument(next - 1).number().clamp()
		})
		switch {
		case n == 0:
			out.WriteByte('%')
		case d.verb == '%':
			out.WriteByte('%')
		case max(d.width, d.precision) > maxText:
			return tooLong()
		default:
			if explicit == 0 {
				next++
				explicit = next
			}
			out.WriteString(d.format(argument(explicit - 1)))
		}
		if out.Len() > maxText {
			return tooLong()
		}
		format = rest[n:]
	}
	return String(out.String()), nil
}

// parseDirective reads what follows a '%'; star gives the value for each '*'. explicit is the N of N$. n is 0 when this
// is no directive.
func parseDirective(s string, star func() int) (d directive, explicit, n int) {
	count := func() int {
		start := n
		for n < len(s) && n-start < 8 && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		value, _ := strconv.Atoi(s[start:n])
		return value
	}
	d.precision = -1
	if explicit = count(); explicit == 0 || n == len(s) || s[n] != '$' {
		explicit, n = 0, 0
	} else {
		n++
	}
	for n < len(s) && strings.IndexByte("-+ 0#", s[n]) >= 0 {
		d.flags += s[n : n+1]
		n++
	}
	if n < len(s) && s[n] == '*' {
		n++
		if d.width = star(); d.width < 0 {
			d.width = -d.width
			d.flags += "-"
		}
	} else {
		d.width = count()
	}
	if n < len(s) && s[n] == '.' {
		n++
		if n < len(s) && s[n] == '*' {
			n++
			d.precision = max(star(), -1)
		} else {
			d.precision = count()
		}
	}
	for n < len(s) && strings.IndexByte("hlqLV", s[n]) >= 0 {
		n++
	}
	if n == len(s) || strings.IndexByte("%scdiuoxXbeEfFgG", s[n]) < 0 {
		return d, 0, 0
	}
	d.verb = s[n]
	return d, explicit, n + 1
}

func (d directive) format(v Value) string {
	n := v.number()
	switch f := n.value(); d.verb {
	case 's':
		s := v.String()
		if d.precision >= 0 && d.precision < len(s) {
			s = s[:d.precision]
		}
		return d.pad(s)
	case 'c':
		if code := n.clamp(); code >= 0 && code < 0x100 {
			return d.pad(string([]byte{byte(code)}))
		}
		return d.pad(string(rune(n.clamp())))
	default:
		if math.IsInf(f, 0) || math.IsNaN(f) {
			d.flags = strings.ReplaceAll(d.flags, "0", "")
			return d.pad(perl.FloatText(f))
		}
		return d.number(n)
	}
}

// number formats with Go's own, whose flags and verbs are C's, but for the defaults that are set here.
func (d directive) number(n number) string {
	verb, flags := string(d.verb), d.flags
	if d.width > 0 {
		flags += strconv.Itoa(d.width)
	}
	if d.precision < 0 && strings.Contains("gG", verb) {
		d.precision = 6
	}
	if d.precision >= 0 {
		flags += "." + strconv.Itoa(d.precision)
	}
	whole, fits := n.integer()
	switch d.verb {
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return fmt.Sprintf("%"+flags+verb, n.value())
	case 'd', 'i':
		if !fits {
			whole = math.MaxInt64
			if n.value() < 0 {
				whole = math.MinInt64
			}
		}
		return fmt.Sprintf("%"+flags+"d", whole)
	}
	unsigned := uint64(whole)
	if !fits {
		unsigned = math.MaxUint64
		if f := n.value(); f > 0 && f < 1<<64 {
			unsigned = uint64(f)
		}
	}
	if d.verb == 'u' {
		verb = "d"
	}
	return fmt.Sprintf("%"+strings.NewReplacer("+", "", " ", "").Replace(flags)+verb, unsigned)
}

// pad fills a text up to the width.
func (d directive) pad(s string) string {
	missing := max(d.width-len(s), 0)
	switch {
	case strings.Contains(d.flags, "-"):
		return s + strings.Repeat(" ", missing)
	case strings.Contains(d.flags, "0"):
		return strings.Repeat("0", missing) + s
	}
	return strings.Repeat(" ", missing) + s
}
