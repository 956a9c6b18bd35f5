package perfdata

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

// kind tells what becomes of a rewritten metric.
type kind int

const (
	change kind = iota // it takes the place of its origin
	extend             // it is added
	group              // it is added, and has nothing of its origin but the label
)

// rewrite is one --change-perfdata, --extend-perfdata or --extend-perfdata-group. Empty fields change nothing.
type rewrite struct {
	option, arg       string
	kind              kind
	match             *perl.Regexp // nil for a group without one: one new metric, made from nothing
	label             string
	method            method // nil: the value stays
	unit, min, max    string
	warning, critical limit
}

// addRewrite reads MATCH,LABEL,METHOD,UNIT,MIN,MAX,WARNING,CRITICAL. An unknown method is no error but leaves the whole
// argument aside with a note, as Centreon does.
func (p *Pipeline) addRewrite(option string, kind kind, arg string) error {
	var fields [8]string
	copy(fields[:], perl.Split(arg, ","))
	r := rewrite{
		option: option, arg: arg, kind: kind, label: fields[1],
		unit: fields[3], min: fields[4], max: fields[5], warning: parseLimit(fields[6]), critical: parseLimit(fields[7]),
	}
	var err error
	if fields[0] != "" {
		if r.match, err = perl.Compile(fields[0], ""); err != nil {
			return wrong(option, arg, err)
		}
	} else if kind != group || r.label == "" {
		return nil
	}
	if fields[2] != "" {
		var known bool
		if r.method, known, err = parseMethod(fields[2]); err != nil {
			return wrong(option, arg, err)
		}
		if !known {
			p.note("--%s='%s' is left aside: the method '%s' or its argument is not known", option, arg, fields[2])
			return nil
		}
	}
	p.rewrites = append(p.rewrites, r)
	return nil
}

// rewrite applies r to all metrics. Those that it adds come last and are not rewritten by r again.
func (p *Pipeline) rewrite(metrics []Metric, r rewrite) ([]Metric, error) {
	if r.match == nil {
		m := Metric{Label: r.label, Unit: r.unit, Min: r.min, Max: r.max}
		p.compute(&m, r, metrics, nil)
		if p.setLimits(&m, r) && m.Value != "" {
			metrics = append(metrics, m)
		}
		return metrics, nil
	}
	var added []Metric
	for i, origin := range metrics {
		groups, err := r.match.Groups(origin.Label)
		if err != nil {
			return nil, failure.New("Option --%s='%s': %w", r.option, r.arg, err)
		}
		if groups == nil {
			continue
		}
		m := origin
		if r.kind == group {
			m = Metric{Label: origin.Label}
		}
		if r.label != "" {
			if m.Label, err = r.match.Replace(m.Label, r.label, false); err != nil {
				return nil, failure.New("Option --%s='%s': %w", r.option, r.arg, err)
			}
		}
		p.compute(&m, r, metrics, groups)
		m.Unit, m.Min, m.Max = cmp.Or(r.unit, m.Unit), cmp.Or(r.min, m.Min), cmp.Or(r.max, m.Max)
		switch {
		case !p.setLimits(&m, r):
		case r.kind == change:
			metrics[i] = m
		case m.Value != "":
			added = append(added, m)
		}
	}
	return append(metrics, added...), nil
}

// compute applies the method to m. Where it fails, m stays as it is.
func (p *Pipeline) compute(m *Metric, r rewrite, all []Metric, groups []string) {
	if r.method == nil {
		return
	}
	changed := *m
	if err := r.method(&changed, all, groups); err != nil {
		p.note("--%s='%s' leaves the value of '%s' as it is: %v", r.option, r.arg, m.Label, err)
		return
	}
	*m = changed
}

// setLimits sets the thresholds of the option. It reports whether m can be printed: with a number beyond all bounds it cannot.
func (p *Pipeline) setLimits(m *Metric, r rewrite) bool {
	if r.warning != nil {
		m.Warning = r.warning.of(m.Max)
	}
	if r.critical != nil {
		m.Critical = r.critical.of(m.Max)
	}
	if !finite(*m) {
		p.note("--%s='%s' leaves out '%s': its numbers are too large", r.option, r.arg, m.Label)
		return false
	}
	return true
}

// limit is a threshold of the option: its bounds in order, each with the first number in it, which is a percentage of the
// maximum when a percent sign follows. Signs, @ and ~ are lost, so it is in Centreon. An empty limit changes nothing.
type limit []bound

type bound struct {
	number  string // empty: no bound
	percent bool
}

func parseLimit(text string) limit {
	if text == "" {
		return nil
	}
	percentage, number := regexp.MustCompile(`(\d+(?:\.\d+)?)\s*%`), regexp.MustCompile(`\d+(?:\.\d+)?`)
	var l limit
	for part := range strings.SplitSeq(text, ":") {
		if found := percentage.FindStringSubmatch(part); found != nil {
			l = append(l, bound{found[1], true})
		} else {
			l = append(l, bound{number.FindString(part), false})
		}
	}
	return l
}

// of returns the threshold of a metric with the given maximum.
func (l limit) of(max string) string {
	texts := make([]string, len(l))
	for i, b := range l {
		switch {
		case !b.percent:
			texts[i] = b.number
		case max != "":
			texts[i] = perl.Text(perl.Number(b.number) * perl.Number(max) / 100)
		}
	}
	return strings.Join(texts, ":")
}

// finite reports whether no number of m is infinite or none at all.
func finite(m Metric) bool {
	for _, text := range []string{m.Value, m.Min, m.Max, m.Warning, m.Critical} {
		if strings.Contains(text, "Inf") || strings.Contains(text, "NaN") {
			return false
		}
	}
	return true
}
