// Package skype is the plugin that watches Skype for Business.
package skype

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/skype"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[report.API]{
		Summary: "Check Microsoft Office 365 Skype.",
		CustomModes: []plugin.CustomMode[report.API]{
			graphapi.CustomMode(func(c *graphapi.Client) report.API { return c }),
		},
		Modes: []plugin.Mode[report.API]{modes.DevicesUsage(), modes.UsersActivity()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Skype-Api",
			Command: "centreon_office365_skype_api.pl",
			Services: []plugin.Service{
				{Mode: "devices-usage", Name: "Devices-Usage", Alias: "Devices-Usage-Skype"},
				{Mode: "users-activity", Name: "Users-Activity", Alias: "Users-Activity-Skype"},
			},
		},
	})
}
