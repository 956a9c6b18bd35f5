package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web"
)

// eachBackend runs a test with the built-in backend and with the curl program.
func eachBackend(t *testing.T, test func(t *testing.T, o web.Options)) {
	t.Helper()
	for _, backend := range []string{"lwp", "curl"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			var o web.Options
			o.Global.Backend = backend
			test(t, o)
		})
	}
}

func env() web.Env { return web.Env{Now: time.Now, Getenv: os.Getenv} }

func newClient(t *testing.T, o web.Options, timeout time.Duration, env web.Env) *web.Client {
	t.Helper()
	c, err := o.NewClient(timeout, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// get fetches a URL and reads the answer to its end.
func get(t *testing.T, c *web.Client, address string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(t.Context(), req)
	if err != nil {
		checkWorded(t, err)
		return nil, "", err
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		checkWorded(t, err)
	}
	if closeErr := resp.Body.Close(); closeErr != nil {
		t.Errorf("Close: %v", closeErr)
	}
	return resp, string(text), err
}

func checkWorded(t *testing.T, err error) {
	t.Helper()
	var worded *failure.Failure
	if !errors.As(err, &worded) || strings.Contains(err.Error(), "\n") {
		t.Errorf("not a one-line failure: %T %v", err, err)
	}
}

// wantError checks that the text of an error holds all the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

func server(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// cut sends raw bytes in place of an answer and hangs up; with reset, rudely.
func cut(t *testing.T, w http.ResponseWriter, raw string, reset bool) {
	t.Helper()
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Errorf("Hijack: %v", err)
		return
	}
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Errorf("write: %v", err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// authority is a certificate authority of its own for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) issue(t *testing.T, ends time.Time, names ...string) tls.Certificate {
	t.Helper()
	return a.issueFrom(t, time.Now().Add(-24*time.Hour), ends, names...)
}

func (a *authority) issueFrom(t *testing.T, begins, ends time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"},
		NotBefore: begins, NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) server(t *testing.T, cert tls.Certificate, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}}, handler)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func tlsServer(t *testing.T, config *tls.Config, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Listener = lingering{s.Listener}
	s.TLS = config
	s.Config.ErrorLog = quiet()
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// lingering reads connections to their end before it closes them: a reset would overtake the alert that says why a handshake failed.
type lingering struct{ net.Listener }

func (l lingering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingeringConn{TCPConn: conn.(*net.TCPConn)}, nil
}

type lingeringConn struct {
	*net.TCPConn
	once sync.Once
}

func (c *lingeringConn) Close() error {
	c.once.Do(func() {
		_ = c.CloseWrite()
		go func() {
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.Copy(io.Discard, c.TCPConn)
			_ = c.TCPConn.Close()
		}()
	})
	return nil
}

// forwardProxy is a proxy for plain requests and for CONNECT that notes what it is asked for.
type forwardProxy struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func (p *forwardProxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.seen...)
}

func newProxy(t *testing.T, user, password string) *forwardProxy {
	t.Helper()
	p := &forwardProxy{}
	p.Server = server(t, p.handler(t, user, password))
	return p
}

func newTLSProxy(t *testing.T, config *tls.Config) *forwardProxy {
	t.Helper()
	p := &forwardProxy{}
	p.Server = tlsServer(t, config, p.handler(t, "", ""))
	return p
}

func (p *forwardProxy) handler(t *testing.T, user, password string) http.HandlerFunc {
	t.Helper()
	want := ""
	if user != "" {
		want = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	direct := &http.Transport{}
	t.Cleanup(direct.CloseIdleConnections)
	return func(w http.ResponseWriter, req *http.Request) {
		line := req.Method + " " + req.Host
		if req.TLS != nil && len(req.TLS.PeerCertificates) > 0 {
			line += " from " + req.TLS.PeerCertificates[0].DNSNames[0]
		}
		p.mu.Lock()
		p.seen = append(p.seen, line)
		p.mu.Unlock()
		if want != "" && req.Header.Get("Proxy-Authorization") != want {
			w.Header().Set("Proxy-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if req.Method == http.MethodConnect {
			tunnel(t, w, req)
			return
		}
		out := req.Clone(context.WithoutCancel(req.Context()))
		out.RequestURI = ""
		out.Header.Del("Proxy-Authorization")
		out.Header.Del("Proxy-Connection")
		resp, err := direct.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}
}

func tunnel(t *testing.T, w http.ResponseWriter, req *http.Request) {
	t.Helper()
	up, err := (&net.Dialer{}).DialContext(context.WithoutCancel(req.Context()), "tcp", req.Host)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Errorf("Hijack: %v", err)
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\nX-Tunnel: yes\r\n\r\n")
	go func() {
		_, _ = io.Copy(up, conn)
		_ = up.Close()
	}()
	go func() {
		_, _ = io.Copy(conn, up)
		_ = conn.Close()
	}()
}

func (p *forwardProxy) url(t *testing.T, user *url.Userinfo) string {
	t.Helper()
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = user
	return u.String()
}

// writePEM writes a certificate, its key, or both into a file.
func writePEM(t *testing.T, cert tls.Certificate, parts ...string) string {
	t.Helper()
	var text []byte
	for _, part := range parts {
		der := cert.Certificate[0]
		if part != "CERTIFICATE" {
			var err error
			if der, err = x509.MarshalPKCS8PrivateKey(cert.PrivateKey); err != nil {
				t.Fatal(err)
			}
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: part, Bytes: der})...)
	}
	name := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
