package graphapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/secret"
	"github.com/centplugins/centplugins/framework/web"
)

// managedIdentity asks the identity service of the machine that the check runs on for a token.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
type managedIdentity struct {
	web      *web.Client // without a proxy: the service is on this machine, or answers to it alone
	env      *plugin.Env
	clientID string // of a user-assigned identity; empty for that of the machine
	resource string // address of Graph
	keys     string // directory where the agent of Arc puts its keys
}

// arcKeys is where the agent of Azure Arc puts its keys on Linux.
const arcKeys = "/var/opt/azcmagent/tokens"

func (g *managedIdentity) fingerprint() string { return fingerprint("managed identity " + g.clientID) }

func (g *managedIdentity) ask(ctx context.Context) (*http.Response, error) {
	endpoint, header := g.env.Getenv("IDENTITY_ENDPOINT"), g.env.Getenv("IDENTITY_HEADER")
	switch {
	case endpoint != "" && header != "":
		g.env.Secrets.Add(header)
		return g.get(ctx, endpoint, "2019-08-01", "X-Identity-Header", header)
	case endpoint != "" && g.env.Getenv("IMDS_ENDPOINT") != "":
		return g.askArc(ctx, endpoint)
	}
	host := firstSet("", g.env, "AZURE_POD_IDENTITY_AUTHORITY_HOST")
	if host == "" {
		host = "http://169.254.169.254"
	}
	return g.get(ctx, strings.TrimRight(host, "/")+"/metadata/identity/oauth2/token", "2018-02-01", "Metadata", "true")
}

// get asks the service at address for a token; name and value are the header that it wants.
func (g *managedIdentity) get(ctx context.Context, address, version, name, value string) (*http.Response, error) {
	u, err := endpoint("managed-identity", address)
	if err != nil {
		return nil, failure.New("The environment variable IDENTITY_ENDPOINT or AZURE_POD_IDENTITY_AUTHORITY_HOST holds no URL: mend it for --managed-identity.")
	}
	query := url.Values{"api-version": {version}, "resource": {g.resource}}
	if g.clientID != "" {
		query.Set("client_id", g.clientID)
	}
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, failure.New("Wrong address of the managed identity: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Metadata", "true")
	req.Header.Set(name, value)
	resp, err := g.web.Do(ctx, req)
	if err != nil {
		return nil, g.failed(err)
	}
	return resp, nil
}

// askArc proves by reading a file, which only the agent's group may, that the check runs on this machine.
func (g *managedIdentity) askArc(ctx context.Context, address string) (*http.Response, error) {
	const version = "2020-06-01"
	if g.clientID != "" {
		return nil, failure.New("A server with Azure Arc has no user-assigned identity: remove --client-id.")
	}
	resp, err := g.get(ctx, address, version, "Metadata", "true")
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	resp.Body.Close()
	_, path, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), "realm=")
	path = strings.Trim(path, `"`)
	if filepath.Dir(path) != g.keys || filepath.Ext(path) != ".key" {
		return nil, failure.New("The agent of Azure Arc names a key that is not in '%s', which is not read.", g.keys)
	}
	key, err := secret.ReadFile(path)
	if err == nil && (len(key) > 4096 || !sendable(string(key))) {
		err = errors.New("it holds no key")
	}
	if err != nil {
		return nil, failure.New("Cannot read the key '%s' of the agent of Azure Arc: %w. Add the user of the check to the group himds.",
			filepath.Base(path), bareError(err))
	}
	g.env.Secrets.Add(string(key))
	return g.get(ctx, address, version, "Authorization", "Basic "+string(key))
}

func (g *managedIdentity) failed(err error) error {
	return failure.New("No managed identity can be had on this machine: %w", err)
}

func (g *managedIdentity) refusal(host string, a answer) error {
	text := failure.OneLine(a.Description)
	if text == "" {
		text = "it gave no reason."
	}
	return failure.New("Managed identity endpoint return error code '%s' from %s: %s Check that this machine has the identity "+
		"(--client-id names a user-assigned one).", a.Error, host, sentence(text))
}
