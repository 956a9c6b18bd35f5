package statefile

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"github.com/centplugins/centplugins/framework/perl"
)

// Types of values in the format of Perl's Storable; those that are missing here hold code, objects, or the same value twice.
const (
	storedLongText   = 1
	storedArray      = 2
	storedHash       = 3
	storedRef        = 4
	storedUndef      = 5
	storedInteger    = 6 // native order only
	storedDouble     = 7 // native order only
	storedByte       = 8
	storedNetInt     = 9
	storedText       = 10
	storedNoScalar   = 14 // the one undef that Perl shares
	storedYes        = 15
	storedNo         = 16
	storedUTF8       = 23
	storedLongUTF8   = 24
	storedFlagHash   = 25
	storedUndefElem  = 31
	storedBoolTrue   = 34
	storedBoolFalse  = 35
	storableMajor    = 2
	maxStorableDepth = 64

	// Flags of a key of a storedFlagHash.
	keyIsUTF8   = 1
	keyWasUTF8  = 2
	keyIsLocked = 4
)

// thaw reads a hash as Storable's freeze and nfreeze write it. It returns nil for whatever else it is given, and for hashes
// that hold more than JSON can. It makes nothing larger than what it reads.
func thaw(content []byte) map[string]any {
	r := storable{rest: content}
	if !r.header() {
		return nil
	}
	value, ok := r.value(0)
	data, isHash := value.(map[string]any)
	if !ok || !isHash || len(r.rest) > 0 {
		return nil
	}
	return data
}

type storable struct {
	rest  []byte
	order binary.ByteOrder // of lengths
	net   bool
}

// header refuses what a machine of another kind wrote in its own order.
func (r *storable) header() bool {
	start, ok := r.take(2)
	if !ok || start[0]>>1 != storableMajor {
		return false
	}
	if r.net = start[0]&1 == 1; r.net {
		r.order = binary.BigEndian
		return true
	}
	r.order = binary.NativeEndian
	native := "12345678"
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		native = "87654321"
	}
	// How numbers are ordered, and the sizes of int, long, pointers and doubles.
	native = "\x08" + native + "\x04\x08" + string(rune(strconv.IntSize/8)) + "\x08"
	made, ok := r.take(len(native))
	return ok && string(made) == native
}

func (r *storable) take(n int) ([]byte, bool) {
	if n < 0 || n > len(r.rest) {
		return nil, false
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken, true
}

func (r *storable) byte() (byte, bool) {
	b, ok := r.take(1)
	if !ok {
		return 0, false
	}
	return b[0], true
}

// length reads a length or count. None can be larger than what is left, since each thing takes a byte at least.
func (r *storable) length() (int, bool) {
	b, ok := r.take(4)
	if !ok {
		return 0, false
	}
	n := int64(r.order.Uint32(b))
	return int(n), n <= int64(len(r.rest))
}

// text reads what follows a length of one byte, or of four.
func (r *storable) text(long bool) (string, bool) {
	n, ok := 0, false
	if long {
		n, ok = r.length()
	} else {
		var short byte
		short, ok = r.byte()
		n = int(short)
	}
	if !ok {
		return "", false
	}
	b, ok := r.take(n)
	return perl.UTF8(string(b)), ok
}

func (r *storable) value(depth int) (any, bool) {
	kind, ok := r.byte()
	if !ok || depth > maxStorableDepth {
		return nil, false
	}
	switch kind {
	case storedRef:
		return r.referred(depth)
	case storedHash, storedFlagHash:
		return r.hash(depth, kind == storedFlagHash)
	case storedArray:
		return r.array(depth)
	case storedText, storedUTF8, storedLongText, storedLongUTF8:
		return r.text(kind == storedLongText || kind == storedLongUTF8)
	case storedByte:
		b, ok := r.byte()
		return json.Number(strconv.Itoa(int(b) - 128)), ok
	case storedNetInt:
		if b, ok := r.take(4); ok {
			return json.Number(strconv.Itoa(int(int32(binary.BigEndian.Uint32(b))))), true
		}
	case storedInteger, storedDouble:
		if b, ok := r.take(8); ok && !r.net {
			return number(kind, r.order.Uint64(b))
		}
	case storedUndef, storedNoScalar, storedUndefElem:
		return nil, true
	case storedYes, storedBoolTrue:
		return "1", true
	case storedNo, storedBoolFalse:
		return "", true
	}
	return nil, false
}

func number(kind byte, bits uint64) (json.Number, bool) {
	if kind == storedInteger {
		return json.Number(strconv.FormatInt(int64(bits), 10)), true
	}
	f := math.Float64frombits(bits)
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), !math.IsNaN(f) && !math.IsInf(f, 0)
}

// referred reads what a reference leads to; JSON has none but those to hashes and arrays.
func (r *storable) referred(depth int) (any, bool) {
	value, ok := r.value(depth + 1)
	switch value.(type) {
	case map[string]any, []any:
		return value, ok
	}
	return nil, false
}

func (r *storable) array(depth int) (any, bool) {
	n, ok := r.length()
	if !ok {
		return nil, false
	}
	values := []any{}
	for range n {
		value, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

// hash reads a value before each key.
func (r *storable) hash(depth int, flags bool) (any, bool) {
	if flags {
		if _, ok := r.byte(); !ok { // whether it may be changed
			return nil, false
		}
	}
	n, ok := r.length()
	if !ok {
		return nil, false
	}
	values := map[string]any{}
	for range n {
		value, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		if flags {
			if kind, ok := r.byte(); !ok || kind&^(keyIsUTF8|keyWasUTF8|keyIsLocked) != 0 {
				return nil, false
			}
		}
		key, ok := r.text(true)
		if !ok {
			return nil, false
		}
		values[key] = value
	}
	return values, true
}
