package graphapi

import (
	"context"
	"crypto/md5" //nolint:gosec // names and fingerprints in the state file are those of the original, nothing is protected by them
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/statefile"
)

// margin is how long a token must still hold to be used.
const margin = 10 * time.Second

// maxAnswer bounds what is read of an answer that is not streamed, in bytes.
const maxAnswer = 1 << 20

// credentials get the token of an application: from the state file while it holds, else from the login service.
//
// The state file has the name and the keys that the original gives it, so both can share it during a migration, and one more.
type credentials struct {
	grant   grant
	env     *plugin.Env
	store   statefile.Store
	timeout time.Duration
	state   string // name of the state file
	graph   string // address of Graph, which a token is for

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
	unlock, err := c.store.Lock(waiting, c.state)
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

func fingerprint(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// read takes the token from the state file if it still holds, belongs to this secret and this Graph, and is not the refused one.
func (c *credentials) read(ctx context.Context, refused string) error {
	state, err := c.store.Read(ctx, c.state)
	if err != nil || state == nil {
		return err
	}
	token, _ := state["access_token"].(string)
	expires, ok := statefile.Int(state["expires_on"])
	if !sendable(token) || token == refused || !ok || time.Unix(expires, 0).Sub(c.env.Now()) < margin {
		return nil
	}
	if secret, given := state["md5_secret"]; given && secret != c.grant.fingerprint() {
		return nil
	}
	// The original does not say which Graph its token is for. One that is for another must not be shown to this.
	if graph, given := state["graph_endpoint"]; given && graph != c.graph {
		return nil
	}
	c.env.Secrets.Add(token)
	c.token = token
	c.env.Log.Debug().Str("state", c.state).Time("expires", time.Unix(expires, 0)).Msg("token taken from the state file")
	return nil
}

func (c *credentials) fetch(ctx context.Context) error {
	resp, err := c.grant.ask(ctx)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := c.readAnswer(resp)
	if err != nil {
		return err
	}
	c.env.Secrets.Add(got.AccessToken)
	c.token, c.fresh = got.AccessToken, true
	now := c.env.Now().Unix()
	expires := now + seconds(got.ExpiresIn)
	if got.ExpiresIn == nil {
		expires = seconds(got.ExpiresOn)
	}
	c.env.Log.Debug().Str("state", c.state).Int64("expires_in", expires-now).Msg("token fetched")
	return c.store.Write(ctx, c.state, map[string]any{
		"last_timestamp": now,
		"access_token":   got.AccessToken,
		"expires_on":     expires,
		"md5_secret":     c.grant.fingerprint(),
		"graph_endpoint": c.graph,
	})
}

// answer is what whoever gives tokens says: a token or an error.
type answer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   any    `json:"expires_in"` // seconds; some clouds send it as text
	ExpiresOn   any    `json:"expires_on"` // Unix time, as text, from managed identities
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (c *credentials) readAnswer(resp *http.Response) (got answer, err error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return got, err
	}
	host := resp.Request.URL.Host
	err = json.Unmarshal(body, &got)
	switch {
	case err != nil, got.Error == "" && (!sendable(got.AccessToken) || resp.StatusCode != http.StatusOK):
		return got, c.grant.failed(notData(host, resp, body, "a token"))
	case got.Error != "":
		return got, c.grant.refusal(host, got)
	}
	return got, nil
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
