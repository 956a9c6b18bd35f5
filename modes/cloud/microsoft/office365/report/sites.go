package report

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
)

// Sites declares a mode about what sites store: how many were active on the last day of the report, sums over the active
// and the others, and each of the active.
type Sites struct {
	Name, Help string // of the mode
	Function   string // of Graph: getOneDriveUsageAccountDetail
	Options    func() SiteOptions
	Prefix     string // of the nlabels: onedrive.sites
	// Identity is the column that is shown beside a site's address, and what it is called there. The second of the options'
	// filters is on it.
	Identity, IdentityName string
	Figures                []Figure // numbers of an active site beyond storage and files; Total is the format of their sum
}

// SiteOptions are UnitOptions with --free.
type SiteOptions interface {
	UnitOptions
	// FreeOf is where --free is.
	FreeOf() *bool
}

// StorageOptions are the options about a site's storage, to be embedded.
type StorageOptions struct {
	Units string `name:"units" default:"%" help:"Unit of the thresholds on active sites and on usage: % or count."`
	Free  bool   `name:"free" help:"Compare the thresholds on usage with the free storage."`
}

// UnitsOf returns where --units is.
func (o *StorageOptions) UnitsOf() *string { return &o.Units }

// FreeOf returns where --free is.
func (o *StorageOptions) FreeOf() *bool { return &o.Free }

// site is one active site: bytes used and allocated, and a number for each figure, the first of which is its files.
type site struct {
	url, identity   string
	used, allocated int64
	figures         []int64
}

// store is what all sites store.
type store struct {
	active, inactive           int64 // bytes
	activeFiles, inactiveFiles int64
	figures                    []int64 // sums over the active sites
}

// sites is a run of the mode.
type sites struct {
	base
	declared Sites
	asked    SiteOptions
	total    *counter.Single[store]
	sites    *counter.Many[site]
}

// Mode makes the mode.
func (s Sites) Mode() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name: s.Name, Help: s.Help, Permission: graphapi.ReportPermission, Counters: "active-sites|total", New: func() plugin.Check[API] { return s.new() },
	}
}

func (s Sites) new() *sites {
	m := &sites{declared: s, asked: s.Options()}
	m.init(m.asked, ActiveCounter{Noun: "sites", NLabel: s.Prefix + ".active.count"})
	sum := func(label, nlabel, unit, format, help string, count func(store) int64) counter.Counter[store] {
		return counter.Counter[store]{
			Decl:  counter.Decl{Label: label, Metric: metric(label), NLabel: s.Prefix + "." + nlabel, Unit: unit, Min: "0", Help: help},
			Count: count, Format: format, Bytes: unit == "B",
		}
	}
	totals := []counter.Counter[store]{
		sum("total-usage-active", "active.usage.total.bytes", "B", "Usage (active sites): %s", "bytes stored in the active sites",
			func(t store) int64 { return t.active }),
		sum("total-usage-inactive", "inactive.usage.total.bytes", "B", "Usage (inactive sites): %s", "bytes stored in the other sites",
			func(t store) int64 { return t.inactive }),
		sum("total-file-count-active", "active.files.total.count", "", "File Count (active sites): %d", "files in the active sites",
			func(t store) int64 { return t.activeFiles }),
		sum("total-file-count-inactive", "inactive.files.total.count", "", "File Count (inactive sites): %d", "files in the other sites",
			func(t store) int64 { return t.inactiveFiles }),
	}
	each := []counter.Counter[site]{m.usage(), {
		Decl:  counter.Decl{Label: "file-count", Metric: "file_count", NLabel: s.Prefix + ".files.count", Min: "0", Help: "files in an active site"},
		Count: func(one site) int64 { return one.figures[0] }, Format: "File Count: %d",
	}}
	for i, f := range s.Figures {
		totals = append(totals, sum("total-"+f.Label, f.NLabel+".total.count", "", f.Total, f.Help+", in all, in the active sites",
			func(t store) int64 { return t.figures[i] }))
		each = append(each, counter.Counter[site]{
			Decl: counter.Decl{
				Label: f.Label, Metric: metric(f.Label), NLabel: s.Prefix + "." + f.NLabel + ".count", Min: "0", Help: f.Help + ", in an active site",
			},
			Count: func(one site) int64 { return one.figures[i+1] }, Format: f.Format,
		})
	}
	m.total = counter.NewSingle("global", "Total ", totals...)
	m.sites = counter.NewMany("sites",
		func(one site) string { return "Site '" + one.url + "' [" + s.IdentityName + ": " + one.identity + "] " }, "All sites usage are ok", each...)
	return m
}

// usage is the counter of a site's storage, compared as used or free, in percent or bytes.
func (m *sites) usage() counter.Counter[site] {
	nlabel := m.declared.Prefix + ".usage.bytes"
	return counter.Counter[site]{
		Decl: counter.Decl{
			Label: "usage", Metric: "used", NLabel: nlabel, Unit: "B", Min: "0", ThresholdsByLabel: true,
			Metrics: []counter.Metric{{Name: "used", NLabel: nlabel, Unit: "B", Min: "0", Max: "total"}},
			Help:    "storage used in an active site, or free with --free (percentage or bytes, see --units)",
		},
		Count: func(one site) int64 { return one.used },
		Text: func(one site) string {
			free, usedShare, freeShare := one.free()
			return fmt.Sprintf("Total: %s Used: %s (%.2f%%) Free: %s (%.2f%%)",
				counter.Bytes(float64(one.allocated)), counter.Bytes(float64(one.used)), usedShare, counter.Bytes(float64(free)), freeShare)
		},
		Check: func(one site, limits counter.Limits) check.Status {
			free, usedShare, freeShare := one.free()
			percent, left := *m.asked.UnitsOf() == "%", *m.asked.FreeOf()
			switch {
			case percent && left:
				return limits.Check(freeShare)
			case percent:
				return limits.Check(usedShare)
			case left:
				return limits.Check(float64(free))
			}
			return limits.Check(float64(one.used))
		},
		Metrics: func(one site, limits counter.Limits) []perfdata.Metric {
			metric := limits.Metric("used", nlabel, one.url)
			metric.NLabel = one.url + "#" + nlabel // this one metric carries its instance in either name
			metric.Value, metric.Unit, metric.Min, metric.Max = fmt.Sprint(one.used), "B", "0", fmt.Sprint(one.allocated)
			metric.Warning, metric.Critical = limits.RangesOf(one.allocated)
			return []perfdata.Metric{metric}
		},
	}
}

// free returns what is left of a site's storage, in bytes and percent, and the used part in percent; all 0 where nothing is
// allocated.
func (one site) free() (bytes int64, usedShare, freeShare float64) {
	if one.allocated == 0 {
		return 0, 0, 0
	}
	usedShare = float64(one.used) * 100 / float64(one.allocated)
	return one.allocated - one.used, usedShare, 100 - usedShare
}

// Counters returns the counters of the mode.
func (m *sites) Counters() counter.Set { return counter.Set{m.active, m.total, m.sites} }

// takes looks at the URL of a site, then at the filters.
func takes(options Options, all filters, row *table.Row) (bool, error) {
	if r, ok := options.(Refuser); ok {
		if err := r.Refuse(row.Text(siteURL)); err != nil {
			return false, err
		}
	}
	return all.match(row)
}

// The columns of the rows, behind the date.
const (
	siteURL = iota + 1
	siteIdentity
	siteID
	siteActivity
	siteUsed
	siteAllocated
	siteFiles
)

// Run reads the two reports.
func (m *sites) Run(ctx context.Context, api API, run *plugin.Run) error {
	m.location = run.Location
	columns := []string{
		"Site URL", m.declared.Identity, table.Optional("Site Id"), "Last Activity Date", "Storage Used (Byte)", "Storage Allocated (Byte)", "File Count",
	}
	for _, f := range m.declared.Figures {
		columns = append(columns, f.Column)
	}
	deleted := len(columns) + 1
	columns = append(columns, table.Optional(DeletedColumn))
	var active Active
	var notes Seen
	total := store{figures: make([]int64, len(m.declared.Figures))}
	week := func(date string, row *table.Row) error {
		used, files := row.Int(siteUsed), row.Int(siteFiles)
		ok, err := takes(m.asked, m.filters, row)
		notes.Look(row, len(m.filters), deleted, ok)
		if row.Is(siteURL, "") {
			notes.noURL++
		}
		if !ok {
			return err
		}
		active.Total++
		if !ActiveOn(row, siteActivity, date) {
			total.inactive += used
			total.inactiveFiles += files
		}
		return nil
	}
	day := func(_ string, row *table.Row) error {
		ok, err := takes(m.asked, m.filters, row)
		if !ok {
			return err
		}
		active.Active++
		one := site{
			url: row.Text(siteURL), identity: row.Text(siteIdentity), used: row.Int(siteUsed), allocated: row.Int(siteAllocated),
			figures: make([]int64, len(m.declared.Figures)+1),
		}
		if one.url == "" {
			// Microsoft leaves addresses out at times: the sites are still told apart.
			one.url = cmp.Or(row.Text(siteID), "site "+strconv.FormatInt(active.Active, 10))
		}
		for i := range one.figures {
			one.figures[i] = row.Int(siteFiles + i)
		}
		total.active += one.used
		total.activeFiles += one.figures[0]
		for i := range total.figures {
			total.figures[i] += one.figures[i+1]
		}
		m.sites.Add(one.url, one)
		return nil
	}
	date, err := read(ctx, api, m.declared.Function, columns, week, day)
	if err != nil {
		return err
	}
	active.Date = date
	m.active.Set(active)
	m.total.Set(total)
	return notes.Tell(run, date, "sites", m.asked.Filters())
}
