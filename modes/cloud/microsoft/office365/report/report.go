// Package report holds what the modes over Microsoft 365 usage reports have in common.
//
// Their shapes are written here once: Activity (users, or mailboxes, and what they did), Devices (from which devices), Sites
// (what sites store). A mode is one declaration of such a shape.
package report

import (
	"context"
	"time"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/table"
)

// API is what a mode over usage reports needs of a custom mode.
type API interface {
	// Report downloads a usage report and calls each for every row.
	Report(ctx context.Context, function, param string, columns []string, each func(*table.Row) error) error
}

// weekly asks for the report over the last seven days. Its refresh date is the day that the latest data is about.
const weekly = "period='D7'"

// Each is called for a row of a report, with the date that the report was refreshed on: that of its first row.
type Each func(date string, row *table.Row) error

// Weekly reads the report over the last seven days and returns its date (2026-11-20), empty when it has no rows. Column 0 of
// its rows is their date, columns are the ones after it. Rows without such a date are an error.
func Weekly(ctx context.Context, api API, function string, columns []string, each Each) (date string, err error) {
	err = api.Report(ctx, function, weekly, dated(columns), func(row *table.Row) error {
		if date == "" {
			date = row.Text(0)
			if _, err := time.Parse(time.DateOnly, date); err != nil {
				return failure.New("Report %s(%s) has rows with the Report Refresh Date '%s' where a date such as 2026-11-20 was expected.",
					function, weekly, date)
			}
		}
		return each(date, row)
	})
	return date, err
}

// read reads the report over the week with week, then that of its last day, if there is one, with day: the first tells what
// there is, the second what was active.
func read(ctx context.Context, api API, function string, columns []string, week, day Each) (date string, err error) {
	date, err = Weekly(ctx, api, function, columns, week)
	if err != nil || date == "" {
		return date, err
	}
	return date, api.Report(ctx, function, "date="+date, dated(columns), func(row *table.Row) error {
		if !row.Is(0, date) {
			row.Wrong(0, "the "+date+" that was asked for")
			return nil
		}
		return day(date, row)
	})
}

// ActiveOn reports whether a cell, a date or nothing, is the date of the report.
func ActiveOn(row *table.Row, column int, date string) bool {
	if row.Is(column, date) {
		return true
	}
	if cell := row.Cell(column); len(cell) > 0 && (len(cell) != len(time.DateOnly) || cell[4] != '-' || cell[7] != '-') {
		row.Wrong(column, "a date such as 2026-11-20")
	}
	return false
}

func dated(columns []string) []string { return append([]string{"Report Refresh Date"}, columns...) }

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

// Options are the options of a mode: a struct with option tags that tells where its filters are.
type Options interface {
	// Filters are the patterns of the options that filter names, in the order of the mode's first columns.
	Filters() []Pattern
}

// UnitOptions are Options with --units.
type UnitOptions interface {
	Options
	// UnitsOf is where --units is: %, or count.
	UnitsOf() *string
}

// Refuser is Options that refuse some sites by their URL; the error ends the check.
type Refuser interface {
	Refuse(url string) error
}

// Pattern is the text of an option that filters names.
type Pattern struct{ Option, Text string }

// UserOptions are the options of most modes about users.
type UserOptions struct {
	FilterUser string `name:"filter-user" help:"Check only the users whose user principal name matches the regular expression. Example: --filter-user='@contoso\\.com$'"`
	Units      string `name:"units" default:"%" help:"Unit of the thresholds on what is active: % or count."`
}

// NewUserOptions makes UserOptions.
func NewUserOptions() UnitOptions { return &UserOptions{} }

// Filters returns the filter on users.
func (o *UserOptions) Filters() []Pattern { return []Pattern{{"filter-user", o.FilterUser}} }

// UnitsOf returns where --units is.
func (o *UserOptions) UnitsOf() *string { return &o.Units }

// filters is several filters, each on a column of its own, counted from 1.
type filters []Filter

func newFilters(patterns []Pattern) (filters, error) {
	all := make(filters, len(patterns))
	for i, p := range patterns {
		f, err := NewFilter(p.Option, p.Text)
		if err != nil {
			return nil, err
		}
		all[i] = f
	}
	return all, nil
}

// match reports whether a row passes all of them.
func (all filters) match(row *table.Row) (bool, error) {
	for i, f := range all {
		if ok, err := f.Match(row, i+1); !ok {
			return false, err
		}
	}
	return true, nil
}

// base is what the shapes have in common: options, and the counter of the active.
type base struct {
	options  UnitOptions
	filters  filters
	location *time.Location
	active   *counter.Single[Active]
}

func (b *base) init(options UnitOptions, active ActiveCounter) {
	b.options = options
	b.active = counter.NewSingle("active", "", active.Counter(options.UnitsOf(), func() *time.Location { return b.location }))
}

// Options returns the options of the mode.
func (b *base) Options() any { return b.options }

// Validate reads the patterns of the filters.
func (b *base) Validate() (err error) {
	b.filters, err = newFilters(b.options.Filters())
	return err
}
