package assertion

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // older files are encrypted with it
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // older files are encrypted with it
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

var (
	errUnsupported = errors.New("unsupported encryption")
	errIterations  = errors.New("too many iterations")
	errDecryption  = errors.New("wrong password, or damaged")
)

// The shapes of RFC 5958 and RFC 8018, appendix A.
type (
	encryptedPrivateKeyInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Params struct {
		KDF, Cipher pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

// decryptPKCS8 decrypts an EncryptedPrivateKeyInfo of PBES2 with PBKDF2, which is what openssl has written since 1.1.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info encryptedPrivateKeyInfo
	var scheme pbes2Params
	var kdf pbkdf2Params
	var iv []byte
	if !unmarshal(der, &info) {
		return nil, errDecryption
	}
	if info.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" || !unmarshal(info.Algorithm.Parameters.FullBytes, &scheme) ||
		scheme.KDF.Algorithm.String() != "1.2.840.113549.1.5.12" || !unmarshal(scheme.KDF.Parameters.FullBytes, &kdf) ||
		!unmarshal(scheme.Cipher.Parameters.FullBytes, &iv) {
		return nil, errUnsupported
	}
	prf, known := prfOf(kdf.PRF.Algorithm)
	newCipher, keySize, knownCipher := cipherOf(scheme.Cipher.Algorithm)
	switch {
	case !known || !knownCipher || kdf.KeyLength != 0 && kdf.KeyLength != keySize:
		return nil, errUnsupported
	case kdf.Iterations > maxIterations:
		return nil, errIterations
	}
	key, err := pbkdf2.Key(prf, password, kdf.Salt, kdf.Iterations, keySize)
	if err != nil {
		return nil, errUnsupported // by the rules of FIPS 140, where they are in force
	}
	block, err := newCipher(key)
	if err != nil {
		return nil, errUnsupported
	}
	return decryptCBC(block, iv, info.Data)
}

func unmarshal(der []byte, v any) bool {
	rest, err := asn1.Unmarshal(der, v)
	return err == nil && len(rest) == 0
}

func prfOf(oid asn1.ObjectIdentifier) (func() hash.Hash, bool) {
	switch oid.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New, true
	case "1.2.840.113549.2.8":
		return sha256.New224, true
	case "1.2.840.113549.2.9":
		return sha256.New, true
	case "1.2.840.113549.2.10":
		return sha512.New384, true
	case "1.2.840.113549.2.11":
		return sha512.New, true
	}
	return nil, false
}

func cipherOf(oid asn1.ObjectIdentifier) (newCipher func(key []byte) (cipher.Block, error), keySize int, ok bool) {
	switch oid.String() {
	case "1.2.840.113549.3.7":
		return des.NewTripleDESCipher, 24, true
	case "2.16.840.1.101.3.4.1.2":
		return aes.NewCipher, 16, true
	case "2.16.840.1.101.3.4.1.22":
		return aes.NewCipher, 24, true
	case "2.16.840.1.101.3.4.1.42":
		return aes.NewCipher, 32, true
	}
	return nil, 0, false
}

// decryptCBC decrypts data and takes the padding off.
func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errDecryption
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > size {
		return nil, errDecryption
	}
	return plain[:len(plain)-padding], nil // what is wrong with the rest, the parser of the key finds
}
