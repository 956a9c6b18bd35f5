package output

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/perl"
)

// Head names the run: the plugin and the mode, as the machine-readable forms show them.
type Head struct {
	Plugin, Mode string

	// Decoded tells that the mode's texts came decoded, from JSON: XML and JSON hold them as they are. Others are encoded
	// twice there.
	Decoded bool
}

// document is what all forms are printed from.
type document struct {
	Head
	exit     string // the status in words, as XML and JSON show it
	status   check.Status
	messages []check.Message
	long     []string
	metrics  []perfdata.Metric
	label    bool // put the status before each text
}

// Render returns what is to be printed about r and the exit status. The metrics go through pf first, unless it is nil.
// An error is a condition of an option that cannot be computed; nothing is to be printed then but that.
func Render(o Options, pf *perfdata.Pipeline, head Head, r *check.Report) (printed []byte, exit int, err error) {
	d := document{Head: head, status: r.Status(), messages: slices.Clone(r.Messages), label: !o.OutputIgnoreLabel}
	d.exit = d.status.String()
	if !o.OutputIgnorePerfdata {
		d.metrics = r.Metrics
		if pf != nil {
			if d.metrics, err = pf.Apply(r.Metrics); err != nil {
				return nil, 0, err
			}
		}
	}
	d.long = longOutput(o, pf, r.Long)
	return o.print(d)
}

// RenderFailure returns what is to be printed when there is no report but only an error, and the exit status: the text,
// behind the word of --opt-exit ("UNKNOWN: ...") when label is set, and below it the long lines. There are no metrics.
func RenderFailure(o Options, head Head, text string, label bool, long []string) (printed []byte, exit int) {
	status, ok := check.ParseStatus(o.OptExit)
	if !ok {
		status = check.Unknown // the error is about --opt-exit itself, and is shown whatever else was asked for
		o.ChangeExit, o.ChangeOutputAdv = nil, nil
	}
	head.Decoded = false
	d := document{Head: head, status: status, long: chomp(long), label: label && !o.OutputIgnoreLabel}
	d.exit = strings.ToLower(status.String()) // as Centreon has it here, and only here
	d.messages = []check.Message{{Status: status, Text: text}}
	printed, exit, err := o.print(d)
	if err != nil {
		o.ChangeOutputAdv = nil
		printed, exit, _ = o.print(d)
	}
	return printed, exit
}

func (o Options) print(d document) (printed []byte, exit int, err error) {
	for i, m := range d.messages {
		d.messages[i].Text = strings.TrimSuffix(m.Text, "\n")
	}
	switch o.format() {
	case asXML:
		printed = d.encoded(d.xml())
	case asJSON:
		printed, err = d.json()
		printed = d.encoded(printed)
	case asOpenmetrics:
		printed = d.openmetrics()
	case asText:
		printed, d.status, err = d.text(o)
	}
	return printed, o.Exit(d.status), err
}

// longOutput returns the lines to show below the first: none but under --verbose and --debug.
func longOutput(o Options, pf *perfdata.Pipeline, lines []string) []string {
	if !o.Verbose && !o.Debug {
		return nil
	}
	lines = chomp(lines)
	if o.Debug && pf != nil {
		lines = slices.Concat(pf.Notes(), lines)
	}
	if len(o.ChangeLongOutput) > 0 {
		all, notes := substitute("change-long-output", o.ChangeLongOutput, strings.Join(lines, "\n"))
		lines = perl.Split(all, "\n")
		if o.Debug {
			lines = append(lines, notes...)
		}
	}
	return lines
}

// chomp returns the lines without the line feeds that end some.
func chomp(lines []string) []string {
	chomped := make([]string, len(lines))
	for i, line := range lines {
		chomped[i] = strings.TrimSuffix(line, "\n")
	}
	return chomped
}

// encoded returns a document in XML or JSON as readers know its encoding.
func (h Head) encoded(document []byte) []byte {
	if h.Decoded {
		return document
	}
	return encodeTwice(document)
}

// encodeTwice encodes a UTF-8 document as if it were Latin-1, so that é comes out as Ã©. Centreon has always written its
// XML and JSON so, and what reads them puts it right.
func encodeTwice(document []byte) []byte {
	extra := 0
	for _, b := range document {
		if b >= utf8.RuneSelf {
			extra++
		}
	}
	if extra == 0 {
		return document
	}
	twice := make([]byte, 0, len(document)+extra)
	for _, b := range document {
		twice = utf8.AppendRune(twice, rune(b))
	}
	return twice
}
