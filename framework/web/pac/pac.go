// Package pac finds the proxy for a URL by a proxy auto-configuration script: a JavaScript function FindProxyForURL(url, host).
package pac

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// timeLimit bounds a run of the script, and each of its DNS look-ups.
const timeLimit = 5 * time.Second

// Env is what a script may learn about the world.
type Env struct {
	Now     func() time.Time                                         // for weekdayRange, dateRange, timeRange
	Lookup  func(ctx context.Context, host string) ([]string, error) // the IP addresses of a host
	LocalIP func() string                                            // the IP address of this machine
}

// Script is a loaded PAC script. It may be used by several goroutines.
type Script struct {
	env  Env
	mu   sync.Mutex
	vm   *goja.Runtime
	find goja.Callable
	ctx  context.Context // of the run that goes on
}

// Load reads a script and runs its top level. Errors are lower-case and on one line or several, as the script's fault is.
func Load(ctx context.Context, source string, env Env) (*Script, error) {
	s := &Script{env: env, vm: goja.New(), ctx: ctx}
	s.vm.SetMaxCallStackSize(1000)
	if err := s.define(); err != nil {
		return nil, err
	}
	if _, err := s.limited(ctx, func() (goja.Value, error) { return s.vm.RunString(source) }); err != nil {
		return nil, err
	}
	find, ok := goja.AssertFunction(s.vm.Get("FindProxyForURL"))
	if !ok {
		return nil, errors.New("it has no function FindProxyForURL(url, host)")
	}
	s.find = find
	return s, nil
}

// FindProxy returns the proxy for target, nil for a direct connection. Of an https URL the script sees no more than the host, as in
// browsers.
func (s *Script) FindProxy(ctx context.Context, target *url.URL) (*url.URL, error) {
	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: "/"}
	if target.Scheme != "https" {
		shown.Path, shown.RawPath, shown.RawQuery = target.Path, target.RawPath, target.RawQuery
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := s.limited(ctx, func() (goja.Value, error) {
		return s.find(goja.Undefined(), s.vm.ToValue(shown.String()), s.vm.ToValue(target.Hostname()))
	})
	if err != nil {
		return nil, err
	}
	if goja.IsNull(answer) || goja.IsUndefined(answer) {
		return nil, nil
	}
	if _, isObject := answer.(*goja.Object); isObject {
		return nil, errors.New("FindProxyForURL has to return a text")
	}
	return ParseAnswer(answer.String())
}

// limited runs a piece of the script for at most timeLimit, or until ctx ends.
func (s *Script) limited(ctx context.Context, run func() (goja.Value, error)) (goja.Value, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeLimit, fmt.Errorf("it ran for more than %v", timeLimit))
	defer cancel()
	s.ctx = ctx
	s.vm.ClearInterrupt()
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		s.vm.Interrupt("stopped")
		close(done)
	})
	value, err := run()
	if !stop() {
		<-done // or else the interrupt could hit the next run
		if err != nil {
			return nil, context.Cause(ctx)
		}
	}
	return value, err
}
