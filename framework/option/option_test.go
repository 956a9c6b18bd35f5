package option_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/option"
)

type sample struct {
	Name   string   `name:"name" help:"A name." default:"anna"`
	Flag   bool     `name:"flag" help:"A flag."`
	List   []string `name:"list" sep:"none" help:"Texts." aliases:"lists"`
	Maybe  *string  `name:"maybe" empty:"keep" help:"A text that may be empty."`
	Secret string   `name:"secret" hidden:"" help:"Not shown."`
}

func parse(t *testing.T, line string, sets ...option.Set) *option.Parser {
	t.Helper()
	p, err := option.New(sets...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Parse(argv.Split(strings.Fields(line), p.Lookup).Words); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	t.Parallel()
	var s sample
	p := parse(t, "--flag --list=a,b --lists c --maybe=", option.Set{Title: "Sample", Ptr: &s})
	if s.Name != "anna" || !s.Flag || !slices.Equal(s.List, []string{"a,b", "c"}) || s.Maybe == nil || *s.Maybe != "" {
		t.Errorf("parsed %+v", s)
	}
	if p.Value("name") != "anna" || p.Value("nobody") != "" {
		t.Error("Value does not return the text of an option")
	}
	// The password managers make a line to be parsed twice.
	if err := p.Parse([]string{"--list=d", "--name=bob"}); err != nil {
		t.Fatal(err)
	}
	if s.Name != "bob" || s.Flag || !slices.Equal(s.List, []string{"d"}) || s.Maybe != nil {
		t.Errorf("parsed again %+v", s)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	set, value := option.Texts("Texts", []option.Text{
		{Name: "warning-x", Aliases: []string{"warning-y"}, Help: `A "range".`},
		{Name: "critical-x", Default: "%{used} > 1", Help: "A condition: `${not_expanded}`."[:12]},
		{Name: "unknown-x", Default: "7", Help: "Another."},
	})
	parse(t, "--warning-y=5 --unknown-x=", set)
	for name, want := range map[string]string{"warning-x": "5", "critical-x": "%{used} > 1", "unknown-x": ""} {
		if got, ok := value(name); !ok || got != want {
			t.Errorf("%s is %q, %v, want %q", name, got, ok, want)
		}
	}
	if _, ok := value("nobody"); ok {
		t.Error("a text that was never declared has a value")
	}
}

func TestDuplicateIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := option.New(option.Set{Ptr: new(sample)}, option.Set{Ptr: new(sample)}); err == nil {
		t.Error("two options of one name are accepted")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	p, err := option.New(option.Set{Title: "One", Ptr: new(sample)}, option.Set{Title: "Two", Ptr: &struct {
		Other string `name:"other" help:"Another."`
	}{}})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(p.Help(), "\n")
	for _, want := range []string{"ONE:", "    --name\n        A name. (default: 'anna')", "--list, --lists (may be repeated)", "TWO:", "--other"} {
		if !strings.Contains(text, want) {
			t.Errorf("help lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "--secret") {
		t.Error("help shows a hidden option")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	got := option.Wrap("aaa bbb cccccccccccc d", "  ", 9)
	want := []string{"  aaa bbb", "  cccccccccccc", "  d"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
