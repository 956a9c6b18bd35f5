package assertion

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// maxIterations bounds the work that a file may ask for to turn the password into a key: about a second. Programs write counts of
// 2 048 to 600 000.
const maxIterations = 1 << 20

// costly says that the file asks for too much work.
func (f file) costly() error {
	return f.problem("its password is hashed more than %d times, which a check cannot wait for. Export it anew with fewer iterations.", maxIterations)
}

// pkcs12 reads a PKCS#12 file.
func (f file) pkcs12() ([]*x509.Certificate, crypto.PrivateKey, error) {
	if !affordable(f.content) {
		return nil, nil, f.costly()
	}
	key, first, others, err := pkcs12.DecodeChain(f.content, f.password)
	var unsupported pkcs12.NotImplementedError
	switch {
	case err == nil:
		return append(others, first), key, nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, nil, f.locked()
	case strings.ContainsFunc(f.password, func(r rune) bool { return r > 0xffff }):
		return nil, nil, f.problem("characters such as emoji are not supported in the password of a PKCS#12 file. " +
			"Export it anew with another password.")
	case errors.As(err, &unsupported):
		return nil, nil, f.problem("it is a PKCS#12 file of a kind that is not supported. " +
			"Turn it into PEM: openssl pkcs12 -in FILE -out NEWFILE, and name NEWFILE.")
	case err.Error() == "pkcs12: certificate missing": // the library has no values for these two
		return nil, nil, f.noCertificate()
	case err.Error() == "pkcs12: private key missing":
		return nil, nil, f.noKey()
	}
	if _, err := x509.ParseCertificate(f.content); err == nil {
		return nil, nil, f.noKey()
	}
	return nil, nil, f.problem("it is neither a PEM nor a PKCS#12 file that can be read. " +
		"If other programs read it, turn it into PEM: openssl pkcs12 -in FILE -out NEWFILE, and name NEWFILE.")
}

// affordable reports whether every iteration count in a PKCS#12 file is within the bounds, which the library does not check
// (https://github.com/SSLMate/go-pkcs12/issues/80). A count is an INTEGER right behind the OCTET STRING that is its salt. Counts
// within encrypted parts stay unseen: only who knows the password can have put them there.
func affordable(der []byte) bool {
	salted := false
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return true // the library will not read it either
		}
		der = rest
		universal := v.Class == asn1.ClassUniversal
		var count int
		if salted && universal && v.Tag == asn1.TagInteger && (!unmarshal(v.FullBytes, &count) || count > maxIterations) {
			return false
		}
		salted = universal && v.Tag == asn1.TagOctetString
		if (v.IsCompound || salted && isSequence(v.Bytes)) && !affordable(v.Bytes) {
			return false
		}
	}
	return true
}

// isSequence tells the OCTET STRINGs that hold DER from those that hold ciphertext.
func isSequence(b []byte) bool {
	var v asn1.RawValue
	return unmarshal(b, &v) && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagSequence
}
