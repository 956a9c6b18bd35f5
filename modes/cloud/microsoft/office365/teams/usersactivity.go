package teams

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// UsersActivity declares the mode users-activity.
func UsersActivity() plugin.Mode[report.API] {
	return report.Activity{
		Name:     "users-activity",
		Help:     "Check how many users chatted, called or met on the last day that Microsoft has reported, and how much.",
		Function: "getTeamsUserActivityUserDetail",
		Options:  report.NewUserOptions,
		Active:   report.ActiveCounter{Noun: "users", NLabel: "teams.users.active.count"},
		Prefix:   "teams.users",
		Block:    "users",
		Total:    "Total ",
		User:     "User",
		AllOK:    "All users activity are ok",
		Figures: []report.Figure{
			{Column: "Team Chat Message Count", Label: "team-chat", NLabel: "messages.team", Format: "Team Chat Message Count: %d", Help: "messages in team chats"},
			{Column: "Private Chat Message Count", Label: "private-chat", NLabel: "messages.private", Format: "Private Chat Message Count: %d", Help: "messages in private chats"},
			{Column: "Call Count", Label: "call", NLabel: "call", Format: "Call Count: %d", Help: "calls"},
			{Column: "Meeting Count", Label: "meeting", NLabel: "meeting", Format: "Meeting Count: %d", Help: "meetings"},
		},
	}.Mode()
}
