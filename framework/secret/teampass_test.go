package secret_test

import (
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/secret"
)

const (
	apiKey = "hidden key&=%?"
	items  = `[
		{"id": "1", "label": "Router", "login": "admin", "pw": "hidden-router"},
		{"id": "2", "label": "Serveur1", "login": "www", "pw": "hidden-<é>"}
	]`
)

// newTeampass starts a server that answers each request in the same way, and returns the file of its authority.
func newTeampass(t testing.TB, status int, body string) (server *httptest.Server, caFile string) {
	t.Helper()
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/teampass/api/index.php/read/items/1;2" || r.URL.RawQuery != "apikey=hidden+key%26%3D%25%3F" {
			http.Error(w, "hidden: "+r.URL.String(), http.StatusTeapot)
			return
		}
		w.Header().Set("Location", "https://other.example/hidden")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(caFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return server, caFile
}

func teampassOptions(server *httptest.Server, caFile string) map[string][]string {
	return map[string][]string{
		"teampass-api-address": {server.URL + "/teampass"}, "teampass-api-request": {"/api/index.php/read/items/1;2"},
		"teampass-api-key": {apiKey}, "teampass-ca-file": {caFile},
		"teampass-search-value": {
			"password=$.[?($_->{label} =~ /serveur1/i)].pw", "login=$.[?($_->{label} =~ /serveur1/i)].login", "none=$.[?($_->{label} eq '%{hostname}')].pw",
		},
		"teampass-map-option": {"client-secret=%{password}", "client_id=%{login}", "tenant=%{none}"},
	}
}

func TestTeampass(t *testing.T) {
	t.Parallel()
	server, caFile := newTeampass(t, http.StatusOK, items)
	perl := write(t, "$teampass_connections = {\n  here => { address => '"+server.URL+"/teampass', key => '"+apiKey+"', request => '/api/index.php/read/items/1;2' },\n"+
		"  wrong => { address => 'https://none.invalid', key => 'hidden-other', request => '/none' } };", 0o600)
	tests := map[string]struct {
		change map[string][]string
		env    map[string]string
	}{
		"options":     {nil, map[string]string{"TEAMPASS_API_KEY": "hidden-other"}},
		"key file":    {map[string][]string{"teampass-api-key": {""}, "teampass-api-key-file": {write(t, apiKey+"\n", 0o600)}}, nil},
		"environment": {map[string][]string{"teampass-api-key": {""}}, map[string]string{"TEAMPASS_API_KEY": apiKey}},
		"no timeout":  {map[string][]string{"teampass-timeout": {""}}, nil},
		"endpoint": {map[string][]string{
			"teampass-endpoint": {"here"}, "teampass-endpoint-file": {perl}, "teampass-api-key": {""}, "teampass-api-address": {""}, "teampass-api-request": {""},
		}, map[string]string{"TEAMPASS_API_KEY": "hidden-other"}},
		"endpoint overruled": {map[string][]string{"teampass-endpoint": {"wrong"}, "teampass-endpoint-file": {perl}}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := teampassOptions(server, caFile)
			maps.Copy(options, test.change)
			found, secrets, err := resolve(t, "teampass", options, test.env)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]string{"client-secret": "hidden-<é>", "client-id": "www", "tenant": ""}; !maps.Equal(found, want) {
				t.Errorf("got %q", found)
			}
			if !slices.Contains(secrets, apiKey) || !slices.Contains(secrets, "hidden-<é>") {
				t.Errorf("secrets: %q", secrets)
			}
		})
	}
}

func TestTeampassRefusesAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		want   string
	}{
		"redirect":   {http.StatusFound, "hidden", "answers 302"},
		"forbidden":  {http.StatusForbidden, `{"err": "hidden"}`, "answers 403"},
		"fault":      {http.StatusInternalServerError, "hidden", "answers 500"},
		"empty":      {http.StatusOK, " \n", "it is empty"},
		"no content": {http.StatusNoContent, "", "it is empty"},
		"web page":   {http.StatusOK, "\n<!DOCTYPE html><title>hidden</title>", "it is a web page"},
		"no JSON":    {http.StatusOK, "hidden", "not valid JSON near byte"},
		"cut short":  {http.StatusOK, `[{"pw": "hidden`, "not valid JSON near byte"},
		"two values": {http.StatusOK, `[] "hidden"`, "not valid JSON near byte"},
		"error":      {http.StatusOK, `{"err": "This api_key 'hidden key&=%?' doesn't exist"}`, "the request failed"},
		"too long":   {http.StatusOK, "[" + strings.Repeat(" ", 16<<20) + "]", "more than 16 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, caFile := newTeampass(t, test.status, test.body)
			_, _, err := resolve(t, "teampass", teampassOptions(server, caFile), nil)
			wantFailure(t, err, test.want, strings.TrimPrefix(server.URL, "https://"), "--teampass-api-request")
		})
	}
}

func TestTeampassRefuses(t *testing.T) {
	t.Parallel()
	server, caFile := newTeampass(t, http.StatusOK, items)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	perl := write(t, "$teampass_connections = { here => {} };", 0o600)
	tests := map[string]struct {
		change map[string][]string
		parts  []string
	}{
		"no address":       {map[string][]string{"teampass-api-address": {""}}, []string{"--teampass-api-address", "--teampass-endpoint"}},
		"no request":       {map[string][]string{"teampass-api-request": {""}}, []string{"Please set teampass-api-request option"}},
		"no key":           {map[string][]string{"teampass-api-key": {""}}, []string{"Please set teampass-api-key option", "TEAMPASS_API_KEY"}},
		"open key file":    {map[string][]string{"teampass-api-key": {""}, "teampass-api-key-file": {write(t, "hidden", 0o644)}}, []string{"--teampass-api-key-file", "chmod"}},
		"no URL":           {map[string][]string{"teampass-api-address": {"hidden"}}, []string{"Wrong --teampass-api-address"}},
		"bad URL":          {map[string][]string{"teampass-api-address": {"https://hidden:x\x7f/"}}, []string{"Wrong --teampass-api-address"}},
		"timeout":          {map[string][]string{"teampass-timeout": {"soon"}}, []string{"Wrong --teampass-timeout option 'soon'"}},
		"no time":          {map[string][]string{"teampass-timeout": {"NaN"}}, []string{"Wrong --teampass-timeout"}},
		"unknown issuer":   {map[string][]string{"teampass-ca-file": {""}}, []string{"certificate", strings.TrimPrefix(server.URL, "https://")}},
		"no CA file":       {map[string][]string{"teampass-ca-file": {"/none"}}, []string{"/none"}},
		"nobody there":     {map[string][]string{"teampass-api-address": {closed.URL}}, []string{strings.TrimPrefix(closed.URL, "http://")}},
		"no such endpoint": {map[string][]string{"teampass-endpoint": {"x"}, "teampass-endpoint-file": {perl}}, []string{"Endpoint x doesn't exist in teampass endpoint file"}},
		"bad path":         {map[string][]string{"teampass-search-value": {"x=$["}}, []string{"--teampass-search-value", "the answer of Teampass at 127.0.0.1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := teampassOptions(server, caFile)
			maps.Copy(options, test.change)
			_, _, err := resolve(t, "teampass", options, nil)
			wantFailure(t, err, test.parts...)
			if err != nil && strings.Contains(err.Error(), "apikey") {
				t.Errorf("the error tells the URL: %v", err)
			}
		})
	}
}

func TestTeampassEndsAtItsTimeout(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(stop)
	start := time.Now()
	_, _, err := resolve(t, "teampass", map[string][]string{
		"teampass-api-address": {server.URL}, "teampass-api-request": {"/"}, "teampass-api-key": {apiKey}, "teampass-timeout": {"0.05"},
	}, nil)
	wantFailure(t, err, "Teampass cannot be asked (--teampass-timeout=0.05): Timeout")
	if time.Since(start) > 4*time.Second {
		t.Errorf("after %v", time.Since(start))
	}
}

// roundTrip answers without a network.
type roundTrip string

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Request: request, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(r)))}, nil
}

func FuzzTeampassAnswer(f *testing.F) {
	for _, body := range []string{items, "", "<html>", `{"err": "x"}`, `{"err": null, "1": {"label": "serveur1", "pw": 7}}`, "[[[", `"x" "y"`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		m := manager(t, "teampass", map[string][]string{
			"teampass-api-address": {"https://teampass.invalid"}, "teampass-api-request": {"/"}, "teampass-api-key": {apiKey},
			"teampass-search-value": {"password=$..[?($_->{label} =~ /serveur1/i)].pw"}, "teampass-map-option": {"client-secret=%{password}"},
		})
		found, err := m.Resolve(t.Context(), secret.Input{
			Now: time.Now, Getenv: func(string) string { return "" }, AddSecret: func(string) {}, Transport: roundTrip(body),
		})
		switch {
		case err != nil:
			wantFailure(t, err, "teampass")
			if strings.Contains(err.Error(), apiKey) {
				t.Errorf("the error tells the key: %v", err)
			}
		case len(found) != 1:
			t.Errorf("%v", found)
		}
	})
}
