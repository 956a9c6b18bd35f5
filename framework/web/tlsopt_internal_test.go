package web

import (
	"crypto/tls"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/web/curl"
)

func TestParseTLSOptions(t *testing.T) {
	t.Parallel()
	const v10, v11, v12, v13 = tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13
	tests := []struct {
		text string
		want tlsOptions
		err  string
	}{
		{"", tlsOptions{}, ""},
		{"SSL_version => TLSv1_2", tlsOptions{minVersion: v12, maxVersion: v12}, ""},
		{"SSL_version=>'TLSv12'", tlsOptions{minVersion: v12, maxVersion: v12}, ""},
		{"SSL_version => TLSv1", tlsOptions{minVersion: v10, maxVersion: v10}, ""},
		{"SSL_version => tlsv1_3", tlsOptions{minVersion: v13, maxVersion: v13}, ""},
		{"SSL_version => SSLv23", tlsOptions{minVersion: v10, maxVersion: v13}, ""},
		{"SSL_version => 'SSLv23:!SSLv2:!SSLv3:!TLSv1:!TLSv1_1'", tlsOptions{minVersion: v12, maxVersion: v13}, ""},
		{"SSL_version => !TLSv1_3", tlsOptions{minVersion: v10, maxVersion: v12}, ""},
		{"SSL_version => TLSv1_1:TLSv1_2", tlsOptions{minVersion: v11, maxVersion: v12}, ""},
		{"SSL_version => TLSv1:TLSv1_2", tlsOptions{}, "gap"},
		{"SSL_version => TLSv1:!TLSv1", tlsOptions{}, "Unsupported TLS version"},
		{"SSL_version => SSLv3", tlsOptions{}, "SSLv3"},
		{"SSL_version => !SSLv23", tlsOptions{}, "SSLv23"},
		{"SSL_version =>", tlsOptions{}, "Unsupported TLS version"},
		{"SSL_verify_mode => SSL_VERIFY_NONE", tlsOptions{insecure: true}, ""},
		{"SSL_verify_mode => 0", tlsOptions{insecure: true}, ""},
		{"SSL_verify_mode => 0, SSL_verify_mode => IO::Socket::SSL::SSL_VERIFY_PEER", tlsOptions{}, ""},
		{"SSL_verify_mode => maybe", tlsOptions{}, "maybe"},
		{`SSL_ca_file => "/etc/a, b.pem", 'SSL_ca_path' => /etc/certs ,`, tlsOptions{caFile: "/etc/a, b.pem", caPath: "/etc/certs"}, ""},
		{"SSL_cert_file => a, SSL_key_file => b, SSL_use_cert => 1, SSL_hostname => c", tlsOptions{certFile: "a", keyFile: "b", serverName: "c"}, ""},
		{"SSL_ca_file => 'open", tlsOptions{}, "quote"},
		{"SSL_ca_file => 'a' b", tlsOptions{}, "quote"},
		{"SSL_ca_file", tlsOptions{}, "SSL_name => value"},
		{"SSL_proxy_version => TLSv9", tlsOptions{}, "TLSv9"},
		{"SSL_proxy_use => 1", tlsOptions{}, "SSL_proxy_use"},
		{"SSL_cipher_list => ALL", tlsOptions{}, "SSL_cipher_list"},
	}
	for _, test := range tests {
		got, _, err := parseTLSOptions("", []string{test.text})
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want %q", test.text, err, test.err)
			}
		case err != nil || got != test.want:
			t.Errorf("%q: %+v, %v", test.text, got, err)
		}
	}
}

func TestProxyIsTreatedAsTheServerIs(t *testing.T) {
	t.Parallel()
	const v12, v13 = tls.VersionTLS12, tls.VersionTLS13
	const base = "SSL_ca_file => ca, SSL_cert_file => cert, SSL_key_file => key, SSL_hostname => host, "
	tests := []struct {
		version, text string
		want          tlsOptions
	}{
		{"", base, tlsOptions{caFile: "ca", certFile: "cert", keyFile: "key"}},
		{"TLSv1_3", base + "SSL_version => TLSv1_2", tlsOptions{minVersion: v13, maxVersion: v13, caFile: "ca", certFile: "cert", keyFile: "key"}},
		{"TLSv1_3", "SSL_proxy_version => TLSv1_2", tlsOptions{minVersion: v12, maxVersion: v12}},
		{"", "SSL_proxy_key_file => k, SSL_proxy_cert_file => c, " + base, tlsOptions{caFile: "ca", certFile: "c", keyFile: "k"}},
		{"", base + "SSL_proxy_cert_file => both", tlsOptions{caFile: "ca", certFile: "both"}},
		{"", base + "SSL_proxy_ca_path => dir, SSL_proxy_hostname => p", tlsOptions{caPath: "dir", certFile: "cert", keyFile: "key", serverName: "p"}},
		{"", "SSL_proxy_verify_mode => 1, SSL_verify_mode => 0", tlsOptions{}},
		{"", "SSL_verify_mode => 0", tlsOptions{insecure: true}},
	}
	for _, test := range tests {
		if _, got, err := parseTLSOptions(test.version, []string{test.text}); err != nil || got != test.want {
			t.Errorf("%s %q: %+v, %v", test.version, test.text, got, err)
		}
	}
	if server, proxy, err := parseTLSOptions("", []string{"SSL_proxy_verify_mode => 0, SSL_proxy_cert_file => c"}); err != nil ||
		server != (tlsOptions{}) || proxy != (tlsOptions{insecure: true, certFile: "c"}) {
		t.Errorf("%+v, %+v, %v", server, proxy, err)
	}
}

func FuzzParseTLSOptions(f *testing.F) {
	for _, seed := range []string{"SSL_version => TLSv1_2", "SSL_ca_file => 'a', SSL_verify_mode => 0", "SSL_version => 'SSLv23:!TLSv1'", "=>", "a=>'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, proxy, err := parseTLSOptions("", []string{text})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%q: %q is more than a line", text, err)
			}
			return
		}
		if o.minVersion > o.maxVersion || o.insecure && !strings.Contains(text, "SSL_verify_mode") {
			t.Errorf("%q: %+v", text, o)
		}
		if !strings.Contains(text, proxyPrefix) {
			proxy.serverName = o.serverName
			if proxy != o {
				t.Errorf("%q: %+v for the server, %+v for the proxy", text, o, proxy)
			}
		}
	})
}

func TestCurlFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	// The words are those of curl's OpenSSL, GnuTLS and NSS builds.
	tests := []struct {
		code   int
		detail string
		want   fault
		status int
	}{
		{60, "SSL certificate problem: unable to get local issuer certificate", unknownIssuer, 0},
		{60, "SSL certificate problem: self-signed certificate in certificate chain", unknownIssuer, 0},
		{60, "SSL certificate problem: certificate has expired", expired, 0},
		{60, "SSL certificate problem: certificate is not yet valid", notYetValid, 0},
		{60, "SSL certificate problem: certificate revoked", revoked, 0},
		{60, "server certificate verification failed. CAfile: none CRLfile: none", tlsFailure, 0},
		{35, "error:0A00010B:SSL routines::wrong version number", notTLS, 0},
		{35, "OpenSSL/3.2.2: error:0A0000C6:SSL routines::packet length too long", notTLS, 0},
		{35, "error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported", oldProtocol, 0},
		{35, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x:443", tlsFailure, 0},
		{60, "SSL certificate verification failed", refusesCertificate, 0},
		{35, "error:0A000102:SSL routines::unsupported protocol", oldProtocol, 0},
		{35, "error:0A00042E:SSL routines::tlsv1 alert protocol version", oldProtocol, 0},
		{35, "error:0A000410:SSL routines::sslv3 alert handshake failure", refusesHandshake, 0},
		{35, "TLS connect error: error:0A000410:SSL routines::ssl/tls alert handshake failure", refusesHandshake, 0},
		{35, "error:0A000412:SSL routines::sslv3 alert bad certificate", refusesCertificate, 0},
		{35, "error:0A000414:SSL routines::sslv3 alert certificate revoked", refusesCertificate, 0},
		{35, "error:0A000415:SSL routines::sslv3 alert certificate expired", refusesCertificate, 0},
		{35, "error:0A000418:SSL routines::tlsv1 alert unknown ca", refusesCertificate, 0},
		{56, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0", wantsCertificate, 0},
		{35, "error:0A000438:SSL routines::tlsv1 alert something new", tlsFailure, 0},
		{58, "could not load PEM client certificate, OpenSSL error error:80000002:system library::No such file or directory", curlCertificate, 0},
		{58, "unable to set private key file: '/x' type PEM", curlCertificate, 0},
		{59, "failed setting cipher list: x", tlsFailure, 0},
		{77, "error setting certificate file: /x", curlAuthorities, 0},
		{82, "error loading CRL file: /x", curlAuthorities, 0},
		{91, "No OCSP response received", tlsFailure, 0},
		{98, "", wantsCertificate, 0},
		{60, "SSL: no alternative certificate subject name matches target host name 'x'", wrongName, 0},
		{51, "SSL: unable to obtain common name from peer certificate, hostname mismatch", wrongName, 0},
		{56, "Received HTTP code 407 from proxy after CONNECT", proxyRefusal, 407},
		{56, "CONNECT tunnel failed, response 403", proxyRefusal, 403},
		{56, "Recv failure: Connection reset by peer", brokenConnection, 0},
		{52, "Empty reply from server", brokenConnection, 0},
		{7, "Failed to connect to x port 1: Connection timed out", timedOut, 0},
		{7, "Failed to connect to x port 1: No route to host", unreachable, 0},
		{7, "Couldn't connect to server", refused, 0},
		{28, "Connection timed out after 1000 milliseconds", timedOut, 0},
		{2, "option --suppress-connect-headers: is unknown", oldCurl, 0},
		{-1, "signal: killed", otherFault, 0},
		{3, "URL using bad/illegal format or missing URL", otherFault, 0},
	}
	for _, test := range tests {
		if got, status := classifyCurl(&curl.Error{Code: test.code, Detail: test.detail}); got != test.want || status != test.status {
			t.Errorf("%d %s: %d %d, want %d %d", test.code, test.detail, got, status, test.want, test.status)
		}
	}
}

// TestLostAlertIsABrokenConnection is what net/http makes of an alert that comes before the first request is on a connection of HTTP/2.
func TestLostAlertIsABrokenConnection(t *testing.T) {
	t.Parallel()
	err := &url.Error{Op: "Get", URL: "https://x/", Err: errors.New("http2: client conn could not be established")}
	if what, _ := classify(err); what != brokenConnection || !transient(nil, err) {
		t.Errorf("%d", what)
	}
}
