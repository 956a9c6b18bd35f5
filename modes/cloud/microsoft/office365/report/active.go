package report

import (
	"fmt"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/perfdata"
)

// Active is how many of all were active on the day of the report.
type Active struct {
	Active, Total int64
	Date          string // YYYY-MM-DD, empty when the report has no rows
}

// Percent is the share of the active, 0 of nothing.
func (a Active) Percent() float64 {
	if a.Total == 0 {
		return 0
	}
	return float64(a.Active) * 100 / float64(a.Total)
}

// ActiveCounter declares the counter of the active.
type ActiveCounter struct {
	Noun    string // who is active, which is also the unit: mailboxes
	NLabel  string
	Aliases []string // labels of other releases
	// NewOnly has the date of the report as a metric, and NewUnit for the unit, only where metrics go by their nlabels.
	NewOnly bool
	NewUnit string
}

// Counter makes the counter: its thresholds are percentages or counts, as units tells when the check runs; its metric is the
// count, with those percentages as counts too.
func (a ActiveCounter) Counter(units *string, location func() *time.Location) counter.Counter[Active] {
	percent := func() bool { return *units == "%" }
	return counter.Counter[Active]{
		Decl: counter.Decl{
			Label: "active-" + a.Noun, Aliases: a.Aliases, Metric: "active_" + a.Noun, NLabel: a.NLabel, Unit: a.Noun, Min: "0",
			Metrics: a.printed(), ThresholdsByLabel: true, Help: a.Noun + " active on the day of the report (percentage or count, see --units)",
		},
		Count: func(row Active) int64 { return row.Active },
		Text: func(row Active) string {
			return fmt.Sprintf("Active %s on %s : %d/%d (%.2f%%)", a.Noun, row.Date, row.Active, row.Total, row.Percent())
		},
		Check: func(row Active, limits counter.Limits) check.Status {
			if percent() {
				return limits.Check(row.Percent())
			}
			return limits.Check(float64(row.Active))
		},
		Metrics: func(row Active, limits counter.Limits) []perfdata.Metric {
			metric := limits.Metric("active_"+a.Noun, a.NLabel, "")
			metric.Value, metric.Unit, metric.Min, metric.Max = fmt.Sprint(row.Active), a.Noun, "0", fmt.Sprint(row.Total)
			metric.Warning, metric.Critical = limits.Ranges()
			if percent() {
				metric.Warning, metric.Critical = limits.RangesOf(row.Total)
			}
			if limits.NewPerfdata() && a.NewUnit != "" {
				metric.Unit = a.NewUnit
			}
			if a.NewOnly && !limits.NewPerfdata() {
				return []perfdata.Metric{metric}
			}
			return append(date(row, limits, location()), metric)
		},
	}
}

// printed declares the metrics of the counter.
func (a ActiveCounter) printed() []counter.Metric {
	date := counter.Metric{Name: "perfdate", NLabel: "perfdate"}
	if a.NewOnly {
		date.Name = ""
	}
	return []counter.Metric{date, {Name: "active_" + a.Noun, NLabel: a.NLabel, Unit: a.Noun, NewUnit: a.NewUnit, Min: "0", Max: "total"}}
}

// date is the metric perfdate: noon of the report's day as a Unix time.
func date(row Active, limits counter.Limits, location *time.Location) []perfdata.Metric {
	day, err := time.Parse(time.DateOnly, row.Date) // not in location, where the day may begin at one
	if err != nil {
		return nil
	}
	metric := limits.Metric("perfdate", "", "")
	metric.Value = fmt.Sprint(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, location).Unix())
	return []perfdata.Metric{metric}
}
