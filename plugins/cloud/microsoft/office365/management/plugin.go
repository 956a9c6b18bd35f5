// Package management is the plugin that watches the tenant itself: its services, subscriptions and applications.
package management

import (
	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/plugin"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/management"
)

// New makes the plugin.
func New() plugin.Plugin {
	return plugin.Of(plugin.Spec[modes.API]{
		Summary: "Check Microsoft Office 365: the health of its services, subscriptions, and credentials of applications.",
		CustomModes: []plugin.CustomMode[modes.API]{
			graphapi.CustomMode(func(c *graphapi.Client) modes.API { return c }),
		},
		Modes: []plugin.Mode[modes.API]{
			modes.AppCredentials(), modes.ListServices(), modes.ListSubscriptions(), modes.ServiceStatus(), modes.Subscriptions(),
		},
		Package: plugin.Package{
			Name:    "centreon-plugin-Cloud-Microsoft-Office365-Management-Api",
			Command: "centreon_office365_management_api.pl",
			Services: []plugin.Service{
				{Mode: "service-status", Name: "Service-Status", Alias: "Service-Status"},
				{Mode: "app-credentials", Name: "App-Credentials", Alias: "App-Credentials", Detached: true, Macros: map[string]string{"EXTRAOPTIONS": "--verbose"}},
				{Mode: "subscriptions", Name: "Subscriptions", Alias: "Subscriptions", Detached: true, Macros: map[string]string{"EXTRAOPTIONS": "--verbose"}},
			},
		},
	})
}
