package threshold_test

import (
	"math"
	"testing"

	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/threshold"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, printed, good, bad string }{ // good and bad are values; empty when there is none
		{"10", "0:10", "10", "10.1"},
		{"10", "0:10", "0", "-1"},
		{"10:", "10:", "1e12", "9"},
		{"~:10", "~:10", "-1e12", "11"},
		{"~:", "~:", "-5", ""},
		{"5:10", "5:10", "5", "4.99"},
		{":14", "0:14", "14", "15"},
		{"@5:10", "@5:10", "11", "5"},
		{"@", "@0:", "-1", "0"},
		{"@~:20", "@~:20", "21", "20"},
		{"-5:-1", "-5:-1", "-3", "0"},
		{"-5", "0:-5", "", "15"},
		{"+5:+10", "5:10", "5", "11"},
		{"14,5", "0:14.5", "14.5", "15"},
		{"15.0", "0:15.0", "15", "16"},
		{"1KB", "0:1024", "1024", "1025"},
		{"1Kb:2Mb", "1000:2000000", "1000", "999"},
		{"2GB:", "2147483648:", "2147483648", "1"},
		{" 5\t", "0:5", "5", "6"},
		{"10:5", "10:5", "", "7"},
	} {
		r, err := threshold.Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if r.String() != c.printed {
			t.Errorf("%q is printed %q, want %q", c.text, r, c.printed)
		}
		if c.good != "" && r.Alerts(perl.Number(c.good), 8) {
			t.Errorf("%q alerts at %s", c.text, c.good)
		}
		if c.bad != "" && !r.Alerts(perl.Number(c.bad), 8) {
			t.Errorf("%q does not alert at %s", c.text, c.bad)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"abc", "5:abc", "1e3", "5 :10", "0x10", "5::10", "~5", "@@5", "5;10", "10%", "1 000", "1.", ".5", "1,2,3", "1B", "KB", "--5", "5:~"} {
		if r, err := threshold.Parse(text); err == nil {
			t.Errorf("%q is read as %q", text, r)
		}
	}
}

func TestPrecision(t *testing.T) {
	t.Parallel()
	r, err := threshold.Parse("14.999999999")
	if err != nil {
		t.Fatal(err)
	}
	if r.Alerts(15, 8) {
		t.Error("with 8 digits the bound is 15")
	}
	if !r.Alerts(15, 9) {
		t.Error("with 9 digits the bound is below 15")
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	half := func(v float64) string { return perl.Text(v / 2) }
	for text, want := range map[string]string{"10:20": "5:10", "~:20": "~:10", "10:": "5:", "@3": "@0:1.5"} {
		r, err := threshold.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Map(half).String(); got != want {
			t.Errorf("%q halved is %q, want %q", text, got, want)
		}
	}
}

// FuzzParse checks that what is printed is a range again, with the same meaning.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"10", "10:", "~:10", "@5:10", "1,5:2,5", "10KB", "-5:-1", "+3", "@", ":"} {
		f.Add(seed, 7.5)
	}
	f.Fuzz(func(t *testing.T, text string, value float64) {
		r, err := threshold.Parse(text)
		if err != nil || math.IsNaN(value) {
			return
		}
		again, err := threshold.Parse(r.String())
		if err != nil {
			// Huge multiples are printed with an exponent, which the grammar does not read.
			if perl.Number(r.End) < 1e15 && perl.Number(r.Start) < 1e15 && perl.Number(r.End) > -1e15 && perl.Number(r.Start) > -1e15 {
				t.Fatalf("%q is printed %q, which is no range", text, r)
			}
			return
		}
		if r.Alerts(value, 8) != again.Alerts(value, 8) {
			t.Fatalf("%q and %q differ at %v", text, r, value)
		}
	})
}
