package graphapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/web"
)

// Client asks Graph. It is for one run and one goroutine.
type Client struct {
	web         *web.Client
	env         *plugin.Env
	graph       *url.URL
	application *application
	credentials *credentials
}

// get asks Graph with the token. A token that is refused, and was not just fetched, is renewed once.
func (c *Client) get(ctx context.Context, address string) (*http.Response, error) {
	for {
		token, err := c.credentials.get(ctx)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return nil, failure.New("Wrong Graph address: %w", err)
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := c.web.Do(ctx, req)
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			return resp, err
		}
		again, err := c.credentials.refused(ctx)
		if err != nil {
			resp.Body.Close()
			return nil, err
		}
		if !again {
			return resp, nil
		}
		resp.Body.Close()
	}
}

// graphError is the body of an error of Graph.
type graphError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// parseError reads an error body. Some services put the real error, as JSON, into the message of another.
func parseError(body []byte) (code, message string) {
	var e graphError
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	code, message = e.Error.Code, e.Error.Message
	if inner, text := parseError([]byte(message)); inner != "" {
		return inner, text
	}
	return code, message
}

// explain makes the failure of an answer that is not what was asked for. permission is the one that the question needs.
func explain(resp *http.Response, permission string) error {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	host := resp.Request.URL.Host
	code, message := parseError(body)
	if code == "" {
		code = http.StatusText(resp.StatusCode)
	}
	if looksHTML(resp, body) {
		return notData(host, resp, body, "data")
	}
	start := "Graph endpoint API return error code '" + code + "'"
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		if _, text := parseError(body); text == "" {
			return notData(host, resp, body, "data")
		}
		return failure.New("%s from %s: %s", start, host, message)
	case http.StatusUnauthorized:
		return failure.New("%s (HTTP 401 from %s): %s A new token was refused too: check that --graph-endpoint and --login-endpoint belong to one cloud.",
			start, host, sentence(message))
	case http.StatusForbidden:
		return failure.New("%s (HTTP 403 from %s): %s Grant the application the permission %s (type Application) in "+
			"Entra ID > App registrations > API permissions, and give admin consent.", start, host, sentence(message), permission)
	case http.StatusTooManyRequests:
		return failure.New("%s (HTTP 429 from %s): throttled by Microsoft, which allows an application 14 downloads of a report in 10 minutes: "+
			"check less often, or with fewer services on this application.", start, host)
	case http.StatusNotFound:
		if code == "UnknownTenantId" {
			return failure.New("%s (HTTP 404 from %s): Microsoft has no report data of this tenant: it may be new, or have no licences. Check --tenant.",
				start, host)
		}
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return failure.New("%s (HTTP %d from %s): %s The service has a problem of its own; it mostly passes.", start, resp.StatusCode, host, sentence(message))
	}
	return failure.New("%s (HTTP %d from %s): %s", start, resp.StatusCode, host, sentence(message))
}

func sentence(text string) string {
	text = failure.OneLine(text)
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// notData is the failure of an answer that holds something else than what was asked for.
func notData(host string, resp *http.Response, body []byte, what string) error {
	switch {
	case looksHTML(resp, body):
		return failure.New("%s answered with a web page where %s was expected (HTTP %d): a proxy or captive portal probably wants a sign-in; "+
			"check --proxyurl, and that %s may be reached from this poller.", host, what, resp.StatusCode, host)
	case len(bytes.TrimSpace(body)) == 0:
		return failure.New("%s answered with nothing where %s was expected (HTTP %d).", host, what, resp.StatusCode)
	default:
		return failure.New("%s answered with something else where %s was expected (HTTP %d, %s); --debug shows it.",
			host, what, resp.StatusCode, contentType(resp))
	}
}

func looksHTML(resp *http.Response, body []byte) bool {
	return strings.Contains(resp.Header.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

func contentType(resp *http.Response) string {
	if t := resp.Header.Get("Content-Type"); t != "" {
		return t
	}
	return "no content type"
}
