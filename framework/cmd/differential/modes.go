package main

import "strings"

// mode is what can be asked of a mode, as its help tells.
type mode struct {
	plugin, name string
	counters     []string // labels that take ranges
	states       []string // labels that take expressions
	variables    []string // of those expressions
	filters      []string // options that take regular expressions
	more         []string // options of its own besides, with a value for each to choose from
	discovers    bool
	tellsTime    bool // its texts change from second to second
}

func words(s string) []string { return strings.Fields(s) }

// modes are the modes that both programs have. The labels of the Exchange modes are those of the reworded original.
func modes() []mode {
	units := words("--units=% --units=count --units= --units=other")
	return []mode{
		{
			plugin: "exchange", name: "email-activity",
			counters: words("active-mailboxes total-send-count total-receive-count total-read-count send-count receive-count read-count"),
			filters:  words("filter-mailbox"), more: units,
		},
		{
			plugin: "exchange", name: "mailbox-usage",
			counters: words("active-mailboxes total-usage-active total-usage-inactive items"), states: words("status"),
			variables: words("display used issue_warning_quota prohibit_send_quota prohibit_send_receive_quota"),
			filters:   words("filter-mailbox"), more: units,
		},
		{
			plugin: "onedrive", name: "site-usage",
			counters: words("active-sites total-usage-active total-usage-inactive total-file-count-active total-file-count-inactive " +
				"total-active-file-count usage file-count active-file-count"),
			filters: words("filter-url filter-owner"), more: append(units, "--free"),
		},
		{
			plugin: "onedrive", name: "users-activity",
			counters: words("active-users total-viewed-edited-file-count total-synced-file-count total-shared-int-file-count " +
				"total-shared-ext-file-count viewed-edited-file-count synced-file-count shared-int-file-count shared-ext-file-count"),
			filters: words("filter-user"), more: units,
		},
		{plugin: "onedrive", name: "list-sites", filters: words("filter-url filter-owner"), discovers: true},
		{
			plugin: "sharepoint", name: "site-usage",
			counters: words("active-sites total-usage-active total-usage-inactive total-file-count-active total-file-count-inactive " +
				"total-active-file-count total-visited-page-count total-page-view-count usage file-count active-file-count " +
				"visited-page-count page-view-count"),
			filters: words("filter-url filter-id"), more: append(units, "--free", "--use-pseudonymize", "--use-pseudonymize=1"),
		},
		{
			plugin: "sharepoint", name: "users-activity",
			counters: words("active-users total-viewed-edited-file-count total-synced-file-count total-shared-int-file-count " +
				"total-shared-ext-file-count total-visited-page-count viewed-edited-file-count synced-file-count shared-int-file-count " +
				"shared-ext-file-count visited-page-count"),
			filters: words("filter-user"), more: units,
		},
		{
			plugin: "sharepoint", name: "list-sites", filters: words("filter-url filter-id"),
			more: words("--use-pseudonymize --use-pseudonymize="), discovers: true,
		},
		{
			plugin: "teams", name: "users-activity",
			counters: words("active-users total-team-chat total-private-chat total-call total-meeting team-chat private-chat call meeting"),
			filters:  words("filter-user"), more: units,
		},
		{
			plugin: "teams", name: "devices-usage",
			counters: words("active-devices windows mac web ios android-phone windows-phone"), filters: words("filter-user"), more: units,
		},
		{
			plugin: "skype", name: "users-activity",
			counters: words("active-users total-peer-to-peer-sessions total-organized-conference total-participated-conference " +
				"peer-to-peer-sessions organized-conference participated-conference"),
			filters: words("filter-user"), more: units,
		},
		{
			plugin: "skype", name: "devices-usage",
			counters: words("active-devices windows ipad iphone android-phone windows-phone"), filters: words("filter-user"), more: units,
		},
		{plugin: "azuread", name: "directory-size-usage", counters: words("usage"), more: units},
		{
			plugin: "management", name: "app-credentials",
			counters: words("key-expires password-expires"), states: words("key-status password-status"),
			variables: words("status id app_name"), filters: words("filter-app-name"),
			more: words("--unit=s --unit=m --unit=h --unit=d --unit=w --unit= --unit=y"), tellsTime: true,
		},
		{
			plugin: "management", name: "service-status", states: words("status"),
			variables: words("status service_name classification issue_startDateTime issue_title issue_id issue_resolved issue_status"),
			filters:   words("filter-service-name include-service-name exclude-service-name include-classification exclude-classification"),
			more:      words("--exclude-resolved=0 --exclude-resolved=1 --exclude-resolved="),
		},
		{
			plugin: "management", name: "subscriptions",
			counters: words("subscription-usage subscription-usage-free subscription-usage-prct"), states: words("status"),
			variables: words("capabilityStatus skuPartNumber"), filters: words("filter-sku-part-number"),
		},
		{plugin: "management", name: "list-services", filters: words("filter-name"), discovers: true},
		{plugin: "management", name: "list-subscriptions", discovers: true},
	}
}

// reports are the usage reports and their columns, in Graph's order.
func reports() map[string]string {
	return map[string]string{
		"getEmailActivityUserDetail": "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date," +
			"Send Count,Receive Count,Read Count,Meeting Created Count,Meeting Interacted Count,Assigned Products,Report Period",
		"getMailboxUsageDetail": "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Created Date," +
			"Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte)," +
			"Prohibit Send/Receive Quota (Byte),Deleted Item Count,Deleted Item Size (Byte),Deleted Item Quota (Byte),Has Archive,Report Period",
		"getOneDriveUsageAccountDetail": "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count," +
			"Active File Count,Storage Used (Byte),Storage Allocated (Byte),Owner Principal Name,Report Period",
		"getOneDriveActivityUserDetail": "Report Refresh Date,User Principal Name,Is Deleted,Deleted Date,Last Activity Date," +
			"Viewed Or Edited File Count,Synced File Count,Shared Internally File Count,Shared Externally File Count,Assigned Products," +
			"Report Period",
		"getSharePointSiteUsageDetail": "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count," +
			"Active File Count,Page View Count,Visited Page Count,Storage Used (Byte),Storage Allocated (Byte),Root Web Template," +
			"Owner Principal Name,Report Period",
		"getSharePointActivityUserDetail": "Report Refresh Date,User Principal Name,Is Deleted,Deleted Date,Last Activity Date," +
			"Viewed Or Edited File Count,Synced File Count,Shared Internally File Count,Shared Externally File Count,Visited Page Count," +
			"Assigned Products,Report Period",
		"getTeamsUserActivityUserDetail": "Report Refresh Date,Tenant Display Name,Shared Channel Tenant Display Names,User Id," +
			"User Principal Name,Last Activity Date,Is Deleted,Deleted Date,Assigned Products,Team Chat Message Count," +
			"Private Chat Message Count,Call Count,Meeting Count,Post Messages,Reply Messages,Urgent Messages,Meetings Organized Count," +
			"Meetings Attended Count,Audio Duration,Video Duration,Has Other Action,Is Licensed,Report Period",
		"getTeamsDeviceUsageUserDetail": "Report Refresh Date,User Id,User Principal Name,Last Activity Date,Is Deleted,Deleted Date," +
			"Used Web,Used Windows Phone,Used iOS,Used Mac,Used Android Phone,Used Windows,Used Chrome OS,Used Linux,Is Licensed,Report Period",
		"getSkypeForBusinessActivityUserDetail": "Report Refresh Date,User Principal Name,Is Deleted,Deleted Date,Last Activity Date," +
			"Total Peer-to-peer Session Count,Total Organized Conference Count,Total Participated Conference Count," +
			"Peer-to-peer Last Activity Date,Organized Conference Last Activity Date,Participated Conference Last Activity Date," +
			"Peer-to-peer IM Count,Peer-to-peer Audio Count,Assigned Products,Report Period",
		"getSkypeForBusinessDeviceUsageUserDetail": "Report Refresh Date,User Principal Name,Last Activity Date,Used Windows," +
			"Used Windows Phone,Used Android Phone,Used iPhone,Used iPad,Report Period",
	}
}
