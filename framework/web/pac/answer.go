package pac

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ParseAnswer returns the first entry of an answer such as "PROXY a.example:3128; SOCKS5 b.example:1080; DIRECT" that can be used, as a
// URL with scheme http, https or socks5h; nil for a direct connection, which is also what an empty answer means.
func ParseAnswer(answer string) (*url.URL, error) {
	if strings.TrimSpace(answer) == "" {
		return nil, nil
	}
	for entry := range strings.SplitSeq(answer, ";") {
		fields := strings.Fields(entry)
		if len(fields) == 1 && strings.EqualFold(fields[0], "DIRECT") {
			return nil, nil
		}
		if len(fields) != 2 {
			continue
		}
		scheme, port := "", ""
		switch strings.ToUpper(fields[0]) {
		case "PROXY", "HTTP":
			scheme, port = "http", "80"
		case "HTTPS":
			scheme, port = "https", "443"
		case "SOCKS", "SOCKS5":
			scheme, port = "socks5h", "1080"
		default:
			continue
		}
		if host, ok := hostPort(fields[1], port); ok {
			return &url.URL{Scheme: scheme, Host: host}, nil
		}
	}
	if at := strings.LastIndexByte(answer, '@'); at >= 0 { // before it stands a password
		answer = "***" + answer[at:]
	}
	return nil, fmt.Errorf("no usable entry in the answer %.100q", answer)
}

// hostPort completes "host", "host:port", "[v6]" or "[v6]:port" by the port when it is missing.
func hostPort(text, port string) (string, bool) {
	host := text
	if h, p, err := net.SplitHostPort(text); err == nil {
		host, port = h, p
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return "", false
	}
	if net.ParseIP(host) == nil && strings.ContainsFunc(host, notInHostName) {
		return "", false
	}
	return net.JoinHostPort(host, port), true
}

func notInHostName(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}
