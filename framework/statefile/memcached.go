package statefile

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

const (
	// memcachedTimeout bounds each wait for memcached, which answers at once or not at all.
	memcachedTimeout = time.Second
	// maxMemcachedExpiration is 30 days: memcached takes a larger number for a date.
	maxMemcachedExpiration = 30 * 24 * 3600
	maxMemcachedKey        = 250
	// expireNow makes memcached forget what it is set with.
	expireNow = -1
)

type memcached struct {
	client     *memcache.Client
	address    string
	expiration int32
}

func newMemcached(text string, expiration int64) (*memcached, error) {
	network, address, err := parseAddress("memcached", text, "11211")
	if err != nil {
		return nil, err
	}
	client := memcache.NewFromSelector(endpoint{network, address})
	client.Timeout = memcachedTimeout
	return &memcached{client, address, int32(min(expiration, maxMemcachedExpiration))}, nil
}

// endpoint is the one server that there is to select. Its name is looked up when it is dialed.
type endpoint struct{ network, address string }

func (e endpoint) Network() string                              { return e.network }
func (e endpoint) String() string                               { return e.address }
func (e endpoint) PickServer(string) (net.Addr, error)          { return e, nil }
func (e endpoint) Each(visit func(server net.Addr) error) error { return visit(e) }

func (m *memcached) String() string { return "memcached server '" + m.address + "'" }

func (m *memcached) allows(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] == 0x7f {
			return false
		}
	}
	return len(key) <= maxMemcachedKey
}

func (m *memcached) get(ctx context.Context, key string) ([]byte, error) {
	item, err := within(ctx, func() (*memcache.Item, error) { return m.client.Get(key) })
	if errors.Is(err, memcache.ErrCacheMiss) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.Value, nil
}

func (m *memcached) set(ctx context.Context, key string, value []byte) error {
	return m.do(ctx, func() error { return m.client.Set(&memcache.Item{Key: key, Value: value, Expiration: m.expiration}) })
}

func (m *memcached) take(ctx context.Context, key, owner string) (taken bool, err error) {
	err = m.do(ctx, func() error {
		return m.client.Add(&memcache.Item{Key: key, Value: []byte(owner), Expiration: int32(leaseTime / time.Second)})
	})
	if errors.Is(err, memcache.ErrNotStored) {
		return false, nil
	}
	return err == nil, err
}

func (m *memcached) renew(ctx context.Context, key, owner string) (held bool, err error) {
	return m.replace(ctx, key, owner, int32(leaseTime/time.Second))
}

func (m *memcached) release(ctx context.Context, key, owner string) error {
	_, err := m.replace(ctx, key, owner, expireNow)
	return err
}

// replace gives a lock another time to end. memcached cannot delete on a condition, but it can replace on one.
func (m *memcached) replace(ctx context.Context, key, owner string, expiration int32) (held bool, err error) {
	err = m.do(ctx, func() error {
		item, err := m.client.Get(key)
		if err != nil {
			return err
		}
		if string(item.Value) != owner {
			return memcache.ErrCASConflict
		}
		item.Expiration = expiration
		return m.client.CompareAndSwap(item)
	})
	if errors.Is(err, memcache.ErrCacheMiss) || errors.Is(err, memcache.ErrCASConflict) || errors.Is(err, memcache.ErrNotStored) {
		return false, nil
	}
	return err == nil, err
}

func (m *memcached) do(ctx context.Context, operation func() error) error {
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, operation() })
	return err
}

// within ends with ctx, of which the client knows nothing; the client's own timeout then ends what is left behind.
func within[T any](ctx context.Context, operation func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := operation()
		done <- result{value, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, 2*memcachedTimeout)
	defer cancel()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func (m *memcached) explain(err error) (reason string, denied bool) {
	if reason := explainNetwork(err); reason != "" {
		return reason, false
	}
	return "its answer makes no sense, or it refuses the value", false
}
