package secret

import (
	"bytes"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

// endpoint returns the settings of a connection that an endpoint file of a password manager has under a name; none without
// file or name. The file is what the original runs, Perl source that assigns to $<manager>_connections; an object in JSON
// with a member of that name is read as well.
func endpoint(in Input, manager, path, name string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	content, err := in.readFile(path)
	if err != nil {
		return nil, failure.New("Cannot read %s endpoint file '%s': %w. Check --%s-endpoint-file and the permissions of the file.",
			manager, path, err, manager)
	}
	variables, err := assignments(content)
	if err != nil {
		return nil, failure.New("Cannot read %s endpoint file '%s': %w. Write it as: $%s_connections = { name => { ... } };",
			manager, path, err, manager)
	}
	if name == "" {
		return nil, nil
	}
	variable := manager + "_connections"
	connections, ok := variables[variable].(map[string]any)
	if !ok { // with the name of the package that the original has it in
		connections, ok = variables["centreon::plugins::passwordmgr::"+manager+"::"+variable].(map[string]any)
	}
	if !ok {
		return nil, failure.New("The %s endpoint file '%s' has no $%s = { name => { ... } };", manager, path, variable)
	}
	connection, ok := connections[name].(map[string]any)
	if !ok {
		return nil, failure.New("Endpoint %s doesn't exist in %s endpoint file '%s'. Check --%s-endpoint.", name, manager, path, manager)
	}
	settings := map[string]string{}
	for key, value := range connection {
		settings[key], _ = text(value)
	}
	return settings, nil
}

func assignments(content []byte) (map[string]any, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) {
		return perl.ParseAssignments(string(content))
	}
	root, err := decode(content)
	variables, _ := root.(map[string]any)
	return variables, err
}
