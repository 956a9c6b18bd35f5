package plugintest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
)

// Contract checks what every plugin must meet: names and texts that are there, options that do not clash in any combination
// of mode and custom mode, counters that are complete and told apart, and values made fresh for each run.
func Contract(t *testing.T, entry registry.Entry) {
	t.Helper()
	p := entry.New()
	info := p.Info()
	if info.Summary == "" || info.Package.Name == "" || info.Package.Command == "" {
		t.Errorf("summary, package name and command must be given: %+v", info)
	}
	if len(info.Modes) == 0 || len(info.CustomModes) == 0 {
		t.Fatalf("a plugin needs modes and custom modes: %+v", info)
	}
	names := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, named := range append(info.Modes, info.CustomModes...) {
		if !names.MatchString(named.Name) || named.Help == "" {
			t.Errorf("wrong name, or no help: %+v", named)
		}
	}
	for _, custom := range info.CustomModes {
		for _, mode := range info.Modes {
			t.Run(custom.Name+"/"+mode.Name, func(t *testing.T) { checkMode(t, p, custom.Name, mode.Name) })
		}
	}
}

func checkMode(t *testing.T, p plugin.Plugin, customName, modeName string) {
	t.Helper()
	mode, err := p.Mode(modeName)
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.Mode(modeName)
	if err != nil {
		t.Fatal(err)
	}
	if mode.Options != nil && mode.Options == other.Options {
		t.Error("two runs of the mode share their options")
	}
	for i := range mode.Counters {
		if mode.Counters[i] == other.Counters[i] {
			t.Error("two runs of the mode share their counters")
		}
	}
	checkCounters(t, mode.Counters)
	for _, newPerfdata := range []bool{false, true} {
		custom, err := p.CustomMode(customName)
		if err != nil {
			t.Fatal(err)
		}
		thresholds, _ := option.Texts("Thresholds", mode.Counters.Thresholds(newPerfdata))
		sets := append(custom.Sets, thresholds, option.Set{Title: "Counter options", Ptr: new(counter.Options)})
		if mode.Options != nil {
			sets = append(sets, option.Set{Title: "Mode options", Ptr: mode.Options})
		}
		parser, err := option.New(sets...)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range parser.Groups() {
			for _, o := range group.Options {
				if o.Help == "" || strings.Contains(o.Help, "TODO") {
					t.Errorf("option --%s has no help", o.Name)
				}
			}
		}
	}
}

func checkCounters(t *testing.T, set counter.Set) {
	t.Helper()
	labels := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	nlabels := regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, block := range set {
		for _, d := range block.Declarations() {
			if !labels.MatchString(d.Label) || seen[d.Label] || d.Help == "" {
				t.Errorf("counter %q: label wrong or used twice, or no help", d.Label)
			}
			seen[d.Label] = true
			if d.State {
				continue
			}
			if d.Metric == "" || !nlabels.MatchString(d.NLabel) || seen[d.NLabel] {
				t.Errorf("counter %q: no metric, or nlabel %q wrong or used twice", d.Label, d.NLabel)
			}
			seen[d.NLabel] = true
		}
	}
}
