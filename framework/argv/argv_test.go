package argv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/argv"
)

func lookup(name string) (argv.Option, bool) {
	switch name {
	case "verbose":
		return argv.Option{Name: name, Flag: true}, true
	case "filter-mailbox", "mode", "warning-active-mailboxes":
		return argv.Option{Name: name}, true
	case "filter-user":
		return argv.Option{Name: "filter-mailbox"}, true
	case "list":
		return argv.Option{Name: name, Repeats: true}, true
	case "filter-counters", "warning-status":
		return argv.Option{Name: name, KeepEmpty: true}, true
	case "warning-state":
		return argv.Option{Name: "warning-status", KeepEmpty: true}, true
	}
	return argv.Option{}, false
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, args, words, rest, unknown, stray string }{
		{"equals", "--mode=a", "--mode=a", "", "", ""},
		{"next word", "--mode a", "--mode=a", "", "", ""},
		{"value with equals", "--mode=a=b", "--mode=a=b", "", "", ""},
		{"flag", "--verbose", "--verbose", "", "", ""},
		{"flag off", "--verbose=0", "", "", "", ""},
		{"flag takes the next word", "--verbose 1 --mode=a", "--verbose --mode=a", "", "", ""},
		{"flag before one dash", "--verbose -mode=a", "--verbose --mode=a", "", "", ""},
		{"empty counts as unset", "--mode= --verbose", "--verbose", "", "", ""},
		{"empty takes back", "--mode=a --filter-mailbox=x --mode=", "--filter-mailbox=x", "", "", ""},
		{"empty adds nothing to a list", "--list=a --list=", "--list=a", "", "", ""},
		{"empty is kept where it means something", "--filter-counters=", "--filter-counters=", "", "", ""},
		{"typed equals takes no word", "--filter-counters= x", "--filter-counters=", "x", "", "x"},
		{"no value before an option", "--filter-counters --verbose", "--filter-counters= --verbose", "", "", ""},
		{"no value at the end", "--mode", "", "", "", ""},
		{"one dash", "-warning-active-mailboxes=5", "--warning-active-mailboxes=5", "", "", ""},
		{"one dash, next word", "-warning-active-mailboxes 5", "--warning-active-mailboxes=5", "", "", ""},
		{"negative range is a value", "--warning-active-mailboxes -5:10", "--warning-active-mailboxes=-5:10", "", "", ""},
		{"alias", "--filter-user=x", "--filter-mailbox=x", "", "", ""},
		{"empty alias", "--filter-mailbox=x --filter-user=", "--filter-mailbox=x", "", "", ""},
		{"empty behind its alias", "--filter-user=x --filter-mailbox=", "--filter-mailbox=x", "", "", ""},
		{"empty alias with one dash", "--filter-mailbox=x -filter-user=", "--filter-mailbox=x", "", "", ""},
		{"empty before its alias", "--filter-user= --filter-mailbox=x", "--filter-mailbox=x", "", "", ""},
		{"empty takes back an alias", "--filter-user=x --filter-user=", "", "", "", ""},
		{"kept empty alias", "--warning-status=x --warning-state=", "--warning-status=x", "", "", ""},
		{"kept empty behind its alias", "--warning-state=x --warning-status=", "--warning-status=x", "", "", ""},
		{"kept empty before its alias", "--warning-status= --warning-state=x", "--warning-status= --warning-status=x", "", "", ""},
		{"kept empty twice", "--warning-status= --warning-state=", "--warning-status= --warning-status=", "", "", ""},
		{"option and alias", "--filter-user=x --filter-mailbox=y", "--filter-mailbox=x --filter-mailbox=y", "", "", ""},
		{"repeated", "--mode=a --mode=b", "--mode=a --mode=b", "", "", ""},
		{"unknown", "--nope=1 --mode=a", "--mode=a", "--nope=1", "nope", ""},
		{"unknown with value", "--nope x --mode=a", "--mode=a", "--nope x", "nope", ""},
		{"value of an unknown option looks like an option", "--nope -mode=a", "", "--nope -mode=a", "nope", ""},
		{"unknown with one dash", "-nope=1", "", "-nope=1", "-nope", ""},
		{"stray", "x --mode=a y", "--mode=a", "x y", "", "x y"},
		{"end of options", "--mode=a -- --verbose", "--mode=a", "-- --verbose", "", ""},
		{"case matters", "--MODE=a", "", "--MODE=a", "MODE", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := argv.Split(strings.Fields(c.args), lookup)
			for _, part := range []struct {
				name, want string
				got        []string
			}{{"words", c.words, r.Words}, {"rest", c.rest, r.Rest}, {"unknown", c.unknown, r.Unknown}, {"stray", c.stray, r.Stray}} {
				if !slices.Equal(strings.Fields(part.want), part.got) {
					t.Errorf("%s: got %q, want %q", part.name, part.got, part.want)
				}
			}
		})
	}
}

// FuzzSplit checks that every word is accounted for, that known options come out in the one form a parser reads, and that
// splitting those again changes nothing.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"--mode=a", "--mode a -5:10", "-mode=x\n--nope\n-mode", "--\n--mode=a", "--filter-counters=\nx", "--verbose 0", "=", "-", "--="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := argv.Split(strings.Split(text, "\n"), lookup)
		for _, word := range r.Words {
			name, _, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
			if _, ok := lookup(name); !ok || !strings.HasPrefix(word, "--") {
				t.Fatalf("%q is no word of a known option", word)
			}
		}
		again := argv.Split(r.Words, lookup)
		if len(again.Rest) > 0 || !slices.Equal(again.Words, r.Words) {
			t.Fatalf("split again: %q, rest %q, first %q", again.Words, again.Rest, r.Words)
		}
		if rest := argv.Split(r.Rest, lookup); len(rest.Unknown) < len(r.Unknown) {
			t.Fatalf("the rest %q lost unknown names: %q, first %q", r.Rest, rest.Unknown, r.Unknown)
		}
	})
}
