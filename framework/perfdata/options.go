package perfdata

import (
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

// Options are the command line options about metrics. They are applied in this order, whatever the order on the command
// line: change, extend, group, explode, then filter, unit and range on each metric.
type Options struct {
	ChangePerfdata      []string `name:"change-perfdata" sep:"none" help:"Change the metrics whose name matches a regular expression. Syntax: --change-perfdata='regexp,name,method,unit,min,max,warning,critical'; fields at the end may be left out, an empty field changes nothing. The name replaces what the regular expression matched ($1, $2 are its groups). Methods: invert() turns used into free and back (needs a maximum); percent() (needs a maximum); scale(GB), scale(Mb), scale(auto) for bytes and bits; math(current*8), math(current*8|1) to compute the thresholds too; eval(%(value) = %(value) / 60); min(regexp), max(regexp), sum(regexp), average(regexp) over the metrics with these names. A warning or critical of 80% is taken of the maximum. Example: --change-perfdata='active,active_prct,percent()'."`
	ExtendPerfdata      []string `name:"extend-perfdata" sep:"none" help:"Add a changed copy of the metrics whose name matches a regular expression. Syntax and methods are those of --change-perfdata. Example: --extend-perfdata='active,inactive,invert()' keeps the active mailboxes and adds the inactive ones."`
	ExtendPerfdataGroup []string `name:"extend-perfdata-group" sep:"none" help:"Add metrics that sum up others. Syntax: --extend-perfdata-group='regexp,name,method(regexp),unit,min,max,warning,critical' with the methods min, max, sum and average. Without the first regular expression there is one new metric; with it one for each metric that matches, and name and method may use its groups $1, $2. Examples: --extend-perfdata-group=',sent_and_read,sum(total_(send|read)_count)' and --extend-perfdata-group='send_count_(.*),traffic_$1,sum((send|receive)_count_$1)'."`
	ExplodePerfdataMax  []string `name:"explode-perfdata-max" sep:"none" empty:"keep" help:"Add the maximum of metrics as metrics of their own, for graphs that cannot draw a maximum. Without a value each metric that has a maximum gets one, named like it with _max at the end. With a value only the matching ones, under the given name. Example: --explode-perfdata-max='active_mailboxes,all_mailboxes'."`
	FilterPerfdata      string   `name:"filter-perfdata" help:"Print only the metrics whose name matches this regular expression. Example: --filter-perfdata='^total' leaves out the metrics of the single mailboxes."`
	FilterPerfdataAdv   string   `name:"filter-perfdata-adv" help:"Print only the metrics for which this condition is true. It may use label, value, unit, warning, critical, min and max, written %{value} or %(value), and alert_triggered(), which is true when the value crosses one of its thresholds. Example: --filter-perfdata-adv='not (%(value) == 0 and %(max) eq \"\")'."`
	FilterUOM           string   `name:"filter-uom" help:"Print a unit only when it matches this regular expression, else the value without unit. Example: --filter-uom='^(B|%)$' drops units that the graphs do not know."`
	RangePerfdata       *string  `name:"range-perfdata" empty:"keep" help:"Rewrite the thresholds that metrics show: 0 leaves them, 1 (also without a value) drops a start of zero (0:80 becomes 80), 2 drops the thresholds. Example: --range-perfdata=1."`
	UseNewPerfdata      bool     `name:"use-new-perfdata" help:"Name the metrics the present way, instance#counter with dots, instead of the old one, counter_instance. Example: 'ann@contoso.com#exchange.users.emails.sent.count' instead of 'send_count_ann@contoso.com'."`
}

// Compile reads the options. Its errors are for the operator and name the option.
func (o Options) Compile() (*Pipeline, error) {
	p := &Pipeline{}
	var err error
	if p.ranges, err = o.rangeMode(); err != nil {
		return nil, err
	}
	if err = p.addExplosions(o.ExplodePerfdataMax); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		option string
		kind   kind
		args   []string
	}{
		{"change-perfdata", change, o.ChangePerfdata},
		{"extend-perfdata", extend, o.ExtendPerfdata},
		{"extend-perfdata-group", group, o.ExtendPerfdataGroup},
	} {
		for _, arg := range list.args {
			if err = p.addRewrite(list.option, list.kind, arg); err != nil {
				return nil, err
			}
		}
	}
	if p.filter, err = optional("filter-perfdata", o.FilterPerfdata); err != nil {
		return nil, err
	}
	if p.units, err = optional("filter-uom", o.FilterUOM); err != nil {
		return nil, err
	}
	if o.FilterPerfdataAdv != "" {
		p.condition, err = expr.Parse(o.FilterPerfdataAdv, expr.Funcs{"alert_triggered": alertTriggered})
		if err != nil {
			return nil, wrong("filter-perfdata-adv", o.FilterPerfdataAdv, err)
		}
	}
	return p, nil
}

func (o Options) rangeMode() (rangeMode, error) {
	if o.RangePerfdata == nil {
		return rangesAsTheyAre, nil
	}
	switch *o.RangePerfdata {
	case "0":
		return rangesAsTheyAre, nil
	case "1", "":
		return rangesWithoutZero, nil
	case "2":
		return noRanges, nil
	}
	return 0, failure.New("Wrong range-perfdata option '%s'", *o.RangePerfdata)
}

// optional compiles the pattern of an option; an option that is not given has none.
func optional(option, pattern string) (*perl.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := perl.Compile(pattern, "")
	if err != nil {
		return nil, wrong(option, pattern, err)
	}
	return re, nil
}

func wrong(option, arg string, err error) error {
	return failure.New("Wrong %s option '%s': %w", option, arg, err)
}
