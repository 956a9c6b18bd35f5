package expr_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/expr"
)

func vars() expr.Vars {
	return expr.Vars{
		"used":    expr.String("1073741824"),
		"quota":   expr.Number(53150220288),
		"display": expr.String("ann@x.example"),
		"empty":   expr.String(""),
		"zero":    expr.String("0"),
		"value":   expr.String("15"),
		"label":   expr.String("active_users"),
		"float":   expr.String("3.75"),
		"pattern": expr.String("^ANN"),
		"undef":   expr.Undef(),
	}
}

func eval(src string, v expr.Vars) (expr.Value, error) {
	e, err := expr.Parse(src, nil)
	if err != nil {
		return expr.Undef(), err
	}
	return e.Eval(v)
}

// The answers are those of perl 5.36, with $values->{x} in the place of %{x}.
func TestEval(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		// numbers and their text
		"1 + 2 * 3":               "7",
		"(1 + 2) * 3":             "9",
		"10 / 4":                  "2.5",
		"10 / 3":                  "3.33333333333333",
		"0.1 + 0.2":               "0.3",
		"-7 % 3":                  "2",
		"7 % -3":                  "-2",
		"7.9 % 3":                 "1",
		"2 ** 3 ** 2":             "512",
		"-2 ** 2":                 "-4",
		"2 ** -1":                 "0.5",
		"2 ** 53":                 "9.00719925474099e+15",
		"10 ** 15":                "1000000000000000",
		"1e15":                    "1e+15",
		"1e15 + 0":                "1000000000000000",
		"9007199254740993 * 1":    "9007199254740993",
		"9223372036854775807 * 3": "2.76701161105643e+19",
		"0x1F + 0b101 + 017":      "51",
		"1_000 + .5 + 1.":         "1001.5",
		"'12abc' + 1":             "13",
		"'abc' + 1":               "1",
		"'0x10' + 1":              "1",
		"%{undef} + %{nothing}":   "0",
		"-'foo'":                  "-foo",
		"- -3":                    "3",
		"%{used} / 1024 / 1024":   "1024",
		"%{used}-1":               "1073741823",
		"%(value) % 4":            "3",
		"%(value)%4":              "3",
		"5 % (3)":                 "2",
		// comparison
		"%{used} > 1000":          "1",
		"%{used}>1000":            "1",
		"%{used} < 1000":          "",
		"%{used} == 1073741824.0": "1",
		"2 ** 40 > %{used}":       "1",
		"'1.0' == 1":              "1",
		"'1.0' eq 1":              "",
		"'abc' == 0":              "1",
		"2 <=> 10":                "-1",
		"'2' cmp '10'":            "1",
		"'nan' <=> 1":             "",
		"'nan' == 'nan'":          "",
		"%{display} ge 'ann'":     "1",
		"%{display} lt 'bob'":     "1",
		"1 < 2 < 3":               "1",
		"3 > 2 > 2":               "",
		"1 < 2 == 1":              "1",
		// truth
		"'0.0' ? 'y' : 'n'":                "y",
		"'0' ? 'y' : 'n'":                  "n",
		"0.0 ? 'y' : 'n'":                  "n",
		"'' ? 1 : 0 ? 2 : 3":               "3",
		"!1":                               "",
		"!0 + 1":                           "2",
		"!%{empty}":                        "1",
		"%{zero} || 'b'":                   "b",
		"%{zero} // 'b'":                   "0",
		"%{undef} // 'b'":                  "b",
		"'a' && 'b'":                       "b",
		"0 || 0 or 1":                      "1",
		"1 && 0 || 2":                      "2",
		"1 xor 1":                          "",
		"not 0 and 1":                      "1",
		"not (1) || 5":                     "5",
		"not 1 || 5":                       "",
		"!(%{used} > 1e10)":                "1",
		"not (%{used} > 1e10) and %{used}": "1073741824",
		// text
		"'a' . 'b' x 3":                  "abbb",
		"'a' x3 . 'b'":                   "aaab",
		"'a' x -1":                       "",
		"'%{display}'":                   "$values->{display}",
		"'%{display}' eq %{display}":     "",
		"'%(display)'":                   "$values->{display}",
		`"%{display}!"`:                  "ann@x.example!",
		`"%(value)%"`:                    "15%",
		`"<$values->{value}>"`:           "<15>",
		`$values->{'value'} . %{"zero"}`: "150",
		`'it\'s \n'`:                     `it's \n`,
		`"it\"s\t."`:                     "it\"s\t.",
		"q(a(b)c) . qq{%{value}}":        "a(b)c15",
		`"\U%{label}\E-%{zero}"`:         "ACTIVE_USERS-0",
		`"\x41\x{42}\103"`:               "ABC",
		"1 . 2":                          "12",
		"1.5.'x'":                        "1.5x",
		// functions
		"lc 'ANN' eq 'ann'":      "1",
		"lc('ANN') . 'X'":        "annX",
		"uc %{label}":            "ACTIVE_USERS",
		"ucfirst lc 'ANN'":       "Ann",
		"lcfirst('ANN')":         "aNN",
		"length %{display} > 12": "1",
		"length('é')":            "2",
		"length %{undef}":        "",
		"abs(-5)":                "5",
		"abs -5 + 3":             "2",
		"int(-3.7)":              "-3",
		"int %{float} * 2":       "7",
		"sqrt 16":                "4",
		"exp(0) + log(1)":        "1",
		"hex('0xFF') + hex 'ff' + oct('0x1f') + oct('17') + oct '0b11'": "328",
		"chr(65) . ord('B')":                              "A66",
		"index(%{display}, '@')":                          "3",
		"index('aba', 'a', 1)":                            "2",
		"index('aba', 'z')":                               "-1",
		"rindex('aba', 'a')":                              "2",
		"rindex('aba', 'a', 1)":                           "0",
		"substr(%{display}, 0, 3)":                        "ann",
		"substr('abcde', -3, 2)":                          "cd",
		"substr('abcde', 1, -1)":                          "bcd",
		"substr('abc', 3)":                                "",
		"defined(substr('abc', 4))":                       "",
		"sprintf('%.2f', 10/3)":                           "3.33",
		"sprintf('%05d|%-4s|%+d|%x|%%', 42, 'a', 5, 255)": "00042|a   |+5|ff|%",
		"sprintf('%s %s', 'a')":                           "a ",
		"sprintf('%2$s%1$s', 'a', 'b')":                   "ba",
		"sprintf('%*d|%.1s|%e|%g', 4, 7, 'xy', 1.5, 1e6)": "   7|x|1.500000e+00|1e+06",
		"sprintf('%d %s %y', 'inf', 1e20)":                "Inf 1e+20 %y",
		"sprintf '%03b', 5":                               "101",
		"join('-', 1, 'b', %{value})":                     "1-b-15",
		"reverse('abc')":                                  "cba",
		"trim(\" a \\n\")":                                "a",
		"defined(%{used})":                                "1",
		"defined %{nothing} ? 1 : 2":                      "2",
		// patterns
		"%{display} =~ /^ann/":                        "1",
		"%{display} !~ /example$/":                    "",
		"%{display} =~ m{^(ann|bob)@}":                "1",
		"%{display} =~ m!x.example!":                  "1",
		"%{display} =~ /ANN/":                         "",
		"%{display} =~ /ANN/i":                        "1",
		"%{display} =~ /a n n # c/x":                  "1",
		"%{display} =~ /(a)n\\1?/":                    "1",
		"%{used} =~ /^\\d{10}$/":                      "1",
		"%{display} =~ /[[:upper:]]/":                 "",
		"%{display} =~ /^%{display}$/":                "1",
		"%{display} =~ /\\Q%{display}\\E$/":           "1",
		"%{display} =~ /^%{pattern}/i":                "1",
		"%{display} =~ %{pattern}":                    "",
		"%{display} =~ 'x\\.e'":                       "1",
		"%{display} =~ /^(\\w+)@(.)/ && $1 . $2 . $&": "annxann@x",
		"%{display} =~ /(n+)/; \"[$1]\"":              "[nn]",
		"'x' =~ /(y)/; defined $1":                    "",
		"!%{display} =~ /ann/":                        "",
		"lc(%{display}) =~ /ann/ and 1 > 0":           "1",
		"%{display} =~ m'@x'":                         "1",
		"%{display} =~ /\\//":                         "",
		"/ann/":                                       "",
		"1 / 2 / 5":                                   "0.1",
		"%{display} =~ s/n/N/gr":                      "aNN@x.example",
		"%{display} =~ tr/a-z//":                      "11",
		"%{display} =~ tr/a-z/A-Z/r":                  "ANN@X.EXAMPLE",
		"%{display} =~ tr/a-z//cdr":                   "annxexample",
		"%{display} =~ y/n//sr":                       "an@x.example",
		// several
		"":            "",
		";;":          "",
		"1; 2;":       "2",
		"1 # comment": "1",
		"# nothing":   "",
	} {
		if got, err := eval(src, vars()); err != nil || got.String() != want {
			t.Errorf("%s: %q, %v, want %q", src, got, err, want)
		}
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, name, want, result string }{
		{"%(value) = %(value) * 10", "value", "150", "150"},
		{"%(label) = 'zz'", "label", "zz", "zz"},
		{"%{value} += 5", "value", "20", "20"},
		{"%{value} -= 5", "value", "10", "10"},
		{"%{value} *= 2; %{value} /= 3", "value", "10", "10"},
		{"%{value} .= '!'", "value", "15!", "15!"},
		{"%{value} **= 2", "value", "225", "225"},
		{"%{empty} ||= 'x'", "empty", "x", "x"},
		{"%{undef} //= 'x'", "undef", "x", "x"},
		{"%{value} x= 2", "value", "1515", "1515"},
		{"%{new} = %{zero} = 3", "new", "3", "3"},
		{"%{value} = 0 if %{value} < 20", "value", "0", "0"},
		{"%{value} = 0 unless %{value} < 20", "value", "15", "1"},
		{"%(label) =~ s/_users//", "label", "active", "1"},
		{"%(label) =~ s/(.)_(.)/$2-$1/", "label", "activu-esers", "1"},
		{"%(label) =~ s/e/E/g", "label", "activE_usErs", "2"},
		{"%(label) =~ s/x/y/", "label", "active_users", ""},
		{"%(label) =~ s{active}{%{value}}", "label", "15_users", "1"},
		{"%(label) =~ s/(\\w)/\\U\\1/", "label", "Active_users", "1"},
		{"%(label) =~ tr/a-z/A-Z/", "label", "ACTIVE_USERS", "11"},
		{"%(label) =~ tr/_//d", "label", "activeusers", "1"},
	} {
		v := vars()
		got, err := eval(c.src, v)
		if err != nil || got.String() != c.result || v[c.name].String() != c.want {
			t.Errorf("%s: %q, %v, and %s is %q, want %q", c.src, got, err, c.name, v[c.name], c.want)
		}
	}
	if v, err := eval("%{a} = 1", nil); err != nil || v.String() != "1" {
		t.Errorf("without variables: %v, %v", v, err)
	}
}

func TestParseError(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"%{used} > )":                      "unexpected ')' at character 11 in '%{used} > )'",
		"%{used} >":                        "unexpected end in '%{used} >'",
		"1 2":                              "unexpected '2' at character 3 in '1 2'",
		"foo(1)":                           "unknown function 'foo' at character 1 in 'foo(1)'",
		"ann eq 1":                         "unexpected 'ann' at character 1 in 'ann eq 1'",
		"system('ls')":                     "unknown function 'system'",
		"`ls`":                             "unexpected '`'",
		"'abc":                             "the ''' is not closed, at character 1",
		"%{a} =~ /abc":                     "the '/' is not closed,",
		"%{a} =~ /(/":                      "is wrong: the '(' at character 1 is not closed at character 9",
		"%{a} =~ /a/z":                     "no flag 'z'",
		"%{a} =~ s/a/b/e":                  "code is never run",
		"'a' =~ s/a/b/":                    "s/// needs a macro on its left",
		"'a' =~ tr/a/b/":                   "tr/// needs a macro on its left",
		"%{a} =~ tr/z-a//":                 "upside down",
		"%{a} =~ tr/a/b/x":                 "tr has no flag 'x'",
		"5 = 6":                            "only a macro can be assigned to",
		"$x > 1":                           "unknown variable '$x' at character 1",
		`"$x"`:                             "unknown variable '$x'",
		"%{a} =~ /$x/":                     "unknown variable '$x'",
		"$values->{a b}":                   "unknown variable '$values'",
		"%(used > 10)":                     "unexpected '%' at character 1",
		"1 <=> 2 <=> 3":                    "unexpected '<'",
		"1 ? 2":                            "unexpected end",
		"()":                               "unexpected ')'",
		"(1":                               "unexpected end",
		"lc":                               "unexpected end",
		"abs(1, 2)":                        "'abs' takes 1 value(s)",
		"substr('a')":                      "'substr' takes 2 to 3 values",
		"0x":                               "no number",
		"089":                              "no number",
		"%{a}++":                           "unexpected '+'",
		"1 .. 5":                           "unexpected '.'",
		strings.Repeat("(", 300):           "levels within each other",
		strings.Repeat("!", 300):           "levels within each other",
		strings.Repeat("not ", 300):        "levels within each other",
		strings.Repeat("1+", 40000):        "more than 65536 characters",
		"1 +\n" + strings.Repeat("x", 300): "...'",
	} {
		if _, err := expr.Parse(src, nil); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v, want %q", src, err, want)
		}
	}
}

func TestEvalError(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"%{used} / %{zero}":           "division by zero in '%{used} / %{zero}'",
		"1 % 0":                       "division by zero",
		"1e30 % 'a'":                  "division by zero",
		"%{value} /= 0":               "division by zero",
		"sqrt(-1)":                    "no square root of -1",
		"log 0":                       "no logarithm of 0",
		"%{display} =~ '('":           "is wrong",
		"'a' x 1e9":                   "a text of more than 1048576 characters",
		"%{a} = 'a' x 1e6; %{a}.%{a}": "a text of more than",
		"sprintf('%9999999s', 1)":     "a text of more than",
		"%{a} = 'a' x 1e4; %{b} = 'b' x 1e4; %{a} =~ s/a/%{b}/g": "a text of more than",
	} {
		if _, err := eval(src, vars()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
}

func TestFuncs(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	funcs := expr.Funcs{
		"alert_triggered": func(v expr.Vars, args []expr.Value) (expr.Value, error) { return v["value"], nil },
		"count":           func(_ expr.Vars, args []expr.Value) (expr.Value, error) { return expr.Number(float64(len(args))), nil },
		"fail":            func(expr.Vars, []expr.Value) (expr.Value, error) { return expr.Undef(), wrong },
	}
	for src, want := range map[string]string{
		"alert_triggered()":           "15",
		"alert_triggered == 15 and 2": "2",
		"not alert_triggered()":       "",
		"count(1, 'a', %{value}) * 2": "6",
	} {
		e, err := expr.Parse(src, funcs)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got, err := e.Eval(vars()); err != nil || got.String() != want {
			t.Errorf("%s: %q, %v, want %q", src, got, err, want)
		}
	}
	e, err := expr.Parse("1 + fail()", funcs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Eval(nil); !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value expr.Value
		truth bool
		text  string
		float float64
		undef bool
	}{
		{expr.Undef(), false, "", 0, true},
		{expr.Value{}, false, "", 0, true},
		{expr.String(""), false, "", 0, false},
		{expr.String("0"), false, "0", 0, false},
		{expr.String("0.0"), true, "0.0", 0, false},
		{expr.String(" 12abc"), true, " 12abc", 12, false},
		{expr.Number(0), false, "0", 0, false},
		{expr.Number(15), true, "15", 15, false},
		{expr.Number(0.4), true, "0.4", 0.4, false},
		{expr.Number(1e15), true, "1000000000000000", 1e15, false},
		{expr.Number(1e20), true, "1e+20", 1e20, false},
	} {
		v := c.value
		if v.Bool() != c.truth || v.String() != c.text || v.Float() != c.float || v.IsUndef() != c.undef {
			t.Errorf("%#v: %v %q %v %v", v, v.Bool(), v.String(), v.Float(), v.IsUndef())
		}
	}
}

// One expression serves many goroutines, each with its variables.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	e, err := expr.Parse("%{display} =~ /^(%{name})@/ ? $1 : 'none'", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "bob", "cat", "dan"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 100 {
				got, err := e.Eval(expr.Vars{"display": expr.String(name + "@x"), "name": expr.String(name)})
				if err != nil || got.String() != name {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	e, err := expr.Parse("%{used} > 1000 && %{display} =~ /^ann/", nil)
	if err != nil {
		b.Fatal(err)
	}
	v := vars()
	for b.Loop() {
		e.Eval(v)
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		"%{used} > 1000 && %{display} !~ /^test/i", "%(value) = %(value) * 10", "lc %{display} eq 'ann' or not defined(%{x})",
		"%(label) =~ s/(a)/\\U$1%{value}/g; $1 . $&", "%{a} =~ tr/a-z/A-Z/cdsr", "1 < 2 <= 3 ? 'a' x3 : -2 ** 2 % 5",
		"sprintf('%-5.2f %*d %2$s', 1, 2)", "substr(%{display}, -3, 2) . q(a(b)) . qq{%{x}}", "%{a} =~ m{^(%{b})$}x # c",
		"%{a} //= 1 if %{b} xor 0x1F", "join '-', 1, index('a', 'b')", "'%{x}' eq \"$values->{x}\"", "%{a} =~ %{b}",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := expr.Parse(src, nil)
		if err == nil {
			_, err = e.Eval(vars())
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q", src, err)
		}
	})
}
