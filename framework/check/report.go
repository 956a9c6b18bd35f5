package check

import "github.com/centplugins/centplugins/framework/perfdata"

// Message is one text of the short output with the status that it stands for.
type Message struct {
	Status Status
	Text   string
	Opens  bool // the first line goes on with the next text of the status, with no dash between them
}

// Report is what a check found: short texts, the lines of the long output, and the metrics, each in order of appearance.
type Report struct {
	Messages []Message
	Long     []string
	Metrics  []perfdata.Metric
}

// Add appends a short text.
func (r *Report) Add(status Status, text string) {
	r.Messages = append(r.Messages, Message{Status: status, Text: text})
}

// AddOpening appends the beginning of a short text, which the next ones of the same status go on with.
func (r *Report) AddOpening(status Status, text string) {
	r.Messages = append(r.Messages, Message{Status: status, Text: text, Opens: true})
}

// AddLong appends lines to the long output.
func (r *Report) AddLong(lines ...string) { r.Long = append(r.Long, lines...) }

// AddMetric appends metrics.
func (r *Report) AddMetric(metrics ...perfdata.Metric) { r.Metrics = append(r.Metrics, metrics...) }

// Status returns the gravest status of the messages, OK when there is none.
func (r *Report) Status() Status {
	worst := OK
	for _, m := range r.Messages {
		worst = Worst(worst, m.Status)
	}
	return worst
}
