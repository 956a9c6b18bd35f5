package web

import "github.com/centplugins/centplugins/framework/option"

// Options are the command line's say in how requests travel. The zero value is a direct connection of backend lwp that checks certificates.
type Options struct {
	Global GlobalOptions
	LWP    LWPOptions
	Curl   CurlOptions
	Replay ReplayOptions
}

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
	SSLOpt []string `name:"ssl-opt" sep:"none" help:"TLS option, can be given several times. Example: --ssl-opt=\"SSL_version => TLSv1_2\" --ssl-opt=\"SSL_ca_file => /etc/pki/company.pem\"."`
}

// CurlOptions hold for backend curl only.
type CurlOptions struct {
	CurlOpt []string `name:"curl-opt" sep:"none" help:"curl option, can be given several times. Example: --curl-opt=\"CURLOPT_SSL_VERIFYPEER => 0\" --curl-opt=\"CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_2\"."`
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
