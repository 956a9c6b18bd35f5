package main

import (
	"path"
	"slices"

	"github.com/centplugins/centplugins/framework/describe"
)

// view is a plugin as the template of its page sees it.
type view struct{ *describe.Plugin }

// Service names the page.
func (v view) Service() string { return path.Base(v.Path) }

// Permissions lists what the modes need, each once, in the order of the modes.
func (v view) Permissions() []string {
	var all []string
	for _, m := range v.Modes {
		if !slices.Contains(all, m.Permission) {
			all = append(all, m.Permission)
		}
	}
	return all
}

// Needing lists the modes that need a permission.
func (v view) Needing(permission string) []string {
	var all []string
	for _, m := range v.Modes {
		if m.Permission == permission {
			all = append(all, m.Name)
		}
	}
	return all
}

// Checks lists the modes that check.
func (v view) Checks() []describe.Mode {
	return slices.DeleteFunc(slices.Clone(v.Modes), func(m describe.Mode) bool { return m.Kind != "check" })
}

// Reports tells whether the plugin reads usage reports, in which names may be concealed.
func (v view) Reports() bool { return len(v.Needing("Reports.Read.All")) > 0 }

// metric is a line of the table of metrics.
type metric struct {
	describe.Metric
	Short, Long string // as they are printed, <instance> standing for the instance
	Instances   bool
	Counter     describe.Counter
}

// Metrics lists the metrics of a mode.
func (v view) Metrics(m describe.Mode) []metric {
	var all []metric
	for _, b := range m.Blocks {
		for _, c := range b.Counters {
			for _, declared := range c.Metrics {
				line := metric{Metric: declared, Short: declared.Name, Long: declared.NLabel, Instances: b.Instances, Counter: c}
				if b.Instances {
					line.Long = "<instance>#" + line.Long
					if line.Short != "" {
						line.Short += "_<instance>"
					}
				}
				if m.NewNames {
					line.Short = line.Long
				}
				all = append(all, line)
			}
		}
	}
	return all
}

// macro is a macro of a service template. Other is its name in other releases of the pack, Kind what it is for:
// option, flag, filter (of the counters), warning, critical or extra.
type macro struct{ Kind, Name, Other, Help, Default string }

// Macros lists the macros of a service template.
func (v view) Macros(s describe.Service) []macro {
	mode := v.Modes[slices.IndexFunc(v.Modes, func(m describe.Mode) bool { return m.Name == s.Mode })]
	var all []macro
	for _, group := range mode.Options {
		for _, o := range group.Options {
			m := macro{"option", describe.MacroName(o.Name), first(o.Aliases, ""), o.Help, o.Default}
			if o.Flag { // a macro gives a value, and 0 leaves a flag off
				m.Kind, m.Default = "flag", "0"
			}
			all = append(all, m)
		}
	}
	all = append(all, macro{"filter", "FILTERCOUNTERS", "FILTERCOUNTER", "", mode.FilterCounters})
	for _, b := range mode.Blocks {
		for _, c := range b.Counters {
			for _, level := range []string{"warning", "critical"} {
				all = append(all, macro{
					level, describe.MacroName(level + "-" + c.Threshold), first(c.Aliases, level+"-"), c.Help, c.Defaults[level],
				})
			}
		}
	}
	all = append(all, macro{Kind: "extra", Name: "EXTRAOPTIONS"})
	for i, m := range all {
		if value, ok := s.Macros[m.Name]; ok {
			all[i].Default = value
		}
	}
	return all
}

// first is the macro of the first alias; empty when there is none.
func first(aliases []string, prefix string) string {
	if len(aliases) == 0 {
		return ""
	}
	return describe.MacroName(prefix + aliases[0])
}
