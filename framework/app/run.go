package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/output"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/framework/secret"
)

// multi is the meta mode that every plugin has: it runs several modes and prints one result.
const multi = "multi"

// modeRun is a mode with the options of one command line.
type modeRun struct {
	*plugin.BoundMode
	sets       []option.Set
	counters   counter.Options
	thresholds func(name string) (string, bool)
	selection  counter.Selection
	newNames   bool // metrics go by their nlabels
}

// filterCounters is the one option about counters whose default depends on the mode.
const filterCounters = "filter-counters"

func filterCountersOption(preset string) option.Text {
	return option.Text{
		Name: filterCounters, Default: preset,
		Help: "Show only the counters whose name matches the regular expression; an empty value shows all.",
	}
}

func (s *session) newModeRun(mode *plugin.BoundMode) *modeRun {
	m := &modeRun{BoundMode: mode, newNames: mode.NewPerfdata || s.common.metrics.UseNewPerfdata}
	if mode.Options != nil {
		m.sets = append(m.sets, option.Set{Title: "Mode options", Ptr: mode.Options})
	}
	texts := append([]option.Text{filterCountersOption(mode.DefaultFilter)}, mode.Counters.Thresholds(m.newNames)...)
	set, values := option.Texts("Thresholds", texts)
	m.thresholds = values
	m.sets = append(m.sets, option.Set{Title: "Counter options", Ptr: &m.counters}, set)
	return m
}

// bind checks the options of the mode and prepares its counters.
func (s *session) bind(m *modeRun) error {
	filter, _ := m.thresholds(filterCounters)
	if m.counters.FilterCounter != "" { // the macro of older service templates; its emptiness must not show all counters
		filter = m.counters.FilterCounter
	}
	m.selection = counter.Selection{
		Filter: filter, FilterBlock: m.counters.FilterCountersBlock, DisplayOK: m.counters.DisplayOKCounters,
		NewPerfdata: m.newNames, Precision: s.common.output.FloatPrecision, Mode: m.Name, Threshold: m.thresholds,
	}
	if err := m.selection.Bind(m.Counters); err != nil {
		return err
	}
	return m.Validate()
}

func (s *session) measure(ctx context.Context, m *modeRun, api any, env *plugin.Env) error {
	run := &plugin.Run{Env: env, Report: s.report}
	if m.List != nil {
		return s.list(ctx, m.List, api, run)
	}
	if err := m.Run(ctx, api, run); err != nil {
		return err
	}
	return m.Counters.Report(s.report)
}

// examine adds what the custom mode has to report of its own.
func (s *session) examine(ctx context.Context, custom *plugin.BoundCustomMode, env *plugin.Env) {
	if custom.Examine == nil {
		return
	}
	if err := custom.Examine(ctx, &plugin.Run{Env: env, Report: s.report}); err != nil {
		s.report.Add(check.Unknown, failure.OneLine(err.Error()))
	}
}

// list prints a list: as lines, or for discovery.
func (s *session) list(ctx context.Context, list *plugin.BoundList, api any, run *plugin.Run) error {
	entries, err := list.Entries(ctx, api, run)
	if err != nil {
		return err
	}
	if s.common.output.DiscoShow {
		values := make([]map[string]string, len(entries))
		for i, e := range entries {
			values[i] = e
		}
		return whole(output.RenderDiscoShow(s.common.output, s.head, values))
	}
	s.report.Add(check.OK, list.Title)
	for _, e := range entries {
		s.report.AddLong(list.Line(e))
	}
	return nil
}

func (s *session) runPlugin(ctx context.Context, entry registry.Entry) error {
	p := entry.New()
	asked := s.common.plugin
	switch {
	case asked.ListMode:
		return listModes(p)
	case asked.ListCustomMode:
		return listCustomModes(p)
	case asked.Mode == "" && asked.DynMode == "" && s.common.program.Help:
		return s.helpPlugin(p)
	case asked.Mode == "" && asked.DynMode == "" && s.common.program.Version:
		return &lines{[]string{"Plugin Version: " + s.Version}, true}
	}
	custom, err := p.CustomMode(asked.CustomMode)
	if err != nil {
		return err
	}
	mode, err := s.findMode(p)
	if err != nil {
		return err
	}
	if s.common.program.Version {
		return &lines{[]string{"Mode Version: " + s.Version}, true}
	}
	sets := custom.Sets
	var manager secret.Manager
	if asked.PassManager != "" {
		if manager, err = secret.NewManager(asked.PassManager); err != nil {
			return err
		}
		sets = append(sets, manager.Sets()...)
	}
	if mode == nil {
		return s.runMulti(ctx, p, custom, sets, manager)
	}
	m := s.newModeRun(mode)
	parser, err := option.New(append(sets, m.sets...)...)
	if err != nil {
		return err
	}
	if s.common.program.Help {
		return s.helpMode(p, custom, mode, parser)
	}
	if err := s.parse(ctx, parser, s.rest, manager); err != nil {
		return err
	}
	if m.counters.ListCounters {
		return s.listCounters(mode)
	}
	env := s.env()
	if err := custom.Validate(env); err != nil {
		return err
	}
	if err := s.bind(m); err != nil {
		return err
	}
	s.head.Decoded = mode.Decoded
	if s.common.output.DiscoFormat {
		var elements []string
		if m.List != nil {
			elements = m.List.Elements
		}
		return whole(output.RenderDiscoFormat(s.common.output, elements))
	}
	api, err := custom.Open(ctx, env)
	if err != nil {
		return err
	}
	if s.common.output.DiscoShow && m.List == nil {
		return whole(output.RenderDiscoShow(s.common.output, s.head, nil))
	}
	if err := s.measure(ctx, m, api, env); err != nil {
		return err
	}
	if m.List == nil {
		s.examine(ctx, custom, env)
	} else {
		s.common.output.OutputIgnoreLabel, s.common.output.OutputIgnorePerfdata, s.common.output.Verbose = true, true, true
	}
	return nil
}

// findMode returns the mode that --mode or --dyn-mode names, nil for the meta mode multi.
func (s *session) findMode(p plugin.Plugin) (*plugin.BoundMode, error) {
	asked := s.common.plugin
	if asked.Mode == multi {
		return nil, nil
	}
	if asked.Mode != "" {
		return p.Mode(asked.Mode)
	}
	if asked.DynMode == "" {
		return nil, failure.New("Need to specify '--mode' or '--dyn-mode' option (use --list-mode option to show available modes).")
	}
	if entry, module, ok := s.Registry.FindMode(asked.DynMode); ok {
		other := entry.New()
		for _, m := range other.Info().Modes {
			if plugin.ModuleName(m.Name) == module {
				return other.Mode(m.Name)
			}
		}
	}
	return nil, failure.New("Cannot load module --dyn-mode: there is no mode '%s' (use --list-mode option to show available modes).", asked.DynMode)
}

// hint names the option that a word is meant as which begins with another dash than that of the keyboard. No other word is
// shown, nor what follows the name: it may be a secret.
func hint(stray string) string {
	text := strings.TrimLeft(stray, "\u2013\u2014")
	name, _, ok := strings.Cut(text, "=")
	if !ok || text == stray || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return ""
	}
	return ", and has another dash than --" + name
}

// parse reads the options of plugin and mode, asks the password manager, and refuses what nobody knows.
func (s *session) parse(ctx context.Context, parser *option.Parser, args []string, manager secret.Manager) error {
	split := argv.Split(args, parser.Lookup)
	if !s.common.plugin.NoSanityOptions {
		if len(split.Unknown) > 0 {
			return failure.New("Unknown option: %s (use --help option to show available options).", split.Unknown[0])
		}
		// The original lets one stray word pass: Centreon's connector puts the name of the plugin's file first.
		if len(split.Stray) > 1 {
			return failure.New("Argument %d of the command line belongs to no option%s: quote values with blanks, as in --filter-mailbox='a b'.",
				slices.Index(s.args, split.Stray[1])+1, hint(split.Stray[1]))
		}
	}
	if err := parser.Parse(split.Words); err != nil {
		return err
	}
	if manager == nil {
		return nil
	}
	input := secret.Input{
		Now: s.Now, Getenv: s.Getenv, ReadFile: secret.ReadFile, Value: parser.Value, Values: parser.Values(), AddSecret: s.secrets.Add,
		Transport: s.Transport,
	}
	if s.debugging() {
		input.Debug = s.debug
	}
	values, err := manager.Resolve(ctx, input)
	if err != nil {
		return err
	}
	words := split.Words
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if !slices.Contains(input.Values[name], value) {
				s.secrets.Add(value)
			}
		}
		words = replace(words, name, values[name], parser.Lookup)
	}
	return parser.Parse(words)
}

// replace gives an option other values in the place of those that it has among words.
func replace(words []string, name string, values []string, lookup argv.Lookup) []string {
	option, known := lookup(name)
	if !known {
		return words
	}
	words = slices.DeleteFunc(words, func(word string) bool {
		has, _, _ := strings.Cut(word, "=")
		return has == "--"+option.Name
	})
	args := make([]string, len(values))
	for i, value := range values {
		args[i] = "--" + name + "=" + value
	}
	return append(words, argv.Split(args, lookup).Words...)
}

// runMulti runs the modes of --modes-exec one after the other; metrics go by their nlabels.
func (s *session) runMulti(ctx context.Context, p plugin.Plugin, custom *plugin.BoundCustomMode, sets []option.Set, manager secret.Manager) error {
	var asked multiOptions
	parser, err := option.New(append(sets, option.Set{Title: "Mode options", Ptr: &asked})...)
	if err != nil {
		return err
	}
	if s.common.program.Help {
		mode := &plugin.BoundMode{Name: multi, Help: "Run several modes of the plugin at once, with one result."}
		return s.helpMode(p, custom, mode, parser)
	}
	if err := s.parse(ctx, parser, s.rest, manager); err != nil {
		return err
	}
	env := s.env()
	if err := custom.Validate(env); err != nil {
		return err
	}
	if asked.ModesExec == "" {
		return failure.New("Need to specify --modes-exec option.")
	}
	switch {
	case s.common.output.DiscoFormat:
		return whole(output.RenderDiscoFormat(s.common.output, nil))
	case s.common.output.DiscoShow:
		return whole(output.RenderDiscoShow(s.common.output, s.head, nil))
	}
	s.common.metrics.UseNewPerfdata = true
	var runs []*modeRun
	for name := range strings.SplitSeq(asked.ModesExec, ",") {
		mode, err := p.Mode(name)
		if err != nil {
			s.report.AddLong(err.Error())
			continue
		}
		m := s.newModeRun(mode)
		parser, err := option.New(m.sets...)
		if err != nil {
			return err
		}
		var args []string
		for _, pair := range asked.OptionMode {
			if owner, arg, ok := strings.Cut(pair, ","); ok && owner == name {
				args = append(args, arg)
			}
		}
		if err := s.parse(ctx, parser, args, nil); err != nil {
			return err
		}
		if err := s.bind(m); err != nil {
			return err
		}
		runs = append(runs, m)
	}
	if len(runs) == 0 {
		return nil
	}
	api, err := custom.Open(ctx, env)
	if err != nil {
		return err
	}
	for _, m := range runs {
		if err := s.measure(ctx, m, api, env); err != nil {
			// The other modes still have their say; the whole is never better than UNKNOWN.
			s.report.Add(check.Unknown, "Mode "+m.Name+": "+failure.OneLine(err.Error()))
		}
	}
	s.examine(ctx, custom, env)
	return nil
}
