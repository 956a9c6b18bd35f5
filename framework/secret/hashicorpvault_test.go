package secret_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hashicorp returns the arguments for the fake vault, then others.
func (f *fakeVault) hashicorp(args ...string) []string {
	return append([]string{
		"--vault-address=" + f.host, "--vault-port=" + f.port, "--vault-protocol=https", "--vault-ca-file=" + f.caFile,
	}, args...)
}

func TestHashicorpValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		paths []string
		maps  []string
		want  map[string][]string
	}{
		"version 1":        {[]string{"kv1/plain"}, []string{"client-secret=%{value_kv1/plain#password}"}, map[string][]string{"client-secret": {vaultSecret}}},
		"version 2":        {[]string{"kv/data/o365"}, []string{"client_secret=%{value_kv/data/o365#secret}"}, map[string][]string{"client-secret": {vaultSecret}}},
		"a version":        {[]string{"kv/data/o365?version=2"}, []string{"p=%{value_kv/data/o365?version=2}"}, map[string][]string{"p": {"older-secret"}}},
		"only key":         {[]string{"kv1/sole"}, []string{"u=%{key_kv1/sole}", "p=%{value_kv1/sole}"}, map[string][]string{"u": {"only-key"}, "p": {"only-value"}}},
		"last key":         {[]string{"kv1/plain"}, []string{"u=%{key_kv1/plain}", "p=%{value_kv1/plain}"}, map[string][]string{"u": {"user"}, "p": {"anna"}}},
		"number, flag":     {[]string{"kv1/plain"}, []string{"p=%{value_kv1/plain#port}-%{value_kv1/plain#on}"}, map[string][]string{"p": {"8443-1"}}},
		"two secrets":      {[]string{"kv1/sole", "kv/data/o365"}, []string{"p=%{value_kv1/sole}:%{value_kv/data/o365#id}"}, map[string][]string{"p": {"only-value:the-id"}}},
		"leading slash":    {[]string{"/kv1/sole"}, []string{"p=%{value_/kv1/sole}"}, map[string][]string{"p": {"only-value"}}},
		"escaped path":     {[]string{"kv1/two words/%25"}, []string{"p=%{value_kv1/two words/%25}"}, map[string][]string{"p": {"escaped"}}},
		"later deletion":   {[]string{"kv/data/later"}, []string{"p=%{value_kv/data/later}"}, map[string][]string{"p": {"for-some-time"}}},
		"repeated option":  {[]string{"kv1/sole"}, []string{"p=%{key_kv1/sole}", "p=%{value_kv1/sole}"}, map[string][]string{"p": {"only-key", "only-value"}}},
		"fixed text":       {[]string{"kv1/sole"}, []string{"p=a, b %{", "x", "y=", "=z", ""}, map[string][]string{"p": {"a, b %{"}}},
		"nothing mapped":   {[]string{"kv1/sole"}, nil, map[string][]string{}},
		"no key, unused":   {[]string{"kv1/none", "kv1/sole"}, []string{"p=%{key_kv1/sole}"}, map[string][]string{"p": {"only-key"}}},
		"twice, read once": {[]string{"kv1/sole", "kv1/sole"}, []string{"p=%{key_kv1/sole}"}, map[string][]string{"p": {"only-key"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			args := f.hashicorp("--vault-token=" + goodToken)
			for _, path := range test.paths {
				args = append(args, "--secret-path="+path)
			}
			for _, m := range test.maps {
				args = append(args, "--map-option="+m)
			}
			var run vaultRun
			got, err := parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(nil))
			if err != nil {
				t.Fatal(err)
			}
			if !maps.EqualFunc(got, test.want, slices.Equal) {
				t.Errorf("got %q", got)
			}
			if n := len(slices.Compact(slices.Sorted(slices.Values(test.paths)))); strings.Count(f.requests(), "\n")+1 != n {
				t.Errorf("requests: %s", f.requests())
			}
			run.checkHidden(t, nil, vaultSecret, goodToken, "older-secret", "only-value")
			if run.hidden.Clean(goodToken) != "***" {
				t.Error("the token is not registered")
			}
		})
	}
}

func TestHashicorpLogins(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	writeAt(t, file, "annas password\n")
	token := filepath.Join(t.TempDir(), "token")
	writeAt(t, token, goodToken+"\n")
	tests := map[string]struct {
		args  []string
		env   string
		login string // the path that is asked, empty for none
	}{
		"token":               {[]string{"--vault-token=" + goodToken}, "", ""},
		"token file":          {[]string{"--vault-token-file=" + token}, "", ""},
		"token variable":      {nil, goodToken, ""},
		"token before file":   {[]string{"--auth-method=TOKEN", "--vault-token=" + goodToken, "--vault-token-file=/nonexistent"}, "wrong", ""},
		"approle":             {[]string{"--auth-method=approle", "--auth-settings=role_id=the-role-id", "--auth-settings=secret_id=the-secret-id"}, "", "approle/login"},
		"approle of no id":    {[]string{"--auth-method=approle", "--auth-path=/bare/", "--auth-settings=role_id=the-role-id"}, "", "bare/login"},
		"userpass":            {[]string{"--auth-method=userpass", "--auth-settings=username=anna", "--auth-settings=password=annas password"}, "", "userpass/login/anna"},
		"userpass, file":      {[]string{"--auth-method=userpass", "--auth-settings=username=anna", "--auth-settings-file=password=" + file}, "", "userpass/login/anna"},
		"ldap, odd name, own": {[]string{"--auth-method=LDAP", "--auth-path=Corp/ldap", "--auth-settings=username=a/b", "--auth-settings=password=annas password"}, "", "Corp/ldap/login/a%2Fb"},
		"okta":                {[]string{"--auth-method=okta", "--auth-settings=username=anna", "--auth-settings=password=annas password", "--auth-settings=totp=123456"}, "", "okta/login/anna"},
		"radius":              {[]string{"--auth-method=radius", "--auth-settings=username=anna", "--auth-settings=password=annas password"}, "", "radius/login/anna"},
		"github":              {[]string{"--auth-method=github", "--auth-settings=token=github-token"}, "", "github/login"},
		"azure":               {[]string{"--auth-method=azure", "--auth-settings=jwt=a.j.wt", "--auth-settings=role=poller"}, "", "azure/login"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			args := f.hashicorp("--secret-path=kv1/sole", "--map-option=p=%{value_kv1/sole}", "--vault-namespace=teams/net")
			run := vaultRun{env: map[string]string{"VAULT_TOKEN": test.env}}
			got, err := parsed(t, "hashicorpvault", append(args, test.args...)...).Resolve(t.Context(), run.input(nil))
			if err != nil || len(got["p"]) != 1 || got["p"][0] != "only-value" {
				t.Errorf("%q, %v", got, err)
			}
			want := "GET kv1/sole in teams/net"
			if test.login != "" {
				want = "POST auth/" + test.login + " in teams/net\n" + want
			}
			if f.requests() != want {
				t.Errorf("requests: %s", f.requests())
			}
			run.checkHidden(t, nil, goodToken, "annas password", "the-secret-id", "github-token", "a.j.wt")
			for _, s := range []string{"annas password", "the-secret-id", "github-token", "a.j.wt"} {
				if strings.Contains(strings.Join(test.args, " "), s) && run.hidden.Clean(s) != "***" {
					t.Errorf("%s is not registered", s)
				}
			}
		})
	}
}

func TestHashicorpFailures(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	writeAt(t, empty, " \n")
	token := "--vault-token=" + goodToken
	userpass := []string{"--auth-method=userpass", "--auth-settings=username=anna"}
	tests := map[string]struct {
		args  []string
		path  string // of --secret-path
		login string // what logins answer
		want  []string
	}{
		"no address":         {[]string{token, "--vault-address="}, "kv1/sole", "", []string{"Please set the --vault-address option"}},
		"no token":           {nil, "kv1/sole", "", []string{"Please set the --vault-token option", "--vault-token-file", "VAULT_TOKEN"}},
		"no path":            {[]string{token}, "", "", []string{"Please set the --secret-path option"}},
		"no method":          {[]string{"--auth-method=pigeon"}, "kv1/sole", "", []string{"Incorrect or unsupported authentication method set in --auth-method", "'pigeon'", "approle"}},
		"no password":        {userpass, "kv1/sole", "", []string{"Missing authentication setting: password", "--auth-settings-file"}},
		"no setting":         {append(userpass, "--auth-settings=annas password"), "kv1/sole", "", []string{"--auth-settings option number 2"}},
		"no setting file":    {append(userpass, "--auth-settings-file=password=/nonexistent"), "kv1/sole", "", []string{"'/nonexistent'", "--auth-settings-file", "no such file"}},
		"empty setting file": {append(userpass, "--auth-settings-file=password="+empty), "kv1/sole", "", []string{empty, "empty"}},
		"no token file":      {[]string{"--vault-token-file=/nonexistent"}, "kv1/sole", "", []string{"'/nonexistent'", "--vault-token-file"}},
		"odd token":          {[]string{"--vault-token=hvs.a token"}, "kv1/sole", "", []string{"--vault-token cannot be one", "blank"}},
		"address with more":  {[]string{token, "--vault-address=https://vault.example"}, "kv1/sole", "", []string{"Wrong address 'https://vault.example'", "--vault-address"}},
		"address with port":  {[]string{token, "--vault-address=vault:8200"}, "kv1/sole", "", []string{"Wrong address"}},
		"port":               {[]string{token, "--vault-port=82OO"}, "kv1/sole", "", []string{"Wrong port '82OO'", "--vault-port"}},
		"protocol":           {[]string{token, "--vault-protocol=ftp"}, "kv1/sole", "", []string{"Wrong protocol 'ftp'", "--vault-protocol"}},
		"no ca file":         {[]string{token, "--vault-ca-file=/nonexistent.pem"}, "kv1/sole", "", []string{"/nonexistent.pem"}},
		"unknown issuer":     {[]string{token, "--vault-ca-file="}, "kv1/sole", "", []string{"issuer that this machine does not know", "--vault-ca-file", "{vault}"}},
		"no TLS":             {[]string{token, "--vault-protocol=http"}, "kv1/sole", "", []string{"{vault}", "HTTP 400"}},
		"no cert file":       {[]string{"--auth-method=cert", "--auth-settings=name=poller", "--vault-cert-file=/nonexistent.pem"}, "kv1/sole", "", []string{"/nonexistent.pem"}},

		"wrong password":     {append(userpass, "--auth-settings=password=wrong password"), "kv1/sole", "", []string{"refuses the login at 'auth/userpass/login/anna' (HTTP 400): invalid credentials", "{vault}", "--auth-settings"}},
		"no such mount":      {append(userpass, "--auth-settings=password=annas password", "--auth-path=nowhere"), "kv1/sole", "", []string{"'auth/nowhere/login/anna' (HTTP 404)", "no handler", "--auth-path"}},
		"login is denied":    {append(userpass, "--auth-settings=password=annas password"), "kv1/sole", `403 {"errors":["permission denied"]}`, []string{"(HTTP 403): permission denied"}},
		"sealed at login":    {append(userpass, "--auth-settings=password=annas password"), "kv1/sole", `503 {"errors":["Vault is sealed"]}`, []string{"Vault {vault} is sealed (HTTP 503)"}},
		"empty token":        {append(userpass, "--auth-settings=password=annas password"), "kv1/sole", `200 {"auth":{"client_token":""}}`, []string{"gives no token", "second factor"}},
		"no auth":            {append(userpass, "--auth-settings=password=annas password"), "kv1/sole", `200 {"auth":null}`, []string{"gives no token"}},
		"odd token by vault": {append(userpass, "--auth-settings=password=annas password"), "kv1/sole", `200 {"auth":{"client_token":"a\nb"}}`, []string{"gives no token"}},

		"expired token":  {[]string{"--vault-token=hvs.expired"}, "kv1/sole", "", []string{"(HTTP 403): 2 errors occurred: * permission denied * invalid token", "has not expired"}},
		"denied":         {[]string{token}, "kv/data/not-yours?version=2", "", []string{"refuses to read 'kv/data/not-yours'", `path "kv/data/not-yours" { capabilities = ["read"] }`}},
		"missing":        {[]string{token}, "kv/data/nothing", "", []string{"has no secret 'kv/data/nothing' (HTTP 404)", "data/"}},
		"missing data/":  {[]string{token}, "kv/o365", "", []string{"has no secret 'kv/o365'", "Invalid path for a versioned K/V secrets engine"}},
		"deleted":        {[]string{token}, "kv/data/deleted", "", []string{"This secret is not valid anymore: 'kv/data/deleted'", "deleted on 2026-11-20T10:00:00.123456Z"}},
		"clocks differ":  {[]string{token}, "kv/data/just-now", "", []string{"This secret is not valid anymore"}},
		"destroyed":      {[]string{token}, "kv/data/destroyed", "", []string{"This secret is not valid anymore", "destroyed"}},
		"deleted by now": {[]string{token}, "kv/data/late", "", []string{"This secret is not valid anymore"}},
		"sealed":         {[]string{token}, "kv/data/sealed", "", []string{"is sealed (HTTP 503)", "Unseal"}},
		"broken":         {[]string{token}, "kv/data/broken", "", []string{"(HTTP 500): internal error", "log of the vault"}},
		"list":           {[]string{token}, "kv/data/list", "", []string{"no JSON object of a vault"}},
		"no data":        {[]string{token}, "kv/data/no-data", "", []string{"without data", "'kv/data/no-data'"}},
		"wrong type":     {[]string{token}, "kv/data/wrong-data-type", "", []string{"without data"}},
		"sign-in page":   {[]string{token}, "kv/data/sign-in", "", []string{"a web page, as for signing in, (HTTP 200)"}},
		"cut off":        {[]string{token}, "kv/data/text", "", []string{"no JSON object"}},
		"two values":     {[]string{token}, "kv/data/twice", "", []string{"no JSON object"}},
		"empty answer":   {[]string{token}, "kv/data/empty", "", []string{"answers nothing (HTTP 200)"}},
		"redirect":       {[]string{token}, "kv/data/elsewhere", "", []string{"a redirect", "standby"}},
		"too much":       {[]string{token}, "kv/data/much", "", []string{"more than a secret can be"}},
		"wrong path":     {[]string{token}, "kv/data/100%", "", []string{"Wrong path 'kv/data/100%'"}},
		"fragment":       {[]string{token}, "kv/data/a#b", "", []string{"Wrong path 'kv/data/a#b'"}},

		"no such key":   {[]string{token, "--map-option=p=%{value_kv/data/o365#Secret}"}, "kv/data/o365", "", []string{"Secret 'kv/data/o365' of vault {vault} has no key 'Secret'"}},
		"no text":       {[]string{token, "--map-option=p=%{value_kv1/plain#deep}"}, "kv1/plain", "", []string{"Key 'deep' of secret 'kv1/plain'", "no text"}},
		"no keys":       {[]string{token, "--map-option=p=%{value_kv1/none}"}, "kv1/none", "", []string{"'kv1/none'", "no keys"}},
		"other path":    {[]string{token, "--map-option=p=%{value_kv1/plain}"}, "kv1/sole", "", []string{"Macro '%{value_kv1/plain}' of --map-option stands for nothing"}},
		"other macro":   {[]string{token, "--map-option=p=%{password}"}, "kv1/sole", "", []string{"Macro '%{password}' of --map-option stands for nothing"}},
		"key and a key": {[]string{token, "--map-option=p=%{key_kv1/plain#user}"}, "kv1/plain", "", []string{"stands for nothing"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			f.login = test.login
			args := append(f.hashicorp("--secret-path="+test.path), test.args...)
			var run vaultRun
			got, err := parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(nil))
			for i, want := range test.want {
				test.want[i] = strings.ReplaceAll(want, "{vault}", f.host+":"+f.port)
			}
			wantFailure(t, err, test.want...)
			if got != nil {
				t.Errorf("both %q and an error", got)
			}
			run.checkHidden(t, err, vaultSecret, goodToken, "annas password", "wrong password", "hvs.")
		})
	}
}

func TestHashicorpLogsInByCertificate(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	key, err := x509.MarshalPKCS8PrivateKey(f.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	writeAt(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	args := f.hashicorp("--auth-method=cert", "--auth-settings=name=poller", "--secret-path=kv1/sole", "--map-option=p=%{value_kv1/sole}")
	var run vaultRun
	_, err = parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(nil))
	wantFailure(t, err, "refuses the login at 'auth/cert/login'")
	args = append(args, "--vault-cert-file="+f.caFile, "--vault-key-file="+keyFile) // the server's own will do
	got, err := parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(nil))
	if err != nil || len(got["p"]) != 1 || got["p"][0] != "only-value" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHashicorpIsInsecureOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	args := f.hashicorp("--vault-ca-file=", "--vault-insecure", "--vault-token="+goodToken, "--secret-path=kv1/sole", "--map-option=p=%{value_kv1/sole}")
	var run vaultRun
	got, err := parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(nil))
	if err != nil || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzVaultAnswer(f *testing.F) {
	vault := newFakeVault(f)
	for _, answer := range vault.answers {
		if len(answer) < 1000 {
			f.Add(200, answer[4:], "value_p#secret")
		}
	}
	f.Add(404, `{"data":{"data":null,"metadata":{"deletion_time":"x"}}}`, "value_p")
	f.Add(403, `{"errors":["a","b"]}`, "key_p")
	f.Fuzz(func(t *testing.T, status int, body, macro string) {
		if status < 200 || status > 599 || strings.ContainsAny(macro, "}") {
			t.Skip("no status of an answer, no macro")
		}
		m := parsed(t, "hashicorpvault", "--vault-address=vault", "--vault-token="+goodToken, "--secret-path=p", "--map-option=x=%{"+macro+"}")
		var run vaultRun
		in := run.input(nil)
		in.Transport = answering(status, body)
		got, err := m.Resolve(t.Context(), in)
		if err == nil {
			if len(got["x"]) != 1 {
				t.Errorf("neither value nor error: %q", got)
			}
			return
		}
		wantFailure(t, err, "")
		if strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("more than a line: %q", err)
		}
		if body := strings.TrimSpace(body); len(body) > 20 && !json.Valid([]byte(body)) && strings.Contains(err.Error(), body) {
			t.Errorf("the error quotes the answer: %v", err)
		}
	})
}

func TestVaultThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	_, _, err := resolve(t, "hashicorpvault", map[string][]string{
		"vault-address": {"127.0.0.1"}, "vault-port": {"1"}, "vault-protocol": {"http"}, "auth-method": {"token"},
		"vault-token": {"hvs.token"}, "secret-path": {"kv/a"},
	}, nil)
	wantFailure(t, err, "The vault cannot be asked: Connection to 127.0.0.1:1 refused")
	if strings.Contains(err.Error(), "proxy") {
		t.Errorf("a proxy would not be asked: %v", err)
	}
}
