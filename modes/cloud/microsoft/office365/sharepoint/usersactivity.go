package sharepoint

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// UsersActivity declares the mode users-activity.
func UsersActivity() plugin.Mode[report.API] {
	return report.Activity{
		Name:     "users-activity",
		Help:     "Check how many users worked with files and pages on the last day that Microsoft has reported, and with how many.",
		Function: "getSharePointActivityUserDetail",
		Options:  report.NewUserOptions,
		Active:   report.ActiveCounter{Noun: "users", NLabel: "sharepoint.users.active.count"},
		Prefix:   "sharepoint.users",
		Block:    "users",
		Total:    "Total (active sites) ",
		User:     "User",
		AllOK:    "All users activity are ok",
		Figures: append(report.FileFigures(), report.Figure{
			Column: "Visited Page Count", Label: "visited-page-count", NLabel: "pages.visited",
			Format: "Visited Page Count: %d", Total: "Visited Page Count (active sites): %d", Help: "pages visited",
		}),
	}.Mode()
}
