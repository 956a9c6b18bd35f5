package statefile

import (
	"net"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
)

// parseAddress reads host[:port], [IPv6][:port] or the path of a Unix socket. Its error does not repeat the text, in which
// there may be a password where somebody took it for a URL.
func parseAddress(option, text, defaultPort string) (network, address string, err error) {
	if strings.HasPrefix(text, "/") {
		return "unix", text, nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port, err = net.SplitHostPort(text + ":" + defaultPort)
	}
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || number == 0 || host == "" || strings.ContainsAny(host, "/@ \t\r\n") {
		return "", "", failure.New("Wrong --%s option: give host, host:port, [IPv6 address]:port or the path of a Unix socket.", option)
	}
	return "tcp", net.JoinHostPort(host, port), nil
}
