// Package pac finds the proxy for a URL by a proxy auto-configuration script: a JavaScript function FindProxyForURL(url, host).
package pac

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/centplugins/centplugins/framework/web/pac/js"
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
	mu     sync.Mutex
	loaded *js.Env
}

// find is the function that a PAC script has to define.
const find = "FindProxyForURL"

// Load reads a script and runs its top level. Errors are lower-case and in one line.
func Load(ctx context.Context, source string, env Env) (*Script, error) {
	script, err := js.Parse(source)
	if err != nil {
		return nil, err
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	loaded, err := script.Run(ctx, js.Host{Functions: env.functions(), Now: env.Now})
	if err != nil {
		return nil, err
	}
	if !loaded.Defines(find) {
		return nil, errors.New("it has no function FindProxyForURL(url, host)")
	}
	return &Script{loaded: loaded}, nil
}

// FindProxy returns the proxy for target, nil for a direct connection. Of an https URL the script sees no more than the host, as in
// browsers.
func (s *Script) FindProxy(ctx context.Context, target *url.URL) (*url.URL, error) {
	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: "/"}
	if target.Scheme != "https" {
		shown.Path, shown.RawPath, shown.RawQuery = target.Path, target.RawPath, target.RawQuery
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := s.loaded.Call(ctx, find, shown.String(), target.Hostname())
	if err != nil {
		return nil, err
	}
	switch answer := answer.(type) {
	case nil, js.Null:
		return nil, nil
	case string:
		return ParseAnswer(answer)
	}
	return nil, errors.New("FindProxyForURL has to return a text")
}

// limited bounds a run of the script.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, timeLimit, fmt.Errorf("it ran for more than %v", timeLimit))
}
