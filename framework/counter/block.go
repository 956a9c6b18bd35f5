package counter

import (
	"maps"
	"slices"

	"github.com/centplugins/centplugins/framework/check"
)

// Set is the blocks of a mode, in the order in which their texts appear.
type Set []Block

// Block is a Single, a Many or a Nested.
type Block interface {
	// Declarations lists the counters of the block.
	Declarations() []Decl
	// Name is what --filter-counters-block goes by.
	Name() string
	// PerInstance reports whether the counters are measured for each of many instances.
	PerInstance() bool

	// Threshold is the name of a counter's thresholds, behind warning- and critical-, in either family of names.
	Threshold(d Decl, newPerfdata bool) string

	// scope is what the long names of the thresholds begin with.
	scope() string
	bind(s *Selection) error
	report(r *check.Report) error
}

// block is what Single and Many have in common.
type block[T any] struct {
	name     string
	prefix   func(T) string
	counters []Counter[T]

	selected []selected[T]
	hidden   bool
}

type selected[T any] struct {
	*Counter[T]
	limits Limits
	showOK bool
}

// Name returns the name of the block.
func (b *block[T]) Name() string { return b.name }

// Declarations lists the counters of the block.
func (b *block[T]) Declarations() []Decl {
	decls := make([]Decl, len(b.counters))
	for i := range b.counters {
		decls[i] = b.counters[i].Decl
		decls[i].OwnMetrics = b.counters[i].Metrics != nil
	}
	return decls
}

func (b *block[T]) bindAll(s *Selection, scope string) error {
	b.selected = nil
	hidden, err := s.hidesBlock(b.name)
	if err != nil {
		return err
	}
	b.hidden = hidden
	for i := range b.counters {
		c := &b.counters[i]
		limits, err := s.limits(c.Decl, scope)
		if err != nil {
			return err
		}
		wanted, err := s.wants(c.Decl)
		if err != nil {
			return err
		}
		showOK, err := s.showsOK(c.Decl)
		if err != nil {
			return err
		}
		if wanted && !hidden {
			b.selected = append(b.selected, selected[T]{Counter: c, limits: limits, showOK: showOK || !c.HideOK})
		}
	}
	return nil
}

// words is what the counters say of one row.
type words struct {
	all, bad string // texts of every counter, and of those that are not OK
	status   check.Status
}

func (b *block[T]) measure(r *check.Report, row T, instance string, labelled bool) (words, error) {
	var w words
	for _, c := range b.selected {
		if c.Has != nil && !c.Has(row) {
			continue
		}
		limits := c.limits
		limits.instances = labelled
		status, err := c.status(row, limits)
		if err != nil {
			return w, err
		}
		text := c.text(row)
		if status != check.OK && c.Detail != nil {
			text += c.Detail(row)
		}
		if c.showOK {
			w.all = join(w.all, text)
		}
		if status != check.OK {
			w.bad = join(w.bad, text)
		}
		w.status = check.Worst(w.status, status)
		r.AddMetric(c.metrics(row, instance, limits)...)
	}
	return w, nil
}

func (b *block[T]) title(row T) string {
	if b.prefix == nil {
		return ""
	}
	return b.prefix(row)
}

func join(texts, text string) string {
	if texts == "" {
		return text
	}
	return texts + ", " + text
}

// Single is a block that is measured once.
type Single[T any] struct {
	block[T]
	row *T
}

// NewSingle makes a block of that name; prefix, which may be empty, stands before its texts.
func NewSingle[T any](name, prefix string, counters ...Counter[T]) *Single[T] {
	s := &Single[T]{block: block[T]{name: name, counters: counters}}
	s.prefix = func(T) string { return prefix }
	return s
}

// Set gives the block its row. A block that never gets one says nothing.
func (s *Single[T]) Set(row T) { s.row = &row }

// Threshold is the name of a counter's thresholds.
func (s *Single[T]) Threshold(d Decl, newPerfdata bool) string {
	return d.thresholdName(newPerfdata, s.scope())
}

// PerInstance is false: a Single is measured once.
func (s *Single[T]) PerInstance() bool { return false }

func (s *Single[T]) scope() string { return "" }

func (s *Single[T]) bind(sel *Selection) error { return s.bindAll(sel, s.scope()) }

func (s *Single[T]) report(r *check.Report) error {
	if s.hidden || s.row == nil {
		return nil
	}
	w, err := s.measure(r, *s.row, "", false)
	if err != nil {
		return err
	}
	switch {
	case w.status != check.OK:
		r.Add(w.status, s.title(*s.row)+w.bad)
	case w.all != "":
		r.Add(check.OK, s.title(*s.row)+w.all)
	}
	return nil
}

// Many is a block that is measured for each of its instances. It keeps only the rows that will be shown: where no counter
// of it is selected, memory does not grow with the instances.
type Many[T any] struct {
	block[T]
	allOK string
	rows  map[string]T
}

// NewMany makes a block of that name; prefix words an instance, allOK is the text that stands for many instances that are
// all well.
func NewMany[T any](name string, prefix func(T) string, allOK string, counters ...Counter[T]) *Many[T] {
	return &Many[T]{block: block[T]{name: name, prefix: prefix, counters: counters}, allOK: allOK, rows: map[string]T{}}
}

// Add gives the block the row of an instance; a second row of the same instance takes the place of the first.
func (m *Many[T]) Add(instance string, row T) {
	// Whether there are none, one or more instances shows even where no counter is selected.
	if len(m.selected) == 0 && len(m.rows) > 1 {
		return
	}
	m.rows[instance] = row
}

// Threshold is the name of a counter's thresholds.
func (m *Many[T]) Threshold(d Decl, newPerfdata bool) string {
	return d.thresholdName(newPerfdata, m.scope())
}

// PerInstance is true.
func (m *Many[T]) PerInstance() bool { return true }

func (m *Many[T]) scope() string { return "instance-" }

func (m *Many[T]) bind(sel *Selection) error { return m.bindAll(sel, m.scope()) }

func (m *Many[T]) report(r *check.Report) error {
	if m.hidden || len(m.rows) == 0 {
		return nil
	}
	many := len(m.rows) > 1
	if many && len(m.selected) == 0 {
		return nil
	}
	for _, instance := range slices.Sorted(maps.Keys(m.rows)) {
		row := m.rows[instance]
		w, err := m.measure(r, row, instance, many)
		if err != nil {
			return err
		}
		title := m.title(row)
		if w.all != "" {
			r.AddLong(title + w.all)
		}
		if w.status != check.OK {
			r.Add(w.status, title+w.bad)
		}
		if !many {
			r.Add(check.OK, title+w.all)
		}
	}
	if many {
		r.Add(check.OK, m.allOK)
	}
	return nil
}
