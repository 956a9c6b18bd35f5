package management_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/plugintest"
	"github.com/centplugins/centplugins/framework/registry"
	modes "github.com/centplugins/centplugins/modes/cloud/microsoft/office365/management"
	"github.com/centplugins/centplugins/plugins/cloud/microsoft/office365/management"
)

var update = plugintest.Update()

func TestTranscripts(t *testing.T) {
	t.Parallel()
	plugintest.Run(t, "testdata", *update, registry.Entry{Path: "cloud/microsoft/office365/management", New: management.New})
}

// collection is an API with one collection, of one element.
type collection string

func (c collection) Collection(_ context.Context, _, _ string, each func(json.RawMessage) error) error {
	return each(json.RawMessage(c))
}

// run runs a mode over an element, all its counters included.
func run(mode plugin.Mode[modes.API], element string) error {
	r := &plugin.Run{Env: &plugin.Env{Now: plugintest.Now, Location: time.UTC}, Report: &check.Report{}}
	if mode.NewList != nil {
		_, err := mode.NewList().Entries(context.Background(), collection(element), r)
		return err
	}
	m := mode.New()
	selection := counter.Selection{NewPerfdata: true, Threshold: func(string) (string, bool) { return "", false }}
	if err := selection.Bind(m.Counters()); err != nil {
		return err
	}
	if err := m.Run(context.Background(), collection(element), r); err != nil {
		return err
	}
	return m.Counters().Report(r.Report)
}

func all() []plugin.Mode[modes.API] {
	return []plugin.Mode[modes.API]{
		modes.AppCredentials(), modes.ListServices(), modes.ListSubscriptions(), modes.ServiceStatus(), modes.Subscriptions(),
	}
}

// needs is, for each mode, an element with nothing that the mode can do without.
func needs(mode string) string {
	switch mode {
	case "app-credentials":
		return `{"id":"1","passwordCredentials":[{"keyId":"p","endDateTime":"2027-01-01T00:00:00Z"}],"keyCredentials":[]}`
	case "list-services":
		return `{"id":"a","service":"A"}`
	case "list-subscriptions":
		return `{"skuPartNumber":"A","capabilityStatus":"Enabled","appliesTo":"User"}`
	case "service-status":
		return `{"service":"A","status":"serviceOperational","issues":[{"classification":"incident"}]}`
	default:
		return `{"id":"a","skuPartNumber":"A","capabilityStatus":"Enabled","consumedUnits":1,"prepaidUnits":{"enabled":0,"warning":2}}`
	}
}

// TestNeeds takes each field away, makes it null, and makes it another type: none of that may pass for a good state.
func TestNeeds(t *testing.T) {
	t.Parallel()
	for _, mode := range all() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			whole := needs(mode.Name)
			if err := run(mode, whole); err != nil {
				t.Fatalf("%s: %v", whole, err)
			}
			var element any
			if err := json.Unmarshal([]byte(whole), &element); err != nil {
				t.Fatal(err)
			}
			tried := 0
			spoil(element, func(name string) {
				text, err := json.Marshal(element)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				err = run(mode, string(text))
				if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s is wrong in %s: error %v", name, text, err)
				}
			})
			if tried < 6 {
				t.Errorf("only %d tries", tried)
			}
		})
	}
}

// spoil spoils each field below v in each way, and calls try with its name.
func spoil(v any, try func(name string)) {
	switch v := v.(type) {
	case []any:
		for _, below := range v {
			spoil(below, try)
		}
	case map[string]any:
		for name, value := range v {
			spoil(value, try)
			delete(v, name)
			try(name)
			for _, wrong := range []any{nil, true} {
				if v[name] = wrong; name == "endDateTime" && wrong == nil {
					continue // a credential may have no end
				}
				try(name)
			}
			v[name] = value
		}
	}
}

func FuzzElement(f *testing.F) {
	for _, mode := range all() {
		f.Add(needs(mode.Name))
	}
	f.Add(`{"id":"1","passwordCredentials":[{"keyId":"p","endDateTime":"9999-12-31T23:59:59+14:00"},null],"keyCredentials":[[]]}`)
	f.Add(`{"id":"a","skuPartNumber":"","capabilityStatus":"","consumedUnits":-9223372036854775808,"prepaidUnits":{"enabled":9223372036854775807,"warning":0}}`)
	f.Fuzz(func(t *testing.T, element string) {
		for _, mode := range all() {
			if err := run(mode, element); err != nil && (err.Error() == "" || strings.ContainsAny(err.Error(), "\r\n")) {
				t.Errorf("%s: %q", mode.Name, err)
			}
		}
	})
}
