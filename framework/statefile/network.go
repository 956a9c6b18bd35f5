package statefile

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
)

// server keeps values by key for a network. Its operations are short: they end with ctx or by a timeout of their own.
type server interface {
	// String names the server for the operator.
	String() string
	// allows tells whether a text can be a key of this server.
	allows(key string) bool
	// get returns nil and no error when there is none.
	get(ctx context.Context, key string) ([]byte, error)
	set(ctx context.Context, key string, value []byte) error
	leaser
	// explain says in words what an error means and what to do, and whether it is one of permission. Nothing that the server
	// said is in the words: it may have repeated the password.
	explain(err error) (reason string, denied bool)
}

// network is the store of a server that several pollers share, under the keys of the Perl plugins.
//
// A server that goes away costs the next check its state, or is replaced by another store when there is one.
type network struct {
	codec
	server  server
	dir     string // as the operator wrote it: it is part of the keys
	suffix  string
	instead Store // takes over when the server cannot be used; nil for none, which only Redis comes to
	debug   func(text string)

	mu      sync.Mutex
	reached bool // it has answered once
	gone    bool // it is not asked again in this run
}

func (n *network) key(name string) string { return n.dir + "/" + name + n.suffix }

func (n *network) Read(ctx context.Context, name string) (map[string]any, error) {
	key := n.key(name)
	if n.usable(key) {
		value, err := n.server.get(ctx, key)
		if err == nil {
			n.answered()
			return n.decode(value), nil
		}
		if err := n.failed(ctx, key, err); err != nil {
			return nil, err
		}
	}
	if n.instead != nil {
		return n.instead.Read(ctx, name)
	}
	return nil, nil
}

func (n *network) Write(ctx context.Context, name string, data map[string]any) error {
	key := n.key(name)
	if n.usable(key) {
		value, err := n.encode(data)
		if err != nil {
			return failure.New("Cannot write state '%s': %w", key, err)
		}
		if err = n.server.set(ctx, key, value); err == nil {
			n.answered()
			return nil
		}
		if err := n.failed(ctx, key, err); err != nil {
			return err
		}
	}
	if n.instead != nil {
		return n.instead.Write(ctx, name, data)
	}
	n.debug(fmt.Sprintf("state '%s' is not kept", key))
	return nil
}

// Lock gives a lock that locks nothing once the server is gone and no other store takes over: the caller then does its work
// without the state of others, as it has to.
func (n *network) Lock(ctx context.Context, name string) (unlock func(), err error) {
	key := n.key(name) + ".lock"
	if n.usable(key) {
		held, err := acquire(ctx, n.server, key, n.debug)
		switch {
		case err == nil:
			n.answered()
			return held.release, nil
		case ended(ctx) != nil:
			return nil, failure.New("Timeout while another check holds the lock of state '%s' on %s, or the server is slow (%w). "+
				"Raise the timeout of the check.", n.key(name), n.server, ended(ctx))
		}
		if _, denied := n.server.explain(err); denied && n.hasAnswered() {
			n.debug(fmt.Sprintf("state '%s': %s denies the lock; going on without it", key, n.server))
			return func() {}, nil
		}
		if err := n.failed(ctx, key, err); err != nil {
			return nil, err
		}
	}
	if n.instead != nil {
		return n.instead.Lock(ctx, name)
	}
	return func() {}, nil
}

func (n *network) usable(key string) bool {
	if !n.server.allows(key) {
		n.debug(fmt.Sprintf("state '%s' cannot be kept on %s: the key is too long or has blanks", key, n.server))
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.gone
}

func (n *network) answered() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reached = true
}

func (n *network) hasAnswered() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.reached
}

// failed decides what an error of the server comes to: nil when the check goes on without it.
func (n *network) failed(ctx context.Context, key string, err error) error {
	if ended := ended(ctx); ended != nil {
		return failure.New("Timeout while %s was asked for state '%s' (%w). Raise the timeout of the check.", n.server, key, ended)
	}
	reason, denied := n.server.explain(err)
	n.mu.Lock()
	n.gone = true
	reached := n.reached
	n.mu.Unlock()
	n.debug(fmt.Sprintf("state '%s': %s cannot be used: %s", key, n.server, reason))
	if n.instead != nil || reached && !denied {
		return nil
	}
	return failure.New("redis connection issue: %s: %s, or add --failback-file to use the state files.", n.server, reason)
}

// ended is ctx.Err, but does not wait for the timer of ctx where a connection, which keeps the same deadline, was faster.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= 0 {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
