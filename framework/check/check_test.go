package check_test

import (
	"testing"

	"github.com/centplugins/centplugins/framework/check"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	for s, word := range map[check.Status]string{0: "OK", 1: "WARNING", 2: "CRITICAL", 3: "UNKNOWN", 4: "PENDING", 9: "UNKNOWN"} {
		if s.String() != word {
			t.Errorf("%d is %s, want %s", s, s, word)
		}
	}
	if s, ok := check.ParseStatus("Critical"); !ok || s != check.Critical {
		t.Errorf("Critical is %v, %v", s, ok)
	}
	if s, ok := check.ParseStatus("bogus"); ok || s != check.Unknown {
		t.Errorf("bogus is %v, %v", s, ok)
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	order := []check.Status{check.OK, check.Warning, check.Unknown, check.Critical}
	for i, a := range order {
		for j, b := range order {
			if got := check.Worst(a, b); got != order[max(i, j)] {
				t.Errorf("worst of %v and %v is %v", a, b, got)
			}
		}
	}
	r := &check.Report{}
	if r.Status() != check.OK {
		t.Error("an empty report is not OK")
	}
	r.Add(check.Unknown, "a")
	r.Add(check.Warning, "b")
	if r.Status() != check.Unknown {
		t.Errorf("status %v", r.Status())
	}
}
