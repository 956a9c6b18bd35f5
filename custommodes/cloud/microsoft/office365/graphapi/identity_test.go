package graphapi_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi"
	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
)

// connect opens the custom mode with these options.
func connect(t *testing.T, env *plugin.Env, args ...string) (*graphapi.Client, error) {
	t.Helper()
	connector := graphapi.CustomMode(func(c *graphapi.Client) *graphapi.Client { return c }).New()
	parser, err := option.New(connector.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(argv.Split(args, parser.Lookup).Words); err != nil {
		t.Fatal(err)
	}
	if err := connector.Validate(env); err != nil {
		return nil, err
	}
	return connector.Open(context.Background(), env)
}

// login is a login service, and a Graph with one empty collection; forms gets what asks for tokens.
func login(t *testing.T, forms chan<- url.Values) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1.0/things" {
			_, _ = io.WriteString(w, `{"value":[]}`)
			return
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		forms <- r.Form
		_, _ = io.WriteString(w, `{"access_token":"token-of-the-test","expires_in":3599}`)
	}))
	t.Cleanup(server.Close)
	return server
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestCredentials holds which credential is sent, from where, and beside which fingerprint the token is kept.
func TestCredentials(t *testing.T) {
	t.Parallel()
	pem, err := os.ReadFile("testdata/app.pem")
	if err != nil {
		t.Fatal(err)
	}
	certificate, encrypted := write(t, "app.pem", string(pem)), filepath.Join("testdata", "encrypted.pem")
	token := write(t, "token", "eyJhbGciOiJub25lIn0.e30.c2ln\n")
	const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	secret := url.Values{"client_secret": {"the-secret"}}
	signed := url.Values{"client_assertion_type": {assertionType}}
	federated := url.Values{"client_assertion_type": {assertionType}, "client_assertion": {"eyJhbGciOiJub25lIn0.e30.c2ln"}}
	thumbprint := "certificate " + thumbprintOfTest
	tests := []struct {
		name        string
		args        []string
		environment map[string]string
		stdin       string
		want        url.Values // beside what each request holds
		fingerprint string
	}{
		{"option", []string{"--client-secret=the-secret"}, nil, "", secret, "the-secret"},
		{
			"option before environment",
			[]string{"--client-secret=the-secret"},
			map[string]string{"OFFICE365_CLIENT_SECRET": "other", "OFFICE365_TENANT": "other", "AZURE_CLIENT_ID": "other"},
			"", secret, "the-secret",
		},
		{"file", []string{"--client-secret-file=" + write(t, "s", "the-secret\r\n")}, nil, "", secret, "the-secret"},
		{"standard input", []string{"--client-secret=-"}, nil, "the-secret\nmore\n", secret, "the-secret"},
		{"standard input without a line feed", []string{"--client-secret", "-"}, nil, "the-secret", secret, "the-secret"},
		{"environment", nil, map[string]string{"OFFICE365_CLIENT_SECRET": "the-secret", "AZURE_CLIENT_SECRET": "other"}, "", secret, "the-secret"},
		{"environment of Azure", nil, map[string]string{"AZURE_CLIENT_SECRET": "the-secret", "AZURE_FEDERATED_TOKEN_FILE": "/none"}, "", secret, "the-secret"},
		{"certificate", []string{"--client-certificate=" + certificate}, nil, "", signed, thumbprint},
		{"certificate in the environment", nil, map[string]string{"OFFICE365_CLIENT_CERTIFICATE": certificate, "AZURE_CLIENT_SECRET": "x"}, "", signed, thumbprint},
		{"certificate in the environment of Azure", nil, map[string]string{"AZURE_CLIENT_CERTIFICATE_PATH": certificate}, "", signed, thumbprint},
		{"password option", []string{"--client-certificate=" + encrypted, "--client-certificate-password=open-sesame"}, nil, "", signed, thumbprint},
		{
			"password file",
			[]string{"--client-certificate=" + encrypted, "--client-certificate-password-file=" + write(t, "p", "open-sesame\n")},
			map[string]string{"AZURE_CLIENT_CERTIFICATE_PASSWORD": "other"},
			"", signed, thumbprint,
		},
		{"password from standard input", []string{"--client-certificate=" + encrypted, "--client-certificate-password=-"}, nil, "open-sesame\n", signed, thumbprint},
		{
			"password in the environment",
			[]string{"--client-certificate=" + encrypted},
			map[string]string{"OFFICE365_CLIENT_CERTIFICATE_PASSWORD": "open-sesame", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "other"},
			"", signed, thumbprint,
		},
		{
			"password in the environment of Azure", nil,
			map[string]string{"AZURE_CLIENT_CERTIFICATE_PATH": encrypted, "AZURE_CLIENT_CERTIFICATE_PASSWORD": "open-sesame"},
			"", signed, thumbprint,
		},
		{"federated token", []string{"--federated-token-file=" + token}, nil, "", federated, "federated token " + token},
		{"federated token in the environment", nil, map[string]string{"AZURE_FEDERATED_TOKEN_FILE": token}, "", federated, "federated token " + token},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			forms := make(chan url.Values, 1)
			server, dir := login(t, forms), t.TempDir()
			env := testEnv()
			env.Getenv = func(name string) string { return test.environment[name] }
			env.Stdin = strings.NewReader(test.stdin)
			client, err := connect(t, env, append([]string{
				"--tenant=tenant", "--client-id=client", "--login-endpoint=" + server.URL, "--graph-endpoint=" + server.URL, "--statefile-dir=" + dir,
			}, test.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Collection(t.Context(), "/v1.0/things", "P", func(json.RawMessage) error { return nil }); err != nil {
				t.Fatal(err)
			}
			got := <-forms
			want := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "scope": {server.URL + "/.default"}}
			maps.Copy(want, test.want)
			if text := got.Get("client_assertion"); want.Has("client_assertion_type") && !want.Has("client_assertion") {
				wantAssertion(t, text, server.URL+"/tenant/oauth2/v2.0/token")
				got.Del("client_assertion")
			}
			if got.Encode() != want.Encode() {
				t.Errorf("asked with %s, want %s", got.Encode(), want.Encode())
			}
			content, err := os.ReadFile(filepath.Join(dir, "office365_graphapi_"+md5Hex("tenant")+"_"+md5Hex("client")))
			if err != nil || !strings.Contains(string(content), `"md5_secret":"`+md5Hex(test.fingerprint)+`"`) {
				t.Errorf("state %s, %v, want the fingerprint of %q", content, err, test.fingerprint)
			}
		})
	}
}

// thumbprintOfTest is that of testdata/app.pem, as openssl prints it without colons.
const thumbprintOfTest = "55664D5F81862952652AC17B77F55B6061930BD2"

func wantAssertion(t *testing.T, text, audience string) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("no assertion: %q", text)
	}
	claims := decodeSegment(t, parts[1])
	if claims["aud"] != audience || claims["iss"] != "client" || claims["sub"] != "client" {
		t.Errorf("claims %v", claims)
	}
	if header := decodeSegment(t, parts[0]); header["alg"] != "PS256" {
		t.Errorf("header %v", header)
	}
}

func decodeSegment(t *testing.T, segment string) (members map[string]any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	if err != nil {
		t.Fatal(err)
	}
	return members
}

func TestCredentialRefusals(t *testing.T) {
	t.Parallel()
	open := write(t, "open", "the-secret")
	if err := os.Chmod(open, 0o604); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	certificate := write(t, "app.pem", "no certificate")
	tests := []struct {
		args  string
		stdin io.Reader
		want  []string
	}{
		{"--client-secret-file=" + open, nil, []string{"--client-secret-file", open, "chmod"}},
		{"--client-secret-file=/not/there", nil, []string{"--client-secret-file", "/not/there", "no such file"}},
		{"--client-secret-file=" + write(t, "empty", "\n"), nil, []string{"--client-secret-file", "empty"}},
		{"--client-secret=-", nil, []string{"--client-secret", "Standard input has no line"}},
		{"--client-secret=-", strings.NewReader("\n"), []string{"--client-secret", "Standard input has no line"}},
		{"--client-secret=-", brokenReader{}, []string{"--client-secret", "standard input", "broken"}},
		{"--client-secret=- --client-certificate-password=-", strings.NewReader("a\nb\n"), []string{"Only one secret"}},
		{"--client-secret=s --client-secret-file=f", nil, []string{"--client-secret and --client-secret-file", "two"}},
		{"--federated-token-file=t --managed-identity", nil, []string{"--federated-token-file and --managed-identity"}},
		{"--client-certificate=/not/there", nil, []string{"--client-certificate", "/not/there", "no such file"}},
		{"--client-certificate=" + t.TempDir(), nil, []string{"--client-certificate", "is a directory"}},
		{"--client-certificate=" + pipe, nil, []string{"--client-certificate", "not a regular file"}},
		{"--client-certificate=" + certificate, nil, []string{certificate}},
		{"--client-certificate=" + certificate + " --client-certificate-algorithm=HS256", nil, []string{"--client-certificate-algorithm", "HS256", "RS256"}},
		{"--client-certificate=c --client-certificate-password=p --client-certificate-password-file=f", nil, []string{"two passwords"}},
		{"--client-secret=s --cloud=mars", nil, []string{"--cloud", "mars", "gcc-high"}},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			env := testEnv()
			if test.stdin != nil {
				env.Stdin = test.stdin
			}
			_, err := connect(t, env, append([]string{"--tenant=tenant", "--client-id=client"}, strings.Fields(test.args)...)...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestFederatedTokenIsReadWhenNeeded(t *testing.T) {
	t.Parallel()
	forms := make(chan url.Values, 2)
	server := login(t, forms)
	path := write(t, "token", "a b")
	client, err := connect(t, testEnv(), "--tenant=tenant", "--client-id=client", "--login-endpoint="+server.URL, "--graph-endpoint="+server.URL,
		"--statefile-dir="+t.TempDir(), "--federated-token-file="+path)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		return client.Collection(t.Context(), "/v1.0/things", "P", func(json.RawMessage) error { return nil })
	}
	if err := ask(); err == nil || !strings.Contains(err.Error(), "holds no token") || strings.Contains(err.Error(), "a b") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte("renewed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil {
		t.Error(err)
	}
	if got := (<-forms).Get("client_assertion"); got != "renewed" {
		t.Errorf("sent %q", got)
	}
}

// TestClouds holds where each cloud is asked.
func TestClouds(t *testing.T) {
	t.Parallel()
	const global, authority = "login.microsoftonline.com", "https://login.example/"
	tests := []struct {
		args        string
		authority   string
		login, root string
	}{
		{"", "", global, "graph.microsoft.com"},
		{"--cloud=global", authority, global, "graph.microsoft.com"},
		{"", authority, "login.example", "graph.microsoft.com"},
		{"--login-endpoint=https://own.example", authority, "own.example", "graph.microsoft.com"},
		{"--cloud=gcc-high", "", "login.microsoftonline.us", "graph.microsoft.us"},
		{"--cloud=dod", "", "login.microsoftonline.us", "dod-graph.microsoft.us"},
		{"--cloud=china", "", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"},
		{"--cloud=china --graph-endpoint=https://own.example", "", "login.chinacloudapi.cn", "own.example"},
	}
	for _, test := range tests {
		env := testEnv()
		env.Getenv = func(name string) string { return map[string]string{"AZURE_AUTHORITY_HOST": test.authority}[name] }
		seen := &hosts{}
		env.Transport = seen
		client, err := connect(t, env, append([]string{"--tenant=t", "--client-id=c", "--client-secret=s", "--statefile-dir=" + t.TempDir()},
			strings.Fields(test.args)...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Collection(t.Context(), "/v1.0/things", "P", func(json.RawMessage) error { return nil }); err != nil {
			t.Error(err)
		}
		if want := []string{test.login + " https://" + test.root + "/.default", test.root}; !slices.Equal(seen.asked, want) {
			t.Errorf("%s: asked %v, want %v", test.args, seen.asked, want)
		}
	}
}

func TestEndpointThatIsNoURL(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--login-endpoint=login.example": "Wrong --login-endpoint option: give a URL such as https://login.microsoftonline.com",
		"--graph-endpoint=graph.example": "Wrong --graph-endpoint option: give a URL such as https://graph.microsoft.com",
	} {
		_, err := connect(t, testEnv(), "--tenant=t", "--client-id=c", "--client-secret=s", "--statefile-dir="+t.TempDir(), args)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// hosts answers like login service and Graph, and keeps who was asked, and for which scope.
type hosts struct{ asked []string }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	line, body := r.URL.Host, `{"value":[]}`
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		line, body = line+" "+r.PostForm.Get("scope"), `{"access_token":"x","expires_in":3599}`
	}
	h.asked = append(h.asked, line)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }
