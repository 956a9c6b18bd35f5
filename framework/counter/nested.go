package counter

import (
	"maps"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/check"
)

// Nested is a block of instances that have instances of their own, in one or more groups: the password and the key
// credentials of each application. The counters are those of the groups.
type Nested[P any] struct {
	name   string
	title  func(P) string
	allOK  string
	groups []Group[P]

	hidden bool
	rows   map[string]P
}

// NewNested makes a block of that name; title words a parent ("application 'Intranet'"), allOK is the text that stands for
// many parents.
func NewNested[P any](name string, title func(P) string, allOK string, groups ...Group[P]) *Nested[P] {
	return &Nested[P]{name: name, title: title, allOK: allOK, groups: groups, rows: map[string]P{}}
}

// Add gives the block a parent with all that is in it; a second one of the same instance takes the place of the first.
func (n *Nested[P]) Add(instance string, parent P) { n.rows[instance] = parent }

// Name returns the name of the block.
func (n *Nested[P]) Name() string { return n.name }

// Declarations lists the counters of the groups, in the order of the groups' names.
func (n *Nested[P]) Declarations() []Decl {
	var decls []Decl
	for _, g := range slices.SortedFunc(slices.Values(n.groups), func(a, b Group[P]) int { return strings.Compare(a.Name(), b.Name()) }) {
		decls = append(decls, g.Declarations()...)
	}
	return decls
}

// Threshold is the name of a counter's thresholds.
func (n *Nested[P]) Threshold(d Decl, newPerfdata bool) string {
	return d.thresholdName(newPerfdata, n.scope())
}

// PerInstance is true.
func (n *Nested[P]) PerInstance() bool { return true }

func (n *Nested[P]) scope() string { return "subinstance-" }

func (n *Nested[P]) bind(s *Selection) (err error) {
	if n.hidden, err = s.hidesBlock(n.name); err != nil {
		return err
	}
	for _, g := range n.groups {
		if err := g.bind(s, n.scope()); err != nil {
			return err
		}
	}
	return nil
}

func (n *Nested[P]) report(r *check.Report) error {
	if n.hidden {
		return nil
	}
	many := len(n.rows) > 1
	if many {
		r.Add(check.OK, n.allOK)
	}
	for _, instance := range slices.Sorted(maps.Keys(n.rows)) {
		row := n.rows[instance]
		title := n.title(row)
		r.AddLong("checking " + title)
		below := parent{report: r, title: title + " ", instance: instance, many: many, opened: map[check.Status]bool{}}
		for _, g := range n.groups {
			if err := g.reportBelow(&below, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// parent is what a group says its texts below.
type parent struct {
	report   *check.Report
	title    string
	instance string
	many     bool                  // it is one of many
	opened   map[check.Status]bool // statuses that the title stands before already
}

// add adds a short text; the first of each status stands behind the parent's title.
func (p *parent) add(status check.Status, text string) {
	if !p.opened[status] {
		p.opened[status] = true
		p.report.AddOpening(status, p.title)
	}
	p.report.Add(status, text)
}

// label is the instance as the metrics carry it, and whether they do under their short labels too.
func (p *parent) label(instance string, many, newPerfdata bool) (label string, labelled bool) {
	switch {
	case newPerfdata:
		return p.instance + "~" + instance, true
	case p.many && many:
		return p.instance + "_" + instance, true
	case p.many:
		return p.instance, true
	default:
		return instance, many
	}
}

// Group is one kind of instances below a parent P: a Within.
type Group[P any] interface {
	// Name is what --filter-counters-block goes by.
	Name() string
	// Declarations lists the counters of the group.
	Declarations() []Decl

	bind(s *Selection, scope string) error
	reportBelow(p *parent, row P) error
}

// Within is a group of instances T that are measured for each of its parents P.
type Within[P, T any] struct {
	block[T]
	rows        func(P) map[string]T
	allOK       string
	newPerfdata bool
}

// NewWithin makes a group of that name. rows finds its instances in a parent; prefix words one of them, allOK is the text
// that stands for many that are all well.
func NewWithin[P, T any](name string, rows func(P) map[string]T, prefix func(T) string, allOK string, counters ...Counter[T]) *Within[P, T] {
	return &Within[P, T]{block: block[T]{name: name, prefix: prefix, counters: counters}, rows: rows, allOK: allOK}
}

func (w *Within[P, T]) bind(s *Selection, scope string) error {
	w.newPerfdata = s.NewPerfdata
	return w.bindAll(s, scope)
}

func (w *Within[P, T]) reportBelow(p *parent, row P) error {
	rows := w.rows(row)
	if w.hidden || len(rows) == 0 {
		return nil
	}
	many := len(rows) > 1
	for _, instance := range slices.Sorted(maps.Keys(rows)) {
		label, labelled := p.label(instance, many, w.newPerfdata)
		said, err := w.measure(p.report, rows[instance], label, labelled)
		if err != nil {
			return err
		}
		title := w.title(rows[instance])
		if said.all != "" {
			p.report.AddLong("    " + title + said.all)
		}
		if said.status != check.OK {
			p.add(said.status, title+said.bad)
		}
		if !many && !p.many {
			p.add(check.OK, title+said.all)
		}
	}
	if many && !p.many && len(w.selected) > 0 {
		p.add(check.OK, w.allOK)
	}
	return nil
}
