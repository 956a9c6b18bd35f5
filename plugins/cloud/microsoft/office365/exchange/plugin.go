// Package exchange is the plugin that watches Exchange Online.
package exchange

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/exchange"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[report.API]{
		Summary: "Check Microsoft Office 365 Exchange.",
		CustomModes: []plugin.CustomMode[report.API]{
			graphapi.CustomMode(func(c *graphapi.Client) report.API { return c }),
		},
		Modes: []plugin.Mode[report.API]{modes.EmailActivity(), modes.MailboxUsage()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Exchange-Api",
			Command: "centreon_office365_exchange_api.pl",
			Services: []plugin.Service{
				{Mode: "email-activity", Name: "Email-Activity", Alias: "Email-Activity"},
				{Mode: "mailbox-usage", Name: "Mailbox-Usage", Alias: "Users-Activity-Exchange"},
			},
		},
	})
}
