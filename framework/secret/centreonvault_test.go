package secret_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/statefile"
)

// Made with openssl: 48 bytes each of key and salt, and the credentials of the fake vault.
const (
	appSecret         = "FvR1I8GadqanNr090BZvi5TpXfVgCgJeTHeMfea97L4zceiX+1Xl66/Tk+6mgQgr"
	centreonSalt      = "NsRklC6+AEkABUvSfh+lDuur9f05Xy79u8arRRSzsEmjMUKRvb1x7MVRvGunUaF6"
	encryptedRoleID   = "y8VL3FX+KeQo1L8Z2+Ru8SWWB/cREaxYFXVFvgFoDJuADomEwNr0BBtWSsp+EcfoNlkPl7mKUe+Y5PmVrcRC5xqYHku5E9DM5VySq235CIfeCDOjuVB7A4JleV/KUKdj"
	encryptedSecretID = "RXNWFt8iB1UFNkMtfILgIilzXHFeT0iFdG0zpLW/i/hzV3PIYOefuZc+natKRzyGxlwY2MHy8b8HLXGI1Kmi3Ykdu/5BZ/eWOixcTnw8k33oPtRyMzMfKJJMzaBEj89N"

	inVault = "secret::hashicorp_vault::kv/data/o365::secret"
)

// centreonFiles are the files that the manager reads, in a directory of their own.
type centreonFiles struct{ dir, config, env, cache string }

// centreon writes a configuration for the fake vault; members override those of a plain one.
func (f *fakeVault) centreon(t testing.TB, members map[string]any) centreonFiles {
	t.Helper()
	dir := t.TempDir()
	files := centreonFiles{dir, filepath.Join(dir, "vault.json"), filepath.Join(dir, ".env"), filepath.Join(dir, "session")}
	config := map[string]any{
		"name": "hashicorp_vault", "url": f.host, "port": json.Number(f.port), "root_path": "centreon",
		"role_id": "the-role-id", "secret_id": "the-secret-id", "salt": centreonSalt,
	}
	maps.Copy(config, members)
	content, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	writeAt(t, files.config, string(content))
	return files
}

func (f *fakeVault) centreonArgs(files centreonFiles, more ...string) []string {
	return append([]string{
		"--vault-config=" + files.config, "--vault-env-file=" + files.env, "--vault-cache=" + files.cache, "--vault-ca-file=" + f.caFile,
	}, more...)
}

func (f *fakeVault) cached(t testing.TB, files centreonFiles) map[string]any {
	t.Helper()
	content, err := os.ReadFile(files.cache)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	return state
}

const (
	centreonLogin = "POST auth/approle/login\n"
	centreonRead  = "GET kv/data/o365"
)

func TestCentreonReplacesInPlace(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	var run vaultRun
	got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(map[string][]string{
		"client-secret": {inVault},
		"client-id":     {"secret::hashicorp_vault::kv/data/o365::id"},
		"tenant":        {"plain"},
		"list":          {"first", "secret::hashicorp_vault::kv1/plain::password", "third", "secret::hashicorp_vault::kv1/plain::user", ""},
		"like-one":      {"secret::hashicorp_vault::kv/data/o365", "secret::hashicorp_vault::a:b::c", " " + inVault, "secret::hashicorp_vault::::x"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"client-secret": {vaultSecret}, "client-id": {"the-id"}, "list": {"first", vaultSecret, "third", "anna", ""},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q", got)
	}
	if f.requests() != centreonLogin+"GET kv/data/o365\nGET kv1/plain" {
		t.Errorf("requests: %s", f.requests())
	}
	run.checkHidden(t, nil, vaultSecret, "the-secret-id", "hvs.")
	for _, s := range []string{vaultSecret, "the-role-id", "the-secret-id"} {
		if run.hidden.Clean(s) != "***" {
			t.Errorf("%s is not registered", s)
		}
	}
	if run.hidden.Clean("first") != "first" {
		t.Error("what was there before is taken for a secret")
	}
}

// Centreon adds the manager to every command, so it must be harmless where the vault is not used.
func TestCentreonReadsNothingNeedlessly(t *testing.T) {
	t.Parallel()
	in := (&vaultRun{}).input(map[string][]string{"tenant": {"contoso"}, "list": {"a", "secret::hashicorp_vault::"}})
	in.ReadFile = func(string) ([]byte, error) { t.Error("a file is read"); return nil, errors.New("never") }
	in.Getenv = func(string) string { t.Error("the environment is read"); return "" }
	got, err := parsed(t, "centreonvault", "--vault-cache=/nonexistent/x", "--vault-ca-file=/nonexistent").Resolve(t.Context(), in)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCentreonCredentials(t *testing.T) {
	t.Parallel()
	encrypted := map[string]any{"role_id": encryptedRoleID, "secret_id": encryptedSecretID}
	with := func(name string, value any) map[string]any {
		members := maps.Clone(encrypted)
		members[name] = value
		return members
	}
	damaged := "A" + encryptedSecretID[1:len(encryptedSecretID)-8] + "AAAAAAAA"
	tests := map[string]struct {
		members  map[string]any
		variable string
		file     string // content of the env file; "-" for none
		want     []string
	}{
		"plain":               {nil, "", "-", nil},
		"plain, no key":       {nil, "", "OTHER=x\nAPP_SECRET=\n", nil},
		"variable":            {encrypted, appSecret, "-", nil},
		"variable first":      {encrypted, appSecret, "APP_SECRET=wrong\n", nil},
		"file":                {encrypted, "", "APP_ENV=prod\r\nAPP_SECRET=" + appSecret + "\r\nAPP_SECRET=other\n", nil},
		"quoted":              {encrypted, "", "APP_SECRET=\"" + appSecret + "\"", nil},
		"first 32 bytes":      {encrypted, appSecret[:44], "-", nil},
		"short key":           {map[string]any{"role_id": "T0EAam2D3DOWJnUu93i8TYMaMTRejXGfs8q3h/uOmEHSIERtXqXiw4KqJTPSkWJJZX/vm9TUGVBvkQfV1PmKu3zAoi8vRbPugz57+52cCRw137a/w8BABAlkWSlqLqoq", "secret_id": "T0EAam2D3DOWJnUu93i8Tc2i4CKVB7Nok4zY9tBCVuNi3WnM68zohwnlMOpTGMe3IODEJM0jMROZqxq74dWtOV26B6TOnTY3cXG7jNcJg0hdaL5yxQTCSewcVK5ipm4K"}, "c2hvcnQga2V5IG9mIDI0IGJ5dGVzISEh", "-", nil},
		"no salt":             {with("salt", ""), appSecret, "-", nil},
		"default port":        {with("port", nil), appSecret, "-", []string{":8100"}}, // null: the default
		"wrong key":           {encrypted, strings.ToLower(appSecret), "-", []string{"Cannot decrypt role_id of '{config}'", "APP_SECRET is another", "central server"}},
		"wrong key, no salt":  {with("salt", ""), strings.ToLower(appSecret), "-", []string{"APP_SECRET is another"}},
		"no key, encrypted":   {encrypted, "", "-", []string{"Cannot decrypt role_id", "no APP_SECRET", "no file '{env}'", "--vault-env-file"}},
		"no key in file":      {encrypted, "", "APP_ENV=prod\n", []string{"Cannot decrypt role_id", "none in file '{env}'"}},
		"no key at all":       {encrypted, "\"\"", "-", []string{"no key in base64"}},
		"other salt":          {with("salt", appSecret), appSecret, "-", []string{"Cannot decrypt role_id", "does not belong to the salt"}},
		"damaged":             {with("secret_id", damaged), appSecret, "-", []string{"Cannot decrypt secret_id", "damaged"}},
		"damaged, no salt":    {map[string]any{"role_id": encryptedRoleID, "secret_id": damaged, "salt": ""}, appSecret, "-", []string{"Cannot decrypt secret_id", "APP_SECRET is another"}},
		"padding":             {map[string]any{"role_id": "4zFQRNb+kpe1pYzkHtdPYnbZ8+wrpsAJjDDQiQHahmfwGj/0LkA7Ml7T9QN+JKD2WEyQDDxL7L58kFQLNb6L7kOw9+dNhtcSBLxKiRRB677erVSxN3Is+tmMdDEj8lsy", "secret_id": encryptedSecretID, "salt": ""}, appSecret, "-", []string{"Cannot decrypt role_id", "APP_SECRET is another"}},
		"no UTF-8":            {map[string]any{"role_id": "gpHhf+2Of73ctDKMxNATa2UkerLpU17meNaRKod8tvGywpGVzWPgg0xxQrksyZvTOluNCwbt/BlOb1YZFNyqEqBo5j2NB3q0ADfIQi30m8SBiiFyE7k2EuUKzXracu8o", "secret_id": encryptedSecretID, "salt": ""}, appSecret, "-", []string{"Cannot decrypt role_id", "APP_SECRET is another"}},
		"control character":   {map[string]any{"role_id": "gpHhf+2Of73ctDKMxNATazPhCU6U1Rau3lSQwO5Gas0qYWeAPr0MCn1WnHF0B0Xo9dTkVAV3FT6JQOeDJ0nUP0shdj0m4On72RgiWUWy4MLBUNJ/pXvneYJURSGZIq48", "secret_id": encryptedSecretID, "salt": ""}, appSecret, "-", []string{"Cannot decrypt role_id", "APP_SECRET is another"}},
		"nothing encrypted":   {map[string]any{"role_id": "gpHhf+2Of73ctDKMxNATa7auGLOkAWBlCnhjOTqBy2G13xldV6CTX0vMf36gORRw09GaGDwBi8ykQg3QEL9neqPbSwypT8onkd5Iie4BXHsvUK4jIOK3FPg6IzoQY388", "secret_id": encryptedSecretID, "salt": ""}, appSecret, "-", []string{"Cannot decrypt role_id", "APP_SECRET is another"}},
		"cut off":             {with("secret_id", encryptedSecretID[:120]), appSecret, "-", []string{"Cannot decrypt secret_id", "cut off"}},
		"not encrypted":       {with("role_id", "the-role-id"), appSecret, "-", []string{"Cannot decrypt role_id", "not encrypted"}},
		"no role":             {with("role_id", nil), appSecret, "-", []string{"Unable to authenticate to the vault: role_id or secret_id is empty.", "'{config}'"}},
		"empty secret":        {with("secret_id", ""), appSecret, "-", []string{"role_id or secret_id is empty"}},
		"object for a secret": {with("secret_id", map[string]any{}), appSecret, "-", []string{"role_id or secret_id is empty"}},
		"wrong secret":        {map[string]any{"secret_id": "wrong-secret"}, "", "-", []string{"refuses the login at 'auth/approle/login' (HTTP 400): invalid credentials", "role_id and secret_id in '{config}'"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			files := f.centreon(t, test.members)
			if test.file != "-" {
				writeAt(t, files.env, test.file)
			}
			run := vaultRun{env: map[string]string{"APP_SECRET": test.variable}}
			in := run.input(map[string][]string{"client-secret": {inVault}})
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), in)
			run.checkHidden(t, err, vaultSecret, "the-secret-id", "wrong-secret", appSecret, encryptedRoleID, encryptedSecretID, damaged, "hvs.")
			if test.want == nil {
				if err != nil || len(got["client-secret"]) != 1 || got["client-secret"][0] != vaultSecret {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			for i, want := range test.want {
				test.want[i] = strings.NewReplacer("{config}", files.config, "{env}", files.env).Replace(want)
			}
			wantFailure(t, err, test.want...)
			if got != nil || strings.Contains(f.requests(), "GET") {
				t.Errorf("got %q, requests %s", got, f.requests())
			}
			if content, _ := os.ReadFile(files.cache); len(content) > 0 {
				t.Errorf("the cache holds %s", content)
			}
		})
	}
}

func TestCentreonConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		content string
		err     error
		want    []string
	}{
		"missing":      {"", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, []string{"File '{config}' could not be found.", "--vault-config"}},
		"not readable": {"", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, []string{"Could not read file '{config}': permission denied"}},
		"empty":        {"", nil, []string{"Cannot decode file '{config}'", "--vault-config"}},
		"no JSON":      {"the-secret-id", nil, []string{"no JSON object"}},
		"no object":    {`["the-secret-id"]`, nil, []string{"no JSON object"}},
		"null":         {`null`, nil, []string{"no JSON object"}},
		"cut off":      {`{"secret_id":"the-secret-id`, nil, []string{"no JSON object"}},
		"two":          {`{} {"secret_id":"the-secret-id"}`, nil, []string{"no JSON object"}},
		"protocol":     {`{"protocol":"ftp"}`, nil, []string{"Wrong protocol 'ftp'", "protocol, url and port in '{config}'"}},
		"url":          {`{"url":"https://vault"}`, nil, []string{"Wrong address 'https://vault'", "'{config}'"}},
		"port":         {`{"port":123456}`, nil, []string{"Wrong port '123456'"}},
		"no role":      {`{}`, nil, []string{"Unable to authenticate to the vault: role_id or secret_id is empty."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			files := f.centreon(t, nil)
			var run vaultRun
			in := run.input(map[string][]string{"client-secret": {inVault}})
			in.ReadFile = func(path string) ([]byte, error) {
				if path == files.config {
					return []byte(test.content), test.err
				}
				return nil, fs.ErrNotExist
			}
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), in)
			for i, want := range test.want {
				test.want[i] = strings.ReplaceAll(want, "{config}", files.config)
			}
			wantFailure(t, err, test.want...)
			run.checkHidden(t, err, "the-secret-id")
			if got != nil || f.requests() != "" {
				t.Errorf("got %q, requests %s", got, f.requests())
			}
		})
	}
}

func TestCentreonSecretFailures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		value string
		want  []string
	}{
		"no such key":    {"secret::hashicorp_vault::kv/data/o365::Secret", []string{"Secret 'kv/data/o365' of vault", "has no key 'Secret'"}},
		"no such secret": {"secret::hashicorp_vault::kv/data/none::a", []string{"has no secret 'kv/data/none' (HTTP 404)"}},
		"deleted":        {"secret::hashicorp_vault::kv/data/deleted::a", []string{"This secret is not valid anymore: 'kv/data/deleted'"}},
		"denied":         {"secret::hashicorp_vault::kv/data/not-yours::a", []string{"refuses to read 'kv/data/not-yours'", "capabilities"}},
		"sealed":         {"secret::hashicorp_vault::kv/data/sealed::a", []string{"is sealed"}},
		"sign-in":        {"secret::hashicorp_vault::kv/data/sign-in::a", []string{"web page"}},
		"key with ::":    {"secret::hashicorp_vault::kv/data/o365::a::b", []string{"has no key 'a::b'"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			files := f.centreon(t, nil)
			var run vaultRun
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(map[string][]string{"p": {test.value}}))
			wantFailure(t, err, test.want...)
			run.checkHidden(t, err, vaultSecret, "the-secret-id")
			if got != nil || strings.Count(f.requests(), "POST") != 1 {
				t.Errorf("got %q, requests %s", got, f.requests())
			}
		})
	}
}

func TestCentreonCertificate(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	values := map[string][]string{"p": {inVault}}
	var run vaultRun
	_, err := parsed(t, "centreonvault", f.centreonArgs(files, "--vault-ca-file=")...).Resolve(t.Context(), run.input(values))
	wantFailure(t, err, "issuer that this machine does not know", "--vault-ca-file")
	if f.requests() != "" {
		t.Errorf("credentials went to a server that nobody vouches for: %s", f.requests())
	}
	if _, err := parsed(t, "centreonvault", f.centreonArgs(files, "--vault-ca-file=", "--vault-insecure")...).Resolve(t.Context(), run.input(values)); err != nil {
		t.Error(err)
	}
}

func TestCentreonCache(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Unix()
	state := func(token string, expires any) string {
		content, _ := json.Marshal(map[string]any{"token": token, "expiration_epoch": expires})
		return string(content)
	}
	tests := map[string]struct {
		content  string // of the cache before; "-" for no file
		login    string // what a login answers
		requests string
		expires  any // in the cache after; nil: as before
	}{
		"none":            {"-", "", centreonLogin + centreonRead, float64(now + 2764800)},
		"empty":           {"", "", centreonLogin + centreonRead, float64(now + 2764800)},
		"holds":           {state(goodToken, now+1), "", centreonRead, nil},
		"holds, as text":  {state(goodToken, fmt.Sprint(now+1)), "", centreonRead, nil},
		"expired":         {state(goodToken, now), "", centreonLogin + centreonRead, float64(now + 2764800)},
		"never":           {state(goodToken, -1), "", centreonLogin + centreonRead, float64(now + 2764800)},
		"no token":        {state("", now+1), "", centreonLogin + centreonRead, float64(now + 2764800)},
		"odd token":       {state("a\nb", now+1), "", centreonLogin + centreonRead, float64(now + 2764800)},
		"no expiry":       {`{"token":"` + goodToken + `"}`, "", centreonLogin + centreonRead, float64(now + 2764800)},
		"damaged":         {`{"token":`, "", centreonLogin + centreonRead, float64(now + 2764800)},
		"refused":         {state("hvs.revoked", now+1000), "", centreonRead + "\n" + centreonLogin + centreonRead, float64(now + 2764800)},
		"no lease":        {"-", `200 {"auth":{"client_token":"` + goodToken + `","lease_duration":0}}`, centreonLogin + centreonRead, -1.0},
		"lease as text":   {"-", `200 {"auth":{"client_token":"` + goodToken + `","lease_duration":"60"}}`, centreonLogin + centreonRead, float64(now + 60)},
		"endless lease":   {"-", `200 {"auth":{"client_token":"` + goodToken + `","lease_duration":9223372036854775807}}`, centreonLogin + centreonRead, float64(now + 1<<31 - 1)},
		"lease that is 0": {"-", `200 {"auth":{"client_token":"` + goodToken + `"}}`, centreonLogin + centreonRead, -1.0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			f.login = test.login
			files := f.centreon(t, nil)
			if test.content != "-" {
				writeAt(t, files.cache, test.content)
			}
			var run vaultRun
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(map[string][]string{"p": {inVault}}))
			if err != nil || len(got["p"]) != 1 || got["p"][0] != vaultSecret {
				t.Fatalf("%q, %v", got, err)
			}
			if f.requests() != test.requests {
				t.Errorf("requests: %s", f.requests())
			}
			run.checkHidden(t, nil, goodToken, "hvs.")
			if test.expires == nil {
				if content, _ := os.ReadFile(files.cache); string(content) != test.content {
					t.Errorf("the cache is now %s", content)
				}
				return
			}
			after := f.cached(t, files)
			token, _ := after["token"].(string)
			if run.hidden.Clean(token) != "***" {
				t.Error("the token is not registered")
			}
			if after["expiration_epoch"] != test.expires || !f.tokens[token] || len(after) != 2 {
				t.Errorf("the cache is now %v", after)
			}
			if info, err := os.Stat(files.cache); err != nil || info.Mode().Perm() != 0o660 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

func TestCentreonRenewsARefusedTokenOnce(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	writeAt(t, files.cache, `{"token":"`+goodToken+`","expiration_epoch":4102444800}`)
	var run vaultRun
	_, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(),
		run.input(map[string][]string{"p": {"secret::hashicorp_vault::kv/data/not-yours::a"}}))
	wantFailure(t, err, "refuses to read 'kv/data/not-yours'")
	if want := "GET kv/data/not-yours\n" + centreonLogin + "GET kv/data/not-yours"; f.requests() != want {
		t.Errorf("requests: %s", f.requests())
	}
}

// The values are there, so the check is worth more than its cache.
func TestCentreonGoesOnWithoutACache(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	files.cache = filepath.Join(files.dir, "nowhere", "session")
	var run vaultRun
	got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(map[string][]string{"p": {inVault}}))
	if err != nil || len(got["p"]) != 1 || got["p"][0] != vaultSecret {
		t.Errorf("%q, %v", got, err)
	}
	if log := strings.Join(run.log, "\n"); !strings.Contains(log, "WARNING: the cache of --vault-cache cannot be used") || !strings.Contains(log, files.cache) {
		t.Errorf("debug: %s", log)
	}
}

func TestCentreonDoesNotWaitForeverForItsCache(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	other, err := (&statefile.Options{Dir: files.dir}).Open(statefile.Env{AddSecret: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := other.Lock(t.Context(), filepath.Base(files.cache))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	var run vaultRun
	values := map[string][]string{"p": {inVault}, "timeout": {"1"}}
	got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(values))
	if err != nil || len(got["p"]) != 1 || !strings.Contains(strings.Join(run.log, "\n"), "another check holds the lock") {
		t.Errorf("%q, %v, %q", got, err, run.log)
	}
}

func TestCentreonEnvFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		members map[string]any
		want    []string
	}{
		"plain":     {nil, nil},
		"encrypted": {map[string]any{"role_id": encryptedRoleID}, []string{"Cannot decrypt role_id", "cannot be read", "--vault-env-file"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeVault(t)
			files := f.centreon(t, test.members)
			var run vaultRun
			in := run.input(map[string][]string{"p": {inVault}})
			in.ReadFile = func(path string) ([]byte, error) {
				if path == files.env {
					return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
				}
				return os.ReadFile(path)
			}
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), in)
			if test.want != nil {
				wantFailure(t, err, test.want...)
			} else if err != nil || len(got["p"]) != 1 {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestCentreonEncryptsItsCache(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	var run vaultRun
	values := map[string][]string{"p": {inVault}, "statefile-key": {"key of the state"}}
	for range 2 {
		if _, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(values)); err != nil {
			t.Fatal(err)
		}
	}
	if f.requests() != centreonLogin+centreonRead+"\n"+centreonRead {
		t.Errorf("requests: %s", f.requests())
	}
	if after := f.cached(t, files); after["encrypted"] != 1.0 || after["token"] != nil {
		t.Errorf("the cache is %v", after)
	}
}

func TestCentreonChecksAtOnceLogInOnce(t *testing.T) {
	t.Parallel()
	f := newFakeVault(t)
	files := f.centreon(t, nil)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			var run vaultRun
			got, err := parsed(t, "centreonvault", f.centreonArgs(files)...).Resolve(t.Context(), run.input(map[string][]string{"p": {inVault}}))
			if err != nil || len(got["p"]) != 1 || got["p"][0] != vaultSecret {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if strings.Count(f.requests(), "POST") != 1 || strings.Count(f.requests(), "GET") != 12 {
		t.Errorf("requests: %s", f.requests())
	}
	entries, err := os.ReadDir(files.dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func FuzzCentreonVault(f *testing.F) {
	vault := newFakeVault(f)
	config := func(role, secret, salt string) string {
		content, _ := json.Marshal(map[string]any{"role_id": role, "secret_id": secret, "salt": salt, "port": 8200})
		return string(content)
	}
	f.Add(config("a role", "a secret", ""), "", "")
	f.Add(config(encryptedRoleID, encryptedSecretID, centreonSalt), "APP_SECRET="+appSecret+"\n", `{"token":"a","expiration_epoch":"4102444800"}`)
	f.Add(config(encryptedRoleID, encryptedSecretID[:128], ""), "APP_SECRET=QUFB\n", `{"token":1}`)
	f.Add(`{"url":"::1","port":"x"}`, "APP_SECRET=\x00", `{`)
	files := vault.centreon(f, nil)
	f.Fuzz(func(t *testing.T, config, env, cache string) {
		writeAt(t, files.cache, cache)
		var run vaultRun
		in := run.input(map[string][]string{"p": {inVault}})
		in.ReadFile = func(path string) ([]byte, error) {
			if path == files.config {
				return []byte(config), nil
			}
			return []byte(env), nil
		}
		in.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				sent, err := io.ReadAll(r.Body)
				if err != nil || !json.Valid(sent) {
					t.Errorf("garbage is sent: %q, %v", sent, err)
				}
				return answering(200, `{"auth":{"client_token":"`+goodToken+`"}}`).RoundTrip(r)
			}
			return answering(200, `{"data":{"secret":"found"}}`).RoundTrip(r)
		})
		got, err := parsed(t, "centreonvault", vault.centreonArgs(files)...).Resolve(t.Context(), in)
		if err != nil {
			wantFailure(t, err, "")
			return
		}
		if !slices.Equal(got["p"], []string{"found"}) {
			t.Errorf("got %q", got)
		}
	})
}
