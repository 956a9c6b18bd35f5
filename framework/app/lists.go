package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
)

const helpWidth = 100

// describe prints the registry as JSON.
func (s *session) describe() error {
	names, _ := option.Texts("Thresholds", []option.Text{filterCountersOption("")})
	document, err := describe.New(s.Registry, s.Version, describe.Shared{
		Runs:   s.common.sets(),
		Checks: []option.Set{{Title: "Counter options", Ptr: new(counter.Options)}, names},
		Multi:  []option.Set{{Title: "Multi options", Ptr: new(multiOptions)}},
	})
	if err != nil {
		return failure.New("Cannot describe the plugins: %w", err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return failure.New("Cannot describe the plugins: %w", err)
	}
	return whole(text.Bytes(), nil)
}

func (s *session) listPlugins() error {
	var text []string
	for _, e := range s.Registry.Entries() {
		text = append(text, "-----------------", "PLUGIN: "+e.Name(), "DESCRIPTION:")
		text = append(text, option.Wrap(e.New().Info().Summary, "    ", helpWidth)...)
		text = append(text, "")
	}
	return &lines{text: text}
}

func listModes(p plugin.Plugin) error {
	text := summary(p)
	text = append(text, "Modes Meta:", "   "+multi, "", "Modes Available:")
	for _, m := range sorted(p.Info().Modes) {
		text = append(text, "   "+m.Name)
	}
	return &lines{text: text}
}

func listCustomModes(p plugin.Plugin) error {
	text := append(summary(p), "Custom Modes Available:")
	for _, m := range sorted(p.Info().CustomModes) {
		text = append(text, "   "+m.Name)
	}
	return &lines{text: text}
}

func sorted(named []plugin.Named) []plugin.Named {
	return slices.SortedFunc(slices.Values(named), func(a, b plugin.Named) int { return cmp.Compare(a.Name, b.Name) })
}

func summary(p plugin.Plugin) []string {
	text := append([]string{"PLUGIN DESCRIPTION:", ""}, option.Wrap(p.Info().Summary, "    ", helpWidth)...)
	return append(text, "")
}

func (s *session) helpProgram() error {
	parser, err := option.New(s.common.sets()...)
	if err != nil {
		return err
	}
	text := []string{"Usage: centreon_plugins --plugin=PLUGIN --mode=MODE [options]", ""}
	return &lines{text: append(text, parser.Help()...)}
}

func (s *session) helpPlugin(p plugin.Plugin) error {
	text := summary(p)
	text = append(text, "MODES:", "")
	for _, m := range sorted(p.Info().Modes) {
		text = append(text, "    "+m.Name)
		text = append(text, option.Wrap(m.Help, "        ", helpWidth)...)
	}
	text = append(text, "", "CUSTOM MODES:", "")
	for _, m := range sorted(p.Info().CustomModes) {
		text = append(text, "    "+m.Name)
		text = append(text, option.Wrap(m.Help, "        ", helpWidth)...)
	}
	common, err := option.New(s.common.sets()...)
	if err != nil {
		return err
	}
	return &lines{text: append(append(text, ""), common.Help()...)}
}

func (s *session) helpMode(p plugin.Plugin, custom *plugin.BoundCustomMode, mode *plugin.BoundMode, parser *option.Parser) error {
	text := summary(p)
	text = append(text, "MODE "+mode.Name+":", "")
	text = append(text, option.Wrap(mode.Help, "    ", helpWidth)...)
	text = append(text, "", "CUSTOM MODE "+custom.Name+":", "")
	text = append(text, option.Wrap(custom.Help, "    ", helpWidth)...)
	text = append(text, "")
	text = append(text, parser.Help()...)
	common, err := option.New(s.common.sets()...)
	if err != nil {
		return err
	}
	return &lines{text: append(text, common.Help()...)}
}

// numberOr returns a limit of a metric as a JSON number, or "".
func numberOr(limit string) any {
	if limit == "" {
		return ""
	}
	return json.Number(limit)
}

// listCounters prints the names of the counters and, as long output, their metrics and the macros of a service template.
func (s *session) listCounters(mode *plugin.BoundMode) error {
	blocks := slices.SortedFunc(slices.Values(mode.Counters), func(a, b counter.Block) int { return cmp.Compare(a.Name(), b.Name()) })
	type metric struct {
		Max      any    `json:"max"` // a number, or ""
		Min      any    `json:"min"`
		NLabel   string `json:"nlabel"`
		Template string `json:"output_template"`
		Unit     string `json:"unit"`
	}
	list, macros, metrics := "", "", map[string]metric{}
	for _, b := range blocks {
		for _, d := range b.Declarations() {
			list += d.Label + " "
			macro := strings.ToUpper(strings.ReplaceAll(d.Label, "-", "_"))
			macros += " --warning-" + d.Label + "='$_SERVICEWARNING_" + macro + "$' --critical-" + d.Label + "='$_SERVICECRITICAL_" + macro + "$'"
			m := metric{Max: "", Min: ""}
			if !d.ThresholdsByLabel && !d.State {
				m.NLabel = d.NLabel
			}
			if !d.OwnMetrics && !d.State {
				m.Max, m.Min, m.Unit, m.Template = numberOr(d.Max), numberOr(d.Min), d.Unit, "%d"
			}
			metrics[d.Label] = m
		}
	}
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "   ")
	err := encoder.Encode(map[string]any{"counter list": list, "metrics": metrics, "pack configuration": macros + " $_SERVICEEXTRA_OPTIONS$"})
	if err != nil {
		return err
	}
	s.common.output.OutputIgnoreLabel = true
	s.common.output.OutputIgnorePerfdata = true
	s.report.Add(check.OK, "counter list: "+list)
	s.report.AddLong(strings.TrimRight(document.String(), "\n"))
	return nil
}
