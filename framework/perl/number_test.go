package perl_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/perl"
)

// The answers in the tables of this package are those of perl 5.36, where it has one.

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		want  float64
		looks bool
	}{
		{"", 0, false},
		{" ", 0, false},
		{"12", 12, true},
		{" \t\n12 \n", 12, true},
		{"-7", -7, true},
		{"+7", 7, true},
		{"--7", 0, false},
		{"12abc", 12, false},
		{"abc", 0, false},
		{"0x10", 0, false},
		{"1_000", 1, false},
		{"1e3", 1000, true},
		{"1e", 1, false},
		{"1e+", 1, false},
		{"1E-2", 0.01, true},
		{".5", 0.5, true},
		{"5.", 5, true},
		{".", 0, false},
		{"1.2.3", 1.2, false},
		{"017", 17, true},
		{"1e400", math.Inf(1), true},
		{"Inf", math.Inf(1), true},
		{"-infinity", math.Inf(-1), true},
		{"info", math.Inf(1), false},
		{"0 but true", 0, true},
	} {
		if got := perl.Number(c.text); got != c.want {
			t.Errorf("Number(%q) = %v, want %v", c.text, got, c.want)
		}
		if got := perl.LooksLikeNumber(c.text); got != c.looks {
			t.Errorf("LooksLikeNumber(%q) = %v", c.text, got)
		}
	}
	for _, text := range []string{"nan", "NaN", "-nan"} {
		if !math.IsNaN(perl.Number(text)) {
			t.Errorf("Number(%q) is a number", text)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number      float64
		text, float string
	}{
		{0, "0", "0"},
		{math.Copysign(0, -1), "0", "0"},
		{15, "15", "15"},
		{-7, "-7", "-7"},
		{0.4, "0.4", "0.4"},
		{0.1 + 0.2, "0.3", "0.3"},
		{1.0 / 3, "0.333333333333333", "0.333333333333333"},
		{100000, "100000", "100000"},
		{1e15, "1000000000000000", "1e+15"},
		{1 << 53, "9007199254740992", "9.00719925474099e+15"},
		{1e20, "1e+20", "1e+20"},
		{-1e20, "-1e+20", "-1e+20"},
		{1e-4, "0.0001", "0.0001"},
		{1e-5, "1e-05", "1e-05"},
		{math.Inf(1), "Inf", "Inf"},
		{math.Inf(-1), "-Inf", "-Inf"},
		{math.NaN(), "NaN", "NaN"},
	} {
		if got := perl.Text(c.number); got != c.text {
			t.Errorf("Text(%v) = %q, want %q", c.number, got, c.text)
		}
		if got := perl.FloatText(c.number); got != c.float {
			t.Errorf("FloatText(%v) = %q, want %q", c.number, got, c.float)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, separator string
		want            []string
	}{
		{"", ",", nil},
		{",", ",", nil},
		{"a", ",", []string{"a"}},
		{",a,,b,,", ",", []string{"", "a", "", "b"}},
		{"a~b~", "~", []string{"a", "b"}},
		{"ab", "", []string{"a", "b"}},
	} {
		if got := perl.Split(c.text, c.separator); !slices.Equal(got, c.want) {
			t.Errorf("Split(%q, %q) = %q, want %q", c.text, c.separator, got, c.want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"", "12abc", "-1.5e3", " inf", "nan", ".", "1e", "9223372036854775808"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		number := perl.Number(text)
		again := perl.Number(perl.Text(number))
		if math.Abs(again-number) > math.Abs(number)*1e-14 {
			t.Errorf("Number(%q) = %v, which is printed as %q", text, number, perl.Text(number))
		}
		if perl.LooksLikeNumber(text) && !strings.ContainsAny(text, "0123456789aAfF") {
			t.Errorf("LooksLikeNumber(%q)", text)
		}
	})
}
