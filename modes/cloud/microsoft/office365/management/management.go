// Package management holds the modes that watch a Microsoft 365 tenant: the health of its services, its subscriptions, and
// the credentials of its applications.
package management

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

// API is what the modes need of a custom mode.
type API interface {
	// Collection calls each for every element of the collection at a path, which takes that permission.
	Collection(ctx context.Context, path, permission string, each func(json.RawMessage) error) error
}

// decode reads an element, which is what the error calls it, into a struct. The fields that it needs are there and not null:
// nothing that is missing passes for a zero, or for an empty list.
func decode(element json.RawMessage, what string, into any, needs ...string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(element, &fields); err != nil {
		return failure.New("Graph lists %s as something else than an object.", what)
	}
	for _, name := range needs {
		if value := string(fields[name]); value == "" || value == "null" {
			return failure.New("Graph lists %s without the field %s.", what, name)
		}
	}
	err := json.Unmarshal(element, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return failure.New("Graph lists %s with a %s as its %s.", what, wrong.Value, wrong.Field)
	}
	return err
}

// filter lets names pass that match one regular expression and not another; a nil one has no say.
type filter struct{ include, exclude *perl.Regexp }

// newFilter reads the patterns of --include-NAME and --exclude-NAME.
func newFilter(name, include, exclude string) (f filter, err error) {
	if f.include, err = compile("include-"+name, include); err != nil {
		return f, err
	}
	f.exclude, err = compile("exclude-"+name, exclude)
	return f, err
}

// compile reads the pattern of an option, nil when it is empty.
func compile(option, pattern string) (*perl.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := perl.Compile(pattern, "")
	if err != nil {
		return nil, failure.New("Wrong --%s option: %w", option, err)
	}
	return re, nil
}

func (f filter) passes(name string) (bool, error) {
	if f.include != nil {
		if ok, err := f.include.Match(name); err != nil || !ok {
			return false, err
		}
	}
	if f.exclude == nil {
		return true, nil
	}
	excluded, err := f.exclude.Match(name)
	return err == nil && !excluded, err
}
