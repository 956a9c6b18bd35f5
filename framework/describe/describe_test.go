package describe_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// printed is what --describe prints about all plugins.
func printed(t *testing.T) string {
	t.Helper()
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	exit := app.Run(context.Background(), app.Config{
		Registry: plugins, Args: []string{"centreon_plugins", "--describe"}, Version: "1.2.3", Stdin: strings.NewReader(""), Stdout: &stdout,
		Now: time.Now, Location: time.UTC, Getenv: func(string) string { return "" },
	})
	if exit != 0 {
		t.Fatalf("exit %d: %s", exit, stdout.String())
	}
	return stdout.String()
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func validate(t *testing.T, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema(t).Validate(document)
}

func TestSchemaFits(t *testing.T) {
	t.Parallel()
	if err := validate(t, printed(t)); err != nil {
		t.Error(err)
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	whole := printed(t)
	for name, change := range map[string][2]string{
		"another version":       {`"version": 1`, `"version": 2`},
		"a member unheard of":   {`"release":`, `"colour": "red", "release":`},
		"a member gone":         {`"passwordManagers":`, `"managers":`},
		"an option with a dash": {`"name": "list-plugin"`, `"name": "--list-plugin"`},
		"a text for a flag":     {`"flag": true`, `"flag": "yes"`},
		"another kind":          {`"kind": "check"`, `"kind": "look"`},
		"a mode without help":   {`"help": "Check how many`, `"helps": "Check how many`},
		"a macro in lower case": {`"EXTRAOPTIONS":`, `"extraoptions":`},
		"a level unheard of":    {`"critical": "%{`, `"fatal": "%{`},
		"a metric without name": {`"nlabel": "perfdate"`, `"nlabels": "perfdate"`},
		"a number as a limit":   {`"min": "0"`, `"min": 0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(whole, change[0], change[1], 1)
			if broken == whole {
				t.Fatalf("%s is not in the document", change[0])
			}
			if err := validate(t, broken); err == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	whole := printed(t)
	document, err := describe.Read(strings.NewReader(whole))
	if err != nil || document.Release != "1.2.3" || len(document.Plugins) != len(all.Entries()) {
		t.Errorf("%v, %+v", err, document)
	}
	for _, broken := range []string{"", "[]", whole[:len(whole)/2], strings.Replace(whole, `"version": 1`, `"version": 2`, 1)} {
		if document, err := describe.Read(strings.NewReader(broken)); err == nil {
			t.Errorf("%.40q was read: %+v", broken, document)
		}
	}
}

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
