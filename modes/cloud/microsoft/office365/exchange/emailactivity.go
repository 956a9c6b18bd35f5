package exchange

import (
	"context"
	"time"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// EmailActivity declares the mode email-activity.
func EmailActivity() plugin.Mode[report.API] {
	return plugin.Mode[report.API]{
		Name:     "email-activity",
		Help:     "Check how many mailboxes sent, received or read mail on the last day that Microsoft has reported, and how much.",
		Counters: "active|total",
		New:      newEmailActivity,
	}
}

type emailActivity struct {
	options  options
	filter   report.Filter
	location *time.Location

	active    *counter.Single[report.Active]
	total     *counter.Single[mails]
	mailboxes *counter.Many[mailActivity]
}

// mails are numbers of mails.
type mails struct{ sent, received, read int64 }

type mailActivity struct {
	mailbox string
	mails
}

func newEmailActivity() plugin.Check[report.API] {
	m := &emailActivity{}
	m.active = counter.NewSingle("active", "", report.ActiveCounter{
		Decl: counter.Decl{
			Label: "active-mailboxes", Aliases: []string{"active-users"}, Metric: "active_mailboxes", NLabel: "exchange.users.active.count",
			Unit: "mailboxes", Min: "0", ThresholdsByLabel: true,
			Help: "mailboxes active on the day of the report (percentage or count, see --units)",
		},
		Noun: "mailboxes", NewUnit: "users", Units: &m.options.Units, Location: func() *time.Location { return m.location },
	}.Counter())
	m.total = counter.NewSingle("global", "Total (active mailboxes) ",
		mailCounter("total-send-count", "total_send_count", "exchange.users.emails.sent.total.count", "Send Count: %d",
			"mails sent by the active mailboxes", func(m mails) int64 { return m.sent }),
		mailCounter("total-receive-count", "total_receive_count", "exchange.users.emails.received.total.count", "Receive Count: %d",
			"mails received by the active mailboxes", func(m mails) int64 { return m.received }),
		mailCounter("total-read-count", "total_read_count", "exchange.users.emails.read.total.count", "Read Count: %d",
			"mails read by the active mailboxes", func(m mails) int64 { return m.read }))
	m.mailboxes = counter.NewMany("mailboxes",
		func(a mailActivity) string { return "Mailbox '" + a.mailbox + "' " }, "All email activity are ok",
		mailCounter("send-count", "send_count", "exchange.users.emails.sent.count", "Send Count: %d",
			"mails sent by a mailbox", func(a mailActivity) int64 { return a.sent }),
		mailCounter("receive-count", "receive_count", "exchange.users.emails.received.count", "Receive Count: %d",
			"mails received by a mailbox", func(a mailActivity) int64 { return a.received }),
		mailCounter("read-count", "read_count", "exchange.users.emails.read.count", "Read Count: %d",
			"mails read by a mailbox", func(a mailActivity) int64 { return a.read }))
	return m
}

func mailCounter[T any](label, metric, nlabel, format, help string, count func(T) int64) counter.Counter[T] {
	return counter.Counter[T]{
		Decl:  counter.Decl{Label: label, Metric: metric, NLabel: nlabel, Min: "0", Help: help},
		Count: count, Format: format,
	}
}

func (m *emailActivity) Options() any { return &m.options }

func (m *emailActivity) Counters() counter.Set { return counter.Set{m.active, m.total, m.mailboxes} }

func (m *emailActivity) Validate() (err error) {
	m.filter, err = m.options.filter()
	return err
}

func (m *emailActivity) Run(ctx context.Context, api report.API, run *plugin.Run) error {
	m.location = run.Location
	// The week tells how many mailboxes there are, its last day which of them were active.
	var active report.Active
	date, err := m.read(ctx, api, report.Weekly, func(mailActivity) { active.Total++ })
	if err != nil {
		return err
	}
	active.Date = date
	var total mails
	if date != "" {
		_, err := m.read(ctx, api, report.Daily(date), func(one mailActivity) {
			active.Active++
			total.sent += one.sent
			total.received += one.received
			total.read += one.read
			m.mailboxes.Add(one.mailbox, one)
		})
		if err != nil {
			return err
		}
	}
	m.active.Set(active)
	m.total.Set(total)
	return nil
}

// read calls each for the mailboxes that pass the filter, and returns the refresh date of the report, empty when it has no
// rows.
func (m *emailActivity) read(ctx context.Context, api report.API, param string, each func(mailActivity)) (date string, err error) {
	columns := []string{"Report Refresh Date", "User Principal Name", "Send Count", "Receive Count", "Read Count"}
	err = api.Report(ctx, "getEmailActivityUserDetail", param, columns, func(row *table.Row) error {
		if date == "" {
			date = row.Text(0)
		}
		numbers := mails{row.Int(2), row.Int(3), row.Int(4)}
		passes, err := m.filter.Match(row, 1)
		if passes {
			each(mailActivity{row.Text(1), numbers})
		}
		return err
	})
	return date, err
}
