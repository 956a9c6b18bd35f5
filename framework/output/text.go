package output

import (
	"strings"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/perfdata"
)

// text prints the line that monitoring reads, with the metrics behind a bar, and the long output. The status is the one
// after --change-output-adv.
func (d document) text(o Options) ([]byte, check.Status, error) {
	short, status, notes, err := d.short(o)
	if err != nil {
		return nil, status, err
	}
	out := append(make([]byte, 0, 1024), short...)
	for i, m := range d.metrics {
		if i == 0 {
			out = append(out, '|')
		}
		out = appendMetric(out, m)
	}
	out = append(out, '\n')
	for _, lines := range [][]string{d.long, notes} {
		for _, line := range lines {
			out = append(append(out, line...), '\n')
		}
	}
	return out, status, nil
}

// short returns the texts before the bar. Texts of a good state are left out when there is a worse one.
func (d document) short(o Options) (short string, status check.Status, notes []string, err error) {
	var b strings.Builder
	for _, status := range []check.Status{check.Critical, check.Warning, check.Unknown, check.Pending} {
		if len(d.texts(status)) > 0 {
			d.sentence(&b, status)
		}
	}
	if d.status == check.OK {
		d.sentence(&b, check.OK)
	}
	short, status = b.String(), d.status
	if len(o.ChangeShortOutput) > 0 {
		if short, notes = substitute("change-short-output", o.ChangeShortOutput, short); !o.Debug {
			notes = nil
		}
	}
	conditions, err := o.conditions()
	for _, c := range conditions {
		if short, status, err = c.apply(short, d.status, status); err != nil {
			break
		}
	}
	return short, status, notes, err
}

// texts returns the texts of one status.
func (d document) texts(status check.Status) []string {
	var texts []string
	for _, m := range d.messages {
		if m.Status == status {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func (d document) sentence(b *strings.Builder, status check.Status) {
	if d.label {
		b.WriteString(status.String())
		b.WriteString(": ")
	}
	dash := ""
	for _, m := range d.messages {
		if m.Status != status {
			continue
		}
		b.WriteString(dash + m.Text)
		dash = " - "
		if m.Opens {
			dash = ""
		}
	}
	b.WriteByte(' ')
}

func appendMetric(out []byte, m perfdata.Metric) []byte {
	out = append(append(append(out, " '"...), m.Label...), "'="...)
	out = append(append(out, m.Value...), m.Unit...)
	for _, field := range [...]string{m.Warning, m.Critical, m.Min, m.Max} {
		out = append(append(out, ';'), field...)
	}
	return out
}
