package onedrive

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// UsersActivity declares the mode users-activity.
func UsersActivity() plugin.Mode[report.API] {
	return report.Activity{
		Name:     "users-activity",
		Help:     "Check how many users worked with files on the last day that Microsoft has reported, and with how many.",
		Function: "getOneDriveActivityUserDetail",
		Options:  report.NewUserOptions,
		Active:   report.ActiveCounter{Noun: "users", NLabel: "onedrive.users.active.count"},
		Prefix:   "onedrive.users",
		Block:    "users",
		Total:    "Total (active sites) ",
		User:     "User",
		AllOK:    "All users activity are ok",
		Figures:  report.FileFigures(),
	}.Mode()
}
