package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
)

// lamp is a plugin made for these tests: it measures how many lamps are lit, as its custom mode tells.
func lamp() plugin.Plugin {
	return plugin.Of(plugin.Spec[int]{
		Summary: "Check lamps.",
		CustomModes: []plugin.CustomMode[int]{{
			Name: "wire", Help: "A wire.", New: func() plugin.Connector[int] { return &wire{} },
		}},
		Modes: []plugin.Mode[int]{
			{Name: "lamps-lit", Help: "Check the lamps.", Counters: "lit", New: func() plugin.Check[int] { return newLamps() }},
			{Name: "fault", Help: "Fail in some way.", New: func() plugin.Check[int] { return &fault{} }},
		},
		Package: plugin.Package{Name: "lamps", Command: "check_lamps.pl"},
	})
}

type wire struct {
	options struct {
		Lit      int    `name:"lit" default:"3" help:"Lamps that are lit."`
		Password string `name:"password" help:"Password of the wire."`

		Rooms []string `name:"room" sep:"none" help:"Room that the wire goes through; repeatable."`
	}
}

func (w *wire) Options() []option.Set      { return []option.Set{{Title: "Wire options", Ptr: &w.options}} }
func (w *wire) Validate(*plugin.Env) error { return nil }
func (w *wire) Open(_ context.Context, env *plugin.Env) (int, error) {
	if w.options.Password != "" {
		env.Secrets.Add(w.options.Password)
	}
	if env.Debug != nil {
		env.Debug("the password is " + w.options.Password)
		env.Debug(fmt.Sprintf("the rooms are %q", w.options.Rooms))
	}
	env.Log.Debug().Str("wire", "open").Msg("opened")
	return w.options.Lit, nil
}

type lamps struct{ lit *counter.Single[int64] }

func newLamps() *lamps {
	return &lamps{counter.NewSingle("global", "", counter.Counter[int64]{
		Decl:  counter.Decl{Label: "lit", Metric: "lit", NLabel: "lamps.lit.count", Unit: "lamps", Min: "0", Help: "lamps that are lit"},
		Count: func(n int64) int64 { return n }, Format: "Lamps lit: %d",
	})}
}

func (l *lamps) Options() any          { return nil }
func (l *lamps) Counters() counter.Set { return counter.Set{l.lit} }
func (l *lamps) Run(_ context.Context, lit int, run *plugin.Run) error {
	l.lit.Set(int64(lit))
	run.Report.AddLong("zone " + run.Location.String() + ", variable " + run.Getenv("LAMP"))
	return nil
}

type fault struct {
	options struct {
		Kind string `name:"kind" help:"How to fail."`
	}
}

func (f *fault) Options() any          { return &f.options }
func (f *fault) Counters() counter.Set { return nil }
func (f *fault) Run(ctx context.Context, _ int, _ *plugin.Run) error {
	switch f.options.Kind {
	case "panic":
		panic("a lamp fell\ndown")
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "hang":
		time.Sleep(3 * time.Second)
		return nil
	case "lines":
		return errors.New("two\nlines")
	}
	return failure.New("Nothing known of '%s'.", f.options.Kind)
}

// run runs a command line and returns what it printed and its exit status.
func run(t *testing.T, called, line string, changes ...func(*app.Config)) (string, int) {
	t.Helper()
	plugins, err := registry.New(registry.Entry{Path: "house/lamp", New: lamp})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	config := app.Config{
		Registry: plugins, Args: append([]string{called}, strings.Fields(line)...), Version: "1.2", Stdin: strings.NewReader(""), Stdout: &out,
		Now: time.Now, Location: time.UTC, Getenv: func(name string) string { return map[string]string{"SECRET": "from-outside"}[name] },
	}
	for _, change := range changes {
		change(&config)
	}
	exit := app.Run(context.Background(), config)
	return out.String(), exit
}

const mode = "--plugin=house::lamp::plugin --mode=lamps-lit "

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, called, line string
		exit               int
		out                string // the whole text, or its start when it ends in ...
	}{
		{"plain", "", mode, 0, "OK: Lamps lit: 3 | 'lit'=3lamps;;;0;\n"},
		{"by path", "", "--plugin=house/lamp/plugin.pm --mode=lamps-lit", 0, "OK: Lamps lit: 3 ..."},
		{"by the name it is called by", "/usr/lib/centreon/plugins/check_lamps.pl", "--mode=lamps-lit", 0, "OK: Lamps lit: 3 ..."},
		{"by dyn-mode", "", "--plugin=house::lamp::plugin --dyn-mode=house::lamp::mode::lampslit", 0, "OK: Lamps lit: 3 ..."},
		{"warning", "", mode + "--warning-lit=2", 1, "WARNING: Lamps lit: 3 | 'lit'=3lamps;0:2;;0;\n"},
		{"one dash", "", mode + "-critical-lit 2", 2, "CRITICAL: ..."},
		{"new names", "", mode + "--use-new-perfdata --warning-lamps-lit-count=1", 1, "WARNING: Lamps lit: 3 | 'lamps.lit.count'=3lamps;0:1;;0;\n"},
		{"old name with new metrics", "", mode + "--use-new-perfdata --warning-lit=1", 1, "WARNING: ..."},
		{"new name with old metrics", "", mode + "--warning-lamps-lit-count=1", 3, "UNKNOWN: Unknown option: warning-lamps-lit-count ..."},
		{"filtered out", "", mode + "--filter-counters=none", 0, "OK:  \n"},
		{"filtered out by the macro of older templates", "", mode + "--filter-counters=lit --filter-counter=none", 0, "OK:  \n"},
		{"macro of older templates before the other", "", mode + "--filter-counter=lit --filter-counters=none", 0, "OK: Lamps lit: 3 ..."},
		{"macro of older templates not set", "", mode + "--filter-counters=none --filter-counter=", 0, "OK:  \n"},
		{"macros of no filter set", "", mode + "--filter-counters= --filter-counter=", 0, "OK: Lamps lit: 3 ..."},
		{"last one counts", "", mode + "--lit=5 --lit=7", 0, "OK: Lamps lit: 7 ..."},
		{"environment", "", mode + "--verbose --environment=LAMP=on --environment=TZ=Asia/Tokyo", 0, "OK: Lamps lit: 3 | 'lit'=3lamps;;;0;\nzone Asia/Tokyo, variable on\n"},
		{"convert-args", "", mode + `--convert-args=##,\x31 --lit=##2`, 0, "OK: Lamps lit: 12 ..."},
		{"connector's first word", "", "plugin.pl " + mode, 0, "OK: ..."},
		{"opt-exit", "", mode + "--opt-exit=critical --nope=1", 2, "CRITICAL: Unknown option: nope (use --help option to show available options). \n"},
		{"no-sanity-options", "", mode + "--no-sanity-options --nope=1 a b", 0, "OK: ..."},
		{"change-exit", "", mode + "--change-exit=ok=warning", 1, "OK: ..."},
		{"two stray words", "", mode + "--lit=3 a b", 3, "UNKNOWN: Argument 5 of the command line belongs to no option: ..."},
		{
			"stray secrets that end in =", "", mode + "--lit=3 x c3dvcmRmaXNo=", 3,
			"UNKNOWN: Argument 5 of the command line belongs to no option: ...",
		},
		{
			"a secret behind a dash from a document", "", mode + "--lit=3 \u2013a=swordfish \u2013password=swordfish", 3,
			"UNKNOWN: Argument 5 of the command line belongs to no option, and has another dash than --password: ...",
		},
		{"unknown option", "", mode + "--nope", 3, "UNKNOWN: Unknown option: nope ..."},
		{"unknown option with one dash", "", mode + "-nope=1", 3, "UNKNOWN: Unknown option: -nope ..."},
		{"no plugin", "", "", 3, "UNKNOWN: Need to specify '--plugin' option ..."},
		{"unknown plugin", "", "--plugin=nope", 3, "UNKNOWN: Cannot load module --plugin: there is no plugin 'nope' ..."},
		{"no mode", "", "--plugin=house::lamp::plugin", 3, "UNKNOWN: Need to specify '--mode' ..."},
		{"unknown mode", "", "--plugin=house::lamp::plugin --mode=nope", 3, "UNKNOWN: mode 'nope' doesn't exist ..."},
		{"unknown dyn-mode", "", "--plugin=house::lamp::plugin --dyn-mode=house::lamp::mode::nope", 3, "UNKNOWN: Cannot load module --dyn-mode: ..."},
		{"unknown custom mode", "", mode + "--custommode=nope", 3, "UNKNOWN: mode 'nope' doesn't exist (use --list-custommode ..."},
		{"unknown password manager", "", mode + "--pass-manager=nope", 3, "UNKNOWN: ..."},
		{"wrong value of a number", "", mode + "--lit=many", 3, "UNKNOWN: --lit: ..."},
		{"wrong threshold", "", mode + "--warning-lit=x", 3, "UNKNOWN: Wrong warning-lit threshold 'x'. \n"},
		{"wrong filter", "", mode + "--filter-counters=([", 3, "UNKNOWN: Wrong --filter-counters option: ..."},
		{"wrong opt-exit", "", mode + "--opt-exit=bogus", 3, "UNKNOWN: Unknown value 'bogus' for --opt-exit. \n"},
		{"wrong convert-args", "", mode + "--convert-args=([,x", 3, "UNKNOWN: Wrong --convert-args option: ..."},
		{"wrong time zone", "", mode + "--environment=TZ=Moon/Base", 3, "UNKNOWN: Wrong --environment option: ..."},
		{"runas where it cannot be", "", mode + "--runas=root", 3, "UNKNOWN: Option --runas ..."},
		{"failure", "", "--plugin=house::lamp::plugin --mode=fault --kind=x", 3, "UNKNOWN: Nothing known of 'x'. \n"},
		{"error of two lines", "", "--plugin=house::lamp::plugin --mode=fault --kind=lines", 3, "UNKNOWN: two lines \n"},
		{"panic", "", "--plugin=house::lamp::plugin --mode=fault --kind=panic", 3, "UNKNOWN: Internal error: a lamp fell down. This is a defect ..."},
		{"global timeout", "", "--plugin=house::lamp::plugin --mode=fault --kind=wait --global-timeout=1", 3, "UNKNOWN: script global timeout: ..."},
		{"global timeout of what does not listen", "", "--plugin=house::lamp::plugin --mode=fault --kind=hang --global-timeout=1", 3, "UNKNOWN: script global timeout: ..."},
		{
			"multi", "", "--plugin=house::lamp::plugin --mode=multi --modes-exec=lamps-lit,lamps-lit", 0,
			"OK: Lamps lit: 3 - Lamps lit: 3 | 'lamps.lit.count'=3lamps;;;0; 'lamps.lit.count'=3lamps;;;0;\n",
		},
		{"multi with an option of a mode", "", "--plugin=house::lamp::plugin --mode=multi --modes-exec=lamps-lit --option-mode=lamps-lit,--warning-lit=1", 1, "WARNING: ..."},
		{"multi with a wrong option of a mode", "", "--plugin=house::lamp::plugin --mode=multi --modes-exec=lamps-lit --option-mode=lamps-lit,--nope=1", 3, "UNKNOWN: Unknown option: nope ..."},
		{"multi with a fault", "", "--plugin=house::lamp::plugin --mode=multi --modes-exec=lamps-lit,fault", 3, "UNKNOWN: Mode fault: Nothing known of ''. | 'lamps.lit.count'=3lamps;;;0;\n"},
		{"multi without modes", "", "--plugin=house::lamp::plugin --mode=multi", 3, "UNKNOWN: Need to specify --modes-exec option. \n"},
		{"version", "", "--version", 3, "Global Version: 1.2 \n"},
		{"version of the plugin", "", "--plugin=house::lamp::plugin --version", 3, "Plugin Version: 1.2 \n"},
		{"version of the mode", "", mode + "--version", 3, "Mode Version: 1.2 \n"},
		{"list of counters", "", mode + "--list-counters", 0, "counter list: lit  \n"},
		{"list of modes", "", "--plugin=house::lamp::plugin --list-mode", 3, "PLUGIN DESCRIPTION:\n\n    Check lamps.\n\nModes Meta:\n   multi\n\nModes Available:\n   fault\n   lamps-lit\n"},
		{"list of custom modes", "", "--plugin=house::lamp::plugin --list-custommode", 3, "PLUGIN DESCRIPTION:\n\n    Check lamps.\n\nCustom Modes Available:\n   wire\n"},
		{"list of plugins", "", "--list-plugin", 3, "-----------------\nPLUGIN: house::lamp::plugin\nDESCRIPTION:\n    Check lamps.\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, exit := run(t, c.called, c.line)
			start, part := strings.CutSuffix(c.out, "...")
			if exit != c.exit || part && !strings.HasPrefix(out, start) || !part && out != c.out {
				t.Errorf("exit %d, want %d\ngot  %q\nwant %q", exit, c.exit, out, c.out)
			}
			if exit == 3 && strings.HasPrefix(out, "UNKNOWN") && strings.Count(out, "\n") != 1 {
				t.Errorf("an error of several lines: %q", out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"--help":                                           {"--plugin", "--list-plugin", "--output-json", "--change-perfdata"},
		"--plugin=house::lamp::plugin --help":              {"Check lamps.", "lamps-lit", "Check the lamps.", "wire", "--mode"},
		mode + "--help":                                    {"Check the lamps.", "A wire.", "--lit", "--warning-lit", "--critical-lit", "--filter-counters", "(default: 'lit')", "--list-counters"},
		mode + "--help --use-new-perfdata":                 {"--warning-lamps-lit-count, --warning-lit"},
		mode + "--help --pass-manager=file":                {"--secret-file"},
		"--plugin=house::lamp::plugin --mode=multi --help": {"--modes-exec", "--option-mode"},
	} {
		out, _ := run(t, "", line)
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s lacks %q:\n%s", line, part, out)
			}
		}
		if strings.Contains(out, "--filter-counter\n") {
			t.Errorf("%s shows a hidden option:\n%s", line, out)
		}
	}
}

func TestListCountersInFull(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "", mode+"--list-counters --verbose")
	_, document, _ := strings.Cut(out, "\n")
	var list struct {
		Metrics map[string]map[string]any `json:"metrics"`
		Macros  string                    `json:"pack configuration"`
	}
	if err := json.Unmarshal([]byte(document), &list); err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	if list.Metrics["lit"]["nlabel"] != "lamps.lit.count" || list.Metrics["lit"]["min"] != 0.0 || !strings.Contains(list.Macros, "--warning-lit='$_SERVICEWARNING_LIT$'") {
		t.Errorf("%+v", list)
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		mode + "--password=swordfish --debug", mode + "--password=swordfish --debug-stream", mode + "--password=swordfish --debug --output-json",
		mode + "--pass-manager=environment --environment-map-option=password=SECRET --debug",
		mode + "--password=swordfish --debug --show-password --warning-lit=1",
	} {
		out, _ := run(t, "", line)
		if strings.Contains(out, "swordfish") || strings.Contains(out, "from-outside") || !strings.Contains(out, "the password is ***") || !strings.Contains(out, "opened") {
			t.Errorf("%s: %s", line, out)
		}
	}
	if out, _ := run(t, "", mode+"--password=swordfish"); strings.Contains(out, "password") {
		t.Errorf("debug output without --debug: %s", out)
	}
}

func TestPasswordManager(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secrets.json")
	if err := os.WriteFile(file, []byte(`{"lamps":[{"name":"a","lit":4},{"name":"b","lit":9}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, exit := run(t, "", mode+"--pass-manager=file --secret-file="+file+" --secret-search-value=n=$.lamps[1].lit --secret-map-option=lit=%{n}")
	if exit != 0 || !strings.HasPrefix(out, "OK: Lamps lit: 9") {
		t.Errorf("exit %d: %s", exit, out)
	}
}

// answer is a server that gives this body to every request.
type answer string

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(a))), Request: req}, nil
}

func TestPasswordManagerReplacesValues(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "", mode+"--lit=7 --pass-manager=environment --environment-map-option=lit=UNSET")
	if !strings.HasPrefix(out, "OK: Lamps lit: 3") {
		t.Errorf("an empty value does not count as not given: %s", out)
	}
	out, _ = run(t, "", mode+"--room=attic --room=cellar --pass-manager=environment --environment-map-option=room=SECRET --debug")
	if !strings.Contains(out, `the rooms are ["***"]`) {
		t.Errorf("the values are not replaced: %s", out)
	}

	dir := t.TempDir()
	config := filepath.Join(dir, "vault.json")
	if err := os.WriteFile(config, []byte(`{"role_id":"the-role-id","secret_id":"the-secret-id"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, exit := run(t, "", mode+"--debug --room=attic --room=secret::hashicorp_vault::kv/data/house::vault --room=cellar --pass-manager=centreonvault "+
		"--vault-config="+config+" --vault-env-file="+dir+"/none --vault-cache="+dir+"/session", func(c *app.Config) {
		c.Transport = answer(`{"auth":{"client_token":"hvs.token"},"data":{"data":{"vault":"strong-room"},"metadata":{}}}`)
	})
	if exit != 0 || !strings.Contains(out, `the rooms are ["attic" "***" "cellar"]`) {
		t.Errorf("one value is not replaced in its place: %s", out)
	}
}

func TestOutputFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out.txt")
	for line, want := range map[string]string{mode: "OK: Lamps lit: 3", mode + "--nope=1": "UNKNOWN: Unknown option"} {
		out, _ := run(t, "", line+" --output-file="+file)
		content, err := os.ReadFile(file)
		if err != nil || out != "" || !strings.HasPrefix(string(content), want) {
			t.Errorf("%s: printed %q, wrote %q, %v", line, out, content, err)
		}
	}
	out, exit := run(t, "", mode+"--output-file="+file+"/not/there")
	if exit != 3 || !strings.HasPrefix(out, "UNKNOWN: ") || strings.Count(out, "\n") != 1 {
		t.Errorf("exit %d: %q", exit, out)
	}
}

func TestRunas(t *testing.T) {
	t.Parallel()
	as := func(out []byte, err error) func(*app.Config) {
		return func(c *app.Config) {
			c.Stdin = strings.NewReader("secret")
			c.As = func(_ context.Context, user string, args []string, stdin io.Reader) ([]byte, int, error) {
				if got, err := io.ReadAll(stdin); err != nil || string(got) != "secret" {
					t.Errorf("standard input %q, %v", got, err)
				}
				line := strings.Join(args, " ")
				if user != "monitor" || strings.Contains(line, "runas") || strings.Count(line, "--plugin=house::lamp::plugin") != 1 {
					t.Errorf("as %s: %q", user, args)
				}
				return out, 1, err
			}
		}
	}
	if out, exit := run(t, "check_lamps.pl", "--mode=lamps-lit --runas=monitor", as([]byte("OK\n"), nil)); exit != 1 || out != "OK\n" {
		t.Errorf("by the name of the plugin: exit %d: %q", exit, out)
	}
	for _, c := range []struct {
		change func(*app.Config)
		exit   int
		out    string
	}{
		{as([]byte("WARNING: from the other\n"), nil), 1, "WARNING: from the other\n"},
		{as(nil, nil), 0, "OK: Lamps"},
		{as(nil, failure.New("Not allowed.")), 3, "UNKNOWN: Not allowed."},
	} {
		for _, line := range []string{mode + "--runas=monitor", mode + "--runas monitor"} {
			if out, exit := run(t, "", line, c.change); exit != c.exit || !strings.HasPrefix(out, c.out) {
				t.Errorf("exit %d: %q, want %d: %q", exit, out, c.exit, c.out)
			}
		}
	}
}

func TestRunAsNobodyKnown(t *testing.T) {
	t.Parallel()
	if _, _, err := app.RunAs(context.Background(), "nobody-of-that-name", nil, nil); err == nil || !strings.Contains(err.Error(), "'nobody-of-that-name' not exist") {
		t.Errorf("error %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestOutputThatCannotBeWrittenIsUnknown(t *testing.T) {
	t.Parallel()
	if _, exit := run(t, "", mode, func(c *app.Config) { c.Stdout = broken{} }); exit != 3 {
		t.Errorf("exit %d", exit)
	}
}
