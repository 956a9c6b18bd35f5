// Package curl is an http.RoundTripper that lets the curl program do the work: one run of it for each request.
//
// What curl is to do is written to its standard input, so that nothing of it shows in a list of processes. The body of the answer comes
// from its standard output, the head from a third pipe, since trailers would otherwise mix with the body.
package curl

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/centplugins/centplugins/framework/web/internal/wire"
)

// Transport runs curl. It may be used by several goroutines.
type Transport struct {
	Program  string                                // path of the curl program
	Env      []string                              // its whole environment, "NAME=value"
	Settings []Setting                             // beyond what the request asks for
	PeerAddr string                                // address, or address:port, to connect to without a proxy; empty: what the URL says
	Proxy    func(*http.Request) (*url.URL, error) // nil, or returns nil: no proxy
}

// Error is a run of curl that failed.
type Error struct {
	Code   int    // curl's exit status; -1 when it was killed
	Detail string // what curl said about it, one line, may be empty
}

// Error returns what curl said, or its exit status.
func (e *Error) Error() string {
	if e.Detail != "" {
		return e.Detail
	}
	return "curl ended with exit status " + strconv.Itoa(e.Code)
}

// RoundTrip runs curl for one request. The program lives until the body of the answer is read or closed, or the context ends.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	config, err := t.config(req)
	if err != nil {
		return nil, err
	}
	headOut, headIn, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot run curl: %w", err)
	}
	ctx, cancel := context.WithCancel(req.Context())
	run := &run{ctx: req.Context(), cancel: cancel}
	run.cmd = exec.CommandContext(ctx, t.Program, "-q", "--config", "-")
	run.cmd.Env = t.Env
	run.cmd.Stdin = strings.NewReader(config)
	run.cmd.Stderr = &run.stderr
	run.cmd.ExtraFiles = []*os.File{headIn}
	run.cmd.WaitDelay = time.Second
	if run.stdout, err = run.cmd.StdoutPipe(); err == nil {
		err = run.cmd.Start()
	}
	if closeErr := headIn.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("cannot run curl: %w", err), headOut.Close())
	}

	resp, err := wire.ReadHead(bufio.NewReader(headOut))
	// The pipe is emptied to the end, for trailers; curl would stumble over a closed one.
	go func() {
		_, _ = io.Copy(io.Discard, headOut)
		_ = headOut.Close()
	}()
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			_ = run.Close()
			return nil, err
		}
		if waitErr := run.wait(); waitErr != nil {
			return nil, waitErr
		}
		return nil, err
	}
	resp.Request = req
	resp.Body = run
	if n, err := strconv.ParseInt(resp.Header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		resp.ContentLength = n
	}
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") && req.Header.Get("Accept-Encoding") == "" && req.Method != http.MethodHead {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Uncompressed = true
		resp.Body = &gunzip{run: run}
	}
	return resp, nil
}

// config writes the request down as a curl configuration, and closes its body.
func (t *Transport) config(req *http.Request) (string, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return "", errors.Join(err, req.Body.Close())
		}
		if err := req.Body.Close(); err != nil {
			return "", err
		}
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return "", fmt.Errorf("unsupported protocol scheme %.20q", req.URL.Scheme)
	}
	target := *req.URL
	target.User, target.Fragment, target.RawFragment = nil, "", ""
	lines := []Setting{
		{"url", target.String()},
		{Name: "globoff"},
		{Name: "path-as-is"},
		{"proto", "=http,https"},
		{Name: "silent"},
		{Name: "show-error"},
		{Name: "no-buffer"},
		{Name: "suppress-connect-headers"},
		{"dump-header", "/dev/fd/3"},
	}
	switch {
	case req.Method == http.MethodHead:
		lines = append(lines, Setting{Name: "head"})
	case req.Method == "":
	case !wire.IsToken(req.Method):
		return "", fmt.Errorf("invalid method %.20q", req.Method)
	default:
		lines = append(lines, Setting{"request", req.Method})
	}
	if len(body) > 0 {
		lines = append(lines, Setting{"data-raw", string(body)})
	}
	header, err := headerLines(req, len(body) > 0)
	if err != nil {
		return "", err
	}
	lines = append(lines, header...)
	proxy, err := t.proxy(req)
	if err != nil {
		return "", err
	}
	lines = append(append(lines, proxy...), t.Settings...)

	var config strings.Builder
	for _, line := range lines {
		if strings.ContainsRune(line.Value, 0) {
			return "", fmt.Errorf("a zero byte cannot be handed to curl (%s)", line.Name)
		}
		config.WriteString(line.Name)
		if line.Value != "" {
			config.WriteString(" = \"" + quote(line.Value) + "\"")
		}
		config.WriteByte('\n')
	}
	return config.String(), nil
}

func headerLines(req *http.Request, hasBody bool) ([]Setting, error) {
	header := req.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if req.Host != "" && req.Host != req.URL.Host {
		header.Set("Host", req.Host)
	}
	if header.Get("Accept-Encoding") == "" {
		header.Set("Accept-Encoding", "gzip")
	}
	var lines []Setting
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if !wire.IsToken(name) || strings.ContainsAny(value, "\r\n\x00") {
				return nil, fmt.Errorf("invalid header %.60q", name)
			}
			if value == "" {
				lines = append(lines, Setting{"header", name + ";"})
			} else {
				lines = append(lines, Setting{"header", name + ": " + value})
			}
		}
	}
	// Left out of the request: curl's wait for a "100 Continue", and the type that it gives to every body.
	lines = append(lines, Setting{"header", "Expect:"})
	if hasBody && header.Get("Content-Type") == "" {
		lines = append(lines, Setting{"header", "Content-Type:"})
	}
	return lines, nil
}

func (t *Transport) proxy(req *http.Request) ([]Setting, error) {
	var proxy *url.URL
	if t.Proxy != nil {
		var err error
		if proxy, err = t.Proxy(req); err != nil {
			return nil, err
		}
	}
	switch {
	case proxy != nil:
		return []Setting{{"proxy", proxy.String()}}, nil
	case t.PeerAddr != "":
		return []Setting{{"connect-to", "::" + connectTo(t.PeerAddr)}}, nil
	}
	return nil, nil
}

// connectTo puts an address into the form "host:port", with an empty port when it has none.
func connectTo(addr string) string {
	colons := strings.Count(addr, ":")
	switch {
	case strings.HasPrefix(addr, "[") && strings.HasSuffix(addr, "]"):
		return addr + ":"
	case strings.HasPrefix(addr, "["), colons == 1:
		return addr
	case colons > 1:
		return "[" + addr + "]:"
	}
	return addr + ":"
}

// quote escapes a value for the inside of double quotes in a curl configuration.
func quote(value string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`).Replace(value)
}

// run is a running curl and the body that it writes.
type run struct {
	ctx    context.Context
	cancel context.CancelFunc
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr firstLines
	once   sync.Once
	err    error
}

// Read reads the body. Its end is io.EOF only when curl is content with the transfer.
func (r *run) Read(p []byte) (int, error) {
	n, err := r.stdout.Read(p)
	if err == nil {
		return n, nil
	}
	if err := r.wait(); err != nil {
		return n, err
	}
	return n, io.EOF
}

// Close ends curl if it still runs.
func (r *run) Close() error {
	r.cancel()
	_ = r.wait()
	return nil
}

// wait waits for the end of curl and tells how it went.
func (r *run) wait() error {
	r.once.Do(func() {
		err := r.cmd.Wait()
		r.cancel()
		var exit *exec.ExitError
		switch {
		case err == nil:
		case r.ctx.Err() != nil:
			r.err = context.Cause(r.ctx)
		case errors.As(err, &exit):
			r.err = &Error{Code: exit.ExitCode(), Detail: r.stderr.detail()}
		default:
			r.err = &Error{Code: -1, Detail: err.Error()}
		}
	})
	return r.err
}

// gunzip unpacks a body; it begins at the first Read, since the beginning of the packed text may be long in coming.
type gunzip struct {
	run *run
	zip *gzip.Reader
	err error
}

// Read reads the unpacked body.
func (g *gunzip) Read(p []byte) (int, error) {
	if g.zip == nil && g.err == nil {
		g.zip, g.err = gzip.NewReader(g.run)
	}
	if g.err != nil {
		return 0, g.err
	}
	return g.zip.Read(p)
}

// Close ends curl if it still runs.
func (g *gunzip) Close() error { return g.run.Close() }

// firstLines keeps the beginning of what curl says.
type firstLines struct{ text bytes.Buffer }

// Write keeps what fits and takes the rest.
func (f *firstLines) Write(p []byte) (int, error) {
	const most = 4 << 10
	f.text.Write(p[:min(len(p), most-f.text.Len())])
	return len(p), nil
}

// detail returns the message of curl's "curl: (7) message".
func (f *firstLines) detail() string {
	for line := range strings.Lines(f.text.String()) {
		if rest, ok := strings.CutPrefix(line, "curl: "); ok {
			if _, message, ok := strings.Cut(rest, ") "); ok && strings.HasPrefix(rest, "(") {
				rest = message
			}
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	return ""
}
