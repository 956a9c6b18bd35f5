// Package exchange holds the modes that watch Exchange Online.
package exchange

import "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"

// options are those of both modes.
type options struct {
	FilterMailbox string `name:"filter-mailbox" aliases:"filter-user" help:"Check only the mailboxes whose user principal name matches the regular expression. Example: --filter-mailbox='@contoso\\.com$'"`
	Units         string `name:"units" default:"%" help:"Unit of the thresholds on active mailboxes: % or count."`
}

func newOptions() report.UnitOptions { return &options{} }

// Filters returns the filter on mailboxes.
func (o *options) Filters() []report.Pattern {
	return []report.Pattern{{Option: "filter-mailbox", Text: o.FilterMailbox}}
}

// UnitsOf returns where --units is.
func (o *options) UnitsOf() *string { return &o.Units }
