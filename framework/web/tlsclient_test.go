package web_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/web"
)

// TestClientCertificate asks for it in the versions of TLS that ask at different times.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			t.Parallel()
			ca, stranger := newAuthority(t), newAuthority(t)
			s := tlsServer(t, &tls.Config{
				Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")},
				ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(), MaxVersion: version,
			}, func(w http.ResponseWriter, req *http.Request) {
				_, _ = io.WriteString(w, req.TLS.PeerCertificates[0].DNSNames[0])
			})
			mine := ca.issue(t, time.Now().Add(time.Hour), "poller")
			both := writePEM(t, mine, "CERTIFICATE", "PRIVATE KEY")
			cert, key := writePEM(t, mine, "CERTIFICATE"), writePEM(t, mine, "PRIVATE KEY")
			old := writePEM(t, ca.issue(t, time.Now().Add(-time.Hour), "poller"), "PRIVATE KEY", "CERTIFICATE")
			theirs := writePEM(t, stranger.issue(t, time.Now().Add(time.Hour), "poller"), "CERTIFICATE", "PRIVATE KEY")
			eachBackend(t, func(t *testing.T, o web.Options) {
				option := "SSL_cert_file"
				if o.Global.Backend == "curl" {
					option = "CURLOPT_SSLCERT"
				}
				client := func(files ...string) *web.Client {
					o.LWP.SSLOpt = []string{"SSL_ca_file => " + ca.file}
					o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => " + ca.file}
					for i, file := range files {
						o.LWP.SSLOpt = append(o.LWP.SSLOpt, []string{"SSL_cert_file => ", "SSL_key_file => "}[i]+file)
						o.Curl.CurlOpt = append(o.Curl.CurlOpt, []string{"CURLOPT_SSLCERT => ", "CURLOPT_SSLKEY => "}[i]+file)
					}
					return newClient(t, o, 20*time.Second, env())
				}
				for _, c := range []*web.Client{client(both), client(cert, key)} {
					if _, text, err := get(t, c, s.URL); err != nil || text != "poller" {
						t.Errorf("%q, %v", text, err)
					}
				}
				_, _, err := get(t, client(), s.URL)
				wants, refuses := host(t, s.URL)+" wants a client certificate", host(t, s.URL)+" does not accept the client certificate"
				if version == tls.VersionTLS13 { // net/http may lose the alert, which comes when the connection is ready for use
					wants, refuses = host(t, s.URL), host(t, s.URL)
				}
				if o.Global.Backend == "curl" && version == tls.VersionTLS12 {
					wants = host(t, s.URL) + " refuses the TLS handshake (handshake failure). Check" // it does not tell that it was asked for one
				}
				wantError(t, err, wants, "client certificate", option)
				for _, file := range []string{old, theirs} {
					_, _, err := get(t, client(file), s.URL)
					wantError(t, err, refuses, "client certificate", option)
				}
			})
		})
	}
}

func TestUnusableClientCertificate(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	mine := ca.issue(t, time.Now().Add(time.Hour), "poller")
	cert, key := writePEM(t, mine, "CERTIFICATE"), writePEM(t, mine, "PRIVATE KEY")
	other := writePEM(t, ca.issue(t, time.Now().Add(time.Hour), "other"), "PRIVATE KEY")
	locked := writePEM(t, mine, "ENCRYPTED PRIVATE KEY")
	file := func(text []byte) string {
		name := filepath.Join(t.TempDir(), "x.pem")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	block, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", []byte("key"), []byte("pass"), x509.PEMCipherAES256) //nolint:staticcheck // such files exist
	if err != nil {
		t.Fatal(err)
	}
	oldLocked := file(pem.EncodeToMemory(block))
	binary := file(mine.Certificate[0])
	damaged := file(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("SECRET")}))
	for _, test := range []struct{ cert, key, words string }{
		{"/nonexistent/c.pem", "", "open /nonexistent/c.pem: no such file"},
		{cert, "/nonexistent/k.pem", "open /nonexistent/k.pem: no such file"},
		{cert, "", "no PEM private key in " + cert},
		{key, key, "no PEM certificate in " + key},
		{binary, key, "no PEM certificate in " + binary},
		{"", key, "a key but no certificate"},
		{cert, other, "the private key in " + other + " does not belong to the certificate in " + cert},
		{cert, locked, "the private key in " + locked + " has a passphrase"},
		{cert, oldLocked, "the private key in " + oldLocked + " has a passphrase"},
		{cert, damaged, damaged + " is damaged"},
	} {
		for _, prefix := range []string{"SSL_", "SSL_proxy_"} {
			var o web.Options
			if test.cert != "" {
				o.LWP.SSLOpt = append(o.LWP.SSLOpt, prefix+"cert_file => "+test.cert)
			}
			if test.key != "" {
				o.LWP.SSLOpt = append(o.LWP.SSLOpt, prefix+"key_file => "+test.key)
			}
			_, err := o.NewClient(time.Second, env())
			wantError(t, err, test.words, prefix+"cert_file", "--ssl-opt")
			checkWorded(t, err)
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Error(err)
			}
		}
	}
}

func TestCurlTakesAPassphrase(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	mine := ca.issue(t, time.Now().Add(time.Hour), "poller")
	cert, key, locked := writePEM(t, mine, "CERTIFICATE"), writePEM(t, mine, "PRIVATE KEY"), filepath.Join(t.TempDir(), "locked:key.pem")
	out, err := exec.Command("openssl", "pkcs8", "-topk8", "-v2", "aes256", "-in", key, "-out", locked, "-passout", "pass:geheim").CombinedOutput()
	if err != nil {
		t.Skipf("openssl: %v %s", err, out)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	}
	s := tlsServer(t, config, func(http.ResponseWriter, *http.Request) {})
	proxy := newTLSProxy(t, config.Clone())
	for _, test := range []struct{ password, want string }{{"geheim", ""}, {"falsch-geheim", "cannot use the client certificate"}} {
		for _, proxyURL := range []string{"", proxy.URL} {
			var o web.Options
			o.Global.Backend = "curl"
			o.Global.ProxyURL = proxyURL
			for _, prefix := range []string{"CURLOPT_", "CURLOPT_PROXY_"} {
				o.Curl.CurlOpt = append(o.Curl.CurlOpt, prefix+"CAINFO => "+ca.file, prefix+"SSLCERT => "+cert, prefix+"SSLKEY => "+locked,
					prefix+"KEYPASSWD => "+test.password)
			}
			var secrets []string
			e := env()
			e.AddSecret = func(secret string) { secrets = append(secrets, secret) }
			_, _, err := get(t, newClient(t, o, 20*time.Second, e), s.URL)
			if test.want == "" && err != nil {
				t.Error(err)
			} else if test.want != "" {
				wantError(t, err, test.want, "KEYPASSWD")
				if strings.Contains(err.Error(), test.password) {
					t.Error(err)
				}
			}
			if !slices.Equal(secrets, []string{test.password, test.password}) {
				t.Errorf("secrets %q", secrets)
			}
		}
	}
}

// TestTLSProxy has a proxy that demands a client certificate, and a server that asks for one and must not get it.
func TestTLSProxy(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		ca := newAuthority(t)
		proxyCA := newAuthority(t)
		soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
		answer := func(w http.ResponseWriter, req *http.Request) {
			if req.TLS != nil && len(req.TLS.PeerCertificates) > 0 {
				t.Errorf("the server sees the certificate of %s", req.TLS.PeerCertificates[0].DNSNames[0])
			}
			_, _ = io.WriteString(w, "hello")
		}
		asking := func(names ...string) string {
			config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, soon, names...)}, ClientAuth: tls.RequestClientCert}
			return tlsServer(t, config, answer).URL
		}
		secure, misnamed, plain := asking("127.0.0.1"), asking("other.example"), server(t, answer).URL
		proxy := newTLSProxy(t, &tls.Config{
			Certificates: []tls.Certificate{proxyCA.issue(t, soon, "127.0.0.1")},
			ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: proxyCA.pool(),
		})
		mine := writePEM(t, proxyCA.issue(t, soon, "poller"), "CERTIFICATE", "PRIVATE KEY")
		o.Global.ProxyURL = proxy.URL
		client := func(names map[string]string) *web.Client {
			o.LWP.SSLOpt, o.Curl.CurlOpt = nil, nil
			for name, value := range names {
				o.LWP.SSLOpt = append(o.LWP.SSLOpt, name+" => "+value)
				o.Curl.CurlOpt = append(o.Curl.CurlOpt, map[string]string{
					"SSL_ca_file": "CURLOPT_CAINFO", "SSL_proxy_ca_file": "CURLOPT_PROXY_CAINFO", "SSL_proxy_cert_file": "CURLOPT_PROXY_SSLCERT",
				}[name]+" => "+value)
			}
			return newClient(t, o, 20*time.Second, env())
		}
		option := func(lwp, curl string) string {
			if o.Global.Backend == "curl" {
				return curl
			}
			return lwp
		}
		target, by := host(t, secure), "proxy "+proxy.URL

		c := client(map[string]string{"SSL_ca_file": ca.file, "SSL_proxy_ca_file": proxyCA.file, "SSL_proxy_cert_file": mine})
		for _, address := range []string{secure, plain} {
			if _, text, err := get(t, c, address); err != nil || text != "hello" {
				t.Errorf("%s: %q, %v", address, text, err)
			}
		}
		if want := []string{"CONNECT " + target + " from poller", "GET " + host(t, plain) + " from poller"}; !slices.Equal(proxy.requests(), want) {
			t.Errorf("the proxy saw %q", proxy.requests())
		}
		_, _, err := get(t, c, misnamed)
		wantError(t, err, "The certificate of "+host(t, misnamed)+" through "+by+" is for another host name (it is for 'other.example')")

		c = client(map[string]string{"SSL_proxy_ca_file": proxyCA.file, "SSL_proxy_cert_file": mine})
		_, _, err = get(t, c, secure)
		wantError(t, err, "The certificate of "+target+" through "+by+" is from an issuer", option("'SSL_ca_file", "'CURLOPT_CAINFO"))

		c = client(map[string]string{"SSL_ca_file": ca.file, "SSL_proxy_ca_file": proxyCA.file})
		for _, address := range []string{secure, plain} {
			_, _, err = get(t, c, address)
			wantError(t, err, "Proxy "+proxy.URL+" wants a client certificate", option("SSL_proxy_cert_file", "CURLOPT_PROXY_SSLCERT"))
		}

		c = client(map[string]string{"SSL_ca_file": ca.file, "SSL_proxy_cert_file": mine})
		_, _, err = get(t, c, secure)
		wantError(t, err, "The certificate of "+by+" is from an issuer", option("SSL_proxy_ca_file", "CURLOPT_PROXY_CAINFO"))

		for _, test := range []struct {
			cert  tls.Certificate
			words string
		}{
			{proxyCA.issue(t, past, "127.0.0.1"), " has expired (it holds from"},
			{proxyCA.issue(t, soon, "proxy.example"), " is for another host name (it is for 'proxy.example')"},
		} {
			bad := newTLSProxy(t, &tls.Config{Certificates: []tls.Certificate{test.cert}})
			o.Global.ProxyURL = bad.URL
			_, _, err = get(t, client(map[string]string{"SSL_ca_file": ca.file, "SSL_proxy_ca_file": proxyCA.file}), secure)
			wantError(t, err, "The certificate of proxy "+bad.URL+test.words)
			o.Global.Insecure = true
			for _, address := range []string{secure, misnamed, plain} {
				if _, text, err := get(t, client(nil), address); err != nil || text != "hello" {
					t.Errorf("%s: %q, %v", address, text, err)
				}
			}
			o.Global.Insecure = false
		}
		none := newProxy(t, "", "")
		o.Global.ProxyURL = strings.Replace(none.URL, "http:", "https:", 1)
		_, _, err = get(t, client(nil), secure)
		wantError(t, err, "Proxy "+o.Global.ProxyURL+" does not speak TLS")
	})
}

// TestOneSetOfTLSOptionsServesServerAndProxy holds that the host name of the server is not looked for in the certificate of the proxy, and that a
// client certificate without further words is shown to both.
func TestOneSetOfTLSOptionsServesServerAndProxy(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	soon := time.Now().Add(time.Hour)
	demanding := func(name string) *tls.Config {
		return &tls.Config{
			Certificates: []tls.Certificate{ca.issue(t, soon, name)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
		}
	}
	proxy := newTLSProxy(t, demanding("127.0.0.1"))
	s := tlsServer(t, demanding("graph.example"), func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.TLS.PeerCertificates[0].DNSNames[0]+req.Proto)
	})
	mine := ca.issue(t, soon, "poller")
	var o web.Options
	o.Global.ProxyURL = proxy.url(t, url.User("joe"))
	o.LWP.SSLOpt = []string{
		"SSL_ca_file => " + ca.file, "SSL_use_cert => 1", "SSL_cert_file => " + writePEM(t, mine, "CERTIFICATE"),
		"SSL_key_file => " + writePEM(t, mine, "PRIVATE KEY"), "SSL_hostname => graph.example",
	}
	if _, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL); err != nil || text != "pollerHTTP/2.0" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestProxyThatAsksIsNotTheServerThatHangsUp has a proxy that would like a client certificate and does without.
func TestProxyThatAsksIsNotTheServerThatHangsUp(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	proxy := newTLSProxy(t, &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")}, ClientAuth: tls.RequestClientCert,
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	target := listener.Addr().String()
	var o web.Options
	o.Global.ProxyURL = proxy.URL
	o.LWP.SSLOpt = []string{"SSL_ca_file => " + ca.file}
	_, _, err = get(t, newClient(t, o, 20*time.Second, env()), "https://"+target)
	wantError(t, err, "Connection to "+target+" through proxy "+proxy.URL+" broke before it answered", "Check --proxyurl")
}
