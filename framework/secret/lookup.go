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
)

// lookup names values of a document, and gives them to options.
type lookup struct {
	kind   string // of document, for the debug output
	where  string // what the document is, for errors
	option string // that the paths come from, without its dashes
	search []string
	give   []string
}

// options returns the values of the options that are to be given one.
func (l lookup) options(ctx context.Context, in Input, root any) (map[string][]string, error) {
	values := map[string]string{}
	for _, entry := range l.search {
		name, path, ok := mapping(entry)
		if !ok {
			continue
		}
		value, err := l.first(ctx, in, root, name, path)
		if err != nil {
			return nil, err
		}
		if in.AddSecret != nil {
			in.AddSecret(value) // it may become a part of an option only
		}
		values[name] = value
	}
	found := map[string][]string{}
	for _, entry := range l.give {
		name, template, ok := mapping(entry)
		if !ok {
			continue
		}
		found[dashed(name)] = []string{expand(template, func(name string) string { return values[name] })}
		in.debug(fmt.Sprintf("%s: option --%s is set", l.kind, dashed(name)))
	}
	return found, nil
}

// first returns the first value that a path with its macros leads to, empty when there is none.
func (l lookup) first(ctx context.Context, in Input, root any, name, source string) (string, error) {
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
		return "", failure.New("Cannot follow the path '%s' of --%s '%s' in %s: %w", source, l.option, name, l.where, err)
	}
	result, isText := text(value)
	if ok && !isText && value != nil {
		return "", failure.New("The path '%s' of --%s '%s' leads to an object or array of %s. Let it lead to a text or number.",
			source, l.option, name, l.where)
	}
	state := "nothing"
	if ok {
		state = "a value"
	}
	in.debug(fmt.Sprintf("%s: %s found for %s at %s", l.kind, state, name, source))
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

// readFile reads a file; its error does not repeat the path.
func (in Input) readFile(path string) ([]byte, error) {
	content, err := in.ReadFile(path)
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	return content, err
}

// decode reads the one JSON value that content is. Its error does not quote it.
func decode(content []byte) (root any, err error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	err = d.Decode(&root)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("it is not valid JSON near byte %d", d.InputOffset())
	}
	return root, nil
}
