package counter

import (
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/perl"
)

// Options are the options that every mode with counters has.
type Options struct {
	FilterCountersBlock string `name:"filter-counters-block" help:"Leave out whole blocks of counters, those whose name matches the regular expression. Example: --filter-counters-block='global'"`
	DisplayOKCounters   string `name:"display-ok-counters" help:"Show also those counters in an OK text that are not shown there by default, if their name matches the regular expression."`
	FilterCounter       string `name:"filter-counter" hidden:"" help:"Takes the place of --filter-counters, whose empty value shows all; empty itself, it says nothing."`
	ListCounters        bool   `name:"list-counters" help:"List the counters of the mode and exit; with --verbose also their metrics, and macros ready for a service template."`
}

// Selection is what the operator's options say about counters: which are shown, and their limits.
type Selection struct {
	Filter       string // --filter-counters; empty shows all
	FilterBlock  string // --filter-counters-block
	DisplayOK    string // --display-ok-counters
	NewPerfdata  bool   // --use-new-perfdata
	Precision    string // --float-precision
	Mode         string // name of the mode, for its metrics
	Threshold    func(name string) (string, bool)
	filter, skip *perl.Regexp
	display      *perl.Regexp
}

// Bind compiles the selection and prepares the blocks for it. Its errors name the option that is wrong.
func (s *Selection) Bind(set Set) error {
	for _, pattern := range []struct {
		option, text string
		into         **perl.Regexp
	}{{"filter-counters", s.Filter, &s.filter}, {"filter-counters-block", s.FilterBlock, &s.skip}, {"display-ok-counters", s.DisplayOK, &s.display}} {
		if pattern.text == "" {
			continue
		}
		compiled, err := perl.Compile(pattern.text, "")
		if err != nil {
			return failure.New("Wrong --%s option: %w", pattern.option, err)
		}
		*pattern.into = compiled
	}
	for _, b := range set {
		if err := b.bind(s); err != nil {
			return err
		}
	}
	return nil
}

// Report adds what the blocks have to say to r.
func (set Set) Report(r *check.Report) error {
	for _, b := range set {
		if err := b.report(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Selection) hidesBlock(name string) (bool, error) {
	if s.skip == nil {
		return false, nil
	}
	return s.skip.Match(name)
}

func (s *Selection) wants(d Decl) (bool, error) {
	if s.filter == nil {
		return true, nil
	}
	return matchAny(s.filter, d)
}

func (s *Selection) showsOK(d Decl) (bool, error) {
	if s.display == nil {
		return false, nil
	}
	return matchAny(s.display, d)
}

func matchAny(re *perl.Regexp, d Decl) (bool, error) {
	ok, err := re.Match(d.Label)
	for _, alias := range d.Aliases {
		if ok || err != nil {
			break
		}
		ok, err = re.Match(alias)
	}
	return ok, err
}

func (s *Selection) limits(d Decl, scope string) (Limits, error) {
	l := Limits{newPerfdata: s.NewPerfdata, precision: precision(s.Precision), mode: s.Mode}
	name := d.thresholdName(s.NewPerfdata, scope)
	for _, level := range []struct {
		prefix string
		into   *limit
	}{{"unknown-", &l.unknown}, {"warning-", &l.warning}, {"critical-", &l.critical}} {
		text, _ := s.Threshold(level.prefix + name)
		parsed, err := parseLimit(level.prefix+name, text, d.State)
		if err != nil {
			return l, err
		}
		*level.into = parsed
	}
	return l, nil
}

// precision reads --float-precision: 8 digits where it says nothing sensible.
func precision(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 15 {
		return 8
	}
	return n
}

// Thresholds are the options of a set's thresholds: unknown, warning and critical of each counter, under the names of the
// family of metrics in use; the short label stays good in either.
func (set Set) Thresholds(newPerfdata bool) []option.Text {
	var texts []option.Text
	for _, b := range set {
		for _, d := range b.Declarations() {
			name := b.Threshold(d, newPerfdata)
			short := d.Aliases
			if name != d.Label {
				short = append([]string{d.Label}, short...)
			}
			for _, level := range []struct{ word, text string }{{"unknown", d.Unknown}, {"warning", d.Warning}, {"critical", d.Critical}} {
				aliases := make([]string, len(short))
				for i, alias := range short {
					aliases[i] = level.word + "-" + alias
				}
				texts = append(texts, option.Text{
					Name: level.word + "-" + name, Aliases: aliases, Default: level.text, Help: thresholdHelp(level.word, d),
				})
			}
		}
	}
	return texts
}

func thresholdHelp(level string, d Decl) string {
	if d.State {
		return "Condition under which the status is " + strings.ToUpper(level) + ": " + d.Help
	}
	return "Range of good values, outside of which the status is " + strings.ToUpper(level) + ": " + d.Help
}
