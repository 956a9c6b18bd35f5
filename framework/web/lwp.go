package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func (o *Options) newLWP(c *Client, env Env) (http.RoundTripper, error) {
	server, proxy, err := parseTLSOptions(o.LWP.SSL, o.LWP.SSLOpt)
	if err != nil {
		return nil, err
	}
	server.insecure = server.insecure || o.Global.Insecure
	proxy.insecure = proxy.insecure || o.Global.Insecure
	c.certificate, c.proxyCertificate = server.certFile != "", proxy.certFile != ""
	return newTransport(server, proxy, o.Global, env)
}

// newTransport makes the transport of net/http for these options. It has room for the TLS settings of one peer, the server: a proxy that is
// spoken to over TLS is shaken hands with by the dialer.
func newTransport(server, proxy tlsOptions, global GlobalOptions, env Env) (*http.Transport, error) {
	d := &dialer{peer: global.PeerAddr}
	var err error
	if d.server, err = server.config("SSL_"); err != nil {
		return nil, err
	}
	same := proxy
	same.serverName = server.serverName
	if same == server {
		d.proxy = d.server.Clone()
		d.proxy.ServerName = proxy.serverName
	} else if d.proxy, err = proxy.config(proxyPrefix); err != nil {
		return nil, err
	}
	d.server.NextProtos = []string{"h2", "http/1.1"} // a proxy is spoken to in HTTP/1.1 only
	find, err := global.newProxy(env, func() (*tls.Config, error) {
		config := d.server.Clone()
		config.ServerName, config.NextProtos, config.VerifyConnection = "", nil, nil
		return config, nil
	})
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy: find,
		OnProxyConnectResponse: func(ctx context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK {
				return &connectRefusal{code: resp.StatusCode, status: resp.Status}
			}
			if r := routeOf(ctx); r != nil {
				r.tunnel.Store(true)
				r.asked.Store(false)
			}
			return nil
		},
		DialContext:       d.dial,
		DialTLSContext:    d.dialTLS,
		TLSClientConfig:   d.server,
		ForceAttemptHTTP2: true,
		ReadBufferSize:    64 << 10,
		IdleConnTimeout:   time.Minute,
	}, nil
}

// dialer opens connections to the server, or to the proxy when there is one.
type dialer struct {
	net.Dialer
	peer          string // --http-peer-addr
	server, proxy *tls.Config
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.peer != "" && !viaProxy(ctx) {
		addr = peerAddr(d.peer, addr)
	}
	return d.DialContext(ctx, network, addr)
}

func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	config := d.server
	if r := routeOf(ctx); r != nil {
		r.tunnel.Store(false)
		r.asked.Store(false)
	}
	if viaProxy(ctx) {
		config = d.proxy
	}
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		config = config.Clone()
		config.ServerName = host
	}
	raw, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

func viaProxy(ctx context.Context) bool {
	r := routeOf(ctx)
	return r != nil && r.proxy.Load() != nil
}

// peerAddr returns the address to dial for --http-peer-addr: its own port, or else that of addr.
func peerAddr(peer, addr string) string {
	if _, _, err := net.SplitHostPort(peer); err == nil {
		return peer
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort(strings.Trim(peer, "[]"), port)
}
