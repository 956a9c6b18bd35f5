// Package replay answers HTTP requests from recorded files, without a network.
//
// A recording is a file whose name ends in ".http", one request and its answer:
//
//	GET https://graph.microsoft.com/v1.0/subscribedSkus?$top=10
//	Accept: application/json
//
//	HTTP/1.1 200 OK
//	Content-Type: application/json
//
//	{"value": []}
//
// The first line is method and URL. Header lines of the request may follow, for the reader only. Behind an empty line comes the answer as
// "curl -si" prints it: status line, headers, an empty line, and the body up to the end of the file. The body is decoded text:
// Content-Encoding and Transfer-Encoding are dropped. A Content-Length, when there is one, holds: more text than that is ignored, less
// makes an answer that breaks off.
//
// A URL with a host answers for that scheme and host only, one that starts with "/" for any. A "*" in it stands for any text; the rest
// must be equal, percent-encoding aside. Several recordings of one request are its answers in the order of their file names, the last
// one again and again.
package replay

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/internal/wire"
)

// Transport is an http.RoundTripper over the recordings of one directory.
type Transport struct {
	name       string
	recordings []recording
	mu         sync.Mutex
	played     []int // how often each recording has answered
}

type recording struct {
	method string
	url    *regexp.Regexp
	host   bool // the URL names a scheme and a host
	answer []byte
}

// New reads the recordings at the top of dir. name is what errors call dir.
func New(dir fs.FS, name string) (*Transport, error) {
	files, err := fs.Glob(dir, "*.http")
	if err != nil {
		return nil, failure.New("Cannot list the recordings in %s: %w", name, err)
	}
	if len(files) == 0 {
		return nil, failure.New("No recording in %s: backend replay answers from files named *.http in it", name)
	}
	t := &Transport{name: name, played: make([]int, len(files))}
	for _, file := range files {
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			return nil, failure.New("Cannot read recording %s in %s: %w", file, name, err)
		}
		rec, err := parse(text)
		if err != nil {
			return nil, failure.New("Recording %s in %s cannot be used: %w", file, name, err)
		}
		t.recordings = append(t.recordings, rec)
	}
	return t, nil
}

func parse(text []byte) (recording, error) {
	request, rest, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(string(request))
	if len(fields) < 2 || !wire.IsToken(fields[0]) {
		return recording{}, fmt.Errorf("its first line is %.80q, it has to be a method and a URL", request)
	}
	rec := recording{method: fields[0], host: !strings.HasPrefix(fields[1], "/")}
	if rec.host && !strings.HasPrefix(fields[1], "http://") && !strings.HasPrefix(fields[1], "https://") {
		return recording{}, fmt.Errorf("its URL %.80q has to start with http://, https:// or /", fields[1])
	}
	parts := strings.Split(unescape(fields[1]), "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	var err error
	if rec.url, err = regexp.Compile(`(?s)\A` + strings.Join(parts, ".*") + `\z`); err != nil {
		return recording{}, fmt.Errorf("its URL cannot be used: %w", err)
	}
	for {
		line, after, more := bytes.Cut(rest, []byte("\n"))
		rest = after
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if !more {
			return recording{}, fmt.Errorf("an empty line and the answer are missing behind the request")
		}
	}
	rec.answer = rest
	_, err = rec.response(nil) //nolint:bodyclose // the body is a slice in memory
	return rec, err
}

// unescape undoes percent-encoding, so that both ways to write a URL are the same; a stray "%" stays as it is.
func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func (rec *recording) response(req *http.Request) (*http.Response, error) {
	r := bufio.NewReader(bytes.NewReader(rec.answer))
	resp, err := wire.ReadHead(r)
	if err != nil {
		return nil, fmt.Errorf("its answer: %w", err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("its body: %w", err)
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Transfer-Encoding")
	resp.Request = req
	resp.ContentLength = int64(len(body))
	short := false
	if text := resp.Header.Get("Content-Length"); text != "" {
		want, err := strconv.ParseInt(text, 10, 64)
		if err != nil || want < 0 {
			return nil, fmt.Errorf("its Content-Length %.80q is not a number", text)
		}
		resp.ContentLength = want
		body = body[:min(want, int64(len(body)))]
		short = int64(len(body)) < want
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if short {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), brokenOff{}))
	}
	if req != nil && req.Method == http.MethodHead {
		resp.Body = http.NoBody
	}
	return resp, nil
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// RoundTrip answers from the first recording of the request that has not answered yet, or else from the last one.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	path := unescape(req.URL.RequestURI())
	full := req.URL.Scheme + "://" + req.URL.Host + path

	t.mu.Lock()
	found := -1
	for i, rec := range t.recordings {
		text := path
		if rec.host {
			text = full
		}
		if rec.method != req.Method || !rec.url.MatchString(text) {
			continue
		}
		found = i
		if t.played[i] == 0 {
			break
		}
	}
	if found >= 0 {
		t.played[found]++
	}
	t.mu.Unlock()

	if found < 0 {
		return nil, failure.New("No recording of %s %s://%s%s in %s: record it in a file *.http there", req.Method, req.URL.Scheme, req.URL.Host,
			req.URL.Path, t.name)
	}
	return t.recordings[found].response(req)
}
