// Package all lists every plugin.
package all

//go:generate go run github.com/centplugins/centplugins/framework/cmd/genplugins
