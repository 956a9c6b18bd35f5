package kdbx

import (
	"os"
	"testing"
)

// FuzzFile reads files as Open does, but for the derivation of the key, which takes too long: the key comes along.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"argon2d.kdbx", "twofish.kdbx", "kdbx31.kdbx"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		h, err := readHeader(&reader{rest: content})
		if err != nil {
			f.Fatal(err)
		}
		derive, err := h.derivation()
		if err != nil {
			f.Fatal(err)
		}
		composite, err := Key{Password: "hidden-master"}.composite()
		if err != nil {
			f.Fatal(err)
		}
		transformed, err := derive(f.Context(), composite)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, transformed)
	}
	f.Add([]byte("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x04\x00\x00\xff\xff\xff\xff"), []byte{})
	f.Fuzz(func(t *testing.T, content, transformed []byte) {
		r := &reader{rest: content}
		h, err := readHeader(r)
		if err != nil {
			return
		}
		if _, err := h.derivation(); err != nil {
			return
		}
		if root, err := h.document(r, transformed); (err == nil) == (root == nil) {
			t.Errorf("both or neither of %v and %v", root, err)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("<KeyFile><Meta><Version>2.0</Version></Meta><Key><Data Hash=\"00000000\">68696464656e</Data></Key></KeyFile>"))
	f.Add([]byte("<KeyFile><Meta><Version>1.0</Version></Meta><Key><Data>aGlkZGVu</Data></Key></KeyFile>"))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := (Key{File: content}).composite(); err != nil && err.Error() != "the key file is damaged" {
			t.Error(err)
		}
	})
}

// FuzzDocument reads what comes after the decryption, where FuzzOpen hardly gets.
func FuzzDocument(f *testing.F) {
	f.Add([]byte("\x01\x04\x00\x00\x00\x03\x00\x00\x00\x02\x01\x00\x00\x00k\x00\x00\x00\x00\x00<KeePassFile><Root><Group><UUID>x</UUID><Entry><String>" +
		`<Key>Title</Key><Value Protected="True">aGlkZGVu</Value></String></Entry></Group></Root></KeePassFile>`))
	f.Add([]byte("\x01\x04\x00\x00\x00\x02\x00\x00\x00\x02\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		source, id, key, err := innerHeader(payload)
		if err != nil {
			return
		}
		unlock, err := unlocker(id, key)
		if err != nil {
			return
		}
		if root, err := document(source, unlock); (err == nil) == (root == nil) {
			t.Errorf("both or neither of %v and %v", root, err)
		}
	})
}
