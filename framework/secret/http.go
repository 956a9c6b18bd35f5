package secret

import (
	"time"

	"github.com/centplugins/centplugins/framework/web"
)

// client returns an HTTP client for a password manager: a direct connection, as the Perl plugins have it. Traffic is never
// shown, since the answers hold secrets that are not known yet. Certificates are checked against caFile where it is given,
// against those of the system otherwise, and not at all when insecure. sslOpt are further options as --ssl-opt takes them.
func (in Input) client(timeout time.Duration, caFile string, insecure bool, sslOpt ...string) (*web.Client, error) {
	options := web.Options{Global: web.GlobalOptions{Insecure: insecure}, LWP: web.LWPOptions{SSLOpt: sslOpt}}
	if caFile != "" {
		options.LWP.SSLOpt = append(options.LWP.SSLOpt, "SSL_ca_file => '"+caFile+"'")
	}
	options = options.Direct()
	return options.NewClient(timeout, web.Env{
		Now: in.Now, Getenv: in.Getenv, AddSecret: in.AddSecret, Transport: in.Transport,
	})
}
