package report

// FileFigures are the figures of what users did with files, in OneDrive and in SharePoint alike.
func FileFigures() []Figure {
	return []Figure{
		{
			Column: "Viewed Or Edited File Count", Label: "viewed-edited-file-count", NLabel: "files.viewed",
			Format: "Viewed or Edited File Count: %d", Help: "files viewed or edited",
		},
		{
			Column: "Synced File Count", Label: "synced-file-count", NLabel: "files.synced",
			Format: "Synced File Count: %d", Help: "files synchronised",
		},
		{
			Column: "Shared Internally File Count", Label: "shared-int-file-count", NLabel: "files.shared.internally",
			Format: "Shared Internally File Count: %d", Help: "files shared within the tenant",
		},
		{
			Column: "Shared Externally File Count", Label: "shared-ext-file-count", NLabel: "files.shared.externally",
			Format: "Shared Externally File Count: %d", Help: "files shared with others",
		},
	}
}

// ActiveFileFigure is the figure of the files of a site that were worked on.
func ActiveFileFigure() Figure {
	return Figure{
		Column: "Active File Count", Label: "active-file-count", NLabel: "files.active",
		Format: "Active File Count: %d", Total: "Active File Count (active sites): %d", Help: "files worked on",
	}
}
