package web_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/web"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		ca := newAuthority(t)
		answer := func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get("Proxy-Authorization") != "" {
				t.Error("the proxy's password reaches the target")
			}
			_, _ = io.WriteString(w, "hello")
		}
		plain := server(t, answer)
		secure := ca.server(t, ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1"), answer)
		o.LWP.SSLOpt = []string{"SSL_ca_file => '" + ca.file + "'"}
		o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => " + ca.file}

		proxy := newProxy(t, "joe", "pa@ss:%")
		o.Global.ProxyURL = proxy.url(t, url.UserPassword("joe", "pa@ss:%"))
		var secrets []string
		e := env()
		e.AddSecret = func(s string) { secrets = append(secrets, s) }
		c := newClient(t, o, 20*time.Second, e)
		if !slices.Contains(secrets, "pa@ss:%") {
			t.Errorf("secrets %q", secrets)
		}
		for _, address := range []string{plain.URL, secure.URL} {
			resp, text, err := get(t, c, address)
			if err != nil || text != "hello" || resp.Header.Get("X-Tunnel") != "" {
				t.Errorf("%s: %q, %v", address, text, err)
			}
		}
		seen := proxy.requests()
		if !slices.Contains(seen, "GET "+host(t, plain.URL)) || !slices.Contains(seen, "CONNECT "+host(t, secure.URL)) {
			t.Errorf("the proxy saw %q", seen)
		}

		for _, user := range []*url.Userinfo{nil, url.UserPassword("joe", "wrong-password")} {
			o.Global.ProxyURL = proxy.url(t, user)
			for _, address := range []string{plain.URL, secure.URL} {
				_, _, err := get(t, newClient(t, o, 20*time.Second, env()), address)
				wantError(t, err, "407", proxy.URL, "--proxyurl")
				if strings.Contains(err.Error(), "wrong-password") {
					t.Error(err)
				}
			}
		}

		open := newProxy(t, "", "")
		o.Global.ProxyURL = strings.TrimPrefix(open.URL, "http://") // no scheme
		_, _, err := get(t, newClient(t, o, 20*time.Second, env()), "https://127.0.0.1:1/")
		wantError(t, err, "403", open.URL, "127.0.0.1:1")
	})
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestProxyIsTriedAgain(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		var requests atomic.Int32
		proxy := server(t, func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		o.Global.ProxyURL = proxy.URL
		_, _, err := get(t, newClient(t, o, 20*time.Second, env()), "https://graph.example/")
		wantError(t, err, "503", "graph.example", proxy.URL)
		if n := requests.Load(); n != 4 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestProxyPAC(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		target := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
		proxy := newProxy(t, "joe", "pass")
		_, port, _ := strings.Cut(host(t, target.URL), ":")
		script := `function FindProxyForURL(url, host) {
			if (shExpMatch(host, "127.*")) return "PROXY ` + host(t, proxy.URL) + `; DIRECT";
			return "DIRECT";
		}`
		o.Global.PeerAddr = "127.0.0.1"

		file := filepath.Join(t.TempDir(), "proxy.pac")
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		o.Global.ProxyPAC = file
		c := newClient(t, o, 20*time.Second, env())
		_, _, err := get(t, c, target.URL)
		wantError(t, err, "407", proxy.URL) // a file has no user for the proxy
		_, text, err := get(t, c, "http://direct.invalid:"+port)
		if err != nil || text != "hello" || len(proxy.requests()) != 1 {
			t.Errorf("%q, %v, the proxy saw %q", text, err, proxy.requests())
		}

		pac := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, script) })
		o.Global.ProxyPAC = strings.Replace(pac.URL, "//", "//joe:pass@", 1)
		_, text, err = get(t, newClient(t, o, 20*time.Second, env()), target.URL)
		if err != nil || text != "hello" || len(proxy.requests()) != 2 {
			t.Errorf("%q, %v, the proxy saw %q", text, err, proxy.requests())
		}
	})
}

func TestPACOverTLS(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		ca := newAuthority(t)
		target := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
		script := ca.server(t, ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1"), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "function FindProxyForURL() { return 'DIRECT' }")
		})
		o.Global.ProxyPAC = script.URL
		_, _, err := get(t, newClient(t, o, 20*time.Second, env()), target.URL)
		wantError(t, err, "Cannot fetch PAC script "+script.URL, "certificate", "--proxypac")
		insecure := o
		insecure.Global.Insecure = true
		o.LWP.SSLOpt = []string{"SSL_ca_file => " + ca.file + ", SSL_hostname => graph.example"}
		o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => " + ca.file}
		for _, o := range []web.Options{o, insecure} {
			if _, text, err := get(t, newClient(t, o, 20*time.Second, env()), target.URL); err != nil || text != "hello" {
				t.Errorf("%q, %v", text, err)
			}
		}
	})
}

func TestUnusablePAC(t *testing.T) {
	t.Parallel()
	broken := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	slow := server(t, func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-req.Context().Done():
		case <-t.Context().Done():
		}
	})
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "proxy.pac")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tests := []struct {
		name, pac string
		words     []string
	}{
		{"no file", "/nonexistent/proxy.pac", []string{"/nonexistent/proxy.pac", "--proxypac"}},
		{"no scheme", "joe:geheim@wpad.example/proxy.pac", []string{"***@wpad.example/proxy.pac", "--proxypac"}},
		{"not found", strings.Replace(broken.URL, "//", "//joe:geheim@", 1), []string{"404", "--proxypac"}},
		{"slow", slow.URL, []string{"Timeout"}},
		{"no script", file("<html>"), []string{"proxy.pac", "line 1: '<' is not expected", "--proxypac"}},
		{"no function", file("var x = 1"), []string{"FindProxyForURL"}},
		{"throws", file("function FindProxyForURL() { throw 'so\\nthere' }"), []string{"graph.example", "so there"}},
		{"endless", file("function FindProxyForURL() { for (;;); }"), []string{"more than 1000000 steps"}},
		{"nonsense", file("function FindProxyForURL() { return 'BICYCLE x' }"), []string{"BICYCLE"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var o web.Options
			o.Global.ProxyPAC = test.pac
			timeout := time.Minute // an endless script is ended by its steps, however long the machine takes for them
			if test.pac == slow.URL {
				timeout = 500 * time.Millisecond
			}
			_, _, err := get(t, newClient(t, o, timeout, env()), "https://graph.example/")
			wantError(t, err, test.words...)
			if strings.Contains(err.Error(), "geheim") {
				t.Error(err)
			}
		})
	}
}
