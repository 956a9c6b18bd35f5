package option

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/centplugins/centplugins/framework/argv"
)

// Parser reads a command line into the sets that it was made of.
type Parser struct {
	kong  *kong.Kong
	sets  []Set
	byArg map[string]argv.Option
}

// New makes a parser of the sets. Two options of one name, or a set that is no pointer to a tagged struct, are an error.
func New(sets ...Set) (*Parser, error) {
	root := struct{ kong.Plugins }{}
	for _, set := range sets {
		root.Plugins = append(root.Plugins, withoutHelp(set.Ptr))
	}
	k, err := kong.New(&root, kong.Name(""), kong.NoDefaultHelp(), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	p := &Parser{kong: k, sets: sets, byArg: make(map[string]argv.Option, 2*len(k.Model.Flags))}
	for _, flag := range k.Model.Flags {
		option := argv.Option{
			Name: flag.Name, Flag: flag.IsBool(), KeepEmpty: flag.Tag.Get("empty") == "keep", Repeats: flag.IsSlice(),
		}
		p.byArg[flag.Name] = option
		for _, alias := range flag.Aliases {
			p.byArg[alias] = option
		}
	}
	return p, nil
}

// withoutHelp returns ptr as a pointer to a struct whose tags have no help: kong looks through all text of the tags for what it
// might expand, at every start. With the help in them that is a third of the instructions of a check.
func withoutHelp(ptr any) any {
	value := reflect.ValueOf(ptr)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		return ptr // which kong refuses
	}
	of := value.Type().Elem()
	fields := make([]reflect.StructField, of.NumField())
	for i := range fields {
		fields[i] = of.Field(i)
		if !fields[i].IsExported() || fields[i].Anonymous {
			return ptr
		}
		fields[i].Tag = cutHelp(fields[i].Tag)
	}
	return value.Convert(reflect.PointerTo(reflect.StructOf(fields))).Interface()
}

// cutHelp takes the help out of a tag.
func cutHelp(tag reflect.StructTag) reflect.StructTag {
	before, text, ok := strings.Cut(string(tag), `help:"`)
	if !ok {
		return tag
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return reflect.StructTag(before + text[i+1:])
		}
	}
	return tag
}

// helpOf returns the help of an option of the set; the empty text where kong has it, as that of an embedded field.
func (s *Set) helpOf(name string) string {
	if s.help != nil {
		return s.help[name]
	}
	of := reflect.TypeOf(s.Ptr).Elem()
	for i := range of.NumField() {
		if of.Field(i).Tag.Get("name") == name {
			return of.Field(i).Tag.Get("help")
		}
	}
	return ""
}

// Lookup finds an option by its name or one of its aliases.
func (p *Parser) Lookup(name string) (argv.Option, bool) {
	option, ok := p.byArg[name]
	return option, ok
}

// Parse sets the fields from words as argv.Split makes them. Fields of options that do not appear hold their defaults.
func (p *Parser) Parse(words []string) error {
	if _, err := p.kong.Parse(words); err != nil {
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			err = errors.Unwrap(wrong)
		}
		return err
	}
	return nil
}

// Value returns the text of an option after Parse, empty when it has none or is not a text.
func (p *Parser) Value(name string) string {
	option, ok := p.byArg[name]
	if !ok {
		return ""
	}
	for _, flag := range p.kong.Model.Flags {
		if flag.Name == option.Name {
			field := reflect.Indirect(flag.Target)
			if field.IsValid() && field.Kind() == reflect.String {
				return field.String()
			}
		}
	}
	return ""
}

// Values returns the texts of all options that have one after Parse, by name; a repeated option has several.
func (p *Parser) Values() map[string][]string {
	values := map[string][]string{}
	for _, flag := range p.kong.Model.Flags {
		switch field := reflect.Indirect(flag.Target); {
		case !field.IsValid():
		case field.Kind() == reflect.String && field.String() != "":
			values[flag.Name] = []string{field.String()}
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.String:
			for i := range field.Len() {
				values[flag.Name] = append(values[flag.Name], field.Index(i).String())
			}
		}
	}
	return values
}

// Group is what the options of one set look like from outside.
type Group struct {
	Title   string
	Options []Info
}

// Info describes one option.
type Info struct {
	Name       string
	Aliases    []string
	Help       string
	Default    string
	Flag       bool
	Repeatable bool
	Hidden     bool
}

// Groups lists the options set by set, in the order in which they were given to New.
func (p *Parser) Groups() []Group {
	groups := make([]Group, len(p.sets))
	for i, set := range p.sets {
		groups[i].Title = set.Title
		fields := reflect.ValueOf(set.Ptr).Elem()
		first := fields.UnsafeAddr()
		for _, flag := range p.kong.Model.Flags {
			if at := flag.Target.UnsafeAddr(); at < first || at >= first+fields.Type().Size() {
				continue
			}
			groups[i].Options = append(groups[i].Options, Info{
				Name: flag.Name, Aliases: flag.Aliases, Help: cmp.Or(flag.Help, set.helpOf(flag.Name)), Default: flag.Default,
				Flag: flag.IsBool(), Repeatable: flag.IsSlice(), Hidden: flag.Hidden,
			})
		}
	}
	return groups
}

// Text is an option made from data: a text that is nil when the option was not given and has no default.
type Text struct {
	Name    string
	Aliases []string
	Help    string
	Default string
}

// Texts makes a set of options from data, and the function that reads them after Parse: the text and whether there is one.
// An option that is given without a value counts as given.
func Texts(title string, options []Text) (Set, func(name string) (string, bool)) {
	fields := make([]reflect.StructField, len(options))
	index := make(map[string]int, len(options))
	help := make(map[string]string, len(options))
	for i, o := range options {
		help[o.Name] = o.Help
		tag := fmt.Sprintf(`name:%q empty:"keep"`, o.Name)
		if len(o.Aliases) > 0 {
			tag += fmt.Sprintf(` aliases:%q`, strings.Join(o.Aliases, ","))
		}
		if o.Default != "" {
			tag += fmt.Sprintf(` default:%q`, o.Default)
		}
		fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: reflect.TypeFor[*string](), Tag: reflect.StructTag(tag)}
		index[o.Name] = i
	}
	values := reflect.New(reflect.StructOf(fields))
	return Set{Title: title, Ptr: values.Interface(), help: help}, func(name string) (string, bool) {
		i, ok := index[name]
		if !ok {
			return "", false
		}
		text, ok := reflect.TypeAssert[*string](values.Elem().Field(i))
		if !ok || text == nil {
			return "", false
		}
		return *text, true
	}
}
