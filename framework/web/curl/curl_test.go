package curl_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/web/curl"
)

func TestParseOption(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []curl.Setting
		err  string
	}{
		{"CURLOPT_SSL_VERIFYPEER => 0", []curl.Setting{{Name: "insecure"}}, ""},
		{"CURLOPT_SSL_VERIFYHOST=>'0'", []curl.Setting{{Name: "insecure"}}, ""},
		{"CURLOPT_SSL_VERIFYHOST => 2", nil, ""},
		{"CURLOPT_SSLVERSION => CURL_SSLVERSION_TLSv1_2", []curl.Setting{{Name: "tlsv1.2"}}, ""},
		{"CURLOPT_SSLVERSION => CURL_SSLVERSION_MAX_TLSv1_2", []curl.Setting{{Name: "tls-max", Value: "1.2"}}, ""},
		{" CURLOPT_CAINFO => \"/etc/a b.pem\" ", []curl.Setting{{Name: "cacert", Value: "/etc/a b.pem"}}, ""},
		{"CURLOPT_PROXYUSERPWD => joe:a=>b", []curl.Setting{{Name: "proxy-user", Value: "joe:a=>b"}}, ""},
		{"CURLOPT_IPRESOLVE => CURL_IPRESOLVE_V4", []curl.Setting{{Name: "ipv4"}}, ""},
		{"CURLOPT_PROXYAUTH => CURLAUTH_NTLM", []curl.Setting{{Name: "proxy-ntlm"}}, ""},
		{"CURLOPT_PROXY_CAPATH => /etc/certs", []curl.Setting{{Name: "proxy-capath", Value: "/etc/certs"}}, ""},
		{"CURLOPT_SSLCERT => /c:/a\\b", []curl.Setting{{Name: "cert", Value: `/c\:/a\\b`}}, ""},
		{"CURLOPT_PROXY_SSLCERT => pkcs11:token=a:b", []curl.Setting{{Name: "proxy-cert", Value: "pkcs11:token=a:b"}}, ""},
		{"CURLOPT_PROXY_SSLKEY => /k", []curl.Setting{{Name: "proxy-key", Value: "/k"}}, ""},
		{"CURLOPT_PROXY_KEYPASSWD => p", []curl.Setting{{Name: "proxy-pass", Value: "p"}}, ""},
		{"CURLOPT_PROXY_SSL_VERIFYHOST => 0", []curl.Setting{{Name: "proxy-insecure"}}, ""},
		{"CURLOPT_PROXY_SSL_VERIFYHOST => 2", nil, ""},
		{"CURLOPT_PROXY_SSLVERSION => CURL_SSLVERSION_TLSv1", []curl.Setting{{Name: "proxy-tlsv1"}}, ""},
		{"CURLOPT_PROXY_SSLVERSION => CURL_SSLVERSION_TLSv1_2", nil, "CURL_SSLVERSION_TLSv1_2"},
		{"CURLOPT_SSL_VERIFYPEER => maybe", nil, "maybe"},
		{"CURLOPT_URL => http://x", nil, "CURLOPT_URL"},
		{"CURLOPT_CAINFO =>", nil, "no value"},
		{"CURLOPT_CAINFO => a\nurl = b", nil, "line break"},
		{"insecure", nil, "(not shown: its name does not begin with CURLOPT_) is not of the form 'CURLOPT_NAME => value'"},
		{"insecure => 1", nil, "(not shown"},
	}
	for _, test := range tests {
		got, err := curl.ParseOption(test.text)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want %q", test.text, err, test.err)
			}
		case err != nil || !reflect.DeepEqual(got, test.want):
			t.Errorf("%q: %v, %v", test.text, got, err)
		}
	}
}

func FuzzParseOption(f *testing.F) {
	f.Add("CURLOPT_SSL_VERIFYPEER => 0")
	f.Add("CURLOPT_CAINFO => 'x'")
	f.Add("=>")
	f.Fuzz(func(t *testing.T, text string) {
		settings, err := curl.ParseOption(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %q is more than a line", text, err)
			}
			return
		}
		for _, s := range settings {
			if s.Name == "" || strings.ContainsAny(s.Name, " \n\"=") || strings.ContainsAny(s.Value, "\r\n\x00") {
				t.Errorf("%q: %q", text, s)
			}
		}
	})
}
