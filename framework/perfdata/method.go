package perfdata

import (
	"errors"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/threshold"
)

// method computes m anew. all are the metrics as they stand, groups what the regular expression matched in the label.
// What an error leaves in m does not count.
type method func(m *Metric, all []Metric, groups []string) error

// parseMethod reads name(argument). known is false for a method or an argument that nobody knows; an error is an argument
// that cannot be read.
func parseMethod(text string) (m method, known bool, err error) {
	const blanks = " \t\n\r\f\v"
	name, arg, ok := strings.Cut(strings.Trim(text, blanks), "(")
	arg, closed := strings.CutSuffix(arg, ")")
	if !ok || !closed {
		return nil, false, nil
	}
	arg = strings.Trim(arg, blanks)
	switch strings.TrimRight(name, blanks) {
	case "invert":
		return invert, true, nil
	case "percent":
		return percent, true, nil
	case "scale":
		return parseScale(arg)
	case "math":
		return parseMath(arg)
	case "eval":
		return parseEval(arg)
	case "min":
		return over(arg, minimum), true, nil
	case "max":
		return over(arg, maximum), true, nil
	case "sum":
		return over(arg, func(values []string) string { return perl.Text(sum(values)) }), true, nil
	case "average":
		return over(arg, func(values []string) string { return cents(sum(values) / float64(len(values))) }), true, nil
	}
	return nil, false, nil
}

// cents writes a number with two decimals.
func cents(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// eachThreshold puts what f makes of them in the place of the thresholds of m that can be read.
func eachThreshold(m *Metric, f func(threshold.Range) threshold.Range) {
	for _, field := range []*string{&m.Warning, &m.Critical} {
		if *field == "" {
			continue
		}
		if r, err := threshold.Parse(*field); err == nil {
			*field = f(r).String()
		}
	}
}

// eachBound puts what f makes of them in the place of the bounds that are not infinite. f gets the text of a bound, since a
// bound that is not changed must stay as it was written.
func eachBound(f func(string) string) func(threshold.Range) threshold.Range {
	return func(r threshold.Range) threshold.Range {
		if !r.NegInf {
			r.Start = f(r.Start)
		}
		if !r.PosInf {
			r.End = f(r.End)
		}
		return r
	}
}

// invert turns used into free: the distance from the maximum.
func invert(m *Metric, _ []Metric, _ []string) error {
	if m.Max == "" {
		return nil
	}
	max := perl.Number(m.Max)
	m.Value = perl.Text(max - perl.Number(m.Value))
	distance := eachBound(func(bound string) string { return perl.Text(max - perl.Number(bound)) })
	eachThreshold(m, func(r threshold.Range) threshold.Range {
		inverted := distance(r)
		inverted.Start, inverted.End = inverted.End, inverted.Start
		inverted.NegInf, inverted.PosInf = inverted.PosInf, inverted.NegInf
		return inverted
	})
	return nil
}

// percent relates value and thresholds to the maximum.
func percent(m *Metric, _ []Metric, _ []string) error {
	if m.Max == "" {
		return nil
	}
	max := perl.Number(m.Max)
	if max == 0 {
		return errors.New("no percentage of a maximum of 0")
	}
	share := func(text string) string { return cents((perl.Number(text) + 0) * 100 / max) } // + 0: a bound of -0 is 0
	m.Value, m.Unit = share(m.Value), "%"
	eachThreshold(m, eachBound(share))
	m.Max = "100"
	return nil
}

// parseMath reads an arithmetic expression about `current`, and behind a bar 1 when it is to be applied to the thresholds.
func parseMath(arg string) (method, bool, error) {
	if arg == "" {
		return nil, true, nil
	}
	formula, thresholds, _ := strings.Cut(arg, "|")
	thresholds, _, _ = strings.Cut(thresholds, "|")
	if formula == "" || strings.Trim(strings.ReplaceAll(formula, "current", ""), " \t\n\r\f\v.+-*/0123456789()") != "" {
		return nil, false, nil
	}
	e, err := expr.Parse(strings.ReplaceAll(formula, "current", "%{current}"), nil)
	if err != nil {
		return nil, false, err
	}
	compute := func(current string) (string, error) {
		v, err := e.Eval(expr.Vars{"current": expr.String(current)})
		return v.String(), err
	}
	return func(m *Metric, _ []Metric, _ []string) (err error) {
		if m.Value, err = compute(m.Value); err != nil || strings.TrimSpace(thresholds) != "1" {
			return err
		}
		eachThreshold(m, eachBound(func(bound string) string {
			if computed, err := compute(bound); err == nil {
				return computed
			}
			return bound
		}))
		m.Max = "100" // whatever the formula: so it is in Centreon, and graphs are drawn with it
		return nil
	}, true, nil
}

// parseEval reads an expression that may assign to the fields of the metric.
func parseEval(arg string) (method, bool, error) {
	if arg == "" {
		return nil, true, nil
	}
	e, err := expr.Parse(arg, nil)
	if err != nil {
		return nil, false, err
	}
	return func(m *Metric, _ []Metric, _ []string) error {
		vars := variables(*m)
		if _, err := e.Eval(vars); err != nil {
			return err
		}
		m.Label, m.NLabel, m.Value, m.Unit = vars["label"].String(), vars["nlabel"].String(), vars["value"].String(), vars["unit"].String()
		m.Warning, m.Critical = vars["warning"].String(), vars["critical"].String()
		m.Min, m.Max, m.Mode = vars["min"].String(), vars["max"].String(), vars["mode"].String()
		return nil
	}, true, nil
}

// over makes the method that reduces the values of the metrics whose label matches pattern, in which $1 stands for what
// the option's own regular expression found.
func over(pattern string, reduce func(values []string) string) method {
	return func(m *Metric, all []Metric, groups []string) error {
		re, err := perl.Compile(perl.Interpolate(pattern, groups), "")
		if err != nil {
			return err
		}
		var values []string
		for _, other := range all {
			hit, err := re.Match(other.Label)
			if err != nil {
				return err
			}
			if hit && strings.ContainsAny(other.Value, "0123456789") {
				values = append(values, other.Value)
			}
		}
		if len(values) > 0 {
			m.Value = reduce(values)
		}
		return nil
	}
}

func minimum(values []string) string {
	least := values[0]
	for _, v := range values {
		if perl.Number(v) < perl.Number(least) {
			least = v
		}
	}
	return least
}

func maximum(values []string) string {
	greatest := values[0]
	for _, v := range values {
		if perl.Number(v) > perl.Number(greatest) {
			greatest = v
		}
	}
	return greatest
}

func sum(values []string) float64 {
	total := 0.0
	for _, v := range values {
		total += perl.Number(v)
	}
	return total
}
