package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/centplugins/centplugins/framework/describe"
)

// The templates above those of a pack: Centreon's free pack Base brings them, and the importer takes others.
const (
	hostParent    = "Generic-Active-Cloud-Host-custom"
	serviceParent = "generic-active-service-custom"
)

// Usage reports are made once a day, and their requests are counted: modes that need this permission ask once an hour.
const (
	reports        = "Reports.Read.All"
	reportInterval = "60"
)

// render makes the file of a plugin's pack. Objects stand before what refers to them.
func render(p describe.Plugin) (string, error) {
	var f file
	hosts, err := hostMacros(p)
	if err != nil {
		return "", err
	}
	services := make([][]macro, len(p.Pack.Services))
	for i, s := range p.Pack.Services {
		mode, err := modeOf(p, s)
		if err != nil {
			return "", err
		}
		if services[i], err = serviceMacros(mode, s); err != nil {
			return "", fmt.Errorf("%s: %w", s.Template, err)
		}
		f.add("CMD", "ADD", s.Command, "check", commandLine(p, mode, hosts, services[i]))
	}
	f.add("HTPL", "ADD", p.Pack.HostTemplate, strings.TrimSuffix(strings.TrimPrefix(p.Summary, "Check "), "."), "", hostParent, "", "")
	for _, m := range hosts {
		f.add("HTPL", "setmacro", p.Pack.HostTemplate, m.name, m.value, m.password(), m.help)
	}
	for i, s := range p.Pack.Services {
		f.add("STPL", "ADD", s.Template, s.Alias, serviceParent)
		f.add("STPL", "setparam", s.Template, "check_command", s.Command)
		if mode, err := modeOf(p, s); err == nil && mode.Permission == reports {
			f.add("STPL", "setparam", s.Template, "normal_check_interval", reportInterval)
		}
		if s.Attached {
			f.add("STPL", "addhosttemplate", s.Template, p.Pack.HostTemplate)
		}
		// The macros come last: where there are some, the importer adds nothing but macros.
		for _, m := range services[i] {
			f.add("STPL", "setmacro", s.Template, m.name, m.value, m.help, m.password())
		}
	}
	return f.text.String(), f.err
}

func modeOf(p describe.Plugin, s describe.Service) (describe.Mode, error) {
	for _, m := range p.Modes {
		if m.Name == s.Mode {
			return m, nil
		}
	}
	return describe.Mode{}, fmt.Errorf("%s: no mode %s", s.Template, s.Mode)
}

func commandLine(p describe.Plugin, mode describe.Mode, hosts, services []macro) string {
	words := []string{"$CENTREONPLUGINS$/" + p.Package.Command, "--plugin=" + p.Name, "--mode=" + mode.Name}
	for _, m := range hosts {
		words = append(words, m.word("HOST"))
	}
	for _, m := range services {
		words = append(words, m.word("SERVICE"))
	}
	return strings.Join(words, " ")
}

// hostMacros are those of the host template, under the name that all plugins of a folder share: OFFICE365TENANT.
func hostMacros(p describe.Plugin) ([]macro, error) {
	if len(p.CustomModes) == 0 {
		return nil, fmt.Errorf("no custom mode")
	}
	macros := []macro{{name: "custommode", option: "custommode", value: p.CustomModes[0].Name, help: "Way to reach the monitored system"}}
	for _, name := range []string{"tenant", "client-id", "client-secret"} {
		o, ok := find(p.CustomModes[0].Options, name)
		if !ok {
			return nil, fmt.Errorf("custom mode %s has no option %s", p.CustomModes[0].Name, name)
		}
		macros = append(macros, macro{name: describe.MacroName(name), option: name, help: brief(o.Help), secret: name == "client-secret"})
	}
	macros = append(macros, macro{name: extra, help: "Options that are added to the commands of all services"})
	prefix := strings.ToUpper(path.Base(path.Dir(p.Path)))
	for i := range macros {
		macros[i].name = prefix + strings.ToUpper(macros[i].name)
		if err := macros[i].check(); err != nil {
			return nil, err
		}
	}
	return macros, nil
}

func find(groups []describe.Group, name string) (describe.Option, bool) {
	for _, g := range groups {
		for _, o := range g.Options {
			if o.Name == name {
				return o, true
			}
		}
	}
	return describe.Option{}, false
}

// file is what CLAPI imports: a line an action, its fields cut at semicolons. There is no way to quote one.
type file struct {
	text strings.Builder
	err  error
}

func (f *file) add(fields ...string) {
	for _, field := range fields {
		// The import trims lines, and reads #BR# and its like as other characters.
		if strings.ContainsAny(field, ";#\x00\r\n\t") || strings.TrimSpace(field) != field {
			f.err = fmt.Errorf("CLAPI cannot take the field %q in %q", field, fields)
		}
	}
	f.text.WriteString(strings.Join(fields, ";") + "\n")
}
