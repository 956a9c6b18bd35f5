package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"blanks at the ends of lines", "OK: a \nb\t\n", "OK: a\nb", true},
		{"another word", "OK: a", "OK: b", false},
		{"blanks within a line", "a  b", "a b", false},
		{"lines in another order", "a\nb", "b\na", false},
		{"JSON in another order of keys", `{"a":1,"b":{"c":"x"}}`, `{"b":{"c":"x"},"a":"1"}`, true},
		{"JSON in another order of items", `{"a":[{"b":1},{"b":2}]}`, `{"a":[{"b":2},{"b":1}]}`, false},
		{"a list of one in JSON", `{"a":["x"]}`, `{"a":"x"}`, false},
		{"null in JSON", `{"a":null}`, `{"a":""}`, false},
		{"JSON without an item", `{"a":[{"b":1},{"b":2}]}`, `{"a":[{"b":1}]}`, false},
		{"JSON with something behind it", `{"a":1} x`, `{"a":1}`, false},
		{"XML in another layout", "<p><o><a>1</a><b/></o></p>", "<p>\n <o>\n  <b></b><a>1</a></o>\n</p>\n", true},
		{"XML in another order of items", "<p><o><a>1</a></o><o><a>2</a></o></p>", "<p><o><a>2</a></o><o><a>1</a></o></p>", false},
		{"another attribute in XML", `<p><l a="1" b="2"/></p>`, `<p><l b="2" a="3"/></p>`, false},
		{"attributes in another order", `<p><l a="1" b="2"/></p>`, `<p><l b="2" a="1"/></p>`, true},
		{"broken XML", "<p>", "<p/>", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := (outcome{test.a, 0}).same(outcome{test.b, 0}); got != test.want {
				t.Errorf("got %t\n%s\n%s", got, canonical(test.a), canonical(test.b))
			}
		})
	}
	if (outcome{"a", 0}).same(outcome{"a", 1}) {
		t.Error("another exit status is the same")
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{"OK: a \n", `{"a":[1,{"b":null}]}`, "<a b='c'><d/>x</a>", "{", "<", "<a></b>", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if a, b := canonical(text), canonical(text+"\n"); a != b {
			t.Errorf("a line feed at the end makes a difference: %q %q", a, b)
		}
	})
}

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, plugin string
		options      []string
		theirs, ours outcome
		want         string // start of the reason
	}{
		{
			"note", "teams", nil,
			outcome{"OK: a\nb", 0},
			outcome{"OK: a\nb\n2 of 3 users are deleted; Microsoft still reports them, and they are counted.", 0},
			"the long output",
		},
		{
			"note and more", "teams", nil,
			outcome{"OK: a\nb", 0},
			outcome{"OK: a\nc\n2 of 3 users are deleted; Microsoft still reports them.", 0},
			"",
		},
		{"Latin-1", "management", nil, outcome{"OK: \xe9", 0}, outcome{"OK: é", 0}, "texts from JSON"},
		{
			"fault", "teams", nil,
			outcome{"UNKNOWN: Unmatched ( at /x/y.pm line 7.", 3},
			outcome{"UNKNOWN: Wrong pattern", 3},
			"a fault that",
		},
		{"fault with another status", "teams", nil, outcome{"UNKNOWN: Unmatched ( at /x/y.pm line 7.", 3}, outcome{"OK: a", 0}, ""},
		{"another figure", "teams", nil, outcome{"OK: 1", 0}, outcome{"OK: 2", 0}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, left := explain("perl", difference{plugin: test.plugin, options: test.options, theirs: test.theirs, ours: test.ours})
			if !left.none() {
				got = ""
			}
			if !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	d := difference{options: []string{
		"--warning-status=1", "--critical-key-status", "2", "--filter-perfdata-adv=3", "--warning-items=4",
		"--change-output-adv=5,a b,OK", "--verbose",
	}}
	if got, want := d.expressions(), []string{"1", "2", "3", "5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip("perl is not here")
	}
	for expression, want := range map[string]bool{
		"%{a} > 1": false, "%(a) =~ /x/i": false, "(": true, "1 +": true,
		"system('true')": true,
	} {
		if got := refused(perl, expression); got != want {
			t.Errorf("%s: got %t", expression, got)
		}
	}
}

func TestReworded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "mode.pm")
	if err := os.WriteFile(name, []byte("label => 'users'"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (rewording{"*.pm", `'(users)'`, `'active-$1'`}).apply(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "label => 'active-users'" {
		t.Errorf("got %q, %v", text, err)
	}
	if err := (rewording{"*.pm", "gone", ""}).apply(dir); err == nil || !strings.Contains(err.Error(), "gone is not in *.pm") {
		t.Errorf("got %v", err)
	}
}

func TestRunIsRepeatable(t *testing.T) {
	t.Parallel()
	c := config{seed: 7}
	kinds := map[string]bool{}
	for number := range 200 {
		a, b := c.run(number, modes()), c.run(number, modes())
		if !reflect.DeepEqual(a.words(), b.words()) || !reflect.DeepEqual(a.tenant.reports, b.tenant.reports) {
			t.Fatalf("run %d is another each time", number)
		}
		kinds[a.mode.plugin+" "+a.name] = true
	}
	if len(kinds) < len(modes()) {
		t.Errorf("only %d kinds of run in 200", len(kinds))
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	s := newServer()
	defer s.Close()
	made := newTenant(rand.New(rand.NewPCG(1, 2)), time.Unix(1_800_000_000, 0))
	made.collections["applications"] = []map[string]any{{"id": 1}, {"id": 2}, {"id": 3}}
	made.page, made.redirect = 2, true
	endpoint := s.add("a", made)
	get := func(address string) string {
		t.Helper()
		answer, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", address, answer.Status, err)
		}
		return string(body)
	}
	for period, file := range map[string]string{"period='D7'": "week", "date=" + day: "day"} {
		if got := get(endpoint + "/v1.0/reports/getMailboxUsageDetail(" + period + ")"); got != string(made.reports["getMailboxUsageDetail/"+file]) {
			t.Errorf("%s: got %q", period, got)
		}
	}
	var ids []int
	for next := endpoint + "/v1.0/applications"; next != ""; {
		var page struct {
			Value []struct{ ID int }
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(get(next)), &page); err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Value {
			ids = append(ids, item.ID)
		}
		next = page.Next
	}
	if !reflect.DeepEqual(ids, []int{1, 2, 3}) {
		t.Errorf("got %v", ids)
	}
	s.remove("a")
	answer, err := http.Get(endpoint + "/v1.0/applications")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("a tenant that was removed answers %s", answer.Status)
	}
}

func TestExamine(t *testing.T) {
	t.Parallel()
	r := run{mode: modes()[0], name: "email-activity", options: [][]string{{"--verbose"}, {"--bad"}, {"--units", "%"}}}
	// The one fails where it is told --bad, the other never does.
	failing := []string{"sh", "-c", `case "$*" in *--bad*) exit 2;; esac`, "sh"}
	d, why, err := programs{theirs: []string{"true"}, ours: failing, dir: t.TempDir(), shrink: true}.examine(context.Background(), r)
	if err != nil || d == nil || why != "" {
		t.Fatalf("got %v, %q, %v", d, why, err)
	}
	if d.ours.exit != 2 || !reflect.DeepEqual(d.options, []string{"--bad"}) {
		t.Errorf("got %+v", d)
	}
	var b bytes.Buffer
	config{seed: 3}.print(&b, 9, r, *d)
	if got := b.String(); !strings.HasPrefix(got, "--- -seed 3 -first 9 -runs 1\nexchange email-activity '--bad'\noriginal 0, ours 2\n") {
		t.Errorf("printed %q", got)
	}
	if d, _, err := (programs{theirs: []string{"true"}, ours: []string{"true"}, dir: t.TempDir()}).examine(context.Background(),
		r); d != nil || err != nil {
		t.Errorf("got %v, %v where there is no difference", d, err)
	}
}

func TestCompareNeedsTheOriginal(t *testing.T) {
	t.Parallel()
	for _, c := range []config{{}, {original: filepath.Join(t.TempDir(), "centreon_plugins.pl"), runs: 1, jobs: 1}, {
		original: "x",
		plugin:   "nothing",
	}} {
		if same, err := c.compare(context.Background(), io.Discard); err == nil || same {
			t.Errorf("%+v: got %t, %v", c, same, err)
		}
	}
}
