package secret

import (
	"context"
	"strings"

	"github.com/centplugins/centplugins/framework/option"
)

type file struct {
	Path   string   `name:"secret-file" help:"JSON file that holds the secrets."`
	Search []string `name:"secret-search-value" sep:"none" help:"x"`
	Map    []string `name:"secret-map-option" sep:"none" help:"x"`
}

func (m *file) Sets() []option.Set {
	return []option.Set{{Title: "SECRET FILE OPTIONS", Ptr: m}}
}

func (m *file) Resolve(_ context.Context, in Input) (map[string]string, error) {
	return map[string]string{}, nil
}

// mapping splits option=source. An entry without both is passed over: it comes from a macro that nobody has set.
func mapping(entry string) (name, source string, ok bool) {
	name, source, _ = strings.Cut(entry, "=")
	return dashed(name), source, name != "" && source != ""
}

func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }
