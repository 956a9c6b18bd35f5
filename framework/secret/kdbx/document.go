package kdbx

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"github.com/tobischo/gokeepasslib/v3"
)

// maxDepth is the number of elements within one another; KeePass itself has some six, and two for each level of groups.
const maxDepth = 200

// document returns the XML of a database as the KeePass::Reader of Perl has it, which search paths are written for: an
// element is an object of its attributes and children, an array where it is repeated, or else its text; where it has both
// text and attributes, the text is its content. Groups, entries and strings are always arrays. An entry has its title a
// second time, as Title.
//
// A member groups comes on top: one group, whose entries are all that are not in the recycle bin, each with title, username,
// password, url, notes and, in strings, all that it holds. Paths are written so in the help of the original, whose library
// was another one once.
func document(source []byte, unlock func(string) (string, error)) (map[string]any, error) {
	d := &xmlReader{Decoder: xml.NewDecoder(bytes.NewReader(source)), unlock: unlock}
	for {
		token, err := d.Token()
		if err != nil {
			return nil, errDamaged // the error may quote the content
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		value, err := d.element(start, 1)
		if err != nil {
			return nil, err
		}
		root, ok := value.(map[string]any)
		if start.Name.Local != "KeePassFile" || !ok {
			return nil, errDamaged
		}
		addEntries(root)
		return root, nil
	}
}

type xmlReader struct {
	*xml.Decoder
	unlock func(string) (string, error)
}

// element reads an element whose start has been read.
func (d *xmlReader) element(start xml.StartElement, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("its groups are nested too deep")
	}
	object := map[string]any{}
	protected := false
	for _, attribute := range start.Attr {
		add(object, attribute.Name.Local, attribute.Value)
		protected = protected || attribute.Name.Local == "Protected" && strings.EqualFold(attribute.Value, "true")
	}
	var text strings.Builder
	elements := 0
	for {
		token, err := d.Token()
		if err != nil {
			return nil, errDamaged
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			value, err := d.element(token, depth+1)
			if err != nil {
				return nil, err
			}
			elements++
			add(object, token.Name.Local, value)
		case xml.EndElement:
			return d.end(object, text.String(), elements, protected)
		}
	}
}

// end returns the value of an element that has been read to its end.
func (d *xmlReader) end(object map[string]any, text string, elements int, protected bool) (any, error) {
	if elements > 0 {
		return object, nil
	}
	if protected {
		var err error
		if text, err = d.unlock(text); err != nil {
			return nil, err
		}
	}
	if len(object) == 0 {
		return text, nil
	}
	if text != "" {
		object["content"] = text
	}
	return object, nil
}

func add(object map[string]any, name string, value any) {
	switch before := object[name].(type) {
	case nil:
		if slices.Contains([]string{"Group", "Entry", "String"}, name) {
			value = []any{value}
		}
		object[name] = value
	case []any:
		object[name] = append(before, value)
	default:
		object[name] = []any{before, value}
	}
}

// unlocker returns what undoes the protection of values. The values have to come in the order of the file.
func unlocker(streamID uint32, key []byte) (func(string) (string, error), error) {
	if streamID == gokeepasslib.NoStreamID || len(key) == 0 {
		return nil, errors.New("the protection of its values is unknown: use ChaCha20 or Salsa20")
	}
	stream, err := gokeepasslib.NewStreamManager(streamID, key)
	if err != nil {
		return nil, errors.New("the protection of its values is unknown: use ChaCha20 or Salsa20")
	}
	return func(text string) (string, error) {
		if _, err := base64.StdEncoding.DecodeString(text); err != nil { // Unpack would not tell
			return "", errDamaged
		}
		return string(stream.Unpack(text)), nil
	}, nil
}
