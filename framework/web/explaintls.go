package web

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/curl"
)

func classifyTLS(err error) fault {
	if _, ok := as[x509.UnknownAuthorityError](err); ok {
		return unknownIssuer
	}
	if _, ok := as[x509.HostnameError](err); ok {
		return wrongName
	}
	if invalid, ok := as[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		if strings.Contains(invalid.Detail, " is before ") {
			return notYetValid
		}
		return expired
	}
	if _, ok := as[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return notTLS
	}
	if _, ok := as[*tls.CertificateVerificationError](err); ok {
		return tlsFailure
	}
	switch text := err.Error(); {
	case alertOf(err) != "":
		return alertFault(alertOf(err))
	case strings.Contains(text, "tls: server selected unsupported protocol version"):
		return oldProtocol
	case strings.Contains(text, "tls: "):
		return tlsFailure
	}
	return otherFault
}

// alertOf returns what the peer says in a TLS alert, for which neither crypto/tls nor curl has a value.
func alertOf(err error) string {
	if _, alert, ok := strings.Cut(err.Error(), "remote error: tls: "); ok {
		return alert
	}
	if failed, ok := as[*curl.Error](err); ok {
		_, alert, _ := strings.Cut(failed.Detail, " alert ")
		alert, _, _ = strings.Cut(alert, ",")
		return alert
	}
	return ""
}

// alertFault tells what a TLS alert means, in the words of crypto/tls or of OpenSSL.
func alertFault(text string) fault {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(text, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("certificate required"):
		return wantsCertificate
	case has("bad certificate status"): // of the server's own
		return tlsFailure
	case has("bad certificate", "unsupported certificate", "revoked certificate", "certificate revoked", "expired certificate", "certificate expired",
		"unknown certificate", "certificate unknown", "unknown ca"):
		return refusesCertificate
	case has("protocol version"):
		return oldProtocol
	case has("handshake failure", "insufficient security", "access denied", "unrecognized name", "internal error"):
		return refusesHandshake
	}
	return tlsFailure
}

// tlsPeer is who the handshake was made with, and how its options are called.
type tlsPeer struct {
	name, start                               string // within a sentence, and at its start
	authority, certificate, version, hostname string
	shown                                     bool // whether there is a client certificate for it
}

func (c *Client) tlsPeer(host string, way *route) tlsPeer {
	proxy := way.proxy.Load()
	p := tlsPeer{name: host, start: host, shown: c.certificate}
	ssl, libcurl := "SSL_", "CURLOPT_"
	switch {
	case proxy == nil:
	case proxy.Scheme == "https" && !way.tunnel.Load():
		p.name, p.start, p.shown = "proxy "+proxyName(proxy), "Proxy "+proxyName(proxy), c.proxyCertificate
		ssl, libcurl = proxyPrefix, "CURLOPT_PROXY_"
	default:
		p.name += " through proxy " + proxyName(proxy)
		p.start = p.name
	}
	if c.backend == "curl" {
		p.authority = "--curl-opt='" + libcurl + "CAINFO => /path/ca.pem'"
		p.certificate = "--curl-opt='" + libcurl + "SSLCERT => /path/client.pem' and " + libcurl + "SSLKEY"
		p.version = libcurl + "SSLVERSION in --curl-opt"
		p.hostname = "--http-peer-addr"
		return p
	}
	p.authority = "--ssl-opt='" + ssl + "ca_file => /path/ca.pem'"
	p.certificate = "--ssl-opt='" + ssl + "cert_file => /path/client.pem' and " + ssl + "key_file"
	p.version = "--ssl and " + ssl + "version in --ssl-opt"
	p.hostname = "--http-peer-addr, and " + ssl + "hostname in --ssl-opt"
	return p
}

// explainTLS words what is wrong with a handshake.
func (c *Client) explainTLS(what fault, err error, host string, way *route) string {
	p := c.tlsPeer(host, way)
	if !p.shown && (what == refusesCertificate || what == refusesHandshake && way.asked.Load()) {
		what = wantsCertificate
	}
	cause := c.hide(bare(err).Error())
	if alert := alertOf(err); alert != "" {
		cause = alert
	}
	cert := certificateOf(err)
	switch what {
	case unknownIssuer:
		issuer := cause
		if cert != nil {
			issuer = "issuer " + quoted(cert.Issuer.String())
		}
		return fmt.Sprintf("The certificate of %s is from an issuer that this machine does not know (%s). If it is your own authority or an inspecting "+
			"proxy, give it by %s; --insecure would trust anybody", p.name, issuer, p.authority)
	case expired, notYetValid:
		return c.explainDate(what, cert, p.name, cause)
	case wrongName:
		names := cause
		if cert != nil {
			names = namesOf(cert)
		}
		return fmt.Sprintf("The certificate of %s is for another host name (%s). Check the address, the proxy, %s", p.name, names, p.hostname)
	case revoked:
		return fmt.Sprintf("The certificate of %s is revoked (%s). Its owner has to replace it", p.name, cause)
	case notTLS:
		return fmt.Sprintf("%s does not speak TLS on this port (%s). Check protocol and port", p.start, cause)
	case oldProtocol:
		return fmt.Sprintf("%s speaks none of the TLS versions that are allowed here (%s). Have it updated, or check %s", p.start, cause, p.version)
	case wantsCertificate:
		return fmt.Sprintf("%s wants a client certificate (%s). Give it by %s", p.start, cause, p.certificate)
	case refusesCertificate:
		return fmt.Sprintf("%s does not accept the client certificate (%s). Check its dates and its issuer, and %s", p.start, cause, p.certificate)
	case refusesHandshake:
		return fmt.Sprintf("%s refuses the TLS handshake (%s). Check the address, %s, and whether it wants a client certificate: %s",
			p.start, cause, p.version, p.certificate)
	case curlCertificate:
		return fmt.Sprintf("The curl program cannot use the client certificate for %s (%s). Check CURLOPT_SSLCERT, SSLKEY and KEYPASSWD in --curl-opt, "+
			"and those for a proxy", host, cause)
	case curlAuthorities:
		return fmt.Sprintf("The curl program cannot read the authorities for %s (%s). Check CURLOPT_CAINFO, CAPATH and CRLFILE in --curl-opt, "+
			"and those for a proxy", host, cause)
	}
	return fmt.Sprintf("No TLS connection with %s (%s). Check %s; for an authority of your own, give it by %s", p.name, cause, p.version, p.authority)
}

func (c *Client) explainDate(what fault, cert *x509.Certificate, name, cause string) string {
	const layout = "2006-01-02 15:04 MST"
	if cert != nil {
		cause = fmt.Sprintf("it holds from %s to %s, the clock here says %s, issuer %s", cert.NotBefore.UTC().Format(layout),
			cert.NotAfter.UTC().Format(layout), c.now().UTC().Format(layout), quoted(cert.Issuer.String()))
	}
	if what == notYetValid {
		return fmt.Sprintf("The certificate of %s is not valid yet (%s). Set the clock of this machine, or wait", name, cause)
	}
	return fmt.Sprintf("The certificate of %s has expired (%s). Its owner has to renew it, unless the clock of this machine is wrong", name, cause)
}

// certificateOf returns the certificate that an error is about, nil when it does not tell.
func certificateOf(err error) *x509.Certificate {
	if e, ok := as[x509.UnknownAuthorityError](err); ok {
		return e.Cert
	}
	if e, ok := as[x509.HostnameError](err); ok {
		return e.Certificate
	}
	if e, ok := as[x509.CertificateInvalidError](err); ok {
		return e.Cert
	}
	return nil
}

// namesOf lists the names that a certificate is for, the first few of them.
func namesOf(cert *x509.Certificate) string {
	const most = 5
	names := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "it names none"
	case len(names) > most:
		return fmt.Sprintf("it is for %s and %d more", quoted(strings.Join(names[:most], ", ")), len(names)-most)
	}
	return "it is for " + quoted(strings.Join(names, ", "))
}

// quoted keeps a text out of a certificate, which anybody may have written, to a line that can be read.
func quoted(text string) string {
	return fmt.Sprintf("'%.200s'", failure.OneLine(strings.ToValidUTF8(text, "?")))
}
