package secret

import (
	"cmp"
	"context"
	"errors"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/secret/kdbx"
)

// keepass looks the secrets up in a KeePass database.
type keepass struct {
	Endpoint     string   `name:"keepass-endpoint" help:"Name of a connection of the endpoint file."`
	EndpointFile string   `name:"keepass-endpoint-file" help:"File with connections, each with file and password: $keepass_connections = { name => { file => '/path', password => 'x' } };"`
	File         string   `name:"keepass-file" help:"KeePass database: KDBX 4 or 3.1."`
	Password     string   `name:"keepass-password" help:"Master password. It is seen in the list of processes: better use --keepass-password-file, or the environment variable KEEPASS_PASSWORD."`
	PasswordFile string   `name:"keepass-password-file" help:"File that holds the master password, and that only its owner and group may read."`
	KeyFile      string   `name:"keepass-key-file" help:"Key file, which only its owner and group may read; with or without a master password."`
	Search       []string `name:"keepass-search-value" sep:"none" help:"Name a value of the database, as name=JSONPath; %{option} stands for the value of another option; repeatable. Examples: --keepass-search-value='password=$..entries.[?($_->{title} =~ /server/i)].password' --keepass-search-value='password=$..Entry.[?($_->{Title} =~ /server/i)].String.[?($_->{Key} eq \"Password\")].Value.content'"`
	Map          []string `name:"keepass-map-option" sep:"none" help:"Give an option a value, where %{name} stands for one that was looked up; repeatable. Example: --keepass-map-option='client-secret=%{password}'"`
}

func (m *keepass) Sets() []option.Set {
	return []option.Set{{Title: "KEEPASS OPTIONS", Ptr: m}}
}

func (m *keepass) Resolve(ctx context.Context, in Input) (map[string][]string, error) {
	settings, err := endpoint(in, "keepass", m.EndpointFile, m.Endpoint)
	if err != nil {
		return nil, err
	}
	path := cmp.Or(m.File, settings["file"])
	if path == "" {
		if m.Endpoint != "" || len(m.Map) > 0 {
			return nil, failure.New("Need to specify --keepass-file option, or --keepass-endpoint-file and --keepass-endpoint.")
		}
		return map[string][]string{}, nil // the manager was asked for nothing
	}
	key, err := m.key(in, settings["password"])
	if err != nil {
		return nil, err
	}
	content, err := in.readFile(path)
	if err != nil {
		return nil, failure.New("Cannot read keepass file '%s': %w. Check --keepass-file and the permissions of the file.", path, err)
	}
	root, err := kdbx.Open(ctx, content, key)
	switch {
	case errors.Is(err, kdbx.ErrKey):
		return nil, failure.New("Cannot read keepass file '%s': %w. Check --keepass-password, --keepass-password-file and --keepass-key-file.",
			path, err)
	case err != nil:
		return nil, failure.New("Cannot read keepass file '%s': %w.", path, err)
	}
	found := lookup{
		kind: "keepass", where: "keepass file '" + path + "'", option: "keepass-search-value", search: m.Search, give: m.Map,
	}
	return found.options(ctx, in, root)
}

// key returns what opens the database.
func (m *keepass) key(in Input, fromEndpoint string) (kdbx.Key, error) {
	var key kdbx.Key
	var err error
	switch {
	case m.Password != "":
		key.Password = m.Password
	case m.PasswordFile != "":
		if key.Password, err = ReadSecretFile("keepass-password-file", m.PasswordFile); err != nil {
			return key, err
		}
	default:
		key.Password = cmp.Or(fromEndpoint, in.Getenv("KEEPASS_PASSWORD"))
	}
	if m.KeyFile != "" {
		if key.File, err = readPrivate(m.KeyFile); err != nil {
			return key, failure.New("Cannot take --keepass-key-file from file '%s': %w.", m.KeyFile, err)
		}
	}
	if key.Password == "" && key.File == nil {
		return key, failure.New("Please set keepass-password option, keepass-password-file or the environment variable KEEPASS_PASSWORD.")
	}
	in.AddSecret(key.Password)
	return key, nil
}
