package web_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
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
		soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
		good := ca.server(t, ca.issue(t, soon, "127.0.0.1"), hello)
		old := ca.server(t, ca.issue(t, past, "127.0.0.1"), hello)
		young := ca.server(t, ca.issueFrom(t, soon, soon.Add(time.Hour), "127.0.0.1"), hello)
		other := ca.server(t, ca.issue(t, soon, "other.example", "a.example", "192.0.2.9"), hello)
		many := ca.server(t, ca.issue(t, soon, "a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example"), hello)
		none := ca.server(t, ca.issue(t, soon), hello)
		plain := server(t, hello)

		c := newClient(t, o, 20*time.Second, env())
		authority, hostname := "--ssl-opt='SSL_ca_file => /path/ca.pem'", "SSL_hostname"
		if o.Global.Backend == "curl" {
			authority, hostname = "--curl-opt='CURLOPT_CAINFO => /path/ca.pem'", "--http-peer-addr"
		}
		_, _, err := get(t, c, good.URL)
		wantError(t, err, "The certificate of "+host(t, good.URL)+" is from an issuer that this machine does not know (issuer 'CN=Test Authority')", authority)
		_, _, err = get(t, c, strings.Replace(plain.URL, "http:", "https:", 1))
		wantError(t, err, host(t, plain.URL)+" does not speak TLS")

		trusting := o
		trusting.LWP.SSLOpt = []string{`SSL_ca_file => "` + ca.file + `", SSL_verify_mode => SSL_VERIFY_PEER`}
		trusting.Curl.CurlOpt = []string{"CURLOPT_CAINFO => '" + ca.file + "'", ""}
		c = newClient(t, trusting, 20*time.Second, env())
		if _, text, err := get(t, c, good.URL); err != nil || text != "HTTP/2.0" {
			t.Errorf("%q, %v", text, err)
		}
		const layout = "2006-01-02 15:04 UTC"
		_, _, err = get(t, c, old.URL)
		wantError(t, err, "The certificate of "+host(t, old.URL)+" has expired (it holds from ", " to "+past.UTC().Format(layout), "'CN=Test Authority'", "renew")
		_, _, err = get(t, c, young.URL)
		wantError(t, err, "The certificate of "+host(t, young.URL)+" is not valid yet (it holds from "+soon.UTC().Format(layout), "clock")
		_, _, err = get(t, c, other.URL)
		wantError(t, err, "The certificate of "+host(t, other.URL)+" is for another host name (it is for 'other.example, a.example, 192.0.2.9')", hostname)
		_, _, err = get(t, c, many.URL)
		wantError(t, err, "(it is for 'a.example, b.example, c.example, d.example, e.example' and 2 more)")
		_, _, err = get(t, c, none.URL)
		wantError(t, err, "it names none")

		insecure := o
		insecure.Global.Insecure = true
		unchecked := o
		unchecked.LWP.SSLOpt = []string{"SSL_verify_mode => SSL_VERIFY_NONE"}
		unchecked.Curl.CurlOpt = []string{"CURLOPT_SSL_VERIFYPEER => 0"}
		for _, o := range []web.Options{insecure, unchecked} {
			for _, s := range []*httptest.Server{good, old, young, other} {
				if _, _, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// TestSecondLookSendsNothing has curl fail at a server that the second look would get through to.
func TestSecondLookSendsNothing(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")}, MaxVersion: tls.VersionTLS12}
	s := tlsServer(t, config, func(_ http.ResponseWriter, req *http.Request) { t.Errorf("%s %s is sent", req.Method, req.URL) })
	var o web.Options
	o.Global.Backend = "curl"
	o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => " + ca.file, "CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_3"}
	_, _, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL+"/?token=SECRET")
	wantError(t, err, "speaks none of the TLS versions", "CURLOPT_SSLVERSION")
}

func TestFolderOfAuthorities(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	s := ca.server(t, ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1"), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	text, err := os.ReadFile(ca.file)
	if err != nil {
		t.Fatal(err)
	}
	folder := func(files ...string) string {
		dir := t.TempDir()
		for _, name := range files {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "README"), []byte("no certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "dangling.pem")); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	linked := folder()
	if err := os.Symlink(ca.file, filepath.Join(linked, "5ed36f99.0")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{folder("company.pem"), folder("company.crt"), linked} {
		var o web.Options
		o.LWP.SSLOpt = []string{"SSL_ca_path => " + dir}
		if _, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL); err != nil || text != "hello" {
			t.Errorf("%q, %v", text, err)
		}
	}
	t.Run("curl", func(t *testing.T) {
		t.Parallel()
		dir := folder("company.pem")
		if out, err := exec.Command("openssl", "rehash", dir).CombinedOutput(); err != nil {
			t.Skipf("openssl rehash: %v %s", err, out)
		}
		var o web.Options
		o.Global.Backend = "curl"
		o.Curl.CurlOpt = []string{"CURLOPT_CAPATH => " + dir}
		if _, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL); err != nil || text != "hello" {
			t.Errorf("%q, %v", text, err)
		}
	})
}

func TestAuthoritiesReplaceThoseOfTheSystem(t *testing.T) {
	t.Parallel()
	ca, mine := newAuthority(t), newAuthority(t)
	s := ca.server(t, ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1"), func(http.ResponseWriter, *http.Request) {})
	eachBackend(t, func(t *testing.T, o web.Options) {
		e := env()
		e.Getenv = func(name string) string { // what curl takes for the system's
			if name == "SSL_CERT_FILE" {
				return ca.file
			}
			return os.Getenv(name)
		}
		o.LWP.SSLOpt = []string{"SSL_ca_file => " + mine.file}
		o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => " + mine.file}
		_, _, err := get(t, newClient(t, o, 20*time.Second, e), s.URL)
		wantError(t, err, "issuer")
	})
}

func TestUnusableAuthorities(t *testing.T) {
	t.Parallel()
	empty, junk := t.TempDir(), t.TempDir()
	file := filepath.Join(junk, "SECRET.pem")
	if err := os.WriteFile(file, []byte("-----BEGIN CERTIFICATE-----\nSECRET\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ option, words string }{
		{"SSL_ca_file => /nonexistent/ca.pem", "open /nonexistent/ca.pem: no such file"},
		{"SSL_ca_file => " + file, "no PEM certificate in " + file},
		{"SSL_ca_file => " + empty, empty + ": is a directory"},
		{"SSL_ca_path => " + empty, "no PEM certificate in a file of " + empty},
		{"SSL_ca_path => " + junk, "no PEM certificate in a file of " + junk},
		{"SSL_ca_path => " + file, file + ": not a directory"},
		{"SSL_proxy_ca_path => " + empty, "Cannot use SSL_proxy_ca_file or SSL_proxy_ca_path in --ssl-opt"},
	} {
		var o web.Options
		o.LWP.SSLOpt = []string{test.option}
		_, err := o.NewClient(time.Second, env())
		wantError(t, err, test.words, "--ssl-opt")
		checkWorded(t, err)
	}
	var o web.Options
	o.Global.Backend = "curl"
	o.Curl.CurlOpt = []string{"CURLOPT_CAINFO => /nonexistent/ca.pem"}
	_, _, err := get(t, newClient(t, o, 20*time.Second, env()), "https://127.0.0.1:1/")
	if strings.Contains(err.Error(), "refused") { // newer programs read it after they have connected
		ca := newAuthority(t)
		s := ca.server(t, ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1"), func(http.ResponseWriter, *http.Request) {})
		_, _, err = get(t, newClient(t, o, 20*time.Second, env()), s.URL)
	}
	wantError(t, err, "cannot read the authorities", "/nonexistent/ca.pem", "CURLOPT_CAINFO")
}

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	const ( // in the words of curl, those that are a minimum there
		atLeast12 = "CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_2"
		atLeast13 = "CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_3"
		atMost12  = "CURLOPT_SSLVERSION => CURL_SSLVERSION_MAX_TLSv1_2"
	)
	const v11, v12, v13 = tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13
	tests := []struct {
		name     string
		min, max uint16 // of the server
		ssl      string
		sslOpt   string
		curlOpt  string
		want     string // empty: none in common
	}{
		{"exactly 1.2", v12, v13, "TLSv1_2", "", atMost12, "TLS 1.2"},
		{"at least 1.2 of 1.3", v12, v13, "", "SSL_version => 'SSLv23:!TLSv1:!TLSv1_1'", atLeast12, "TLS 1.3"},
		{"at least 1.2 of 1.2", v12, v12, "", "SSL_version => SSLv23:!TLSv1:!TLSv1_1", atLeast12, "TLS 1.2"},
		{"at least 1.2 of 1.1", v11, v11, "", "SSL_version => SSLv23:!TLSv1:!TLSv1_1", atLeast12, ""},
		{"as it is, of 1.1", v11, v11, "", "", "", ""},
		{"1.3 of 1.2", v12, v12, "tlsv1_3", "", atLeast13, ""},
		{"1.2 of 1.3", v13, v13, "", "SSL_version => TLSv1_2", atMost12, ""},
	}
	ca := newAuthority(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cert := ca.issue(t, time.Now().Add(time.Hour), "127.0.0.1")
			config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: test.min, MaxVersion: test.max}
			s := tlsServer(t, config, func(w http.ResponseWriter, req *http.Request) {
				_, _ = io.WriteString(w, tls.VersionName(req.TLS.Version))
			})
			eachBackend(t, func(t *testing.T, o web.Options) {
				o.Global.Insecure = true
				o.LWP.SSL = test.ssl
				o.LWP.SSLOpt = []string{test.sslOpt}
				o.Curl.CurlOpt = []string{test.curlOpt}
				_, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
				if test.want == "" {
					option := "--ssl"
					if o.Global.Backend == "curl" {
						option = "CURLOPT_SSLVERSION"
					}
					wantError(t, err, host(t, s.URL)+" speaks none of the TLS versions", option)
				} else if err != nil || text != test.want {
					t.Errorf("%q, %v", text, err)
				}
			})
		})
	}
}
