package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha3"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What Centreon encrypts is the base64 form of: the vector of AES-256-CBC, the HMAC-SHA3-512 of the ciphertext, whose key is
// the salt, and the ciphertext, padded as in PKCS #7. Keys are written in base64 too.
const (
	centreonKey  = 32
	centreonHMAC = 64
	centreonHead = aes.BlockSize + centreonHMAC
)

// centreonDecrypt decrypts a text. Without a salt the HMAC is not checked. It says nothing about the secret: a wrong one is
// told by a padding that does not fit, or by what is no text. The errors hold nothing of the text.
func centreonDecrypt(text, secret, salt string) (string, error) {
	data := looseBase64(text)
	if len(data) <= centreonHead || (len(data)-centreonHead)%aes.BlockSize != 0 {
		return "", errors.New("it is not encrypted, or cut off")
	}
	vector, sum, encrypted := data[:aes.BlockSize], data[aes.BlockSize:centreonHead], data[centreonHead:]
	if salt != "" {
		mac := hmac.New(func() hash.Hash { return sha3.New512() }, looseBase64(salt))
		mac.Write(encrypted)
		if !hmac.Equal(mac.Sum(nil), sum) {
			return "", errors.New("it is damaged, or does not belong to the salt beside it")
		}
	}
	// OpenSSL cuts a longer key, and fills up a shorter one with zeros.
	key := make([]byte, centreonKey)
	if copy(key, looseBase64(secret)) == 0 {
		return "", errors.New("APP_SECRET holds no key in base64")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	plain := make([]byte, len(encrypted))
	cipher.NewCBCDecrypter(block, vector).CryptBlocks(plain, encrypted)
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > aes.BlockSize || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", errors.New("APP_SECRET is another than it was encrypted with")
	}
	plain = plain[:len(plain)-pad]
	if len(plain) == 0 || !utf8.Valid(plain) || bytes.ContainsFunc(plain, unicode.IsControl) {
		return "", errors.New("APP_SECRET is another than it was encrypted with")
	}
	return string(plain), nil
}

// centreonEncrypted reports whether a text looks like an encrypted one. Role and secret IDs do not: they are far shorter.
func centreonEncrypted(text string) bool {
	data, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(data) > centreonHead && (len(data)-centreonHead)%aes.BlockSize == 0
}

// looseBase64 decodes as PHP does: characters that do not belong there, such as quotes, do not count.
func looseBase64(text string) []byte {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '+', r == '/':
			return r
		}
		return -1
	}, text)
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return data
}
