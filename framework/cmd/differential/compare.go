package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// outcome is what a program printed and returned.
type outcome struct {
	stdout string
	exit   int
}

// same reports whether two outcomes tell the same: texts but for blanks at the ends of lines, JSON and XML by what they hold.
func (o outcome) same(other outcome) bool {
	return o.exit == other.exit && canonical(o.stdout) == canonical(other.stdout)
}

// canonical brings what a program printed into a form that is the same for what counts as the same.
func canonical(text string) string {
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "{"):
		decoder := json.NewDecoder(strings.NewReader(trimmed))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err == nil && !decoder.More() {
			var b strings.Builder
			writeValue(&b, "", value)
			return b.String()
		}
	case strings.HasPrefix(trimmed, "<"):
		if e, err := readElement(trimmed); err == nil {
			var b strings.Builder
			e.write(&b, "")
			return b.String()
		}
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// writeValue writes a line for each scalar of a JSON value, and one for each object that holds scalars alone. Numbers are the same as
// strings of them.
func writeValue(b *strings.Builder, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(value))
		line := path + ":"
		for _, key := range keys {
			if !flat(value[key]) {
				line = ""
			}
			if line != "" {
				line += " " + key + "=" + scalar(value[key])
			}
		}
		if line != "" {
			fmt.Fprintln(b, line)
			return
		}
		for _, key := range keys {
			writeValue(b, path+"."+key, value[key])
		}
	case []any:
		for _, item := range value {
			writeValue(b, path+"[]", item)
		}
	default:
		fmt.Fprintf(b, "%s: %s\n", path, scalar(value))
	}
}

// flat reports whether a value is a scalar, or a list of scalars.
func flat(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return false
	case []any:
		return len(value) > 0 && !slices.ContainsFunc(value, func(item any) bool { return !flat(item) })
	}
	return true
}

func scalar(value any) string {
	if value == nil {
		return "null"
	}
	return strings.TrimRight(fmt.Sprint(value), " \t\r\n")
}

// element is an element of XML.
type element struct {
	name       string
	attributes []string
	text       string
	children   []*element
}

func readElement(document string) (*element, error) {
	decoder := xml.NewDecoder(strings.NewReader(document))
	// Documents declare encodings that their bytes are not always in; only the bytes count here.
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := &element{}
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && len(root.children) == 1 {
			return root.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local}
			for _, a := range token.Attr {
				e.attributes = append(e.attributes, a.Name.Local+"="+a.Value)
			}
			slices.Sort(e.attributes)
			last.children = append(last.children, e)
			open = append(open, e)
			if len(open) > 100 {
				return nil, errors.New("elements are nested too deep")
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(bytes.TrimRight(token, " \t\r\n"))
		}
	}
}

// write writes a line for an element and each below it, and one for an element that holds leaves alone. Elements of different names may
// come in any order.
func (e *element) write(b *strings.Builder, path string) {
	path += "/" + e.name
	fmt.Fprintf(b, "%s %s:%s", path, strings.Join(e.attributes, " "), strings.TrimSpace(e.text))
	slices.SortStableFunc(e.children, func(a, b *element) int { return strings.Compare(a.name, b.name) })
	leaves := strings.Count(path, "/") > 1 && !slices.ContainsFunc(e.children, func(c *element) bool { return len(c.children) > 0 })
	for _, child := range e.children {
		if leaves {
			fmt.Fprintf(b, " %s %s=%s", child.name, strings.Join(child.attributes, " "), strings.TrimSpace(child.text))
		}
	}
	fmt.Fprintln(b)
	for _, child := range e.children {
		if !leaves {
			child.write(b, path)
		}
	}
}
