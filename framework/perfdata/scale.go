package perfdata

import (
	"math"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

const prefixes = "kmgtpe"

// unit is a unit of bits or bytes such as GB, kbps or B: a prefix of one letter or none, and a base.
type unit struct{ prefix, base string }

func splitUnit(text string) unit {
	if text != "" && strings.Contains(prefixes, strings.ToLower(text[:1])) {
		return unit{text[:1], text[1:]}
	}
	return unit{base: text}
}

func (u unit) String() string { return u.prefix + u.base }

func (u unit) valid() bool {
	switch u.base {
	case "B", "b", "bps", "Bps", "b/s":
		return true
	}
	return false
}

func (u unit) bits() bool { return strings.Contains(u.base, "b") }

// power is how many steps of 1024 or 1000 the prefix stands for.
func (u unit) power() int {
	if u.prefix == "" {
		return 0
	}
	return strings.Index(prefixes, strings.ToLower(u.prefix)) + 1
}

// convert turns an amount of u into one of to. The steps are 1000 for bits and 1024 for bytes.
func (u unit) convert(v float64, to unit) float64 {
	switch {
	case to.bits() && !u.bits():
		v *= 8
	case u.bits() && !to.bits():
		v /= 8
	}
	step := 1024.0
	if to.bits() {
		step = 1000
	}
	steps := float64(to.power() - u.power())
	if steps < 0 {
		return v * math.Pow(step, -steps)
	}
	return v / math.Pow(step, steps)
}

// fit returns the amount with the prefix that leaves it below 1024, and its unit. The step is 1024 for bits too, and an
// upper-case prefix counts as none: graphs have been drawn with these numbers so far.
func (u unit) fit(v float64) (float64, unit) {
	power := 0
	if strings.Contains(prefixes, u.prefix) {
		power = u.power()
	}
	for ; power < len(prefixes) && v >= 1024; power++ {
		v /= 1024
	}
	if power == 0 {
		return v, unit{base: u.base}
	}
	return v, unit{prefixes[power-1 : power], u.base}
}

// parseScale reads the target unit of scale(), or auto.
func parseScale(arg string) (method, bool, error) {
	target := splitUnit(arg)
	fit := arg == "" || target.base == "auto"
	if !fit && !target.valid() {
		return nil, false, nil
	}
	return func(m *Metric, _ []Metric, _ []string) error {
		source, to := splitUnit(m.Unit), target
		if !source.valid() {
			return nil
		}
		v := perl.Number(m.Value)
		if fit {
			v, to = source.fit(v)
		} else {
			v = source.convert(v, to)
		}
		m.Value, m.Unit = cents(v), to.String()
		if m.Max != "" {
			m.Max = cents(source.convert(perl.Number(m.Max), to))
		}
		same := source.power() == to.power() && source.bits() == to.bits()
		eachThreshold(m, eachBound(func(bound string) string {
			if same {
				return bound
			}
			return perl.Text(source.convert(perl.Number(bound), to))
		}))
		return nil
	}, true, nil
}
