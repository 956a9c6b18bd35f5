// Package sharepoint holds the modes that watch SharePoint Online.
package sharepoint

import (
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

const usageReport = "getSharePointSiteUsageDetail"

// filters are the options of the modes about sites.
type filters struct {
	FilterURL       string  `name:"filter-url" help:"Take only the sites whose URL matches the regular expression."`
	FilterID        string  `name:"filter-id" help:"Take only the sites whose ID matches the regular expression."`
	UsePseudonymize *string `name:"use-pseudonymize" empty:"keep" help:"Accept that the tenant conceals names in its reports; without this option, sites without a plain URL are refused."`
}

// Filters returns the filters on sites.
func (f *filters) Filters() []report.Pattern {
	return []report.Pattern{{Option: "filter-url", Text: f.FilterURL}, {Option: "filter-id", Text: f.FilterID}}
}

// refuse refuses a site whose URL is concealed, or left out, unless the operator accepts that.
func (f *filters) refuse(url string) error {
	if f.UsePseudonymize != nil || strings.HasPrefix(url, "https:") || strings.HasPrefix(url, "http:") {
		return nil
	}
	return failure.New("reports pseudonymize user-level information is enabled. use option --use-pseudonymize or disable it")
}
