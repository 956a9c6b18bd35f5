package web

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
)

// config reads the files that are named, and leaves the roots of the system to the first handshake that needs them. prefix begins the names
// of the options in errors.
func (o tlsOptions) config(prefix string) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: o.minVersion, MaxVersion: o.maxVersion, ServerName: o.serverName,
		InsecureSkipVerify: o.insecure, //nolint:gosec // only where the operator asked for it
	}
	pair := &tls.Certificate{}
	if o.certFile != "" || o.keyFile != "" {
		var err error
		if pair, err = loadClientCertificate(o.certFile, o.keyFile); err != nil {
			return nil, failure.New("Cannot use the client certificate of %scert_file and %skey_file in --ssl-opt: %w", prefix, prefix, err)
		}
	}
	config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if r := routeOf(asked.Context()); r != nil {
			r.asked.Store(true)
		}
		return pair, nil
	}
	if o.caFile != "" || o.caPath != "" {
		pool, err := loadPool(o.caFile, o.caPath)
		if err != nil {
			return nil, failure.New("Cannot use %sca_file or %sca_path in --ssl-opt: %w", prefix, prefix, err)
		}
		config.RootCAs = pool
	}
	return config, nil
}

// loadClientCertificate reads a certificate, with those in between, and its key. Errors name files and never what is in them.
func loadClientCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	if certFile == "" {
		return nil, errors.New("there is a key but no certificate")
	}
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	if _, ok := findPEM(cert, "CERTIFICATE"); !ok {
		return nil, fmt.Errorf("no PEM certificate in %s", certFile)
	}
	key := cert
	if keyFile == "" {
		keyFile = certFile
	} else if key, err = os.ReadFile(keyFile); err != nil {
		return nil, err
	}
	block, ok := findPEM(key, "PRIVATE KEY")
	if !ok {
		return nil, fmt.Errorf("no PEM private key in %s", keyFile)
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, fmt.Errorf("the private key in %s has a passphrase, which backend lwp cannot take: write it without (openssl pkey), "+
			"or use --http-backend=curl with CURLOPT_KEYPASSWD", keyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	switch {
	case err == nil:
		return &pair, nil
	case strings.Contains(err.Error(), "does not match"):
		return nil, fmt.Errorf("the private key in %s does not belong to the certificate in %s", keyFile, certFile)
	}
	return nil, fmt.Errorf("the certificate in %s or the private key in %s is damaged", certFile, keyFile)
}

// findPEM returns the first block whose type ends so: there are several kinds of private keys.
func findPEM(text []byte, kind string) (*pem.Block, bool) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, false
		}
		if strings.HasSuffix(block.Type, kind) {
			return block, true
		}
		text = rest
	}
}

// loadPool reads the certificates of a PEM file and of all PEM files in a directory, however they are called.
func loadPool(file, dir string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(text) {
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
	var unreadable error
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			continue // also a pipe, which would be waited for
		}
		text, err := os.ReadFile(name)
		if err != nil {
			unreadable = err // other files lie there too, such as keys that are not for everybody
			continue
		}
		found = pool.AppendCertsFromPEM(text) || found
	}
	switch {
	case found:
		return pool, nil
	case unreadable != nil:
		return nil, fmt.Errorf("no PEM certificate in %s that can be read: %w", dir, unreadable)
	}
	return nil, fmt.Errorf("no PEM certificate in a file of %s", dir)
}
