package graphapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/secret"
	"github.com/centplugins/centplugins/framework/table"
)

// graph is a login service, Graph and download host on loopback. Answers are by "METHOD path"; a path's answers are used in
// turn, the last one again and again.
type graph struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string][]answer
	seen    []string // "METHOD path token"
}

type answer struct {
	status   int
	location string
	body     string
}

const token = "POST /tenant/oauth2/v2.0/token"

func newGraph(t *testing.T, answers map[string][]answer) *graph {
	t.Helper()
	g := &graph{answers: answers}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	g.mu.Lock()
	key := r.Method + " " + r.URL.RequestURI()
	g.seen = append(g.seen, strings.TrimSpace(key+" "+r.Header.Get("Authorization")))
	var a answer
	if queue := g.answers[key]; len(queue) > 0 {
		a = queue[0]
		if len(queue) > 1 {
			g.answers[key] = queue[1:]
		}
	} else {
		a = answer{status: http.StatusNotFound, body: `{"error":{"code":"NoRoute"}}`}
	}
	g.mu.Unlock()
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, strings.ReplaceAll(a.body, "{server}", g.URL))
}

func (g *graph) count(prefix string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, line := range g.seen {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

func testEnv() *plugin.Env {
	return &plugin.Env{
		Now: time.Now, Location: time.UTC, Getenv: func(string) string { return "" },
		Hostname: func() (string, error) { return "poller", nil }, Stdin: strings.NewReader(""), Log: zerolog.Nop(), Secrets: &secret.Hider{},
	}
}

// open opens the custom mode as a command line would.
func open(t *testing.T, g *graph, dir string, more ...string) *graphapi.Client {
	t.Helper()
	connector := graphapi.CustomMode(func(c *graphapi.Client) *graphapi.Client { return c }).New()
	parser, err := option.New(connector.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{
		"--tenant=tenant", "--client-id=client", "--client-secret=the-secret", "--login-endpoint=" + g.URL, "--graph-endpoint=" + g.URL + "/",
		"--statefile-dir=" + dir,
	}, more...)
	if err := parser.Parse(argv.Split(args, parser.Lookup).Words); err != nil {
		t.Fatal(err)
	}
	env := testEnv()
	if err := connector.Validate(env); err != nil {
		t.Fatal(err)
	}
	client, err := connector.Open(context.Background(), env)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func fetch(t *testing.T, c *graphapi.Client) ([]string, error) {
	t.Helper()
	var names []string
	err := c.Report(context.Background(), "getX", "period='D7'", []string{"Name", "Count"}, func(r *table.Row) error {
		names = append(names, fmt.Sprint(r.Text(0), "=", r.Int(1)))
		return nil
	})
	return names, err
}

const reportPath = "GET /v1.0/reports/getX(period='D7')"

func tokenAnswer(name string) answer {
	return answer{body: `{"access_token":"` + name + `","expires_in":3599}`}
}

func TestReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer answer
		rows   string // joined by blanks
		failed string // part of the error
	}{
		{"rows", answer{body: "\ufeffName,Count\na,1\nb,\n"}, "a=1 b=0", ""},
		{"quoted, with line breaks of either kind", answer{body: "Name,Count\r\n\"a, \"\"b\"\"\",2\r\n"}, `a, "b"=2`, ""},
		{"no rows", answer{body: "Name,Count\n"}, "", ""},
		{"nothing", answer{}, "", "answered with nothing where data was expected"},
		{"only a byte order mark", answer{body: "\ufeff"}, "", "answered with nothing"},
		{"JSON", answer{body: `{"value":[]}`}, "", "something else where data was expected"},
		{"an error with status 200", answer{body: `{"error":{"code":"Busy","message":"Try later"}}`}, "", "'Busy' from 127.0.0.1"},
		{"a web page", answer{body: "<!DOCTYPE html>"}, "", "web page"},
		{"no column", answer{body: "Name,Total\n"}, "", "there is no column 'Count', only Name, Total"},
		{"short row", answer{body: "Name,Count\na\n"}, "", "line 2: wrong number of fields"},
		{"bare quote", answer{body: "Name,Count\na\"b,1\n"}, "", "line 2"},
		{"not a number", answer{body: "Name,Count\na,1\nb,1.5\n"}, "", "line 3: column 'Count' holds '1.5'"},
		{"forbidden", answer{status: 403, body: `{"error":{"code":"S2SUnauthorized","message":"Invalid permission"}}`}, "", "Reports.Read.All"},
		{"unknown tenant", answer{status: 404, body: `{"error":{"code":"UnknownTenantId","message":"x"}}`}, "", "no report data"},
		{"no content", answer{status: 204}, "", "answered with nothing"},
		{"redirect to nowhere", answer{status: 302}, "", "redirect without an address"},
		{"redirect loop", answer{status: 302, location: "/v1.0/reports/getX(period='D7')"}, "", "too many redirects"},
		{"redirect to another scheme", answer{status: 302, location: "ftp://127.0.0.1/x"}, "", "not followed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newGraph(t, map[string][]answer{token: {tokenAnswer("one")}, reportPath: {c.answer}})
			rows, err := fetch(t, open(t, g, t.TempDir()))
			if c.failed == "" && err != nil || c.failed != "" && (err == nil || !strings.Contains(err.Error(), c.failed)) {
				t.Fatalf("error %v, want %q", err, c.failed)
			}
			if got := strings.Join(rows, " "); c.failed == "" && got != c.rows {
				t.Errorf("rows %q, want %q", got, c.rows)
			}
		})
	}
}

func TestDownloadHostGetsNoToken(t *testing.T) {
	t.Parallel()
	g := newGraph(t, map[string][]answer{
		token: {tokenAnswer("one")}, reportPath: {{status: 302, location: "/download"}}, "GET /download": {{body: "Name,Count\na,1\n"}},
	})
	if _, err := fetch(t, open(t, g, t.TempDir())); err != nil {
		t.Fatal(err)
	}
	want := []string{token, reportPath + " Bearer one", "GET /download"}
	if !slices.Equal(g.seen, want) {
		t.Errorf("requests %q, want %q", g.seen, want)
	}
}

func TestTokenIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := newGraph(t, map[string][]answer{token: {tokenAnswer("one"), tokenAnswer("two")}, reportPath: {{body: "Name,Count\n"}}})
	for range 2 {
		if _, err := fetch(t, open(t, g, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.count(token); n != 1 {
		t.Errorf("%d token requests for two checks", n)
	}
	if _, err := fetch(t, open(t, g, dir, "--client-secret=another")); err != nil {
		t.Fatal(err)
	}
	if n := g.count(reportPath + " Bearer two"); n != 1 {
		t.Error("another secret rides on the old token")
	}
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) != 1 {
		t.Fatalf("state files %v, %v", files, err)
	}
	// The name and the keys are those of the original: both may share the file.
	if name := filepath.Base(files[0]); name != "office365_graphapi_adfb689897b2b5255adcaee72945c791_62608e08adc29a8d6dbc9754e659f125" {
		t.Errorf("state file %s", name)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"last_timestamp", "access_token", "expires_on", "md5_secret"} {
		if state[key] == nil {
			t.Errorf("state has no %s: %v", key, state)
		}
	}
}

// After a change of --cloud or --graph-endpoint, the new address must not see the token of the old.
func TestTokenOfAnotherGraph(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := newGraph(t, map[string][]answer{token: {tokenAnswer("one")}, reportPath: {{body: "Name,Count\n"}}})
	other := newGraph(t, map[string][]answer{token: {tokenAnswer("two")}, reportPath: {{body: "Name,Count\n"}}})
	for _, g := range []*graph{g, other} {
		if _, err := fetch(t, open(t, g, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if other.count(token) != 1 || other.count(reportPath+" Bearer one") != 0 {
		t.Errorf("requests %q", other.seen)
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refusal := answer{status: 401, body: `{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}`}
	g := newGraph(t, map[string][]answer{
		token: {tokenAnswer("one"), tokenAnswer("two")}, reportPath: {{body: "Name,Count\n"}, refusal, {body: "Name,Count\na,1\n"}},
	})
	for range 2 {
		if _, err := fetch(t, open(t, g, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if g.count(token) != 2 || g.count(reportPath+" Bearer two") != 1 {
		t.Errorf("requests %q", g.seen)
	}
	forGood := newGraph(t, map[string][]answer{token: {tokenAnswer("one")}, reportPath: {refusal}})
	_, err := fetch(t, open(t, forGood, t.TempDir()))
	if err == nil || !strings.Contains(err.Error(), "InvalidAuthenticationToken") {
		t.Errorf("error %v", err)
	}
	if n := forGood.count(token); n != 1 {
		t.Errorf("%d token requests for a token that is refused for good", n)
	}
}

func TestLoginErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"AADSTS7000215": "not its ID", "AADSTS7000222": "has expired", "AADSTS700016": "--client-id", "AADSTS90002": "no such tenant",
		"AADSTS900023": "neither", "AADSTS500011": "one cloud", "AADSTS7000218": "no credentials", "AADSTS70011": "scope", "AADSTS53003": "blocks",
		"AADSTS1": "AADSTS1: some text",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			g := newGraph(t, map[string][]answer{
				token: {{status: 401, body: `{"error":"invalid_client","error_description":"` + code + `: some text\r\nTrace ID: 1"}`}},
			})
			dir := t.TempDir()
			_, err := fetch(t, open(t, g, dir))
			if err == nil || !strings.Contains(err.Error(), "'invalid_client'") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), code) {
				t.Errorf("error %v, want %q", err, want)
			}
			if strings.Contains(err.Error(), "Trace") || strings.Contains(err.Error(), "the-secret") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func collect(t *testing.T, c *graphapi.Client) (string, error) {
	t.Helper()
	var got []string
	err := c.Collection(context.Background(), "/v1.0/things", "Things.Read.All", func(element json.RawMessage) error {
		got = append(got, string(element))
		return nil
	})
	return strings.Join(got, " "), err
}

func TestCollection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, page, next, want, failed string }{
		{"one page", `{"@odata.context":"x","value":[1,{"a":2}]}`, "", `1 {"a":2}`, ""},
		{"link first", `{"@odata.nextLink":"{server}/v1.0/more","value":[1]}`, `{"value":[2]}`, "1 2", ""},
		{"empty", `{"value":[]}`, "", "", ""},
		{"foreign link", `{"value":[1],"@odata.nextLink":"http://example.invalid/v1.0/more"}`, "", "", "not on 127.0.0.1"},
		{"loop", `{"value":[1],"@odata.nextLink":"{server}/v1.0/things"}`, "", "", "read before"},
		{"no value", `{"values":[1]}`, "", "", "without the list"},
		{"cut off", `{"value":[1,`, "", "", "ends in the middle"},
		{"error", `{"error":{"code":"Busy","message":"later"}}`, "", "", "'Busy': later"},
		{"array", `[1]`, "", "", "something else"},
		{"nothing", ``, "", "", "ends in the middle"},
		{"more behind it", `{"value":[1]} {"error":{}}`, "", "", "more than one document"},
		{"a page behind it", `{"value":[1]}<html>`, "", "", "something else"},
		{"a web page", `<html>`, "", "", "web page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newGraph(t, map[string][]answer{
				token: {tokenAnswer("one")}, "GET /v1.0/things": {{body: c.page}}, "GET /v1.0/more": {{body: c.next}},
			})
			got, err := collect(t, open(t, g, t.TempDir()))
			if c.failed == "" && (err != nil || got != c.want) || c.failed != "" && (err == nil || !strings.Contains(err.Error(), c.failed)) {
				t.Errorf("got %q, %v, want %q, %q", got, err, c.want, c.failed)
			}
		})
	}
}

// TestDamagedCollection sends a list whose elements are all there, but whose check sum or length is wrong.
func TestDamagedCollection(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, `{"value":[1,2]}`)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"whole":     func(b []byte) []byte { return b },
		"check sum": func(b []byte) []byte { b[len(b)-8] ^= 1; return b },
		"cut":       func(b []byte) []byte { return b[:len(b)-4] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := damage(bytes.Clone(packed.Bytes()))
			g := newGraph(t, map[string][]answer{token: {tokenAnswer("one")}})
			list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					g.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(body)
			}))
			t.Cleanup(list.Close)
			got, err := collect(t, open(t, &graph{Server: list}, t.TempDir()))
			if (err != nil) != (name != "whole") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestUnsendableToken gets a token that no header can hold: it is refused, and the next check asks anew.
func TestUnsendableToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := newGraph(t, map[string][]answer{
		token:      {{body: `{"access_token":"one\n","expires_in":3599}`}, tokenAnswer("two")},
		reportPath: {{body: "Name,Count\na,1\n"}},
	})
	if _, err := fetch(t, open(t, g, dir)); err == nil || !strings.Contains(err.Error(), "where a token was expected") {
		t.Errorf("error %v", err)
	}
	if _, err := fetch(t, open(t, g, dir)); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"": "--tenant", "--tenant=t": "--client-id", "--tenant=t --client-id=c": "--client-secret",
		"--tenant=t --client-id=c --client-secret=s --timeout=soon":                   "Wrong --timeout option 'soon'",
		"--tenant=t --client-id=c --client-secret=s --timeout=0":                      "--timeout",
		"--tenant=t --client-id=c --client-secret=s --timeout=NaN":                    "--timeout",
		"--tenant=t --client-id=c --client-secret=s --timeout=1e-12":                  "--timeout",
		"--tenant=t --client-id=c --client-secret=s --graph-endpoint=nowhere":         "--graph-endpoint",
		"--tenant=t --client-id=c --client-secret=s --graph-endpoint=http://joe:pw@x": "no user",
		"--tenant=t --client-id=c --client-secret=s --login-endpoint=ftp://x":         "--login-endpoint",
	} {
		connector := graphapi.CustomMode(func(c *graphapi.Client) *graphapi.Client { return c }).New()
		parser, err := option.New(connector.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		if err := parser.Parse(strings.Fields(args)); err != nil {
			t.Fatal(err)
		}
		if err := connector.Validate(testEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", args, err, want)
		}
	}
}
