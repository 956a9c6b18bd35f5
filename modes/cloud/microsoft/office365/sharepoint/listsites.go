package sharepoint

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// ListSites declares the mode list-sites.
func ListSites() plugin.Mode[report.API] {
	return report.SiteList{
		Name:         "list-sites",
		Help:         "List the sites, also for service discovery.",
		Function:     usageReport,
		Options:      func() report.Options { return &listOptions{} },
		Identity:     "Site Id",
		IdentityName: "id",
		Names:        []string{"id", "url"},
		Words:        func(e plugin.Entry) string { return "[id: " + e["id"] + "] [url: " + e["url"] + "]" },
	}.Mode()
}

type listOptions struct {
	filters `embed:""`
}

// Refuse refuses concealed names.
func (o *listOptions) Refuse(url string) error { return o.refuse(url) }
