package plugintest_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/plugintest"
	"github.com/centplugins/centplugins/framework/registry"
)

var update = plugintest.Update()

// post is a plugin made for these tests: it tells what it finds in each place that a transcript fills.
func post() plugin.Plugin {
	return plugin.Of(plugin.Spec[*box]{
		Summary:     "Check the post.",
		CustomModes: []plugin.CustomMode[*box]{{Name: "foot", Help: "On foot.", New: func() plugin.Connector[*box] { return &box{} }}},
		Modes:       []plugin.Mode[*box]{{Name: "letters", Help: "Read the letters.", New: func() plugin.Check[*box] { return letters{} }}},
		Package:     plugin.Package{Name: "post", Command: "check_post.pl"},
	})
}

type box struct {
	options struct {
		Box string `name:"box" help:"Folder of the stamps."`
	}
	env *plugin.Env
}

func (b *box) Options() []option.Set      { return []option.Set{{Title: "Box options", Ptr: &b.options}} }
func (b *box) Validate(*plugin.Env) error { return nil }

func (b *box) Open(_ context.Context, env *plugin.Env) (*box, error) {
	b.env = env
	return b, nil
}

func (b *box) ask(ctx context.Context, url, token string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := b.env.Transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.Status + ": " + strings.TrimSpace(string(body)), err
}

type letters struct{}

func (letters) Options() any          { return nil }
func (letters) Counters() counter.Set { return nil }

func (letters) Run(ctx context.Context, b *box, run *plugin.Run) error {
	stamp, err := os.ReadFile(filepath.Join(b.options.Box, "stamp"))
	if err != nil {
		return err
	}
	run.Report.Add(check.Warning, run.Getenv("POSTMAN")+" has a stamp, "+strings.TrimSpace(string(stamp))+", in "+b.options.Box)
	for _, request := range []struct{ path, token string }{{"letters", "key"}, {"letters", "key"}, {"stamps", ""}} {
		said, err := b.ask(ctx, "http://post.example/"+request.path, request.token)
		if err != nil {
			return err
		}
		run.Report.Add(check.Warning, said)
	}
	run.Report.Add(check.Warning, run.Now().String())
	return nil
}

func entry() registry.Entry { return registry.Entry{Path: "post", New: post} }

func TestTranscripts(t *testing.T) {
	t.Parallel()
	plugintest.Run(t, "testdata", *update, entry())
}

func TestContract(t *testing.T) {
	t.Parallel()
	plugintest.Contract(t, entry())
}

// original is the transcript of testdata.
func original(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/letters.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// with writes a transcript into a folder of its own.
func with(t *testing.T, transcript string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "letters.txtar"), []byte(transcript), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestDifferencesFail(t *testing.T) {
	t.Parallel()
	same := original(t)
	for _, c := range []struct{ name, old, changed, complaint string }{
		{"stdout", "WARNING: Ann", "WARNING: Bob", "stdout differs"},
		{"no stdout", "-- stdout --", "-- stdut --", "stdout differs"},
		{"exit", "-- exit --\n1", "-- exit --\n0", "exit differs"},
		{"requests", "/letters +token\nGET http://post.example/stamps", "/letters\nGET http://post.example/stamps", "requests differs"},
		{"argument", "--mode=letters", "--mode=parcels", "stdout differs"},
		{"environment", "POSTMAN=Ann", "POSTMAN=Bob", "stdout differs"},
		{"state", "blue\n", "red\n", "stdout differs"},
		{"answer", "404 Not Found", "410 Gone", "stdout differs"},
		{"no answer", "GET http://post.example/stamps\n\n", "GET http://post.example/parcels\n\n", "stdout differs"},
		{"too few answers", "GET http://post.example/letters\n\nHTTP/1.1 200 OK\n\nsecond", "GET http://post.example/more\n\nHTTP/1.1 200 OK\n\nsecond", "stdout differs"},
		{"broken exchange", "GET http://post.example/stamps\n\n", "GET http://post.example/stamps\n", `3.http: not "METHOD URL"`},
		{"no transcript", same, "", "stdout differs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(same, c.old) {
				t.Fatalf("nothing to change: no %q", c.old)
			}
			fails(t, c.complaint, "TRANSCRIPTS="+with(t, strings.Replace(same, c.old, c.changed, 1)))
		})
	}
	t.Run("empty folder", func(t *testing.T) {
		t.Parallel()
		fails(t, "no transcripts in", "TRANSCRIPTS="+t.TempDir())
	})
}

func TestUpdateWritesTheOutcomeAlone(t *testing.T) {
	t.Parallel()
	want := original(t)
	given, _, ok := strings.Cut(want, "-- requests --")
	if !ok {
		t.Fatal("the transcript has no requests")
	}
	for name, stale := range map[string]string{
		"as it was": want,
		"none":      given,
		"stale":     given + "-- requests --\nGET nothing\n-- stdout --\nold\n-- exit --\n7\n",
		"in front":  strings.Replace(given, "-- args --", "-- exit --\n7\n-- stdout --\nold\n-- args --", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := with(t, stale)
			t.Run("update", func(t *testing.T) { plugintest.Run(t, folder, true, entry()) })
			got, err := os.ReadFile(filepath.Join(folder, "letters.txtar"))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("wrote\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// careless is a plugin that keeps the contract in nothing.
func careless() plugin.Plugin {
	shared := &box{}
	return plugin.Of(plugin.Spec[*box]{
		CustomModes: []plugin.CustomMode[*box]{{Name: "On_Foot", Help: "On foot.", New: func() plugin.Connector[*box] { return shared }}},
		Modes:       []plugin.Mode[*box]{{Name: "letters", New: func() plugin.Check[*box] { return &carelessly{} }}},
	})
}

type carelessly struct{ letters }

func (*carelessly) Counters() counter.Set {
	return counter.Set{counter.NewSingle("post", "",
		counter.Counter[int]{Decl: counter.Decl{Label: "Letters", Metric: "letters", NLabel: "letters.count", Help: "letters"}},
		counter.Counter[int]{Decl: counter.Decl{Label: "parcels", Metric: "parcels", NLabel: "letters.count", Help: "parcels"}},
	)}
}

func TestCarelessPluginFails(t *testing.T) {
	t.Parallel()
	for _, complaint := range []string{
		"summary, package name and command must be given",
		"wrong name, or no help: {Name:letters Help:}",
		"wrong name, or no help: {Name:On_Foot",
		`counter "Letters": label wrong`,
		`counter "parcels": no metric, or nlabel "letters.count" wrong or used twice`,
	} {
		fails(t, complaint, "CARELESS=yes")
	}
}

// fails runs TestOfAChild in a process of its own, since it has to fail, and looks for what it complains about.
func fails(t *testing.T, complaint, variable string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOfAChild$")
	cmd.Env = append(os.Environ(), variable)
	said, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(said), complaint) {
		t.Errorf("%v, want %q in\n%s", err, complaint, said)
	}
}

// TestOfAChild fails, where fails runs it.
func TestOfAChild(t *testing.T) {
	folder := os.Getenv("TRANSCRIPTS")
	switch {
	case folder != "":
		plugintest.Run(t, folder, false, entry())
	case os.Getenv("CARELESS") != "":
		plugintest.Contract(t, registry.Entry{Path: "careless", New: careless})
	default:
		t.Skip("runs in a process of its own only")
	}
}
