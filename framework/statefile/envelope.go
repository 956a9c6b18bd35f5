package statefile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
)

// envelope encrypts a state into a JSON object of its own, the one of the Perl plugins, so that both read each other:
// AES in CBC mode with the padding of PKCS #7.
type envelope struct{ block cipher.Block }

// sealed is an encrypted state as it is kept.
type sealed struct {
	Encrypted  int    `json:"encrypted"`
	Cipher     string `json:"cipher"`
	IV         string `json:"iv"` // hexadecimal
	Ciphertext []byte `json:"ciphertext"`
}

func newEnvelope(name, key string) (*envelope, error) {
	if name != "" && !strings.EqualFold(name, "AES") {
		return nil, failure.New("Cipher '%s' of --statefile-cipher is not supported. Use AES.", name)
	}
	if missing := aes.BlockSize - len(key); missing > 0 {
		key += strings.Repeat("0", missing)
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, failure.New("The key of --statefile-key has %d bytes. Give one of at most 16, or of exactly 24 or 32 bytes.", len(key))
	}
	return &envelope{block}, nil
}

func (e *envelope) seal(plain []byte) ([]byte, error) {
	iv := make([]byte, aes.BlockSize)
	rand.Read(iv)
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	text := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(e.block, iv).CryptBlocks(text, text)
	return json.Marshal(sealed{Encrypted: 1, Cipher: "AES", IV: hex.EncodeToString(iv), Ciphertext: text})
}

// open takes the fields of sealed, as another format than JSON may have held them. It returns false for whatever this key did
// not encrypt.
func (e *envelope) open(sealed map[string]any) (plain []byte, ok bool) {
	name, _ := sealed["cipher"].(string)
	ivText, _ := sealed["iv"].(string)
	encoded, _ := sealed["ciphertext"].(string)
	iv, err := hex.DecodeString(ivText)
	if err != nil || !strings.EqualFold(name, "AES") || len(iv) != aes.BlockSize {
		return nil, false
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, false
	}
	cipher.NewCBCDecrypter(e.block, iv).CryptBlocks(text, text)
	pad := int(text[len(text)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, false
	}
	plain, padding := text[:len(text)-pad], text[len(text)-pad:]
	return plain, bytes.Count(padding, []byte{byte(pad)}) == pad
}
