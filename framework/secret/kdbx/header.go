package kdbx

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The fields of the header.
const (
	fieldEnd           = 0
	fieldCipher        = 2
	fieldCompression   = 3
	fieldMasterSeed    = 4
	fieldTransformSeed = 5 // this and those below that are not of KDBX 4
	fieldRounds        = 6
	fieldIV            = 7
	fieldStreamKey     = 8
	fieldStreamStart   = 9
	fieldStreamID      = 10
	fieldDerivation    = 11 // of KDBX 4
)

// header is the part of the file that is not encrypted.
type header struct {
	major      uint16
	raw        []byte // the header as it is in the file
	fields     map[byte][]byte
	compressed bool
}

func readHeader(r *reader) (*header, error) {
	const (
		first        = 0x9AA2D903
		second       = 0xB54BFB67
		secondKeyOne = 0xB54BFB65
	)
	content := r.rest
	one, two := r.uint32(), r.uint32()
	minor, major := r.uint16(), r.uint16()
	switch {
	case one == first && two == secondKeyOne:
		return nil, errors.New("it is of KeePass 1: save it with KeePass 2 or KeePassXC as KDBX 4")
	case r.short || one != first || two != second:
		return nil, errors.New("it is no KeePass database")
	case major != 3 && major != 4:
		return nil, fmt.Errorf("it is of version %d.%d: save it as KDBX 4", major, minor)
	}
	h := &header{major: major, fields: map[byte][]byte{}}
	for {
		id := r.byte()
		var size int
		if major == 3 {
			size = int(r.uint16())
		} else {
			size = r.length()
		}
		data := r.take(size)
		if r.short {
			return nil, errDamaged
		}
		if id == fieldEnd {
			break
		}
		h.fields[id] = data
	}
	h.raw = content[:len(content)-len(r.rest)]
	compression := h.fields[fieldCompression]
	if len(h.fields[fieldMasterSeed]) != 32 || len(compression) != 4 {
		return nil, errDamaged
	}
	switch binary.LittleEndian.Uint32(compression) {
	case 0:
	case 1:
		h.compressed = true
	default:
		return nil, errors.New("its compression is unknown: use GZip or none")
	}
	return h, nil
}

// stream returns how the values of a KDBX 3.1 file are protected.
func (h *header) stream() (id uint32, key []byte) {
	if field := h.fields[fieldStreamID]; len(field) == 4 {
		id = binary.LittleEndian.Uint32(field)
	}
	return id, h.fields[fieldStreamKey]
}
