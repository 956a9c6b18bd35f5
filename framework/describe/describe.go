// Package describe is the registry as data: plugins, modes, options, counters, metrics and packages. What is documented,
// packaged or completed is rendered from it, so that nothing is written twice.
package describe

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/framework/secret"
)

// Version is that of the form of a Document. It changes when a member is removed or means something else.
const Version = 1

// Document is what --describe prints; schema.json says the same in JSON Schema.
type Document struct {
	Version          int               `json:"version"`
	Release          string            `json:"release"`      // of the program, as --version prints it
	Options          []Group           `json:"options"`      // of every run
	CheckOptions     []Group           `json:"checkOptions"` // of every mode that checks
	MultiOptions     []Group           `json:"multiOptions"` // of multi, the mode that every plugin has beside its own
	PasswordManagers []PasswordManager `json:"passwordManagers"`
	Plugins          []Plugin          `json:"plugins"`
}

// Group is a set of options with its title in --help.
type Group struct {
	Title   string   `json:"title"`
	Options []Option `json:"options"`
}

// Option is one option; its name has no dashes in front.
type Option struct {
	Name       string   `json:"name"`
	Aliases    []string `json:"aliases,omitempty"`
	Help       string   `json:"help"`
	Default    string   `json:"default,omitempty"`
	Flag       bool     `json:"flag,omitempty"`       // takes no value
	Repeatable bool     `json:"repeatable,omitempty"` // may be given several times
}

// PasswordManager is a value of --pass-manager, with the options that it brings.
type PasswordManager struct {
	Name    string  `json:"name"`
	Options []Group `json:"options"`
}

// Plugin is one plugin.
type Plugin struct {
	Name        string       `json:"name"` // cloud::microsoft::office365::exchange::plugin
	Path        string       `json:"path"` // cloud/microsoft/office365/exchange
	Summary     string       `json:"summary"`
	Package     Package      `json:"package"`
	Pack        Pack         `json:"pack"`
	CustomModes []CustomMode `json:"customModes"`
	Modes       []Mode       `json:"modes"`
}

// Package is what the plugin is installed by.
type Package struct {
	RPM     string `json:"rpm"` // centreon-plugin-Cloud-Microsoft-Office365-Exchange-Api
	DEB     string `json:"deb"`
	Command string `json:"command"` // centreon_office365_exchange_api.pl
}

// Pack is what the plugin is configured by in Centreon.
type Pack struct {
	Name         string    `json:"name"`         // centreon-pack-cloud-microsoft-office365-exchange
	HostTemplate string    `json:"hostTemplate"` // Cloud-Microsoft-Office365-Exchange-Api-custom
	Services     []Service `json:"services"`
}

// Service is a service template.
type Service struct {
	Mode     string            `json:"mode"`
	Alias    string            `json:"alias"`
	Template string            `json:"template"` // Cloud-Microsoft-Office365-Exchange-Email-Activity-Api-custom
	Command  string            `json:"command"`  // Cloud-Microsoft-Office365-Exchange-Email-Activity-Api
	Attached bool              `json:"attached"` // hosts of the host template get it by themselves
	Macros   map[string]string `json:"macros,omitempty"`
}

// CustomMode is a way to reach the monitored system.
type CustomMode struct {
	Name    string   `json:"name"`
	Help    string   `json:"help"`
	Options []Group  `json:"options"`
	Metrics []Metric `json:"metrics,omitempty"`
}

// Mode is what a plugin does: a check, or a list.
type Mode struct {
	Name           string  `json:"name"`
	Module         string  `json:"module"` // the last part of --dyn-mode: emailactivity
	Kind           string  `json:"kind"`   // check or list
	Help           string  `json:"help"`
	Permission     string  `json:"permission"`
	FilterCounters string  `json:"filterCounters,omitempty"` // default of --filter-counters
	NewNames       bool    `json:"newNames,omitempty"`       // metrics go by their nlabels, --use-new-perfdata or not
	Options        []Group `json:"options"`
	Blocks         []Block `json:"blocks,omitempty"`
}

// Block is a group of counters that --filter-counters-block goes by.
type Block struct {
	Name      string    `json:"name"`
	Instances bool      `json:"instances"` // its counters are measured for each of many instances
	Counters  []Counter `json:"counters"`
}

// Counter is a figure or a state with its thresholds.
type Counter struct {
	Label     string            `json:"label"`
	Aliases   []string          `json:"aliases,omitempty"`
	Help      string            `json:"help"`
	State     bool              `json:"state,omitempty"`    // the thresholds are conditions
	Threshold string            `json:"threshold"`          // behind --warning- and --critical-
	NewName   string            `json:"newThreshold"`       // the same under --use-new-perfdata
	Defaults  map[string]string `json:"defaults,omitempty"` // thresholds that hold when none is given, by unknown, warning, critical
	Metrics   []Metric          `json:"metrics,omitempty"`
}

// Metric is a metric apart from its instances: under the short names it is name or name_instance, else nlabel or instance#nlabel.
type Metric struct {
	Name   string `json:"name,omitempty"` // absent where it is printed under --use-new-perfdata alone
	NLabel string `json:"nlabel"`
	Unit   string `json:"unit,omitempty"`
	Min    string `json:"min,omitempty"`
	Max    string `json:"max,omitempty"` // total where it is a figure of the row
}

// Shared are the options that no plugin declares.
type Shared struct{ Runs, Checks, Multi []option.Set }

// New describes the plugins of a registry.
func New(plugins *registry.Registry, release string, shared Shared) (*Document, error) {
	d := &Document{Version: Version, Release: release, Plugins: []Plugin{}}
	for _, part := range []struct {
		into *[]Group
		sets []option.Set
	}{{&d.Options, shared.Runs}, {&d.CheckOptions, shared.Checks}, {&d.MultiOptions, shared.Multi}} {
		var err error
		if *part.into, err = groups(part.sets); err != nil {
			return nil, err
		}
	}
	for _, name := range secret.Names() {
		manager, err := secret.NewManager(name)
		if err != nil {
			return nil, err
		}
		options, err := groups(manager.Sets())
		if err != nil {
			return nil, err
		}
		d.PasswordManagers = append(d.PasswordManagers, PasswordManager{name, options})
	}
	for _, e := range plugins.Entries() {
		p, err := describe(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
		d.Plugins = append(d.Plugins, p)
	}
	return d, nil
}

func describe(e registry.Entry) (Plugin, error) {
	made := e.New()
	info := made.Info()
	p := Plugin{
		Name: e.Name(), Path: e.Path, Summary: info.Summary,
		Package: Package{RPM: info.Package.Name, DEB: strings.ToLower(info.Package.Name), Command: info.Package.Command},
		Pack:    pack(e.Path, info.Package),
	}
	for _, named := range info.CustomModes {
		custom, err := made.CustomMode(named.Name)
		if err != nil {
			return p, err
		}
		options, err := groups(custom.Sets)
		if err != nil {
			return p, err
		}
		p.CustomModes = append(p.CustomModes, CustomMode{named.Name, named.Help, options, metrics(custom.Metrics)})
	}
	for _, named := range info.Modes {
		bound, err := made.Mode(named.Name)
		if err != nil {
			return p, err
		}
		mode, err := describeMode(bound)
		if err != nil {
			return p, fmt.Errorf("mode %s: %w", named.Name, err)
		}
		p.Modes = append(p.Modes, mode)
	}
	return p, nil
}

// pack derives the names of a pack: -Api-custom ends the name of a template, -Api that of a command.
func pack(path string, from plugin.Package) Pack {
	const api = "-Api"
	host := strings.TrimPrefix(from.Name, "centreon-plugin-")
	p := Pack{Name: "centreon-pack-" + strings.ReplaceAll(path, "/", "-"), HostTemplate: host + "-custom", Services: []Service{}}
	for _, s := range from.Services {
		command := strings.TrimSuffix(host, api) + "-" + s.Name + api
		p.Services = append(p.Services, Service{
			Mode: s.Mode, Alias: s.Alias, Template: command + "-custom", Command: command, Attached: !s.Detached, Macros: s.Macros,
		})
	}
	return p
}

func describeMode(bound *plugin.BoundMode) (Mode, error) {
	m := Mode{
		Name: bound.Name, Module: plugin.ModuleName(bound.Name), Kind: "check", Help: bound.Help, Permission: bound.Permission,
		FilterCounters: bound.DefaultFilter, NewNames: bound.NewPerfdata,
	}
	if bound.List != nil {
		m.Kind = "list"
	}
	var sets []option.Set
	if bound.Options != nil {
		sets = append(sets, option.Set{Title: "Mode options", Ptr: bound.Options})
	}
	var err error
	if m.Options, err = groups(sets); err != nil {
		return m, err
	}
	for _, b := range bound.Counters {
		block := Block{Name: b.Name(), Instances: b.PerInstance()}
		for _, d := range b.Declarations() {
			block.Counters = append(block.Counters, Counter{
				Label: d.Label, Aliases: d.Aliases, Help: d.Help, State: d.State,
				Threshold: b.Threshold(d, false), NewName: b.Threshold(d, true), Defaults: defaults(d), Metrics: metrics(d.Printed()),
			})
		}
		m.Blocks = append(m.Blocks, block)
	}
	return m, nil
}

func defaults(d counter.Decl) map[string]string {
	held := map[string]string{}
	for level, text := range map[string]string{"unknown": d.Unknown, "warning": d.Warning, "critical": d.Critical} {
		if text != "" {
			held[level] = text
		}
	}
	return held
}

func metrics(declared []counter.Metric) []Metric {
	var all []Metric
	for _, m := range declared {
		all = append(all, Metric(m))
	}
	return all
}

func groups(sets []option.Set) ([]Group, error) {
	parser, err := option.New(sets...)
	if err != nil {
		return nil, err
	}
	all := []Group{}
	for _, g := range parser.Groups() {
		group := Group{Title: g.Title, Options: []Option{}}
		for _, o := range g.Options {
			if !o.Hidden {
				group.Options = append(group.Options, Option{o.Name, o.Aliases, o.Help, o.Default, o.Flag, o.Repeatable})
			}
		}
		all = append(all, group)
	}
	return all, nil
}

// MacroName is the macro of a service template that gives an option its value: FILTERUSER for filter-user. Macros of a host
// template begin with a word for the plugins that share them.
func MacroName(option string) string { return strings.ToUpper(strings.ReplaceAll(option, "-", "")) }

// Read reads what --describe printed.
func Read(from io.Reader) (*Document, error) {
	var d Document
	if err := json.NewDecoder(from).Decode(&d); err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	if d.Version != Version {
		return nil, fmt.Errorf("describe: version %d, where %d is known", d.Version, Version)
	}
	return &d, nil
}
