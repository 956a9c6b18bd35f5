package secret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/expr"
)

// jsonPath is a JSONPath: $ for the root, then steps. A step is .name, ['name'], [0], [-1], .*, [*] or a filter
// [?( )] in Perl, where $_->{name} is a member of the element at hand. Two dots instead of one look for the step at every
// depth, the upper ones first. Members are gone through in the order of their names.
type jsonPath []step

// step goes from one value to some of those within it.
type step struct {
	deep bool
	pick func(value any) ([]any, error)
}

// first returns the first value that the path leads to.
func (p jsonPath) first(ctx context.Context, value any) (found any, ok bool, err error) {
	if len(p) == 0 {
		return value, true, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	picked, err := p[0].pick(value)
	if err != nil {
		return nil, false, err
	}
	for _, v := range picked {
		if found, ok, err = p[1:].first(ctx, v); ok || err != nil {
			return found, ok, err
		}
	}
	if p[0].deep {
		for _, v := range children(value) {
			if found, ok, err = p.first(ctx, v); ok || err != nil {
				return found, ok, err
			}
		}
	}
	return nil, false, nil
}

func children(value any) []any {
	switch value := value.(type) {
	case []any:
		return value
	case map[string]any:
		all := make([]any, 0, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, value[name])
		}
		return all
	}
	return nil
}

func pickAll(value any) ([]any, error) { return children(value), nil }

// pickMember picks a member of an object or, when the name is a number, an element of an array.
func pickMember(name string) func(any) ([]any, error) {
	return func(value any) ([]any, error) {
		switch value := value.(type) {
		case map[string]any:
			if v, ok := value[name]; ok {
				return []any{v}, nil
			}
		case []any:
			i, err := strconv.Atoi(name)
			if err == nil && i < 0 {
				i += len(value)
			}
			if err == nil && i >= 0 && i < len(value) {
				return []any{value[i]}, nil
			}
		}
		return nil, nil
	}
}

// parsePath reads a JSONPath. Its errors tell the place in source, as a count of bytes.
func parsePath(source string) (jsonPath, error) {
	var path jsonPath
	rest := strings.TrimPrefix(source, "$")
	for rest != "" {
		failed := func(err error) (jsonPath, error) {
			return nil, fmt.Errorf("%w at character %d", err, len(source)-len(rest)+1)
		}
		var s step
		after, deep := strings.CutPrefix(rest, "..")
		if !deep {
			after = strings.TrimPrefix(rest, ".")
		}
		s.deep, rest = deep, after
		var err error
		if inner, ok := strings.CutPrefix(rest, "["); ok {
			s.pick, after, err = parseBracket(inner)
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			switch name := rest[:end]; name {
			case "":
				err = errors.New("a name is missing")
			case "*":
				s.pick = pickAll
			default:
				s.pick = pickMember(name)
			}
			after = rest[end:]
		}
		if err != nil {
			return failed(err)
		}
		path, rest = append(path, s), after
	}
	return path, nil
}

// parseBracket reads what follows a [ and returns what follows its ].
func parseBracket(source string) (pick func(any) ([]any, error), rest string, err error) {
	if filter, ok := strings.CutPrefix(source, "?("); ok {
		return parseFilter(filter)
	}
	if source != "" && (source[0] == '\'' || source[0] == '"') {
		name, rest, ok := strings.Cut(source[1:], source[:1]+"]")
		if !ok {
			return nil, "", errors.New("a quote or bracket is not closed")
		}
		return pickMember(name), rest, nil
	}
	name, rest, ok := strings.Cut(source, "]")
	name = strings.TrimSpace(name)
	switch {
	case !ok:
		return nil, "", errors.New("a bracket is not closed")
	case name == "":
		return nil, "", errors.New("a name is missing")
	case strings.ContainsAny(name, ",:()?"):
		return nil, "", errors.New("a bracket with a list, a range or a script is not supported")
	case name == "*":
		return pickAll, rest, nil
	}
	return pickMember(name), rest, nil
}

// parseFilter reads what follows a [?( and returns what follows its )]. The filter ends at the first )] that makes it a
// whole expression, since the same may stand in a pattern or a text before.
func parseFilter(source string) (pick func(any) ([]any, error), rest string, err error) {
	err = errors.New("a filter is not closed")
	for end := 0; ; end++ {
		i := strings.Index(source[end:], ")]")
		if i < 0 {
			return nil, "", err
		}
		end += i
		var f *filter
		if f, err = newFilter(source[:end]); err == nil {
			return f.pick, source[end+len(")]"):], nil
		}
	}
}

// filter is a Perl condition on the element at hand.
type filter struct {
	condition *expr.Expr
	members   map[string][]string // the variables of the condition, each a chain of names
}

func newFilter(source string) (*filter, error) {
	f := &filter{members: map[string][]string{}}
	member := regexp.MustCompile(`\$_(?:->\s*\{[^{}]*\})(?:(?:->)?\{[^{}]*\})*`)
	name := regexp.MustCompile(`\{\s*['"]?([^{}]*?)['"]?\s*\}`)
	source = member.ReplaceAllStringFunc(source, func(text string) string {
		var names []string
		for _, groups := range name.FindAllStringSubmatch(text, -1) {
			names = append(names, groups[1])
		}
		variable := "member" + strconv.Itoa(len(f.members))
		f.members[variable] = names
		return "%{" + variable + "}"
	})
	var err error
	f.condition, err = expr.Parse(source, nil)
	return f, err
}

func (f *filter) pick(value any) ([]any, error) {
	var picked []any
	for _, element := range children(value) {
		vars := expr.Vars{}
		for variable, names := range f.members {
			vars[variable] = scalar(element, names)
		}
		result, err := f.condition.Eval(vars)
		if err != nil {
			return nil, errors.New("a filter fails on what is in the file") // the error may quote a value
		}
		if result.Bool() {
			picked = append(picked, element)
		}
	}
	return picked, nil
}

// scalar returns what a chain of names leads to. An object or array is true, as a reference is in Perl.
func scalar(value any, names []string) expr.Value {
	for _, name := range names {
		object, ok := value.(map[string]any)
		if !ok {
			return expr.Undef()
		}
		value = object[name]
	}
	if text, ok := text(value); ok {
		return expr.String(text)
	}
	if value == nil {
		return expr.Undef()
	}
	return expr.String("REF")
}

// text returns a JSON value as text: numbers as they are written, true and false as 1 and 0, as Perl prints them. There is
// none for null, objects and arrays.
func text(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool:
		if value {
			return "1", true
		}
		return "0", true
	}
	return "", false
}
