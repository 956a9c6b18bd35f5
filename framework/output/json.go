package output

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/centplugins/centplugins/framework/check"
)

// The JSON document, in the shape that Centreon gives it.
type (
	jsonDocument struct {
		Plugin jsonPlugin `json:"plugin"`
	}
	jsonPlugin struct {
		Name      string       `json:"name"`
		Mode      string       `json:"mode"`
		Exit      string       `json:"exit"`
		Outputs   []jsonOutput `json:"outputs"`
		Perfdatas []jsonMetric `json:"perfdatas"`
	}
	jsonOutput struct {
		Type int    `json:"type"` // 1 a text of the first line, 2 a line of the long output
		Exit string `json:"exit,omitempty"`
		Msg  string `json:"msg"`
	}
	jsonMetric struct {
		Label     string `json:"label"`
		NLabel    string `json:"nlabel,omitempty"`
		Instances any    `json:"instances,omitempty"` // a text, or a list of them
		Value     scalar `json:"value"`
		Unit      string `json:"unit"`
		Warning   string `json:"warning"`
		Critical  string `json:"critical"`
		Min       scalar `json:"min"`
		Max       scalar `json:"max"`
		Mode      string `json:"mode,omitempty"`
	}
)

// scalar is a JSON number where that shows up exactly as the text, as 15 does, and else a string, as 50.00 does.
type scalar string

func (s scalar) MarshalJSON() ([]byte, error) {
	f, err := strconv.ParseFloat(string(s), 64)
	if err == nil && strconv.FormatFloat(f, 'f', -1, 64) == string(s) && len(s) <= 16 {
		return []byte(s), nil
	}
	return json.Marshal(string(s))
}

func (d document) json() ([]byte, error) {
	plugin := jsonPlugin{
		Name: d.Plugin, Mode: d.Mode, Exit: d.exit,
		Outputs: make([]jsonOutput, 0, len(d.messages)+len(d.long)), Perfdatas: make([]jsonMetric, 0, len(d.metrics)),
	}
	for m := range d.shorts() {
		plugin.Outputs = append(plugin.Outputs, jsonOutput{Type: 1, Exit: m.Status.String(), Msg: m.Text})
	}
	for _, line := range d.long {
		plugin.Outputs = append(plugin.Outputs, jsonOutput{Type: 2, Msg: line})
	}
	for _, m := range d.metrics {
		plugin.Perfdatas = append(plugin.Perfdatas, jsonMetric{
			Label: m.Label, NLabel: m.NLabel, Instances: instances(m.Instances), Value: scalar(m.Value), Unit: m.Unit,
			Warning: m.Warning, Critical: m.Critical, Min: scalar(m.Min), Max: scalar(m.Max), Mode: m.Mode,
		})
	}
	return encode(jsonDocument{plugin})
}

func instances(names []string) any {
	switch len(names) {
	case 0:
		return nil
	case 1:
		return names[0]
	}
	return names
}

// shorts yields the texts of all states, the gravest first, each with its label.
func (d document) shorts() func(yield func(check.Message) bool) {
	return func(yield func(check.Message) bool) {
		for _, status := range [...]check.Status{check.Critical, check.Warning, check.Unknown, check.OK, check.Pending} {
			for _, text := range d.texts(status) {
				if d.label {
					text = status.String() + ": " + text
				}
				if !yield(check.Message{Status: status, Text: text}) {
					return
				}
			}
		}
	}
}

// encode writes JSON as people read it: & and < as they are.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return out.Bytes(), err
}
