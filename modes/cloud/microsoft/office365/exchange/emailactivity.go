package exchange

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// EmailActivity declares the mode email-activity.
func EmailActivity() plugin.Mode[report.API] {
	return report.Activity{
		Name:     "email-activity",
		Help:     "Check how many mailboxes sent, received or read mail on the last day that Microsoft has reported, and how much.",
		Function: "getEmailActivityUserDetail",
		Options:  newOptions,
		Active: report.ActiveCounter{
			Noun: "mailboxes", NLabel: "exchange.users.active.count", Aliases: []string{"active-users"}, NewOnly: true, NewUnit: "users",
		},
		Prefix: "exchange.users",
		Block:  "mailboxes",
		Total:  "Total (active mailboxes) ",
		User:   "Mailbox",
		AllOK:  "All email activity are ok",
		Figures: []report.Figure{
			{Column: "Send Count", Label: "send-count", NLabel: "emails.sent", Format: "Send Count: %d", Help: "mails sent"},
			{Column: "Receive Count", Label: "receive-count", NLabel: "emails.received", Format: "Receive Count: %d", Help: "mails received"},
			{Column: "Read Count", Label: "read-count", NLabel: "emails.read", Format: "Read Count: %d", Help: "mails read"},
		},
	}.Mode()
}
