package all_test

import (
	"cmp"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// TestMetrics holds the metrics that transcripts print to those that the registry declares, in both directions: packs, pages and
// graphs are made from the declarations.
func TestMetrics(t *testing.T) {
	t.Parallel()
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		t.Fatal(err)
	}
	document, err := describe.New(plugins, "", describe.Shared{})
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string][]declaration{} // by plugin and mode
	for _, p := range document.Plugins {
		for _, m := range p.Modes {
			declared[p.Name+" "+m.Name] = declarations(p, m)
		}
	}
	printed := map[string]bool{} // by plugin, mode and nlabel
	labels := 0
	root := filepath.Join("..", "..", "modes")
	err = filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".txtar" {
			return err
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			return err
		}
		args, stdout := parts(archive)
		modes := modesOf(args)
		if len(modes) == 0 {
			return nil
		}
		// The metrics of a line of text stand behind its bar.
		for _, found := range regexp.MustCompile(`'((?:[^']|'')*)'=(-?[0-9.]+)([^;\s]*);`).FindAllStringSubmatch(stdout, -1) {
			labels++
			if !slices.ContainsFunc(modes, func(mode string) bool {
				i := slices.IndexFunc(declared[mode], func(d declaration) bool { return d.prints(found[1], found[3]) })
				if i >= 0 {
					printed[mode+" "+declared[mode][i].NLabel] = true
				}
				return i >= 0
			}) {
				t.Errorf("%s: the registry declares no metric '%s' with the unit %q for %v", file, found[1], found[3], modes)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if labels < 200 {
		t.Errorf("%d metrics were found in the transcripts: they print more", labels)
	}
	for mode, all := range declared {
		for _, d := range all {
			if !d.optional && !printed[mode+" "+d.NLabel] {
				t.Errorf("%s declares the metric %s, which no transcript prints", mode, d.NLabel)
			}
		}
	}
}

// declaration is a metric as the registry declares it.
type declaration struct {
	describe.Metric
	instances bool
	optional  bool // printed where the custom mode has something to say
}

func declarations(p describe.Plugin, m describe.Mode) []declaration {
	var all []declaration
	for _, b := range m.Blocks {
		for _, c := range b.Counters {
			for _, metric := range c.Metrics {
				all = append(all, declaration{metric, b.Instances, false})
			}
		}
	}
	for _, c := range p.CustomModes {
		for _, metric := range c.Metrics {
			all = append(all, declaration{metric, false, true})
		}
	}
	return all
}

// prints reports whether a label with that unit is of this metric: alone, or with an instance where there may be one.
func (d declaration) prints(label, unit string) bool {
	short := label == d.Name || d.instances && strings.HasPrefix(label, d.Name+"_")
	if d.Name != "" && short {
		return unit == d.Unit
	}
	long := label == d.NLabel || d.instances && strings.HasSuffix(label, "#"+d.NLabel)
	return long && unit == cmp.Or(d.NewUnit, d.Unit)
}

func parts(archive *txtar.Archive) (args []string, stdout string) {
	for _, f := range archive.Files {
		switch f.Name {
		case "args":
			args = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		case "stdout":
			stdout = string(f.Data)
		}
	}
	return args, stdout
}

// modesOf returns the modes that a command line runs, each behind its plugin; none where its metrics are made over.
func modesOf(args []string) []string {
	plugin, modes := "", ""
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--plugin":
			plugin = value
		case "--mode", "--modes-exec":
			modes = value // of multi, whose modes come after it
		case "--change-perfdata", "--extend-perfdata", "--extend-perfdata-group", "--explode-perfdata-max":
			return nil
		}
	}
	all := strings.Split(modes, ",")
	for i := range all {
		all[i] = plugin + " " + all[i]
	}
	return all
}

func TestMetricsAreToldApart(t *testing.T) {
	t.Parallel()
	of := func(name, nlabel, unit string, instances bool) declaration {
		return declaration{describe.Metric{Name: name, NLabel: nlabel, Unit: unit}, instances, false}
	}
	for _, c := range []struct {
		d           declaration
		label, unit string
		want        bool
	}{
		{of("items", "boxes.items.count", "", true), "items_ann", "", true},
		{of("items", "boxes.items.count", "", true), "ann#boxes.items.count", "", true},
		{of("items", "boxes.items.count", "", true), "items", "", true},
		{of("items", "boxes.items.count", "", true), "items_ann", "B", false},
		{of("items", "boxes.items.count", "", false), "items_ann", "", false},
		{of("items", "boxes.items.count", "", false), "ann#boxes.items.count", "", false},
		{of("", "boxes.items.count", "", true), "_ann", "", false},
	} {
		if got := c.d.prints(c.label, c.unit); got != c.want {
			t.Errorf("%+v, %s: %v", c.d, c.label, got)
		}
	}
}
