package curl

import (
	"fmt"
	"strings"

	"github.com/centplugins/centplugins/framework/web/internal/optname"
)

const prefix = "CURLOPT_"

// Setting is one line of a curl configuration: a long option without its dashes, and its value, empty for a switch.
type Setting struct{ Name, Value string }

// Supported says which options ParseOption knows, for help and errors.
const Supported = "CURLOPT_ SSL_VERIFYPEER, SSL_VERIFYHOST, SSLVERSION, CAINFO, CAPATH, CRLFILE, SSLCERT, SSLCERTTYPE, SSLKEY, SSLKEYTYPE, " +
	"KEYPASSWD, SSL_CIPHER_LIST, TLS13_CIPHERS, PROXY, PROXYUSERPWD, PROXYAUTH, HTTPPROXYTUNNEL, NOPROXY, PROXY_SSL_VERIFYPEER, " +
	"PROXY_SSL_VERIFYHOST, PROXY_SSLVERSION, PROXY_CAINFO, PROXY_CAPATH, PROXY_CRLFILE, PROXY_SSLCERT, PROXY_SSLCERTTYPE, PROXY_SSLKEY, " +
	"PROXY_SSLKEYTYPE, PROXY_KEYPASSWD, PROXY_SSL_CIPHER_LIST, PROXY_TLS13_CIPHERS, IPRESOLVE, INTERFACE, DNS_SERVERS, CONNECTTIMEOUT, TIMEOUT, HTTP_VERSION, USERAGENT"

// ParseOption turns an option as libcurl names it, such as "CURLOPT_SSL_VERIFYPEER => 0", into settings of the curl program; none when
// it asks for what is the case anyway.
func ParseOption(text string) ([]Setting, error) {
	name, value, ok := strings.Cut(text, "=>")
	name = strings.TrimSpace(name)
	if !ok {
		return nil, fmt.Errorf("%s is not of the form 'CURLOPT_NAME => value'", optname.Quote(name, prefix))
	}
	value = unquote(strings.TrimSpace(value))
	if strings.ContainsAny(value, "\r\n\x00") {
		return nil, fmt.Errorf("the value of %s has a line break in it", optname.Quote(name, prefix))
	}
	if option := valueOption(name); option != "" {
		if value == "" {
			return nil, fmt.Errorf("%s has no value", name)
		}
		// The program takes what follows a colon for the passphrase, but in a pkcs11 address.
		if (option == "cert" || option == "proxy-cert") && !strings.HasPrefix(strings.ToLower(value), "pkcs11:") {
			value = strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(value)
		}
		return []Setting{{option, value}}, nil
	}
	option, ok := constantOption(name, value)
	switch {
	case !ok && !isConstantOption(name):
		return nil, fmt.Errorf("%s is not supported; these are: %s", optname.Quote(name, prefix), Supported)
	case !ok:
		return nil, fmt.Errorf("value %.60q of %s is not supported", value, name)
	case option == Setting{}:
		return nil, nil
	}
	return []Setting{option}, nil
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// valueOption returns the option of curl that takes the value of libcurl's option as it is.
func valueOption(name string) string {
	switch name {
	case "CURLOPT_CAINFO":
		return "cacert"
	case "CURLOPT_CAPATH":
		return "capath"
	case "CURLOPT_CRLFILE":
		return "crlfile"
	case "CURLOPT_SSLCERT":
		return "cert"
	case "CURLOPT_SSLCERTTYPE":
		return "cert-type"
	case "CURLOPT_SSLKEY":
		return "key"
	case "CURLOPT_SSLKEYTYPE":
		return "key-type"
	case "CURLOPT_KEYPASSWD":
		return "pass"
	case "CURLOPT_SSL_CIPHER_LIST":
		return "ciphers"
	case "CURLOPT_TLS13_CIPHERS":
		return "tls13-ciphers"
	case "CURLOPT_PROXY":
		return "proxy"
	case "CURLOPT_PROXYUSERPWD":
		return "proxy-user"
	case "CURLOPT_PROXY_CAINFO":
		return "proxy-cacert"
	case "CURLOPT_PROXY_CAPATH":
		return "proxy-capath"
	case "CURLOPT_PROXY_CRLFILE":
		return "proxy-crlfile"
	case "CURLOPT_PROXY_SSLCERT":
		return "proxy-cert"
	case "CURLOPT_PROXY_SSLCERTTYPE":
		return "proxy-cert-type"
	case "CURLOPT_PROXY_SSLKEY":
		return "proxy-key"
	case "CURLOPT_PROXY_SSLKEYTYPE":
		return "proxy-key-type"
	case "CURLOPT_PROXY_KEYPASSWD":
		return "proxy-pass"
	case "CURLOPT_PROXY_SSL_CIPHER_LIST":
		return "proxy-ciphers"
	case "CURLOPT_PROXY_TLS13_CIPHERS":
		return "proxy-tls13-ciphers"
	case "CURLOPT_NOPROXY":
		return "noproxy"
	case "CURLOPT_INTERFACE":
		return "interface"
	case "CURLOPT_DNS_SERVERS":
		return "dns-servers"
	case "CURLOPT_CONNECTTIMEOUT":
		return "connect-timeout"
	case "CURLOPT_TIMEOUT":
		return "max-time"
	case "CURLOPT_USERAGENT":
		return "user-agent"
	}
	return ""
}

func isConstantOption(name string) bool {
	switch name {
	case "CURLOPT_SSL_VERIFYPEER", "CURLOPT_SSL_VERIFYHOST", "CURLOPT_PROXY_SSL_VERIFYPEER", "CURLOPT_PROXY_SSL_VERIFYHOST", "CURLOPT_HTTPPROXYTUNNEL",
		"CURLOPT_SSLVERSION", "CURLOPT_PROXY_SSLVERSION", "CURLOPT_IPRESOLVE", "CURLOPT_PROXYAUTH", "CURLOPT_HTTP_VERSION":
		return true
	}
	return false
}

// constantOption returns the switch of curl for an option that takes a constant; the zero Setting is "as it is anyway".
//
// The program checks chain and name of a certificate or neither. Leaving out one of the two protects no more than leaving out both.
func constantOption(name, value string) (Setting, bool) {
	switch name + " " + value {
	case "CURLOPT_SSL_VERIFYPEER 0", "CURLOPT_SSL_VERIFYHOST 0":
		return Setting{Name: "insecure"}, true
	case "CURLOPT_SSL_VERIFYPEER 1":
		return Setting{Name: "no-insecure"}, true
	case "CURLOPT_SSL_VERIFYHOST 1", "CURLOPT_SSL_VERIFYHOST 2", "CURLOPT_PROXY_SSL_VERIFYPEER 1", "CURLOPT_PROXY_SSL_VERIFYHOST 1",
		"CURLOPT_PROXY_SSL_VERIFYHOST 2", "CURLOPT_HTTPPROXYTUNNEL 0", "CURLOPT_SSLVERSION CURL_SSLVERSION_DEFAULT",
		"CURLOPT_PROXY_SSLVERSION CURL_SSLVERSION_DEFAULT", "CURLOPT_IPRESOLVE CURL_IPRESOLVE_WHATEVER", "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_NONE":
		return Setting{}, true
	case "CURLOPT_PROXY_SSLVERSION CURL_SSLVERSION_TLSv1": // the one that the program has an option for
		return Setting{Name: "proxy-tlsv1"}, true
	case "CURLOPT_PROXY_SSL_VERIFYPEER 0", "CURLOPT_PROXY_SSL_VERIFYHOST 0":
		return Setting{Name: "proxy-insecure"}, true
	case "CURLOPT_HTTPPROXYTUNNEL 1":
		return Setting{Name: "proxytunnel"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_TLSv1":
		return Setting{Name: "tlsv1"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_TLSv1_0":
		return Setting{Name: "tlsv1.0"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_TLSv1_1":
		return Setting{Name: "tlsv1.1"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_TLSv1_2":
		return Setting{Name: "tlsv1.2"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_TLSv1_3":
		return Setting{Name: "tlsv1.3"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_MAX_TLSv1_1":
		return Setting{"tls-max", "1.1"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_MAX_TLSv1_2":
		return Setting{"tls-max", "1.2"}, true
	case "CURLOPT_SSLVERSION CURL_SSLVERSION_MAX_TLSv1_3":
		return Setting{"tls-max", "1.3"}, true
	case "CURLOPT_IPRESOLVE CURL_IPRESOLVE_V4", "CURLOPT_IPRESOLVE 1":
		return Setting{Name: "ipv4"}, true
	case "CURLOPT_IPRESOLVE CURL_IPRESOLVE_V6", "CURLOPT_IPRESOLVE 2":
		return Setting{Name: "ipv6"}, true
	case "CURLOPT_PROXYAUTH CURLAUTH_BASIC":
		return Setting{Name: "proxy-basic"}, true
	case "CURLOPT_PROXYAUTH CURLAUTH_DIGEST":
		return Setting{Name: "proxy-digest"}, true
	case "CURLOPT_PROXYAUTH CURLAUTH_NTLM":
		return Setting{Name: "proxy-ntlm"}, true
	case "CURLOPT_PROXYAUTH CURLAUTH_NEGOTIATE":
		return Setting{Name: "proxy-negotiate"}, true
	case "CURLOPT_PROXYAUTH CURLAUTH_ANY":
		return Setting{Name: "proxy-anyauth"}, true
	case "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_1_0":
		return Setting{Name: "http1.0"}, true
	case "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_1_1":
		return Setting{Name: "http1.1"}, true
	case "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_2", "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_2_0", "CURLOPT_HTTP_VERSION CURL_HTTP_VERSION_2TLS":
		return Setting{Name: "http2"}, true
	}
	return Setting{}, false
}
