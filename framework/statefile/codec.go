package statefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/centplugins/centplugins/framework/perl"
)

// codec turns a state into the bytes that are kept, and back.
type codec struct{ envelope *envelope } // nil without --statefile-key

// encode writes JSON, in an envelope when there is a key.
func (c codec) encode(data map[string]any) ([]byte, error) {
	content, err := json.Marshal(data)
	if err != nil || c.envelope == nil {
		return content, err
	}
	return c.envelope.seal(content)
}

// decode returns nil for what is not a state. Both the envelope and what is in it may have any of the formats.
func (c codec) decode(content []byte) map[string]any {
	data := object(content)
	if data["encrypted"] == nil {
		return data
	}
	if c.envelope == nil {
		return nil
	}
	plain, ok := c.envelope.open(data)
	if !ok {
		return nil
	}
	return object(plain)
}

// object reads the formats of the Perl plugins, which it tells apart by the first byte.
func object(content []byte) map[string]any {
	start := bytes.TrimLeft(content, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil
	case start[0] == '$':
		values, err := perl.ParseAssignments(string(content))
		if err != nil {
			return nil // it is no state, as the caller is told
		}
		data, _ := values["datas"].(map[string]any)
		return data
	case start[0] == '{':
		return jsonObject(content)
	}
	return thaw(content)
}

func jsonObject(content []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var data map[string]any
	if d.Decode(&data) != nil {
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil
	}
	return data
}
