package secret

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// Manager looks up the values of options elsewhere than on the command line.
type Manager interface {
	// Sets returns the manager's own options, to be parsed before Resolve is called.
	Sets() []option.Set

	// Resolve returns values by option name, written with dashes and without the leading ones. They take the place of all
	// values that the option has; an empty one counts as not given. Every value that the option did not have before is to
	// be taken for a secret.
	Resolve(ctx context.Context, in Input) (map[string][]string, error)
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

// Names lists the password managers, as --pass-manager takes them.
func Names() []string {
	return []string{"centreonvault", "environment", "file", "hashicorpvault", "keepass", "teampass"}
}

// NewManager returns the password manager of that name, as --pass-manager gives it.
func NewManager(name string) (Manager, error) {
	switch name {
	case "environment":
		return &environment{}, nil
	case "file":
		return &file{}, nil
	case "hashicorpvault":
		return &hashicorpvault{}, nil
	case "keepass":
		return &keepass{}, nil
	case "teampass":
		return &teampass{}, nil
	case "centreonvault":
		return &centreonvault{}, nil
	}
	return nil, failure.New("Unknown password manager '%s'. Use one of: %s.", name, strings.Join(Names(), ", "))
}
