package report

import (
	"context"
	"strings"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
)

// Activity declares a mode about what users did: how many were active on the last day of the report, sums over those, and
// each of them.
type Activity struct {
	Name, Help string // of the mode
	Function   string // of Graph: getEmailActivityUserDetail
	Options    func() UnitOptions
	Active     ActiveCounter
	Prefix     string // of the nlabels: exchange.users
	Block      string // name of the block of users, for --filter-counters-block
	Total      string // stands before the sums
	User       string // what one of them is called
	AllOK      string
	Figures    []Figure
}

// Figure is a number of a user, and its sum over the active users.
type Figure struct {
	Column string // of the report
	Label  string // send-count; the sum is total-send-count
	NLabel string // middle of the nlabels: emails.sent in exchange.users.emails.sent.count
	Format string // Send Count: %d
	Total  string // format of the sum, where it is another
	Help   string // mails sent
}

// did is what one user did: a number for each figure.
type did struct {
	user    string
	figures []int64
}

// activity is a run of the mode.
type activity struct {
	base
	declared Activity
	total    *counter.Single[[]int64]
	users    *counter.Many[did]
}

// Mode makes the mode.
func (a Activity) Mode() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name: a.Name, Help: a.Help, Permission: graphapi.ReportPermission, Counters: "active|total", New: func() plugin.Check[API] { return a.new() },
	}
}

func (a Activity) new() *activity {
	m := &activity{declared: a}
	m.init(a.Options(), a.Active)
	var totals []counter.Counter[[]int64]
	var each []counter.Counter[did]
	for i, f := range a.Figures {
		totalFormat := f.Format
		if f.Total != "" {
			totalFormat = f.Total
		}
		totals = append(totals, counter.Counter[[]int64]{
			Decl: counter.Decl{
				Label: "total-" + f.Label, Metric: "total_" + metric(f.Label), NLabel: a.Prefix + "." + f.NLabel + ".total.count", Min: "0",
				Help: f.Help + ", in all, by the active " + a.Active.Noun,
			},
			Count: func(sums []int64) int64 { return sums[i] }, Format: totalFormat,
		})
		each = append(each, counter.Counter[did]{
			Decl: counter.Decl{
				Label: f.Label, Metric: metric(f.Label), NLabel: a.Prefix + "." + f.NLabel + ".count", Min: "0",
				Help: f.Help + ", by each of the active " + a.Active.Noun,
			},
			Count: func(one did) int64 { return one.figures[i] }, Format: f.Format,
		})
	}
	m.total = counter.NewSingle("global", a.Total, totals...)
	m.users = counter.NewMany(a.Block, func(one did) string { return a.User + " '" + one.user + "' " }, a.AllOK, each...)
	return m
}

// metric is the short name of the metric of a label.
func metric(label string) string { return strings.ReplaceAll(label, "-", "_") }

// Counters returns the counters of the mode.
func (m *activity) Counters() counter.Set { return counter.Set{m.active, m.total, m.users} }

// Run reads the two reports.
func (m *activity) Run(ctx context.Context, api API, run *plugin.Run) error {
	m.location = run.Location
	columns := []string{"User Principal Name"}
	for _, f := range m.declared.Figures {
		columns = append(columns, f.Column)
	}
	deleted := len(columns) + 1
	columns = append(columns, table.Optional(DeletedColumn))
	var active Active
	var notes Seen
	sums := make([]int64, len(m.declared.Figures))
	count := func(_ string, row *table.Row) error {
		// The week's numbers are not shown, but a report that does not hold numbers is no report.
		for i := range sums {
			row.Int(2 + i)
		}
		passes, err := m.filters.match(row)
		if passes {
			active.Total++
		}
		notes.Look(row, len(m.filters), deleted, passes)
		return err
	}
	add := func(_ string, row *table.Row) error {
		passes, err := m.filters.match(row)
		if !passes {
			return err
		}
		active.Active++
		one := did{row.Text(1), make([]int64, len(sums))}
		for i := range sums {
			one.figures[i] = row.Int(2 + i)
			sums[i] += one.figures[i]
		}
		m.users.Add(one.user, one)
		return nil
	}
	date, err := read(ctx, api, m.declared.Function, columns, count, add)
	if err != nil {
		return err
	}
	active.Date = date
	m.active.Set(active)
	m.total.Set(sums)
	return notes.Tell(run, date, m.declared.Active.Noun, m.options.Filters())
}
