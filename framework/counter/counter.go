// Package counter holds metrics and states as data: what a mode measures is declared, and the framework compares it with
// the thresholds, words it and prints it.
//
// Counters stand in blocks. A Single is measured once a check (a total), a Many once for each instance (a mailbox). A mode
// makes its blocks, fills them while it runs, and never looks at a threshold itself.
package counter

import (
	"fmt"
	"strconv"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/perfdata"
)

// Decl is what the world outside sees of a counter: its names, its unit, its limits. Help, thresholds, lists and packs are
// made from it.
type Decl struct {
	Label   string   // names the thresholds and the counter in --filter-counters: total-send-count
	Aliases []string // labels that other releases use for the same counter
	NLabel  string   // name of the metric, and of the thresholds, under --use-new-perfdata: exchange.users.emails.sent.count
	Metric  string   // name of the metric otherwise: total_send_count
	Unit    string   // unit of the metric: B, %, mailboxes
	Min     string   // lowest value of the metric, empty when there is none
	Max     string   // highest value of the metric, empty when there is none
	Help    string   // what is counted, for the help of the thresholds

	// Metrics declares the metrics of a counter that makes others than the one above.
	Metrics []Metric

	// OwnMetrics tells that the metrics are not of the declared form, but made by the counter. Blocks set it.
	OwnMetrics bool

	// ThresholdsByLabel keeps the thresholds on the short label under --use-new-perfdata too.
	ThresholdsByLabel bool

	// A State is compared by expressions, not by ranges; these are the expressions in force by default.
	State                      bool
	Unknown, Warning, Critical string
}

// Metric declares a metric as the world outside sees it.
type Metric struct {
	Name   string // under the short names; empty where it is not printed
	NLabel string // under --use-new-perfdata
	Unit   string
	Min    string
	Max    string // "total" where it is a figure of the row

	NewUnit string // under --use-new-perfdata, where it is another
}

// Printed lists the metrics that the counter prints, apart from their instances.
func (d Decl) Printed() []Metric {
	switch {
	case d.Metrics != nil:
		return d.Metrics
	case d.State:
		return nil
	}
	return []Metric{{Name: d.Metric, NLabel: d.NLabel, Unit: d.Unit, Min: d.Min, Max: d.Max}}
}

// Counter is a Decl with the way from a row T to its figure and its words.
type Counter[T any] struct {
	Decl

	// Count is the figure of a whole number, Value that of any other. One of them is set unless the counter is a State.
	Count func(T) int64
	Value func(T) float64

	// Format words the figure: "Send Count: %d". With Bytes the figure is worded as an amount: "Usage: %s" with "3.00 GB".
	Format string
	Bytes  bool
	// Text words the row where a format is not enough.
	Text func(T) string

	// Detail adds to the words of a row that is not OK.
	Detail func(T) string

	// Vars gives a State's expressions their %{variables}.
	Vars func(T) expr.Vars

	// Has tells whether the row has the figure at all; nil means that every row has.
	Has func(T) bool

	// HideOK leaves the counter's words out of OK texts, unless --display-ok-counters asks for them.
	HideOK bool

	// Check compares the row where the figure itself is not what the thresholds are about (a percentage of it, say).
	Check func(T, Limits) check.Status
	// Metrics makes the row's metrics where one metric of the declared form is not enough.
	Metrics func(T, Limits) []perfdata.Metric
}

func (c *Counter[T]) text(row T) string {
	switch {
	case c.Text != nil:
		return c.Text(row)
	case c.Bytes:
		return fmt.Sprintf(c.Format, Bytes(c.figure(row)))
	case c.Count != nil:
		return fmt.Sprintf(c.Format, c.Count(row))
	default:
		return fmt.Sprintf(c.Format, c.Value(row))
	}
}

func (c *Counter[T]) figure(row T) float64 {
	if c.Count != nil {
		return float64(c.Count(row))
	}
	return c.Value(row)
}

func (c *Counter[T]) status(row T, limits Limits) (check.Status, error) {
	switch {
	case c.State:
		return limits.state(c.Vars(row))
	case c.Check != nil:
		return c.Check(row, limits), nil
	default:
		return limits.Check(c.figure(row)), nil
	}
}

func (c *Counter[T]) metrics(row T, instance string, limits Limits) []perfdata.Metric {
	if c.Metrics != nil {
		return c.Metrics(row, limits)
	}
	if c.State {
		return nil
	}
	value := ""
	if c.Count != nil {
		value = strconv.FormatInt(c.Count(row), 10)
	} else {
		value = strconv.FormatFloat(c.Value(row), 'f', 2, 64)
	}
	warning, critical := limits.Ranges()
	metric := limits.Metric(c.Metric, c.NLabel, instance)
	metric.Value, metric.Unit, metric.Min, metric.Max = value, c.Unit, c.Min, c.Max
	metric.Warning, metric.Critical = warning, critical
	return []perfdata.Metric{metric}
}

// Bytes words an amount of bytes: "3.00 GB", in multiples of 1024 up to terabytes.
func Bytes(n float64) string {
	unit := "B"
	for _, multiple := range []string{"KB", "MB", "GB", "TB"} {
		if n < 1024 && n > -1024 {
			break
		}
		n /= 1024
		unit = multiple
	}
	return strconv.FormatFloat(n, 'f', 2, 64) + " " + unit
}
