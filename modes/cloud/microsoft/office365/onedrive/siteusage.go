package onedrive

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// SiteUsage declares the mode site-usage.
func SiteUsage() plugin.Mode[report.API] {
	return report.Sites{
		Name:         "site-usage",
		Help:         "Check how many users' sites were active on the last day that Microsoft has reported, and what they store.",
		Function:     usageReport,
		Options:      func() report.SiteOptions { return &usageOptions{} },
		Prefix:       "onedrive.sites",
		Identity:     "Owner Display Name",
		IdentityName: "Owner",
		Figures:      []report.Figure{report.ActiveFileFigure()},
	}.Mode()
}

type usageOptions struct {
	filters               `embed:""`
	report.StorageOptions `embed:""`
}
