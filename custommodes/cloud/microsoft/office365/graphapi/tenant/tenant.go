// Package tenant is a tenant in a bottle: recorded exchanges with the login service and Graph, which --http-backend=replay
// answers from. make demo, tests and newcomers use it; it needs no network and no credentials.
package tenant

import (
	"embed"
	"io/fs"
)

//go:embed *.http
var recordings embed.FS

// Recordings returns the exchanges.
func Recordings() fs.FS { return recordings }
