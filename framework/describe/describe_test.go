package describe_test

import (
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/describe"
)

func TestMacroName(t *testing.T) {
	t.Parallel()
	for option, want := range map[string]string{
		"filter-user": "FILTERUSER", "warning-active-users": "WARNINGACTIVEUSERS", "units": "UNITS", "filter-counters": "FILTERCOUNTERS",
	} {
		if got := describe.MacroName(option); got != want {
			t.Errorf("%s: got %s, want %s", option, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	if _, err := describe.Read(strings.NewReader(`{"version": 1}`)); err != nil {
		t.Error(err)
	}
	for _, broken := range []string{"", "[]", `{"version": 1`, `{"version": 2}`, `{}`} {
		if document, err := describe.Read(strings.NewReader(broken)); err == nil {
			t.Errorf("%s was read: %+v", broken, document)
		}
	}
}
