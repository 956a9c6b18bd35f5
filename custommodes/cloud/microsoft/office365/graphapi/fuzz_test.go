package graphapi

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzReadRows checks that a report is read to its end or refused, however it is cut into pieces.
func FuzzReadRows(f *testing.F) {
	for _, seed := range []string{"Name,Count\na,1\n", "Name,Count\r\n\"a\nb\",\"2\"\r\n", "Name", "\"", "Name,Count\n\"x\",1,2\n", "Count,Name,New\n5,a,b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read := func(r io.Reader) (rows int, sum int64, err error) {
			err = readRows(r, []string{"Name", "Count"}, func(row *Row) error {
				rows++
				sum += row.Int(1) + int64(len(row.Text(0)))
				return nil
			})
			return rows, sum, err
		}
		rows, sum, err := read(strings.NewReader(text))
		rowsOfBytes, sumOfBytes, errOfBytes := read(iotest.OneByteReader(strings.NewReader(text)))
		if rows != rowsOfBytes || sum != sumOfBytes || (err == nil) != (errOfBytes == nil) {
			t.Fatalf("%d, %d, %v at once; %d, %d, %v byte by byte", rows, sum, err, rowsOfBytes, sumOfBytes, errOfBytes)
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		if all, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || len(all) != rows+1 {
			t.Fatalf("%d rows of %d lines, %v", rows, len(all), err)
		}
		// A report that breaks off is never taken for whole.
		broken := errors.New("broken")
		if _, _, err := read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))); err == nil {
			t.Fatal("a broken connection is not an error")
		}
	})
}

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
