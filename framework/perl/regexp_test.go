package perl_test

import (
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

func compile(t testing.TB, pattern, flags string) *perl.Regexp {
	t.Helper()
	re, err := perl.Compile(pattern, flags)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, flags, text string
		want                 bool
	}{
		{"", "", "anything", true},
		{"ann", "", "ann@x.example", true},
		{"ANN", "", "ann", false},
		{"ANN", "i", "ann", true},
		{"example$", "", "x.example\n", true},
		{"example$", "", "x.example\n\n", false},
		{`example\z`, "", "x.example\n", false},
		{`example\Z`, "", "x.example\n", true},
		{"^b$", "", "a\nb", false},
		{"^b$", "m", "a\nb", true},
		{"^$", "m", "a\n", false},
		{"a.b", "", "a\nb", false},
		{"a.b", "s", "a\nb", true},
		{"a b # c", "x", "ab", true},
		{`a\ b[ ]c`, "x", "a b c", true},
		{"(a)(?:b)", "n", "ab", true},
		{`^\s$`, "", "\v", true},
		{`^\h\v$`, "", "\t\f", true},
		{`^\N+$`, "", "a\n", true},
		{`a\Rb`, "", "a\r\nb", true},
		{"[[:upper:]]", "", "ann", false},
		{"[[:^upper:]]", "i", "ann", false},
		{"^[]a]+$", "", "]a", true},
		{`^[\w.-]+$`, "", "a.b-c", true},
		{"[^a]", "i", "A", false},
		{`^\p{Lu}\P{Lu}$`, "", "Ab", true},
		{`^\x41\x{42}\103\o{104}\N{U+45}\cA\e\0$`, "", "ABCDE\x01\x1b\x00", true},
		{"a{,2}b", "", "b", true},
		{"^a{2}{", "", "aa{", true},
		{"{2}$", "", "{2}", true},
		{"^a{x}$", "", "a{x}", true},
		{"^(?:a{1001})$", "", strings.Repeat("a", 1001), true},
		// what needs the backtracking engine
		{"^(?!ann)", "", "ann", false},
		{"^(?!ann)", "", "bob", true},
		{"(?<=a)n", "", "ann", true},
		{"(?<!a)b$", "", "ab\n", false},
		{`(a)n\1?$`, "", "ann", false},
		{`(.)\1`, "", "ann", true},
		{`(?<c>.)\k<c>`, "", "ann", true},
		{`(?<c>.)\g{c}|\g{-1}`, "", "bob", false},
		{`(?P<c>.)(?P=c)`, "i", "aA", true},
		{"a++a", "", "aaa", false},
		{"(?>a|ab)c", "", "abc", false},
		{"^(a)?(?(1)b|c)$", "", "ab", true},
		{"xy|.", "", "xy", true},
		// flags within
		{"(?i)ANN", "", "ann", true},
		{"a(?i:B)c", "", "abC", false},
		{"(?^:A)", "i", "a", false},
		{"(?#comment)a", "", "a", true},
		{"(?x: a b )c", "", "abc", true},
		// bytes
		{"日", "", "日本@x.example", true},
		{"[ëé]", "", "Zoë", true},
		{"^.{2}@", "", "日本@x.example", false},
		{"^.{6}@", "", "日本@x.example", true},
		{`\w`, "", "日", false},
		{"É", "i", "é", false},
		{`^\xc3\xa9$`, "", "é", true},
		{`\x{e9}`, "", "é", false},
		{`^[^a]{2}$`, "", "é", true},
		{"^\xff$", "", "\xff", true},
	} {
		if got, err := compile(t, c.pattern, c.flags).Match(c.text); err != nil || got != c.want {
			t.Errorf("/%s/%s on %q: %v, %v", c.pattern, c.flags, c.text, got, err)
		}
	}
}

func TestCompileError(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"([":                     "the '[' at character 2 is not closed",
		"a(b":                    "the '(' at character 2 is not closed",
		"ab)":                    "the ')' at character 3 closes nothing",
		"*a":                     "the '*' before character 2 has nothing to repeat",
		"a**":                    "has nothing to repeat",
		"a{2,1}":                 "{2,1} can never match",
		"a{99999}":               "repeats more than",
		"[z-a]":                  "upside down",
		"[[:foo:]]":              "no class [:foo:]",
		`\p{Foo}`:                "no character property 'Foo'",
		`(a)\2`:                  "it refers to group 2, and has 1",
		`\k<a>`:                  "group 'a'",
		`a\`:                     "lone backslash",
		`\x{110000}`:             "is no character",
		"(?{1})":                 "never run",
		"(??{1})":                "never run",
		"(*FAIL)":                "not supported",
		"(?R)":                   "not supported",
		"(?|a)":                  "not supported",
		`a\Kb`:                   "not supported",
		"a\nb[":                  "'a b['",
		"(?<1-2>a)":              "no proper name",
		"(?#a":                   "comment",
		strings.Repeat("(", 300): "deep",
	} {
		_, err := perl.Compile(pattern, "")
		var f *failure.Failure
		if !errors.As(err, &f) || !strings.Contains(f.Text, want) || strings.Contains(f.Text, "\n") {
			t.Errorf("/%s/: %v, want %q", pattern, err, want)
		}
	}
	if _, err := perl.Compile("a", "ge"); err == nil || !strings.Contains(err.Error(), "no flag 'g'") {
		t.Errorf("flag g: %v", err)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          []string
	}{
		{`(\d+)/(\d+)`, "users: 2/4", []string{"2/4", "2", "4"}},
		{"(b)?(a)(c)?", "a", []string{"a", "", "a", ""}},
		{"(?<n>a)(b)", "ab", []string{"ab", "a", "b"}},
		{"ë(.)", "Zoë!", []string{"ë!", "!"}},
		{"(x)", "a", nil},
		{"(?=(b))", "ab", []string{"", "b"}},
	} {
		if got, err := compile(t, c.pattern, "").Groups(c.text); err != nil || !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("/%s/ on %q: %q, %v", c.pattern, c.text, got, err)
		}
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, flags, replacement string
		global                      bool
		text, want                  string
	}{
		{"a", "", "b", false, "aaa", "baa"},
		{"a", "", "b", true, "aaa", "bbb"},
		{"x", "", "y", true, "aaa", "aaa"},
		{"active", "i", "ACT", true, "Active active", "ACT ACT"},
		{`(\d+)/(\d+)`, "", "$2 over $1", false, "is 2/4.", "is 4 over 2."},
		{`(\d+)/(\d+)`, "", `\2 over \1`, false, "is 2/4.", "is 4 over 2."},
		{"^(.*)$", "", "[$1]", false, "a\n", "[a]\n"},
		{"^", "m", "> ", true, "a\nb", "> a\n> b"},
		{"", "", "x", false, "ab", "xab"},
		{"", "", "-", true, "ab", "-a-b-"},
		{"a*", "", "x", true, "aab", "xxbx"},
		{"|b", "", "<$&>", true, "b", "<><b><>"},
		{"b*?", "", "<$&>", true, "bb", "<><b><><b><>"},
		{"(.)", "", `\U$1\E$1`, true, "ab", "AaBb"},
		{"total_(.*)_count", "", "$1", false, "total_send_count", "send"},
		{"a", "", `\$1\\\n`, false, "a", "$1\\\n"},
		{"é", "", "e", true, "été", "ete"},
		{"(?<=,)", "", "_", true, "a,b,c", "a,_b,_c"},
		{"xy|.", "", "<$&>", true, "xyz", "<xy><z>"},
	} {
		if got, err := compile(t, c.pattern, c.flags).Replace(c.text, c.replacement, c.global); err != nil || got != c.want {
			t.Errorf("%q =~ s/%s/%s/: %q, %v, want %q", c.text, c.pattern, c.replacement, got, err, c.want)
		}
	}
}

func TestReplaceFunc(t *testing.T) {
	t.Parallel()
	re := compile(t, "a", "")
	got, count, err := re.ReplaceFunc("banana", true, func(groups []string) (string, error) { return groups[0] + "!", nil })
	if got != "ba!na!na!" || count != 3 || err != nil {
		t.Errorf("%q, %d, %v", got, count, err)
	}
	wrong := errors.New("wrong")
	if got, _, err := re.ReplaceFunc("banana", true, func([]string) (string, error) { return "", wrong }); got != "banana" || !errors.Is(err, wrong) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_, err := compile(t, "(?=a)(a+)+b", "").Match(strings.Repeat("a", 60))
	var f *failure.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Text, "make it simpler") || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	// the same pattern without look-ahead is linear
	if matched, err := compile(t, "(a+)+b", "").Match(strings.Repeat("a", 60)); matched || err != nil {
		t.Errorf("%v, %v", matched, err)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("under the race detector a sync.Pool forgets at random, and regexp keeps its machines in one")
	}
	re := compile(t, `^(ann|bob)@.*example$`, "i")
	if n := testing.AllocsPerRun(100, func() {
		if matched, err := re.Match("bob@x.example"); !matched || err != nil {
			t.Error("no match")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	re := compile(b, `^(ann|bob)@.*example$`, "")
	for b.Loop() {
		re.Match("bob@x.example")
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range [][3]string{
		{"^ann$", "i", "ann\n"},
		{"(a)|b*?", "msx", "ab"},
		{"[[:alpha:]\\d-z]", "", "é"},
		{"(?<n>a)\\k<n>", "n", "aa"},
		{"(?i-x:a)(?#c)\\Q(\\E", "x", "A("},
		{"a{2,}+(?>b)", "", "aab"},
		{"\\x{41}\\p{L}\\g{-1}", "", "A"},
		{"(?(1)a|b)", "", ""},
		{"(?'a'b)\\R\\h\\N{U+41}", "", "b"},
		{"[^\\S\\W]", "", "\xff"},
		{"(?=a)(?<!b)(?^s:.)", "", "a\n"},
	} {
		f.Add(c[0], c[1], c[2])
	}
	f.Fuzz(func(t *testing.T, pattern, flags, text string) {
		re, err := perl.Compile(pattern, flags)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("/%s/: %q", pattern, err)
			}
			return
		}
		matched, err := re.Match(text)
		if err != nil {
			return
		}
		groups, err := re.Groups(text)
		if err == nil && matched != (groups != nil) {
			t.Errorf("/%s/%s on %q: the engines differ, %v and %q", pattern, flags, text, matched, groups)
		}
		if same, err := re.Replace(text, "$&", true); err == nil && same != text {
			t.Errorf("/%s/%s: %q became %q", pattern, flags, text, same)
		}
	})
}
