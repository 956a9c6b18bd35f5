package counter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/perfdata"
)

type box struct {
	name string
	size int64
}

func boxes() (counter.Set, *counter.Single[int64], *counter.Many[box]) {
	total := counter.NewSingle("global", "Total ",
		counter.Counter[int64]{
			Decl:  counter.Decl{Label: "total-size", Metric: "total_size", NLabel: "boxes.size.total.bytes", Unit: "B", Min: "0", Help: "size of all"},
			Count: func(n int64) int64 { return n }, Format: "size: %s", Bytes: true,
		},
		counter.Counter[int64]{
			Decl:  counter.Decl{Label: "total-share", Metric: "total_share", NLabel: "boxes.share.percentage", Unit: "%", Help: "share"},
			Value: func(n int64) float64 { return float64(n) / 3 }, Format: "share: %.2f%%", HideOK: true,
		})
	many := counter.NewMany("boxes", func(b box) string { return "Box '" + b.name + "' " }, "All boxes are ok",
		counter.Counter[box]{
			Decl:  counter.Decl{Label: "size", Aliases: []string{"bulk"}, Metric: "size", NLabel: "boxes.size.bytes", Help: "size of a box"},
			Count: func(b box) int64 { return b.size }, Format: "size: %d",
		},
		counter.Counter[box]{
			Decl: counter.Decl{Label: "status", State: true, Critical: "%{size} > 100", Help: "state"},
			Text: func(b box) string { return "state of " + b.name },
			Vars: func(b box) expr.Vars { return expr.Vars{"size": expr.Number(float64(b.size))} },
		})
	return counter.Set{total, many}, total, many
}

// report binds the counters as a command line would, fills them, and returns what they say.
func report(t *testing.T, selection counter.Selection, line string, rows ...box) (*check.Report, error) {
	t.Helper()
	set, total, many := boxes()
	texts, value := option.Texts("Thresholds", set.Thresholds(selection.NewPerfdata))
	parser, err := option.New(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(strings.Fields(line)); err != nil {
		t.Fatal(err)
	}
	selection.Threshold, selection.Mode = value, "boxes"
	if err := selection.Bind(set); err != nil {
		return nil, err
	}
	sum := int64(0)
	for _, row := range rows {
		sum += row.size
		many.Add(row.name, row)
	}
	total.Set(sum)
	r := &check.Report{}
	return r, set.Report(r)
}

func texts(r *check.Report) string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, m.Status.String()+" "+m.Text)
	}
	return strings.Join(all, "; ")
}

func metrics(r *check.Report) string {
	var all []string
	for _, m := range r.Metrics {
		all = append(all, fmt.Sprintf("%s=%s%s;%s;%s;%s", m.Label, m.Value, m.Unit, m.Warning, m.Critical, m.Min))
	}
	return strings.Join(all, " ")
}

func TestReport(t *testing.T) {
	t.Parallel()
	one, two := []box{{"a", 5}}, []box{{"b", 1024}, {"a", 5}}
	for _, c := range []struct {
		name           string
		selection      counter.Selection
		line           string
		rows           []box
		texts, metrics string
	}{
		{"nothing", counter.Selection{}, "", nil, "OK Total size: 0.00 B", "total_size=0B;;;0 total_share=0.00%;;;"},
		{
			"one instance speaks in the short output",
			counter.Selection{},
			"", one, "OK Total size: 5.00 B; OK Box 'a' size: 5, state of a",
			"total_size=5B;;;0 total_share=1.67%;;; size=5;;;",
		},
		{
			"many are summed up, in order of their names",
			counter.Selection{},
			"--critical-status=", two, "OK Total size: 1.00 KB; OK All boxes are ok",
			"total_size=1029B;;;0 total_share=343.00%;;; size_a=5;;; size_b=1024;;;",
		},
		{"a state's default", counter.Selection{Filter: "status"}, "", two, "CRITICAL Box 'b' state of b; OK All boxes are ok", ""},
		{"one instance that is bad speaks twice", counter.Selection{Filter: "^size"}, "--warning-size=1", one, "WARNING Box 'a' size: 5; OK Box 'a' size: 5", "size=5;0:1;;"},
		{"not selected, one instance", counter.Selection{Filter: "total-size"}, "", one, "OK Total size: 5.00 B; OK Box 'a' ", "total_size=5B;;;0"},
		{"not selected, many", counter.Selection{Filter: "total-size"}, "", two, "OK Total size: 1.00 KB", "total_size=1029B;;;0"},
		{"block left out", counter.Selection{FilterBlock: "glob"}, "--critical-status=0", two, "OK All boxes are ok", "size_a=5;;; size_b=1024;;;"},
		{"the hidden one on demand", counter.Selection{Filter: "total", DisplayOK: "share"}, "", nil, "OK Total size: 0.00 B, share: 0.00%", "total_size=0B;;;0 total_share=0.00%;;;"},
		{"the hidden one when it is bad", counter.Selection{Filter: "total"}, "--unknown-total-share=1:", nil, "UNKNOWN Total share: 0.00%", "total_size=0B;;;0 total_share=0.00%;;;"},
		{"alias in a filter", counter.Selection{Filter: "bulk"}, "--warning-bulk=1", two, "WARNING Box 'a' size: 5; WARNING Box 'b' size: 1024; OK All boxes are ok", "size_a=5;0:1;; size_b=1024;0:1;;"},
		{
			"worst of several",
			counter.Selection{Filter: "total"},
			"--warning-total-size=~:1 --critical-total-share=1", two[:1], "CRITICAL Total size: 1.00 KB, share: 341.33%; OK Box 'b' ",
			"total_size=1024B;~:1;;0 total_share=341.33%;;0:1;",
		},
		{
			"new names",
			counter.Selection{Filter: "size", NewPerfdata: true},
			"--warning-instance-boxes-size-bytes=1 --critical-total-size=1", one,
			"CRITICAL Total size: 5.00 B; WARNING Box 'a' size: 5; OK Box 'a' size: 5", "boxes.size.total.bytes=5B;;0:1;0 a#boxes.size.bytes=5;0:1;;",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := report(t, c.selection, c.line, c.rows...)
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(r); got != c.texts {
				t.Errorf("texts\ngot  %q\nwant %q", got, c.texts)
			}
			if got := metrics(r); got != c.metrics {
				t.Errorf("metrics\ngot  %q\nwant %q", got, c.metrics)
			}
		})
	}
}

func TestLongOutput(t *testing.T) {
	t.Parallel()
	r, err := report(t, counter.Selection{Filter: "size"}, "", box{"b", 2}, box{"a", 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Long, "; "); got != "Box 'a' size: 1; Box 'b' size: 2" {
		t.Errorf("long output %q", got)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		selection counter.Selection
		line      string
		want      string
	}{
		{counter.Selection{Filter: "(["}, "", "--filter-counters"},
		{counter.Selection{FilterBlock: "(["}, "", "--filter-counters-block"},
		{counter.Selection{DisplayOK: "(["}, "", "--display-ok-counters"},
		{counter.Selection{}, "--warning-size=x", "Wrong warning-size threshold 'x'."},
		{counter.Selection{NewPerfdata: true}, "--warning-size=x", "Wrong warning-instance-boxes-size-bytes threshold 'x'."},
		{counter.Selection{Filter: "total"}, "--warning-size=x", "Wrong warning-size threshold 'x'."},
		{counter.Selection{}, "--unknown-status=%{size}>", "Wrong unknown-status condition"},
		{counter.Selection{}, "--critical-status=1/(%{size}-5)", "Cannot evaluate --critical-status"},
	} {
		if _, err := report(t, c.selection, c.line, box{"a", 5}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v %s: error %v, want %q", c.selection, c.line, err, c.want)
		}
	}
}

func TestPrecision(t *testing.T) {
	t.Parallel()
	for precision, want := range map[string]string{"": "WARNING", "x": "WARNING", "8": "WARNING", "1": "OK", "99": "WARNING"} {
		// A third of 1 is 0.333..., which one digit rounds to the bound.
		r, err := report(t, counter.Selection{Filter: "total-share", Precision: precision, DisplayOK: "."}, "--warning-total-share=0.3", box{"a", 1})
		if err != nil || !strings.HasPrefix(texts(r), want) {
			t.Errorf("precision %q: %q, %v, want %s", precision, texts(r), err, want)
		}
	}
}

func TestMemoryOfWhatIsNotShown(t *testing.T) {
	set, _, many := boxes()
	selection := counter.Selection{Filter: "total", Threshold: func(string) (string, bool) { return "", false }}
	if err := selection.Bind(set); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("box", i)
	}
	allocations := testing.AllocsPerRun(10, func() {
		for _, name := range names {
			many.Add(name, box{name, 1})
		}
	})
	if allocations > 1 {
		t.Errorf("%v allocations for instances that nobody sees", allocations)
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "0.00 B", 1023: "1023.00 B", 1024: "1.00 KB", 1536: "1.50 KB", 1 << 20: "1.00 MB", 5 << 30: "5.00 GB", 1 << 40: "1.00 TB", 1 << 50: "1024.00 TB", -2048: "-2.00 KB",
	} {
		if got := counter.Bytes(n); got != want {
			t.Errorf("%v is worded %q, want %q", n, got, want)
		}
	}
}

func TestLimitsOfAShare(t *testing.T) {
	t.Parallel()
	share := counter.NewSingle("share", "", counter.Counter[int64]{
		Decl:  counter.Decl{Label: "share", Metric: "share", NLabel: "share.count", ThresholdsByLabel: true, Help: "share"},
		Count: func(n int64) int64 { return n }, Format: "%d",
		Metrics: func(n int64, l counter.Limits) []perfdata.Metric {
			m := l.Metric("share", "share.count", "it's")
			m.Warning, m.Critical = l.RangesOf(n)
			return []perfdata.Metric{m}
		},
	})
	set := counter.Set{share}
	values, value := option.Texts("", set.Thresholds(true))
	parser, err := option.New(values)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse([]string{"--warning-share=@10:99.9", "--critical-share=~:50"}); err != nil {
		t.Fatal(err)
	}
	selection := counter.Selection{NewPerfdata: true, Threshold: value}
	if err := selection.Bind(set); err != nil {
		t.Fatal(err)
	}
	share.Set(7)
	r := &check.Report{}
	if err := set.Report(r); err != nil {
		t.Fatal(err)
	}
	if got := metrics(r); got != "it''s#share.count=;@0:6;~:3;" {
		t.Errorf("metric %q", got)
	}
}
