// Package teams holds the modes that watch Microsoft Teams.
package teams

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// DevicesUsage declares the mode devices-usage.
func DevicesUsage() plugin.Mode[report.API] {
	return report.Devices{
		Name:     "devices-usage",
		Help:     "Check on which devices Teams was used on the last day that Microsoft has reported.",
		Function: "getTeamsDeviceUsageUserDetail",
		Prefix:   "teams.devices",
		Kinds: []report.Kind{
			{Column: "Used Windows", Label: "windows", NLabel: "windows", Name: "Windows"},
			{Column: "Used Mac", Label: "mac", NLabel: "mac", Name: "Mac"},
			{Column: "Used Web", Label: "web", NLabel: "web", Name: "Web"},
			{Column: "Used iOS", Label: "ios", NLabel: "ios", Name: "iOS"},
			{Column: "Used Android Phone", Label: "android-phone", NLabel: "android", Name: "Android Phone"},
			{Column: "Used Windows Phone", Label: "windows-phone", NLabel: "windowsphone", Name: "Windows Phone"},
		},
	}.Mode()
}
