package sharepoint

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// SiteUsage declares the mode site-usage.
func SiteUsage() plugin.Mode[report.API] {
	return report.Sites{
		Name:         "site-usage",
		Help:         "Check how many sites were active on the last day that Microsoft has reported, what they store, and how they were visited.",
		Function:     usageReport,
		Options:      func() report.SiteOptions { return &usageOptions{} },
		Prefix:       "sharepoint.sites",
		Identity:     "Site Id",
		IdentityName: "ID",
		Figures: []report.Figure{
			report.ActiveFileFigure(),
			{
				Column: "Visited Page Count", Label: "visited-page-count", NLabel: "pages.visited",
				Format: "Visited Page Count: %d", Total: "Visited Page Count (active sites): %d", Help: "pages visited",
			},
			{
				Column: "Page View Count", Label: "page-view-count", NLabel: "pages.viewed",
				Format: "Page View Count: %d", Total: "Page View Count (active sites): %d", Help: "views of pages",
			},
		},
	}.Mode()
}

type usageOptions struct {
	filters               `embed:""`
	report.StorageOptions `embed:""`
}

// Refuse refuses concealed names.
func (o *usageOptions) Refuse(url string) error { return o.refuse(url) }
