package kdbx

import (
	"context"
	"crypto/aes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tobischo/argon2"
)

// What deriving a key may cost at most: some ten or twenty seconds, where KeePass takes one by default.
const (
	maxRounds     = 1_000_000_000
	maxMemory     = 1 << 30  // bytes
	maxMemoryWork = 16 << 30 // bytes, over all iterations
)

const (
	derivationAES3     = "\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea"
	derivationAES4     = "\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38"
	derivationArgon2d  = "\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c"
	derivationArgon2id = "\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6"
)

// derivation makes the key that the ciphers take out of the composite one, slowly.
type derivation func(ctx context.Context, composite [32]byte) ([]byte, error)

// derivation returns what the header asks for, unless it costs too much.
func (h *header) derivation() (derivation, error) {
	if h.major == 3 {
		return aesDerivation(h.fields[fieldTransformSeed], h.fields[fieldRounds])
	}
	parameters, err := variants(h.fields[fieldDerivation])
	if err != nil {
		return nil, err
	}
	switch string(parameters["$UUID"]) {
	case derivationAES3, derivationAES4:
		return aesDerivation(parameters["S"], parameters["R"])
	case derivationArgon2d:
		return argon2Derivation(argon2.DKey, parameters)
	case derivationArgon2id:
		return argon2Derivation(argon2.IDKey, parameters)
	}
	return nil, errors.New("its key derivation is unknown: use Argon2 or AES-KDF")
}

func aesDerivation(seed, encoded []byte) (derivation, error) {
	if len(seed) != 32 || len(encoded) != 8 {
		return nil, errDamaged
	}
	rounds := binary.LittleEndian.Uint64(encoded)
	if rounds > maxRounds {
		return nil, fmt.Errorf("its key derivation asks for %d rounds, more than %d: set fewer in its security settings", rounds, maxRounds)
	}
	return func(ctx context.Context, key [32]byte) ([]byte, error) {
		block, err := aes.NewCipher(seed)
		if err != nil {
			return nil, err
		}
		for round := range rounds {
			if round%(1<<20) == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			block.Encrypt(key[:16], key[:16])
			block.Encrypt(key[16:], key[16:])
		}
		hash := sha256.Sum256(key[:])
		return hash[:], nil
	}, nil
}

type argon2Func func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte

func argon2Derivation(derive argon2Func, parameters map[string][]byte) (derivation, error) {
	const kibi = 1 << 10
	salt, version, threads := parameters["S"], parameters["V"], parameters["P"]
	encodedMemory, encodedTimes := parameters["M"], parameters["I"]
	if len(salt) < 8 || len(version) != 4 || len(threads) != 4 || len(encodedMemory) != 8 || len(encodedTimes) != 8 {
		return nil, errDamaged
	}
	if v := binary.LittleEndian.Uint32(version); v != argon2.Version {
		return nil, fmt.Errorf("its version of Argon2 is %#x, not %#x: save it anew with a later program", v, argon2.Version)
	}
	if len(parameters["K"]) > 0 || len(parameters["A"]) > 0 {
		return nil, errors.New("its Argon2 takes a secret of its own, which is not supported")
	}
	memory, times := binary.LittleEndian.Uint64(encodedMemory), binary.LittleEndian.Uint64(encodedTimes)
	parallel := binary.LittleEndian.Uint32(threads)
	switch {
	case memory < 8*kibi || times == 0 || parallel == 0:
		return nil, errDamaged
	case memory > maxMemory || times > maxMemoryWork/memory || parallel > 255:
		return nil, fmt.Errorf("its Argon2 asks for %d MiB, %d times, in %d threads: set at most %d MiB, and no more than %d MiB over all times, "+
			"in its security settings", memory>>20, times, parallel, maxMemory>>20, maxMemoryWork>>20)
	}
	return func(ctx context.Context, key [32]byte) ([]byte, error) {
		return derive(key[:], salt, uint32(times), uint32(memory/kibi), uint8(parallel), 32), ctx.Err()
	}, nil
}

// variants reads a dictionary: a version, then values with type and name. What a value is, its name says.
func variants(data []byte) (map[string][]byte, error) {
	r := &reader{rest: data}
	if version := r.uint16(); version>>8 != 1 {
		return nil, errDamaged
	}
	values := map[string][]byte{}
	for {
		if kind := r.byte(); kind == 0 && !r.short {
			return values, nil
		}
		name := r.take(r.length())
		values[string(name)] = r.take(r.length())
		if r.short {
			return nil, errDamaged
		}
	}
}
