package registry_test

import (
	"testing"

	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
)

func entry(path, command string) registry.Entry {
	return registry.Entry{Path: path, New: func() plugin.Plugin {
		return plugin.Of(plugin.Spec[int]{Summary: path, Package: plugin.Package{Command: command}})
	}}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r, err := registry.New(entry("house/lamp", "lamp.pl"), entry("garden/lamp", "garden.pl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"house::lamp::plugin", "house/lamp/plugin", "house/lamp/plugin.pm", "house::lamp", "house/lamp"} {
		if e, ok := r.Find(name); !ok || e.Path != "house/lamp" || e.Name() != "house::lamp::plugin" {
			t.Errorf("%s finds %+v, %v", name, e, ok)
		}
	}
	for _, name := range []string{"", "plugin", "house", "house::lamp::mode::x", "House::lamp::plugin"} {
		if e, ok := r.Find(name); ok {
			t.Errorf("%s finds %+v", name, e)
		}
	}
	if e, module, ok := r.FindMode("house::lamp::mode::lampslit"); !ok || e.Path != "house/lamp" || module != "lampslit" {
		t.Errorf("mode: %+v, %q, %v", e, module, ok)
	}
	if e, ok := r.FindCommand("garden.pl"); !ok || e.Path != "garden/lamp" {
		t.Errorf("command: %+v, %v", e, ok)
	}
	if _, ok := r.FindCommand("centreon_plugins"); ok {
		t.Error("the binary's own name finds a plugin")
	}
	if all := r.Entries(); len(all) != 2 || all[0].Path != "garden/lamp" {
		t.Errorf("entries %+v", all)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string][]registry.Entry{
		"two of one path": {entry("a", ""), entry("b", ""), entry("a", "")},
		"no path":         {entry("", "")},
		"no constructor":  {{Path: "a"}},
	} {
		if _, err := registry.New(entries...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
