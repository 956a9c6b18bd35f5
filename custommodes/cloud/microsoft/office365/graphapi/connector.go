// Package graphapi is the custom mode that reads Microsoft Graph: usage reports as CSV and collections as JSON, with an
// application's own credentials (OAuth 2.0 client credentials grant).
package graphapi

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/tenant"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/statefile"
	"github.com/centplugins/centplugins/framework/web"
)

// CustomMode declares the custom mode for a plugin whose modes need a C; as is the conversion, which is all that the
// compiler needs to see that a Client serves.
func CustomMode[C any](as func(*Client) C) plugin.CustomMode[C] {
	return plugin.CustomMode[C]{
		Name: "graphapi",
		Help: "Microsoft Graph, reached with the credentials of an application that is registered in Entra ID and has been granted the " +
			"permission that the mode needs (for the usage reports: Reports.Read.All).",
		New: func() plugin.Connector[C] { return &connector[C]{as: as} },
	}
}

type options struct {
	Tenant        string `name:"tenant" help:"Tenant: its ID, or a domain of it. Example: --tenant=contoso.onmicrosoft.com"`
	ClientID      string `name:"client-id" help:"ID of the registered application (the client ID)."`
	ClientSecret  string `name:"client-secret" help:"Client secret of the application: its value, not its ID. It is better kept off the command line: see --pass-manager."`
	LoginEndpoint string `name:"login-endpoint" default:"https://login.microsoftonline.com" help:"URL of the login service. National clouds have their own, such as https://login.microsoftonline.us"`
	GraphEndpoint string `name:"graph-endpoint" default:"https://graph.microsoft.com" help:"URL of Graph. National clouds have their own, such as https://graph.microsoft.us"`
	Timeout       string `name:"timeout" default:"10" help:"Seconds to wait for an answer, and then for more of it: a long report that keeps flowing is not cut off."`
}

// connector opens Graph as a C.
type connector[C any] struct {
	as      func(*Client) C
	options options
	web     web.Options
	state   statefile.Options
	timeout time.Duration
	login   *url.URL
	graph   *url.URL
}

func (c *connector[C]) Options() []option.Set {
	sets := []option.Set{{Title: "REST API options", Ptr: &c.options}}
	sets = append(sets, c.web.Sets()...)
	return append(sets, c.state.Sets()...)
}

func (c *connector[C]) Validate(*plugin.Env) error {
	for _, needed := range []struct{ name, value string }{
		{"tenant", c.options.Tenant}, {"client-id", c.options.ClientID}, {"client-secret", c.options.ClientSecret},
	} {
		if needed.value == "" {
			return failure.New("Need to specify --%s option.", needed.name)
		}
	}
	seconds, err := strconv.ParseFloat(c.options.Timeout, 64)
	if err != nil || !(seconds >= 0.001 && seconds <= 24*3600) { // NaN is neither
		return failure.New("Wrong --timeout option '%s': give a number of seconds.", c.options.Timeout)
	}
	c.timeout = time.Duration(seconds * float64(time.Second))
	if c.login, err = endpoint("login-endpoint", c.options.LoginEndpoint); err != nil {
		return err
	}
	c.graph, err = endpoint("graph-endpoint", c.options.GraphEndpoint)
	return err
}

func endpoint(name, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, failure.New("Wrong --%s option: give a URL such as https://graph.microsoft.com", name)
	}
	if u.User != nil {
		return nil, failure.New("Wrong --%s option: the URL must hold no user and no password", name)
	}
	return u, nil
}

// Open prepares the client; nothing is sent before the first question.
func (c *connector[C]) Open(_ context.Context, env *plugin.Env) (api C, err error) {
	env.Secrets.Add(c.options.ClientSecret)
	store, err := c.state.Open(statefile.Env{
		Getenv: env.Getenv, AddSecret: env.Secrets.Add, Debug: func(text string) { env.Log.Debug().Msg(text) },
	})
	if err != nil {
		return api, err
	}
	client, err := c.web.NewClient(c.timeout, web.Env{
		Now: env.Now, Getenv: env.Getenv, Debug: env.Debug, Hide: env.Secrets.Clean, AddSecret: env.Secrets.Add,
		Transport: env.Transport, Recordings: tenant.Recordings(),
	})
	if err != nil {
		return api, err
	}
	return c.as(&Client{
		web: client, env: env, graph: c.graph,
		credentials: &credentials{
			web: client, env: env, store: store, timeout: c.timeout, login: c.login, graph: c.graph,
			tenant: c.options.Tenant, clientID: c.options.ClientID, secret: c.options.ClientSecret,
		},
	}), nil
}
