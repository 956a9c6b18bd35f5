package secret

import (
	"context"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// file looks the secrets up in a JSON file.
type file struct {
	Path   string   `name:"secret-file" help:"JSON file that holds the secrets."`
	Search []string `name:"secret-search-value" sep:"none" help:"Name a value of the file, as name=JSONPath; %{option} stands for the value of another option; repeatable. Example: --secret-search-value='password=$..entries.[?($_->{title} =~ /server/i)].password'"`
	Map    []string `name:"secret-map-option" sep:"none" help:"Give an option a value, where %{name} stands for one that was looked up; repeatable. Example: --secret-map-option='client-secret=%{password}'"`
}

func (m *file) Sets() []option.Set {
	return []option.Set{{Title: "SECRET FILE OPTIONS", Ptr: m}}
}

func (m *file) Resolve(ctx context.Context, in Input) (map[string][]string, error) {
	if m.Path == "" {
		return map[string][]string{}, nil
	}
	content, err := in.readFile(m.Path)
	if err != nil {
		return nil, failure.New("Cannot read secret file '%s': %w. Check --secret-file and the permissions of the file.", m.Path, err)
	}
	root, err := decode(content)
	if err != nil {
		return nil, failure.New("Cannot decode secret file '%s': %w. Mend the file.", m.Path, err)
	}
	found := lookup{
		kind: "secret file", where: "secret file '" + m.Path + "'", option: "secret-search-value", search: m.Search, give: m.Map,
	}
	return found.options(ctx, in, root)
}
