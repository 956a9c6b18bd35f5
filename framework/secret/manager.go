package secret

import (
	"context"
	"net/http"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// Manager looks up the values of options elsewhere than on the command line.
type Manager interface {
	// Sets returns the manager's own options, to be parsed before Resolve is called.
	Sets() []option.Set

	// Resolve returns the values found, by option name, written with dashes and without the leading ones. They override
	// the command line, and every one of them is to be taken for a secret. A value may be empty: the option then counts as
	// not given.
	Resolve(ctx context.Context, in Input) (map[string]string, error)
}

// Input is what a password manager may use of the world around it.
type Input struct {
	Now       func() time.Time
	Getenv    func(name string) string
	ReadFile  func(path string) ([]byte, error)
	Value     func(option string) string // value of another option, named with dashes; empty when it has none
	Values    map[string][]string        // values of all options that have one, by name; several for a repeated option
	AddSecret func(secret string)        // registers what must appear nowhere
	Debug     func(line string)          // nil without --debug; gets what was looked up, never a value
	Transport http.RoundTripper          // stands in for HTTP when it is not nil
}

func (in Input) debug(line string) {
	if in.Debug != nil {
		in.Debug(line)
	}
}

// NewManager returns the password manager of that name, as --pass-manager gives it.
func NewManager(name string) (Manager, error) {
	const known = "Use environment, file, keepass or teampass."
	switch name {
	case "environment":
		return &environment{}, nil
	case "file":
		return &file{}, nil
	case "keepass":
		return &keepass{}, nil
	case "teampass":
		return &teampass{}, nil
	case "centreonvault", "hashicorpvault":
		return nil, failure.New("Password manager '%s' is not in this release. %s", name, known)
	}
	return nil, failure.New("Unknown password manager '%s'. %s", name, known)
}
