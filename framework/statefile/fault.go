package statefile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"syscall"
)

const (
	endsConnection = "it ends the connection. Check that the port is right, and whether it speaks TLS"
	notInTime      = "it does not answer in time. Check address, firewall and load"
)

// explainNetwork says in words what kept a server from answering; it is empty when the server did.
func explainNetwork(err error) string {
	var dns *net.DNSError
	var netErr net.Error
	var operation *net.OpError
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return "its name cannot be resolved. Check the name"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refuses the connection. Start it, check host and port"
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such socket. Start it, check the path"
	case errors.Is(err, fs.ErrPermission):
		return "the socket is not open to the user of the check. Grant read and write on it"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return notInTime
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return endsConnection
	case errors.As(err, &operation) && operation.Op == "dial":
		return "it cannot be reached from here. Check address and route"
	}
	return ""
}
