package secret

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// maxAnswer bounds the memory that an answer takes.
const maxAnswer = 16 << 20

// teampass looks the secrets up in what the API of a Teampass answers.
type teampass struct {
	Endpoint     string   `name:"teampass-endpoint" help:"Name of a connection of the endpoint file."`
	EndpointFile string   `name:"teampass-endpoint-file" help:"File with connections, each with address, key and request: $teampass_connections = { name => { address => 'https://...', key => 'x', request => '/api/...' } };"`
	APIKey       string   `name:"teampass-api-key" help:"Key of the API. It is seen in the list of processes: better use --teampass-api-key-file, or the environment variable TEAMPASS_API_KEY."`
	APIKeyFile   string   `name:"teampass-api-key-file" help:"File that holds the key of the API, and that only its owner and group may read."`
	APIAddress   string   `name:"teampass-api-address" help:"Address of Teampass. Example: https://teampass.example.com/teampass"`
	APIRequest   string   `name:"teampass-api-request" help:"What to ask the API for. Example: /api/index.php/read/folder/3"`
	CAFile       string   `name:"teampass-ca-file" help:"File with the certificates of the authority that the certificate of Teampass is from, in PEM format."`
	Timeout      string   `name:"teampass-timeout" default:"5" help:"Seconds to wait for an answer."`
	Search       []string `name:"teampass-search-value" sep:"none" help:"Name a value of the answer, as name=JSONPath; %{option} stands for the value of another option; repeatable. Example: --teampass-search-value='password=$.[?($_->{label} =~ /server/i)].pw'"`
	Map          []string `name:"teampass-map-option" sep:"none" help:"Give an option a value, where %{name} stands for one that was looked up; repeatable. Example: --teampass-map-option='client-secret=%{password}'"`
}

func (m *teampass) Sets() []option.Set {
	return []option.Set{{Title: "TEAMPASS OPTIONS", Ptr: m}}
}

func (m *teampass) Resolve(ctx context.Context, in Input) (map[string][]string, error) {
	settings, err := endpoint(in, "teampass", m.EndpointFile, m.Endpoint)
	if err != nil {
		return nil, err
	}
	address := cmp.Or(m.APIAddress, settings["address"])
	if address == "" {
		if m.Endpoint != "" || len(m.Map) > 0 {
			return nil, failure.New("Need to specify --teampass-api-address option, or --teampass-endpoint-file and --teampass-endpoint.")
		}
		return map[string][]string{}, nil // the manager was asked for nothing
	}
	target, err := m.target(in, address, settings)
	if err != nil {
		return nil, err
	}
	content, err := m.ask(ctx, in, target)
	if err != nil {
		return nil, err
	}
	root, err := answer(content)
	if err != nil {
		return nil, failure.New("The answer of Teampass at %s is of no use: %w. Check --teampass-api-address and --teampass-api-request.",
			target.Host, err)
	}
	found := lookup{
		kind: "teampass", where: "the answer of Teampass at " + target.Host, option: "teampass-search-value", search: m.Search, give: m.Map,
	}
	return found.options(ctx, in, root)
}

// target returns the URL to ask, which holds the key.
func (m *teampass) target(in Input, address string, settings map[string]string) (*url.URL, error) {
	key, err := m.key(in, settings["key"])
	if err != nil {
		return nil, err
	}
	request := cmp.Or(m.APIRequest, settings["request"])
	if request == "" {
		return nil, failure.New("Please set teampass-api-request option.")
	}
	target, err := url.Parse(address + request)
	if err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http" {
		return nil, failure.New("Wrong --teampass-api-address or --teampass-api-request option: " +
			"together they are a URL such as https://teampass.example.com/teampass/api/index.php/read/folder/3")
	}
	if password, ok := target.User.Password(); ok {
		in.AddSecret(password)
	}
	query := target.Query()
	query.Set("apikey", key)
	target.RawQuery, target.Fragment = query.Encode(), ""
	return target, nil
}

func (m *teampass) key(in Input, fromEndpoint string) (key string, err error) {
	switch {
	case m.APIKey != "":
		key = m.APIKey
	case m.APIKeyFile != "":
		if key, err = ReadSecretFile("teampass-api-key-file", m.APIKeyFile); err != nil {
			return "", err
		}
	default:
		key = cmp.Or(fromEndpoint, in.Getenv("TEAMPASS_API_KEY"))
	}
	if key == "" {
		return "", failure.New("Please set teampass-api-key option, teampass-api-key-file or the environment variable TEAMPASS_API_KEY.")
	}
	in.AddSecret(key)
	return key, nil
}

// ask sends the request and returns the body of the answer.
func (m *teampass) ask(ctx context.Context, in Input, target *url.URL) ([]byte, error) {
	seconds, err := strconv.ParseFloat(cmp.Or(m.Timeout, "5"), 64)
	if err != nil || !(seconds >= 0.001 && seconds <= 24*3600) { // NaN is neither
		return nil, failure.New("Wrong --teampass-timeout option '%s': give a number of seconds.", m.Timeout)
	}
	client, err := in.client(time.Duration(seconds*float64(time.Second)), m.CAFile, false)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return nil, failure.New("Cannot ask Teampass at %s. Check --teampass-api-address.", target.Host) // the error quotes the URL
	}
	response, err := client.Do(ctx, request)
	if err != nil {
		return nil, failure.New("Teampass cannot be asked (--teampass-timeout=%s): %w", cmp.Or(m.Timeout, "5"), err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, failure.New("Teampass at %s answers %d. Check --teampass-api-key, --teampass-api-address and --teampass-api-request.",
			target.Host, response.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxAnswer {
		return nil, failure.New("The answer of Teampass at %s has more than %d MiB. Let --teampass-api-request ask for less.", target.Host, maxAnswer>>20)
	}
	return content, nil
}

// answer reads what Teampass answers.
func answer(content []byte) (any, error) {
	switch text := bytes.TrimSpace(content); {
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case text[0] == '<':
		return nil, errors.New("it is a web page")
	}
	root, err := decode(content)
	if err != nil {
		return nil, err
	}
	if object, ok := root.(map[string]any); ok {
		if message, _ := text(object["err"]); message != "" { // which may quote the key
			return nil, errors.New("it says that the request failed")
		}
	}
	return root, nil
}
