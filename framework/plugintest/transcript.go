// Package plugintest is the test bench of plugins: transcripts of whole checks, and the contract that every plugin meets.
//
// A transcript is a txtar archive (https://pkg.go.dev/golang.org/x/tools/txtar) with these files:
//
//	args         the arguments, one a line; {state} is the directory of the state files
//	*.http       recorded exchanges: "METHOD URL", an empty line, and the HTTP answer; those of one request answer in order
//	state/NAME   a state file that is there before the check; optional
//	file/NAME    a file in the directory {files}, which only its owner may read; optional
//	env          NAME=value, one a line; {files} as in args; optional
//	stdin        the standard input; optional
//	requests     what was asked, one a line, in order; "+token" marks those that carried one,
//	             "+assertion" those that proved the application with a signed one
//	stdout       what the check printed
//	exit         its exit status
//
// go test -update writes the last three anew.
package plugintest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"golang.org/x/tools/txtar"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/registry"
)

// Update is the flag -update; the test binary of each package that uses transcripts declares it through this function.
func Update() *bool { return flag.Bool("update", false, "write the transcripts anew") }

// Now is the time in every transcript.
func Now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// Run runs each transcript of a folder as a subtest.
func Run(t *testing.T, folder string, update bool, entries ...registry.Entry) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts in %s: %v", folder, err)
	}
	plugins, err := registry.New(entries...)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			transcript(t, file, update, plugins)
		})
	}
}

func transcript(t *testing.T, file string, update bool, plugins *registry.Registry) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	state, dir := t.TempDir(), t.TempDir()
	fill := strings.NewReplacer("{state}", state, "{files}", dir, "\n", "").Replace
	exchanges := &recorder{mock: httpmock.NewMockTransport()}
	want, env := map[string]string{}, map[string]string{}
	args, stdin := []string{"centreon_plugins"}, ""
	for _, f := range archive.Files {
		switch {
		case f.Name == "args":
			for line := range strings.Lines(string(f.Data)) {
				args = append(args, fill(line))
			}
		case f.Name == "env":
			for line := range strings.Lines(string(f.Data)) {
				name, value, _ := strings.Cut(fill(line), "=")
				env[name] = value
			}
		case strings.HasSuffix(f.Name, ".http"):
			if err := exchanges.record(f.Data); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		case strings.HasPrefix(f.Name, "state/"):
			if err := os.WriteFile(filepath.Join(state, filepath.Base(f.Name)), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(f.Name, "file/"):
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		case f.Name == "stdin":
			stdin = string(f.Data)
		default:
			want[f.Name] = string(f.Data)
		}
	}
	exchanges.register()
	var stdout bytes.Buffer
	exit := app.Run(context.Background(), app.Config{
		Registry: plugins, Args: args, Version: "0", Stdin: strings.NewReader(stdin), Stdout: &stdout, Now: Now, Location: time.UTC,
		Getenv: func(name string) string { return env[name] }, Hostname: func() (string, error) { return "poller", nil }, Transport: exchanges,
	})
	got := map[string]string{
		"requests": strings.Join(exchanges.seen, ""), "exit": fmt.Sprintln(exit), "stdout": strings.NewReplacer(state, "{state}", dir, "{files}").Replace(stdout.String()),
	}
	if update {
		rewrite(t, file, archive, got)
		return
	}
	for name, text := range got {
		if want[name] != text {
			t.Errorf("%s differs\nwant:\n%s\ngot:\n%s", name, want[name], text)
		}
	}
}

func rewrite(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if _, ours := got[f.Name]; !ours {
			kept = append(kept, f)
		}
	}
	for _, name := range []string{"requests", "stdout", "exit"} {
		kept = append(kept, txtar.File{Name: name, Data: []byte(got[name])})
	}
	archive.Files = kept
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil { //nolint:gosec // a source file, readable like the others
		t.Fatal(err)
	}
}

// recorder answers from a transcript's exchanges and writes down what was asked.
type recorder struct {
	mock    *httpmock.MockTransport
	answers map[string][]httpmock.Responder
	order   []string

	mu   sync.Mutex
	seen []string
}

func (r *recorder) record(exchange []byte) error {
	head, answer, ok := bytes.Cut(exchange, []byte("\n\n"))
	method, url, both := strings.Cut(strings.TrimSpace(string(head)), " ")
	if !ok || !both || strings.ContainsAny(url, " \n") {
		return errors.New(`not "METHOD URL", an empty line and an answer`)
	}
	body := answer
	responder := func(req *http.Request) (*http.Response, error) {
		return http.ReadResponse(bufio.NewReader(bytes.NewReader(body)), req)
	}
	if r.answers == nil {
		r.answers = map[string][]httpmock.Responder{}
	}
	key := method + " " + url
	if len(r.answers[key]) == 0 {
		r.order = append(r.order, key)
	}
	r.answers[key] = append(r.answers[key], responder)
	return nil
}

func (r *recorder) register() {
	for _, key := range r.order {
		method, url, _ := strings.Cut(key, " ")
		answers := r.answers[key]
		responder := answers[0]
		for _, next := range answers[1:] {
			responder = responder.Then(next)
		}
		r.mock.RegisterResponder(method, url, responder)
	}
}

// RoundTrip answers a request from the transcript.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	line := req.Method + " " + req.URL.String()
	if strings.HasPrefix(req.Header.Get("Authorization"), "Bearer ") {
		line += " +token"
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body, []byte("client_assertion=")) {
			line += " +assertion"
		}
	}
	r.mu.Lock()
	r.seen = append(r.seen, line+"\n")
	r.mu.Unlock()
	return r.mock.RoundTrip(req)
}
