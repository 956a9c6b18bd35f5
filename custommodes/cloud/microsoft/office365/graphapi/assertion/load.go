package assertion

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/centplugins/centplugins/framework/failure"
)

const (
	maxSize = 128 << 10 // bytes: many times a chain; to check the RSA key that fits in takes seconds
	minBits = 2048
	maxBits = 8192 // as crypto/tls has it: to sign with more takes seconds
)

// Load reads the certificate and its private key from the content of the file at path: a PEM file with the certificate, or its
// chain, and the key in any order, or a PKCS#12 file. The password is that of the key or of the PKCS#12 file, and may be empty.
//
// The certificate is the one that the key belongs to; of several, as after a renewal that kept the key, the one that is valid
// longest. It may have expired.
func Load(path string, content []byte, password string) (*Certificate, error) {
	f := file{path, bytes.TrimPrefix(content, []byte("\ufeff")), password}
	if len(content) > maxSize {
		return nil, f.problem("it is larger than 128 KiB. Name a PEM or PKCS#12 file with the certificate and its private key.")
	}
	read := f.pkcs12
	if bytes.Contains(content, []byte("-----BEGIN ")) {
		read = f.pem
	}
	certificates, key, err := read()
	if err != nil {
		return nil, err
	}
	return f.pair(certificates, key)
}

// file is what Load is given.
type file struct {
	path     string
	content  []byte
	password string
}

// problem says what is wrong with the file and how to mend it, never in the words of a decoder: those may quote the file.
func (f file) problem(format string, args ...any) error {
	return failure.New("Cannot use client certificate '%s': %s", f.path, fmt.Sprintf(format, args...))
}

func (f file) noCertificate() error {
	return f.problem("the file holds no certificate that can be read. Put the certificate and its private key into one file.")
}

func (f file) noKey() error {
	return f.problem("the file holds no private key that can be read. Put the certificate and its private key into one file.")
}

// locked says that the password is missing or wrong.
func (f file) locked() error {
	if f.password == "" {
		return f.problem("it needs a password. Give it in --client-certificate-password.")
	}
	return f.problem("its password is wrong, or the file is damaged. Check --client-certificate-password.")
}

// pair finds the certificate of the key.
func (f file) pair(certificates []*x509.Certificate, key crypto.PrivateKey) (*Certificate, error) {
	const mend = "Entra ID takes RSA keys only: make a certificate with an RSA key of 2048 bits or more."
	var private *rsa.PrivateKey
	switch key := key.(type) {
	case *rsa.PrivateKey:
		private = key
	case *ecdsa.PrivateKey:
		return nil, f.problem("its key is an elliptic curve key (ECDSA). %s", mend)
	case ed25519.PrivateKey:
		return nil, f.problem("its key is an Ed25519 key. %s", mend)
	default:
		return nil, f.problem("its key is not an RSA key. %s", mend)
	}
	if bits := private.N.BitLen(); bits < minBits || bits > maxBits {
		return nil, f.problem("its RSA key has %d bits. Make a certificate with an RSA key of %d to %d bits.", bits, minBits, maxBits)
	}
	var leaf *x509.Certificate
	for _, c := range certificates {
		if private.PublicKey.Equal(c.PublicKey) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
			leaf = c
		}
	}
	if leaf == nil {
		return nil, f.problem("its private key belongs to no certificate in the file that can be read. " +
			"Put the key and the certificate that was made for it into one file.")
	}
	return &Certificate{leaf: leaf, key: private}, nil
}
