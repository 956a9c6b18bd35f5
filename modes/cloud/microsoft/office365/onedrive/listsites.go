package onedrive

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// ListSites declares the mode list-sites.
func ListSites() plugin.Mode[report.API] {
	return report.SiteList{
		Name:         "list-sites",
		Help:         "List the users' sites, also for service discovery.",
		Function:     usageReport,
		Options:      func() report.Options { return &listOptions{} },
		Identity:     "Owner Display Name",
		IdentityName: "owner",
		Names:        []string{"owner", "url"},
		Words:        func(e plugin.Entry) string { return "[owner = " + e["owner"] + "] [url = " + e["url"] + "]" },
	}.Mode()
}

type listOptions struct {
	filters `embed:""`
}
