package web

import (
	"context"
	"crypto/tls"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/pac"
)

// proxyFunc tells the proxy of a request, nil for none. It has the type of http.Transport.Proxy.
type proxyFunc func(*http.Request) (*url.URL, error)

// route is what Do and the transport beneath it know of the way of one request; it travels in the request's context.
type route struct {
	proxy  atomic.Pointer[url.URL]
	tunnel atomic.Bool // the proxy has opened it: what fails from here on is the server's
	asked  atomic.Bool // the peer asked for a client certificate
}

type routeKey struct{}

func routeOf(ctx context.Context) *route {
	r, _ := ctx.Value(routeKey{}).(*route)
	return r
}

// noting notes the proxy of each request in its route, for error messages and --http-peer-addr.
func (find proxyFunc) noting() proxyFunc {
	return func(req *http.Request) (*url.URL, error) {
		proxy, err := find(req)
		if r := routeOf(req.Context()); r != nil && err == nil {
			r.proxy.Store(proxy)
		}
		return proxy, err
	}
}

// newProxy returns how --proxyurl, or else --proxypac, wants requests to go; nil for directly.
//
// config tells how to speak TLS with the server that has the script.
func (o *GlobalOptions) newProxy(env Env, config func() (*tls.Config, error)) (proxyFunc, error) {
	switch {
	case o.ProxyURL != "":
		proxy, err := parseProxyURL(o.ProxyURL, env)
		if err != nil {
			return nil, err
		}
		return proxyFunc(http.ProxyURL(proxy)).noting(), nil
	case o.ProxyPAC != "":
		p := &pacProxy{source: o.ProxyPAC, env: env, config: config}
		if err := p.check(); err != nil {
			return nil, err
		}
		return proxyFunc(p.find).noting(), nil
	}
	return nil, nil
}

func parseProxyURL(text string, env Env) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	proxy, err := url.Parse(text)
	if err != nil || proxy.Hostname() == "" || proxy.Opaque != "" || !validPort(proxy.Port()) {
		// The parser's own words are left out: they quote the URL, password and all.
		return nil, failure.New("Invalid --proxyurl: it has to be like http://proxy.example:3128 or http://user:password@proxy.example:3128, " +
			"with special characters of user and password percent-encoded (@ is %%40, : is %%3A, / is %%2F, %% is %%25)")
	}
	switch proxy.Scheme {
	case "http", "https", "socks5", "socks5h":
	case "connect": // how Perl spells an http proxy that is asked for a tunnel
		proxy.Scheme = "http"
	default:
		return nil, failure.New("Unsupported scheme %.20q in --proxyurl: use http, https or socks5", proxy.Scheme)
	}
	hideUser(proxy.User, env)
	return &url.URL{Scheme: proxy.Scheme, User: proxy.User, Host: proxy.Host}, nil
}

// validPort reports whether a URL's port is none, or one that there can be.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func hideUser(user *url.Userinfo, env Env) {
	if password, ok := user.Password(); ok && password != "" {
		env.AddSecret(password)
	}
}

// pacProxy asks a PAC script, which is read when the first request needs it.
type pacProxy struct {
	source string // a file or an http(s) URL
	env    Env
	config func() (*tls.Config, error)

	mu     sync.Mutex
	script *pac.Script
	user   *url.Userinfo // of the script's URL; the original hands it on to the proxy
}

// url returns the address of the script, nil when it is a file.
func (p *pacProxy) url() (*url.URL, error) {
	if !strings.Contains(p.source, "://") {
		return nil, nil
	}
	address, err := url.Parse(strings.TrimSpace(p.source))
	if err != nil || address.Hostname() == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, failure.New("Invalid --proxypac: it has to be a file or a URL like http://wpad.example/proxy.pac")
	}
	return address, nil
}

func (p *pacProxy) check() error {
	address, err := p.url()
	if err != nil || address == nil {
		return err
	}
	hideUser(address.User, p.env)
	return nil
}

func (p *pacProxy) find(req *http.Request) (*url.URL, error) {
	ctx := req.Context()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.script == nil {
		if err := p.load(ctx); err != nil {
			return nil, err
		}
	}
	proxy, err := p.script.FindProxy(ctx, req.URL)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, failure.New("PAC script %s failed for host %s: %v", p.name(), req.URL.Hostname(), err)
	}
	if proxy != nil {
		proxy.User = p.user
	}
	return proxy, nil
}

// name is the source as errors show it.
func (p *pacProxy) name() string {
	address, err := p.url()
	if err != nil || address == nil {
		if at := strings.LastIndexByte(p.source, '@'); at >= 0 {
			return "***" + p.source[at:] // it may be a URL without its scheme, with a password in it
		}
		return p.source
	}
	return address.Redacted()
}

func (p *pacProxy) load(ctx context.Context) error {
	text, err := p.read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	script, err := pac.Load(ctx, text, pac.Env{Now: p.env.Now, Lookup: (&net.Resolver{}).LookupHost, LocalIP: localIP})
	if err != nil {
		return failure.New("PAC script %s cannot be used: %v. Check --proxypac", p.name(), err)
	}
	p.script = script
	return nil
}

func readUpTo(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}

func (p *pacProxy) read(ctx context.Context) (string, error) {
	const most = 4 << 20
	address, err := p.url()
	if err != nil {
		return "", err
	}
	if address == nil {
		text, err := readUpTo(p.source, most)
		if inPath, ok := as[*fs.PathError](err); ok {
			err = inPath.Err
		}
		if err != nil {
			return "", failure.New("Cannot read the PAC script %s: %w. Check --proxypac", p.name(), err)
		}
		return string(text), nil
	}
	p.user = address.User
	config, err := p.config()
	if err != nil {
		return "", err
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	client := http.Client{Transport: transport}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return "", failure.New("Cannot fetch the PAC script: --proxypac is not a URL")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", failure.New("Cannot fetch PAC script %s: %v. Check --proxypac", p.name(), bare(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return "", failure.New("Cannot fetch PAC script %s: %v. Check --proxypac", p.name(), bare(err))
	}
	if resp.StatusCode != http.StatusOK {
		return "", failure.New("Cannot fetch PAC script %s: the server answers %s. Check --proxypac", p.name(), resp.Status)
	}
	return string(text), nil
}

// localIP returns the address that this machine has towards other networks. Nothing is sent: a UDP socket only picks its own side.
func localIP() string {
	conn, err := net.Dial("udp", "192.0.2.1:9") //nolint:noctx // picks a local address at once
	if err != nil {
		return "127.0.0.1"
	}
	defer conn.Close()
	if addr, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		return addr.IP.String()
	}
	return "127.0.0.1"
}
