package perl_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/perl"
)

// Written by Data::Dumper 2.184, once as it is, once with Useqq, once with Indent=0 and Pair.
const (
	dumped = `$datas = {
           'access_token' => 'it\'s \\ a $tok@en',
           'e' => '',
           'expires_on' => 1795000000,
           'f' => '3.25',
           'lat' => '` + "\xe9t\xe9" + `',
           'list' => [
                       1,
                       [],
                       {}
                     ],
           'neg' => -5,
           'nest' => {
                       'a' => {
                                'b' => 'c'
                              }
                     },
           'nl' => 'a
b',
           'raw' => 'é',
           'two words' => '1e5',
           'u' => undef,
           'uni' => "\x{65e5}\x{e9}"
         };
`
	dumpedDouble = `$datas = {
           "access_token" => "it's \\ a \$tok\@en",
           "e" => "",
           "expires_on" => 1795000000,
           "f" => "3.25",
           "lat" => "\351t\351",
           "list" => [
                       1,
                       [],
                       {}
                     ],
           "neg" => -5,
           "nest" => {
                       "a" => {
                                "b" => "c"
                              }
                     },
           "nl" => "a\nb",
           "raw" => "\303\251",
           "two words" => "1e5",
           "u" => undef,
           "uni" => "\x{65e5}\x{e9}"
         };
`
	dumpedOneLine = `$datas = {'access_token', 'it\'s \\ a $tok@en','e', '','expires_on', 1795000000,'f', '3.25','lat', '` + "\xe9t\xe9" +
		`','list', [1,[],{}],'neg', -5,'nest', {'a', {'b', 'c'}},'nl', 'a
b','raw', 'é','two words', '1e5','u', undef,'uni', "\x{65e5}\x{e9}"};`
)

func TestParseDumped(t *testing.T) {
	t.Parallel()
	want := map[string]any{"datas": map[string]any{
		"access_token": `it's \ a $tok@en`, "e": "", "expires_on": json.Number("1795000000"), "f": "3.25", "lat": "été",
		"list": []any{json.Number("1"), []any{}, map[string]any{}}, "neg": json.Number("-5"),
		"nest": map[string]any{"a": map[string]any{"b": "c"}}, "nl": "a\nb", "raw": "é", "two words": "1e5", "u": nil, "uni": "日é",
	}}
	for name, source := range map[string]string{"plain": dumped, "double quotes": dumpedDouble, "one line": dumpedOneLine} {
		got, err := perl.ParseAssignments(source)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestParseAssignments(t *testing.T) {
	t.Parallel()
	n := func(s string) json.Number { return json.Number(s) }
	for source, want := range map[string]map[string]any{
		"":                  {},
		" \n# nothing\n":    {},
		";;1;":              {},
		"1":                 {},
		"\ufeff$a = 1;\r\n": {"a": n("1")},
		"#!/usr/bin/perl\npackage a::b;\nuse strict;\nuse warnings;\nuse 5.010_001;\nuse vars qw($a $b);\nno strict 'refs';\n" +
			"our $keepass_connections = {\n  name => { file => '/x.kdbx', password => 'p' }, # the one\n};\n1;\n": {
			"keepass_connections": map[string]any{"name": map[string]any{"file": "/x.kdbx", "password": "p"}},
		},
		"$a = 'x'; $b = 'y'; $a = 'z'":                 {"a": "z", "b": "y"},
		"my $a; local $b = 2; our\n$c\n=\n3\n;":        {"b": n("2"), "c": n("3")},
		"$main::a = 1; $x::y = 2;":                     {"a": n("1"), "x::y": n("2")},
		"$a = 'x' # y\n;1; __END__ what } ever":        {"a": "x"},
		"$a = 1;\n__DATA__\n$b = 2;":                   {"a": n("1")},
		"$a = 1;\x04$b":                                {"a": n("1")},
		"=pod\n\n$b = 2;\n\n=cut\n\n$a = 1;\n=head1 x": {"a": n("1")},
		"$a = {q => 1, qq => 2, undef => 3, 4 => 5, 010 => 6, 1.50 => 7, -3 => 8, a=>9, b\n=> 10, 'c', 11,}": {"a": map[string]any{
			"q": n("1"), "qq": n("2"), "undef": n("3"), "4": n("5"), "8": n("6"), "1.5": n("7"), "-3": n("8"), "a": n("9"), "b": n("10"), "c": n("11"),
		}},
		"$a = {1e3 => 1, 18446744073709551615 => 2, 1e15 => 3}": {"a": map[string]any{
			"1000": n("1"), "18446744073709551615": n("2"), "1e+15": n("3"),
		}},
		"$a = {a => 1, a => 2}": {"a": map[string]any{"a": n("2")}},
		"$a = [,1,,2, => 3,]":   {"a": []any{n("1"), n("2"), n("3")}},
		"$a = [0x1f, 0b101, 0o17, 017, 1_000, .5, 1., 1.e3, -.5, - 7, 1e-5, 1E+5, 0, 0.0, -0x10]": {"a": []any{
			n("31"), n("5"), n("15"), n("15"), n("1000"), n("0.5"), n("1"), n("1e3"), n("-0.5"), n("-7"), n("1e-5"), n("1E+5"), n("0"), n("0.0"), n("-16"),
		}},
		`$a = [q(a (nested\) b) c), q{\}}, q[$a @b \n], q<x>, q!a\!b\\!, q#a#, qq{\tb}, q 'x', q'\"']`: {"a": []any{
			"a (nested) b) c", "}", `$a @b \n`, "x", `a!b\`, "a", "\tb", "x", `\"`,
		}},
		`$a = ["a@ b", "a@", "a@.b", "a@!b", "a@é", "\$x \@y", "\q\b\e\0\08\x41\x{263a}\cA\N{U+e9}\"\\", "\x{c3}\x{a9}", "\x{e9}", "é\x{65e5}", "é\xff"]`: {"a": []any{
			"a@ b", "a@", "a@.b", "a@!b", "a@é", "$x @y", "q\b\x1b\x00\x008A\u263a\x01é\"\\", "é", "é", "é日", "éÿ",
		}},
		"$a = \"\xe9\\x{65e5}\"": {"a": "é日"},
		"$a = undef":             {"a": nil},
	} {
		got, err := perl.ParseAssignments(source)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v; want %v", source, got, err, want)
		}
	}
}

func TestParseAssignmentsRefuses(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"print 'hunter2';":                         "line 1: only literals",
		"\n\n$a = system('hunter2');":              "line 3: this is no literal",
		"$a = {\n  password => hunter2,\n};":       "line 2: this is no literal",
		"$a = {\n  password => 'hunter2';\n};":     "line 2: a comma",
		"$a = {\n  password => 'hunter2,\n};":      "line 2: a quoted text is not closed",
		"$a = {\n  password => \"hunter2$x\",\n};": "line 2: a '$' or '@'",
		`$a = "hunter2$";`:                         "line 1: a '$' or '@'",
		`$a = "hunter2@example.com";`:              "line 1: a '$' or '@'",
		`$a = "hunter2@{[1]}";`:                    "line 1: a '$' or '@'",
		`$a = "hunter2@::x";`:                      "line 1: a '$' or '@'",
		`$a = "\Uhunter2";`:                        "line 1: an escape that changes",
		`$a = "\x{hunter2}";`:                      "line 1: an escape is no character",
		`$a = "\x{d800}";`:                         "line 1: an escape is no character",
		`$a = "\x{41";`:                            "line 1: an escape is no character",
		`$a = "\N{hunter2}";`:                      "line 1: an escape is no character",
		"$a = 'hunter2' . 'x';":                    "line 1: a ';' is missing",
		"$a = 'hunter2' 'x';":                      "line 1: a ';' is missing",
		"$a = bless({}, 'hunter2');":               "line 1: this is no literal",
		`$a = \'hunter2';`:                         "line 1: this is no literal",
		"$a = do {1};":                             "line 1: this is no literal",
		"$a = sub { 'hunter2' };":                  "line 1: this is no literal",
		"$a = $b;":                                 "line 1: this is no literal",
		"$a = `hunter2`;":                          "line 1: this is no literal",
		"$a = <<hunter2;\nx\nhunter2\n":            "line 1: this is no literal",
		"$a = -hunter2;":                           "line 1: this is no number",
		"$a = 12hunter;":                           "line 1: this is no number",
		"$a = 1.2.3;":                              "line 1: this is no number",
		"$a = 08;":                                 "line 1: this is no number",
		"$a = 0x1ffffffffffffffff;":                "line 1: this is no number",
		"$a = 1e;":                                 "line 1: this is no number",
		"$a = .;":                                  "line 1: this is no number",
		"$a = ":                                    "line 1: this is no literal",
		"$a":                                       "line 1: a '=' is missing",
		"$a->{b} = 'hunter2';":                     "line 1: a '=' is missing",
		"$a{b} = 'hunter2';":                       "line 1: a '=' is missing",
		"$a = {a => {}, hunter2 => 1, 'hunter2'};": "line 1: a hash has a name without a value",
		"$a = {[] => 1};":                          "line 1: a name in a hash",
		"$a = {undef, 1};":                         "line 1: a name in a hash",
		"$a = [1":                                  "line 1: a comma",
		"$a = [1,":                                 "line 1: this is no literal",
		"$a = {1]":                                 "line 1: a comma",
		"@a = ('hunter2');":                        "line 1: only literals",
		"our %a = (hunter2 => 1);":                 "line 1: only scalars are",
		"$1 = 'hunter2';":                          "line 1: only scalars with a name",
		"$ = 1;":                                   "line 1: only scalars with a name",
		"package;":                                 "line 1: a package without",
		"use hunter2;":                             "line 1: no module is loaded here",
		"use strict hunter2;":                      "line 1: this is no literal",
		"use vars qw(hunter2;":                     "line 1: a quoted text is not closed",
		"use warnings 'a' 'hunter2';":              "line 1: a ';' is missing",
		"1 + 1;":                                   "line 1: a ';' is missing",
		"$a = q xhunter2x;":                        "line 1: a quoted text has no delimiter",
		"$a = q":                                   "line 1: a quoted text has no delimiter",
		"$a = 1;\x00":                              "line 1: only literals",
		"$a = " + strings.Repeat("[", 100000):      "line 1: too deep",
		"$a = " + strings.Repeat("{a=>", 100000):   "line 1: too deep",
		"$a = " + strings.Repeat("[\n", 64) + "[[]]];": "line 65: too deep",
	} {
		got, err := perl.ParseAssignments(source)
		if err == nil || !strings.HasPrefix(err.Error(), want) || got != nil {
			t.Errorf("%.60q: %v, %v; want %s", source, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter") {
			t.Errorf("%q quotes the source", err)
		}
	}
}

func TestParseAssignmentsDepth(t *testing.T) {
	t.Parallel()
	if _, err := perl.ParseAssignments("$a = " + strings.Repeat("[", 64) + strings.Repeat("]", 64) + ";"); err != nil {
		t.Error(err)
	}
}

func FuzzParseAssignments(f *testing.F) {
	for _, seed := range []string{
		dumped, dumpedDouble, dumpedOneLine, "our $k = { n => { file => '/x', 'p' => q{p} } };\n1;\n__END__\n",
		`use strict; no warnings qw(a); $a = [0x1f, -1.5e3, .5, "\x{e9}\N{U+41}\cA\o{7}", qq<a<b>>, undef];`, "=pod\n=cut\n$a = 1",
	} {
		f.Add(seed)
	}
	reasons := regexp.MustCompile(`^line [1-9][0-9]*: [a-z'][a-zA-Z ',;:$@=]+$`)
	f.Fuzz(func(t *testing.T, source string) {
		values, err := perl.ParseAssignments(source)
		if err != nil {
			if values != nil || !reasons.MatchString(err.Error()) {
				t.Errorf("%v, %q", values, err)
			}
			return
		}
		wantPlain(t, values)
		if _, err := json.Marshal(values); err != nil {
			t.Errorf("%v cannot be written: %v", values, err)
		}
	})
}

// wantPlain looks for what a parser of literals must not return.
func wantPlain(t *testing.T, value any) {
	switch value := value.(type) {
	case nil, json.Number:
	case string:
		if !utf8.ValidString(value) {
			t.Errorf("%q is no UTF-8", value)
		}
	case []any:
		for _, v := range value {
			wantPlain(t, v)
		}
	case map[string]any:
		for _, v := range value {
			wantPlain(t, v)
		}
	default:
		t.Errorf("a value of type %T", value)
	}
}
