package statefile

import (
	"encoding/hex"
	"reflect"
	"testing"
)

// FuzzDecode looks for content that is taken for a state and cannot be kept as one.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"040b0831323334353637380408080803030000000a08746f6b2d7065726c0c0000006163636573735f746f6b656e06c086fd6a000000000a000000657870697265735f6f6e" +
			"06b178fd6a000000000e0000006c6173745f74696d657374616d70",
		"040b08313233343536373804080808030100000004030100000004030000000001000000610100000061",
		"050b19000000000217056bc3a979e697a5010000000000026b790a04332e3235000000000364626c",
		"040b08313233343536373804080808030100000007000000000000f07f0100000061",
		"040b08313233343536373804080808030300000004020200000008810e0100000061220100000062230100000063",
	} {
		content, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(`{"encrypted":1,"cipher":"AES","iv":"00000000000000000000000000000000","ciphertext":"AAAAAAAAAAAAAAAAAAAAAA=="}`))
	f.Add([]byte("$datas = {'access_token' => \"x\\x{e9}\", 'n' => [1, undef, {}, -0x1f, 1.5e3]};"))
	envelope, err := newEnvelope("AES", "0123456789abcdef")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		data := codec{envelope}.decode(content)
		if data == nil || data["encrypted"] != nil {
			return
		}
		for _, c := range []codec{{}, {envelope}} {
			kept, err := c.encode(data)
			if err != nil {
				t.Fatalf("%v cannot be kept: %v", data, err)
			}
			if again := c.decode(kept); !reflect.DeepEqual(again, data) {
				t.Errorf("%#v came back as %#v", data, again)
			}
		}
	})
}
