package counter

import (
	"strings"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/threshold"
)

// Limits are the thresholds that an operator set on one counter, and what its metrics need to know of the run.
type Limits struct {
	unknown, warning, critical limit
	precision                  int
	newPerfdata                bool
	instances                  bool // the metric's label carries its instance
	mode                       string
}

// limit is one threshold: a range, or the expression of a State; neither when it is not set.
type limit struct {
	name      string // the option, for errors
	ranges    *threshold.Range
	condition *expr.Expr
}

func parseLimit(name, text string, state bool) (limit, error) {
	if text == "" {
		return limit{}, nil
	}
	if state {
		condition, err := expr.Parse(text, nil)
		if err != nil {
			return limit{}, failure.New("Wrong %s condition: %w.", name, err)
		}
		return limit{name: name, condition: condition}, nil
	}
	r, err := threshold.Parse(text)
	if err != nil {
		return limit{}, failure.New("Wrong %s threshold '%s'.", name, text)
	}
	return limit{name: name, ranges: &r}, nil
}

// Check compares a figure with the ranges: critical first, then warning, then unknown.
func (l Limits) Check(value float64) check.Status {
	for _, level := range []struct {
		limit
		check.Status
	}{{l.critical, check.Critical}, {l.warning, check.Warning}, {l.unknown, check.Unknown}} {
		if level.ranges != nil && level.ranges.Alerts(value, l.precision) {
			return level.Status
		}
	}
	return check.OK
}

// state evaluates the expressions of a State: critical first, then warning, then unknown.
func (l Limits) state(vars expr.Vars) (check.Status, error) {
	for _, level := range []struct {
		limit
		check.Status
	}{{l.critical, check.Critical}, {l.warning, check.Warning}, {l.unknown, check.Unknown}} {
		if level.condition == nil {
			continue
		}
		value, err := level.condition.Eval(vars)
		if err != nil {
			return check.Unknown, failure.New("Cannot evaluate --%s: %w.", level.name, err)
		}
		if value.Bool() {
			return level.Status, nil
		}
	}
	return check.OK, nil
}

// Ranges returns the warning and critical ranges as a metric shows them, empty where there is none.
func (l Limits) Ranges() (warning, critical string) {
	return l.warning.print(nil), l.critical.print(nil)
}

// RangesOf returns the warning and critical ranges, which are percentages, as whole parts of total.
func (l Limits) RangesOf(total int64) (warning, critical string) {
	part := func(percent float64) string { return perl.Text(float64(int64(percent * float64(total) / 100))) }
	return l.warning.print(part), l.critical.print(part)
}

func (l limit) print(bound func(float64) string) string {
	switch {
	case l.ranges == nil:
		return ""
	case bound == nil:
		return l.ranges.String()
	default:
		return l.ranges.Map(bound).String()
	}
}

// NewPerfdata reports whether metrics go by their nlabels.
func (l Limits) NewPerfdata() bool { return l.newPerfdata }

// Metric starts a metric about an instance, which is empty for a total. Its label is the one of the family in use:
// label_instance, or instance#nlabel.
func (l Limits) Metric(label, nlabel, instance string) perfdata.Metric {
	metric := perfdata.Metric{Label: label, NLabel: nlabel, Mode: l.mode}
	if l.newPerfdata && nlabel != "" {
		metric.Label = nlabel
	}
	switch {
	case instance == "":
	case l.newPerfdata:
		metric.Label = instance + "#" + metric.Label
		metric.Instances = []string{instance}
	case l.instances:
		metric.Label += "_" + instance
		metric.Instances = []string{instance}
	}
	metric.Label = perfdata.Label(metric.Label)
	return metric
}

// thresholdName is the name of a counter's thresholds, without its warning- or critical- in front. scope begins the long
// one: nothing, instance- or subinstance-.
func (d Decl) thresholdName(newPerfdata bool, scope string) string {
	if !newPerfdata || d.NLabel == "" || d.ThresholdsByLabel {
		return d.Label
	}
	return scope + strings.ReplaceAll(d.NLabel, ".", "-")
}
