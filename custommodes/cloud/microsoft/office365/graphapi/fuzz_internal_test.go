package graphapi

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzReadPage checks that a page is read as a JSON decoder reads it, or refused.
func FuzzReadPage(f *testing.F) {
	for _, seed := range []string{`{"value":[1,{"a":[]}],"@odata.nextLink":"x"}`, `{"value":[`, `[]`, `{"error":{"code":"a"}}`, `{"value":null}`, `{"value":[]}{`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		next, found, err := readPage(strings.NewReader(text), func(json.RawMessage) error { n++; return nil })
		if err != nil || !found {
			return
		}
		var page struct {
			Value []json.RawMessage `json:"value"`
			Next  string            `json:"@odata.nextLink"`
		}
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&page); err != nil {
			t.Fatalf("%q is read, but: %v", text, err)
		}
		// encoding/json matches names in any case, and takes the last of those that are there twice.
		if strings.Count(strings.ToLower(text), "value") == 1 && n != len(page.Value) {
			t.Fatalf("%d elements of %d", n, len(page.Value))
		}
		if strings.Count(strings.ToLower(text), "nextlink") == 1 && !strings.Contains(text, `\`) && next != page.Next && strings.Contains(text, `"@odata.nextLink"`) {
			t.Fatalf("next page %q, not %q", next, page.Next)
		}
	})
}

// FuzzParseError checks that no error body is too odd to be told in a line.
func FuzzParseError(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"a","message":"{\"error\":{\"code\":\"b\",\"message\":\"c\"}}"}}`))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(_ *testing.T, body []byte) { parseError(body) })
}
