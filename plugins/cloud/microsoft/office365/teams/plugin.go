// Package teams is the plugin that watches Microsoft Teams.
package teams

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/teams"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[report.API]{
		Summary: "Check Microsoft Office 365 Teams.",
		CustomModes: []plugin.CustomMode[report.API]{
			graphapi.CustomMode(func(c *graphapi.Client) report.API { return c }),
		},
		Modes: []plugin.Mode[report.API]{modes.DevicesUsage(), modes.UsersActivity()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Teams-Api",
			Command: "centreon_office365_teams_api.pl",
			Services: []plugin.Service{
				{Mode: "devices-usage", Name: "Devices-Usage", Alias: "Devices-Usage-Teams"},
				{Mode: "users-activity", Name: "Users-Activity", Alias: "Users-Activity-Teams"},
			},
		},
	})
}
