package web

import (
	"context"
	"errors"
	"io"
	"time"
)

// body is the body of an answer. Each Read has the whole timeout to bring something, and its errors are worded for the operator.
type body struct {
	io.ReadCloser
	ctx     context.Context // of the request; its cause tells whether the timer ended it
	timer   *time.Timer     // ends ctx
	timeout time.Duration
	release func()
	explain func(err error, read int64) error
	read    int64
	err     error
}

// Read reads from the answer.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.timer.Reset(b.timeout)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	b.read += int64(n)
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		if b.ctx.Err() != nil {
			err = context.Cause(b.ctx)
		}
		err = b.explain(err, b.read)
	}
	b.err = err
	b.release()
	return n, err
}

// Close ends the transfer, also one that is not finished.
func (b *body) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.release()
	return err
}
