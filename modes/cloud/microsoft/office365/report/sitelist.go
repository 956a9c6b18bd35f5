package report

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
)

// SiteList declares a mode that lists the sites of a report, in order of their IDs.
type SiteList struct {
	Name, Help string // of the mode
	Function   string // of Graph: getOneDriveUsageAccountDetail
	Options    func() Options
	// Identity is the column that is shown beside a site's address, and what it is called there. The second of the options'
	// filters is on it.
	Identity, IdentityName string
	Names                  []string // of an entry's values, in their order
	Words                  func(plugin.Entry) string
}

// siteList is a run of the mode.
type siteList struct {
	declared SiteList
	options  Options
	filters  filters
}

// Mode makes the mode.
func (s SiteList) Mode() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name: s.Name, Help: s.Help, Permission: graphapi.ReportPermission, NewList: func() plugin.List[API] { return &siteList{declared: s, options: s.Options()} },
	}
}

// Options returns the options of the mode.
func (m *siteList) Options() any { return m.options }

// Validate reads the patterns of the filters.
func (m *siteList) Validate() (err error) {
	m.filters, err = newFilters(m.options.Filters())
	return err
}

// Title is the line above the list.
func (m *siteList) Title() string { return "List sites:" }

// Elements names the values of a site.
func (m *siteList) Elements() []string { return m.declared.Names }

// Line words a site.
func (m *siteList) Line(e plugin.Entry) string { return m.declared.Words(e) }

// Entries reads the weekly report.
func (m *siteList) Entries(ctx context.Context, api API, _ *plugin.Run) ([]plugin.Entry, error) {
	type numbered struct {
		id    string
		entry plugin.Entry
	}
	byID := map[string]numbered{}
	columns := []string{"Site URL", m.declared.Identity, "Site Id"}
	_, err := Weekly(ctx, api, m.declared.Function, columns, func(_ string, row *table.Row) error {
		ok, err := takes(m.options, m.filters, row)
		if ok {
			id := cmp.Or(row.Text(siteID), row.Text(siteURL), "site "+strconv.Itoa(len(byID)+1))
			byID[id] = numbered{id, plugin.Entry{"url": row.Text(siteURL), m.declared.IdentityName: row.Text(siteIdentity)}}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]numbered, 0, len(byID))
	for _, one := range byID {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.id, b.id) })
	entries := make([]plugin.Entry, len(all))
	for i, one := range all {
		entries[i] = one.entry
	}
	return entries, nil
}
