package report

import (
	"context"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
)

// Devices declares a mode about the kinds of device that users work on: how many were in use on the last day of the report,
// of those in use over the week, and how many of each kind.
type Devices struct {
	Name, Help string // of the mode
	Function   string // of Graph: getTeamsDeviceUsageUserDetail
	Prefix     string // of the nlabels: teams.devices
	Kinds      []Kind
}

// Kind is a kind of device.
type Kind struct {
	Column string // of the report, which holds Yes or No
	Label  string // android-phone
	NLabel string // middle of the nlabel: android in teams.devices.android.count
	Name   string // Android Phone
}

// devices is a run of the mode.
type devices struct {
	base
	declared Devices
	kinds    *counter.Single[[]int64]
}

// Mode makes the mode.
func (d Devices) Mode() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name: d.Name, Help: d.Help, Permission: graphapi.ReportPermission, New: func() plugin.Check[API] { return d.new() },
	}
}

func (d Devices) new() *devices {
	m := &devices{declared: d}
	m.init(NewUserOptions(), ActiveCounter{Noun: "devices", NLabel: d.Prefix + ".active.count"})
	var kinds []counter.Counter[[]int64]
	for i, k := range d.Kinds {
		kinds = append(kinds, counter.Counter[[]int64]{
			Decl: counter.Decl{
				Label: k.Label, Metric: metric(k.Label), NLabel: d.Prefix + "." + k.NLabel + ".count", Min: "0",
				Help: "users on a device of the kind " + k.Name,
			},
			Count: func(used []int64) int64 { return used[i] }, Format: k.Name + ": %d",
		})
	}
	m.kinds = counter.NewSingle("global", "Users count by device type : ", kinds...)
	return m
}

// Counters returns the counters of the mode.
func (m *devices) Counters() counter.Set { return counter.Set{m.active, m.kinds} }

// Run reads the two reports.
func (m *devices) Run(ctx context.Context, api API, run *plugin.Run) error {
	m.location = run.Location
	columns := []string{"User Principal Name"}
	for _, k := range m.declared.Kinds {
		columns = append(columns, k.Column)
	}
	deleted := len(columns) + 1
	columns = append(columns, table.Optional(DeletedColumn))
	var active Active
	var notes Seen
	used := make([]int64, len(m.declared.Kinds))
	// add counts the devices of a user, each under its kind as well where that is asked for.
	add := func(row *table.Row, all *int64, each []int64) error {
		passes, err := m.filters.match(row)
		if each == nil {
			notes.Look(row, len(m.filters), deleted, passes)
		}
		if !passes {
			return err
		}
		for i := range m.declared.Kinds {
			switch {
			case row.Is(2+i, "Yes"):
				*all++
				if each != nil {
					each[i]++
				}
			case !row.Is(2+i, "No") && !row.Is(2+i, ""):
				row.Wrong(2+i, "Yes or No")
			}
		}
		return nil
	}
	date, err := read(ctx, api, m.declared.Function, columns,
		func(_ string, row *table.Row) error { return add(row, &active.Total, nil) },
		func(_ string, row *table.Row) error { return add(row, &active.Active, used) })
	if err != nil {
		return err
	}
	active.Date = date
	m.active.Set(active)
	m.kinds.Set(used)
	return notes.Tell(run, date, "users", m.options.Filters())
}
