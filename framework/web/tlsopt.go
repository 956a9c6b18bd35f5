package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
)

const supportedSSLOptions = "SSL_version, SSL_verify_mode, SSL_ca_file, SSL_ca_path, SSL_cert_file, SSL_key_file, SSL_hostname"

// tlsOptions are what --ssl and --ssl-opt say, in the words of Perl's IO::Socket::SSL.
type tlsOptions struct {
	minVersion, maxVersion uint16 // zero: Go's own choice
	insecure               bool
	caFile, caPath         string
	certFile, keyFile      string
	serverName             string
}

// parseTLSOptions reads each text as one or more "SSL_name => value" with commas between; the last one of a name wins.
func parseTLSOptions(texts []string) (tlsOptions, error) {
	var o tlsOptions
	for _, text := range texts {
		for rest := text; strings.TrimSpace(rest) != ""; {
			name, after, ok := strings.Cut(rest, "=>")
			name = unquote(strings.TrimSpace(name))
			if !ok {
				name, _, _ = strings.Cut(strings.NewReplacer("=", " ", "-", " ", ":", " ", ",", " ").Replace(name), " ")
				return o, failure.New("Invalid --ssl-opt %.60q: it has to be of the form 'SSL_name => value'", name) // the rest may be a password
			}
			var value string
			value, rest, ok = cutValue(after)
			if !ok {
				return o, failure.New("Invalid --ssl-opt %.60s: a quote is not closed or is followed by more text", name)
			}
			if err := o.set(name, value); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

// cutValue splits a quoted or bare value from what follows the comma behind it.
func cutValue(text string) (value, rest string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || text[0] != '"' && text[0] != '\'' {
		value, rest, _ = strings.Cut(text, ",")
		return strings.TrimSpace(value), rest, true
	}
	value, rest, ok = strings.Cut(text[1:], text[:1])
	if rest = strings.TrimSpace(rest); rest == "" {
		return value, "", ok
	}
	rest, comma := strings.CutPrefix(rest, ",")
	return value, rest, ok && comma
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func (o *tlsOptions) set(name, value string) error {
	switch name {
	case "SSL_version":
		return o.setVersion(value)
	case "SSL_verify_mode":
		switch strings.TrimPrefix(value, "IO::Socket::SSL::") {
		case "SSL_VERIFY_NONE", "0", "0x00", "0x0":
			o.insecure = true
		case "SSL_VERIFY_PEER", "1", "0x01", "0x1":
			o.insecure = false
		default:
			return failure.New("Unsupported SSL_verify_mode %.60q in --ssl-opt: use SSL_VERIFY_PEER or SSL_VERIFY_NONE", value)
		}
	case "SSL_ca_file":
		o.caFile = value
	case "SSL_ca_path":
		o.caPath = value
	case "SSL_cert_file":
		o.certFile = value
	case "SSL_key_file":
		o.keyFile = value
	case "SSL_hostname":
		o.serverName = value
	case "SSL_use_cert": // SSL_cert_file says as much
	default:
		return failure.New("Unsupported TLS option %.60q in --ssl-opt; these are supported: %s", name, supportedSSLOptions)
	}
	return nil
}

// setVersion reads "TLSv1_2" (that version only) or "SSLv23:!SSLv3:!TLSv1" (all but those).
func (o *tlsOptions) setVersion(text string) error {
	enabled := map[uint16]bool{}
	for i, field := range strings.Split(text, ":") {
		name, not := strings.CutPrefix(strings.TrimSpace(field), "!")
		name = strings.ReplaceAll(strings.ToLower(name), "_", "")
		version, old := uint16(0), false
		switch name {
		case "tlsv1", "tlsv10":
			version = tls.VersionTLS10
		case "tlsv11":
			version = tls.VersionTLS11
		case "tlsv12":
			version = tls.VersionTLS12
		case "tlsv13":
			version = tls.VersionTLS13
		case "sslv2", "sslv3":
			old = true
		case "sslv23", "sslv2/3":
			if not {
				return versionError(text)
			}
			for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
				enabled[v] = true
			}
			continue
		default:
			return versionError(text)
		}
		switch {
		case not:
			if i == 0 {
				for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
					enabled[v] = true
				}
			}
			delete(enabled, version)
		case old:
			return versionError(text)
		default:
			enabled[version] = true
		}
	}
	o.minVersion, o.maxVersion = 0, 0
	for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
		if !enabled[v] {
			continue
		}
		if o.minVersion == 0 {
			o.minVersion = v
		} else if o.maxVersion != v-1 {
			return failure.New("Invalid TLS version %.60q in --ssl or --ssl-opt: it leaves a gap between two versions", text)
		}
		o.maxVersion = v
	}
	if o.minVersion == 0 {
		return versionError(text)
	}
	return nil
}

func versionError(text string) error {
	return failure.New("Unsupported TLS version %.60q in --ssl or --ssl-opt: use TLSv1, TLSv1_1, TLSv1_2 or TLSv1_3, or "+
		"SSLv23:!TLSv1 for all but one", text)
}

// config reads the files that are named, and leaves the roots of the system to the first handshake that needs them.
func (o tlsOptions) config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: o.minVersion, MaxVersion: o.maxVersion, ServerName: o.serverName,
		InsecureSkipVerify: o.insecure, //nolint:gosec // only where the operator asked for it
	}
	if o.certFile != "" {
		key := o.keyFile
		if key == "" {
			key = o.certFile
		}
		pair, err := tls.LoadX509KeyPair(o.certFile, key)
		if err != nil {
			return nil, failure.New("Cannot use the client certificate of SSL_cert_file and SSL_key_file in --ssl-opt: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if o.caFile != "" || o.caPath != "" {
		pool, err := loadPool(o.caFile, o.caPath)
		if err != nil {
			return nil, failure.New("Cannot use SSL_ca_file or SSL_ca_path in --ssl-opt: %w", err)
		}
		config.RootCAs = pool
	}
	return config, nil
}

// loadPool reads the certificates of a PEM file and of all PEM files in a directory.
func loadPool(file, dir string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no PEM certificate in %s", file)
		}
	}
	if dir == "" {
		return pool, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := false
	for _, entry := range entries {
		pem, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err == nil && pool.AppendCertsFromPEM(pem) {
			found = true
		}
	}
	if !found {
		return nil, errors.New("no PEM certificate in a file of " + dir)
	}
	return pool, nil
}
