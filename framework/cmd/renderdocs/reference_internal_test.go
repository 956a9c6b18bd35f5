package main

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/describe"
)

// prose is a page without its blocks of code.
func prose(page string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(page, "")
}

type set map[string]bool

func (s set) add(names ...string) {
	for _, name := range names {
		s[name] = true
	}
}

func (s set) addGroups(groups []describe.Group) {
	for _, g := range groups {
		for _, o := range g.Options {
			s.add(o.Name)
			s.add(o.Aliases...)
		}
	}
}

// common are the options that every plugin has, or may have.
func common(document *describe.Document) set {
	names := set{}
	names.addGroups(document.Options)
	names.addGroups(document.CheckOptions)
	names.addGroups(document.MultiOptions)
	for _, manager := range document.PasswordManagers {
		names.addGroups(manager.Options)
	}
	return names
}

// thresholds are the options of the thresholds of a plugin.
func thresholds(p describe.Plugin) set {
	names := set{}
	for _, m := range p.Modes {
		for _, b := range m.Blocks {
			for _, c := range b.Counters {
				for _, name := range append([]string{c.Threshold, c.NewName}, c.Aliases...) {
					names.add("unknown-"+name, "warning-"+name, "critical-"+name)
				}
			}
		}
	}
	return names
}

// cells returns the code in a column of a table, of the rows below a heading that fits.
func cells(page string, heading *regexp.Regexp, column int) set {
	found, inside := set{}, false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "#") {
			inside = heading.MatchString(line)
		}
		row := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if !inside || len(row) < column+2 || row[0] != "" {
			continue
		}
		for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[column+1], -1) {
			found.add(code[1])
		}
	}
	return found
}

func same(t *testing.T, what string, got, want set) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !want[name] {
			t.Errorf("%s: the registry has no %s", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !got[name] {
			t.Errorf("%s: %s is not on the page", what, name)
		}
	}
}

// TestReference holds the pages of plugins to the registry, in both directions.
func TestReference(t *testing.T) {
	t.Parallel()
	document := registered(t)
	_, texts := written(t)
	for _, p := range document.Plugins {
		for _, language := range []string{"en", "fr"} {
			name := language + "/" + path.Base(p.Path) + ".md"
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				page, ok := texts[name]
				if !ok {
					t.Fatal("there is no page")
				}
				checkOptions(t, document, p, page)
				checkMetrics(t, p, page)
				checkMacros(t, document, p, page)
				for _, word := range []string{p.Package.RPM, p.Package.DEB, p.Package.Command, p.Pack.Name, p.Pack.HostTemplate} {
					if !strings.Contains(page, word) {
						t.Errorf("%s is not on the page", word)
					}
				}
			})
		}
	}
	for _, language := range []string{"en", "fr"} {
		t.Run(language+"/options.md", func(t *testing.T) {
			t.Parallel()
			shown := set{}
			for cell := range cells(texts[language+"/options.md"], regexp.MustCompile(""), 0) {
				if name, ok := strings.CutPrefix(cell, "--"); ok {
					shown.add(name)
				}
			}
			same(t, "options", shown, common(document))
		})
	}
}

func checkOptions(t *testing.T, document *describe.Document, p describe.Plugin, page string) {
	t.Helper()
	known, own, limits := common(document), set{}, thresholds(p)
	for _, c := range p.CustomModes {
		own.addGroups(c.Options)
	}
	for _, m := range p.Modes {
		mode := set{}
		mode.addGroups(m.Options)
		maps.Copy(own, mode)
		heading := regexp.MustCompile("^#### " + m.Name + "\n")
		rows := cells(page, heading, 0)
		want := set{}
		for name := range mode {
			want.add("--" + name)
		}
		for _, b := range m.Blocks {
			for _, c := range b.Counters {
				want.add(c.Threshold)
				want.add(c.Aliases...)
			}
		}
		same(t, "options of "+m.Name, rows, want)
	}
	for _, found := range regexp.MustCompile(`--([a-z][a-z0-9-]*)`).FindAllStringSubmatch(prose(page), -1) {
		name := found[1]
		if name == "option" || strings.HasSuffix(name, "-") { // a pattern
			continue
		}
		if !known[name] && !own[name] && !limits[name] {
			t.Errorf("no option is called --%s", name)
		}
	}
	for name := range own {
		if !strings.Contains(page, "`--"+name+"`") {
			t.Errorf("option --%s is not on the page", name)
		}
	}
	// What --help tells is another way to the same.
	for _, m := range p.Modes {
		help := check(t, nil, "centreon_plugins", "--plugin="+p.Name, "--mode="+m.Name, "--help")
		options := regexp.MustCompile(`(?m)^    (--[a-z].*)$`).FindAllStringSubmatch(help, -1)
		if len(options) < 50 {
			t.Fatalf("--help of %s is not understood: %s", m.Name, help)
		}
		for _, line := range options {
			for word := range strings.FieldsSeq(strings.ReplaceAll(line[1], ",", " ")) {
				name, isOption := strings.CutPrefix(word, "--")
				if isOption && !known[name] && !own[name] && !limits[name] {
					t.Errorf("--help of %s tells of --%s, which is on no page", m.Name, name)
				}
			}
		}
	}
}

func checkMetrics(t *testing.T, p describe.Plugin, page string) {
	t.Helper()
	for _, m := range p.Modes {
		short, long := set{}, set{}
		for _, b := range m.Blocks {
			for _, c := range b.Counters {
				for _, metric := range c.Metrics {
					name, nlabel := metric.Name, metric.NLabel
					if b.Instances {
						name, nlabel = name+"_<instance>", "<instance>#"+nlabel
					}
					switch {
					case m.NewNames:
						short.add(nlabel)
					case metric.Name != "":
						short.add(name)
					}
					long.add(nlabel)
				}
			}
		}
		heading := regexp.MustCompile(`^### .* ` + m.Name + "\n")
		same(t, "short metrics of "+m.Name, cells(page, heading, 0), short)
		same(t, "long metrics of "+m.Name, cells(page, heading, 1), long)
	}
	for _, c := range p.CustomModes {
		for _, metric := range c.Metrics {
			if !strings.Contains(page, "`"+metric.NLabel+"`") {
				t.Errorf("metric %s is not on the page", metric.NLabel)
			}
		}
	}
}

func checkMacros(t *testing.T, document *describe.Document, p describe.Plugin, page string) {
	t.Helper()
	for _, s := range p.Pack.Services {
		want := set{"EXTRAOPTIONS": true, "FILTERCOUNTERS": true, "FILTERCOUNTER": true}
		for _, m := range p.Modes {
			if m.Name != s.Mode {
				continue
			}
			options := set{}
			options.addGroups(m.Options)
			for name := range options {
				want.add(describe.MacroName(name))
			}
			for _, b := range m.Blocks {
				for _, c := range b.Counters {
					for _, label := range append([]string{c.Threshold}, c.Aliases...) {
						want.add(describe.MacroName("warning-"+label), describe.MacroName("critical-"+label))
					}
				}
			}
		}
		same(t, "macros of "+s.Alias, cells(page, regexp.MustCompile("^#### "+s.Alias+"\n"), 0), want)
		if !strings.Contains(page, "**"+s.Template+"**") {
			t.Errorf("template %s is not on the page", s.Template)
		}
	}
	hosts, known := set{}, common(document)
	for _, c := range p.CustomModes {
		known.addGroups(c.Options)
	}
	for found := range cells(page, regexp.MustCompile("^### H"), 1) { // Host, Hôte
		hosts.add(found)
	}
	want := set{"OFFICE365EXTRAOPTIONS": true}
	for _, name := range []string{"tenant", "client-id", "client-secret", "custommode"} {
		if !known[name] {
			t.Errorf("the registry has no option --%s, which a macro of the host gives", name)
		}
		want.add("OFFICE365" + describe.MacroName(name))
	}
	same(t, "macros of the host", hosts, want)
}
