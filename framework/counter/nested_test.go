package counter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/option"
)

// shelf has boxes and, by the same numbers, bags.
type shelf struct {
	name        string
	boxes, bags map[string]int64
}

func shelves() *counter.Nested[shelf] {
	group := func(kind string, of func(shelf) map[string]int64) counter.Group[shelf] {
		return counter.NewWithin(kind, of, func(n int64) string { return kind + " " }, "All "+kind+" are ok",
			counter.Counter[int64]{
				Decl:  counter.Decl{Label: kind + "-size", Metric: kind + "_size", NLabel: "shelf." + kind + ".size", Help: "size"},
				Count: func(n int64) int64 { return n }, Format: "size: %d",
			})
	}
	return counter.NewNested("shelves", func(s shelf) string { return "shelf '" + s.name + "'" }, "All shelves are ok",
		group("box", func(s shelf) map[string]int64 { return s.boxes }), group("bag", func(s shelf) map[string]int64 { return s.bags }))
}

func bindShelves(t *testing.T, nested *counter.Nested[shelf], selection counter.Selection, line string) error {
	t.Helper()
	set := counter.Set{nested}
	texts, value := option.Texts("Thresholds", set.Thresholds(selection.NewPerfdata))
	parser, err := option.New(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(strings.Fields(line)); err != nil {
		t.Fatal(err)
	}
	selection.Threshold, selection.Mode = value, "shelves"
	return selection.Bind(set)
}

func TestNested(t *testing.T) {
	t.Parallel()
	one := shelf{"a", map[string]int64{"1": 5}, nil}
	two := shelf{"b", map[string]int64{"2": 7, "1": 6}, map[string]int64{"3": 8}}
	for _, c := range []struct {
		name                 string
		selection            counter.Selection
		line                 string
		shelves              []shelf
		texts, long, metrics string
	}{
		{name: "none"},
		{
			name: "one parent with one instance says all", shelves: []shelf{one},
			texts: "OK shelf 'a' box size: 5", long: "checking shelf 'a'|    box size: 5", metrics: "box_size=5;;;",
		},
		{
			name: "one instance that is bad speaks twice", shelves: []shelf{one}, line: "--critical-box-size=1",
			texts: "CRITICAL shelf 'a' box size: 5; OK shelf 'a' box size: 5",
			long:  "checking shelf 'a'|    box size: 5", metrics: "box_size=5;;0:1;",
		},
		{
			name: "one parent with many instances", shelves: []shelf{two},
			texts: "OK shelf 'b' All box are ok; OK bag size: 8",
			long:  "checking shelf 'b'|    box size: 6|    box size: 7|    bag size: 8", metrics: "box_size_1=6;;; box_size_2=7;;; bag_size=8;;;",
		},
		{
			name: "the title stands once before the texts of a status", shelves: []shelf{two}, line: "--warning-box-size=1 --critical-bag-size=1",
			texts: "WARNING shelf 'b' box size: 6; WARNING box size: 7; OK shelf 'b' All box are ok; " +
				"CRITICAL shelf 'b' bag size: 8; OK bag size: 8",
			long: "checking shelf 'b'|    box size: 6|    box size: 7|    bag size: 8", metrics: "box_size_1=6;0:1;; box_size_2=7;0:1;; bag_size=8;;0:1;",
		},
		{
			name: "many parents, in order", shelves: []shelf{two, one}, line: "--warning-box-size=6",
			texts: "OK All shelves are ok; WARNING shelf 'b' box size: 7",
			long:  "checking shelf 'a'|    box size: 5|checking shelf 'b'|    box size: 6|    box size: 7|    bag size: 8",

			metrics: "box_size_a=5;0:6;; box_size_b_1=6;0:6;; box_size_b_2=7;0:6;; bag_size_b=8;;;",
		},
		{
			name: "new names", shelves: []shelf{two}, selection: counter.Selection{NewPerfdata: true, Filter: "box"},
			line:  "--warning-subinstance-shelf-box-size=6",
			texts: "WARNING shelf 'b' box size: 7; OK shelf 'b' All box are ok; OK bag ",
			long:  "checking shelf 'b'|    box size: 6|    box size: 7", metrics: "b~1#shelf.box.size=6;0:6;; b~2#shelf.box.size=7;0:6;;",
		},
		{
			name: "no counter of a group with many instances", shelves: []shelf{two}, selection: counter.Selection{Filter: "bag"},
			texts: "OK shelf 'b' bag size: 8", long: "checking shelf 'b'|    bag size: 8", metrics: "bag_size=8;;;",
		},
		{
			name: "a group left out", shelves: []shelf{two}, selection: counter.Selection{FilterBlock: "bo"},
			texts: "OK shelf 'b' bag size: 8", long: "checking shelf 'b'|    bag size: 8", metrics: "bag_size=8;;;",
		},
		{name: "all left out", shelves: []shelf{two, one}, selection: counter.Selection{FilterBlock: "shelves"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			nested := shelves()
			if err := bindShelves(t, nested, c.selection, c.line); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.shelves {
				nested.Add(s.name, s)
			}
			r := &check.Report{}
			if err := (counter.Set{nested}).Report(r); err != nil {
				t.Fatal(err)
			}
			for i := len(r.Messages) - 1; i >= 0; i-- {
				if r.Messages[i].Opens {
					r.Messages[i].Text += r.Messages[i+1].Text
					r.Messages = slices.Delete(r.Messages, i+1, i+2)
				}
			}
			if got := texts(r); got != c.texts {
				t.Errorf("texts\ngot  %q\nwant %q", got, c.texts)
			}
			if got := strings.Join(r.Long, "|"); got != c.long {
				t.Errorf("long output\ngot  %q\nwant %q", got, c.long)
			}
			if got := metrics(r); got != c.metrics {
				t.Errorf("metrics\ngot  %q\nwant %q", got, c.metrics)
			}
		})
	}
}

func TestNestedDeclarations(t *testing.T) {
	t.Parallel()
	nested := shelves()
	var labels []string
	for _, d := range nested.Declarations() {
		labels = append(labels, d.Label)
	}
	if got := strings.Join(labels, " "); got != "bag-size box-size" || nested.Name() != "shelves" || !nested.PerInstance() {
		t.Errorf("%s: %s", nested.Name(), got)
	}
}

func TestNestedWrongOptions(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"--warning-box-size=x":                    "Wrong warning-subinstance-shelf-box-size threshold 'x'.",
		"--critical-subinstance-shelf-bag-size=y": "Wrong critical-subinstance-shelf-bag-size threshold 'y'.",
	} {
		if err := bindShelves(t, shelves(), counter.Selection{NewPerfdata: true}, line); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", line, err, want)
		}
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{"": "OK size: 5", "--warning-size=1": "WARNING size: 5, too much"} {
		single := counter.NewSingle("size", "", counter.Counter[int64]{
			Decl:  counter.Decl{Label: "size", Metric: "size", NLabel: "size.count", Help: "size"},
			Count: func(n int64) int64 { return n }, Format: "size: %d", Detail: func(int64) string { return ", too much" },
		})
		set := counter.Set{single}
		options, value := option.Texts("Thresholds", set.Thresholds(false))
		parser, err := option.New(options)
		if err != nil {
			t.Fatal(err)
		}
		if err := parser.Parse(strings.Fields(line)); err != nil {
			t.Fatal(err)
		}
		selection := counter.Selection{Threshold: value}
		if err := selection.Bind(set); err != nil {
			t.Fatal(err)
		}
		single.Set(5)
		r := &check.Report{}
		if err := set.Report(r); err != nil || texts(r) != want {
			t.Errorf("%q: %q, %v, want %q", line, texts(r), err, want)
		}
	}
}
