// Package exchange holds the modes that watch Exchange Online.
package exchange

import "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"

// options are those of both modes.
type options struct {
	FilterMailbox string `name:"filter-mailbox" aliases:"filter-user" help:"Check only the mailboxes whose user principal name matches the regular expression. Example: --filter-mailbox='@contoso\\.com$'"`
	Units         string `name:"units" default:"%" help:"Unit of the thresholds on active mailboxes: % or count."`
}

func (o *options) filter() (report.Filter, error) {
	return report.NewFilter("filter-mailbox", o.FilterMailbox)
}
