package graphapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/secret"
	"github.com/centplugins/centplugins/framework/web"
)

// newManagedIdentity returns one whose environment is given, on a machine whose agent puts its keys in a directory of the test.
func newManagedIdentity(t *testing.T, environment map[string]string) *managedIdentity {
	t.Helper()
	env := &plugin.Env{
		Now: time.Now, Getenv: func(name string) string { return environment[name] }, Log: zerolog.Nop(), Secrets: &secret.Hider{},
	}
	client, err := (&web.Options{}).NewClient(5*time.Second, web.Env{Now: env.Now, Getenv: env.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &managedIdentity{web: client, env: env, resource: "https://graph.example", keys: t.TempDir()}
}

func TestManagedIdentityAsks(t *testing.T) {
	t.Parallel()
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = fmt.Sprint(r.Method, " ", r.RequestURI, " Metadata=", r.Header.Get("Metadata"), " header=", r.Header.Get("X-Identity-Header"))
	}))
	t.Cleanup(server.Close)
	const resource = "resource=https%3A%2F%2Fgraph.example"
	tests := []struct {
		environment    map[string]string
		clientID, want string
	}{
		{
			map[string]string{"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.URL + "/"},
			"",
			"GET /metadata/identity/oauth2/token?api-version=2018-02-01&" + resource + " Metadata=true header=",
		},
		{
			map[string]string{"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.URL},
			"a&b",
			"GET /metadata/identity/oauth2/token?api-version=2018-02-01&client_id=a%26b&" + resource + " Metadata=true header=",
		},
		{
			map[string]string{"IDENTITY_ENDPOINT": server.URL + "/msi/token", "IDENTITY_HEADER": "the-header"},
			"",
			"GET /msi/token?api-version=2019-08-01&" + resource + " Metadata=true header=the-header",
		},
	}
	for _, test := range tests {
		g := newManagedIdentity(t, test.environment)
		g.clientID = test.clientID
		resp, err := g.ask(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestManagedIdentityOfArc(t *testing.T) {
	t.Parallel()
	const key = "key-of-the-agent"
	tests := map[string]struct {
		realm   string // {keys} is the agent's directory
		content string
		want    string
	}{
		"proved":          {"{keys}/a.key", key, ""},
		"quoted":          {`"{keys}/a.key"`, key, ""},
		"elsewhere":       {"/etc/a.key", key, "names a key that is not in"},
		"climbing out":    {"{keys}/../a.key", key, "names a key that is not in"},
		"another kind":    {"{keys}/a.txt", key, "names a key that is not in"},
		"none":            {"", key, "names a key that is not in"},
		"missing":         {"{keys}/b.key", key, "'b.key' of the agent of Azure Arc: no such file"},
		"empty":           {"{keys}/a.key", "", "it holds no key"},
		"too large":       {"{keys}/a.key", strings.Repeat("x", 4097), "it holds no key"},
		"more than a key": {"{keys}/a.key", "a\r\nX: y", "it holds no key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var realm string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Basic "+key {
					return
				}
				w.Header().Set("WWW-Authenticate", "Basic realm="+realm)
				w.WriteHeader(http.StatusUnauthorized)
			}))
			t.Cleanup(server.Close)
			g := newManagedIdentity(t, map[string]string{"IDENTITY_ENDPOINT": server.URL, "IMDS_ENDPOINT": "http://imds.example"})
			realm = strings.ReplaceAll(test.realm, "{keys}", g.keys)
			if err := os.WriteFile(filepath.Join(g.keys, "a.key"), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			resp, err := g.ask(t.Context())
			switch {
			case err == nil && test.want == "":
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("status %d", resp.StatusCode)
				}
			case err == nil:
				resp.Body.Close()
				t.Errorf("no error, want %q", test.want)
			case test.want == "" || !strings.Contains(err.Error(), test.want):
				t.Errorf("error %v, want %q", err, test.want)
			case strings.Contains(err.Error(), key):
				t.Errorf("the key is told: %v", err)
			}
		})
	}
}

func TestManagedIdentityRefuses(t *testing.T) {
	t.Parallel()
	g := newManagedIdentity(t, map[string]string{"IDENTITY_ENDPOINT": "localhost:40342", "IDENTITY_HEADER": "h"})
	if resp, err := g.ask(t.Context()); err == nil || !strings.Contains(err.Error(), "IDENTITY_ENDPOINT") {
		t.Errorf("got %v, %v", resp, err)
	}
	g = newManagedIdentity(t, map[string]string{"IDENTITY_ENDPOINT": "http://localhost:1", "IMDS_ENDPOINT": "http://localhost:1"})
	g.clientID = "one"
	if resp, err := g.ask(t.Context()); err == nil || !strings.Contains(err.Error(), "--client-id") {
		t.Errorf("got %v, %v", resp, err)
	}
	g = newManagedIdentity(t, map[string]string{"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1"})
	if resp, err := g.ask(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "No managed identity can be had on this machine: ") {
		t.Errorf("got %v, %v", resp, err)
	}
}
