package secret_test

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/secret"
)

const (
	goodToken   = "hvs.a-token-of-the-vault"
	vaultSecret = "S3cret-of-the-vault"
)

// fakeVault answers as the API documentation of Vault says, over TLS.
type fakeVault struct {
	*httptest.Server
	host, port string
	caFile     string

	mu       sync.Mutex
	tokens   map[string]bool
	answers  map[string]string // by path with query: the status, a blank, the body
	accounts map[string]string // credentials, as JSON with sorted keys, by path of the login
	login    string            // what a login answers beside the token; empty: the usual
	seen     []string          // METHOD path [namespace]
}

func newFakeVault(t testing.TB) *fakeVault {
	t.Helper()
	f := &fakeVault{
		tokens: map[string]bool{goodToken: true},
		answers: map[string]string{
			"kv1/plain":                   `200 {"data":{"password":"` + vaultSecret + `","port":8443,"user":"anna","on":true,"deep":{"a":1}}}`,
			"kv1/sole":                    `200 {"data":{"only-key":"only-value"}}`,
			"kv1/none":                    `200 {"data":{}}`,
			"kv1/two%20words/%25":         `200 {"data":{"k":"escaped"}}`,
			"kv/data/o365":                `200 {"data":{"data":{"id":"the-id","secret":"` + vaultSecret + `"},"metadata":{"deletion_time":"","destroyed":false,"version":3}}}`,
			"kv/data/o365?version=2":      `200 {"data":{"data":{"secret":"older-secret"},"metadata":{"deletion_time":"","destroyed":false,"version":2}}}`,
			"kv/data/later":               `200 {"data":{"data":{"secret":"for-some-time"},"metadata":{"deletion_time":"2027-01-01T00:00:00Z","destroyed":false}}}`,
			"kv/data/late":                `200 {"data":{"data":{"secret":"for-no-time"},"metadata":{"deletion_time":"2026-01-01T00:00:00Z","destroyed":false}}}`,
			"kv/data/deleted":             `404 {"data":{"data":null,"metadata":{"deletion_time":"2026-11-20T10:00:00.123456Z","destroyed":false,"version":1}}}`,
			"kv/data/just-now":            `404 {"data":{"data":null,"metadata":{"deletion_time":"2026-11-23T12:00:03Z","destroyed":false}}}`,
			"kv/data/destroyed":           `404 {"data":{"data":null,"metadata":{"deletion_time":"","destroyed":true,"version":1}}}`,
			"kv/o365":                     `404 {"errors":null,"warnings":["Invalid path for a versioned K/V secrets engine."]}`,
			"kv/data/not-yours":           `403 {"errors":["1 error occurred:\n\t* permission denied\n\n"]}`,
			"kv/data/not-yours?version=2": `403 {"errors":["permission denied"]}`,
			"kv/data/sealed":              `503 {"errors":["Vault is sealed"]}`,
			"kv/data/broken":              `500 {"errors":["internal error"]}`,
			"kv/data/list":                `200 {"data":["` + vaultSecret + `"]}`,
			"kv/data/no-data":             `200 {"data":null}`,
			"kv/data/sign-in":             "200 <html><title>Sign in</title>" + vaultSecret,
			"kv/data/text":                `200 {"data":{"data":{"a":"` + vaultSecret,
			"kv/data/twice":               `200 {"data":{"a":"b"}} {"data":{"a":"` + vaultSecret + `"}}`,
			"kv/data/empty":               "200 ",
			"kv/data/elsewhere":           "307 ",
			"kv/data/much":                `200 {"data":{"a":"` + strings.Repeat("m", 3<<20) + `"}}`,
			"kv/data/wrong-data-type":     `200 {"data":{"data":"x","metadata":{"deletion_time":""}}}`,
		},
		accounts: map[string]string{
			"approle/login":         `{"role_id":"the-role-id","secret_id":"the-secret-id"}`,
			"bare/login":            `{"role_id":"the-role-id"}`,
			"userpass/login/anna":   `{"password":"annas password","username":"anna"}`,
			"Corp/ldap/login/a%2Fb": `{"password":"annas password","username":"a/b"}`,
			"okta/login/anna":       `{"password":"annas password","totp":"123456","username":"anna"}`,
			"radius/login/anna":     `{"password":"annas password","username":"anna"}`,
			"cert/login":            `{"name":"poller"}`,
			"github/login":          `{"token":"github-token"}`,
			"azure/login":           `{"jwt":"a.j.wt","role":"poller"}`,
		},
	}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that turn away are what some tests are about
	f.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	f.StartTLS()
	t.Cleanup(f.Close)
	at, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.host, f.port = at.Hostname(), at.Port()
	f.caFile = filepath.Join(t.TempDir(), "ca.pem")
	writeAt(t, f.caFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})))
	return f
}

func (f *fakeVault) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/v1/")
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	line := r.Method + " " + path
	if namespace := r.Header.Get("X-Vault-Namespace"); namespace != "" {
		line += " in " + namespace
	}
	f.seen = append(f.seen, line)
	answer := f.answer(r, path)
	status, body, _ := strings.Cut(answer, " ")
	w.Header().Set("Content-Type", "application/json")
	var code int
	fmt.Sscan(status, &code)
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "9999") // nobody waits that long: the tests are not to wait for the retries
	}
	w.WriteHeader(code)
	io.WriteString(w, body)
}

func (f *fakeVault) answer(r *http.Request, path string) string {
	if login, ok := strings.CutPrefix(path, "auth/"); ok && r.Method == http.MethodPost {
		var sent map[string]string
		if r.Header.Get("X-Vault-Token") != "" || json.NewDecoder(r.Body).Decode(&sent) != nil {
			return `400 {"errors":["failed to parse JSON input"]}`
		}
		account, known := f.accounts[login]
		got, _ := json.Marshal(sent)
		switch {
		case !known:
			return `404 {"errors":["no handler for route \"auth/` + login + `\". route entry not found."]}`
		case string(got) != account, login == "cert/login" && len(r.TLS.PeerCertificates) == 0:
			return `400 {"errors":["invalid credentials ` + sent["password"] + sent["secret_id"] + `"]}`
		case f.login != "":
			return f.login
		}
		token := fmt.Sprintf("hvs.token-of-login-%d", len(f.seen))
		f.tokens[token] = true
		return `200 {"lease_duration":0,"data":null,"auth":{"client_token":"` + token + `","lease_duration":2764800,"renewable":true}}`
	}
	if r.Header.Get("X-Vault-Request") != "true" {
		return `400 {"errors":["missing 'X-Vault-Request' header"]}`
	}
	if !f.tokens[r.Header.Get("X-Vault-Token")] {
		return `403 {"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}`
	}
	if answer, ok := f.answers[path]; ok {
		return answer
	}
	return `404 {"errors":[]}`
}

func (f *fakeVault) requests() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.seen, "\n")
}

// vaultRun is what the tests look at after a manager has run.
type vaultRun struct {
	mu     sync.Mutex
	hidden secret.Hider
	log    []string
	env    map[string]string
}

func (r *vaultRun) input(values map[string][]string) secret.Input {
	return secret.Input{
		Now:       func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		Getenv:    func(name string) string { return r.env[name] },
		ReadFile:  os.ReadFile,
		Value:     func(option string) string { return strings.Join(values[option], "") },
		Values:    values,
		AddSecret: r.hidden.Add,
		Debug: func(line string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.log = append(r.log, line)
		},
	}
}

// checkHidden fails if a text that may be printed holds one of the secrets that it must not hold.
func (r *vaultRun) checkHidden(t *testing.T, err error, secrets ...string) {
	t.Helper()
	text := strings.Join(r.log, "\n")
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("the debug output tells %s: %s", s, text)
		}
		if err != nil && strings.Contains(r.hidden.Clean(err.Error()), s) {
			t.Errorf("the error tells %s: %v", s, err)
		}
	}
}

// parsed returns a password manager with its options read from args.
func parsed(t testing.TB, name string, args ...string) secret.Manager {
	t.Helper()
	m, err := secret.NewManager(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := option.New(m.Sets()...)
	if err != nil {
		t.Fatal(err)
	}
	split := argv.Split(args, p.Lookup)
	if len(split.Rest) > 0 {
		t.Fatalf("not understood: %q", split.Rest)
	}
	if err := p.Parse(split.Words); err != nil {
		t.Fatal(err)
	}
	return m
}

func writeAt(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// roundTripper answers requests without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Retry-After": {"9999"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
		}, nil
	})
}
