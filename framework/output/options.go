// Package output prints what a check found: as the line that monitoring reads, as JSON, as XML or as OpenMetrics.
package output

import (
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

// Options are the command line options about the output.
type Options struct {
	Verbose              bool     `name:"verbose" help:"Print the long output below the first line: one line for each thing that was checked."`
	Debug                bool     `name:"debug" help:"Print the long output and, in it, what happens on the way: requests, answers, what was left aside and why. Secrets are shown as ***."`
	DebugStream          bool     `name:"debug-stream" help:"Print the debug messages at once, as they come, instead of below the first line. For a check that hangs."`
	ShowPassword         bool     `name:"show-password" help:"Accepted so that existing commands keep working. Secrets are shown as *** nevertheless."`
	ChangeShortOutput    []string `name:"change-short-output" sep:"none" help:"Change the text of the first line. Syntax: --change-short-output='regexp~replacement~modifiers'; $1, $2 in the replacement are the groups of the regular expression; modifiers are g (all occurrences), i (any case), m, s and x. A regular expression that cannot be read changes nothing. Example: --change-short-output='OK~Up~gi'."`
	ChangeLongOutput     []string `name:"change-long-output" sep:"none" help:"Change the long output, with the syntax of --change-short-output. Example: --change-long-output='@contoso\\.com~~g' shortens the addresses."`
	ChangeOutputAdv      []string `name:"change-output-adv" sep:"none" help:"Change text and exit status when a condition is true. Syntax: --change-output-adv='condition,text,status'; text or status may be left out. The condition may use short_output and exit_code (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN), written %{exit_code} or %(exit_code), and cannot hold a comma. Example: --change-output-adv='%(short_output) =~ /UNKNOWN: No mailbox/,OK: nothing to check,OK'."`
	ChangeExit           []string `name:"change-exit" sep:"none" help:"Exit with another status than the one that was found; the text stays. Syntax: --change-exit=found=wanted. Example: --change-exit=unknown=critical."`
	OptExit              string   `name:"opt-exit" default:"unknown" help:"Status to end with when the check could not be made: a wrong option, no connection, a refused login, a timeout. One of ok, warning, critical, unknown, pending. Example: --opt-exit=critical."`
	OutputXML            bool     `name:"output-xml" help:"Print status, texts and metrics as an XML document."`
	OutputJSON           bool     `name:"output-json" help:"Print status, texts and metrics as a JSON document."`
	OutputOpenmetrics    bool     `name:"output-openmetrics" help:"Print the metrics in OpenMetrics format, with the status as plugin_mode_status (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN). Names are those of --use-new-perfdata with _ for each character that OpenMetrics does not allow. Example: --output-openmetrics --output-file=/var/lib/node_exporter/exchange.prom."`
	OutputFile           string   `name:"output-file" help:"Write the output to this file instead of the standard output. Readers never see half a file. Example: --output-file=/var/lib/node_exporter/exchange.prom."`
	OutputIgnorePerfdata bool     `name:"output-ignore-perfdata" help:"Print no metrics."`
	OutputIgnoreLabel    bool     `name:"output-ignore-label" help:"Print the texts without the status before them. Example: 'Active mailboxes: 2/4' instead of 'OK: Active mailboxes: 2/4'."`
	DiscoFormat          bool     `name:"disco-format" help:"With a list- mode: print the names of what it lists, for a discovery rule, as XML or with --output-json as JSON."`
	DiscoShow            bool     `name:"disco-show" help:"With a list- mode: print what it finds, for service discovery, as XML or with --output-json as JSON."`
	FloatPrecision       string   `name:"float-precision" default:"8" help:"Number of decimals to which values and thresholds are rounded before they are compared. Example: --float-precision=2 takes 80.001 for 80."`
	SourceEncoding       string   `name:"source-encoding" default:"UTF-8" help:"Character encoding of what the monitored service answers. Example: --source-encoding=ISO-8859-1."`
}

// Validate checks the values of the options.
func (o Options) Validate() error {
	if _, ok := check.ParseStatus(o.OptExit); !ok {
		return failure.New("Unknown value '%s' for --opt-exit.", strings.ToLower(o.OptExit))
	}
	_, err := o.conditions()
	return err
}

// Exit returns the exit status for s after --change-exit. Pairs that name no status count for nothing, and a pair is not
// applied to the outcome of another.
func (o Options) Exit(s check.Status) int {
	exit := s
	for _, pair := range o.ChangeExit {
		found, wanted, _ := strings.Cut(pair, "=")
		wanted, _, _ = strings.Cut(wanted, "=")
		from, ok := check.ParseStatus(found)
		if to, known := check.ParseStatus(wanted); ok && known && from == s {
			exit = to
		}
	}
	return int(exit)
}

// format is one way to print.
type format int

const (
	asText format = iota
	asXML
	asJSON
	asOpenmetrics
)

func (o Options) format() format {
	switch disco := o.DiscoFormat || o.DiscoShow; {
	case o.OutputXML, disco && !o.OutputJSON:
		return asXML
	case o.OutputJSON:
		return asJSON
	case o.OutputOpenmetrics:
		return asOpenmetrics
	}
	return asText
}

// condition is one --change-output-adv.
type condition struct {
	when   *expr.Expr
	text   string        // empty: the text stays
	status *check.Status // nil: the status stays
}

func (o Options) conditions() ([]condition, error) {
	var conditions []condition
	for _, arg := range o.ChangeOutputAdv {
		var fields [3]string
		copy(fields[:], perl.Split(arg, ","))
		if fields[0] == "" {
			continue
		}
		when, err := expr.Parse(fields[0], nil)
		if err != nil {
			return nil, failure.New("Wrong change-output-adv option '%s': %w", arg, err)
		}
		c := condition{when: when, text: fields[1]}
		if status, ok := check.ParseStatus(fields[2]); ok {
			c.status = &status
		}
		conditions = append(conditions, c)
	}
	return conditions, nil
}

// apply returns text and status as the condition has them.
func (c condition) apply(text string, found check.Status, status check.Status) (string, check.Status, error) {
	met, err := c.when.Eval(expr.Vars{"short_output": expr.String(text), "exit_code": expr.Number(float64(found))})
	if err != nil {
		return text, status, failure.New("Option --change-output-adv: %w", err)
	}
	if !met.Bool() {
		return text, status, nil
	}
	if c.text != "" {
		text = c.text
	}
	if c.status != nil {
		status = *c.status
	}
	return text, status, nil
}

// substitute applies each "regexp~replacement~modifiers" to s. One that cannot be read is left aside with a note.
func substitute(option string, args []string, s string) (result string, notes []string) {
	for _, arg := range args {
		if strings.Trim(arg, "~") == "" {
			continue
		}
		var fields [3]string
		copy(fields[:], perl.Split(arg, "~"))
		flags := strings.ReplaceAll(fields[2], "g", "")
		re, err := perl.Compile(fields[0], flags)
		if err == nil {
			var changed string
			if changed, err = re.Replace(s, fields[1], flags != fields[2]); err == nil {
				s = changed
			}
		}
		if err != nil {
			notes = append(notes, failure.OneLine("--"+option+"="+strconv.Quote(arg)+" is left aside: "+err.Error()))
		}
	}
	return s, notes
}
