package perfdata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/threshold"
)

// Pipeline is Options compiled. It serves one run in one goroutine, since it gathers notes.
type Pipeline struct {
	rewrites   []rewrite
	explodeAll bool
	explosions []explosion
	filter     *perl.Regexp
	condition  *expr.Expr
	units      *perl.Regexp
	ranges     rangeMode
	notes      []string
}

// explosion names the metric that shows the maximum of another.
type explosion struct {
	match *perl.Regexp
	label string
}

type rangeMode int

const (
	rangesAsTheyAre rangeMode = iota
	rangesWithoutZero
	noRanges
)

// Label returns s as it may stand between the single quotes of a label: each quote in it doubled. Whoever makes a Metric
// applies it, once and to the whole label; rewriting and printing take labels as they are.
func Label(s string) string { return strings.ReplaceAll(s, "'", "''") }

// Notes returns what was left aside and why, one line each, for --debug.
func (p *Pipeline) Notes() []string { return p.notes }

func (p *Pipeline) note(format string, args ...any) {
	p.notes = append(p.notes, failure.OneLine(fmt.Sprintf(format, args...)))
}

// Apply returns the metrics to print; the given slice is left as it is. An error says which option could not be applied.
func (p *Pipeline) Apply(metrics []Metric) ([]Metric, error) {
	metrics = slices.Clone(metrics)
	var err error
	for _, r := range p.rewrites {
		if metrics, err = p.rewrite(metrics, r); err != nil {
			return nil, err
		}
	}
	if metrics, err = p.explode(metrics); err != nil {
		return nil, err
	}
	kept := metrics[:0]
	for _, m := range metrics {
		keep, err := p.keeps(m)
		if err != nil {
			return nil, err
		}
		if !keep {
			continue
		}
		if p.units != nil {
			shown, err := p.units.Match(m.Unit)
			if err != nil {
				return nil, failure.New("Option --filter-uom: %w", err)
			}
			if !shown {
				m.Unit = ""
			}
		}
		m.Warning, m.Critical = p.ranges.show(m.Warning), p.ranges.show(m.Critical)
		kept = append(kept, m)
	}
	return kept, nil
}

func (p *Pipeline) keeps(m Metric) (bool, error) {
	if p.filter != nil {
		if keep, err := p.filter.Match(m.Label); err != nil {
			return false, failure.New("Option --filter-perfdata: %w", err)
		} else if !keep {
			return false, nil
		}
	}
	if p.condition == nil {
		return true, nil
	}
	keep, err := p.condition.Eval(variables(m))
	if err != nil {
		return false, failure.New("Option --filter-perfdata-adv, metric '%s': %w", m.Label, err)
	}
	return keep.Bool(), nil
}

// variables are the fields of a metric under the names that expressions call them by.
func variables(m Metric) expr.Vars {
	return expr.Vars{
		"label": expr.String(m.Label), "nlabel": expr.String(m.NLabel), "value": expr.String(m.Value), "unit": expr.String(m.Unit),
		"warning": expr.String(m.Warning), "critical": expr.String(m.Critical),
		"min": expr.String(m.Min), "max": expr.String(m.Max), "mode": expr.String(m.Mode),
	}
}

// alertTriggered tells whether the value of the metric in vars crosses one of its thresholds. A metric without thresholds
// counts as one with the range 0: as Centreon has it, so a negative value does.
func alertTriggered(vars expr.Vars, _ []expr.Value) (expr.Value, error) {
	const exactly = -1 // no rounding before the comparison
	for _, name := range []string{"warning", "critical"} {
		r, err := threshold.Parse(vars[name].String())
		if err == nil && r.Alerts(vars["value"].Float(), exactly) {
			return expr.Number(1), nil
		}
	}
	return expr.Number(0), nil
}

func (p *Pipeline) addExplosions(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if args[0] == "" {
		p.explodeAll = true
		return nil
	}
	for _, arg := range args {
		fields := strings.SplitN(arg, ",", 3)
		if len(fields) < 2 {
			return failure.New("Wrong explode-perfdata-max option '%s' (syntax: match,value)", arg)
		}
		match, err := perl.Compile(fields[0], "")
		if err != nil {
			return wrong("explode-perfdata-max", arg, err)
		}
		p.explosions = append(p.explosions, explosion{match, fields[1]})
	}
	return nil
}

func (p *Pipeline) explode(metrics []Metric) ([]Metric, error) {
	for _, m := range metrics {
		if m.Max == "" {
			continue
		}
		label, explodes := m.Label+"_max", p.explodeAll
		for _, e := range p.explosions {
			hit, err := e.match.Match(m.Label)
			if err != nil {
				return nil, failure.New("Option --explode-perfdata-max: %w", err)
			}
			if hit {
				label, explodes = e.label, true
				break
			}
		}
		if explodes {
			// The quotes of a label are doubled already and are doubled again, as graphs have known these names so far.
			metrics = append(metrics, Metric{Label: Label(label), Value: m.Max, Unit: m.Unit, Mode: m.Mode})
		}
	}
	return metrics, nil
}

// show returns a threshold as the mode has it printed.
func (mode rangeMode) show(text string) string {
	switch mode {
	case noRanges:
		return ""
	case rangesWithoutZero:
		rest, inside := strings.CutPrefix(text, "@")
		start, end, ok := strings.Cut(rest, ":")
		start = strings.TrimPrefix(start, "-")
		if !ok || start == "" || strings.Trim(start, "0.") != "" {
			return text
		}
		if inside {
			return "@" + end
		}
		return end
	case rangesAsTheyAre:
	}
	return text
}
