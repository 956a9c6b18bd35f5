package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// day is what the reports of a tenant are about.
const day = "2026-11-20"

// tenant is what Graph says about a made-up tenant.
type tenant struct {
	reports     map[string][]byte           // by function and period: getMailboxUsageDetail/week, and .../day
	collections map[string][]map[string]any // by the end of their path
	page        int                         // items of a collection that come at once
	redirect    bool                        // whether reports come from another address
}

// newTenant makes a tenant up. now is what the credentials of its applications expire around.
func newTenant(random *rand.Rand, now time.Time) *tenant {
	t := &tenant{reports: map[string][]byte{}, page: 1 + random.IntN(8), redirect: random.IntN(2) == 0}
	concealed, deleted := random.IntN(12) == 0, random.IntN(4) == 0
	all := reports()
	for _, function := range slices.Sorted(maps.Keys(all)) {
		week, today := rows(random, strings.Split(all[function], ","), concealed, deleted)
		style := csvStyle{bom: random.IntN(3) > 0, crlf: random.IntN(2) == 0, quoted: random.IntN(4) == 0, open: random.IntN(6) == 0}
		t.reports[function+"/week"] = style.write(week)
		t.reports[function+"/day"] = style.write(today)
	}
	t.collections = map[string][]map[string]any{
		"healthOverviews": services(random),
		"subscribedSkus":  subscriptions(random),
		"applications":    applications(random, now),
		"organization":    organization(random),
	}
	return t
}

func one[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// name makes up the name of a user or of anything else that somebody names.
func name(random *rand.Rand) string {
	if random.IntN(2) == 0 {
		return fmt.Sprintf("user%d@contoso.example", random.IntN(12))
	}
	return one(random, "o'brien@x.example", `Zoë "Q" Müller@x.example`, "last, first@x.example", "a+b@x.example", "a&b<c>@x.example",
		"日本@x.example", "😀@x.example", "semi;colon@x.example", "eq=ual@x.example", `back\slash@x.example`, "100%@x.example",
		"tab\there@x.example",
		"#hash@x.example", "~tilde@x.example", "$HOME@x.example", "%{used}@x.example", "(open@x.example", "[open@x.example",
		" blank@x.example",
		"ann@x.example", "Ann@x.example", "ANN@X.EXAMPLE", "bob@y.example", "a|b@x.example", "''@x.example", "1", "0", "é", "a~b@x.example")
}

func hexadecimal(random *rand.Rand) string {
	return fmt.Sprintf("%016X%016X", random.Uint64(), random.Uint64())
}

func guid(random *rand.Rand) string {
	n := random.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(n), uint16(n>>32), uint16(n>>48), random.Uint32()&0xffff,
		random.Uint64()&0xffffffffffff)
}

func number(random *rand.Rand) string {
	switch random.IntN(8) {
	case 0:
		return ""
	case 1, 2:
		return "0"
	case 3:
		return fmt.Sprint(random.IntN(100_000))
	default:
		return fmt.Sprint(random.IntN(120))
	}
}

func size(random *rand.Rand) string {
	switch random.IntN(8) {
	case 0:
		return ""
	case 1:
		return "0"
	case 2:
		return fmt.Sprint(random.IntN(3000))
	default:
		return fmt.Sprint(random.Int64N(1 << (10 + random.IntN(36))))
	}
}

// rows makes up the rows of a report over the week and over its last day, each under its header.
func rows(random *rand.Rand, header []string, concealed, deleted bool) (week, today [][]string) {
	week, today = [][]string{header}, [][]string{header}
	for range random.IntN(13) {
		row := make([]string, len(header))
		active := random.IntN(3) > 0
		for i, column := range header {
			row[i] = cell(random, column, concealed, deleted, active)
		}
		week = append(week, row)
		if !active {
			continue
		}
		last := slices.Clone(row)
		for i, column := range header {
			switch {
			case column == "Report Period":
				last[i] = "1"
			case strings.Contains(column, "Count"), strings.HasPrefix(column, "Used "):
				last[i] = cell(random, column, concealed, deleted, active)
			}
		}
		today = append(today, last)
	}
	return week, today
}

// cell makes up a cell of the report over the week.
func cell(random *rand.Rand, column string, concealed, deleted, active bool) string {
	switch {
	case column == "Report Refresh Date":
		return day
	case column == "Report Period":
		return "7"
	case column == "Last Activity Date":
		if active {
			return day
		}
		return one(random, "", "2026-11-19", "2026-10-01")
	case column == "Site Id":
		if concealed {
			return "00000000-0000-0000-0000-000000000000"
		}
		return guid(random)
	case column == "Site URL":
		switch {
		case concealed:
			return one(random, "", hexadecimal(random))
		case random.IntN(40) == 0:
			return ""
		}
		return one(random, "https://", "http://") + "contoso.example/sites/" + one(random, "a", "b", "Été", "o'clock", "x,y", "team1",
			"team22", "a b")
	case strings.HasSuffix(column, "Name"), strings.HasSuffix(column, "Names"):
		if concealed {
			return hexadecimal(random)
		}
		return name(random)
	case strings.HasSuffix(column, "Date"):
		return one(random, "", "2026-09-30")
	case strings.HasSuffix(column, "(Byte)"):
		return size(random)
	case strings.HasSuffix(column, "Count"):
		return number(random)
	case strings.HasPrefix(column, "Used "):
		return one(random, "Yes", "No", "")
	case column == "Is Deleted" && !deleted:
		return "False"
	case strings.HasPrefix(column, "Is "), strings.HasPrefix(column, "Has "):
		return one(random, "True", "False")
	default:
		return one(random, "", "MICROSOFT 365 E3+EXCHANGE ONLINE (PLAN 2)", "PT0S", "STS#0")
	}
}

// csvStyle is how a report is written.
type csvStyle struct{ bom, crlf, quoted, open bool }

func (s csvStyle) write(rows [][]string) []byte {
	var b bytes.Buffer
	if s.bom {
		b.WriteString("\ufeff")
	}
	end := "\n"
	if s.crlf {
		end = "\r\n"
	}
	for n, row := range rows {
		for i, text := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if s.quoted && n > 0 || strings.ContainsAny(text, "\",\r\n") {
				text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			b.WriteString(text)
		}
		if !s.open || n < len(rows)-1 {
			b.WriteString(end)
		}
	}
	return b.Bytes()
}

func services(random *rand.Rand) (all []map[string]any) {
	for range random.IntN(8) {
		service := one(random, "Exchange Online", "Microsoft Teams", "SharePoint Online", "Planner", "Power BI", "Microsoft 365 (l'été)",
			"Zoë & <Co>")
		item := map[string]any{"id": service, "service": service, "status": one(random, "serviceOperational", "serviceDegradation",
			"serviceRestored", "investigating", "extendedRecovery")}
		issues := []any{}
		for range max(0, random.IntN(6)-2) {
			issues = append(issues, map[string]any{
				"id": fmt.Sprintf("EX%d", 100000+random.IntN(9)), "startDateTime": "2026-11-1" + fmt.Sprint(random.IntN(10)) + "T08:00:00Z",
				"title":          one(random, "Users can't sign in", "Délais de livraison", "a | b; c = d", `"Quoted" <b>title</b>`, "日本"),
				"classification": one(random, "advisory", "incident"), "status": one(random, "serviceRestored", "investigating"),
				"isResolved": random.IntN(2) == 0,
			})
		}
		item["issues"] = issues
		all = append(all, item)
	}
	return all
}

func subscriptions(random *rand.Rand) (all []map[string]any) {
	for range random.IntN(8) {
		all = append(all, map[string]any{
			"id":            guid(random),
			"skuPartNumber": one(random, "ENTERPRISEPACK", "FLOW_FREE", "E5", "POWER_BI_STANDARD", "Visio's", "a,b=c"),
			"appliesTo":     one(random, "User", "Company"), "capabilityStatus": one(random, "Enabled", "Warning", "Suspended", "Deleted",
				"LockedOut"),
			"consumedUnits": random.IntN(130),
			"prepaidUnits":  map[string]any{"enabled": one(random, 0, 3, 25, 100, 10000), "suspended": 0, "warning": one(random, 0, 0, 7)},
		})
	}
	return all
}

func applications(random *rand.Rand, now time.Time) (all []map[string]any) {
	credentials := func() []any {
		list := []any{}
		for range random.IntN(3) {
			end := now.UTC().Add(time.Duration(random.IntN(3*365*24*3600)-365*24*3600) * time.Second)
			item := map[string]any{"keyId": guid(random), "endDateTime": end.Format("2006-01-02T15:04:05") + one(random, "Z", ".932Z")}
			if random.IntN(60) == 0 {
				item["endDateTime"] = nil
			}
			list = append(list, item)
		}
		return list
	}
	for range random.IntN(6) {
		all = append(all, map[string]any{
			"id": guid(random), "displayName": name(random), "keyCredentials": credentials(), "passwordCredentials": credentials(),
		})
	}
	return all
}

func organization(random *rand.Rand) []map[string]any {
	return []map[string]any{{
		"id": guid(random), "displayName": "Contoso",
		"directorySizeQuota": map[string]any{"used": random.IntN(60_000), "total": one(random, 50_000, 300_000, 1, 0)},
	}}
}
