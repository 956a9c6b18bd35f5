package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/web"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	hello := func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.Proto) }
	eachBackend(t, func(t *testing.T, o web.Options) {
		ca := newAuthority(t)
		soon := time.Now().Add(time.Hour)
		good := ca.server(t, ca.issue(t, soon, "127.0.0.1"), hello)
		old := ca.server(t, ca.issue(t, time.Now().Add(-time.Hour), "127.0.0.1"), hello)
		other := ca.server(t, ca.issue(t, soon, "other.example"), hello)
		plain := server(t, hello)

		c := newClient(t, o, 5*time.Second, env())
		_, _, err := get(t, c, good.URL)
		wantError(t, err, "issuer", "127.0.0.1")
		if !strings.Contains(err.Error(), "SSL_ca_file") && !strings.Contains(err.Error(), "CURLOPT_CAINFO") {
			t.Errorf("no word about --ssl-opt: %v", err)
		}
		_, _, err = get(t, c, strings.Replace(plain.URL, "http:", "https:", 1))
		wantError(t, err, "does not speak TLS")

		trusting := o
		trusting.LWP.SSLOpt = []string{`SSL_ca_file => "` + ca.file + `", SSL_verify_mode => SSL_VERIFY_PEER`}
		trusting.Curl.CurlOpt = []string{"CURLOPT_CAINFO => '" + ca.file + "'", ""}
		c = newClient(t, trusting, 5*time.Second, env())
		if _, text, err := get(t, c, good.URL); err != nil || text != "HTTP/2.0" {
			t.Errorf("%q, %v", text, err)
		}
		_, _, err = get(t, c, old.URL)
		wantError(t, err, "expired")
		_, _, err = get(t, c, other.URL)
		wantError(t, err, "another host name")

		insecure := o
		insecure.Global.Insecure = true
		unchecked := o
		unchecked.LWP.SSLOpt = []string{"SSL_verify_mode => SSL_VERIFY_NONE"}
		unchecked.Curl.CurlOpt = []string{"CURLOPT_SSL_VERIFYPEER => 0"}
		for _, o := range []web.Options{insecure, unchecked} {
			for _, s := range []*httptest.Server{good, old, other} {
				if _, _, err := get(t, newClient(t, o, 5*time.Second, env()), s.URL); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		ca := newAuthority(t)
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.WriteString(w, tls.VersionName(req.TLS.Version))
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")}, MaxVersion: tls.VersionTLS12}
		s.Config.ErrorLog = quiet()
		s.StartTLS()
		t.Cleanup(s.Close)
		o.Global.Insecure = true

		o.LWP.SSL = "TLSv1_2"
		o.Curl.CurlOpt = []string{"CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_2"}
		if _, text, err := get(t, newClient(t, o, 5*time.Second, env()), s.URL); err != nil || text != "TLS 1.2" {
			t.Errorf("%q, %v", text, err)
		}
		o.LWP.SSL = "tlsv1_3"
		o.Curl.CurlOpt = []string{"CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_3"}
		_, _, err := get(t, newClient(t, o, 5*time.Second, env()), s.URL)
		wantError(t, err, "TLS", "127.0.0.1", "--ssl")
	})
}

func TestClientCertificateAndFolderOfAuthorities(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	mine := ca.issue(t, time.Now().Add(time.Hour), "poller")
	key, err := x509.MarshalPKCS8PrivateKey(mine.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: mine.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(filepath.Join(dir, "client.pem"), both, 0o600); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, req.TLS.PeerCertificates[0].DNSNames[0])
	}))
	s.TLS = &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "login.example")},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	var o web.Options
	o.LWP.SSLOpt = []string{
		"SSL_ca_path => " + filepath.Dir(ca.file), "SSL_use_cert => 1", "SSL_cert_file => " + filepath.Join(dir, "client.pem"),
		"SSL_hostname => 'login.example'",
	}
	if _, text, err := get(t, newClient(t, o, 5*time.Second, env()), s.URL); err != nil || text != "poller" {
		t.Errorf("%q, %v", text, err)
	}
}
