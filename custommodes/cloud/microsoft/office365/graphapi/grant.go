package graphapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/web"
)

// grant is a way to get a token.
type grant interface {
	// fingerprint changes with the credential: a token that was given for another is not used.
	fingerprint() string
	ask(ctx context.Context) (*http.Response, error)
	// refusal words an answer of host that is an error.
	refusal(host string, a answer) error
	// failed says of an error, or of an answer that is none, what it was about.
	failed(err error) error
}

// clientCredentials is the client credentials grant of OAuth 2.0: the application proves to the login service who it is.
//
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
type clientCredentials struct {
	*application
	web *web.Client
	env *plugin.Env
}

func (g *clientCredentials) fingerprint() string {
	switch {
	case g.certificate != nil:
		return fingerprint("certificate " + g.certificate.Thumbprint())
	case g.federated != "":
		return fingerprint("federated token " + g.federated)
	}
	return fingerprint(g.secret)
}

func (g *clientCredentials) ask(ctx context.Context) (*http.Response, error) {
	address := g.login.JoinPath(g.tenant, "oauth2/v2.0/token").String()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {g.clientID}, "scope": {g.graph.String() + "/.default"}}
	if g.secret != "" {
		form.Set("client_secret", g.secret)
	} else {
		text, err := g.assertion(address)
		if err != nil {
			return nil, err
		}
		g.env.Secrets.Add(text)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", text)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, failure.New("Wrong --tenant option: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return g.web.Do(ctx, req)
}

// assertion returns the token that proves who the application is: one of its own making, or one of another identity provider.
func (g *clientCredentials) assertion(address string) (string, error) {
	if g.certificate != nil {
		return g.certificate.Sign(g.algorithm, g.clientID, address, g.env.Now())
	}
	content, err := readFile("federated-token-file", g.federated)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	if !sendable(text) {
		return "", failure.New("The file '%s' of --federated-token-file holds no token. Check the path, and what writes the file.", g.federated)
	}
	return text, nil
}

func (g *clientCredentials) failed(err error) error { return err }

func (g *clientCredentials) refusal(host string, a answer) error {
	return failure.New("Login endpoint API return error code '%s' from %s: %s", a.Error, host, explainLogin(a))
}

// explainLogin says what an error of the login service means and what to do, by its AADSTS code.
func explainLogin(a answer) string {
	text, _, _ := strings.Cut(a.Description, "\n")
	text = strings.TrimSpace(text)
	code := text
	if at := strings.IndexAny(text, ": "); at >= 0 {
		code = text[:at]
	}
	switch code {
	case "AADSTS7000215":
		return code + ": the client secret is wrong; give the secret's value, not its ID, in --client-secret."
	case "AADSTS7000222":
		return code + ": the client secret has expired; make a new one in Entra ID > App registrations > Certificates & secrets."
	case "AADSTS700016":
		return code + ": there is no such application in this tenant; check --client-id and --tenant, and that an administrator has consented."
	case "AADSTS90002":
		return code + ": there is no such tenant; check --tenant, and --login-endpoint for a national cloud."
	case "AADSTS900023":
		return code + ": --tenant is neither a tenant ID nor a domain name."
	case "AADSTS500011":
		return code + ": this cloud does not know Graph by that address; check that --graph-endpoint and --login-endpoint belong to one cloud."
	case "AADSTS7000218":
		return code + ": the request had no credentials; check --client-secret."
	case "AADSTS700027":
		return code + ": the certificate is not one of the application's, or has expired; upload it in Entra ID > App registrations > " +
			"Certificates & secrets, or give another in --client-certificate."
	case "AADSTS700024":
		return code + ": the assertion is out of date; check the clock of this poller, and that the file of --federated-token-file is renewed."
	case "AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS700223":
		return code + ": the application does not trust the token of --federated-token-file; compare its issuer, subject and audience with " +
			"Entra ID > App registrations > Certificates & secrets > Federated credentials."
	case "AADSTS70011", "AADSTS1002012", "AADSTS900144":
		return code + ": the scope was refused; check --graph-endpoint."
	case "AADSTS53003", "AADSTS530003":
		return code + ": conditional access blocks the application; let it sign in from this poller's address."
	case "":
		return "it gave no reason."
	}
	return text
}
