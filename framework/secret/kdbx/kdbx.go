// Package kdbx reads the databases of KeePass 2, in the formats KDBX 3.1 and 4.
//
// Whatever a file says of its own sizes and costs is checked before it is believed. The ciphers and the key files are
// gokeepasslib's, the container is read here; decision 0019 says why.
package kdbx

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/tobischo/gokeepasslib/v3"
)

// MaxSize is the size of the largest database that is read, in bytes, before and after it is decompressed. It is there to
// bound the memory.
const MaxSize = 64 << 20

// ErrKey says that a database does not open with the key, which looks the same as damage.
var ErrKey = errors.New("the password or key file is wrong, or the file is damaged")

var errDamaged = errors.New("it is damaged: restore it from a copy")

// Key opens a database. Each of its parts may be missing.
type Key struct {
	Password string
	File     []byte // what the key file holds
}

// composite returns what the key derivation starts with.
func (k Key) composite() ([32]byte, error) {
	var parts []byte
	if k.Password != "" {
		hash := sha256.Sum256([]byte(k.Password))
		parts = append(parts, hash[:]...)
	}
	if k.File != nil {
		key, err := gokeepasslib.ParseKeyData(k.File)
		if err != nil {
			return [32]byte{}, errors.New("the key file is damaged") // the error may quote it
		}
		parts = append(parts, key...)
	}
	return sha256.Sum256(parts), nil
}

// Open decrypts a database and returns it in the shape that search paths are written for; see document.go.
func Open(ctx context.Context, content []byte, key Key) (map[string]any, error) {
	if len(content) > MaxSize {
		return nil, fmt.Errorf("it has more than %d MiB", MaxSize>>20)
	}
	r := &reader{rest: content}
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	composite, err := key.composite()
	if err != nil {
		return nil, err
	}
	derive, err := h.derivation()
	if err != nil {
		return nil, err
	}
	transformed, err := derive(ctx, composite)
	if err != nil {
		return nil, err
	}
	return h.document(r, transformed)
}

// document decrypts what follows the header.
func (h *header) document(r *reader, transformed []byte) (map[string]any, error) {
	var payload []byte
	var err error
	if h.major == 3 {
		payload, err = h.payload3(r, transformed)
	} else {
		payload, err = h.payload4(r, transformed)
	}
	if err != nil {
		return nil, err
	}
	if payload, err = h.decompress(payload); err != nil {
		return nil, err
	}
	streamID, streamKey := h.stream()
	if h.major == 4 {
		if payload, streamID, streamKey, err = innerHeader(payload); err != nil {
			return nil, err
		}
	}
	unlock, err := unlocker(streamID, streamKey)
	if err != nil {
		return nil, err
	}
	root, err := document(payload, unlock)
	if err != nil {
		return nil, err
	}
	if meta, ok := root["Meta"].(map[string]any); ok && h.major == 3 { // the header of KDBX 4 has proved right before
		want := sha256.Sum256(h.raw)
		if hash, _ := meta["HeaderHash"].(string); hash != "" && hash != base64.StdEncoding.EncodeToString(want[:]) {
			return nil, errDamaged
		}
	}
	return root, nil
}

// payload3 returns the content of a KDBX 3.1 file: blocks with their hashes, encrypted as a whole.
func (h *header) payload3(r *reader, transformed []byte) ([]byte, error) {
	plain, err := h.decrypt(r.rest, transformed)
	if err != nil {
		return nil, err
	}
	start := h.fields[fieldStreamStart]
	rest, ok := bytes.CutPrefix(plain, start)
	if len(start) != 32 || !ok {
		return nil, ErrKey
	}
	r = &reader{rest: rest}
	var payload []byte
	for index := uint32(0); ; index++ {
		number, hash := r.uint32(), r.take(sha256.Size)
		block := r.take(r.length())
		switch {
		case r.short || number != index:
			return nil, errDamaged
		case len(block) == 0:
			return payload, nil
		case sha256.Sum256(block) != [32]byte(hash):
			return nil, errDamaged
		}
		payload = append(payload, block...)
	}
}

// payload4 returns the content of a KDBX 4 file: encrypted blocks, header and blocks each with an HMAC.
func (h *header) payload4(r *reader, transformed []byte) ([]byte, error) {
	hash, mac := r.take(sha256.Size), r.take(sha256.Size)
	if r.short || sha256.Sum256(h.raw) != [32]byte(hash) {
		return nil, errDamaged
	}
	base := sha512.Sum512(append(bytes.Join([][]byte{h.fields[fieldMasterSeed], transformed}, nil), 1))
	if !hmac.Equal(mac, blockMAC(base, math.MaxUint64, h.raw)) {
		return nil, ErrKey
	}
	var encrypted []byte
	for index := uint64(0); ; index++ {
		mac, size := r.take(sha256.Size), r.length()
		block := r.take(size)
		if r.short {
			return nil, errDamaged
		}
		number := binary.LittleEndian.AppendUint64(nil, index)
		length := binary.LittleEndian.AppendUint32(nil, uint32(size))
		if !hmac.Equal(mac, blockMAC(base, index, number, length, block)) {
			return nil, errDamaged
		}
		if size == 0 {
			break
		}
		encrypted = append(encrypted, block...)
	}
	plain, err := h.decrypt(encrypted, transformed)
	if errors.Is(err, ErrKey) {
		err = errDamaged // the key has proved right
	}
	return plain, err
}

// blockMAC returns the HMAC of a block, made of parts, with the key of its index.
func blockMAC(base [64]byte, index uint64, parts ...[]byte) []byte {
	key := sha512.Sum512(append(binary.LittleEndian.AppendUint64(nil, index), base[:]...))
	mac := hmac.New(sha256.New, key[:])
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// decrypt undoes the outer cipher; a padding that is wrong means a wrong key.
func (h *header) decrypt(data, transformed []byte) ([]byte, error) {
	cipher, iv := h.fields[fieldCipher], h.fields[fieldIV]
	const block = 16
	stream := bytes.Equal(cipher, gokeepasslib.CipherChaCha20)
	switch {
	case stream && len(iv) != 12, !stream && len(iv) != block, !stream && (len(data)%block != 0 || len(data) == 0):
		return nil, errDamaged
	}
	key := sha256.Sum256(append(bytes.Clone(h.fields[fieldMasterSeed]), transformed...))
	manager, err := gokeepasslib.NewEncrypterManager(cipher, key[:], iv)
	if err != nil {
		return nil, errors.New("its cipher is unknown: use AES, ChaCha20 or Twofish")
	}
	plain := manager.Decrypt(data)
	if stream {
		return plain, nil
	}
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > block ||
		!bytes.Equal(plain[len(plain)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, ErrKey
	}
	return plain[:len(plain)-padding], nil
}

func (h *header) decompress(payload []byte) ([]byte, error) {
	if !h.compressed {
		return payload, nil
	}
	unzip, err := gzip.NewReader(bytes.NewReader(payload))
	if err != nil {
		return nil, errDamaged
	}
	unzip.Multistream(false) // some programs leave a padding behind it
	plain, err := io.ReadAll(io.LimitReader(unzip, MaxSize+1))
	switch {
	case err != nil:
		return nil, errDamaged
	case len(plain) > MaxSize:
		return nil, fmt.Errorf("it has more than %d MiB when it is decompressed", MaxSize>>20)
	}
	return plain, nil
}

// innerHeader reads what stands before the XML in KDBX 4, and returns the XML and how its values are protected.
func innerHeader(payload []byte) (xml []byte, streamID uint32, streamKey []byte, err error) {
	r := &reader{rest: payload}
	for {
		id, data := r.byte(), r.take(r.length())
		switch {
		case r.short:
			return nil, 0, nil, errDamaged
		case id == 0:
			return r.rest, streamID, streamKey, nil
		case id == 1 && len(data) == 4:
			streamID = binary.LittleEndian.Uint32(data)
		case id == 2:
			streamKey = data
		}
	}
}
