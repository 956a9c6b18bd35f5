package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/describe"
)

// lamps is a plugin with one service.
func lamps() describe.Plugin {
	var options []describe.Option
	for _, name := range []string{"tenant", "client-id", "client-secret"} {
		options = append(options, describe.Option{Name: name, Help: "The " + name + "; its value. More of it."})
	}
	return describe.Plugin{
		Name: "house::light::lamps::plugin", Path: "house/light/lamps", Summary: "Check lamps.", Package: describe.Package{Command: "lamps.pl"},
		Pack: describe.Pack{Name: "pack-lamps", HostTemplate: "Lamps-Api-custom", Services: []describe.Service{
			{Mode: "lit", Alias: "Lit", Template: "Lamps-Lit-Api-custom", Command: "Lamps-Lit-Api", Attached: true, Macros: map[string]string{"EXTRAOPTIONS": "--verbose"}},
		}},
		CustomModes: []describe.CustomMode{{Name: "wire", Options: []describe.Group{{Options: options}}}},
		Modes: []describe.Mode{{
			Name: "lit", FilterCounters: "lit|total",
			Options: []describe.Group{{Options: []describe.Option{
				{Name: "filter-room", Aliases: []string{"filter-hall"}, Help: "Only these rooms. Example: --filter-room='a'"},
				{Name: "dim", Help: "Dim lamps too.", Flag: true},
			}}},
			Blocks: []describe.Block{{Counters: []describe.Counter{
				{Label: "lit", Threshold: "lit", Help: "lamps that are lit"},
				{Label: "fuse", Threshold: "fuse", State: true, Help: "state of the fuse; variables: %{state}", Defaults: map[string]string{"critical": "%{state} =~ /blown/"}},
			}}},
		}},
	}
}

const lampsPack = `CMD;ADD;Lamps-Lit-Api;check;$CENTREONPLUGINS$/lamps.pl --plugin=house::light::lamps::plugin --mode=lit` +
	` --custommode='$_HOSTLIGHTCUSTOMMODE$' --tenant='$_HOSTLIGHTTENANT$' --client-id='$_HOSTLIGHTCLIENTID$'` +
	` --client-secret='$_HOSTLIGHTCLIENTSECRET$' $_HOSTLIGHTEXTRAOPTIONS$ --filter-room='$_SERVICEFILTERROOM$'` +
	` --filter-hall='$_SERVICEFILTERHALL$' --dim='$_SERVICEDIM$' --filter-counters='$_SERVICEFILTERCOUNTERS$'` +
	` --filter-counter='$_SERVICEFILTERCOUNTER$' --warning-lit='$_SERVICEWARNINGLIT$' --critical-lit='$_SERVICECRITICALLIT$'` +
	` --warning-fuse='$_SERVICEWARNINGFUSE$' --critical-fuse='$_SERVICECRITICALFUSE$' $_SERVICEEXTRAOPTIONS$
HTPL;ADD;Lamps-Api-custom;lamps;;Generic-Active-Cloud-Host-custom;;
HTPL;setmacro;Lamps-Api-custom;LIGHTCUSTOMMODE;wire;0;Way to reach the monitored system
HTPL;setmacro;Lamps-Api-custom;LIGHTTENANT;;0;The tenant
HTPL;setmacro;Lamps-Api-custom;LIGHTCLIENTID;;0;The client-id
HTPL;setmacro;Lamps-Api-custom;LIGHTCLIENTSECRET;;1;The client-secret
HTPL;setmacro;Lamps-Api-custom;LIGHTEXTRAOPTIONS;;0;Options that are added to the commands of all services
STPL;ADD;Lamps-Lit-Api-custom;Lit;generic-active-service-custom
STPL;setparam;Lamps-Lit-Api-custom;check_command;Lamps-Lit-Api
STPL;addhosttemplate;Lamps-Lit-Api-custom;Lamps-Api-custom
STPL;setmacro;Lamps-Lit-Api-custom;FILTERROOM;;Only these rooms;0
STPL;setmacro;Lamps-Lit-Api-custom;FILTERHALL;;Other name of FILTERROOM, of another release of the pack;0
STPL;setmacro;Lamps-Lit-Api-custom;DIM;0;Dim lamps too (1 or 0);0
STPL;setmacro;Lamps-Lit-Api-custom;FILTERCOUNTERS;lit|total;Show only the counters whose name matches the regular expression;0
STPL;setmacro;Lamps-Lit-Api-custom;FILTERCOUNTER;;Other name of FILTERCOUNTERS, of another release of the pack;0
STPL;setmacro;Lamps-Lit-Api-custom;WARNINGLIT;;WARNING outside of this range: lamps that are lit;0
STPL;setmacro;Lamps-Lit-Api-custom;CRITICALLIT;;CRITICAL outside of this range: lamps that are lit;0
STPL;setmacro;Lamps-Lit-Api-custom;WARNINGFUSE;;WARNING under this condition: state of the fuse, variables: %{state};0
STPL;setmacro;Lamps-Lit-Api-custom;CRITICALFUSE;%{state} =~ /blown/;CRITICAL under this condition: state of the fuse, variables: %{state};0
STPL;setmacro;Lamps-Lit-Api-custom;EXTRAOPTIONS;--verbose;Options that are added to the command, such as --verbose;0
`

func TestRender(t *testing.T) {
	t.Parallel()
	if got, err := render(lamps()); err != nil || got != lampsPack {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	filter := func(value string) func(*describe.Plugin) {
		return func(p *describe.Plugin) { p.Modes[0].FilterCounters = value }
	}
	for name, change := range map[string]func(*describe.Plugin){
		"a semicolon":          filter("a;b"),
		"a line break":         filter("a\nb"),
		"a quote":              filter("a'b"),
		"a double quote":       filter(`a"b`),
		"a macro":              filter("$USER1$"),
		"a backslash":          filter(`a\.b`),
		"a line break of its":  filter("a#BR#b"),
		"a blank at the end":   filter("a "),
		"a semicolon in words": func(p *describe.Plugin) { p.Summary = "Check lamps; and more." },
		"a break in words":     func(p *describe.Plugin) { p.Modes[0].Blocks[0].Counters[0].Help = "lamps\nlit" },
		"a name of no macro":   func(p *describe.Plugin) { p.Modes[0].Options[0].Options[0].Name = "filter_room" },
		"a threshold":          func(p *describe.Plugin) { p.Modes[0].Blocks[0].Counters[1].Defaults["warning"] = `%{a} eq "b"` },
		"an own value":         func(p *describe.Plugin) { p.Pack.Services[0].Macros["DIM"] = "1'" },
		"a macro of no option": func(p *describe.Plugin) { p.Pack.Services[0].Macros["COLOUR"] = "red" },
		"two of one name":      func(p *describe.Plugin) { p.Modes[0].Options[0].Options[1].Name = "filterroom" },
		"a mode that is not":   func(p *describe.Plugin) { p.Pack.Services[0].Mode = "off" },
		"no custom mode":       func(p *describe.Plugin) { p.CustomModes = nil },
		"no secret":            func(p *describe.Plugin) { p.CustomModes[0].Options[0].Options[2].Name = "password" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := lamps()
			change(&p)
			if text, err := render(p); err == nil {
				t.Errorf("it is rendered:\n%s", text)
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"pack-gone.clapi": "old", "pack-lamps.clapi": "old", "README.md": "kept"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	document, err := json.Marshal(describe.Document{Version: describe.Version, Plugins: []describe.Plugin{lamps()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(strings.NewReader("nothing"), dir); err == nil {
		t.Error("what is not JSON is rendered")
	}
	if err := run(strings.NewReader(string(document)), dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"pack-gone.clapi": "", "pack-lamps.clapi": lampsPack, "README.md": "kept"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
