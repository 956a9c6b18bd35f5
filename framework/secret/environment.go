package secret

import (
	"context"
	"fmt"

	"github.com/centplugins/centplugins/framework/option"
)

// environment takes secrets from environment variables.
type environment struct {
	Map []string `name:"environment-map-option" sep:"none" help:"Take the value of an option from an environment variable, as option=VARIABLE; repeatable. Example: --environment-map-option='client-secret=O365_SECRET'"`
}

func (m *environment) Sets() []option.Set {
	return []option.Set{{Title: "ENVIRONMENT OPTIONS", Ptr: m}}
}

func (m *environment) Resolve(_ context.Context, in Input) (map[string][]string, error) {
	found := map[string][]string{}
	for _, entry := range m.Map {
		name, variable, ok := mapping(entry)
		if !ok {
			continue
		}
		option, value := dashed(name), in.Getenv(variable)
		found[option] = []string{value}
		state := "set"
		if value == "" {
			state = "not set"
		}
		in.debug(fmt.Sprintf("environment: option --%s from variable %s (%s)", option, variable, state))
	}
	return found, nil
}
