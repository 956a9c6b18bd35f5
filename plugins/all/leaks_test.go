package all_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A way of giving a credential to a check. In args, environment and files, {server} is a server that plays login service,
// Graph, identity service and proxy, and {files} the directory of the files.
type way struct {
	name        string
	args        []string
	environment []string
	stdin       string
	files       map[string]string
	secrets     []string // what must show nowhere, beside tokens and assertions
	uses        string   // the secret that the check sends, where it is not one of its own making
	sealed      bool     // the state is encrypted: the token does not show there either
}

func ways(t *testing.T) []way {
	t.Helper()
	encrypted, err := os.ReadFile("../../custommodes/cloud/microsoft/office365/graphapi/testdata/encrypted.pem")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile("../../custommodes/cloud/microsoft/office365/graphapi/testdata/app.pem")
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(string(plain), "PRIVATE KEY-----\n")
	keyLine, _, _ := strings.Cut(key, "\n")
	application := []string{"--tenant=t", "--client-id=c"}
	with := func(args ...string) []string { return append(args, application...) }
	const password, jwt = "open-sesame", "eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl"
	return []way{
		{name: "secret file", args: with("--client-secret-file={files}/secret"), files: map[string]string{"secret": secretValue}, secrets: []string{secretValue}, uses: secretValue},
		{
			name:        "environment",
			environment: []string{"OFFICE365_TENANT=t", "OFFICE365_CLIENT_ID=c", "OFFICE365_CLIENT_SECRET=" + secretValue},
			secrets:     []string{secretValue}, uses: secretValue,
		},
		{
			name:        "environment of Azure",
			environment: []string{"AZURE_TENANT_ID=t", "AZURE_CLIENT_ID=c", "AZURE_CLIENT_SECRET=" + secretValue},
			secrets:     []string{secretValue}, uses: secretValue,
		},
		{name: "standard input", args: with("--client-secret=-"), stdin: secretValue + "\n", secrets: []string{secretValue}, uses: secretValue},
		{name: "certificate", args: with("--client-certificate={files}/app.pem"), files: map[string]string{"app.pem": string(plain)}, secrets: []string{keyLine}},
		{
			name:  "password of a certificate from a file",
			args:  with("--client-certificate={files}/app.pem", "--client-certificate-password-file={files}/password"),
			files: map[string]string{"app.pem": string(encrypted), "password": password}, secrets: []string{password, keyLine},
		},
		{
			name:  "password of a certificate from the environment",
			args:  with("--client-certificate={files}/app.pem"),
			files: map[string]string{"app.pem": string(encrypted)}, environment: []string{"OFFICE365_CLIENT_CERTIFICATE_PASSWORD=" + password},
			secrets: []string{password, keyLine},
		},
		{
			name:  "password of a certificate from standard input",
			args:  with("--client-certificate={files}/app.pem", "--client-certificate-password=-"),
			files: map[string]string{"app.pem": string(encrypted)}, stdin: password + "\n", secrets: []string{password, keyLine},
		},
		{name: "federated token", args: with("--federated-token-file={files}/token"), files: map[string]string{"token": jwt}, secrets: []string{jwt}, uses: jwt},
		{
			name: "federated token from the environment", files: map[string]string{"token": jwt}, secrets: []string{jwt},
			environment: []string{"AZURE_TENANT_ID=t", "AZURE_CLIENT_ID=c", "AZURE_FEDERATED_TOKEN_FILE={files}/token"}, uses: jwt,
		},
		{name: "managed identity", args: []string{"--managed-identity"}, environment: []string{"AZURE_POD_IDENTITY_AUTHORITY_HOST={server}"}},
		{
			name: "managed identity of App Service", args: []string{"--managed-identity"}, secrets: []string{secretValue}, uses: secretValue,
			environment: []string{"IDENTITY_ENDPOINT={server}/msi/token", "IDENTITY_HEADER=" + secretValue},
		},
		{
			name:        "password manager environment",
			args:        with("--pass-manager=environment", "--environment-map-option=client-secret=MINE", "--environment-map-option=statefile-key=KEY"),
			environment: []string{"MINE=" + secretValue, "KEY=key-of-16-bytes-"}, secrets: []string{secretValue, "key-of-16-bytes-"},
			uses: secretValue, sealed: true,
		},
		{
			name:  "password manager file",
			args:  with("--pass-manager=file", "--secret-file={files}/s.json", "--secret-search-value=it=$..pw", "--secret-map-option=client-secret=%{it}"),
			files: map[string]string{"s.json": `{"a":[{"pw":"` + secretValue + `"}]}`}, secrets: []string{secretValue},
		},
		{
			name:        "password of a proxy",
			args:        with("--client-secret-file={files}/secret", "--pass-manager=environment", "--environment-map-option=proxyurl=PROXY"),
			environment: []string{"PROXY=http://joe:password%20of%20the%20proxy@{host}"}, files: map[string]string{"secret": secretValue},
			secrets: []string{secretValue, "password of the proxy"}, uses: "password of the proxy",
		},
		{
			name: "password manager hashicorpvault",
			args: with("--pass-manager=hashicorpvault", "--vault-address=127.0.0.1", "--vault-port={port}", "--auth-method=userpass",
				"--auth-settings=username=poller", "--auth-settings-file=password={files}/password", "--secret-path=kv/data/o365",
				"--map-option=client-secret=%{value_kv/data/o365#secret}"),
			files: map[string]string{"password": password}, secrets: []string{secretValue, password}, uses: secretValue,
		},
		{
			name: "token of a vault from the environment",
			args: with("--pass-manager=hashicorpvault", "--vault-address=127.0.0.1", "--vault-port={port}", "--secret-path=kv/data/o365",
				"--map-option=client-secret=%{value_kv/data/o365#secret}"),
			environment: []string{"VAULT_TOKEN=" + vaultToken}, secrets: []string{secretValue}, uses: vaultToken,
		},
		{
			name: "password manager centreonvault",
			args: with("--pass-manager=centreonvault", "--client-secret=secret::hashicorp_vault::kv/data/o365::secret",
				"--vault-config={files}/vault.json", "--vault-env-file=/dev/null", "--vault-cache={files}/session"),
			files:   map[string]string{"vault.json": `{"protocol":"http","url":"127.0.0.1","port":"{port}","role_id":"role-of-poller","secret_id":"` + password + `"}`},
			secrets: []string{secretValue, password}, uses: secretValue,
		},
		{
			name: "password manager teampass",
			args: with("--pass-manager=teampass", "--teampass-api-address={server}/teampass", "--teampass-api-request=/items",
				"--teampass-search-value=it=$.[?($_->{label} =~ /o365/)].pw", "--teampass-map-option=client-secret=%{it}"),
			environment: []string{"TEAMPASS_API_KEY=" + password}, secrets: []string{secretValue, password}, uses: password,
		},
		{
			name: "password manager keepass",
			args: with("--pass-manager=keepass", "--keepass-file=../../framework/secret/kdbx/testdata/argon2d.kdbx", "--keepass-password-file={files}/master",
				"--keepass-search-value=it=$..entries.[?($_->{title} eq 'Router')].password", "--keepass-map-option=client-secret=%{it}"),
			files: map[string]string{"master": "hidden-master"}, secrets: []string{"hidden-master", "hidden-newer"}, uses: "hidden-newer",
		},
	}
}

// testLeaks looks for secrets in all that a check leaves to be seen: the command lines of it and of its children, the
// environments of its children, its output with all debugging on, its state and its temporary files.
func testLeaks(t *testing.T, binary string) {
	t.Helper()
	for _, w := range ways(t) {
		for _, backend := range []string{"lwp", "curl"} {
			t.Run(w.name+"/"+backend, func(t *testing.T) {
				t.Parallel()
				w.run(t, binary, backend)
			})
		}
	}
}

func (w way) run(t *testing.T, binary, backend string) {
	t.Helper()
	world := newWorld(t)
	files, state, temporary := t.TempDir(), t.TempDir(), t.TempDir()
	fill := strings.NewReplacer("{server}", world.URL, "{host}", strings.TrimPrefix(world.URL, "http://"),
		"{port}", world.URL[strings.LastIndex(world.URL, ":")+1:], "{files}", files).Replace
	for name, content := range w.files {
		if err := os.WriteFile(filepath.Join(files, name), []byte(fill(content)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{
		"--plugin=cloud::microsoft::office365::exchange::plugin", "--mode=email-activity", "--debug", "--verbose", "--show-password",
		"--http-backend=" + backend, "--statefile-dir=" + state, "--login-endpoint=" + world.URL, "--graph-endpoint=" + world.URL, "--timeout=60",
	}
	for _, arg := range w.args {
		args = append(args, fill(arg))
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + temporary}
	for _, variable := range w.environment {
		cmd.Env = append(cmd.Env, fill(variable))
	}
	cmd.Stdin = strings.NewReader(w.stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	seen := map[string][]byte{}
	children, going := 0, true
	for going {
		select {
		case <-world.asked:
			children += look(t, cmd.Process.Pid, seen)
			lookInto(t, "temporary file", temporary, seen)
			world.goOn <- struct{}{}
		case err := <-ended:
			if going = false; err != nil {
				t.Errorf("%v: %s", err, out.String())
			}
		case <-time.After(30 * time.Second):
			t.Fatal("it does not end")
		}
	}
	if backend == "curl" && children == 0 {
		t.Error("the curl program was not among the children")
	}
	seen["output"] = out.Bytes()
	lookInto(t, "temporary file", temporary, seen)
	hidden := append(world.sent(), w.secrets...)
	wantNone(t, seen, append(hidden, tokenOfTest, vaultToken))
	inState := map[string][]byte{}
	lookInto(t, "state", state, inState)
	if len(inState) == 0 {
		t.Error("no state is kept")
	}
	if w.sealed {
		hidden = append(hidden, tokenOfTest)
	}
	wantNone(t, inState, hidden)
	if w.uses != "" && !strings.Contains(world.all(), w.uses) {
		t.Errorf("%q was not sent", w.uses)
	}
}

// look reads the command lines of a process and its descendants, and the environments of the descendants, and counts these.
func look(t *testing.T, pid int, seen map[string][]byte) int {
	t.Helper()
	found := descendants(t, pid)
	for _, p := range append(found, pid) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		if err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprintf("command line of %d", p)] = line
	}
	for _, p := range found {
		environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p))
		if err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprintf("environment of child %d", p)] = environment
	}
	return len(found)
}

// descendants lists the children of a process, theirs, and so on.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		var child, parent int
		var status string
		_, rest, _ := strings.Cut(string(stat), ") ")
		_, errParent := fmt.Sscan(rest, &status, &parent)
		if _, err := fmt.Sscan(string(stat), &child); err == nil && errParent == nil && status != "Z" {
			children[parent] = append(children[parent], child)
		}
	}
	found := children[pid]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

func lookInto(t *testing.T, what, dir string, seen map[string][]byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		seen[what+" "+path] = append([]byte(path+"\n"), content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantNone fails where a text holds a secret, as it is or encoded.
func wantNone(t *testing.T, texts map[string][]byte, secrets []string) {
	t.Helper()
	for where, text := range texts {
		for _, s := range secrets {
			for _, form := range []string{
				s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
			} {
				if bytes.Contains(text, []byte(form)) {
					t.Errorf("%s holds the secret %q:\n%s", where, s, text)
				}
			}
		}
	}
}

const tokenOfTest = "eyJ0eXAiOiJKV1QifQ.e30.dG9rZW4tb2YtdGhlLXRlc3Q"

const vaultToken = "hvs.token-of-the-vault"

// world plays all that a check asks. It keeps each request waiting until the test goes on.
type world struct {
	*httptest.Server
	asked, goOn, over chan struct{}

	mu         sync.Mutex
	requests   strings.Builder
	assertions []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{asked: make(chan struct{}), goOn: make(chan struct{}), over: make(chan struct{})}
	w.Server = httptest.NewServer(w)
	t.Cleanup(func() { close(w.over); w.Close() })
	return w
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
	w.mu.Lock()
	fmt.Fprintln(&w.requests, r.URL, r.Header, form, user, password)
	if form.Has("client_assertion") {
		w.assertions = append(w.assertions, form.Get("client_assertion"))
	}
	w.mu.Unlock()
	select {
	case w.asked <- struct{}{}:
		<-w.goOn
	case <-w.over:
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/auth/"):
		_, _ = io.WriteString(rw, `{"auth":{"client_token":"`+vaultToken+`","lease_duration":3600}}`)
	case strings.HasPrefix(r.URL.Path, "/v1/kv/"):
		_, _ = io.WriteString(rw, `{"data":{"data":{"secret":"`+secretValue+`"},"metadata":{"deletion_time":"","destroyed":false}}}`)
	case r.URL.Path == "/teampass/items":
		_, _ = io.WriteString(rw, `[{"label":"o365","pw":"`+secretValue+`"}]`)
	case r.Method == http.MethodPost, strings.Contains(r.URL.Path, "/token"):
		_, _ = io.WriteString(rw, `{"access_token":"`+tokenOfTest+`","expires_in":3599,"token_type":"Bearer"}`)
	default:
		_, _ = io.WriteString(rw, "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Send Count,"+
			"Receive Count,Read Count,Assigned Products,Report Period\n")
	}
}

// sent returns the assertions that were sent.
func (w *world) sent() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.assertions
}

// all returns what was asked.
func (w *world) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests.String()
}
