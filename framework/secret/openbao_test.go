package secret_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rootToken is that of the administrator; OpenBao lets nobody choose one that begins with hvs.
const rootToken = "root-of-the-vault"

// realVault is a development server of OpenBao or HashiCorp Vault.
type realVault struct {
	*fakeVault // where it is; its handler is not used
	t          *testing.T
	client     *http.Client
}

// newRealVault starts the program that is found in PATH, on loopback and with a certificate of its own.
func newRealVault(t *testing.T) *realVault {
	t.Helper()
	program, err := exec.LookPath("bao")
	if err != nil {
		if program, err = exec.LookPath("vault"); err != nil {
			t.Skip("neither bao (OpenBao) nor vault (HashiCorp Vault) is in PATH")
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // the server takes the port; nobody else is likely to be given it in between
	home := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, "server", "-dev", "-dev-tls", "-dev-tls-cert-dir="+home, "-dev-root-token-id="+rootToken,
		"-dev-listen-address="+address, "-dev-no-store-token")
	server.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin", "SKIP_SETCAP=1"}
	var output bytes.Buffer
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Wait()
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	host, port, _ := net.SplitHostPort(address)
	v := &realVault{
		&fakeVault{host: host, port: port, caFile: filepath.Join(home, filepath.Base(program)+"-ca.pem")}, t,
		&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
	}
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := v.client.Get("https://" + address + "/v1/sys/health")
		if err == nil {
			var health struct{ Version string }
			err = json.NewDecoder(resp.Body).Decode(&health)
			resp.Body.Close()
			if err == nil && resp.StatusCode == http.StatusOK {
				t.Logf("%s %s", filepath.Base(program), health.Version)
				break
			}
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", program, output.String())
		default:
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%s does not answer: %v", program, err)
		}
	}
	// OpenBao kept the name of the file for some releases.
	if found, _ := filepath.Glob(filepath.Join(home, "*-ca.pem")); len(found) == 1 {
		v.caFile = found[0]
	}
	return v
}

// do sends a request of the administrator.
func (v *realVault) do(method, path, body string) map[string]any {
	v.t.Helper()
	req, err := http.NewRequest(method, "https://"+net.JoinHostPort(v.host, v.port)+"/v1/"+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", rootToken)
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Data map[string]any }
	_ = json.NewDecoder(resp.Body).Decode(&answer) // many answers are empty
	if resp.StatusCode >= 300 {
		v.t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	return answer.Data
}

// TestRealVault goes through both managers with a server that is the real thing. Its parts build on each other.
func TestRealVault(t *testing.T) {
	t.Parallel()
	v := newRealVault(t)
	v.do("POST", "secret/data/o365", `{"data":{"id":"the-id","secret":"older-secret"}}`)
	v.do("POST", "secret/data/o365", `{"data":{"id":"the-id","secret":"`+vaultSecret+`"}}`)
	v.do("POST", "secret/metadata/later", `{"delete_version_after":"1h"}`)
	v.do("POST", "secret/data/later", `{"data":{"secret":"for-some-time"}}`)
	v.do("POST", "secret/data/deleted", `{"data":{"secret":"gone"}}`)
	v.do("DELETE", "secret/data/deleted", "")
	v.do("POST", "secret/data/destroyed", `{"data":{"secret":"gone"}}`)
	v.do("PUT", "secret/destroy/destroyed", `{"versions":[1]}`)
	v.do("POST", "sys/mounts/kv1", `{"type":"kv","options":{"version":"1"}}`)
	v.do("POST", "kv1/plain", `{"password":"`+vaultSecret+`","port":8443}`)
	v.do("PUT", "sys/policies/acl/poller", `{"policy":"path \"secret/data/*\" { capabilities = [\"read\"] }\npath \"kv1/*\" { capabilities = [\"read\"] }\npath \"secret/data/not-yours\" { capabilities = [\"deny\"] }"}`)
	v.do("POST", "sys/auth/userpass", `{"type":"userpass"}`)
	v.do("POST", "auth/userpass/users/anna", `{"password":"annas password","token_policies":["poller"]}`)
	v.do("POST", "sys/auth/approle", `{"type":"approle"}`)
	v.do("POST", "auth/approle/role/poller", `{"token_policies":["poller"],"token_ttl":"1h"}`)
	role, _ := v.do("GET", "auth/approle/role/poller/role-id", "")["role_id"].(string)
	secretID, _ := v.do("POST", "auth/approle/role/poller/secret-id", "")["secret_id"].(string)

	byPassword := []string{"--auth-method=userpass", "--auth-settings=username=anna", "--auth-settings=password=annas password"}
	byRole := []string{"--auth-method=approle", "--auth-settings=role_id=" + role, "--auth-settings=secret_id=" + secretID}
	hashicorp := func(path, template string, args ...string) (string, error) {
		var run vaultRun
		args = append(v.hashicorp("--secret-path="+path, "--map-option=p="+template), args...)
		got, err := parsed(t, "hashicorpvault", args...).Resolve(t.Context(), run.input(map[string][]string{"timeout": {"2"}}))
		run.checkHidden(t, err, vaultSecret, secretID, "annas password", rootToken)
		return strings.Join(got["p"], " "), err
	}
	for _, test := range []struct {
		path, template, want string
		args                 []string
	}{
		{"secret/data/o365", "%{value_secret/data/o365#secret}", vaultSecret, byPassword},
		{"secret/data/o365?version=1", "%{value_secret/data/o365?version=1}", "older-secret", byRole},
		{"secret/data/later", "%{key_secret/data/later}=%{value_secret/data/later}", "secret=for-some-time", []string{"--vault-token=" + rootToken}},
		{"kv1/plain", "%{value_kv1/plain#port}", "8443", byPassword},
	} {
		if got, err := hashicorp(test.path, test.template, test.args...); err != nil || got != test.want {
			t.Errorf("%s: %q, %v", test.path, got, err)
		}
	}
	for _, test := range []struct {
		path string
		args []string
		want []string
	}{
		{"secret/data/deleted", byRole, []string{"This secret is not valid anymore", "deleted on"}},
		{"secret/data/destroyed", byRole, []string{"This secret is not valid anymore", "destroyed"}},
		{"secret/data/nothing", byRole, []string{"has no secret 'secret/data/nothing' (HTTP 404)"}},
		{"secret/o365", []string{"--vault-token=" + rootToken}, []string{"has no secret 'secret/o365'", "Invalid path for a versioned K/V secrets engine"}},
		{"secret/data/not-yours", byRole, []string{"refuses to read 'secret/data/not-yours' (HTTP 403)", "permission denied"}},
		{"secret/data/o365", []string{"--vault-token=hvs.expired"}, []string{"(HTTP 403)", "permission denied"}},
		{"secret/data/o365", append(byRole, "--auth-settings=secret_id=wrong-secret"), []string{"refuses the login at 'auth/approle/login'"}},
		{"secret/data/o365", append(byPassword, "--auth-path=nowhere"), []string{"the login at 'auth/nowhere/login/anna'"}},
		{"secret/data/o365", append(byPassword, "--vault-ca-file="), []string{"issuer that this machine does not know"}},
	} {
		_, err := hashicorp(test.path, "", test.args...)
		wantFailure(t, err, test.want...)
		t.Log(err)
	}

	files := v.centreon(t, map[string]any{"role_id": role, "secret_id": secretID})
	centreon := func() ([]string, error) {
		var run vaultRun
		values := map[string][]string{"p": {"a", "secret::hashicorp_vault::secret/data/o365::secret", "c"}, "timeout": {"2"}}
		in := run.input(values)
		in.Now = time.Now
		got, err := parsed(t, "centreonvault", v.centreonArgs(files)...).Resolve(t.Context(), in)
		run.checkHidden(t, err, vaultSecret, secretID)
		return got["p"], err
	}
	tokens := map[any]bool{}
	for i, before := range []func(){
		func() {},
		func() {}, // takes the token of the first
		func() {
			token, _ := v.cached(t, files)["token"].(string)
			v.do("POST", "auth/token/revoke", `{"token":"`+token+`"}`)
		},
	} {
		before()
		if got, err := centreon(); err != nil || strings.Join(got, " ") != "a "+vaultSecret+" c" {
			t.Errorf("%q, %v", got, err)
		}
		tokens[v.cached(t, files)["token"]] = true
		if want := 1 + i/2; len(tokens) != want {
			t.Errorf("%d tokens after run %d, want %d", len(tokens), i+1, want)
		}
	}

	v.do("PUT", "sys/seal", "")
	_, err := centreon()
	wantFailure(t, err, "is sealed (HTTP 503)")
	t.Log(err)
	_, err = hashicorp("secret/data/o365", "", byPassword...)
	wantFailure(t, err, "is sealed (HTTP 503)")
}
