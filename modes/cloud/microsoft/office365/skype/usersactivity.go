package skype

import (
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

// UsersActivity declares the mode users-activity.
func UsersActivity() plugin.Mode[report.API] {
	return report.Activity{
		Name:     "users-activity",
		Help:     "Check how many users were in sessions or conferences on the last day that Microsoft has reported, and in how many.",
		Function: "getSkypeForBusinessActivityUserDetail",
		Options:  report.NewUserOptions,
		Active:   report.ActiveCounter{Noun: "users", NLabel: "skype.users.active.count"},
		Prefix:   "skype.users",
		Block:    "users",
		Total:    "Total ",
		User:     "User",
		AllOK:    "All users activity are ok",
		Figures: []report.Figure{
			{
				Column: "Total Peer-to-peer Session Count", Label: "peer-to-peer-sessions", NLabel: "sessions.p2p",
				Format: "Peer-to-peer Sessions Count: %d", Help: "sessions between two users",
			},
			{
				Column: "Total Organized Conference Count", Label: "organized-conference", NLabel: "conferences.organized",
				Format: "Organized Conference Count: %d", Help: "conferences organized",
			},
			{
				Column: "Total Participated Conference Count", Label: "participated-conference", NLabel: "conferences.participated",
				Format: "Participated Conference Count: %d", Help: "conferences taken part in",
			},
		},
	}.Mode()
}
