package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// rendered renders from what the program prints, into a directory.
func rendered(t *testing.T) (*describe.Document, string) {
	t.Helper()
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	app.Run(context.Background(), app.Config{
		Registry: plugins, Args: []string{program, "--describe"}, Stdout: &printed, Now: time.Now, Location: time.UTC,
		Getenv: func(string) string { return "" },
	})
	d, err := describe.Read(bytes.NewReader(printed.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := run(&printed, dir); err != nil {
		t.Fatal(err)
	}
	return d, dir
}

// complete returns what bash offers at the end of a line.
func complete(t *testing.T, dir, line string) []string {
	t.Helper()
	cmd := exec.Command("bash", "--norc", "-c",
		`set -u; . "$1"; compopt() { :; }; COMP_LINE=$2; COMP_POINT=${#2}; _centreon_plugins; printf '%s\n' "${COMPREPLY[@]}"`,
		"bash", filepath.Join(dir, program+".bash"), line)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", line, err, out)
	}
	return strings.Fields(string(out))
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash to complete with")
	}
	_, dir := rendered(t)
	const (
		exchange = "--plugin=cloud::microsoft::office365::exchange::plugin "
		command  = "/usr/lib/centreon/plugins/centreon_office365_exchange_api.pl "
	)
	for line, want := range map[string]string{
		// Bash cuts words at : and =, and replaces what is behind them.
		"centreon_plugins --plugin=cloud::microsoft::office365::t":            "teams::plugin",
		"centreon_plugins --plugin cloud::microsoft::office365::exch":         "exchange::plugin",
		"centreon_plugins --plu":                                              "--plugin=",
		"centreon_plugins --mode=":                                            "",
		"centreon_plugins " + exchange + "--mode=":                            "email-activity mailbox-usage multi",
		"centreon_plugins " + exchange + "--mode=ma":                          "mailbox-usage",
		"centreon_plugins " + exchange + "--mode ma":                          "mailbox-usage",
		"centreon_plugins --plugin 'cloud/microsoft/office365/skype' --mode=": "devices-usage users-activity multi",
		command + "--mode=em":                                                 "email-activity",
		"centreon_office365_management_api.pl --mode=list-su":                 "list-subscriptions",
		command + "--custommode=":                                             "graphapi",
		"centreon_plugins --pass-manager=":                                    "centreonvault environment file hashicorpvault keepass teampass",
		"centreon_plugins --pass-manager=file --secret-s":                     "--secret-search-value=",
		"centreon_plugins --secret-s":                                         "",
		"centreon_plugins --tena":                                             "",
		command + "--tena":                                                    "--tenant=",
		command + "--custommode=graphapi --tena":                              "--tenant=",
		command + "--mode=mailbox-usage --filter-m":                           "--filter-mailbox=",
		command + "--mode=mailbox-usage --warning-it":                         "--warning-items=",
		command + "--mode=email-activity --warning-it":                        "",
		command + "--mode=email-activity --filter-counters":                   "--filter-counters-block= --filter-counters=",
		command + "--mode=multi --modes":                                      "--modes-exec=",
		command + "--verb":                                                    "--verbose",
		command + "--tenant=x":                                                "",
	} {
		if got := strings.Join(complete(t, dir, line), " "); got != want {
			t.Errorf("%q: offered %q, want %q", line, got, want)
		}
	}
}

func TestCompletionIsForAllNames(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash to complete with")
	}
	d, dir := rendered(t)
	out, err := exec.Command("bash", "--norc", "-c", `. "$1"; complete -p`, "bash", filepath.Join(dir, program+".bash")).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Plugins {
		if !strings.Contains(string(out), " "+p.Package.Command+"\n") {
			t.Errorf("%s is not completed", p.Package.Command)
		}
		for _, m := range p.Modes {
			if got := complete(t, dir, p.Package.Command+" --mode="+m.Name); !slices.Contains(got, m.Name) {
				t.Errorf("%s: mode %s is not offered", p.Package.Command, m.Name)
			}
			offered := complete(t, dir, p.Package.Command+" --mode="+m.Name+" --")
			for _, want := range slices.Concat(options(d.Options), options(p.CustomModes[0].Options), options(m.Options), levels(m)) {
				if !slices.Contains(offered, want) {
					t.Errorf("%s: mode %s: %s is not offered", p.Package.Command, m.Name, want)
				}
			}
		}
	}
}

// unescape turns the page back into text.
func unescape(page string) string {
	return strings.NewReplacer(`\-`, "-", `\fB`, "", `\fI`, "", `\fR`, "", `\&`, "", `\e`, `\`).Replace(page)
}

func TestManualTellsAll(t *testing.T) {
	t.Parallel()
	d, dir := rendered(t)
	source, err := os.ReadFile(filepath.Join(dir, program+".1"))
	if err != nil {
		t.Fatal(err)
	}
	page := unescape(string(source))
	groups := slices.Concat(d.Options, d.CheckOptions, d.MultiOptions)
	for _, m := range d.PasswordManagers {
		groups = append(groups, m.Options...)
	}
	for _, p := range d.Plugins {
		for _, c := range p.CustomModes {
			groups = append(groups, c.Options...)
		}
		for _, m := range p.Modes {
			groups = append(groups, m.Options...)
			if !strings.Contains(page, "\n"+m.Name+"\n"+m.Help+"\n") {
				t.Errorf("mode %s is not told", m.Name)
			}
			for _, word := range levels(m) {
				if !strings.Contains(page, word) {
					t.Errorf("mode %s: %s is not told", m.Name, word)
				}
			}
		}
	}
	for _, g := range groups {
		for _, o := range g.Options {
			if !strings.Contains(page, "\n"+word(o.Name, o.Flag)) || !strings.Contains(page, o.Help) {
				t.Errorf("option --%s is not told", o.Name)
			}
		}
	}
	known := []string{`.\"`, ".TH", ".SH", ".SS", ".TP", ".PP", ".RS", ".RE", ".B", ".I", ".br", ".nh", ".ad"}
	for line := range strings.Lines(string(source)) {
		request, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if (strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'")) && !slices.Contains(known, request) {
			t.Errorf("troff takes this text for a request: %q", line)
		}
	}
}

func TestManualIsTroff(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("no groff to read the page")
	}
	_, dir := rendered(t)
	var problems bytes.Buffer
	// Lines are wide enough for the longest name, which cannot be broken.
	cmd := exec.Command("groff", "-ww", "-man", "-Tutf8", "-rLL=200n", filepath.Join(dir, program+".1"))
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil || problems.Len() > 0 || len(out) == 0 {
		t.Errorf("%v: %s", err, problems.String())
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{".dot": `\&.dot`, "'quote": `\&'quote`, `a\b`: `a\eb`, "--x": `\-\-x`, "a\n.b": "a .b"} {
		if got := roff(text); got != want {
			t.Errorf("roff(%q) = %q, want %q", text, got, want)
		}
	}
}
