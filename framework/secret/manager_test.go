package secret_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/secret"
)

// manager returns a password manager with its options filled in, as the command line would.
func manager(t testing.TB, name string, options map[string][]string) secret.Manager {
	t.Helper()
	m, err := secret.NewManager(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range m.Sets() {
		fields := reflect.ValueOf(set.Ptr).Elem()
		for i := range fields.NumField() {
			values, given := options[fields.Type().Field(i).Tag.Get("name")]
			switch field := fields.Field(i); {
			case !given:
			case field.Kind() == reflect.String:
				field.SetString(values[0])
			default:
				field.Set(reflect.ValueOf(values))
			}
		}
	}
	return m
}

func wantFailure(t *testing.T, err error, parts ...string) {
	t.Helper()
	var f *failure.Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no failure for the operator", err)
	}
	for _, part := range parts {
		if !strings.Contains(f.Text, part) {
			t.Errorf("%q does not say %q", f.Text, part)
		}
	}
}

func TestNewManagerRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"carrier-pigeon": "Unknown password manager",
		"":               "Unknown password manager",
	}
	for name, want := range tests {
		_, err := secret.NewManager(name)
		wantFailure(t, err, want, "'"+name+"'", "environment", "file")
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	m := manager(t, "environment", map[string][]string{"environment-map-option": {
		"client-secret=O365_SECRET", "client_id=O365_ID", "tenant=UNSET", "tenant=", "=X", "nothing", "",
	}})
	var log []string
	got, err := m.Resolve(t.Context(), secret.Input{
		Getenv: func(name string) string {
			return map[string]string{"O365_SECRET": "8/RON4=vUG,h", "O365_ID": "the id"}[name]
		},
		Debug: func(line string) { log = append(log, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"client-secret": {"8/RON4=vUG,h"}, "client-id": {"the id"}, "tenant": {""}}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v", got)
	}
	lines := strings.Join(log, "\n")
	if !strings.Contains(lines, "--client-secret from variable O365_SECRET (set)") ||
		!strings.Contains(lines, "--tenant from variable UNSET (not set)") || strings.Contains(lines, "RON4") {
		t.Errorf("debug: %s", lines)
	}
}

const vault = `{
	"name": "vault",
	"entries": [
		{"title": "Router", "username": "admin", "password": "hidden-router", "tags": ["net"], "port": 22, "on": false},
		{"title": "Web server", "username": "www", "password": "hidden-web", "port": 443, "on": true, "more": {"zone": "dmz"}},
		{"title": "DB server )] x", "username": null, "password": "hidden-db", "port": 1.50e3},
		"text"
	],
	"sub": {"entries": [{"title": "inner", "password": "hidden-inner"}], "a.b": "dotted", "7": "seven"},
	"client": {"id": "hidden-id", "secret": "hidden-secret"}
}`

func lookUp(t testing.TB, ctx context.Context, content, path string) (string, error) {
	t.Helper()
	m := manager(t, "file", map[string][]string{
		"secret-file": {"vault.json"}, "secret-search-value": {"found=" + path}, "secret-map-option": {"password=%{found}"},
	})
	got, err := m.Resolve(ctx, secret.Input{
		ReadFile: func(string) ([]byte, error) { return []byte(content), nil },
		Value:    func(option string) string { return map[string]string{"hostname": "web", "client-id": "id"}[option] },
	})
	return strings.Join(got["password"], " "), err
}

func TestFilePaths(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, want string }{
		{"$.name", "vault"},
		{"name", "vault"},
		{"$['name']", "vault"},
		{`$["name"]`, "vault"},
		{"$[name]", "vault"},
		{"$.client.secret", "hidden-secret"},
		{"$.client['secret']", "hidden-secret"},
		{"$..secret", "hidden-secret"},
		{"$.client.*", "hidden-id"},
		{"$.client[*]", "hidden-id"},
		{"$.entries[0].password", "hidden-router"},
		{"$.entries.[1].password", "hidden-web"},
		{"$.entries.1.password", "hidden-web"},
		{"$.entries[-2].password", "hidden-db"},
		{"$.entries[*].password", "hidden-router"},
		{"$.entries[*].more.zone", "dmz"},
		{"$.entries[0].port", "22"},
		{"$.entries[2].port", "1.50e3"},
		{"$.entries[0].on", "0"},
		{"$.entries[1].on", "1"},
		{"$.entries[0].tags[0]", "net"},
		{"$..zone", "dmz"},
		{"$..[1].password", "hidden-web"},
		{"$..['7']", "seven"},
		{"$.sub['a.b']", "dotted"},
		{"$.sub[7]", "seven"},
		{"$..password", "hidden-router"},
		{"$.client.%{client_id}", "hidden-id"},
		{"$.client.%{client-id}", "hidden-id"},
		{"$.%{unset}name", "vault"},

		// The original finds nothing either, and gives the option an empty value.
		{"$.nothing", ""},
		{"$.name.nothing", ""},
		{"$.entries[9].password", ""},
		{"$.entries[-9].password", ""},
		{"$.entries[2].username", ""},
		{"$.entries.password", ""},
		{"$.client['*']", ""},
		{"$..nothing", ""},

		{"$..entries.[?($_->{title} =~ /server/i)].password", "hidden-web"},
		{"$..entries[?($_->{title} =~ /server/i)].password", "hidden-web"},
		{"$..entries.[?($_->{title} =~ /%{hostname}/i)].password", "hidden-web"},
		{"$.entries[?($_->{title} eq 'Router')].password", "hidden-router"},
		{"$.entries[?($_->{'title'} eq 'Router')].password", "hidden-router"},
		{`$.entries[?($_->{"title"} eq "Router")]['password']`, "hidden-router"},
		{"$.entries[?($_->{title} =~ /\\)] x$/)].password", "hidden-db"},
		{"$.entries[?($_->{title} eq 'DB server )] x')].password", "hidden-db"},
		{"$.entries[?($_->{port} == 443)].password", "hidden-web"},
		{"$.entries[?($_->{port} > 1000)].password", "hidden-db"},
		{"$.entries[?($_->{on})].password", "hidden-web"},
		{"$.entries[?($_->{tags})].password", "hidden-router"},
		{"$.entries[?($_->{more}->{zone} eq 'dmz')].password", "hidden-web"},
		{"$.entries[?($_->{more}{zone} eq 'dmz')].password", "hidden-web"},
		{"$.entries[?($_->{title} =~ /server/ && $_->{username} ne 'www')].password", "hidden-db"},
		{"$..[?($_->{title} eq 'inner')].password", "hidden-inner"},
		{"$.entries[?($_->{title} eq 'no one')].password", ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			got, err := lookUp(t, t.Context(), vault, test.path)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFilePathsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, want string }{
		{"$.", "a name is missing at character 3"},
		{"$..", "a name is missing at character 4"},
		{"$...name", "a name is missing"},
		{"$.client[", "a bracket is not closed at character 9"},
		{"$.client[]", "a name is missing"},
		{"$.client['id", "not closed"},
		{"$.entries[0,1].password", "not supported"},
		{"$.entries[0:1].password", "not supported"},
		{"$.entries[(@.length-1)].password", "not supported"},
		{"$.entries[?($_->{title}", "a filter is not closed"},
		{"$.entries[?($_->{title} =~)].password", "at character"},
		{"$.entries", "leads to an object or array"},
		{"$", "leads to an object or array"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			_, err := lookUp(t, t.Context(), vault, test.path)
			wantFailure(t, err, test.want, "'"+test.path+"'", "--secret-search-value", "'found'", "'vault.json'")
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestFileKeepsOptionValuesOutOfErrors(t *testing.T) {
	t.Parallel()
	m := manager(t, "file", map[string][]string{"secret-file": {"f"}, "secret-search-value": {"x=$.a[?(%{password} =~)]"}})
	_, err := m.Resolve(t.Context(), secret.Input{
		ReadFile: func(string) ([]byte, error) { return []byte("{}"), nil },
		Value:    func(string) string { return "hidden" },
	})
	wantFailure(t, err, "%{password}")
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error tells a value: %v", err)
	}
}

func TestFileKeepsContentOutOfErrors(t *testing.T) {
	t.Parallel()
	_, err := lookUp(t, t.Context(), `{"a": [{"p": "hidden("}]}`, "$.a[?('x' =~ $_->{p})].p")
	wantFailure(t, err, "a filter fails")
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error tells the content: %v", err)
	}
}

func TestFileMaps(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.json")
	if err := os.WriteFile(path, []byte(vault), 0o600); err != nil {
		t.Fatal(err)
	}
	m := manager(t, "file", map[string][]string{
		"secret-file":         {path},
		"secret-search-value": {"id=$.client.id", "sec=$.client.secret", "none=$.none", "", "id", "id=", "=$.name"},
		"secret-map-option": {
			"client_id=%{id}", "client-secret=%{sec}", "both=%{id}:%{sec}=%{none}%{unknown}", "literal=a, b %{", "empty=%{none}", "x", "y=", "=z",
		},
	})
	var log []string
	got, err := m.Resolve(t.Context(), secret.Input{ReadFile: os.ReadFile, Debug: func(line string) { log = append(log, line) }})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"client-id": {"hidden-id"}, "client-secret": {"hidden-secret"}, "both": {"hidden-id:hidden-secret="}, "literal": {"a, b %{"}, "empty": {""},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v", got)
	}
	lines := strings.Join(log, "\n")
	if !strings.Contains(lines, "$.client.secret") || !strings.Contains(lines, "--client-secret") || strings.Contains(lines, "hidden") {
		t.Errorf("debug: %s", lines)
	}
}

func TestFileFailures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		content string
		err     error
		want    string
	}{
		"missing":      {"", &fs.PathError{Op: "open", Path: "/etc/vault.json", Err: fs.ErrNotExist}, "Cannot read secret file '/etc/vault.json': file does not exist"},
		"not readable": {"", &fs.PathError{Op: "open", Path: "/etc/vault.json", Err: fs.ErrPermission}, "permission denied"},
		"other":        {"", errors.New("out of order"), "out of order"},
		"empty":        {"", nil, "not valid JSON near byte 0"},
		"no JSON":      {"hidden", nil, "not valid JSON near byte"},
		"cut short":    {`{"a":"hidden`, nil, "not valid JSON near byte"},
		"two values":   {`{"a":"hidden"} "hidden"`, nil, "not valid JSON near byte"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := manager(t, "file", map[string][]string{"secret-file": {"/etc/vault.json"}})
			_, err := m.Resolve(t.Context(), secret.Input{
				ReadFile: func(string) ([]byte, error) { return []byte(test.content), test.err },
			})
			wantFailure(t, err, test.want, "secret file '/etc/vault.json'")
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells the content: %v", err)
			}
		})
	}
}

func TestFileNotGiven(t *testing.T) {
	t.Parallel()
	m := manager(t, "file", map[string][]string{"secret-map-option": {"password=x"}})
	got, err := m.Resolve(t.Context(), secret.Input{})
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestFileEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	deep := strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300)
	start := time.Now()
	_, err := lookUp(t, ctx, deep, "$"+strings.Repeat("..*", 30)+".nothing")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{
		"$..entries.[?($_->{title} =~ /server/i)].password", "$.entries[-1]['title']", "$..*", "$[*][0].x", "$.a[?($_->{b}{c} eq ')]')]",
		"$.%{hostname}[?(%{hostname} =~ /x/)]", "$..['a'", "$[?(()])]",
	} {
		f.Add(path, vault)
	}
	f.Add("$..*..*..*", `[[[[[[1]]]]]]`)
	f.Fuzz(func(t *testing.T, path, content string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		value, err := lookUp(t, ctx, content, path)
		if err != nil {
			wantFailure(t, err, "vault.json")
			if value != "" {
				t.Errorf("both %q and %v", value, err)
			}
			if strings.Contains(content, "hidden-router") && !strings.Contains(path, "hidden") && strings.Contains(fmt.Sprint(err), "hidden") {
				t.Errorf("the error tells the content: %v", err)
			}
		}
	})
}
