// Package web is the HTTP client of the plugins: one client over exchangeable backends.
//
// A backend is an http.RoundTripper: lwp (the name of the original; Go's own HTTP), curl (see package curl) or replay (see package replay).
// Above it, the same for all, stand the retries, the timeout, the debug output, and the wording of errors.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/curl"
	"github.com/centplugins/centplugins/framework/web/replay"
)

// Env is what a client takes from the run. Now and Getenv must be given, the rest may be left out.
type Env struct {
	Now        func() time.Time         // read for Retry-After dates and by PAC scripts
	Getenv     func(name string) string // finds the curl program and its certificates
	Debug      func(text string)        // gets the traffic, several lines at a time, secrets struck out; nil without --debug
	Hide       func(text string) string // strikes the registered secrets out of a text
	AddSecret  func(secret string)      // registers a secret: the proxy's password
	Transport  http.RoundTripper        // stands in for the backend (tests)
	Recordings fs.FS                    // what backend replay answers from when --replay-dir is not given
}

// userAgent is what the original calls itself; rules of proxies may know it.
const userAgent = "centreon::plugins::backend::http::useragent"

// Client sends requests, one after the other or several at once. It never follows a redirect and keeps no cookies.
type Client struct {
	http      *http.Client
	backend   string
	timeout   time.Duration
	now       func() time.Time
	hide      func(string) string
	userAgent string // for requests without one; empty: the backend's affair
	peer      string // --http-peer-addr
	direct    bool   // no proxy can be given

	certificate, proxyCertificate bool // whether there is a client certificate to show to the server, to the proxy
}

// NewClient returns a client for these options. timeout bounds the time without progress: the wait for the head of an answer, all tries
// together, and then every wait for more of its body; zero or less means no bound. Errors are of type *failure.Failure.
func (o *Options) NewClient(timeout time.Duration, env Env) (*Client, error) {
	if timeout <= 0 {
		timeout = math.MaxInt64
	}
	if env.Hide == nil {
		env.Hide = func(text string) string { return text }
	}
	if env.AddSecret == nil {
		env.AddSecret = func(string) {}
	}
	if err := o.Global.checkPeerAddr(); err != nil {
		return nil, err
	}
	c := &Client{timeout: timeout, now: env.Now, hide: env.Hide, userAgent: userAgent, peer: o.Global.PeerAddr, direct: o.direct}
	transport, err := o.backend(c, env)
	if err != nil {
		return nil, err
	}
	if env.Transport != nil {
		transport = env.Transport
	}
	if env.Debug != nil {
		transport = newTraffic(transport, env.Debug, env.Hide)
	}
	c.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// backend makes the backend of --http-backend.
func (o *Options) backend(c *Client, env Env) (http.RoundTripper, error) {
	c.backend = backendName(o.Global.Backend)
	switch c.backend {
	case "", "lwp":
		return o.newLWP(c, env)
	case "curl":
		return o.newCurl(c, env)
	case "replay":
		return o.newReplay(env)
	}
	return nil, failure.New("Unsupported http backend specified '%s'. Use --http-backend=lwp, curl or replay", o.Global.Backend)
}

func (o *Options) newCurl(c *Client, env Env) (http.RoundTripper, error) {
	var settings []curl.Setting
	if o.Global.Insecure {
		settings = append(settings, curl.Setting{Name: "insecure"}, curl.Setting{Name: "proxy-insecure"})
	}
	for _, text := range o.Curl.CurlOpt {
		if strings.TrimSpace(text) == "" {
			continue
		}
		parsed, err := curl.ParseOption(text)
		if err != nil {
			return nil, failure.New("Invalid --curl-opt: %v", err)
		}
		settings = append(settings, parsed...)
	}
	for _, setting := range settings {
		if err := c.noteSetting(setting, env); err != nil {
			return nil, err
		}
	}
	proxy, err := o.Global.newProxy(env, func() (*tls.Config, error) {
		server, _ := likeCurl(settings, &GlobalOptions{})
		config, err := server.config("")
		if err != nil {
			return nil, failure.New("Cannot fetch the PAC script: %w. Check CURLOPT_CAINFO and CURLOPT_CAPATH in --curl-opt", errors.Unwrap(err))
		}
		return config, nil
	})
	if err != nil {
		return nil, err
	}
	program, err := findProgram("curl", env.Getenv("PATH"))
	if err != nil {
		return nil, err
	}
	transport := &curl.Transport{Program: program, Settings: settings, PeerAddr: o.Global.PeerAddr, Proxy: proxy}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value := env.Getenv(name); value != "" {
			transport.Env = append(transport.Env, name+"="+value)
		}
	}
	transport.Env = append(transport.Env, "LC_ALL=C")
	return &secondLook{curl: transport, global: o.Global, env: env}, nil
}

// noteSetting takes from a setting of curl what the client has to know, secrets above all.
func (c *Client) noteSetting(setting curl.Setting, env Env) error {
	switch setting.Name {
	case "user-agent":
		c.userAgent = ""
	case "pass", "proxy-pass":
		env.AddSecret(setting.Value)
	case "cert", "proxy-cert", "key", "proxy-key":
		c.certificate = c.certificate || setting.Name == "cert"
		c.proxyCertificate = c.proxyCertificate || setting.Name == "proxy-cert"
		if _, pin, ok := strings.Cut(setting.Value, "pin-value="); ok { // of a pkcs11 address
			pin, _, _ = strings.Cut(strings.ReplaceAll(pin, "&", ";"), ";")
			env.AddSecret(pin)
		}
	case "proxy-user":
		if _, password, _ := strings.Cut(setting.Value, ":"); password != "" {
			env.AddSecret(password)
		}
	case "proxy":
		if _, err := parseProxyURL(setting.Value, env); err != nil {
			return failure.New("Invalid --curl-opt CURLOPT_PROXY: %v", err)
		}
	}
	return nil
}

// findProgram looks for a program in the directories of path.
func findProgram(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if program, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return program, nil
		}
	}
	return "", failure.New("Cannot find the program %s in PATH: install it, or use --http-backend=lwp", name)
}

func (o *Options) newReplay(env Env) (http.RoundTripper, error) {
	dir, name := env.Recordings, "the recordings"
	if o.Replay.Dir != "" {
		dir, name = os.DirFS(o.Replay.Dir), o.Replay.Dir
	}
	if dir == nil {
		return nil, failure.New("Backend replay needs a directory of recordings: give --replay-dir")
	}
	return replay.New(dir, name)
}

// Do sends the request and returns the answer, whatever its status but 407, which only a proxy gives and which is an error. The caller
// closes the body. After 429, 502, 503, 504 and a broken connection the request is sent again, as long as the timeout allows; its body is
// kept in memory for that.
//
// Errors, also those of reading the answer, are of type *failure.Failure.
func (c *Client) Do(ctx context.Context, req *http.Request) (*http.Response, error) {
	way := &route{}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, routeKey{}, way))
	timer := time.AfterFunc(c.timeout, func() { cancel(errTimeout) })
	release := func() {
		timer.Stop()
		cancel(nil)
	}
	resp, err := c.try(ctx, req)
	timer.Stop()
	host := req.URL.Host
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		release()
		return nil, c.explain(err, host, way)
	}
	resp.Body = &body{
		ReadCloser: resp.Body,
		ctx:        ctx,
		timer:      timer,
		timeout:    c.timeout,
		release:    release,
		explain:    func(err error, read int64) error { return c.explainBody(err, read, host) },
	}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		_ = resp.Body.Close()
		return nil, failure.New("%s", refusal(resp.StatusCode, host, way.proxy.Load()))
	}
	return resp, nil
}

// try sends the request until an answer is worth keeping.
func (c *Client) try(ctx context.Context, req *http.Request) (*http.Response, error) {
	req = req.Clone(ctx)
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if c.userAgent != "" && req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	// A context made for nothing but its deadline: the earlier one of the timeout's and the caller's.
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	deadline, _ := bounded.Deadline()
	cancel()
	again := &retries{deadline: deadline, now: c.now}
	client := retryablehttp.Client{
		HTTPClient:   c.http,
		RetryMax:     maxTries - 1,
		CheckRetry:   again.check,
		Backoff:      again.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	wrapped, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, err
	}
	return client.Do(wrapped)
}

// Close frees the connections that are kept for further requests.
func (c *Client) Close() { c.http.CloseIdleConnections() }
