// Package sharepoint is the plugin that watches SharePoint Online.
package sharepoint

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/sharepoint"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[report.API]{
		Summary: "Check Microsoft Office 365 SharePoint.",
		CustomModes: []plugin.CustomMode[report.API]{
			graphapi.CustomMode(func(c *graphapi.Client) report.API { return c }),
		},
		Modes: []plugin.Mode[report.API]{modes.SiteUsage(), modes.UsersActivity(), modes.ListSites()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Sharepoint-Api",
			Command: "centreon_office365_sharepoint_api.pl",
			Services: []plugin.Service{
				{Mode: "site-usage", Name: "Site-Usage", Alias: "Site-Usage-Sharepoint"},
				{Mode: "users-activity", Name: "Users-Activity", Alias: "Users-Activity-Sharepoint"},
			},
		},
	})
}
