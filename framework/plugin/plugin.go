// Package plugin is what the author of a plugin imports: a plugin is a Spec of custom modes and modes, made one by Of.
//
// A custom mode is a way to reach the monitored system, a Connector that opens a C. A mode is a Check that asks a C. C is
// the small interface that the plugin's modes need, so the compiler proves that every custom mode serves every mode.
package plugin

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/secret"
)

// Env is the world that a check runs in. Nothing in a check reads the clock, the environment or a global.
type Env struct {
	Now       func() time.Time
	Location  *time.Location // time zone for dates that have none
	Getenv    func(name string) string
	Hostname  func() (string, error)
	Stdin     io.Reader
	Log       zerolog.Logger    // internal log; silent unless --debug
	Debug     func(text string) // adds to the long output; nil unless --debug
	Secrets   *secret.Hider     // what must appear nowhere
	Transport http.RoundTripper // stands in for the HTTP backend when it is not nil
}

// Connector is a custom mode: its options, and how to open what they lead to.
type Connector[C any] interface {
	Options() []option.Set
	// Validate checks the options, with those that the environment or standard input supplies; its errors are for the operator.
	Validate(env *Env) error
	Open(ctx context.Context, env *Env) (C, error)
}

// Examiner is a Connector that has something of its own to report, once, after the modes of a check: the end of the
// credentials that it uses, for example. Its error makes the result UNKNOWN and leaves what the modes reported.
type Examiner interface {
	Examine(ctx context.Context, run *Run) error
}

// Check is a mode: its options and counters, and how to measure.
type Check[C any] interface {
	// Options returns a pointer to a struct with option tags, nil when the mode has none of its own.
	Options() any
	// Counters returns the blocks that Run fills; none for a mode that only lists.
	Counters() counter.Set
	Run(ctx context.Context, api C, run *Run) error
}

// Run is one run of a mode.
type Run struct {
	*Env
	Report *check.Report
}

// Validator is a Check or a List that has something to say about its options before anything is asked.
type Validator interface {
	Validate() error
}

// CustomMode names a Connector; New makes a fresh one for each run.
type CustomMode[C any] struct {
	Name string // as in --custommode
	Help string // what it connects to, in a sentence or two
	New  func() Connector[C]

	Metrics []counter.Metric // what it prints beside the metrics of the modes
}

// List is a mode that lists what there is: lines for people, entries for Centreon's discovery.
type List[C any] interface {
	// Options returns a pointer to a struct with option tags, nil when the mode has none of its own.
	Options() any
	// Title is the line above the list.
	Title() string
	// Elements names the values of an entry.
	Elements() []string
	// Line words an entry.
	Line(Entry) string
	// Entries returns what there is, in order.
	Entries(ctx context.Context, api C, run *Run) ([]Entry, error)
}

// Entry is one thing of a list, its values by the names of the list's elements.
type Entry map[string]string

// Mode names a Check or a List; New, or NewList, makes a fresh one for each run.
type Mode[C any] struct {
	Name        string // as in --mode
	Help        string // what it checks, in a sentence or two
	Permission  string // that the monitored system must grant: Reports.Read.All
	Counters    string // default of --filter-counters
	NewPerfdata bool   // metrics and thresholds go by their nlabels, --use-new-perfdata or not
	Decoded     bool   // its texts come from JSON, and XML and JSON hold them as they are; others are encoded twice there
	New         func() Check[C]
	NewList     func() List[C]
}

// Package is what packages and packs are made from that the registry cannot derive.
type Package struct {
	Name     string // centreon-plugin-Cloud-Microsoft-Office365-Exchange-Api
	Command  string // name under which Centreon's commands call the plugin: centreon_office365_exchange_api.pl
	Services []Service
}

// Service is a service template of a pack: a mode as Centreon's users know it.
type Service struct {
	Mode     string            // email-activity
	Name     string            // part of the template's name: Email-Activity
	Alias    string            // name of the service on a host: Email-Activity
	Detached bool              // a host of the template does not get the service by itself
	Macros   map[string]string // values other than the defaults of the options: EXTRAOPTIONS is --verbose
}

// Spec declares a plugin.
type Spec[C any] struct {
	Summary     string
	CustomModes []CustomMode[C]
	Modes       []Mode[C]
	Package     Package
}

// Plugin is a Spec of whatever C.
type Plugin interface {
	Info() Info
	// CustomMode makes the custom mode of that name; an empty name means the only one there is.
	CustomMode(name string) (*BoundCustomMode, error)
	// Mode makes the mode of that name.
	Mode(name string) (*BoundMode, error)
}

// Info is what lists and help show of a plugin.
type Info struct {
	Summary     string
	CustomModes []Named
	Modes       []Named
	Package     Package
}

// Named is a name with its help.
type Named struct{ Name, Help string }

// BoundCustomMode is a custom mode made for one run.
type BoundCustomMode struct {
	Name, Help string
	Metrics    []counter.Metric
	Sets       []option.Set
	Validate   func(env *Env) error
	Open       func(ctx context.Context, env *Env) (any, error)
	Examine    func(ctx context.Context, run *Run) error // nil where the custom mode is no Examiner
}

// BoundMode is a mode made for one run.
type BoundMode struct {
	Name, Help    string
	Permission    string
	Options       any // nil when there are none
	Counters      counter.Set
	DefaultFilter string // default of --filter-counters
	NewPerfdata   bool
	Decoded       bool
	Validate      func() error
	Run           func(ctx context.Context, api any, run *Run) error
	List          *BoundList // set for a List, which has no Run
}

// BoundList is a List made for one run.
type BoundList struct {
	Title    string
	Elements []string
	Line     func(Entry) string
	Entries  func(ctx context.Context, api any, run *Run) ([]Entry, error)
}

// Of makes a Plugin of a Spec.
func Of[C any](spec Spec[C]) Plugin { return of[C]{spec} }

type of[C any] struct{ spec Spec[C] }

func (p of[C]) Info() Info {
	info := Info{Summary: p.spec.Summary, Package: p.spec.Package}
	for _, c := range p.spec.CustomModes {
		info.CustomModes = append(info.CustomModes, Named{c.Name, c.Help})
	}
	for _, m := range p.spec.Modes {
		info.Modes = append(info.Modes, Named{m.Name, m.Help})
	}
	return info
}

func (p of[C]) CustomMode(name string) (*BoundCustomMode, error) {
	for _, c := range p.spec.CustomModes {
		if c.Name != name && (name != "" || len(p.spec.CustomModes) > 1) {
			continue
		}
		connector := c.New()
		bound := &BoundCustomMode{
			Name: c.Name, Help: c.Help, Metrics: c.Metrics, Sets: connector.Options(), Validate: connector.Validate,
			Open: func(ctx context.Context, env *Env) (any, error) { return connector.Open(ctx, env) },
		}
		if e, ok := connector.(Examiner); ok {
			bound.Examine = e.Examine
		}
		return bound, nil
	}
	if name == "" {
		return nil, failure.New("Need to specify '--custommode'.")
	}
	return nil, failure.New("mode '%s' doesn't exist (use --list-custommode option to show available modes).", name)
}

func (p of[C]) Mode(name string) (*BoundMode, error) {
	for _, m := range p.spec.Modes {
		if m.Name != name {
			continue
		}
		bound := &BoundMode{
			Name: m.Name, Help: m.Help, Permission: m.Permission, DefaultFilter: m.Counters, NewPerfdata: m.NewPerfdata, Decoded: m.Decoded,
			Validate: func() error { return nil },
		}
		if m.NewList != nil {
			bindList(bound, m.NewList())
		} else {
			bindCheck(bound, m.New())
		}
		return bound, nil
	}
	return nil, failure.New("mode '%s' doesn't exist (use --list-mode option to show available modes).", name)
}

func bindCheck[C any](bound *BoundMode, check Check[C]) {
	bound.Options, bound.Counters = check.Options(), check.Counters()
	bound.setValidate(check)
	bound.Run = func(ctx context.Context, api any, run *Run) error {
		c, err := as[C](bound.Name, api)
		if err != nil {
			return err
		}
		return check.Run(ctx, c, run)
	}
}

func bindList[C any](bound *BoundMode, list List[C]) {
	bound.Options = list.Options()
	bound.setValidate(list)
	bound.List = &BoundList{
		Title: list.Title(), Elements: list.Elements(), Line: list.Line,
		Entries: func(ctx context.Context, api any, run *Run) ([]Entry, error) {
			c, err := as[C](bound.Name, api)
			if err != nil {
				return nil, err
			}
			return list.Entries(ctx, c, run)
		},
	}
}

func (b *BoundMode) setValidate(mode any) {
	if v, ok := mode.(Validator); ok {
		b.Validate = v.Validate
	}
}

// as is the way back from any: --dyn-mode can bring a mode and the custom mode of another plugin together.
func as[C any](mode string, api any) (C, error) {
	c, ok := api.(C)
	if !ok {
		return c, failure.New("Mode '%s' cannot use the custom mode of this plugin.", mode)
	}
	return c, nil
}

// ModuleName is how a path of --dyn-mode writes the name of a mode: email-activity is emailactivity.
func ModuleName(mode string) string { return strings.ReplaceAll(mode, "-", "") }
