// Package skype holds the modes that watch Skype for Business.
package skype

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// DevicesUsage declares the mode devices-usage.
func DevicesUsage() plugin.Mode[report.API] {
	return report.Devices{
		Name:     "devices-usage",
		Help:     "Check on which devices Skype for Business was used on the last day that Microsoft has reported.",
		Function: "getSkypeForBusinessDeviceUsageUserDetail",
		Prefix:   "skype.devices",
		Kinds: []report.Kind{
			{Column: "Used Windows", Label: "windows", NLabel: "windows", Name: "Windows"},
			{Column: "Used iPad", Label: "ipad", NLabel: "ipad", Name: "iPad"},
			{Column: "Used iPhone", Label: "iphone", NLabel: "iphone", Name: "iPhone"},
			{Column: "Used Android Phone", Label: "android-phone", NLabel: "android", Name: "Android Phone"},
			{Column: "Used Windows Phone", Label: "windows-phone", NLabel: "windowsphone", Name: "Windows Phone"},
		},
	}.Mode()
}
