package perl_test

import (
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/perl"
)

func TestInterpolate(t *testing.T) {
	t.Parallel()
	groups := []string{"ann@x", "ann", "", "x.Y"}
	for template, want := range map[string]string{
		"plain":              "plain",
		"$1 and ${3}!":       "ann and x.Y!",
		"<$&>":               "<ann@x>",
		"[$2][$4][$99]":      "[][][]",
		"$name-${name}-":     "--",
		"cost: 5$":           "cost: 5$",
		"$ 1 ${ $-":          "$ 1 ${ $-",
		"50%":                "50%",
		"ann@x":              "ann@x",
		`\$1 \\ \@ \"`:       `$1 \ @ "`,
		`a\tb\n\x41\x{42}`:   "a\tb\nAB",
		`\x{e9}|\x{e9e}`:     "\xe9|\u0e9e",
		`\101\0\e\cA\o{102}`: "A\x00\x1b\x01B",
		`\1`:                 "\x01",
		`\U$1\E-$1`:          "ANN-ann",
		`\L$3`:               "x.y",
		`\u$1 \l$3 \uX`:      "Ann x.Y X",
		`\u\L$3 \L\u$3`:      "X.y X.y",
		`\Ua\Lb$3\Ec\Ed`:     "Abx.ycd",
		`\Q$3\E.`:            `x\.Y.`,
		`\U\Qa.b`:            `A\.B`,
		`\Ué`:                "é",
		`\`:                  `\`,
		`\x{zz}`:             "x{zz}",
	} {
		if got := perl.Interpolate(template, groups); got != want {
			t.Errorf("Interpolate(%q) = %q, want %q", template, got, want)
		}
	}
	if got := perl.Interpolate("[$&$1]", nil); got != "[]" {
		t.Errorf("without a match: %q", got)
	}
}

func TestExpandPattern(t *testing.T) {
	t.Parallel()
	lookup := func(rest string) (string, int) {
		if strings.HasPrefix(rest, "%{x}") {
			return "a.b", 4
		}
		_, n := perl.VariableAt(rest)
		return "v", n
	}
	for template, want := range map[string]string{
		`^%{x}$`:         `^a.b$`,
		`\Q%{x}\E\d+`:    `a\.b\d+`,
		`(a$|b)$ $one\$`: `(a$|b)$ v\$`,
		`\U%{x}\E\1`:     `A.B\1`,
	} {
		if got := perl.ExpandPattern(template, lookup); got != want {
			t.Errorf("ExpandPattern(%q) = %q, want %q", template, got, want)
		}
	}
}

func FuzzInterpolate(f *testing.F) {
	for _, template := range []string{`\U$1\E${2}`, `\Q\L\u\x{`, `\c`, `\N{U+`, "$", "${", `\`, `\o{777}`} {
		f.Add(template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		got := perl.Interpolate(template, []string{"whole", "one"})
		if !strings.ContainsAny(template, `\$`) && got != template {
			t.Errorf("%q became %q", template, got)
		}
	})
}
