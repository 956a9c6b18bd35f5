package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/describe"
)

// extra is the macro whose value stands in the command line as it is.
const extra = "EXTRAOPTIONS"

// The names of the counters' filter: empty, the first shows all counters, and the second, which older service templates have,
// says nothing.
const (
	filterCounters = "filter-counters"
	filterCounter  = "filter-counter"
)

// macro is a macro of a template, and the option that it gives a value.
type macro struct {
	name   string
	option string
	value  string
	help   string
	secret bool
}

// serviceMacros are those of a service template: one for each name of an option or a threshold, so that services that were
// made for other releases of Centreon's packs keep what they set.
func serviceMacros(mode describe.Mode, service describe.Service) ([]macro, error) {
	var macros []macro
	add := func(aliases []string, m macro) {
		m.name = describe.MacroName(m.option)
		macros = append(macros, m)
		for _, alias := range aliases {
			macros = append(macros, macro{name: describe.MacroName(alias), option: alias, help: "Other name of " + m.name + ", of another release of the pack"})
		}
	}
	for _, g := range mode.Options {
		for _, o := range g.Options {
			m := macro{option: o.Name, value: o.Default, help: brief(o.Help)}
			if o.Flag { // empty, it would switch the flag on
				m.value, m.help = "0", m.help+" (1 or 0)"
			}
			add(o.Aliases, m)
		}
	}
	add([]string{filterCounter}, macro{
		option: filterCounters, value: mode.FilterCounters, help: "Show only the counters whose name matches the regular expression",
	})
	for _, b := range mode.Blocks {
		for _, c := range b.Counters {
			for _, level := range []string{"warning", "critical"} {
				aliases := make([]string, len(c.Aliases))
				for i, alias := range c.Aliases {
					aliases[i] = level + "-" + alias
				}
				when := " outside of this range: "
				if c.State {
					when = " under this condition: "
				}
				help := strings.ToUpper(level) + when + strings.ReplaceAll(c.Help, ";", ",")
				add(aliases, macro{option: level + "-" + c.Threshold, value: c.Defaults[level], help: help})
			}
		}
	}
	macros = append(macros, macro{name: extra, help: "Options that are added to the command, such as --verbose"})
	return macros, settle(macros, service.Macros)
}

// settle gives macros the values that the service has of its own, and checks them all.
func settle(macros []macro, own map[string]string) error {
	index := make(map[string]int, len(macros))
	for i, m := range macros {
		if _, twice := index[m.name]; twice {
			return fmt.Errorf("two macros %s", m.name)
		}
		index[m.name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		i, ok := index[name]
		if !ok {
			return fmt.Errorf("no option takes the macro %s", name)
		}
		macros[i].value = own[name]
	}
	for _, m := range macros {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

// check refuses what would not come out of a command line as it went in: values stand there between single quotes, and the
// engine reads macros and backslashes in them.
func (m macro) check() error {
	if strings.Trim(m.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return fmt.Errorf("%q is no name for a macro", m.name)
	}
	if strings.ContainsAny(m.value, "'\"`$\\") {
		return fmt.Errorf("macro %s cannot have the value %q: no quotes, $ or backslashes may be in it", m.name, m.value)
	}
	return nil
}

// word is the macro's part of a command line; kind is HOST or SERVICE.
func (m macro) word(kind string) string {
	value := "$_" + kind + m.name + "$"
	if m.option == "" {
		return value
	}
	return "--" + m.option + "='" + value + "'"
}

func (m macro) password() string {
	if m.secret {
		return "1"
	}
	return "0"
}

// brief is the first sentence of the help of an option.
func brief(help string) string {
	help, _, _ = strings.Cut(help+" ", ". ")
	help, _, _ = strings.Cut(help, ";")
	return help
}
