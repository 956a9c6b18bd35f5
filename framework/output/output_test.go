package output_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/output"
	"github.com/centplugins/centplugins/framework/perfdata"
)

var head = output.Head{Plugin: "cloud::exchange::plugin", Mode: "email-activity"}

func good() *check.Report {
	return &check.Report{
		Messages: []check.Message{{Status: check.OK, Text: "Active: 2/4"}, {Status: check.OK, Text: "Total: 15\n"}},
		Long:     []string{"Mailbox 'ann'\n", "Mailbox 'bob'"},
		Metrics: []perfdata.Metric{
			{Label: "active", NLabel: "users.active.count", Value: "2", Unit: "mailboxes", Warning: "0:3", Min: "0", Max: "4", Mode: "email-activity"},
			{Label: "send_o''brien", Value: "50.00", Unit: "%"},
		},
	}
}

const (
	goodShort   = "OK: Active: 2/4 - Total: 15 "
	goodMetrics = "| 'active'=2mailboxes;0:3;;0;4 'send_o''brien'=50.00%;;;;\n"
	goodLong    = "Mailbox 'ann'\nMailbox 'bob'\n"
)

func bad() *check.Report {
	return &check.Report{Messages: []check.Message{
		{Status: check.OK, Text: "fine"},
		{Status: check.Unknown, Text: "dark"},
		{Status: check.Critical, Text: "dead"},
		{Status: check.Warning, Text: "ill"},
		{Status: check.Critical, Text: "gone"},
	}}
}

func opened() *check.Report {
	r := &check.Report{}
	r.AddOpening(check.Warning, "box 'a' ")
	r.Add(check.OK, "fine")
	r.Add(check.Warning, "full")
	r.Add(check.Warning, "old")
	r.AddOpening(check.Warning, "box 'b' ")
	r.Add(check.Warning, "wet")
	return r
}

func render(t *testing.T, o output.Options, r *check.Report) (string, int) {
	t.Helper()
	if o.OptExit == "" {
		o.OptExit = "unknown"
	}
	if err := o.Validate(); err != nil {
		t.Fatalf("Validate: %v", err)
	}
	text, exit, err := output.Render(o, nil, head, r)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	return string(text), exit
}

func TestText(t *testing.T) {
	t.Parallel()
	list := func(args ...string) []string { return args }
	for _, test := range []struct {
		name    string
		options output.Options
		report  *check.Report
		want    string
		exit    int
	}{
		{"plain", output.Options{}, good(), goodShort + goodMetrics, 0},
		{"nothing", output.Options{Verbose: true}, &check.Report{}, "OK:  \n", 0},
		{"worst", output.Options{}, bad(), "CRITICAL: dead - gone WARNING: ill UNKNOWN: dark \n", 2},
		{"opening", output.Options{}, opened(), "WARNING: box 'a' full - old - box 'b' wet \n", 1},
		{"verbose", output.Options{Verbose: true}, good(), goodShort + goodMetrics + goodLong, 0},
		{"debug", output.Options{Debug: true}, good(), goodShort + goodMetrics + goodLong, 0},
		{"no metrics", output.Options{OutputIgnorePerfdata: true}, good(), goodShort + "\n", 0},
		{"no label", output.Options{OutputIgnoreLabel: true}, bad(), "dead - gone ill dark \n", 2},
		{"short", output.Options{ChangeShortOutput: list("OK~Up")}, good(), "Up: Active: 2/4 - Total: 15 " + goodMetrics, 0},
		{"short case", output.Options{ChangeShortOutput: list("ok~Up")}, good(), goodShort + goodMetrics, 0},
		{"short flags", output.Options{ChangeShortOutput: list("a~x~gi")}, good(), "OK: xctive: 2/4 - Totxl: 15 " + goodMetrics, 0},
		{"short groups", output.Options{ChangeShortOutput: list(`(\d+)/(\d+)~$2 over $1`)}, good(), "OK: Active: 4 over 2 - Total: 15 " + goodMetrics, 0},
		{"short drop", output.Options{ChangeShortOutput: list("l")}, good(), "OK: Active: 2/4 - Tota: 15 " + goodMetrics, 0},
		{"short start", output.Options{ChangeShortOutput: list("~x")}, good(), "x" + goodShort + goodMetrics, 0},
		{"short end", output.Options{ChangeShortOutput: list("^(.*)$~[$1]")}, good(), "[" + goodShort + "]" + goodMetrics, 0},
		{"short bad pattern", output.Options{ChangeShortOutput: list("[~x", "OK~Up")}, good(), "Up: Active: 2/4 - Total: 15 " + goodMetrics, 0},
		{"short bad flag", output.Options{ChangeShortOutput: list("OK~Up~e", "OK~Up~q")}, good(), goodShort + goodMetrics, 0},
		{"short nothing", output.Options{ChangeShortOutput: list("", "~", "~~g")}, good(), goodShort + goodMetrics, 0},
		{"long", output.Options{Verbose: true, ChangeLongOutput: list("^~> ~gm")}, good(), goodShort + goodMetrics + "> Mailbox 'ann'\n> Mailbox 'bob'\n", 0},
		{"long join", output.Options{Verbose: true, ChangeLongOutput: list("\n~, ")}, good(), goodShort + goodMetrics + "Mailbox 'ann', Mailbox 'bob'\n", 0},
		{"long dropped", output.Options{Verbose: true, ChangeLongOutput: list(".*~~gs")}, good(), goodShort + goodMetrics, 0},
		{"long not shown", output.Options{ChangeLongOutput: list("^~> ~gm")}, good(), goodShort + goodMetrics, 0},
		{"exit", output.Options{ChangeExit: list("ok=warning")}, good(), goodShort + goodMetrics, 1},
		{"exit upper", output.Options{ChangeExit: list("CRITICAL=OK")}, bad(), "CRITICAL: dead - gone WARNING: ill UNKNOWN: dark \n", 0},
		{"exit unknown", output.Options{ChangeExit: list("ok=nothing", "ok", "", "x=ok")}, good(), goodShort + goodMetrics, 0},
		{"exit once", output.Options{ChangeExit: list("ok=warning", "warning=critical")}, good(), goodShort + goodMetrics, 1},
		{"exit last", output.Options{ChangeExit: list("ok=warning", "ok=pending")}, good(), goodShort + goodMetrics, 4},
		{"adv", output.Options{ChangeOutputAdv: list("%(exit_code) == 0,all fine,WARNING")}, good(), "all fine" + goodMetrics, 1},
		{"adv status only", output.Options{ChangeOutputAdv: list("%(short_output) =~ /Active/,,critical")}, good(), goodShort + goodMetrics, 2},
		{"adv false", output.Options{ChangeOutputAdv: list("%{exit_code} > 0,bad,CRITICAL")}, good(), goodShort + goodMetrics, 0},
		{"adv nothing", output.Options{ChangeOutputAdv: list("%(exit_code) == 0", "", ",x,OK")}, good(), goodShort + goodMetrics, 0},
		{"adv bogus status", output.Options{ChangeOutputAdv: list("%(exit_code) == 0,x,bogus")}, good(), "x" + goodMetrics, 0},
		{"adv chain", output.Options{ChangeOutputAdv: list("1,x,WARNING", "%(short_output) eq 'x' and %(exit_code) == 0,y")}, good(), "y" + goodMetrics, 1},
		{"adv then exit", output.Options{ChangeOutputAdv: list("1,,WARNING"), ChangeExit: list("warning=critical", "ok=unknown")}, good(), goodShort + goodMetrics, 2},
		{"adv sees change", output.Options{ChangeShortOutput: list("OK~Up"), ChangeOutputAdv: list("%(short_output) =~ /^Up/,y")}, good(), "y" + goodMetrics, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, exit := render(t, test.options, test.report)
			if got != test.want || exit != test.exit {
				t.Errorf("got %q, exit %d\nwant %q, exit %d", got, exit, test.want, test.exit)
			}
		})
	}
}

func TestRenderLeavesTheReport(t *testing.T) {
	t.Parallel()
	r := good()
	render(t, output.Options{Verbose: true, ChangeLongOutput: []string{"M~N~g"}}, r)
	if !reflect.DeepEqual(r, good()) {
		t.Errorf("the report has changed: %v", r)
	}
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	pf, err := perfdata.Options{FilterPerfdata: "active", ChangePerfdata: []string{"a,b,nosuch()"}}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	o := output.Options{OptExit: "unknown", Debug: true, ChangeShortOutput: []string{"[~x"}}
	got, _, err := output.Render(o, pf, head, good())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(got), "\n")
	if lines[0] != goodShort+"| 'active'=2mailboxes;0:3;;0;4" {
		t.Errorf("got %q", lines[0])
	}
	if len(lines) != 6 || !strings.Contains(lines[1], "nosuch()") || !strings.HasPrefix(lines[4], "--change-short-output") {
		t.Errorf("got %q, want the note of the metrics before the long output and that of the text behind it", lines)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options output.Options
		want    string
	}{
		{output.Options{OptExit: "Bogus"}, "Unknown value 'bogus' for --opt-exit."},
		{output.Options{OptExit: "ok", ChangeOutputAdv: []string{"%(exit_code) ==,x"}}, "Wrong change-output-adv option '%(exit_code) ==,x': "},
	} {
		if err := test.options.Validate(); err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	o := output.Options{OptExit: "unknown", ChangeOutputAdv: []string{"1 / %(exit_code) > 1,x"}}
	if _, _, err := output.Render(o, nil, head, good()); err == nil || !strings.HasPrefix(err.Error(), "Option --change-output-adv: ") {
		t.Errorf("got %v", err)
	}
	if text, exit := output.RenderFailure(output.Options{OptExit: "ok", ChangeOutputAdv: o.ChangeOutputAdv}, head, "x", true, nil); string(text) != "OK: x \n" || exit != 0 {
		t.Errorf("got %q, exit %d: a failure must be printed whatever the conditions", text, exit)
	}
	pf, err := perfdata.Options{FilterPerfdataAdv: "1 / 0"}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := output.Render(output.Options{}, pf, head, good()); err == nil {
		t.Error("an error of the pipeline is lost")
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options output.Options
		label   bool
		want    string
		exit    int
	}{
		{"plain", output.Options{OptExit: "unknown"}, true, "UNKNOWN: broken \nfirst\nsecond\n", 3},
		{"critical", output.Options{OptExit: "Critical"}, true, "CRITICAL: broken \nfirst\nsecond\n", 2},
		{"ok", output.Options{OptExit: "ok"}, true, "OK: broken \nfirst\nsecond\n", 0},
		{"pending", output.Options{OptExit: "pending"}, true, "PENDING: broken \nfirst\nsecond\n", 4},
		{"no label", output.Options{OptExit: "unknown"}, false, "broken \nfirst\nsecond\n", 3},
		{"label ignored", output.Options{OptExit: "unknown", OutputIgnoreLabel: true}, true, "broken \nfirst\nsecond\n", 3},
		{"exit", output.Options{OptExit: "unknown", ChangeExit: []string{"unknown=ok"}}, true, "UNKNOWN: broken \nfirst\nsecond\n", 0},
		{"short", output.Options{OptExit: "unknown", ChangeShortOutput: []string{"broken~mended"}}, true, "UNKNOWN: mended \nfirst\nsecond\n", 3},
		{"adv", output.Options{OptExit: "unknown", ChangeOutputAdv: []string{"%(exit_code) == 3,fine,OK"}}, true, "fine\nfirst\nsecond\n", 0},
		{"wrong opt-exit", output.Options{OptExit: "bogus", ChangeExit: []string{"unknown=ok"}}, true, "UNKNOWN: broken \nfirst\nsecond\n", 3},
		{
			"json",
			output.Options{OptExit: "unknown", OutputJSON: true},
			true,
			`{"plugin":{"name":"cloud::exchange::plugin","mode":"email-activity","exit":"unknown","outputs":[` +
				`{"type":1,"exit":"UNKNOWN","msg":"UNKNOWN: broken"},{"type":2,"msg":"first"},{"type":2,"msg":"second"}],"perfdatas":[]}}` + "\n", 3,
		},
		{
			"openmetrics",
			output.Options{OptExit: "critical", OutputOpenmetrics: true},
			true,
			"# TYPE plugin_mode_status gauge\n" + `plugin_mode_status{plugin="cloud::exchange::plugin",mode="email-activity"} 2` + "\n# EOF\n", 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, exit := output.RenderFailure(test.options, head, "broken\n", test.label, []string{"first", "second\n"})
			if string(got) != test.want || exit != test.exit {
				t.Errorf("got %q, exit %d\nwant %q, exit %d", got, exit, test.want, test.exit)
			}
		})
	}
	for _, o := range []output.Options{{OutputXML: true}, {DiscoShow: true}, {DiscoFormat: true}} {
		got, _ := output.RenderFailure(o, head, "a < b", true, nil)
		if !strings.Contains(string(got), "<exit>unknown</exit>") || !strings.Contains(string(got), "<msg>UNKNOWN: a &lt; b</msg>") {
			t.Errorf("%+v: got %s", o, got)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	r := good()
	r.Add(check.Warning, `<&"é`)
	r.Metrics[0].Instances = []string{"ann"}
	got, exit := render(t, output.Options{OutputJSON: true, OutputXML: false, ChangeShortOutput: []string{"a~b~g"}, Verbose: true}, r)
	want := `{"plugin":{"name":"cloud::exchange::plugin","mode":"email-activity","exit":"WARNING","outputs":[` +
		`{"type":1,"exit":"WARNING","msg":"WARNING: <&\"Ã©"},{"type":1,"exit":"OK","msg":"OK: Active: 2/4"},{"type":1,"exit":"OK","msg":"OK: Total: 15"},` +
		`{"type":2,"msg":"Mailbox 'ann'"},{"type":2,"msg":"Mailbox 'bob'"}],"perfdatas":[` +
		`{"label":"active","nlabel":"users.active.count","instances":"ann","value":2,"unit":"mailboxes","warning":"0:3","critical":"","min":0,"max":4,"mode":"email-activity"},` +
		`{"label":"send_o''brien","value":"50.00","unit":"%","warning":"","critical":"","min":"","max":""}]}}` + "\n"
	if got != want || exit != 1 {
		t.Errorf("exit %d, got\n%s\nwant\n%s", exit, got, want)
	}
	empty, _ := render(t, output.Options{OutputJSON: true, OutputIgnoreLabel: true}, &check.Report{})
	if want := `{"plugin":{"name":"cloud::exchange::plugin","mode":"email-activity","exit":"OK","outputs":[],"perfdatas":[]}}` + "\n"; empty != want {
		t.Errorf("got %s, want %s", empty, want)
	}
}

func TestXML(t *testing.T) {
	t.Parallel()
	r := good()
	r.Messages = r.Messages[:1]
	r.Long = []string{"a\x08b\x00 \xff <&>\"\ré\uFFFE"}
	got, exit := render(t, output.Options{OutputXML: true, OutputJSON: true, Verbose: true}, r)
	want := `<?xml version="1.0" encoding="utf-8"?>
<plugin>
  <name>cloud::exchange::plugin</name>
  <mode>email-activity</mode>
  <exit>OK</exit>
  <outputs>
    <output>
      <type>1</type>
      <exit>OK</exit>
      <msg>OK: Active: 2/4</msg>
    </output>
    <output>
      <type>2</type>
      <msg>aREPbREP REP &lt;&amp;&gt;&quot;&#13;Ã©REP</msg>
    </output>
  </outputs>
  <perfdatas>
    <perfdata>
      <label>active</label>
      <nlabel>users.active.count</nlabel>
      <value>2</value>
      <unit>mailboxes</unit>
      <warning>0:3</warning>
      <critical></critical>
      <min>0</min>
      <max>4</max>
      <mode>email-activity</mode>
    </perfdata>
    <perfdata>
      <label>send_o''brien</label>
      <value>50.00</value>
      <unit>%</unit>
      <warning></warning>
      <critical></critical>
      <min></min>
      <max></max>
    </perfdata>
  </perfdatas>
</plugin>
`
	want = strings.ReplaceAll(want, "REP", "\u00ef\u00bf\u00bd") // U+FFFD, encoded twice as everything
	if got != want || exit != 0 {
		t.Errorf("exit %d, got\n%s\nwant\n%s", exit, got, want)
	}
}

func TestDisco(t *testing.T) {
	t.Parallel()
	found := []map[string]string{{"url": "https://x/?a=1&b=\"2\"", "id": "7\b\u0085"}, {}}
	const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	for _, test := range []struct {
		json         bool
		format, show string
	}{
		{
			false, xmlHead + "<data>\n  <element>id</element>\n  <element>url</element>\n</data>\n",
			xmlHead + "<data>\n" + `  <label id="7&amp;#x8;&amp;#x85;" url="https://x/?a=1&amp;b=&quot;2&quot;"/>` + "\n  <label/>\n</data>\n",
		},
		{true, `{"data":["id","url"]}` + "\n", `{"data":[{"id":"7\b` + "\u00c2\u0085" + `","url":"https://x/?a=1&b=\"2\""},{}]}` + "\n"},
	} {
		o := output.Options{OutputJSON: test.json, DiscoFormat: true}
		if got, err := output.RenderDiscoFormat(o, []string{"id", "url"}); err != nil || string(got) != test.format {
			t.Errorf("got %s, %v\nwant %s", got, err, test.format)
		}
		o = output.Options{OutputJSON: test.json, DiscoShow: true}
		if got, err := output.RenderDiscoShow(o, output.Head{}, found); err != nil || string(got) != test.show {
			t.Errorf("got %s, %v\nwant %s", got, err, test.show)
		}
	}
	places := []map[string]string{{"name": "l'été"}}
	for decoded, want := range map[bool]string{true: `{"data":[{"name":"l'été"}]}`, false: `{"data":[{"name":"l'Ã©tÃ©"}]}`} {
		if got, err := output.RenderDiscoShow(output.Options{OutputJSON: true}, output.Head{Decoded: decoded}, places); err != nil || string(got) != want+"\n" {
			t.Errorf("decoded %v: got %s, %v\nwant %s", decoded, got, err, want)
		}
	}
	if got, _ := output.RenderDiscoShow(output.Options{OutputJSON: true, DiscoShow: true}, output.Head{}, nil); string(got) != `{"data":[]}`+"\n" {
		t.Errorf("got %s", got)
	}
}

func TestOpenmetrics(t *testing.T) {
	t.Parallel()
	r := &check.Report{
		Messages: []check.Message{{Status: check.Warning, Text: "x"}},
		Metrics: []perfdata.Metric{
			{Label: "ann~x#users.sent.count", Value: "10", Min: "0", Mode: "m"},
			{Label: "users.active.count", Value: "2", Unit: "mailboxes", Warning: "0:3", Critical: "~:9", Min: "0", Max: "4"},
			{Label: "o''brien #1\"\\\n#users.sent.count", Value: "1e3"},
			{Label: "ann~x#users.sent.count", Value: "11", Min: "0", Mode: "m"},
			{Label: "emails.total", Value: "-0.5"},
			{Label: "1 été", Value: "1"},
			{Label: "none", Value: ""},
			{Label: "inf", Value: "Inf"},
			{Label: "hex", Value: "0x10"},
			{Label: "nan", Value: "nan"},
		},
	}
	got, exit := render(t, output.Options{OutputOpenmetrics: true}, r)
	const labels = `plugin="cloud::exchange::plugin",mode="email-activity"`
	want := "# TYPE users_sent_count gauge\n" +
		`users_sent_count{plugin="cloud::exchange::plugin",mode="m",min="0",instance="ann~x"} 10` + "\n" +
		`users_sent_count{` + labels + `,instance="o'brien #1\"\\\n"} 1e3` + "\n" +
		"# TYPE users_active_count gauge\n" +
		`users_active_count{` + labels + `,unit="mailboxes",warning="0:3",critical="~:9",min="0",max="4"} 2` + "\n" +
		"# TYPE emails_total_value gauge\n" + `emails_total_value{` + labels + `} -0.5` + "\n" +
		"# TYPE _1__t_ gauge\n" + `_1__t_{` + labels + `} 1` + "\n" +
		"# TYPE plugin_mode_status gauge\n" + `plugin_mode_status{` + labels + `} 1` + "\n# EOF\n"
	if got != want || exit != 1 {
		t.Errorf("exit %d, got\n%s\nwant\n%s", exit, got, want)
	}
	if got, _ := render(t, output.Options{OutputOpenmetrics: true, OutputIgnorePerfdata: true}, r); strings.Count(got, "\n") != 3 {
		t.Errorf("got\n%s\nwant the status alone", got)
	}
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "out.prom")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("out.prom", link); err != nil {
		t.Fatal(err)
	}
	for i, target := range []string{link, path, link} { // at first the link points at no file
		text := strconv.Itoa(i)
		if err := output.WriteFile(target, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("got %v, %v, want mode 0644", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("got %v, %v, want the file and the link", left, err)
	}
	if err := output.WriteFile(os.DevNull, []byte("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is a device no more: %v, %v", os.DevNull, info, err)
	}
}

func TestWriteFileErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	circle := filepath.Join(t.TempDir(), "circle")
	if err := os.Symlink("circle", circle); err != nil {
		t.Fatal(err)
	}
	for path, cause := range map[string]error{filepath.Join(dir, "not", "there"): fs.ErrNotExist, circle: syscall.ELOOP, dir: nil} {
		err := output.WriteFile(path, []byte("x"))
		if err == nil || !strings.HasPrefix(err.Error(), "Cannot write --output-file '"+path+"': ") || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("got %v", err)
		}
		if cause != nil && !errors.Is(err, cause) {
			t.Errorf("got %v, want the cause %v", err, cause)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v, want nothing left behind", left, err)
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{"OK~Up~gi", "[~x", "%(exit_code) == 0,all fine,WARNING", "~~", "ok=warning", "\xff\x00,\x08", "a'b#c", "^~> ~gm", `(a+)+$~\U$1~g`} {
		f.Add(seed, "Active: 2/4\nmore")
	}
	f.Fuzz(func(t *testing.T, arg, text string) {
		args := []string{arg}
		r := &check.Report{
			Messages: []check.Message{{Status: check.Critical, Text: text}, {Status: check.OK, Text: arg}}, Long: []string{text, arg},
			Metrics: []perfdata.Metric{{Label: perfdata.Label(text), Value: arg, Unit: text}, {Label: arg, Value: "1"}},
		}
		o := output.Options{
			OptExit: "unknown", Verbose: true, Debug: true,
			ChangeShortOutput: args, ChangeLongOutput: args, ChangeExit: args, ChangeOutputAdv: args,
		}
		if o.Validate() == nil {
			_, _, _ = output.Render(o, nil, head, r)
		}
		output.RenderFailure(o, head, text, true, args)
		for _, o := range []output.Options{{OutputXML: true, Verbose: true}, {OutputJSON: true, Verbose: true}, {OutputOpenmetrics: true}} {
			got, _, err := output.Render(o, nil, head, r)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case o.OutputXML:
				wellFormed(t, got)
			case o.OutputJSON && !json.Valid(got):
				t.Errorf("not JSON: %q", got)
			case o.OutputOpenmetrics:
				for line := range strings.Lines(string(got)) {
					if !strings.HasPrefix(line, "# ") && !strings.Contains(line, `{plugin="cloud::exchange::plugin",mode="email-activity"`) {
						t.Errorf("a line that is no sample: %q", line)
					}
				}
			}
		}
		shown, err := output.RenderDiscoShow(output.Options{DiscoShow: true}, output.Head{}, []map[string]string{{"id": text}})
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, shown)
	})
}

func wellFormed(t *testing.T, document []byte) {
	t.Helper()
	for decoder := xml.NewDecoder(strings.NewReader(string(document))); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %q", err, document)
		}
	}
}

func BenchmarkText(b *testing.B) {
	r := good()
	for b.Loop() {
		if _, _, err := output.Render(output.Options{OptExit: "unknown"}, nil, head, r); err != nil {
			b.Fatal(err)
		}
	}
}
