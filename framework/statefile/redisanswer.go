package statefile

import (
	"errors"
	"net"
	"strconv"
	"strings"
)

// maxRedisAnswer is far more than any state takes, in bytes.
const maxRedisAnswer = 16 << 20

// redisAnswers is a connection that fails where an answer is none that our commands have. The client believes whatever length
// or depth it is told, which would cost the memory of the whole process.
type redisAnswers struct {
	net.Conn
	line []byte // the start of the current one
	skip int    // bytes of a value that are still to come
}

// Read reads from the server.
func (r *redisAnswers) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if !r.plausible(p[:n]) {
		return 0, errors.New("no answer to our commands")
	}
	return n, err
}

func (r *redisAnswers) plausible(text []byte) bool {
	const longestLength = 20
	for len(text) > 0 {
		if r.skip > 0 {
			n := min(r.skip, len(text))
			r.skip, text = r.skip-n, text[n:]
			continue
		}
		b := text[0]
		text = text[1:]
		if b != '\n' {
			if len(r.line) < longestLength {
				r.line = append(r.line, b)
			}
			continue
		}
		line := strings.TrimSuffix(string(r.line), "\r")
		r.line = r.line[:0]
		length, isValue := strings.CutPrefix(line, "$")
		switch n, err := strconv.Atoi(length); {
		case isValue && (err != nil || n > maxRedisAnswer):
			return false
		case isValue && n >= 0:
			r.skip = n + len("\r\n")
		case !isValue && (line == "" || !strings.Contains("+-:", line[:1])):
			return false
		}
	}
	return true
}
