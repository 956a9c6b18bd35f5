package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

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
	found := map[string][]string{}
	if m.Path == "" {
		return found, nil
	}
	root, err := m.load(in)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, entry := range m.Search {
		name, path, ok := mapping(entry)
		if !ok {
			continue
		}
		if values[name], err = m.search(ctx, in, root, name, path); err != nil {
			return nil, err
		}
	}
	for _, entry := range m.Map {
		name, template, ok := mapping(entry)
		if !ok {
			continue
		}
		found[dashed(name)] = []string{expand(template, func(name string) string { return values[name] })}
		in.debug(fmt.Sprintf("secret file: option --%s is set", dashed(name)))
	}
	return found, nil
}

func (m *file) load(in Input) (root any, err error) {
	content, err := in.ReadFile(m.Path)
	if err != nil {
		var inPath *fs.PathError
		if errors.As(err, &inPath) {
			err = inPath.Err
		}
		return nil, failure.New("Cannot read secret file '%s': %w. Check --secret-file and the permissions of the file.", m.Path, err)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	err = d.Decode(&root)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		// The error of the decoder may quote the content.
		return nil, failure.New("Cannot decode secret file '%s': it is not valid JSON near byte %d. Mend the file.", m.Path, d.InputOffset())
	}
	return root, nil
}

// search returns the first value that a path with its macros leads to, empty when there is none.
func (m *file) search(ctx context.Context, in Input, root any, name, source string) (string, error) {
	path := expand(source, func(name string) string { return in.Value(dashed(name)) })
	parsed, err := parsePath(path)
	var value any
	var ok bool
	if err == nil {
		value, ok, err = parsed.first(ctx, root)
	}
	if err != nil {
		if path != source && ctx.Err() == nil {
			err = errors.New("it is wrong once the options are filled in") // the error may quote their values
		}
		return "", failure.New("Cannot follow the path '%s' of --secret-search-value '%s' in secret file '%s': %w", source, name, m.Path, err)
	}
	result, isText := text(value)
	if ok && !isText && value != nil {
		return "", failure.New("The path '%s' of --secret-search-value '%s' leads to an object or array of secret file '%s'. "+
			"Let it lead to a text or number.", source, name, m.Path)
	}
	state := "nothing"
	if ok {
		state = "a value"
	}
	in.debug(fmt.Sprintf("secret file: %s found for %s at %s", state, name, source))
	return result, nil
}

// mapping splits name=source. An entry without both is passed over: it comes from a macro that nobody has set.
func mapping(entry string) (name, source string, ok bool) {
	name, source, _ = strings.Cut(entry, "=")
	return name, source, name != "" && source != ""
}

// expand replaces every %{name} in text by its value.
func expand(text string, value func(name string) string) string {
	var b strings.Builder
	for {
		before, macro, ok := strings.Cut(text, "%{")
		name, after, closed := strings.Cut(macro, "}")
		if !ok || !closed {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		b.WriteString(value(name))
		text = after
	}
}

// dashed returns the name of an option as the command line spells it.
func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }
