package report_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the time zones below, wherever the tests run

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
	"github.com/centplugins/centplugins/modes/cloud/microsoft/office365/report"
)

var errDown = errors.New("the service is down")

// fake has reports by their params, and notes which were asked for.
type fake struct {
	reports map[string]string
	asked   []string
}

func (f *fake) Report(_ context.Context, function, param string, columns []string, each func(*table.Row) error) error {
	f.asked = append(f.asked, function+"("+param+")")
	text, ok := f.reports[param]
	if !ok {
		return errDown
	}
	return table.Read(strings.NewReader(text), columns, each)
}

// tenant is a fake with a report for the week and one for its last day; a date stands before each row.
func tenant(columns string, week, day []string) *fake {
	rows := func(rows []string) string {
		text := "Report Refresh Date," + columns + "\n"
		for _, row := range rows {
			text += "2026-11-20," + row + "\n"
		}
		return text
	}
	return &fake{reports: map[string]string{"period='D7'": rows(week), "date=2026-11-20": rows(day)}}
}

// run runs a mode with all its counters.
func run(t *testing.T, mode plugin.Mode[report.API], api report.API, args ...string) (*check.Report, error) {
	t.Helper()
	m := mode.New()
	r := &check.Report{}
	if err := parse(t, m.Counters(), false, option.Set{Title: "Mode options", Ptr: m.Options()}, args); err != nil {
		return r, err
	}
	if err := m.(plugin.Validator).Validate(); err != nil {
		return r, err
	}
	env := &plugin.Env{Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }, Location: time.UTC}
	if err := m.Run(t.Context(), api, &plugin.Run{Env: env, Report: r}); err != nil {
		return r, err
	}
	return r, m.Counters().Report(r)
}

// parse reads options and thresholds, and binds the counters to them.
func parse(t *testing.T, counters counter.Set, newPerfdata bool, options option.Set, args []string) error {
	t.Helper()
	thresholds, value := option.Texts("Thresholds", counters.Thresholds(newPerfdata))
	sets := []option.Set{thresholds}
	if options.Ptr != nil {
		sets = append(sets, options)
	}
	parser, err := option.New(sets...)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(args); err != nil {
		return err
	}
	selection := counter.Selection{NewPerfdata: newPerfdata, Threshold: value}
	return selection.Bind(counters)
}

// texts is the short output: statuses and texts.
func texts(r *check.Report) string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, fmt.Sprint(m.Status, " ", m.Text))
	}
	return strings.Join(all, "; ")
}

// metrics is the metrics as monitoring has them, without their quotes.
func metrics(r *check.Report) string {
	var all []string
	for _, m := range r.Metrics {
		all = append(all, m.Label+"="+m.Value+m.Unit+";"+m.Warning+";"+m.Critical+";"+m.Min+";"+m.Max)
	}
	return strings.Join(all, " ")
}

func TestActiveCounter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                       string
		active, total              int64
		units, args, texts, metric string
	}{
		{"no thresholds", 2, 3, "%", "", "OK Active users on 2026-11-20 : 2/3 (66.67%)", "active_users=2users;;;0;3"},
		{
			"a share just good enough", 1, 3, "%", "--warning-active-users=33.33:",
			"OK Active users on 2026-11-20 : 1/3 (33.33%)", "active_users=1users;0:;;0;3",
		},
		{
			"a share not good enough", 2, 3, "%", "--warning-active-users=66.7: --critical-active-users=66.6:",
			"WARNING Active users on 2026-11-20 : 2/3 (66.67%)", "active_users=2users;2:;1:;0;3",
		},
		{
			"a count", 2, 300, "count", "--warning-active-users=1: --critical-active-users=@2:5",
			"CRITICAL Active users on 2026-11-20 : 2/300 (0.67%)", "active_users=2users;1:;@2:5;0;300",
		},
		{
			"whatever is no % is a count", 2, 3, "percent", "--warning-active-users=50:",
			"WARNING Active users on 2026-11-20 : 2/3 (66.67%)", "active_users=2users;50:;;0;3",
		},
		{
			"nobody of nobody", 0, 0, "%", "--warning-active-users=1: --unknown-active-users=50:",
			"WARNING Active users on 2026-11-20 : 0/0 (0.00%)", "active_users=0users;0:;;0;0",
		},
		{
			"unknown", 1, 4, "%", "--unknown-active-users=50:",
			"UNKNOWN Active users on 2026-11-20 : 1/4 (25.00%)", "active_users=1users;;;0;4",
		},
		{
			"more than all", 6, 5, "%", "--critical-active-users=:100",
			"CRITICAL Active users on 2026-11-20 : 6/5 (120.00%)", "active_users=6users;;0:5;0;5",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			row := report.Active{Active: c.active, Total: c.total, Date: "2026-11-20"}
			r := active(t, report.ActiveCounter{}, row, c.units, time.UTC, false, strings.Fields(c.args)...)
			if got := texts(r); got != c.texts {
				t.Errorf("texts\ngot  %s\nwant %s", got, c.texts)
			}
			if got, want := metrics(r), "perfdate=1795176000;;;; "+c.metric; got != want {
				t.Errorf("metrics\ngot  %s\nwant %s", got, want)
			}
		})
	}
}

func TestMetricsOfActiveCounter(t *testing.T) {
	t.Parallel()
	later := report.ActiveCounter{Aliases: []string{"active-people"}, NewOnly: true, NewUnit: "people"}
	for _, c := range []struct {
		name        string
		counter     report.ActiveCounter
		newPerfdata bool
		date, want  string
	}{
		{"by its label", report.ActiveCounter{}, false, "2026-11-20", "perfdate=1795176000;;;; active_users=1users;1:;;0;2"},
		{"by its nlabel", report.ActiveCounter{}, true, "2026-11-20", "perfdate=1795176000;;;; x.users.active.count=1users;1:;;0;2"},
		{"date and unit of later releases: not here", later, false, "2026-11-20", "active_users=1users;1:;;0;2"},
		{"date and unit of later releases: here", later, true, "2026-11-20", "perfdate=1795176000;;;; x.users.active.count=1people;1:;;0;2"},
		{"no date", report.ActiveCounter{}, false, "", "active_users=1users;1:;;0;2"},
		{"a wrong date", report.ActiveCounter{}, false, "2026-02-30", "active_users=1users;1:;;0;2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			threshold := "--warning-active-users=50:"
			if len(c.counter.Aliases) > 0 {
				threshold = "--warning-active-people=50:"
			}
			r := active(t, c.counter, report.Active{Active: 1, Total: 2, Date: c.date}, "%", time.UTC, c.newPerfdata, threshold)
			if got := metrics(r); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// active measures one row of an ActiveCounter.
func active(
	t *testing.T, declared report.ActiveCounter, row report.Active, units string, zone *time.Location, newPerfdata bool, args ...string,
) *check.Report {
	t.Helper()
	declared.Noun, declared.NLabel = "users", "x.users.active.count"
	single := counter.NewSingle("active", "", declared.Counter(&units, func() *time.Location { return zone }))
	set := counter.Set{single}
	if err := parse(t, set, newPerfdata, option.Set{}, args); err != nil {
		t.Fatal(err)
	}
	single.Set(row)
	r := &check.Report{}
	if err := set.Report(r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDateIsNoonOfTheDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, noon string }{
		{"UTC", "2026-11-20", "2026-11-20T12:00:00Z"},
		{"Europe/Paris", "2026-11-20", "2026-11-20T11:00:00Z"},
		{"Europe/Paris", "2026-07-14", "2026-07-14T10:00:00Z"},
		{"Europe/Paris", "2026-03-29", "2026-03-29T10:00:00Z"}, // 23 hours long
		{"Europe/Paris", "2026-10-25", "2026-10-25T11:00:00Z"}, // 25 hours long
		{"America/New_York", "2026-11-20", "2026-11-20T17:00:00Z"},
		{"Pacific/Kiritimati", "2026-11-20", "2026-11-19T22:00:00Z"},
		{"America/Santiago", "2026-09-06", "2026-09-06T15:00:00Z"}, // begins at one o'clock
		{"Africa/Cairo", "2026-04-24", "2026-04-24T09:00:00Z"},     // likewise
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		noon, err := time.Parse(time.RFC3339, c.noon)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("perfdate=%d;;;; active_users=1users;;;0;2", noon.Unix())
		r := active(t, report.ActiveCounter{}, report.Active{Active: 1, Total: 2, Date: c.day}, "%", zone, false)
		if got := metrics(r); got != want {
			t.Errorf("%s in %s:\ngot  %s\nwant %s", c.day, c.zone, got, want)
		}
	}
}

type siteOptions struct {
	report.StorageOptions `embed:""`
	URL                   string `name:"filter-url" help:"URL."`
	Owner                 string `name:"filter-owner" help:"Owner."`
	Refused               string `name:"refused" help:"URL that is refused."`
}

func (o *siteOptions) Filters() []report.Pattern {
	return []report.Pattern{{Option: "filter-url", Text: o.URL}, {Option: "filter-owner", Text: o.Owner}}
}

func (o *siteOptions) Refuse(url string) error {
	if o.Refused != "" && url == o.Refused {
		return errDown
	}
	return nil
}

func sites() plugin.Mode[report.API] {
	return report.Sites{
		Name: "sites", Function: "getSites", Options: func() report.SiteOptions { return &siteOptions{} }, Prefix: "x.sites",
		Identity: "Owner", IdentityName: "Owner", Figures: []report.Figure{report.ActiveFileFigure()},
	}.Mode()
}

const siteColumns = "Site Id,Site URL,Owner,Last Activity Date,File Count,Active File Count,Storage Used (Byte),Storage Allocated (Byte)"

func TestSiteUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		used, allocated int
		args            string
		status          check.Status
		text, metric    string
	}{
		{"used share", 750, 1000, "--warning-usage=75", check.OK, "Used: 750.00 B (75.00%) Free: 250.00 B (25.00%)", "0:750;"},
		{"used share, too much", 751, 1000, "--warning-usage=75", check.Warning, "Used: 751.00 B (75.10%) Free: 249.00 B (24.90%)", "0:750;"},
		{"free share", 750, 1000, "--free --critical-usage=25:", check.OK, "Used: 750.00 B (75.00%) Free: 250.00 B (25.00%)", ";250:"},
		{"free share, too little", 751, 1000, "--free --critical-usage=25:", check.Critical, "Used: 751.00 B (75.10%) Free: 249.00 B (24.90%)", ";250:"},
		// The metric takes the bounds for percentages, whatever --units says, as the original does.
		{"used bytes", 750, 1000, "--units=count --warning-usage=750", check.OK, "Used: 750.00 B (75.00%)", "0:7500;"},
		{"used bytes, too many", 751, 1000, "--units=count --warning-usage=750", check.Warning, "Used: 751.00 B (75.10%)", "0:7500;"},
		{"free bytes", 750, 1000, "--units=count --free --warning-usage=250:", check.OK, "Free: 250.00 B (25.00%)", "2500:;"},
		{"free bytes, too few", 751, 1000, "--units=count --free --warning-usage=250:", check.Warning, "Free: 249.00 B (24.90%)", "2500:;"},
		{"overfull", 1500, 1000, "--free --warning-usage=0:", check.Warning, "Used: 1.46 KB (150.00%) Free: -500.00 B (-50.00%)", "0:;"},
		{"nothing allocated, used", 10, 0, "--warning-usage=0", check.OK, "Total: 0.00 B Used: 10.00 B (0.00%) Free: 0.00 B (0.00%)", "0:0;"},
		{"nothing allocated, free", 10, 0, "--free --warning-usage=1:", check.Warning, "Used: 10.00 B (0.00%) Free: 0.00 B (0.00%)", "0:;"},
		{"nothing allocated, free bytes", 10, 0, "--free --units=count --warning-usage=1:", check.Warning, "Free: 0.00 B (0.00%)", "0:;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			row := []string{fmt.Sprintf("id,https://x,Ann,2026-11-20,1,1,%d,%d", c.used, c.allocated)}
			r, err := run(t, sites(), tenant(siteColumns, row, row), strings.Fields(c.args)...)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status() != c.status || !strings.Contains(texts(r), c.text) {
				t.Errorf("got %s %q, want %s %q", r.Status(), texts(r), c.status, c.text)
			}
			want := fmt.Sprintf(" used=%dB;%s;0;%d ", c.used, c.metric, c.allocated)
			if !strings.Contains(metrics(r), want) {
				t.Errorf("got %q, want %q in it", metrics(r), want)
			}
		})
	}
}

func TestSiteSums(t *testing.T) {
	t.Parallel()
	api := tenant(siteColumns, []string{
		"1,https://ann,Ann,2026-11-20,100,100,100,100", // active: counted by the day alone
		"2,https://bob,Bob,2026-11-19,2,20,200,1000",
		"3,https://cat,Cat,,3,30,,1000",
	}, []string{"1,https://ann,Ann,2026-11-20,1,10,,1000", "4,https://dan,Dan,2026-11-20,4,,40,1000"})
	r, err := run(t, sites(), api)
	if err != nil {
		t.Fatal(err)
	}
	const want = "perfdate=1795176000;;;; active_sites=2sites;;;0;3 total_usage_active=40B;;;0; total_usage_inactive=200B;;;0; " +
		"total_file_count_active=5;;;0; total_file_count_inactive=5;;;0; total_active_file_count=10;;;0; " +
		"used_https://ann=0B;;;0;1000 file_count_https://ann=1;;;0; active_file_count_https://ann=10;;;0; " +
		"used_https://dan=40B;;;0;1000 file_count_https://dan=4;;;0; active_file_count_https://dan=0;;;0;"
	if got := metrics(r); got != want {
		t.Errorf("metrics\ngot  %s\nwant %s", got, want)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	rows := []string{
		"1,https://ann,Bob,2026-11-20,1,1,1,1",
		"2,https://bob,Ann,2026-11-20,1,1,1,1",
		"3,https://ann/2,Ann,2026-11-20,1,1,1,1",
	}
	for args, want := range map[string]string{
		"":                                       "3/3",
		"--filter-url=ann":                       "2/2",
		"--filter-owner=Ann":                     "2/2",
		"--filter-owner=ann":                     "0/0",
		"--filter-url=ann --filter-owner=Ann":    "1/1",
		"--filter-url=^ann --filter-owner=Ann":   "0/0",
		"--filter-url=ann --filter-owner=^(?!A)": "1/1",
		"--refused=https://cat":                  "3/3",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			r, err := run(t, sites(), tenant(siteColumns, rows, rows), strings.Fields(args)...)
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(r); !strings.HasPrefix(got, "OK Active sites on 2026-11-20 : "+want+" ") {
				t.Errorf("got %q, want %s sites", got, want)
			}
		})
	}
	for args, want := range map[string]string{
		"--filter-url=(":                                   "Wrong --filter-url option: ",
		"--filter-owner=[":                                 "Wrong --filter-owner option: ",
		"--filter-url=( --filter-owner=[":                  "Wrong --filter-url option: ",
		"--refused=https://bob --filter-url=nobody":        errDown.Error(), // refused before it is filtered out
		"--refused=https://ann/2 --filter-owner=nobody":    errDown.Error(),
		"--refused=https://ann --filter-url=(?{0}) --free": "Wrong --filter-url option: ",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			if _, err := run(t, sites(), tenant(siteColumns, rows, rows), strings.Fields(args)...); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func users() plugin.Mode[report.API] {
	return report.Activity{
		Name: "users", Function: "getUsers", Options: report.NewUserOptions, Prefix: "x.users", Block: "users", Total: "Total ", User: "User",
		AllOK:   "All users are ok",
		Active:  report.ActiveCounter{Noun: "users", NLabel: "x.users.active.count"},
		Figures: []report.Figure{{Column: "Call Count", Label: "call", NLabel: "call", Format: "Calls: %d"}},
	}.Mode()
}

func devices() plugin.Mode[report.API] {
	return report.Devices{
		Name: "devices", Function: "getDevices", Prefix: "x.devices", Kinds: []report.Kind{
			{Column: "Used Web", Label: "web", NLabel: "web", Name: "Web"}, {Column: "Used Mac", Label: "mac", NLabel: "mac", Name: "Mac"},
		},
	}.Mode()
}

// TestReportsAreAskedForInTurn looks at what is asked of the API, and that its errors come back as they are.
func TestReportsAreAskedForInTurn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		function, columns, row string
		mode                   plugin.Mode[report.API]
	}{
		{"getUsers", "User Principal Name,Call Count", "ann,1", users()},
		{"getDevices", "User Principal Name,Used Web,Used Mac", "ann,Yes,No", devices()},
		{"getSites", siteColumns, "id,https://x,Ann,2026-11-20,1,1,1,1", sites()},
	} {
		t.Run(c.function, func(t *testing.T) {
			t.Parallel()
			week, day := c.function+"(period='D7')", c.function+"(date=2026-11-20)"
			api := tenant(c.columns, []string{c.row}, []string{c.row})
			if _, err := run(t, c.mode, api); err != nil || !slices.Equal(api.asked, []string{week, day}) {
				t.Errorf("got %v, asked %q", err, api.asked)
			}

			empty := tenant(c.columns, nil, []string{c.row})
			r, err := run(t, c.mode, empty)
			if err != nil || !slices.Equal(empty.asked, []string{week}) {
				t.Errorf("no rows: got %v, asked %q", err, empty.asked)
			}
			if !strings.Contains(texts(r), " on  : 0/0 (0.00%)") || strings.Contains(metrics(r), "perfdate") {
				t.Errorf("no rows: got %q and %q", texts(r), metrics(r))
			}

			delete(api.reports, "date=2026-11-20")
			if _, err := run(t, c.mode, api); !errors.Is(err, errDown) {
				t.Errorf("no day: got %v, want %v", err, errDown)
			}
			delete(api.reports, "period='D7'")
			if _, err := run(t, c.mode, api); !errors.Is(err, errDown) {
				t.Errorf("no week: got %v, want %v", err, errDown)
			}
		})
	}
}

func TestWeekly(t *testing.T) {
	t.Parallel()
	api := &fake{reports: map[string]string{
		"period='D7'": "Name,Report Refresh Date\nann,2026-11-20\nbob,2026-11-21\n",
	}}
	var seen []string
	date, err := report.Weekly(t.Context(), api, "getNames", []string{"Name"}, func(date string, row *table.Row) error {
		seen = append(seen, date+" "+row.Text(0)+" "+row.Text(1))
		return nil
	})
	want := []string{"2026-11-20 2026-11-20 ann", "2026-11-20 2026-11-21 bob"}
	if err != nil || date != "2026-11-20" || !slices.Equal(seen, want) {
		t.Errorf("got %q, %v, rows %q, want %q", date, err, seen, want)
	}
	if _, err := report.Weekly(t.Context(), api, "getNames", []string{"Name"}, func(string, *table.Row) error { return errDown }); !errors.Is(err, errDown) {
		t.Errorf("got %v, want the error of the row", err)
	}
	api.reports["period='D7'"] = "Name,Report Refresh Date\n"
	date, err = report.Weekly(t.Context(), api, "getNames", []string{"Name"}, func(string, *table.Row) error { return errDown })
	if err != nil || date != "" {
		t.Errorf("no rows: got %q, %v", date, err)
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	rows := []string{"ann,3", "bob,", "cat,4"}
	r, err := run(t, users(), tenant("User Principal Name,Call Count", rows, rows[:2]), "--critical-call=1:")
	if err != nil {
		t.Fatal(err)
	}
	const wantTexts = "OK Active users on 2026-11-20 : 2/3 (66.67%); OK Total Calls: 3; CRITICAL User 'bob' Calls: 0; OK All users are ok"
	const wantMetrics = "perfdate=1795176000;;;; active_users=2users;;;0;3 total_call=3;;;0; call_ann=3;;1:;0; call_bob=0;;1:;0;"
	if texts(r) != wantTexts || metrics(r) != wantMetrics {
		t.Errorf("got  %s | %s\nwant %s | %s", texts(r), metrics(r), wantTexts, wantMetrics)
	}
	// The week's figures are not shown, but have to be figures.
	if _, err := run(t, users(), tenant("User Principal Name,Call Count", []string{"ann,many"}, nil), "--filter-user=nobody"); err == nil {
		t.Error("no error for a text where the week has to hold a number")
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	week, day := []string{"ann,Yes,No", "bob,No,No"}, []string{"ann,Yes,Yes", "bob,Yes,"}
	r, err := run(t, devices(), tenant("User Principal Name,Used Web,Used Mac", week, day), "--critical-active-devices=:299.9")
	if err != nil {
		t.Fatal(err)
	}
	const wantTexts = "CRITICAL Active devices on 2026-11-20 : 3/1 (300.00%); OK Users count by device type : Web: 2, Mac: 1"
	const wantMetrics = "perfdate=1795176000;;;; active_devices=3devices;;0:2;0;1 web=2;;;0; mac=1;;;0;"
	if texts(r) != wantTexts || metrics(r) != wantMetrics {
		t.Errorf("got  %s | %s\nwant %s | %s", texts(r), metrics(r), wantTexts, wantMetrics)
	}
}
