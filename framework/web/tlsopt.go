package web

import (
	"crypto/tls"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/internal/optname"
)

const supportedSSLOptions = "SSL_version, SSL_verify_mode, SSL_ca_file, SSL_ca_path, SSL_cert_file, SSL_key_file, SSL_hostname"

// proxyPrefix begins the names of ours: what SSL_ says of the server, SSL_proxy_ says of a proxy that is spoken to over TLS.
const proxyPrefix = "SSL_proxy_"

// tlsOptions are what --ssl and --ssl-opt say of one peer, in the words of Perl's IO::Socket::SSL.
type tlsOptions struct {
	minVersion, maxVersion uint16 // zero: Go's own choice
	insecure               bool
	caFile, caPath         string
	certFile, keyFile      string
	serverName             string
}

type sslPair struct{ name, value string }

// parseTLSOptions reads --ssl and --ssl-opt. What is not said of the proxy is as for the server, except for the host name.
func parseTLSOptions(version string, texts []string) (server, proxy tlsOptions, err error) {
	pairs, err := cutPairs(texts)
	if err != nil {
		return server, proxy, err
	}
	for _, pair := range pairs {
		if !strings.HasPrefix(pair.name, proxyPrefix) {
			if err := server.set(pair); err != nil {
				return server, proxy, err
			}
		}
	}
	if version != "" {
		if err := server.setVersion(version); err != nil {
			return server, proxy, err
		}
	}
	proxy.insecure = server.insecure
	for _, pair := range pairs {
		if strings.HasPrefix(pair.name, proxyPrefix) {
			if err := proxy.set(pair); err != nil {
				return server, proxy, err
			}
		}
	}
	if proxy.minVersion == 0 {
		proxy.minVersion, proxy.maxVersion = server.minVersion, server.maxVersion
	}
	if proxy.caFile == "" && proxy.caPath == "" {
		proxy.caFile, proxy.caPath = server.caFile, server.caPath
	}
	if proxy.certFile == "" && proxy.keyFile == "" {
		proxy.certFile, proxy.keyFile = server.certFile, server.keyFile
	}
	return server, proxy, nil
}

// cutPairs reads each text as one or more "SSL_name => value" with commas between.
func cutPairs(texts []string) (pairs []sslPair, err error) {
	for _, text := range texts {
		for rest := text; strings.TrimSpace(rest) != ""; {
			name, after, ok := strings.Cut(rest, "=>")
			name = unquote(strings.TrimSpace(name))
			if !ok {
				return nil, failure.New("Invalid --ssl-opt %s: it has to be of the form 'SSL_name => value'", optname.Quote(name, "SSL_"))
			}
			var value string
			value, rest, ok = cutValue(after)
			if !ok {
				return nil, failure.New("Invalid --ssl-opt %s: a quote is not closed or is followed by more text", optname.Quote(name, "SSL_"))
			}
			pairs = append(pairs, sslPair{name, value})
		}
	}
	return pairs, nil
}

// cutValue splits a quoted or bare value from what follows the comma behind it.
func cutValue(text string) (value, rest string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || text[0] != '"' && text[0] != '\'' {
		value, rest, _ = strings.Cut(text, ",")
		return strings.TrimSpace(value), rest, true
	}
	value, rest, ok = strings.Cut(text[1:], text[:1])
	if rest = strings.TrimSpace(rest); rest == "" {
		return value, "", ok
	}
	rest, comma := strings.CutPrefix(rest, ",")
	return value, rest, ok && comma
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// set takes an option of either prefix; the last one of a name wins.
func (o *tlsOptions) set(pair sslPair) error {
	name, value := pair.name, pair.value
	if rest, ok := strings.CutPrefix(name, proxyPrefix); ok {
		name = "SSL_" + rest
	}
	switch name {
	case "SSL_version":
		return o.setVersion(value)
	case "SSL_verify_mode":
		switch strings.TrimPrefix(value, "IO::Socket::SSL::") {
		case "SSL_VERIFY_NONE", "0", "0x00", "0x0":
			o.insecure = true
		case "SSL_VERIFY_PEER", "1", "0x01", "0x1":
			o.insecure = false
		default:
			return failure.New("Unsupported %s %.60q in --ssl-opt: use SSL_VERIFY_PEER or SSL_VERIFY_NONE", pair.name, value)
		}
	case "SSL_ca_file":
		o.caFile = value
	case "SSL_ca_path":
		o.caPath = value
	case "SSL_cert_file":
		o.certFile = value
	case "SSL_key_file":
		o.keyFile = value
	case "SSL_hostname":
		o.serverName = value
	case "SSL_use_cert": // SSL_cert_file says as much
	default:
		return failure.New("Unsupported TLS option %s in --ssl-opt; these are supported: %s, and the same for a proxy as %sversion and so on",
			optname.Quote(pair.name, "SSL_"), supportedSSLOptions, proxyPrefix)
	}
	return nil
}

// setVersion reads "TLSv1_2" (that version only) or "SSLv23:!SSLv3:!TLSv1" (all but those).
func (o *tlsOptions) setVersion(text string) error {
	enabled := map[uint16]bool{}
	for i, field := range strings.Split(text, ":") {
		name, not := strings.CutPrefix(strings.TrimSpace(field), "!")
		name = strings.ReplaceAll(strings.ToLower(name), "_", "")
		version, old := uint16(0), false
		switch name {
		case "tlsv1", "tlsv10":
			version = tls.VersionTLS10
		case "tlsv11":
			version = tls.VersionTLS11
		case "tlsv12":
			version = tls.VersionTLS12
		case "tlsv13":
			version = tls.VersionTLS13
		case "sslv2", "sslv3":
			old = true
		case "sslv23", "sslv2/3":
			if not {
				return versionError(text)
			}
			for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
				enabled[v] = true
			}
			continue
		default:
			return versionError(text)
		}
		switch {
		case not:
			if i == 0 {
				for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
					enabled[v] = true
				}
			}
			delete(enabled, version)
		case old:
			return versionError(text)
		default:
			enabled[version] = true
		}
	}
	o.minVersion, o.maxVersion = 0, 0
	for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
		if !enabled[v] {
			continue
		}
		if o.minVersion == 0 {
			o.minVersion = v
		} else if o.maxVersion != v-1 {
			return failure.New("Invalid TLS version %.60q in --ssl or --ssl-opt: it leaves a gap between two versions", text)
		}
		o.maxVersion = v
	}
	if o.minVersion == 0 {
		return versionError(text)
	}
	return nil
}

func versionError(text string) error {
	return failure.New("Unsupported TLS version %.60q in --ssl or --ssl-opt: use TLSv1, TLSv1_1, TLSv1_2 or TLSv1_3, or "+
		"SSLv23:!TLSv1 for all but one", text)
}
