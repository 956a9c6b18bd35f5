package web

import (
	"net"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// Options are the command line's say in how requests travel. The zero value is a direct connection of backend lwp that checks certificates.
type Options struct {
	Global GlobalOptions
	LWP    LWPOptions
	Curl   CurlOptions
	Replay ReplayOptions

	direct bool // no proxy is ever used, and none is spoken of
}

// Direct returns the options for what is asked without a proxy, and at no other address than its own.
func (o Options) Direct() Options {
	o.direct = true
	o.Global.ProxyURL, o.Global.ProxyPAC, o.Global.PeerAddr = "", "", ""
	if backendName(o.Global.Backend) == "curl" { // whose options may name a proxy too
		o.Global.Backend = ""
	}
	return o
}

func backendName(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// GlobalOptions hold for every backend.
type GlobalOptions struct {
	PeerAddr string `name:"http-peer-addr" help:"Address to connect to in place of the one that the host name resolves to: address or address:port. Without effect on requests that go through a proxy."`
	ProxyURL string `name:"proxyurl" help:"Proxy URL. Example: http://my.proxy:3128, or http://user:password@my.proxy:3128 (a special character in user or password is percent-encoded: @ is %40)."`
	ProxyPAC string `name:"proxypac" help:"Proxy auto-configuration (PAC) script: a local file or a URL."`
	Insecure bool   `name:"insecure" help:"Accept TLS certificates without checking them."`
	Backend  string `name:"http-backend" help:"Backend to use for HTTP transactions: lwp (built in, default), curl (runs the curl program) or replay (answers from recorded files)."`
}

// LWPOptions hold for backend lwp only.
type LWPOptions struct {
	SSL    string   `name:"ssl" help:"TLS version to speak. Example: --ssl=TLSv1_2."`
	SSLOpt []string `name:"ssl-opt" sep:"none" help:"TLS option, can be given several times. Example: --ssl-opt=\"SSL_version => TLSv1_2\" --ssl-opt=\"SSL_ca_file => /etc/pki/company.pem\". SSL_version is one version, or a minimum: SSLv23:!TLSv1:!TLSv1_1. The authorities of SSL_ca_file (PEM) and SSL_ca_path (a directory of them) take the place of the system's. SSL_cert_file and SSL_key_file (PEM, no passphrase) are the client certificate. What holds for a proxy only is said by SSL_proxy_cert_file and so on; other than that an https proxy is treated as the server is."`
}

// CurlOptions hold for backend curl only.
type CurlOptions struct {
	CurlOpt []string `name:"curl-opt" sep:"none" help:"curl option, can be given several times. Example: --curl-opt=\"CURLOPT_SSL_VERIFYPEER => 0\" --curl-opt=\"CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_2\" (a minimum). What is for the proxy is said by CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_SSLCERT and so on."`
}

// ReplayOptions hold for backend replay only.
type ReplayOptions struct {
	Dir string `name:"replay-dir" help:"Directory of recorded HTTP exchanges (*.http) that backend replay answers from."`
}

// Sets returns the option groups for a command line; the pointers are to o's own fields.
func (o *Options) Sets() []option.Set {
	return []option.Set{
		{Title: "HTTP GLOBAL OPTIONS", Ptr: &o.Global},
		{Title: "BACKEND LWP OPTIONS", Ptr: &o.LWP},
		{Title: "BACKEND CURL OPTIONS", Ptr: &o.Curl},
		{Title: "BACKEND REPLAY OPTIONS", Ptr: &o.Replay},
	}
}

// checkPeerAddr refuses what no address can look like; whether there is one shows when it is dialled.
func (o *GlobalOptions) checkPeerAddr() error {
	if o.PeerAddr == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(o.PeerAddr)
	if err != nil { // no port
		host, port = o.PeerAddr, "443"
		if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(host, "]") {
			host = strings.TrimSuffix(inner, "]")
		}
	}
	if ip, _, _ := strings.Cut(host, "%"); strings.Contains(host, ":") && net.ParseIP(ip) == nil {
		host = ""
	}
	if host == "" || port == "" || !validPort(port) || strings.ContainsAny(host, " /@[]\t\r\n\"\\\x00") {
		return failure.New("Invalid --http-peer-addr: it has to be an address or address:port, such as 192.0.2.1, 192.0.2.1:8443 or [2001:db8::1]:8443")
	}
	return nil
}
