// Package azuread is the plugin that watches the directory of a tenant, Entra ID.
package azuread

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/azuread"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[modes.API]{
		Summary: "Check Microsoft Office 365 Azure Active Directory (Entra ID).",
		CustomModes: []plugin.CustomMode[modes.API]{
			graphapi.CustomMode(func(c *graphapi.Client) modes.API { return c }),
		},
		Modes: []plugin.Mode[modes.API]{modes.DirectorySizeUsage()},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-AzureAD-Api",
			Command: "centreon_office365_azuread_api.pl",
			Services: []plugin.Service{
				{Mode: "directory-size-usage", Name: "Directory-Quota", Alias: "Directory-Quota", Macros: map[string]string{"EXTRAOPTIONS": "--verbose"}},
			},
		},
	})
}
