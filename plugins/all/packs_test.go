package all_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// These tests read the packs as Centreon does: they know nothing of the program that renders them.

const packDir = "../../packaging/packs"

// pack is what Centreon has once a pack is imported.
type pack struct {
	commands map[string]string
	hosts    map[string]map[string]string // host templates with their macros
	services map[string]*packService
	secrets  []string
}

type packService struct {
	alias, command, host string
	macros               map[string]string
}

func readPack(t *testing.T, file string) pack {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]int{
		"CMD ADD": 5, "HTPL ADD": 8, "HTPL setmacro": 7, "STPL ADD": 5, "STPL setparam": 5, "STPL setmacro": 7, "STPL addhosttemplate": 4,
	}
	p := pack{commands: map[string]string{}, hosts: map[string]map[string]string{}, services: map[string]*packService{}}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ";")
		if len(f) < 2 || len(f) != fields[f[0]+" "+f[1]] {
			t.Fatalf("%s: CLAPI cannot read %q", file, line)
		}
		name := f[2]
		service := p.services[name]
		if f[0] == "STPL" && f[1] != "ADD" && service == nil || f[0] == "HTPL" && f[1] != "ADD" && p.hosts[name] == nil {
			t.Fatalf("%s: %s is not there yet: %q", file, name, line)
		}
		switch f[0] + " " + f[1] {
		case "CMD ADD":
			if f[3] != "check" || p.commands[name] != "" {
				t.Errorf("%s: %q", file, line)
			}
			p.commands[name] = f[4]
		case "HTPL ADD":
			p.hosts[name] = map[string]string{}
		case "HTPL setmacro":
			p.setMacro(t, p.hosts[name], f[3], f[4], f[5])
		case "STPL ADD":
			p.services[name] = &packService{alias: f[3], macros: map[string]string{}}
		case "STPL setparam":
			if f[3] == "check_command" {
				service.command = f[4]
			}
		case "STPL setmacro":
			p.setMacro(t, service.macros, f[3], f[4], f[6])
		case "STPL addhosttemplate":
			if p.hosts[f[3]] == nil {
				t.Errorf("%s: %q", file, line)
			}
			service.host = f[3]
		}
	}
	return p
}

func (p *pack) setMacro(t *testing.T, macros map[string]string, name, value, password string) {
	t.Helper()
	if _, twice := macros[name]; twice {
		t.Errorf("the macro %s is set twice", name)
	}
	macros[name] = value
	if password == "1" {
		p.secrets = append(p.secrets, name)
	}
}

func readPacks(t *testing.T) map[string]pack {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(packDir, "*.clapi"))
	if err != nil {
		t.Fatal(err)
	}
	packs := map[string]pack{}
	for _, file := range files {
		packs[strings.TrimSuffix(filepath.Base(file), ".clapi")] = readPack(t, file)
	}
	return packs
}

// described is what --describe prints.
func described(t *testing.T) *describe.Document {
	t.Helper()
	out, _ := runWords(t, []string{"centreon_plugins", "--describe"})
	document, err := describe.Read(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func runWords(t *testing.T, words []string) (string, int) {
	t.Helper()
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit := app.Run(context.Background(), app.Config{
		Registry: plugins, Args: words, Version: "test", Stdin: strings.NewReader(""), Stdout: &out,
		Now: time.Now, Location: time.UTC, Getenv: func(string) string { return "" },
	})
	return out.String(), exit
}

// TestPacksAndRegistry holds the packs to the registry: what is in one is in the other.
func TestPacksAndRegistry(t *testing.T) {
	t.Parallel()
	packs := readPacks(t)
	document := described(t)
	if len(packs) != len(document.Plugins) {
		t.Errorf("%d packs for %d plugins", len(packs), len(document.Plugins))
	}
	for _, plugin := range document.Plugins {
		p := packs[plugin.Pack.Name]
		host := p.hosts[plugin.Pack.HostTemplate]
		if host == nil || len(p.hosts) != 1 || len(p.services) != len(plugin.Pack.Services) || len(p.commands) != len(p.services) {
			t.Errorf("%s has not the templates of the registry: %+v", plugin.Pack.Name, p)
			continue
		}
		if want := map[string]string{
			"OFFICE365CUSTOMMODE": "graphapi", "OFFICE365TENANT": "", "OFFICE365CLIENTID": "", "OFFICE365CLIENTSECRET": "", "OFFICE365EXTRAOPTIONS": "",
		}; !maps.Equal(host, want) {
			t.Errorf("%s: %v", plugin.Pack.HostTemplate, host)
		}
		if !slices.Equal(p.secrets, []string{"OFFICE365CLIENTSECRET"}) {
			t.Errorf("%s hides %v", plugin.Pack.Name, p.secrets)
		}
		for _, listed := range plugin.Pack.Services {
			service := p.services[listed.Template]
			if service == nil || service.alias != listed.Alias || service.command != listed.Command || listed.Attached != (service.host != "") {
				t.Errorf("%s is not as in the registry: %+v", listed.Template, service)
				continue
			}
			mode := plugin.Modes[slices.IndexFunc(plugin.Modes, func(m describe.Mode) bool { return m.Name == listed.Mode })]
			wantMacros(t, listed, service.macros, mode)
			wantCommand(t, p.commands[service.command], plugin, mode)
		}
	}
}

// values are the options of a mode with their defaults, under all names.
func values(mode describe.Mode) map[string]string {
	all := map[string]string{"filter-counters": mode.FilterCounters, "filter-counter": ""}
	for _, g := range mode.Options {
		for _, o := range g.Options {
			all[o.Name] = o.Default
			if o.Flag {
				all[o.Name] = "0"
			}
			for _, alias := range o.Aliases {
				all[alias] = ""
			}
		}
	}
	for _, b := range mode.Blocks {
		for _, c := range b.Counters {
			for _, level := range []string{"warning", "critical"} {
				all[level+"-"+c.Label] = c.Defaults[level]
				for _, alias := range c.Aliases {
					all[level+"-"+alias] = ""
				}
			}
		}
	}
	return all
}

func wantMacros(t *testing.T, service describe.Service, macros map[string]string, mode describe.Mode) {
	t.Helper()
	want := map[string]string{"EXTRAOPTIONS": ""}
	for name, value := range values(mode) {
		want[strings.ToUpper(strings.ReplaceAll(name, "-", ""))] = value
	}
	maps.Copy(want, service.Macros)
	if !maps.Equal(macros, want) {
		t.Errorf("%s has the macros\n%v, and the registry\n%v", service.Template, macros, want)
	}
}

// wantCommand checks that each option of the mode is once in the command line, and gets its own macro; and no other is.
func wantCommand(t *testing.T, line string, plugin describe.Plugin, mode describe.Mode) {
	t.Helper()
	start := "$CENTREONPLUGINS$/" + plugin.Package.Command + " --plugin=" + plugin.Name + " --mode=" + mode.Name +
		" --custommode='$_HOSTOFFICE365CUSTOMMODE$' --tenant='$_HOSTOFFICE365TENANT$' --client-id='$_HOSTOFFICE365CLIENTID$'" +
		" --client-secret='$_HOSTOFFICE365CLIENTSECRET$' $_HOSTOFFICE365EXTRAOPTIONS$ "
	const end = " $_SERVICEEXTRAOPTIONS$"
	if !strings.HasPrefix(line, start) || !strings.HasSuffix(line, end) {
		t.Errorf("%s", line)
		return
	}
	want := values(mode)
	for word := range strings.FieldsSeq(strings.TrimSuffix(strings.TrimPrefix(line, start), end)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		if _, ok := want[name]; !ok || value != "'$_SERVICE"+strings.ToUpper(strings.ReplaceAll(name, "-", ""))+"$'" {
			t.Errorf("%s: %s", mode.Name, word)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("the command of %s has not %v", mode.Name, want)
	}
}

// TestPacksAndCentreon checks that the macros of Centreon's own packs are here, with the same defaults.
func TestPacksAndCentreon(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/centreon-macros.txt")
	if err != nil {
		t.Fatal(err)
	}
	templates := map[string]map[string]string{}
	for _, p := range readPacks(t) {
		for name, service := range p.services {
			templates[name] = service.macros
		}
	}
	paragraphs := strings.Split(strings.TrimSpace(string(text)), "\n\n")[1:]
	if len(paragraphs) < 13 {
		t.Fatalf("%d templates", len(paragraphs))
	}
	for _, paragraph := range paragraphs {
		lines := strings.Split(paragraph, "\n")
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, "=")
			if got, ok := templates[lines[0]][name]; !ok || got != value {
				t.Errorf("%s: macro %s is %q, %v, and in Centreon's pack %q", lines[0], name, got, ok, value)
			}
		}
	}
}

// expand puts macros into a command line as the engine does, and cuts it into words as the engine does: quotes of both kinds,
// and backslashes before any character.
func expand(t *testing.T, line string, host, service map[string]string) []string {
	t.Helper()
	line = regexp.MustCompile(`\$([A-Z0-9_]+)\$`).ReplaceAllStringFunc(line, func(word string) string {
		name := strings.Trim(word, "$")
		if name == "CENTREONPLUGINS" {
			return "/usr/lib/centreon/plugins"
		}
		macros, own := host, strings.TrimPrefix(name, "_HOST")
		if own == name {
			macros, own = service, strings.TrimPrefix(name, "_SERVICE")
		}
		value, ok := macros[own]
		if !ok {
			t.Errorf("no template has the macro %s", word)
		}
		return value
	})
	var words []string
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			begun, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			begun, quote = true, r
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		t.Fatalf("a quote is not closed: %s", line)
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// check runs the command of a service whose macros are changed, and returns what it prints.
func (p pack) check(t *testing.T, template string, changed map[string]string) (string, int) {
	t.Helper()
	var host map[string]string
	for _, macros := range p.hosts {
		host = maps.Clone(macros)
	}
	host["OFFICE365TENANT"], host["OFFICE365CLIENTID"] = "abcd1234-5678-90ab-cd12-34567890abcd", "9876dcba-5432-10dc-ba98-76543210dcba"
	host["OFFICE365CLIENTSECRET"] = secretValue
	host["OFFICE365EXTRAOPTIONS"] = "--http-backend=replay --statefile-dir=" + t.TempDir()
	service := p.services[template]
	macros := maps.Clone(service.macros)
	for name, value := range changed {
		if _, ok := host[name]; ok {
			host[name] = value
			continue
		}
		if _, ok := macros[name]; !ok {
			t.Errorf("%s has no macro %s", template, name)
		}
		macros[name] = value
	}
	return runWords(t, expand(t, p.commands[service.command], host, macros))
}

// accepted reports whether the options were taken: the check had its say, or asked for what the embedded tenant has not.
func accepted(out string, exit int) bool {
	return exit < 3 || strings.Contains(out, "No recording of GET https://graph.microsoft.com/")
}

// sensible is a value for a macro, other than its default.
func sensible(name string, state bool) string {
	switch {
	case name == "EXTRAOPTIONS":
		return "--use-new-perfdata --verbose"
	case state:
		return `%{display} =~ /sales|it's/ and "x" ne %{status}`
	case strings.HasPrefix(name, "WARNING"), strings.HasPrefix(name, "CRITICAL"):
		return "@10:20"
	case name == "UNITS":
		return "count"
	case name == "UNIT":
		return "d"
	case name == "FREE", name == "USEPSEUDONYMIZE":
		return "1"
	case name == "EXCLUDERESOLVED":
		return "0"
	}
	return "a|b c"
}

// TestPackCommands runs every command of the packs, as the engine would, with none, all and each of the macros set.
func TestPackCommands(t *testing.T) {
	t.Parallel()
	states := map[string]bool{} // "template macro"
	primary := map[string]bool{}
	for _, plugin := range described(t).Plugins {
		for _, service := range plugin.Pack.Services {
			for _, mode := range plugin.Modes {
				if mode.Name != service.Mode {
					continue
				}
				for _, b := range mode.Blocks {
					for _, c := range b.Counters {
						for _, level := range []string{"WARNING", "CRITICAL"} {
							name := service.Template + " " + level + strings.ToUpper(strings.ReplaceAll(c.Label, "-", ""))
							states[name], primary[name] = c.State, true
						}
					}
				}
				for _, g := range mode.Options {
					for _, o := range g.Options {
						primary[service.Template+" "+strings.ToUpper(strings.ReplaceAll(o.Name, "-", ""))] = true
					}
				}
			}
		}
	}
	for _, p := range readPacks(t) {
		for template, service := range p.services {
			every, none, old := map[string]string{}, map[string]string{}, map[string]string{}
			for name := range service.macros {
				every[name] = strings.ReplaceAll(sensible(name, states[template+" "+name]), "'", "")
				none[name] = ""
				if !primary[template+" "+name] && name != "FILTERCOUNTERS" {
					old[name] = every[name]
				}
			}
			for name, changed := range map[string]map[string]string{
				"as it comes": nil, "every macro": every, "no macro": none, "names of another release": old,
				"long names of metrics": {"EXTRAOPTIONS": "--use-new-perfdata"},
				"no custom mode":        {"OFFICE365CUSTOMMODE": ""},
			} {
				t.Run(template+"/"+name, func(t *testing.T) {
					t.Parallel()
					if name == "names of another release" && len(old) < 2 {
						t.Errorf("only %v", old)
					}
					if out, exit := p.check(t, template, changed); !accepted(out, exit) {
						t.Errorf("exit %d: %s", exit, out)
					}
				})
			}
			t.Run(template+"/each macro is read", func(t *testing.T) {
				t.Parallel()
				for _, name := range slices.Sorted(maps.Keys(service.macros)) {
					p.wantRead(t, template, name)
				}
			})
		}
	}
}

// wantRead checks that a macro alone reaches its option: a wrong value is refused.
func (p pack) wantRead(t *testing.T, template, name string) {
	t.Helper()
	wrong, want := "([", "Wrong --"
	switch {
	case strings.HasPrefix(name, "WARNING"):
		want = "Wrong warning-"
	case strings.HasPrefix(name, "CRITICAL"):
		want = "Wrong critical-"
	case name == "EXTRAOPTIONS":
		wrong, want = "--nope", "Unknown option: nope"
	case strings.HasPrefix(name, "UNIT"), name == "FREE", name == "USEPSEUDONYMIZE", name == "EXCLUDERESOLVED":
		return // nothing is wrong for them
	}
	changed := map[string]string{name: wrong}
	if out, exit := p.check(t, template, changed); exit != 3 || !strings.Contains(out, want) {
		t.Errorf("%s with the macro %s=%s: exit %d: %s", template, name, wrong, exit, out)
	}
}

// TestPackMacros runs commands whose answers the embedded tenant has: macros do what they are there for, under either name.
func TestPackMacros(t *testing.T) {
	t.Parallel()
	p := readPack(t, filepath.Join(packDir, "centreon-pack-cloud-microsoft-office365-exchange.clapi"))
	const activity, usage = "Cloud-Microsoft-Office365-Exchange-Email-Activity-Api-custom", "Cloud-Microsoft-Office365-Exchange-Mailbox-Usage-Api-custom"
	nobody := "OK: Active mailboxes on 2019-03-10 : 0/0 "
	for _, c := range []struct {
		name, template, set string
		exit                int
		want, not           string
	}{
		{"as it comes", activity, "", 0, demoLine, ""},
		{"filter", activity, "FILTERMAILBOX=nobody", 0, nobody, ""},
		{"filter by its other name", activity, "FILTERUSER=nobody", 0, nobody, ""},
		{"filter by both names", activity, "FILTERUSER=nobody FILTERMAILBOX=.", 0, nobody, ""},
		{"threshold", activity, "WARNINGACTIVEMAILBOXES=50:", 1, "WARNING: Active mailboxes", ""},
		{"threshold by its other name", activity, "WARNINGACTIVEUSERS=50:", 1, "WARNING: Active mailboxes", ""},
		{"critical by its other name", usage, "CRITICALACTIVEUSERS=50:", 2, "CRITICAL: Active mailboxes", ""},
		{"counters", activity, "FILTERCOUNTERS=total", 0, "Read Count: 24401", "Active mailboxes"},
		{"counters by their other name", activity, "FILTERCOUNTER=total", 0, "Read Count: 24401", "Active mailboxes"},
		{"all counters", activity, "FILTERCOUNTERS= EXTRAOPTIONS=--verbose", 0, "@", ""},
		{"unit", activity, "UNITS=count WARNINGACTIVEUSERS=142:", 1, "WARNING: Active mailboxes", ""},
		{"condition", usage, "FILTERCOUNTERS=status WARNINGSTATUS=%{used}>1", 1, "WARNING: ", ""},
		{"condition taken away", usage, "FILTERCOUNTERS=status CRITICALSTATUS=%{used}>1 EXTRAOPTIONS=--critical-status=", 0, "OK: ", ""},
		{"extra option wins", activity, "WARNINGACTIVEUSERS=50: EXTRAOPTIONS=--warning-active-mailboxes=1:", 0, "OK: ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := map[string]string{}
			for word := range strings.FieldsSeq(c.set) {
				name, value, _ := strings.Cut(word, "=")
				changed[name] = value
			}
			out, exit := p.check(t, c.template, changed)
			if exit != c.exit || !strings.Contains(out, c.want) || c.not != "" && strings.Contains(out, c.not) {
				t.Errorf("exit %d: %s", exit, out)
			}
		})
	}
}
