// Package onedrive holds the modes that watch OneDrive for Business.
package onedrive

import "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"

const usageReport = "getOneDriveUsageAccountDetail"

// filters are the options of the modes about sites.
type filters struct {
	FilterURL   string `name:"filter-url" help:"Take only the sites whose URL matches the regular expression."`
	FilterOwner string `name:"filter-owner" help:"Take only the sites whose owner's display name matches the regular expression."`
}

// Filters returns the filters on sites.
func (f *filters) Filters() []report.Pattern {
	return []report.Pattern{{Option: "filter-url", Text: f.FilterURL}, {Option: "filter-owner", Text: f.FilterOwner}}
}
