// Package onedrive is the plugin that watches OneDrive for Business.
package onedrive

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/onedrive"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[report.API]{
		Summary: "Check Microsoft Office 365 OneDrive.",
		CustomModes: []plugin.CustomMode[report.API]{
			graphapi.CustomMode(func(c *graphapi.Client) report.API { return c }),
		},
		Modes: []plugin.Mode[report.API]{modes.SiteUsage(), modes.UsersActivity(), modes.ListSites()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Onedrive-Api",
			Command: "centreon_office365_onedrive_api.pl",
			Services: []plugin.Service{
				{Mode: "site-usage", Name: "Usage", Alias: "Site-Usage-OneDrive"},
				{Mode: "users-activity", Name: "Users-Activity", Alias: "Users-Activity-OneDrive"},
			},
		},
	})
}
