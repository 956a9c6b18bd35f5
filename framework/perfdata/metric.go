// Package perfdata holds the metric, and the options that filter, change, extend, group and explode metrics.
package perfdata

// Metric is one performance datum as it is printed. Numbers are kept as the text to print, since thresholds and values
// show up exactly as they were written or formatted.
type Metric struct {
	Label     string   // as shown: the short label, or the nlabel under --use-new-perfdata, with its instances
	NLabel    string   // the nlabel without its instances; empty where the counter has none
	Instances []string // what the metric is about (a mailbox, a site); empty for a total
	Value     string
	Unit      string
	Warning   string // a threshold range, or empty
	Critical  string // a threshold range, or empty
	Min       string
	Max       string
	Mode      string // the mode that made it; differs from the run's mode in multi
}
