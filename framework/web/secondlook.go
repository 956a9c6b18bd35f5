package web

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/centplugins/centplugins/framework/web/curl"
)

// errSeen ends a second look that finds nothing wrong.
var errSeen = errors.New("the certificate is good")

// secondLook is backend curl with better errors. The program says that a certificate is bad, but neither whose it is nor what is in it, so
// Go's own handshake is made with the same peer. It ends as soon as the server's certificate is known: no request is sent.
type secondLook struct {
	curl   *curl.Transport
	global GlobalOptions
	env    Env
}

// RoundTrip lets curl do the request.
func (s *secondLook) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.curl.RoundTrip(req)
	if err == nil {
		return resp, nil
	}
	if what, _ := classify(err); what.ofTLS() && req.URL.Scheme == "https" {
		seen := s.look(req)
		if again, _ := classify(seen); again == what || again.ofTLS() && vague(err) {
			return nil, seen
		}
	}
	return nil, err
}

// vague reports whether curl only says that the handshake failed, as it does of every fault within the tunnel of an https proxy.
func vague(err error) bool {
	failed, ok := as[*curl.Error](err)
	if !ok || failed.Code != 35 {
		return false
	}
	what, _ := classifyCurl(failed)
	return what == tlsFailure
}

// look returns what is wrong with the handshake.
func (s *secondLook) look(req *http.Request) error {
	ctx, cancel := context.WithTimeout(req.Context(), 5*time.Second)
	defer cancel()
	global := s.global
	server, proxy := likeCurl(s.curl.Settings, &global)
	transport, err := newTransport(server, proxy, global, s.env)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig.VerifyConnection = func(tls.ConnectionState) error { return errSeen }
	root := &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: "/"}
	resp, err := transport.RoundTrip((&http.Request{Method: http.MethodHead, URL: root, Header: http.Header{}}).WithContext(ctx))
	if err == nil {
		_ = resp.Body.Close()
		return errSeen
	}
	return err
}

// likeCurl translates what settings of curl say of certificates.
func likeCurl(settings []curl.Setting, global *GlobalOptions) (server, proxy tlsOptions) {
	for _, setting := range settings {
		switch setting.Name {
		case "insecure":
			server.insecure = true
		case "no-insecure":
			server.insecure = false
		case "proxy-insecure":
			proxy.insecure = true
		case "cacert":
			server.caFile = setting.Value
		case "capath":
			server.caPath = setting.Value
		case "proxy-cacert":
			proxy.caFile = setting.Value
		case "proxy-capath":
			proxy.caPath = setting.Value
		case "proxy-cert":
			proxy.certFile = setting.Value
		case "proxy-key":
			proxy.keyFile = setting.Value
		case "proxy":
			global.ProxyURL = setting.Value
		}
	}
	return server, proxy
}
