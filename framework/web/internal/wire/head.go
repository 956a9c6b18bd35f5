// Package wire reads the head of an HTTP answer that exists as text: printed by the curl program, or recorded in a file.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// MaxLine and MaxHead bound, in bytes, one line and the whole head; no honest server comes near.
const (
	MaxLine = 64 << 10
	MaxHead = 1 << 20
)

// ReadHead reads the status line and the headers of an answer up to and including the empty line behind them; interim answers (1xx)
// before it are skipped. Lines end in LF or CRLF. The response has no body. io.EOF means that r was empty.
func ReadHead(r *bufio.Reader) (*http.Response, error) {
	lines := lineReader{r: r}
	for {
		line, err := lines.next()
		if err != nil {
			return nil, err
		}
		resp, err := parseStatus(line)
		if err != nil {
			return nil, err
		}
		if resp.Header, err = lines.header(); err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 {
			return resp, nil
		}
	}
}

// parseStatus accepts "HTTP/1.1 200 OK" as well as "HTTP/2 200".
func parseStatus(line string) (*http.Response, error) {
	proto, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	version, ok := strings.CutPrefix(proto, "HTTP/")
	major, minor, _ := strings.Cut(version, ".")
	status, err := strconv.ParseUint(code, 10, 16)
	if !ok || len(major) != 1 || len(minor) > 1 || len(code) != 3 || err != nil || status < 100 {
		return nil, fmt.Errorf("malformed status line %.80q", line)
	}
	if reason == "" {
		reason = http.StatusText(int(status))
	}
	resp := &http.Response{
		Status:        strings.TrimSpace(code + " " + reason),
		StatusCode:    int(status),
		Proto:         proto,
		ContentLength: -1,
	}
	if resp.ProtoMajor, err = strconv.Atoi(major); err != nil {
		return nil, fmt.Errorf("malformed status line %.80q", line)
	}
	if minor != "" {
		if resp.ProtoMinor, err = strconv.Atoi(minor); err != nil {
			return nil, fmt.Errorf("malformed status line %.80q", line)
		}
	}
	return resp, nil
}

type lineReader struct {
	r    *bufio.Reader
	read int
}

// next returns a line without its end. The end of the input within a head is io.ErrUnexpectedEOF.
func (l *lineReader) next() (string, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		line = append(line, part...)
		l.read += len(part)
		if len(line) > MaxLine || l.read > MaxHead {
			return "", errors.New("the head of the answer is too long")
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && l.read > 0:
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		}
		return string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))), nil
	}
}

func (l *lineReader) header() (http.Header, error) {
	header := http.Header{}
	last := ""
	for {
		line, err := l.next()
		if err != nil {
			return nil, err
		}
		if line == "" {
			return header, nil
		}
		if last != "" && (line[0] == ' ' || line[0] == '\t') {
			values := header[last]
			values[len(values)-1] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !IsToken(name) {
			return nil, fmt.Errorf("malformed header line %.80q", name)
		}
		last = http.CanonicalHeaderKey(name)
		header[last] = append(header[last], strings.TrimSpace(value))
	}
}

// IsToken tells whether s may be a method or the name of a header.
func IsToken(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}
