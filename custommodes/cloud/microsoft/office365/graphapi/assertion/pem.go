package assertion

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// pem reads a PEM file. Blocks of other types, and the text between blocks, are passed over.
func (f file) pem() ([]*x509.Certificate, crypto.PrivateKey, error) {
	var certificates []*x509.Certificate
	var keys []*pem.Block
	for block, rest := pem.Decode(f.content); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE":
			if c, err := x509.ParseCertificate(block.Bytes); err == nil { // of the others in a chain, nothing is needed
				certificates = append(certificates, c)
			}
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			keys = append(keys, block)
		}
	}
	switch {
	case len(keys) == 0:
		return nil, nil, f.noKey()
	case len(keys) > 1:
		return nil, nil, f.problem("the file holds %d private keys. Leave the one that belongs to the certificate.", len(keys))
	case len(certificates) == 0:
		return nil, nil, f.noCertificate()
	}
	key, err := f.pemKey(keys[0])
	return certificates, key, err
}

// pemKey reads a private key, decrypted if need be.
func (f file) pemKey(block *pem.Block) (crypto.PrivateKey, error) {
	old, encrypted := block.Headers["DEK-Info"] != "", block.Type == "ENCRYPTED PRIVATE KEY"
	if !old && !encrypted {
		key, err := parseKey(block.Type, block.Bytes)
		if err != nil {
			return nil, f.problem("its private key is damaged or not supported. Use an RSA key in PKCS#8 or PKCS#1.")
		}
		return key, nil
	}
	if f.password == "" {
		return nil, f.locked()
	}
	var der []byte
	var err error
	if old {
		der, err = decryptOld(block, f.password)
	} else {
		der, err = decryptPKCS8(block.Bytes, f.password)
	}
	switch {
	case errors.Is(err, errUnsupported):
		return nil, f.problem("its private key is encrypted in a way that is not supported. " +
			"Encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEWKEY, and put NEWKEY and the certificate into one file.")
	case errors.Is(err, errIterations):
		return nil, f.costly()
	case err != nil:
		return nil, f.locked()
	}
	key, err := parseKey(block.Type, der)
	if err != nil {
		return nil, f.locked() // a wrong password can leave a valid padding by chance
	}
	return key, nil
}

// decryptOld decrypts a key with the headers of RFC 1423 ("Proc-Type: 4,ENCRYPTED"), as openssl wrote them before 3.0. It is
// deprecated because it does not notice a changed file; here, what was changed fits no certificate.
func decryptOld(block *pem.Block, password string) ([]byte, error) {
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // see above
	if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
		return nil, errUnsupported
	}
	return der, err
}

func parseKey(blockType string, der []byte) (crypto.PrivateKey, error) {
	switch blockType {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(der)
	}
	return x509.ParsePKCS8PrivateKey(der)
}
