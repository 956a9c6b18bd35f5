package output

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/perfdata"
)

// openmetrics prints the metrics as gauges, the samples of one name together, and the status as one more. There are no
// timestamps, since node_exporter refuses files that have them. A value that is no number is left out, and so is a second
// sample with the same name and labels.
func (d document) openmetrics() []byte {
	type family struct {
		name    string
		samples []string
	}
	var families []*family
	byName := map[string]*family{}
	seen := map[string]bool{}
	status := perfdata.Metric{Label: "plugin.mode.status", Value: strconv.Itoa(int(d.status))}
	for _, m := range append(slices.Clip(d.metrics), status) {
		if !isNumber(m.Value) {
			continue
		}
		// An instance may hold a #, a name hardly.
		name, instance := m.Label, ""
		if at := strings.LastIndexByte(name, '#'); at >= 0 {
			instance, name = strings.ReplaceAll(name[:at], "''", "'"), name[at+1:]
		}
		name = metricName(name)
		sample := name + d.labels(m, instance)
		if seen[sample] {
			continue
		}
		seen[sample] = true
		if byName[name] == nil {
			byName[name] = &family{name: name}
			families = append(families, byName[name])
		}
		byName[name].samples = append(byName[name].samples, sample+" "+m.Value+"\n")
	}
	var out []byte
	for _, f := range families {
		out = append(append(append(out, "# TYPE "...), f.name...), " gauge\n"...)
		for _, sample := range f.samples {
			out = append(out, sample...)
		}
	}
	return append(out, "# EOF\n"...)
}

// labels returns the labels of a sample; those without a value are left out.
func (d document) labels(m perfdata.Metric, instance string) string {
	mode := m.Mode
	if mode == "" {
		mode = d.Mode
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var b strings.Builder
	for _, label := range [...]struct{ name, value string }{
		{"plugin", d.Plugin},
		{"mode", mode},
		{"unit", m.Unit},
		{"warning", m.Warning},
		{"critical", m.Critical},
		{"min", m.Min},
		{"max", m.Max},
		{"instance", instance},
	} {
		if label.value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(label.name + `="` + escape.Replace(strings.ToValidUTF8(label.value, "\uFFFD")) + `"`)
	}
	return "{" + b.String() + "}"
}

// metricName makes a name that OpenMetrics allows: letters, digits and _, no digit first, and not the ending _total, which
// belongs to counters.
func metricName(label string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, label)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	if strings.HasSuffix(name, "_total") {
		name += "_value"
	}
	return name
}

// isNumber accepts decimal numbers only, where strconv takes hexadecimal ones and infinity too.
func isNumber(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && strings.Trim(s, "+-.eE0123456789") == ""
}
