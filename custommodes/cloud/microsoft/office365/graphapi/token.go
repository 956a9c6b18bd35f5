package graphapi

import (
	"context"
	"crypto/md5" //nolint:gosec // names and fingerprints in the state file are those of the original, nothing is protected by them
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/statefile"
	"github.com/centplugins/centplugins/framework/web"
)

// margin is how long a token must still hold to be used.
const margin = 10 * time.Second

// maxAnswer bounds what is read of an answer that is not streamed, in bytes.
const maxAnswer = 1 << 20

// credentials get the token of an application: from the state file while it holds, else from the login service.
//
// The state file has the name and keys that the original gives it, so both can share it during a migration.
type credentials struct {
	web                      *web.Client
	env                      *plugin.Env
	store                    statefile.Store
	timeout                  time.Duration
	login, graph             *url.URL
	tenant, clientID, secret string

	token string
	fresh bool // the token was fetched by this run
}

// get returns a token that is to be tried.
func (c *credentials) get(ctx context.Context) (string, error) {
	if c.token != "" {
		return c.token, nil
	}
	if err := c.read(ctx, ""); err != nil || c.token != "" {
		return c.token, err
	}
	return c.token, c.renew(ctx, "")
}

// refused reports what to do about a token that Graph refused: try again with another, or give up.
func (c *credentials) refused(ctx context.Context) (again bool, err error) {
	if c.fresh {
		return false, nil
	}
	refused := c.token
	c.token = ""
	return true, c.renew(ctx, refused)
}

// renew fetches a token, one check at a time: whoever had to wait for another's finds that one in the state file.
func (c *credentials) renew(ctx context.Context, refused string) error {
	waiting, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	unlock, err := c.store.Lock(waiting, c.stateName())
	switch {
	case err == nil:
		defer unlock()
		if err := c.read(ctx, refused); err != nil || c.token != "" {
			return err
		}
	case waiting.Err() == nil || ctx.Err() != nil:
		return err
	}
	// Where another check has held the lock for a whole timeout, this one goes ahead without it.
	return c.fetch(ctx)
}

func (c *credentials) stateName() string {
	return "office365_graphapi_" + fingerprint(c.tenant) + "_" + fingerprint(c.clientID)
}

func fingerprint(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// read takes the token from the state file if it still holds, belongs to this secret, and is not the refused one.
func (c *credentials) read(ctx context.Context, refused string) error {
	state, err := c.store.Read(ctx, c.stateName())
	if err != nil || state == nil {
		return err
	}
	token, _ := state["access_token"].(string)
	expires, ok := statefile.Int(state["expires_on"])
	if !sendable(token) || token == refused || !ok || time.Unix(expires, 0).Sub(c.env.Now()) < margin {
		return nil
	}
	if secret, given := state["md5_secret"]; given && secret != fingerprint(c.secret) {
		return nil
	}
	c.env.Secrets.Add(token)
	c.token = token
	c.env.Log.Debug().Str("state", c.stateName()).Time("expires", time.Unix(expires, 0)).Msg("token taken from the state file")
	return nil
}

// answer is what the login service says, of a token or of an error.
type answer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   any    `json:"expires_in"` // seconds; some clouds send it as text
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (c *credentials) fetch(ctx context.Context) error {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.clientID}, "client_secret": {c.secret}, "scope": {c.graph.String() + "/.default"},
	}
	address := c.login.JoinPath(c.tenant, "oauth2/v2.0/token")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return failure.New("Wrong --tenant option: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.web.Do(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	var got answer
	if err := json.Unmarshal(body, &got); err != nil || got.Error == "" && (!sendable(got.AccessToken) || resp.StatusCode != http.StatusOK) {
		return notData(address.Host, resp, body, "a token")
	}
	if got.Error != "" {
		return failure.New("Login endpoint API return error code '%s' from %s: %s", got.Error, address.Host, explainLogin(got))
	}
	c.env.Secrets.Add(got.AccessToken)
	c.token, c.fresh = got.AccessToken, true
	now := c.env.Now().Unix()
	c.env.Log.Debug().Str("state", c.stateName()).Int64("expires_in", seconds(got.ExpiresIn)).Msg("token fetched")
	return c.store.Write(ctx, c.stateName(), map[string]any{
		"last_timestamp": now,
		"access_token":   got.AccessToken,
		"expires_on":     now + seconds(got.ExpiresIn),
		"md5_secret":     fingerprint(c.secret),
	})
}

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// seconds reads a number or its text; 0, which makes a token that is not kept, where it is neither.
func seconds(v any) int64 {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
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
	case "AADSTS70011", "AADSTS1002012", "AADSTS900144":
		return code + ": the scope was refused; check --graph-endpoint."
	case "AADSTS53003", "AADSTS530003":
		return code + ": conditional access blocks the application; let it sign in from this poller's address."
	case "":
		return "it gave no reason."
	}
	return text
}
