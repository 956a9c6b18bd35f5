package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// shape is a mode that stands for all of its shape, and the answer of Graph to it: 200 rows or elements.
type shape struct {
	plugin, mode string
	path         string // part of the request's path
	head, foot   string
	row          string // %[1]d is its number
	between      string
}

// shapes are compared with email-activity, the shape of users and what they did.
func shapes() []shape {
	return []shape{
		{
			plugin: "teams", mode: "devices-usage", path: "getTeamsDeviceUsageUserDetail",
			head: "Report Refresh Date,User Principal Name,Last Activity Date,Is Deleted,Used Web,Used Windows Phone,Used iOS,Used Mac," +
				"Used Android Phone,Used Windows,Report Period\n",
			row: "2026-11-20,user%[1]d@contoso.example,2026-11-20,False,Yes,No,Yes,No,Yes,No,7\n",
		},
		{
			plugin: "onedrive", mode: "site-usage", path: "getOneDriveUsageAccountDetail",
			head: "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count," +
				"Storage Used (Byte),Storage Allocated (Byte),Owner Principal Name,Report Period\n",
			row: "2026-11-20,%[1]d,https://contoso.example/%[1]d,User,False,2026-11-20,7,3,%[1]d,1000000,user%[1]d@contoso.example,7\n",
		},
		{
			plugin: "sharepoint", mode: "list-sites", path: "getSharePointSiteUsageDetail",
			head: "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,Report Period\n",
			row:  "2026-11-20,%[1]d,https://contoso.example/%[1]d,User,False,2026-11-20,7\n",
		},
		{
			plugin: "azuread", mode: "directory-size-usage", path: "/beta/organization", head: `{"value":[`, between: ",", foot: `]}`,
			row: `{"id":"%[1]d","directorySizeQuota":{"used":%[1]d,"total":300000}}`,
		},
		{
			plugin: "management", mode: "subscriptions", path: "/v1.0/subscribedSkus", head: `{"value":[`, between: ",", foot: `]}`,
			row: `{"id":"%[1]d","skuPartNumber":"SKU%[1]d","capabilityStatus":"Enabled","consumedUnits":%[1]d,"prepaidUnits":{"enabled":500,"warning":0}}`,
		},
		{
			plugin: "management", mode: "app-credentials", path: "/v1.0/applications", head: `{"value":[`, between: ",", foot: `]}`,
			row: `{"id":"%[1]d","displayName":"App %[1]d","passwordCredentials":[{"keyId":"p","endDateTime":"2099-01-01T00:00:00Z"}],"keyCredentials":[]}`,
		},
	}
}

// answer is what Graph sends.
func (s shape) answer() string {
	rows := make([]string, 200)
	for i := range rows {
		rows[i] = fmt.Sprintf(s.row, i)
	}
	return s.head + strings.Join(rows, s.between) + s.foot
}

// measureShapes compares one mode of each shape with email-activity: none may cost much more.
func measureShapes(runs int, check func(plugin, mode string) *exec.Cmd) (within bool, err error) {
	within = true
	for _, s := range shapes() {
		r, err := pair(runs, func() *exec.Cmd { return check(s.plugin, s.mode) }, func() *exec.Cmd { return check("exchange", "email-activity") })
		if err != nil {
			return false, err
		}
		fmt.Printf("%s %s : exchange email-activity   %s ms : %s ms   ratio %.2f (limit 1.50)\n", s.plugin, s.mode, r.a, r.b, r.ratio)
		within = within && r.ratio <= 1.5
	}
	return within, nil
}
