package statefile

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

const (
	// leaseTime is how long a lock on a server outlives a holder that cannot give it up any more.
	leaseTime = 3 * time.Second
	// renewTime lets three renewals fail, or a busy machine be late, before a lock is lost.
	renewTime = 700 * time.Millisecond
	// serveTimeout bounds a renewal or release: the end of a check waits for both.
	serveTimeout = time.Second

	longestWait = 40 * time.Millisecond
)

// leaser keeps locks that end by themselves. The owner, a text that nobody else has, tells the locks of a key apart: one that
// has ended, and that somebody else holds now, is neither renewed nor released.
type leaser interface {
	take(ctx context.Context, key, owner string) (taken bool, err error)
	renew(ctx context.Context, key, owner string) (held bool, err error)
	release(ctx context.Context, key, owner string) error
}

// lease is a lock that is held.
type lease struct {
	leaser     leaser
	key, owner string
	debug      func(text string)
	stop       context.CancelFunc
	stopped    chan struct{}
	once       sync.Once
}

// acquire waits for a lock until ctx ends.
func acquire(ctx context.Context, l leaser, key string, debug func(string)) (*lease, error) {
	owner := rand.Text()
	for wait := time.Millisecond; ; wait = min(2*wait, longestWait) {
		taken, err := l.take(ctx, key, owner)
		if err != nil {
			return nil, err
		}
		if taken {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
	renewing, stop := context.WithCancel(context.Background())
	held := &lease{leaser: l, key: key, owner: owner, debug: debug, stop: stop, stopped: make(chan struct{})}
	go held.renew(renewing)
	return held, nil
}

// renew keeps the lock until it is released or lost. Who has lost it is not told: the worst is that another does the same work.
func (l *lease) renew(ctx context.Context) {
	defer close(l.stopped)
	tick := time.NewTicker(renewTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !l.renewOnce() {
			l.debug("state '" + l.key + "': the lock is lost")
			return
		}
	}
}

// renewOnce tells whether there still is something to renew, which a fault leaves open.
func (l *lease) renewOnce() bool {
	ctx, cancel := context.WithTimeout(context.Background(), serveTimeout)
	defer cancel()
	held, err := l.leaser.renew(ctx, l.key, l.owner)
	return held || err != nil
}

// release gives the lock up, once. A renewal that is under way ends before, so that it does not get into the way.
func (l *lease) release() {
	l.once.Do(func() {
		l.stop()
		<-l.stopped
		ctx, cancel := context.WithTimeout(context.Background(), serveTimeout)
		defer cancel()
		if err := l.leaser.release(ctx, l.key, l.owner); err != nil {
			l.debug("state '" + l.key + "': the lock is left to end by itself")
		}
	})
}
