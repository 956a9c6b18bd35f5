package graphapi

import "io"

// readAhead reads a stream one step ahead of whoever parses it, so that the two share the work of two processors.
//
// Its goroutine ends when the stream does, or once stop is called and the stream's own Read returns: close the stream.
type readAhead struct {
	full, free chan chunk
	done       chan struct{}
	now        chunk
	rest       []byte
}

type chunk struct {
	buffer []byte
	n      int
	err    error
}

// newReadAhead starts reading; size is that of each of its buffers, in bytes.
func newReadAhead(stream io.Reader, size int) *readAhead {
	const buffers = 3
	r := &readAhead{full: make(chan chunk, buffers), free: make(chan chunk, buffers), done: make(chan struct{})}
	for range buffers - 1 {
		r.free <- chunk{buffer: make([]byte, size)}
	}
	r.now = chunk{buffer: make([]byte, size)}
	go r.fill(stream)
	return r
}

func (r *readAhead) fill(stream io.Reader) {
	for {
		select {
		case c := <-r.free:
			c.n, c.err = stream.Read(c.buffer)
			r.full <- c
			if c.err != nil {
				return
			}
		case <-r.done:
			return
		}
	}
}

// Read returns what has been read so far, or waits for more.
func (r *readAhead) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.now.err != nil {
			return 0, r.now.err
		}
		r.free <- r.now
		r.now = <-r.full
		r.rest = r.now.buffer[:r.now.n]
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// stop lets the goroutine go.
func (r *readAhead) stop() { close(r.done) }
