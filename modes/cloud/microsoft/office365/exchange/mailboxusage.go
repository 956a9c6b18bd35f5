package exchange

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// MailboxUsage declares the mode mailbox-usage.
func MailboxUsage() plugin.Mode[report.API] {
	return plugin.Mode[report.API]{
		Name:       "mailbox-usage",
		Help:       "Check how many mailboxes were active on the last day that Microsoft has reported, how much they store, and their quotas.",
		Permission: graphapi.ReportPermission,
		Counters:   "active|total",
		New:        newMailboxUsage,
	}
}

type mailboxUsage struct {
	options  options
	filter   report.Filter
	location *time.Location

	active    *counter.Single[report.Active]
	total     *counter.Single[storage]
	mailboxes *counter.Many[mailbox]
}

// storage is what mailboxes store, in bytes.
type storage struct{ active, inactive int64 }

// mailbox is one mailbox: bytes used, the quotas in bytes, and the number of its items.
type mailbox struct {
	name                                         string
	used, issueWarning, prohibitSend, prohibitSR int64
	items                                        int64
}

func newMailboxUsage() plugin.Check[report.API] {
	m := &mailboxUsage{}
	active := report.ActiveCounter{
		Noun: "mailboxes", NLabel: "exchange.mailboxes.active.count", Aliases: []string{"active-users"}, NewOnly: true,
	}
	m.active = counter.NewSingle("active", "", active.Counter(&m.options.Units, func() *time.Location { return m.location }))
	m.total = counter.NewSingle("global", "Total ",
		storageCounter("total-usage-active", "total_usage_active", "exchange.mailboxes.active.usage.total.bytes",
			"Usage (active mailboxes): %s", "bytes stored in the active mailboxes", func(s storage) int64 { return s.active }),
		storageCounter("total-usage-inactive", "total_usage_inactive", "exchange.mailboxes.inactive.usage.total.bytes",
			"Usage (inactive mailboxes): %s", "bytes stored in the other mailboxes", func(s storage) int64 { return s.inactive }))
	m.mailboxes = counter.NewMany("mailboxes",
		func(b mailbox) string { return "Mailbox '" + b.name + "' " }, "All mailboxes usage are ok",
		counter.Counter[mailbox]{
			Decl: counter.Decl{
				Label: "status", State: true,
				Warning: "%{used} > %{issue_warning_quota}", Critical: "%{used} > %{prohibit_send_quota}",
				Metrics: []counter.Metric{{Name: "used", NLabel: "exchange.mailboxes.usage.bytes", Unit: "B", Min: "0"}},
				Help: "bytes used by a mailbox; variables: %{display}, %{used}, %{issue_warning_quota}, %{prohibit_send_quota}, " +
					"%{prohibit_send_receive_quota}",
			},
			Text: mailbox.text, Vars: mailbox.vars, Metrics: mailbox.metrics,
		},
		counter.Counter[mailbox]{
			Decl:  counter.Decl{Label: "items", Metric: "items", NLabel: "exchange.mailboxes.items.count", Min: "0", Help: "items in a mailbox"},
			Count: func(b mailbox) int64 { return b.items }, Format: "Items: %d",
		})
	return m
}

func storageCounter(label, metric, nlabel, format, help string, count func(storage) int64) counter.Counter[storage] {
	return counter.Counter[storage]{
		Decl:  counter.Decl{Label: label, Metric: metric, NLabel: nlabel, Unit: "B", Min: "0", Help: help},
		Count: count, Format: format, Bytes: true,
	}
}

func (b mailbox) text() string {
	return fmt.Sprintf("Used: %s Issue Warning Quota: %s Prohibit Send Quota: %s Prohibit Send/Receive Quota: %s",
		counter.Bytes(float64(b.used)), counter.Bytes(float64(b.issueWarning)), counter.Bytes(float64(b.prohibitSend)), counter.Bytes(float64(b.prohibitSR)))
}

func (b mailbox) vars() expr.Vars {
	return expr.Vars{
		"display":                     expr.String(b.name),
		"used":                        expr.Number(float64(b.used)),
		"issue_warning_quota":         expr.Number(float64(b.issueWarning)),
		"prohibit_send_quota":         expr.Number(float64(b.prohibitSend)),
		"prohibit_send_receive_quota": expr.Number(float64(b.prohibitSR)),
	}
}

func (b mailbox) metrics(limits counter.Limits) []perfdata.Metric {
	metric := limits.Metric("used", "exchange.mailboxes.usage.bytes", b.name)
	metric.NLabel = b.name + "#exchange.mailboxes.usage.bytes" // this one metric carries its instance in either name
	metric.Value, metric.Unit, metric.Min = strconv.FormatInt(b.used, 10), "B", "0"
	return []perfdata.Metric{metric}
}

func (m *mailboxUsage) Options() any { return &m.options }

func (m *mailboxUsage) Counters() counter.Set { return counter.Set{m.active, m.total, m.mailboxes} }

func (m *mailboxUsage) Validate() (err error) {
	m.filter, err = report.NewFilter("filter-mailbox", m.options.FilterMailbox)
	return err
}

func (m *mailboxUsage) Run(ctx context.Context, api report.API, run *plugin.Run) error {
	m.location = run.Location
	var active report.Active
	var total storage
	columns := []string{
		"User Principal Name", "Last Activity Date", "Storage Used (Byte)", "Issue Warning Quota (Byte)", "Prohibit Send Quota (Byte)",
		"Prohibit Send/Receive Quota (Byte)", "Item Count", table.Optional(report.DeletedColumn),
	}
	var notes report.Seen
	// Graph has this report over a period only: a mailbox is active if its last activity was on the day of the report.
	date, err := report.Weekly(ctx, api, "getMailboxUsageDetail", columns, func(date string, row *table.Row) error {
		used := row.Int(3)
		passes, err := m.filter.Match(row, 1)
		notes.Look(row, 1, len(columns), passes)
		if !passes {
			return err
		}
		active.Total++
		if !report.ActiveOn(row, 2, date) {
			total.inactive += used
			return nil
		}
		active.Active++
		total.active += used
		name := row.Text(1)
		m.mailboxes.Add(name, mailbox{name, used, row.Int(4), row.Int(5), row.Int(6), row.Int(7)})
		return nil
	})
	if err != nil {
		return err
	}
	active.Date = date
	m.active.Set(active)
	m.total.Set(total)
	return notes.Tell(run, date, "mailboxes", m.options.Filters())
}
