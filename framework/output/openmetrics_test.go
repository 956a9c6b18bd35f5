package output_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/output"
	"github.com/centplugins/centplugins/framework/perfdata"
)

// sample is a sample as a reader of OpenMetrics understands it.
type sample struct {
	name   string
	value  float64
	labels map[string]string
}

// hard is a report with all that is hard to write in OpenMetrics, and what a reader has to make of it.
func hard() (*check.Report, []sample) {
	r := &check.Report{
		Messages: []check.Message{{Status: check.Critical, Text: "ill"}},
		Metrics: []perfdata.Metric{
			{Label: "perfdate", Value: "1795176000"},
			{Label: "users.active.count", Value: "2", Unit: "users", Warning: "@0:3", Critical: "~:9", Min: "0", Max: "3", Mode: "users-activity"},
			{Label: `"the" \ o''brien \n#mails.sent.count`, Value: "-1.5e3"},
			{Label: "disk.used.percentage", Value: "+50.00", Unit: "%"},
			{Label: "two\nlines\r\t\x00#mails.sent.count", Value: "1."},
			{Label: "Zoë 日本 {}=,~#1#mails.sent.count", Value: ".5"},
			{Label: "half a rune \xc3#mails.sent.count", Value: "0"},
			{Label: "mails.total", Value: "12345678901234567890"},
			{Label: "9 étés", Value: "1", Unit: `"`, Warning: `\`},
			{Label: "", Value: "1"},
			{Label: "#nobody.count", Value: "1"},
			{Label: "users-active-count", Value: "3"},
			{Label: "no.number", Value: "1 2"},
			{Label: "perfdate", Value: "1"}, // a second value of the same
		},
	}
	of := func(name string, value float64, more ...string) sample {
		s := sample{name, value, map[string]string{"plugin": head.Plugin, "mode": head.Mode}}
		for i := 0; i < len(more); i += 2 {
			s.labels[more[i]] = more[i+1]
		}
		return s
	}
	return r, []sample{
		of("perfdate", 1795176000),
		of("users_active_count", 2, "mode", "users-activity", "unit", "users", "warning", "@0:3", "critical", "~:9", "min", "0", "max", "3"),
		of("users_active_count", 3),
		of("mails_sent_count", -1500, "instance", `"the" \ o'brien \n`),
		of("mails_sent_count", 1, "instance", "two\nlines\r\t\x00"),
		of("mails_sent_count", 0.5, "instance", "Zoë 日本 {}=,~#1"),
		of("mails_sent_count", 0, "instance", "half a rune \uFFFD"),
		of("disk_used_percentage", 50, "unit", "%"),
		of("mails_total_value", 12345678901234567890),
		of("_9__t_s", 1, "unit", `"`, "warning", `\`),
		of("_", 1),
		of("nobody_count", 1),
		of("plugin_mode_status", 2),
	}
}

// openmetrics renders a report in OpenMetrics.
func openmetrics(t *testing.T, r *check.Report) string {
	t.Helper()
	text, _ := render(t, output.Options{OutputOpenmetrics: true}, r)
	return text
}

// TestOpenmetricsIsRead has Prometheus' own library read what is printed.
func TestOpenmetricsIsRead(t *testing.T) {
	t.Parallel()
	hardReport, want := hard()
	for _, test := range []struct {
		name   string
		report *check.Report
		want   []sample
	}{
		{"hard", hardReport, want},
		{"status alone", &check.Report{}, []sample{{"plugin_mode_status", 0, map[string]string{"plugin": head.Plugin, "mode": head.Mode}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := openmetrics(t, test.report)
			if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1 {
				t.Errorf("not ended by # EOF: %q", text)
			}
			got := read(t, text)
			if len(got) != len(test.want) {
				t.Errorf("got %d samples, want %d", len(got), len(test.want))
			}
			for _, w := range test.want {
				if !contains(got, w) {
					t.Errorf("no sample %s%q %v in %q", w.name, w.labels, w.value, text)
				}
			}
		})
	}
}

// read returns the samples of a text; all have to be gauges.
func read(t *testing.T, text string) []sample {
	t.Helper()
	// Names in quotes, with any character, are new: what reads files from a poller may not know them.
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	var samples []sample
	for name, family := range families {
		if strings.Count(text, "# TYPE "+name+" gauge\n") != 1 {
			t.Errorf("%s has not the type gauge, once", name)
		}
		for _, m := range family.GetMetric() {
			if m.GetGauge() == nil || m.TimestampMs != nil {
				t.Errorf("%s is no gauge without a timestamp: %v", name, m)
			}
			s := sample{name, m.GetGauge().GetValue(), map[string]string{}}
			for _, label := range m.GetLabel() {
				s.labels[label.GetName()] = label.GetValue()
			}
			samples = append(samples, s)
		}
	}
	return samples
}

func contains(samples []sample, want sample) bool {
	for _, s := range samples {
		if s.name == want.name && s.value == want.value && maps.Equal(s.labels, want.labels) {
			return true
		}
	}
	return false
}

// TestPromtool has promtool read what is printed: as text, which is what node_exporter reads, and as OpenMetrics.
func TestPromtool(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not on PATH; the Debian package prometheus has it")
	}
	r, want := hard()
	text := openmetrics(t, r)

	t.Run("check metrics", func(t *testing.T) {
		t.Parallel()
		said, exit := run(t, promtool, text, "check", "metrics")
		// 3 means that it would choose other names, and would like help texts.
		if exit != 0 && exit != 3 || strings.Contains(said, "error while linting") {
			t.Errorf("exit %d: %s", exit, said)
		}
	})
	t.Run("openmetrics", func(t *testing.T) {
		t.Parallel()
		// Only this reads OpenMetrics, and wants a time with each sample.
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			if line != "" && !strings.HasPrefix(line, "#") {
				lines[i] = strings.TrimSuffix(line, "\n") + " 1795176000\n"
			}
		}
		folder := t.TempDir()
		file, blocks := filepath.Join(folder, "metrics"), filepath.Join(folder, "blocks")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, exit := run(t, promtool, "", "tsdb", "create-blocks-from", "openmetrics", file, blocks); exit != 0 {
			t.Fatalf("exit %d: %s", exit, said)
		}
		said, exit := run(t, promtool, "", "tsdb", "list", blocks)
		if fields := strings.Fields(said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]); exit != 0 || len(fields) < 7 || fields[6] != fmt.Sprint(len(want)) {
			t.Errorf("exit %d, want %d series: %s", exit, len(want), said)
		}
	})
}

// run runs a program and returns what it said and its exit status.
func run(t *testing.T, program, stdin string, args ...string) (said string, exit int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return all.String(), cmd.ProcessState.ExitCode()
}
