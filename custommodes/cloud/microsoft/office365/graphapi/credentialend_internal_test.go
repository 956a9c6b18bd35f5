package graphapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/plugin"
)

func TestDaysLeft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		days float64
		want bool
	}{
		{"30", 29, true},
		{"30", 30, false},
		{"30", 400, false},
		{"30", -1, true},
		{"0", -1, true},
		{"0", 0, false},
		{"30:", 29, true},
		{"30:", 30, false},
		{"@0:30", 30, true},
		{"@0:30", 31, false},
		{"10:90", 91, true},
	}
	for _, test := range tests {
		r, err := daysLeft("warning-credential-expires", test.text)
		if err != nil || r == nil {
			t.Fatal(test.text, err)
		}
		if got := r.Alerts(test.days, 0); got != test.want {
			t.Errorf("%s at %v days: %v", test.text, test.days, got)
		}
	}
	if r, err := daysLeft("warning-credential-expires", ""); r != nil || err != nil {
		t.Errorf("got %v, %v", r, err)
	}
	_, err := daysLeft("critical-credential-expires", "soon")
	if err == nil || err.Error() != "Wrong critical-credential-expires threshold 'soon'." {
		t.Error(err)
	}
}

func TestReportEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		warning, critical string
		left              time.Duration
		want              check.Status
		short, long       string
		metric            string
	}{
		{"", "", 31 * 24 * time.Hour, check.OK, "", "", ""},
		{"", "", 30 * 24 * time.Hour, check.OK, "", "It expires in 30 days, on 2026-12-23", ""},
		{"", "", 31*24*time.Hour - 1, check.OK, "", "It expires in 30 days, on 2026-12-24", ""},
		{"", "", 47 * time.Hour, check.OK, "", "It expires in 1 day, on 2026-11-25", ""},
		{"", "", time.Hour, check.OK, "", "It expires in less than a day, on 2026-11-23", ""},
		{"", "", -time.Second, check.OK, "", "It has expired on 2026-11-23", ""},
		{"90", "", 100 * 24 * time.Hour, check.OK, "", "", "100d 90: "},
		{"90", "30", 60 * 24 * time.Hour, check.Warning, "It expires in 60 days, on 2027-01-22", "", "60d 90: 30:"},
		{"90", "30", 5 * 24 * time.Hour, check.Critical, "It expires in 5 days, on 2026-11-28", "It expires in 5 days, on 2026-11-28", "5d 90: 30:"},
		{"", "30", -48 * time.Hour, check.Critical, "It has expired on 2026-11-21", "It has expired on 2026-11-21", "-2d  30:"},
	}
	for _, test := range tests {
		limits, err := (&endOptions{Warning: test.warning, Critical: test.critical}).limits()
		if err != nil {
			t.Fatal(err)
		}
		run := &plugin.Run{Env: &plugin.Env{Now: func() time.Time { return now }}, Report: &check.Report{}}
		limits.report(run, "It", now.Add(test.left))
		var short, metric string
		for _, m := range run.Report.Messages {
			short += m.Text
		}
		for _, m := range run.Report.Metrics {
			metric += m.Value + m.Unit + " " + m.Warning + " " + m.Critical
		}
		long := strings.Join(run.Report.Long, "\n")
		if run.Report.Status() != test.want || short != test.short || long != test.long || metric != test.metric {
			t.Errorf("%v left of %q/%q: %v %q %q %q", test.left, test.warning, test.critical, run.Report.Status(), short, long, metric)
		}
	}
}

func TestReadSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"keyId":"1","endDateTime":"2026-12-01T00:00:00Z"}`: "2026-12-01",
		`{"keyId":"1","endDateTime":null}`:                   "never",
		`{"keyId":"1"}`:                                      "without the field endDateTime",
		`null`:                                               "without the field endDateTime",
		`{"keyId":"1","endDateTime":"soon"}`:                 "wrong endDateTime",
		`{"keyId":"1","endDateTime":0}`:                      "wrong endDateTime",
		`{"keyId":1,"endDateTime":null}`:                     "cannot be read",
		`[]`:                                                 "cannot be read",
	} {
		read, err := readSecret([]byte(text))
		got := "never"
		switch {
		case err != nil:
			got = err.Error()
		case read.End != nil:
			got = read.End.Format(time.DateOnly)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestSecretEndIsToldInOneLine(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"passwordCredentials":[{"displayName":"a\nb|c=1","endDateTime":null}]}`)
	}))
	t.Cleanup(server.Close)
	g := newManagedIdentity(t, nil)
	graph, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{
		web: g.web, env: g.env, graph: graph, application: &application{clientID: "client", secret: "the-secret"},
		credentials: &credentials{token: "token", env: g.env},
	}
	if name, _, err := c.secretEnd(t.Context()); name != "Client secret 'a b c=1'" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	in := func(id, hint string, days int) passwordCredential {
		end := now.AddDate(0, 0, days)
		return passwordCredential{ID: id, Hint: hint, End: &end}
	}
	forever := passwordCredential{ID: "forever", Hint: "abc"}
	tests := []struct {
		all  []passwordCredential
		want string
	}{
		{[]passwordCredential{in("1", "abc", 5)}, "1"},
		{[]passwordCredential{in("1", "xyz", 1), in("2", "abc", 9)}, "2"},
		{[]passwordCredential{in("1", "abc", 90), in("2", "abc", 9), in("3", "abc", 30)}, "2"},
		{[]passwordCredential{in("1", "abc", -3), in("2", "abc", 9)}, "2"},
		{[]passwordCredential{in("1", "abc", -30), in("2", "abc", -3), in("3", "abc", -9)}, "2"},
		{[]passwordCredential{forever, in("2", "abc", 9)}, "2"},
		{[]passwordCredential{in("1", "abc", -3), forever}, "forever"},
		{[]passwordCredential{in("1", "", 5), in("2", "xyz", 1)}, "1"}, // older secrets have no hint
		{[]passwordCredential{in("1", "xyz", 5)}, ""},
		{nil, ""},
	}
	for i, test := range tests {
		got, err := inUse(test.all, "abcdef", now)
		if got.ID != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%d: got %q, %v, want %q", i, got.ID, err, test.want)
		}
	}
}
