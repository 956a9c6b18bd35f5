package web

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzCertificateFiles holds that errors name files and tell nothing of what is in them.
func FuzzCertificateFiles(f *testing.F) {
	for _, seed := range []string{
		"", "hidden", "-----BEGIN CERTIFICATE-----\naGlkZGVu\n-----END CERTIFICATE-----\n", "-----BEGIN hidden-----\n-----END hidden-----\n",
		"-----BEGIN CERTIFICATE-----\naGlkZGVu\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: hidden\n\naGlkZGVu\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\naGlkZGVu\n-----END CERTIFICATE-----\n-----BEGIN hidden PRIVATE KEY-----\naGlkZGVu\n-----END hidden PRIVATE KEY-----\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "x.pem")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, o := range []tlsOptions{{certFile: file}, {certFile: file, keyFile: file}, {caFile: file}, {caPath: filepath.Dir(file)}} {
			config, err := o.config("SSL_")
			if (err == nil) == (config == nil) {
				t.Errorf("%v, %v", config, err)
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), filepath.Dir(file))) {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}

func FuzzPeerAddr(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "host:443", "[2001:db8::1]:443", "2001:db8::1", "[::1]", "fe80::1%eth0", "a:b:c", "[a", "%:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		o := GlobalOptions{PeerAddr: addr}
		if addr == "" || o.checkPeerAddr() != nil {
			return
		}
		host, port, err := net.SplitHostPort(peerAddr(addr, "graph.example:8443"))
		if err != nil || host == "" || !validPort(port) || strings.ContainsAny(host+port, " \n\"@/\\") {
			t.Errorf("%q: %q, %q, %v", addr, host, port, err)
		}
	})
}
