package wire_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/web/internal/wire"
)

func TestReadHead(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, status, header, rest, err string }{
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", "200 OK", "b", "body", ""},
		{"HTTP/2 404 \nA:b\n\n\nbody", "404 Not Found", "b", "\nbody", ""},
		{"HTTP/1.0 302 Go There Now\na:  b \n c\n\n", "302 Go There Now", "b c", "", ""},
		{"HTTP/1.1 100 Continue\r\nA: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204 No Content", "", "", ""},
		{"", "", "", "", "EOF"},
		{"HTTP/1.1 200 OK\r\nA: b\r\n", "", "", "", "unexpected EOF"},
		{"HTTP/1.1 100 Continue\r\n\r\n", "", "", "", "unexpected EOF"},
		{"HTTP/1.1 2000 OK\r\n\r\n", "", "", "", "status line"},
		{"HTTP/x 200 OK\r\n\r\n", "", "", "", "status line"},
		{"<html>\n\n", "", "", "", "status line"},
		{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "", "", "", "header line"},
		{"HTTP/1.1 200 OK\r\n folded\r\n\r\n", "", "", "", "header line"},
		{"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", wire.MaxLine), "", "", "", "too long"},
		{"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", wire.MaxHead/5), "", "", "", "too long"},
	}
	for _, test := range tests {
		r := bufio.NewReader(strings.NewReader(test.text))
		resp, err := wire.ReadHead(r)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%.40q: error %v, want %q", test.text, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%.40q: %v", test.text, err)
			continue
		}
		rest, err := io.ReadAll(r)
		if err != nil || resp.Status != test.status || resp.Header.Get("A") != test.header || string(rest) != test.rest {
			t.Errorf("%.40q: %q %v, rest %q, %v", test.text, resp.Status, resp.Header, rest, err)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nbody")
	f.Add("HTTP/2 200\n\n")
	f.Add("HTTP/1.1 103 Early Hints\r\nLink: a\r\n b\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		resp, err := wire.ReadHead(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err)
			}
			return
		}
		if resp.StatusCode < 200 || resp.StatusCode > 999 || resp.Status == "" {
			t.Errorf("status %d %q", resp.StatusCode, resp.Status)
		}
		for name, values := range resp.Header {
			if !wire.IsToken(name) || name != http.CanonicalHeaderKey(name) || strings.ContainsAny(strings.Join(values, ""), "\n") {
				t.Errorf("header %q: %q", name, values)
			}
		}
	})
}
