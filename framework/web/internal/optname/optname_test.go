package optname_test

import (
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/web/internal/optname"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SSL_ca_file": `"SSL_ca_file"`, " SSL_key_passwd = geheim": `"SSL_key_passwd"`, "SSL_passwd_cb:geheim": `"SSL_passwd_cb"`,
	} {
		if got := optname.Quote(text, "SSL_"); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"geheim", "geheim SSL_ca_file", "", "ssl_geheim", "SSL_" + strings.Repeat("geheim", 20)} {
		if got := optname.Quote(text, "SSL_"); strings.Contains(got, "geheim") || !strings.Contains(got, "not shown") {
			t.Errorf("%q: %s", text, got)
		}
	}
}
