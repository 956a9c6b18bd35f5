// Package graphapi is the custom mode that reads Microsoft Graph: usage reports as CSV and collections as JSON, with an
// application's own credentials (OAuth 2.0 client credentials grant).
package graphapi

import (
	"context"
	"strconv"
	"time"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/tenant"
	"github.com/centplugins/centplugins/framework/counter"
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
		New:     func() plugin.Connector[C] { return &connector[C]{as: as} },
		Metrics: []counter.Metric{endMetric()},
	}
}

// connector opens Graph as a C.
type connector[C any] struct {
	as       func(*Client) C
	identity identityOptions
	end      endOptions
	options  struct {
		Timeout string `name:"timeout" default:"10" help:"Seconds to wait for an answer, and then for more of it: a long report that keeps flowing is not cut off."`
	}
	web         web.Options
	state       statefile.Options
	timeout     time.Duration
	limits      endLimits
	application *application
	client      *Client
}

func (c *connector[C]) Options() []option.Set {
	sets := []option.Set{
		{Title: "REST API options", Ptr: &c.identity}, {Title: "Credential options", Ptr: &c.end}, {Title: "Request options", Ptr: &c.options},
	}
	sets = append(sets, c.web.Sets()...)
	return append(sets, c.state.Sets()...)
}

func (c *connector[C]) Validate(env *plugin.Env) (err error) {
	if c.application, err = c.identity.resolve(env); err != nil {
		return err
	}
	if c.limits, err = c.end.limits(); err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(c.options.Timeout, 64)
	if err != nil || !(seconds >= 0.001 && seconds <= 24*3600) { // NaN is neither
		return failure.New("Wrong --timeout option '%s': give a number of seconds.", c.options.Timeout)
	}
	c.timeout = time.Duration(seconds * float64(time.Second))
	return nil
}

// Open prepares the client; nothing is sent before the first question.
func (c *connector[C]) Open(_ context.Context, env *plugin.Env) (api C, err error) {
	store, err := c.state.Open(statefile.Env{
		Getenv: env.Getenv, AddSecret: env.Secrets.Add, Debug: func(text string) { env.Log.Debug().Msg(text) },
	})
	if err != nil {
		return api, err
	}
	client, err := c.newWeb(env, c.web)
	if err != nil {
		return api, err
	}
	credentials := &credentials{env: env, store: store, timeout: c.timeout, graph: c.application.graph.String()}
	if err := c.setGrant(credentials, client); err != nil {
		return api, err
	}
	c.client = &Client{web: client, env: env, graph: c.application.graph, application: c.application, credentials: credentials}
	return c.as(c.client), nil
}

func (c *connector[C]) newWeb(env *plugin.Env, options web.Options) (*web.Client, error) {
	return options.NewClient(c.timeout, web.Env{
		Now: env.Now, Getenv: env.Getenv, Debug: env.Debug, Hide: env.Secrets.Clean, AddSecret: env.Secrets.Add,
		Transport: env.Transport, Recordings: tenant.Recordings(),
	})
}

// setGrant sets how a token is got, and the state file that keeps it. Its name is that of the original, with which it is
// shared; an identity of a machine goes by the machine, since others may share the state.
func (c *connector[C]) setGrant(to *credentials, client *web.Client) error {
	app := c.application
	if !app.managed {
		to.grant = &clientCredentials{app, client, to.env}
		to.state = "office365_graphapi_" + fingerprint(app.tenant) + "_" + fingerprint(app.clientID)
		return nil
	}
	host, err := to.env.Hostname()
	if err != nil {
		return failure.New("Cannot tell the name of this machine for --managed-identity: %w.", err)
	}
	if client, err = c.newWeb(to.env, c.web.Direct()); err != nil {
		return err
	}
	to.grant = &managedIdentity{web: client, env: to.env, clientID: app.clientID, resource: app.graph.String(), keys: arcKeys}
	to.state = "office365_graphapi_" + fingerprint("managed identity of "+host) + "_" + fingerprint(app.clientID)
	return nil
}
