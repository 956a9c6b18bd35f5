package kdbx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// upper stands in for the protection of values.
func upper(text string) (string, error) {
	if text == "BAD" {
		return "", errDamaged
	}
	return strings.ToUpper(text), nil
}

func TestDocument(t *testing.T) {
	t.Parallel()
	type o = map[string]any
	tests := map[string]struct {
		source string
		want   o
	}{
		"text":              {"<a> x\ny&amp; </a>", o{"a": " x\ny& "}},
		"empty":             {"<a/><b></b>", o{"a": "", "b": ""}},
		"repeated":          {"<a>1</a><b>2</b><a>3</a><a>4</a>", o{"a": []any{"1", "3", "4"}, "b": "2"}},
		"attribute":         {`<a b="1">x</a><c b="2"/>`, o{"a": o{"b": "1", "content": "x"}, "c": o{"b": "2"}}},
		"attribute, child":  {`<a b="1"><b>2</b></a>`, o{"a": o{"b": []any{"1", "2"}}}},
		"mixed":             {"<a>x<b>1</b>y</a>", o{"a": o{"b": "1"}}},
		"always an array":   {"<Group/><String>1</String>", o{"Group": []any{""}, "String": []any{"1"}}},
		"protected":         {`<a Protected="True">x</a><b Protected="true"/><c Protected="False">x</c>`, o{"a": o{"Protected": "True", "content": "X"}, "b": o{"Protected": "true"}, "c": o{"Protected": "False", "content": "x"}}},
		"comment, CDATA":    {"<a><!-- c --><![CDATA[<x>]]></a>", o{"a": "<x>"}},
		"declaration ahead": {"", o{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := document([]byte(`<?xml version="1.0" encoding="utf-8" standalone="yes"?><KeePassFile x="">`+test.source+"</KeePassFile>\n"), upper)
			if err != nil {
				t.Fatal(err)
			}
			delete(got, "groups")
			delete(got, "x")
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<Group>", 1_000_000)
	for source, want := range map[string]string{
		"":                         "damaged",
		"hidden":                   "damaged",
		"<KeePassFile><hidden>":    "damaged",
		"<KeePassFile/>":           "damaged",
		"<Other><a>1</a></Other>":  "damaged",
		"<KeePassFile>" + deep:     "nested too deep",
		"<KeePassFile>&hidden;":    "damaged",
		"<KeePassFile>hidden</Kee": "damaged",
		`<KeePassFile><a Protected="True">BAD</a></KeePassFile>`: "damaged",
	} {
		_, err := document([]byte(source), upper)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%.60q: %v", source, err)
		}
	}
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecompressIsBounded(t *testing.T) {
	t.Parallel()
	h := &header{compressed: true}
	bomb := gzipped(t, make([]byte, MaxSize+1))
	if _, err := h.decompress(bomb); err == nil || !strings.Contains(err.Error(), "more than 64 MiB when") {
		t.Errorf("%v", err)
	}
	small := gzipped(t, []byte("text"))
	if got, err := h.decompress(small); string(got) != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	small[len(small)-6] ^= 1 // the checksum
	if _, err := h.decompress(small); !errors.Is(err, errDamaged) {
		t.Errorf("%v", err)
	}
}
