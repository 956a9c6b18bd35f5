package web

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/curl"
)

// errTimeout is the cause of a context that the client's own timeout ended.
var errTimeout = errors.New("timeout")

// fault is what went wrong on the way to an answer, whichever backend it was.
type fault int

const (
	otherFault fault = iota
	timedOut
	unknownHost
	refused
	unreachable
	brokenConnection
	proxyRefusal // the proxy's answer to CONNECT; comes with its status
	oldCurl
	unknownIssuer // from here on to the end, all are of TLS
	expired
	notYetValid
	wrongName
	revoked
	notTLS
	oldProtocol
	wantsCertificate   // the peer wants a client certificate
	refusesCertificate // the peer wants another one
	refusesHandshake
	curlCertificate // the program cannot use the client certificate
	curlAuthorities // the program cannot read the authorities
	tlsFailure
)

func (f fault) ofTLS() bool { return f >= unknownIssuer }

// connectRefusal is the answer of a proxy that did not open the tunnel that CONNECT asked for.
type connectRefusal struct {
	code   int
	status string // code and reason
}

// Error names the answer.
func (e *connectRefusal) Error() string { return "the proxy answers " + e.status }

func as[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}

// classify tells what an error of a backend means; status comes with proxyRefusal.
func classify(err error) (what fault, status int) {
	if refusal, ok := as[*connectRefusal](err); ok {
		return proxyRefusal, refusal.code
	}
	if failed, ok := as[*curl.Error](err); ok {
		return classifyCurl(failed)
	}
	if dns, ok := as[*net.DNSError](err); ok && !dns.IsTimeout {
		return unknownHost, 0
	}
	if what := classifyTLS(err); what != otherFault {
		return what, 0
	}
	netErr, isNet := as[net.Error](err)
	switch {
	case isNet && netErr.Timeout():
		return timedOut, 0
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused, 0
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable, 0
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.HasSuffix(err.Error(), "server closed idle connection"), // net/http has no value for it
		strings.HasSuffix(err.Error(), "http2: client connection lost"),
		strings.HasSuffix(err.Error(), "http2: client conn could not be established"):
		return brokenConnection, 0
	}
	return otherFault, 0
}

// classifyCurl knows the exit statuses of the curl program.
func classifyCurl(err *curl.Error) (fault, int) {
	detail := strings.ToLower(err.Detail)
	if alert := alertOf(err); alert != "" { // with 35 or 56: from TLS 1.3 on it may come after the handshake
		return alertFault(alert), 0
	}
	for _, mark := range []string{"tunnel failed, response ", "received http code "} {
		if _, after, ok := strings.Cut(detail, mark); ok && len(after) >= 3 {
			if status, err := strconv.Atoi(after[:3]); err == nil {
				return proxyRefusal, status
			}
		}
	}
	switch err.Code {
	case 2:
		return oldCurl, 0
	case 5, 6:
		return unknownHost, 0
	case 7:
		switch {
		case strings.Contains(detail, "unreachable"), strings.Contains(detail, "no route"):
			return unreachable, 0
		case strings.Contains(detail, "timed out"):
			return timedOut, 0
		}
		return refused, 0
	case 18, 52, 55, 56, 92:
		return brokenConnection, 0
	case 28:
		return timedOut, 0
	case 35:
		switch {
		case strings.Contains(detail, "wrong version number"), strings.Contains(detail, "packet length too long"):
			return notTLS, 0
		case strings.Contains(detail, "unsupported protocol"), strings.Contains(detail, "no protocols available"),
			strings.Contains(detail, "legacy sigalg"): // what old versions sign with
			return oldProtocol, 0
		}
		return tlsFailure, 0
	case 51, 60:
		switch {
		case strings.Contains(detail, "expired"):
			return expired, 0
		case strings.Contains(detail, "not yet valid"):
			return notYetValid, 0
		case strings.Contains(detail, "revoked"):
			return revoked, 0
		case strings.Contains(detail, "subject name"), strings.Contains(detail, "host name"), strings.Contains(detail, "hostname"):
			return wrongName, 0
		case strings.Contains(detail, "issuer"), strings.Contains(detail, "self"):
			return unknownIssuer, 0
		case strings.Contains(detail, "ssl certificate verification failed"): // by the peer: what curl makes of its "certificate expired"
			return refusesCertificate, 0
		}
		return tlsFailure, 0
	case 58:
		return curlCertificate, 0
	case 77, 82:
		return curlAuthorities, 0
	case 98:
		return wantsCertificate, 0
	case 53, 54, 59, 64, 66, 80, 83, 90, 91:
		return tlsFailure, 0
	}
	return otherFault, 0
}

// explain words an error of Do: what happened, with whom, and what to do.
func (c *Client) explain(err error, host string, way *route) error {
	if worded, ok := as[*failure.Failure](err); ok {
		return worded
	}
	cause := c.hide(bare(err).Error())
	by := ""
	peer := host // who a connection was tried with: the proxy when there is one
	check := "the network and the firewall, or give --proxyurl when only a proxy gets out"
	proxy := way.proxy.Load()
	switch {
	case proxy != nil:
		by = " through proxy " + proxyName(proxy)
		peer = "proxy " + proxyName(proxy)
		check = "--proxyurl or --proxypac, the network and the firewall"
	case c.direct:
		check = "the network and the firewall"
	case c.peer != "":
		peer = fmt.Sprintf("%s at --http-peer-addr=%s", host, c.peer)
		check = "--http-peer-addr, " + check
	}
	what, status := classify(err)
	var text string
	switch {
	case errors.Is(err, errTimeout):
		text = fmt.Sprintf("Timeout: no answer from %s%s within %v. Raise --timeout, or check %s", host, by, c.timeout, check)
	case errors.Is(err, context.DeadlineExceeded):
		text = fmt.Sprintf("Timeout: the time for the whole check ended while waiting for %s%s", host, by)
	case errors.Is(err, context.Canceled):
		text = fmt.Sprintf("The check was interrupted while waiting for %s%s", host, by)
	case what.ofTLS():
		text = c.explainTLS(what, err, host, way)
	default:
		switch what {
		case timedOut:
			text = fmt.Sprintf("Timeout: no connection to %s (%s). Check %s", peer, cause, check)
		case unknownHost:
			text = fmt.Sprintf("Cannot resolve the host name of %s (%s). Check its spelling and the DNS of this machine, or %s", peer, cause, check)
		case refused:
			text = fmt.Sprintf("Connection to %s refused (%s). Check its address and port, %s", peer, cause, check)
		case unreachable:
			text = fmt.Sprintf("Cannot reach %s (%s). Check %s", peer, cause, check)
		case brokenConnection:
			if way.asked.Load() { // the reason comes after the handshake, and may be lost
				check = "the client certificate that it asked for: " + c.tlsPeer(host, way).certificate
			}
			text = fmt.Sprintf("Connection to %s%s broke before it answered (%s). Check %s", host, by, cause, check)
		case proxyRefusal:
			text = refusal(status, host, proxy)
		case oldCurl:
			text = fmt.Sprintf("The curl program does not understand an option (%s). Use curl 7.54 or later, check --curl-opt, or use "+
				"--http-backend=lwp", cause)
		default:
			text = fmt.Sprintf("Request to %s%s failed: %s", host, by, cause)
		}
	}
	return &failure.Failure{Text: failure.OneLine(text), Cause: err}
}

// refusal words the answer of a proxy that does not let a request through.
func refusal(status int, host string, proxy *url.URL) string {
	name := "The proxy"
	if proxy != nil {
		name = "Proxy " + proxyName(proxy)
	}
	if status != 407 {
		return fmt.Sprintf("%s answers %d to a connection to %s. Ask its administrator to let it through, or check --proxyurl", name, status, host)
	}
	if proxy != nil && proxy.User != nil {
		return fmt.Sprintf("%s does not accept the user and password of --proxyurl (407)", name)
	}
	return fmt.Sprintf("%s wants a user and a password (407): give them in --proxyurl=http://user:password@host:port", name)
}

// explainBody words an error of reading the answer.
func (c *Client) explainBody(err error, read int64, host string) error {
	if worded, ok := as[*failure.Failure](err); ok {
		return worded
	}
	what, _ := classify(err)
	_, corrupt := as[flate.CorruptInputError](err)
	var text string
	switch {
	case errors.Is(err, errTimeout):
		text = fmt.Sprintf("Timeout: %s sent nothing more for %v in the middle of its answer (after %d bytes). Raise --timeout, or check the "+
			"network", host, c.timeout, read)
	case errors.Is(err, context.DeadlineExceeded):
		text = fmt.Sprintf("Timeout: the time for the whole check ended while reading the answer of %s (after %d bytes)", host, read)
	case errors.Is(err, context.Canceled):
		text = fmt.Sprintf("The check was interrupted while reading the answer of %s", host)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), corrupt:
		text = fmt.Sprintf("The answer of %s is damaged: its gzip compression cannot be undone. Check the proxies on the way", host)
	case errors.Is(err, io.ErrUnexpectedEOF), what == brokenConnection:
		text = fmt.Sprintf("Connection to %s broke while reading the answer: it was cut off after %d bytes. Try again, or check the network "+
			"and the proxies on the way", host, read)
	default:
		text = fmt.Sprintf("Connection to %s broke while reading the answer: %s (after %d bytes)", host, c.hide(bare(err).Error()), read)
	}
	return &failure.Failure{Text: failure.OneLine(text), Cause: err}
}

// bare takes off what net/http wraps around an error: the URL, which may hold a token.
func bare(err error) error {
	if wrapped, ok := as[*url.Error](err); ok {
		err = wrapped.Err
	}
	// The same for the one error of net/http that quotes a header of the answer.
	if strings.HasPrefix(err.Error(), "failed to parse Location header") {
		return errors.New("it redirects to an address that is none")
	}
	return err
}

// proxyName is scheme, host and port of a proxy.
func proxyName(proxy *url.URL) string { return proxy.Scheme + "://" + proxy.Host }
