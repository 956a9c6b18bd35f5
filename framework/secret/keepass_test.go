package secret_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/secret"
)

const (
	database  = "kdbx/testdata/argon2d.kdbx"
	withKey   = "kdbx/testdata/argon2id.kdbx"
	masterKey = "hidden-master"
)

// resolve runs a password manager over real files, and returns what it registered as secrets, too.
func resolve(t testing.TB, name string, options map[string][]string, env map[string]string) (found map[string]string, secrets []string, err error) {
	t.Helper()
	values, err := manager(t, name, options).Resolve(t.Context(), secret.Input{
		Now: time.Now, ReadFile: os.ReadFile, Getenv: func(name string) string { return env[name] },
		Value:     func(option string) string { return map[string]string{"hostname": "serveurx"}[option] },
		AddSecret: func(s string) { secrets = append(secrets, s) },
	})
	if err != nil && strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error tells a secret: %v", err)
	}
	found = map[string]string{}
	for option, all := range values {
		found[option] = strings.Join(all, ",")
	}
	return found, secrets, err
}

func write(t testing.TB, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeepassPaths(t *testing.T) {
	t.Parallel()
	const odd = ` hidden-<&>"é日 `
	tests := []struct{ path, want string }{
		// As KeePass::Reader has it, which is what paths that work with the original are written for.
		{`$..Entry.[?($_->{Title} =~ /serveurx/i)].String.[?($_->{Key} eq 'Password')].Value.content`, odd},
		{`$..Entry.[?($_->{Title} =~ /%{hostname}/i)].String.[?($_->{Key} eq 'UserName')].Value`, "www"},
		{`$..Entry.[?($_->{Title} eq 'ServeurX')].String.[?($_->{Key} eq 'Notes')].Value`, "two\nlines"},
		{`$..Entry.[?($_->{Title} =~ /serveurx/i)].String.[?($_->{Key} eq 'API key')].Value.content`, "hidden-api"},
		{`$.Root.Group[0].Entry[0].Title`, "Router"},
		{`$.Root.Group[0].Group[0].Name`, "Servers"},
		{`$..Group.[?($_->{Name} eq 'Servers')].Entry[0].Title`, "ServeurX"},
		{`$.Root.Group[0].Group[1].Entry[0].Title`, "Gone"},
		{`$..Entry.[?($_->{Title} eq 'Nobody')].String.[?($_->{Key} eq 'Password')].Value.content`, ""},

		// As the help of the original has it.
		{`$..entries.[?($_->{title} =~ /serveurx/i)].password`, odd},
		{`$..entries.[?($_->{title} =~ /%{hostname}/i)].username`, "www"},
		{`$..groups..entries.[?($_->{title} =~ /serveurx/i)].strings.Zone`, "dmz"},
		{`$..entries.[?($_->{title} =~ /serveurx/i)].strings['API key']`, "hidden-api"},
		{`$..entries.[?($_->{title} eq 'Router')].password`, "hidden-newer"},
		{`$..entries.[?($_->{title} eq 'Router')].url`, "https://router.example"},
		{`$..entries.[?($_->{title} eq 'Database')].username`, ""},
		{`$..entries.[?($_->{title} eq 'Gone')].password`, ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			found, secrets, err := resolve(t, "keepass", map[string][]string{
				"keepass-file": {database}, "keepass-password": {masterKey},
				"keepass-search-value": {"value=" + test.path}, "keepass-map-option": {"client-secret=%{value}", "client_id=a %{value}"},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]string{"client-secret": test.want, "client-id": "a " + test.want}; !maps.Equal(found, want) {
				t.Errorf("got %q", found)
			}
			if !slices.Contains(secrets, masterKey) || !slices.Contains(secrets, test.want) {
				t.Errorf("secrets: %q", secrets)
			}
		})
	}
}

func TestKeepassKeys(t *testing.T) {
	t.Parallel()
	const search, give = "password=$..entries.[?($_->{title} eq 'Router')].password", "password=%{password}"
	content, err := os.ReadFile("kdbx/testdata/key.bin")
	if err != nil {
		t.Fatal(err)
	}
	keyFile := write(t, string(content), 0o600)
	perl := write(t, "our $keepass_connections = {\n  good => { file => '"+database+"', password => '"+masterKey+"' },\n"+
		"  bad => { file => '/none', password => 'hidden-other' },\n  bare => { file => '"+database+"' },\n};\n1;\n", 0o600)
	inPackage := write(t, "package centreon::plugins::passwordmgr::keepass;\n$centreon::plugins::passwordmgr::keepass::keepass_connections = "+
		"{ good => { file => '"+database+"', password => '"+masterKey+"' } };", 0o600)
	json := write(t, ` {"keepass_connections": {"good": {"file": "`+database+`", "password": "`+masterKey+`"}}}`, 0o600)
	passwordFile := write(t, masterKey+"\n", 0o640)
	fromEnv := map[string]string{"KEEPASS_PASSWORD": masterKey}
	wrongEnv := map[string]string{"KEEPASS_PASSWORD": "hidden-env"}
	tests := map[string]struct {
		options map[string][]string
		env     map[string]string
	}{
		"option":             {map[string][]string{"keepass-file": {database}, "keepass-password": {masterKey}}, wrongEnv},
		"password file":      {map[string][]string{"keepass-file": {database}, "keepass-password-file": {passwordFile}}, wrongEnv},
		"environment":        {map[string][]string{"keepass-file": {database}}, fromEnv},
		"key file":           {map[string][]string{"keepass-file": {withKey}, "keepass-key-file": {keyFile}}, fromEnv},
		"endpoint":           {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-endpoint": {"good"}}, wrongEnv},
		"endpoint, env":      {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-endpoint": {"bare"}}, fromEnv},
		"endpoint, package":  {map[string][]string{"keepass-endpoint-file": {inPackage}, "keepass-endpoint": {"good"}}, nil},
		"endpoint, JSON":     {map[string][]string{"keepass-endpoint-file": {json}, "keepass-endpoint": {"good"}}, nil},
		"endpoint overruled": {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-endpoint": {"bad"}, "keepass-file": {database}, "keepass-password": {masterKey}}, nil},
		"endpoint, file":     {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-endpoint": {"bad"}, "keepass-file": {database}, "keepass-password-file": {passwordFile}}, nil},
		"no endpoint named":  {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-file": {database}, "keepass-password": {masterKey}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := maps.Clone(test.options)
			options["keepass-search-value"], options["keepass-map-option"] = []string{search}, []string{give}
			found, secrets, err := resolve(t, "keepass", options, test.env)
			if err != nil {
				t.Fatal(err)
			}
			if found["password"] != "hidden-newer" || !slices.Contains(secrets, masterKey) {
				t.Errorf("got %q, secrets %q", found, secrets)
			}
		})
	}
}

func TestKeepassRefuses(t *testing.T) {
	t.Parallel()
	perl := write(t, "$keepass_connections = { good => { file => '/x' } };", 0o600)
	open := write(t, "hidden", 0o644)
	damaged := write(t, "hidden database", 0o600)
	tests := map[string]struct {
		options map[string][]string
		parts   []string
	}{
		"nothing to open":  {map[string][]string{"keepass-map-option": {"a=%{b}"}}, []string{"--keepass-file", "--keepass-endpoint"}},
		"endpoint alone":   {map[string][]string{"keepass-endpoint": {"good"}}, []string{"--keepass-endpoint-file"}},
		"no password":      {map[string][]string{"keepass-file": {database}}, []string{"Please set keepass-password option", "KEEPASS_PASSWORD"}},
		"wrong password":   {map[string][]string{"keepass-file": {database}, "keepass-password": {"hidden-other"}}, []string{"'" + database + "'", "the password or key file is wrong", "--keepass-password"}},
		"key file missing": {map[string][]string{"keepass-file": {withKey}, "keepass-password": {masterKey}}, []string{"--keepass-key-file"}},
		"open key file":    {map[string][]string{"keepass-file": {withKey}, "keepass-key-file": {open}}, []string{"--keepass-key-file", "chmod o= '" + open}},
		"open password":    {map[string][]string{"keepass-file": {database}, "keepass-password-file": {open}}, []string{"--keepass-password-file", "chmod o= '" + open}},
		"no such file":     {map[string][]string{"keepass-file": {"/none.kdbx"}, "keepass-password": {"x"}}, []string{"Cannot read keepass file '/none.kdbx': no such file or directory.", "--keepass-file"}},
		"no database":      {map[string][]string{"keepass-file": {damaged}, "keepass-password": {"x"}}, []string{"Cannot read keepass file '" + damaged + "': it is no KeePass database."}},
		"a folder":         {map[string][]string{"keepass-file": {t.TempDir()}, "keepass-password": {"x"}}, []string{"is a directory"}},
		"no endpoint file": {map[string][]string{"keepass-endpoint-file": {"/none"}}, []string{"Cannot read keepass endpoint file '/none': no such file"}},
		"no such endpoint": {map[string][]string{"keepass-endpoint-file": {perl}, "keepass-endpoint": {"other"}}, []string{"Endpoint other doesn't exist in keepass endpoint file '" + perl + "'", "--keepass-endpoint"}},
		"a program":        {map[string][]string{"keepass-endpoint-file": {write(t, "system('hidden');", 0o600)}}, []string{"line 1", "$keepass_connections"}},
		"other variable":   {map[string][]string{"keepass-endpoint-file": {write(t, "$hidden = {};", 0o600)}, "keepass-endpoint": {"x"}}, []string{"has no $keepass_connections"}},
		"JSON cut short":   {map[string][]string{"keepass-endpoint-file": {write(t, `{"hidden": `, 0o600)}, "keepass-endpoint": {"x"}}, []string{"not valid JSON"}},
		"object found": {map[string][]string{"keepass-file": {database}, "keepass-password": {masterKey}, "keepass-search-value": {"x=$..entries"}}, []string{
			"'$..entries' of --keepass-search-value 'x'", "keepass file '" + database + "'",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := resolve(t, "keepass", test.options, nil)
			wantFailure(t, err, test.parts...)
		})
	}
}

func TestNothingAskedOf(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keepass", "teampass"} {
		found, _, err := resolve(t, name, map[string][]string{name + "-search-value": {"a=$.b"}}, nil)
		if err != nil || found == nil || len(found) != 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

func TestKeepassTellsNoValueWhenDebugging(t *testing.T) {
	t.Parallel()
	var log []string
	m := manager(t, "keepass", map[string][]string{
		"keepass-file": {database}, "keepass-password": {masterKey},
		"keepass-search-value": {"value=$..entries.[?($_->{title} eq 'Router')].password"}, "keepass-map-option": {"client-secret=%{value}"},
	})
	_, err := m.Resolve(context.Background(), secret.Input{
		ReadFile: os.ReadFile, Getenv: func(string) string { return "" }, AddSecret: func(string) {}, Debug: func(line string) { log = append(log, line) },
	})
	lines := strings.Join(log, "\n")
	if err != nil || !strings.Contains(lines, "keepass: a value found for value") || !strings.Contains(lines, "keepass: option --client-secret") ||
		strings.Contains(lines, "hidden") {
		t.Errorf("%v: %s", err, lines)
	}
}
