package perfdata_test

import (
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/perfdata"
)

// mailboxes are the metrics of a check of two mailboxes.
func mailboxes() []perfdata.Metric {
	return []perfdata.Metric{
		{Label: "active_mailboxes", NLabel: "exchange.users.active.count", Value: "2", Unit: "mailboxes", Warning: "0:2", Min: "0", Max: "4", Mode: "m"},
		{Label: "total_send_count", Value: "15", Warning: "@100:200", Min: "0"},
		{Label: "total_read_count", Value: "3000", Critical: "0:100", Min: "0"},
		{Label: "send_count_ann@x.example", Value: "10", Min: "0"},
		{Label: "read_count_ann@x.example", Value: "3000", Min: "0"},
		{Label: "send_count_bob", Value: "5", Min: "0"},
	}
}

// print writes metrics as the text output does, without those that are still as mailboxes has them.
func print(metrics []perfdata.Metric) string {
	known := map[string]bool{}
	one := func(m perfdata.Metric) string {
		return m.Label + "=" + m.Value + m.Unit + ";" + strings.Join([]string{m.Warning, m.Critical, m.Min, m.Max}, ";")
	}
	for _, m := range mailboxes() {
		known[one(m)] = true
	}
	var out []string
	for _, m := range metrics {
		if text := one(m); !known[text] {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

func apply(t *testing.T, o perfdata.Options, metrics []perfdata.Metric) []perfdata.Metric {
	t.Helper()
	p, err := o.Compile()
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	got, err := p.Apply(metrics)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return got
}

// The expected metrics are what Centreon's Perl prints for the same options.
func TestRewrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, changed, extended string }{
		{"active,enabled,percent()", "enabled_mailboxes=50.00%;0.00:50.00;;0;100", "enabled_mailboxes=50.00%;0.00:50.00;;0;100"},
		{"active,free,invert()", "free_mailboxes=2mailboxes;2:4;;0;4", "free_mailboxes=2mailboxes;2:4;;0;4"},
		{"active,, invert ( ) ", "active_mailboxes=2mailboxes;2:4;;0;4", "active_mailboxes=2mailboxes;2:4;;0;4"},
		{"total_send,sent", "sent_count=15;@100:200;;0;", "sent_count=15;@100:200;;0;"},
		{"total_(.*)_count,$1", "send=15;@100:200;;0; read=3000;;0:100;0;", "send=15;@100:200;;0; read=3000;;0:100;0;"},
		{"active,,percent(),pc,1,99", "active_mailboxes=50.00pc;0.00:50.00;;1;99", "active_mailboxes=50.00pc;0.00:50.00;;1;99"},
		{"active,new,percent(),,,200,50,80", "new_mailboxes=50.00%;50;80;0;200", "new_mailboxes=50.00%;50;80;0;200"},
		{"active,,,users", "active_mailboxes=2users;0:2;;0;4", "active_mailboxes=2users;0:2;;0;4"},
		{"active,,,,,,10%,50%", "active_mailboxes=2mailboxes;0.4;2;0;4", "active_mailboxes=2mailboxes;0.4;2;0;4"},
		{"active,,,,,,5:10,@3", "active_mailboxes=2mailboxes;5:10;3;0;4", "active_mailboxes=2mailboxes;5:10;3;0;4"},
		{"active,,,,,,~:80 %,-4:", "active_mailboxes=2mailboxes;:3.2;4:;0;4", "active_mailboxes=2mailboxes;:3.2;4:;0;4"},
		{"total_send,,,,,,80%", "total_send_count=15;;;0;", "total_send_count=15;;;0;"},
		{"total_send,,math(current*2)", "total_send_count=30;@100:200;;0;", "total_send_count=30;@100:200;;0;"},
		{"total_send,,math(current + 10 - 100)", "total_send_count=-75;@100:200;;0;", "total_send_count=-75;@100:200;;0;"},
		{"total_send,,math((current+1)*3/2)", "total_send_count=24;@100:200;;0;", "total_send_count=24;@100:200;;0;"},
		{"total_send,,math(current*2|1)", "total_send_count=30;@200:400;;0;100", "total_send_count=30;@200:400;;0;100"},
		{"total_send,,math(current*2| 0)", "total_send_count=30;@100:200;;0;", "total_send_count=30;@100:200;;0;"},
		{"active,,math(current/0)", "", ""},
		{"active,x,math(system('x'))", "", ""},
		{"active,x,nosuch()", "", ""},
		{"active,x,percent", "", ""},
		{"active,x,scale(XB)", "", ""},
		{"active,x,math(|1)", "", ""},
		{"active,,scale(GB)", "", ""},
		{"nothing,new", "", ""},
		{"", "", ""},
		{",", "", ""},
		{",x,percent()", "", ""},
		{"total_send_count,x,eval(%(value) = %(value) * 10)", "x=150;@100:200;;0;", "x=150;@100:200;;0;"},
		{"(active),eval2,eval(%(label) = 'zz')", "zz=2mailboxes;0:2;;0;4", "zz=2mailboxes;0:2;;0;4"},
		{"active,,eval(%{unit} =~ s/mail//)", "active_mailboxes=2boxes;0:2;;0;4", "active_mailboxes=2boxes;0:2;;0;4"},
		{"active,,eval(%(max) = %(value) + 1; %(min) = 1)", "active_mailboxes=2mailboxes;0:2;;1;3", "active_mailboxes=2mailboxes;0:2;;1;3"},
		{"active,,eval()", "", ""},
		{"total_send,,sum(total)", "total_send_count=3015;@100:200;;0;", "total_send_count=3015;@100:200;;0;"},
		{"total_send,,average(total)", "total_send_count=1507.50;@100:200;;0;", "total_send_count=1507.50;@100:200;;0;"},
		{"total_send,,max(.*)", "total_send_count=3000;@100:200;;0;", "total_send_count=3000;@100:200;;0;"},
		{"total_send,,min(mailboxes)", "total_send_count=2;@100:200;;0;", "total_send_count=2;@100:200;;0;"},
		{"total_(send),,sum($1_count)", "total_send_count=30;@100:200;;0;", "total_send_count=30;@100:200;;0;"},
	} {
		t.Run(test.arg, func(t *testing.T) {
			t.Parallel()
			if got := print(apply(t, perfdata.Options{ChangePerfdata: []string{test.arg}}, mailboxes())); got != test.changed {
				t.Errorf("change: got %q, want %q", got, test.changed)
			}
			if got := print(apply(t, perfdata.Options{ExtendPerfdata: []string{test.arg}}, mailboxes())); got != test.extended {
				t.Errorf("extend: got %q, want %q", got, test.extended)
			}
		})
	}
}

func TestExtendKeepsOrigin(t *testing.T) {
	t.Parallel()
	got := apply(t, perfdata.Options{ExtendPerfdata: []string{"active,,math(current/0)"}}, mailboxes())
	if len(got) != 7 || got[6].Label != "active_mailboxes" || got[6].Value != "2" || got[0].Label != "active_mailboxes" {
		t.Errorf("got %v, want a copy of the first metric at the end", got)
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, want string }{
		{",sum_counts,sum(count)", "sum_counts=6030;;;;"},
		{",avg_counts,average(count),avg,0,100", "avg_counts=1206.00avg;;;0;100"},
		{",min_counts,min(count)", "min_counts=5;;;;"},
		{",max_counts,max(count)", "max_counts=3000;;;;"},
		{",none,sum(nothing)", ""},
		{"send_count_(.*),per_$1,sum((send|read)_count_$1)", "per_ann@x.example=3010;;;; per_bob=5;;;;"},
		{"total_(send|read),t_$1,max(total_$1)", "t_send_count=15;;;; t_read_count=3000;;;;"},
		{",x,sum(count),u,0,1000,50%,80%", "x=6030u;500;800;0;1000"},
		{",x,sum(count),,,,10,20", "x=6030;10;20;;"},
		{",p,percent(),u,0,100", "p=0.00%;;;0;100"},
		{"(.*),copy_$1", ""},
		{",p,percent()", ""},
		{",,sum(count)", ""},
		{",q,sum(^total)", "q=3015;;;;"},
	} {
		t.Run(test.arg, func(t *testing.T) {
			t.Parallel()
			got := apply(t, perfdata.Options{ExtendPerfdataGroup: []string{test.arg}}, mailboxes())
			if text := print(got); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, value, unit, warning, max, want string }{
		{"scale(GB)", "56655906887", "B", "0:53687091200", "107374182400", "x=52.76GB;0:50;;;100.00"},
		{"scale(GB)", "52", "GB", "0.00:50.00", "", "x=52.00GB;0.00:50.00;;;"},
		{"scale(MB)", "2", "GB", "~:1", "", "x=2048.00MB;~:1024;;;"},
		{"scale(Mb)", "1000000", "B", "@0:125000", "", "x=8.00Mb;@0:1;;;"},
		{"scale(B)", "8", "kb", "", "", "x=1024.00B;;;;"}, // the step follows the target: Centreon has it so
		{"scale(kBps)", "2048", "Bps", "", "", "x=2.00kBps;;;;"},
		{"scale(auto)", "1099511627776", "B", "10:", "", "x=1.00tB;9.09494701772928e-12:;;;"},
		{"scale()", "1500", "b/s", "", "", "x=1.46kb/s;;;;"},
		{"scale(auto)", "2048", "KB", "", "", "x=2.00kB;;;;"}, // an upper-case prefix counts as none
		{"scale(auto)", "500", "kB", "", "", "x=500.00kB;;;;"},
		{"scale(GB)", "5", "%", "0:80", "100", "x=5%;0:80;;;100"},
		{"scale(GB)", "5", "", "0:80", "100", "x=5;0:80;;;100"},
	} {
		t.Run(test.method+test.value+test.unit, func(t *testing.T) {
			t.Parallel()
			m := perfdata.Metric{Label: "x", Value: test.value, Unit: test.unit, Warning: test.warning, Max: test.max}
			got := print(apply(t, perfdata.Options{ChangePerfdata: []string{"x,," + test.method}}, []perfdata.Metric{m}))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestNoNumberBeyondBounds(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("9", 400)
	for _, arg := range []string{"x,,percent()", "x,,math(current*" + huge + ")", "x,,,,,Inf", "x,,invert(),,,,9%", "x,,scale(kB)", "x,,eval(%(value) = 9**9**9)"} {
		for _, m := range []perfdata.Metric{
			{Label: "x", Value: "1", Unit: "B", Max: "0"},
			{Label: "x", Value: "1", Unit: "B", Max: huge, Warning: "0:" + huge},
		} {
			for _, o := range []perfdata.Options{{ChangePerfdata: []string{arg}}, {ExtendPerfdata: []string{arg}}, {ExtendPerfdataGroup: []string{arg}}} {
				p, err := o.Compile()
				if err != nil {
					t.Fatalf("%s: %v", arg, err)
				}
				got, err := p.Apply([]perfdata.Metric{m})
				if err != nil {
					t.Fatalf("%s: %v", arg, err)
				}
				for _, m := range got {
					if text := print([]perfdata.Metric{m}); strings.Contains(text, "Inf") || strings.Contains(text, "NaN") {
						t.Errorf("%s: %s", arg, text)
					}
				}
			}
		}
	}
}

func text(s string) *string { return &s }

func TestExplode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{""}, "active_mailboxes_max=4mailboxes;;;;"},
		{[]string{"active,amax"}, "amax=4mailboxes;;;;"},
		{[]string{"nothing,x"}, ""},
		{[]string{"nothing,x", "box,it's,more"}, "it''s=4mailboxes;;;;"},
	} {
		got := apply(t, perfdata.Options{ExplodePerfdataMax: test.args}, mailboxes())
		if text := print(got); text != test.want {
			t.Errorf("%q: got %q, want %q", test.args, text, test.want)
		}
		if last := got[len(got)-1]; test.want != "" && (last.Mode != "m" || last.NLabel != "") {
			t.Errorf("%q: got mode %q and nlabel %q, want those of a metric of its own", test.args, last.Mode, last.NLabel)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ pattern, condition, want string }{
		{"total", "", "total_send_count total_read_count"},
		{"^(?!total)", "", "active_mailboxes send_count_ann@x.example read_count_ann@x.example send_count_bob"},
		{"", "%(value) > 10", "total_send_count total_read_count read_count_ann@x.example"},
		{"", "%{value} == 5 and %{max} eq ''", "send_count_bob"},
		{"", `not (%(value) > 2 and %(max) eq "")`, "active_mailboxes"},
		{"", "%(label) =~ /SEND/i", "total_send_count send_count_ann@x.example send_count_bob"},
		{"", "%(unit) eq 'mailboxes'", "active_mailboxes"},
		{"", "%(warning) ne ''", "active_mailboxes total_send_count"},
		{"", "alert_triggered()", "total_read_count"},
		{"total", "not alert_triggered()", "total_send_count"},
		{"", "%(nosuch) eq ''", "active_mailboxes total_send_count total_read_count send_count_ann@x.example read_count_ann@x.example send_count_bob"},
	} {
		t.Run(test.pattern+test.condition, func(t *testing.T) {
			t.Parallel()
			var labels []string
			for _, m := range apply(t, perfdata.Options{FilterPerfdata: test.pattern, FilterPerfdataAdv: test.condition}, mailboxes()) {
				labels = append(labels, m.Label)
			}
			if got := strings.Join(labels, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAlertTriggered(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value, warning, critical string
		want                     bool
	}{
		{"5", "10", "20", false},
		{"11", "10", "20", true},
		{"21", "", "20", true},
		{"-1", "", "", true}, // no threshold is the range 0:
		{"1", "", "", false},
		{"15", "@10:20", "", true},
		{"15", "bogus", "bogus", false},
		{"10.0000000001", "10", "", true},
	} {
		m := perfdata.Metric{Label: "x", Value: test.value, Warning: test.warning, Critical: test.critical}
		got := apply(t, perfdata.Options{FilterPerfdataAdv: "alert_triggered()"}, []perfdata.Metric{m})
		if len(got) == 1 != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}

func TestRangesAndUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode            *string
		threshold, want string
	}{
		{nil, "0:20", "0:20"},
		{text("0"), "0:20", "0:20"},
		{text("1"), "0:20", "20"},
		{text(""), "0:20", "20"},
		{text("1"), "@0.00:20", "@20"},
		{text("1"), "-0:20", "20"},
		{text("1"), "0:", ""},
		{text("1"), "10:20", "10:20"},
		{text("1"), "~:20", "~:20"},
		{text("1"), "20", "20"},
		{text("1"), ":20", ":20"},
		{text("1"), "-:20", "-:20"},
		{text("2"), "10:20", ""},
	} {
		m := perfdata.Metric{Label: "x", Value: "1", Warning: test.threshold, Critical: test.threshold}
		got := apply(t, perfdata.Options{RangePerfdata: test.mode}, []perfdata.Metric{m})
		if got[0].Warning != test.want || got[0].Critical != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
	for pattern, want := range map[string]string{"B": "", "^$": "", "mail": "mailboxes", "": "mailboxes"} {
		if got := apply(t, perfdata.Options{FilterUOM: pattern}, mailboxes()); got[0].Unit != want {
			t.Errorf("filter-uom %q: got %q, want %q", pattern, got[0].Unit, want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	got := apply(t, perfdata.Options{
		ExtendPerfdataGroup: []string{",all,sum(.)"},
		ExtendPerfdata:      []string{"a,b"},
		ChangePerfdata:      []string{"a,,math(current*2)", "a,,math(current+1)"},
		ExplodePerfdataMax:  []string{""},
		FilterPerfdata:      "^(all|b_max)$",
	}, []perfdata.Metric{{Label: "a", Value: "1", Max: "9"}})
	if text := print(got); text != "all=6;;;; b_max=9;;;;" {
		t.Errorf("got %q", text)
	}
}

func TestApplyLeavesItsArgument(t *testing.T) {
	t.Parallel()
	given := mailboxes()
	apply(t, perfdata.Options{ChangePerfdata: []string{".,x"}, FilterPerfdata: "nothing", RangePerfdata: text("2")}, given)
	if got := print(given); got != "" {
		t.Errorf("the given metrics have changed: %s", got)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options perfdata.Options
		want    string
	}{
		{perfdata.Options{RangePerfdata: text("3")}, "Wrong range-perfdata option '3'"},
		{perfdata.Options{ExplodePerfdataMax: []string{"active"}}, "Wrong explode-perfdata-max option 'active' (syntax: match,value)"},
		{perfdata.Options{ExplodePerfdataMax: []string{"a,b", ""}}, "Wrong explode-perfdata-max option '' (syntax: match,value)"},
		{perfdata.Options{ExplodePerfdataMax: []string{"[,b"}}, "Wrong explode-perfdata-max option '[,b': "},
		{perfdata.Options{FilterPerfdata: "["}, "Wrong filter-perfdata option '[': "},
		{perfdata.Options{FilterPerfdataAdv: "%(value) >"}, "Wrong filter-perfdata-adv option '%(value) >': "},
		{perfdata.Options{FilterUOM: "("}, "Wrong filter-uom option '(': "},
		{perfdata.Options{ChangePerfdata: []string{"(,x"}}, "Wrong change-perfdata option '(,x': "},
		{perfdata.Options{ExtendPerfdata: []string{"a,,math(current+)"}}, "Wrong extend-perfdata option 'a,,math(current+)': "},
		{perfdata.Options{ExtendPerfdataGroup: []string{",x,eval(1 +)"}}, "Wrong extend-perfdata-group option ',x,eval(1 +)': "},
	} {
		_, err := test.options.Compile()
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestApplyError(t *testing.T) {
	t.Parallel()
	p, err := perfdata.Options{FilterPerfdataAdv: "%(value) / %(min) > 1"}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Apply(mailboxes())
	if err == nil || !strings.HasPrefix(err.Error(), "Option --filter-perfdata-adv, metric 'active_mailboxes': ") {
		t.Errorf("got %v", err)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	p, err := perfdata.Options{ChangePerfdata: []string{"active,x,nosuch()", "active,,math(current/0)"}}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(mailboxes()); err != nil {
		t.Fatal(err)
	}
	notes := p.Notes()
	if len(notes) != 2 || !strings.Contains(notes[0], "nosuch()") || !strings.Contains(notes[1], "'active_mailboxes'") {
		t.Errorf("got %q", notes)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	if got := perfdata.Label("o'brien's"); got != "o''brien''s" {
		t.Errorf("got %q", got)
	}
}

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		"active,enabled,percent(),u,0,100,50%,@3", ",x,sum((send|read)_count_$1),,,,~:80 %", "(.*),$1,scale(Mb)", "a,,math(current**9|1)",
		"a,,eval(%(value) .= 'x'; %(label) =~ s/a/b/g)", "[,x", "a,${1},min(", ",,,,,,,,", "a,,invert(),,,Inf,9%", "\xff,\x00,scale(\xff)",
	} {
		f.Add(seed, "56655906887", "GB", "@0:1KB")
	}
	f.Fuzz(func(t *testing.T, arg, value, unit, threshold string) {
		for _, o := range []perfdata.Options{
			{ChangePerfdata: []string{arg}},
			{ExtendPerfdata: []string{arg}},
			{ExtendPerfdataGroup: []string{arg}},
			{ExplodePerfdataMax: []string{arg}, RangePerfdata: text("1")},
			{FilterPerfdataAdv: arg},
		} {
			p, err := o.Compile()
			if err != nil {
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("more than a line: %q", err)
				}
				continue
			}
			metrics := append(mailboxes(), perfdata.Metric{Label: "active", Value: value, Unit: unit, Warning: threshold, Max: threshold})
			_, _ = p.Apply(metrics)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	p, err := perfdata.Options{}.Compile()
	if err != nil {
		b.Fatal(err)
	}
	metrics := mailboxes()
	for b.Loop() {
		if _, err := p.Apply(metrics); err != nil {
			b.Fatal(err)
		}
	}
}
