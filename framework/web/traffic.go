package web

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// maxShown is how many bytes of a body --debug shows.
const maxShown = 16 << 10

// traffic is an http.RoundTripper that tells each request and each answer, the secrets in them struck out.
type traffic struct {
	next http.RoundTripper
	tell func(text string)
	hide func(text string) string
	mask []masking
}

type masking struct {
	pattern     *regexp.Regexp
	replacement string
}

func newTraffic(next http.RoundTripper, tell func(string), hide func(string) string) *traffic {
	const names = `client_secret|client_assertion|assertion|password|access_token|refresh_token|id_token`
	return &traffic{next: next, tell: tell, hide: hide, mask: []masking{
		// Fields of a form or of a query; "sig" and "token" sign pre-authenticated download addresses.
		{regexp.MustCompile(`(?i)\b(` + names + `|token|sig|signature|tempauth)=[^&\s"]+`), "$1=***"},
		// Tokens (JWT) in whatever else: the answer that nobody understands is the one that --debug is for.
		{regexp.MustCompile(`\beyJ[\w-]{12,}(\.[\w-]*)*`), "***"},
		// Members of a JSON text, which may end within the value.
		{regexp.MustCompile(`(?i)"(` + names + `)"(\s*:\s*)"(?:[^"\\]|\\.)*("?)`), `"$1"$2"***$3`},
	}}
}

// RoundTrip hands on the request, after it is told.
func (t *traffic) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	t.send("======> request send", req.Method+" "+req.URL.Redacted(), req.Header, sent)

	resp, err := t.next.RoundTrip(req)
	if err != nil {
		t.tell(t.strike("======> no response\n" + err.Error()))
		return nil, err
	}
	resp.Body = &toldBody{ReadCloser: resp.Body, tell: func(text []byte) {
		t.send("======> response done", strings.TrimSpace(resp.Proto+" "+resp.Status), resp.Header, text)
	}}
	return resp, nil
}

func (t *traffic) send(title, first string, header http.Header, body []byte) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\n", title, first)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			switch name {
			case "Authorization", "Proxy-Authorization", "X-Identity-Header", "Cookie", "Set-Cookie":
				value = "***"
			}
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	text.WriteByte('\n')
	if len(body) > maxShown {
		text.Write(body[:maxShown])
		text.WriteString("\n... (truncated)")
	} else {
		text.Write(body)
	}
	t.tell(t.strike(text.String()))
}

func (t *traffic) strike(text string) string {
	for _, m := range t.mask {
		text = m.pattern.ReplaceAllString(text, m.replacement)
	}
	return t.hide(strings.ToValidUTF8(text, "?"))
}

// toldBody keeps the beginning of a body and tells it once there is enough, or no more.
type toldBody struct {
	io.ReadCloser
	tell func(text []byte)
	kept []byte
	told bool
}

// Read reads from the body.
func (b *toldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if !b.told {
		b.kept = append(b.kept, p[:min(n, maxShown+1-len(b.kept))]...)
		if err != nil || len(b.kept) > maxShown {
			b.finish()
		}
	}
	return n, err
}

// Close closes the body.
func (b *toldBody) Close() error {
	b.finish()
	return b.ReadCloser.Close()
}

func (b *toldBody) finish() {
	if !b.told {
		b.told = true
		b.tell(b.kept)
		b.kept = nil
	}
}
