// Package report holds what the modes over Microsoft 365 usage reports have in common: the filter on names, the share of
// active users or sites, and the date that a report is about.
package report

import (
	"context"
	"fmt"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/table"
)

// API is what a mode over usage reports needs of a custom mode.
type API interface {
	// Report downloads a usage report and calls each for every row.
	Report(ctx context.Context, function, param string, columns []string, each func(*table.Row) error) error
}

// Weekly asks for the report over the last seven days. Its refresh date is the day that the latest data is about.
const Weekly = "period='D7'"

// Daily asks for the report about one day, YYYY-MM-DD.
func Daily(date string) string { return "date=" + date }

// Filter is a filter on names: a Perl regular expression, or nothing, which lets all pass.
type Filter struct{ re *perl.Regexp }

// NewFilter reads the pattern of an option; the error names the option.
func NewFilter(option, pattern string) (Filter, error) {
	if pattern == "" {
		return Filter{}, nil
	}
	re, err := perl.Compile(pattern, "")
	if err != nil {
		return Filter{}, failure.New("Wrong --%s option: %w", option, err)
	}
	return Filter{re}, nil
}

// Match reports whether the name in a column passes.
func (f Filter) Match(row *table.Row, column int) (bool, error) {
	if f.re == nil {
		return true, nil
	}
	return f.re.Match(row.Text(column))
}

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

// ActiveCounter declares a counter of the active.
type ActiveCounter struct {
	counter.Decl
	Noun     string                // who is active: mailboxes
	NewUnit  string                // the metric's unit under --use-new-perfdata, where it is another
	Location func() *time.Location // time zone of the report's date
	Units    *string               // --units: %, or count
}

// Counter makes the counter: its thresholds are percentages or counts, its metric is the count, with those percentages as
// counts too.
func (a ActiveCounter) Counter() counter.Counter[Active] {
	percent := func() bool { return *a.Units == "%" }
	return counter.Counter[Active]{
		Decl:  a.Decl,
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
			metric := limits.Metric(a.Metric, a.NLabel, "")
			metric.Value, metric.Min, metric.Max = fmt.Sprint(row.Active), "0", fmt.Sprint(row.Total)
			metric.Warning, metric.Critical = limits.Ranges()
			if percent() {
				metric.Warning, metric.Critical = limits.RangesOf(row.Total)
			}
			metric.Unit = a.Unit
			if !limits.NewPerfdata() {
				return []perfdata.Metric{metric}
			}
			if a.NewUnit != "" {
				metric.Unit = a.NewUnit
			}
			return append(a.date(row, limits), metric)
		},
	}
}

// date is the metric perfdate: noon of the report's day as a Unix time.
func (a ActiveCounter) date(row Active, limits counter.Limits) []perfdata.Metric {
	day, err := time.ParseInLocation(time.DateOnly, row.Date, a.Location())
	if err != nil {
		return nil
	}
	metric := limits.Metric("perfdate", "", "")
	metric.Value = fmt.Sprint(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, a.Location()).Unix())
	return []perfdata.Metric{metric}
}
