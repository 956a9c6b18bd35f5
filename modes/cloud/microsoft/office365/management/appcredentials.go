package management

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
)

// AppCredentials declares the mode app-credentials.
func AppCredentials() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:        "app-credentials",
		Help:        "Check when the passwords and keys of the tenant's registered applications expire.",
		Permission:  applicationsPermission,
		NewPerfdata: true,
		Decoded:     true,
		New:         newAppCredentials,
	}
}

const applicationsPermission = "Application.Read.All"

type appCredentials struct {
	options struct {
		FilterAppName string `name:"filter-app-name" help:"Check only the applications whose display name matches the regular expression. Example: --filter-app-name='^prod-'"`
		Unit          string `name:"unit" default:"s" help:"Unit of the thresholds on the time left, and of its metrics: s, m, h, d or w (seconds, minutes, hours, days, weeks); anything else is s."`
	}
	names        filter
	applications *counter.Nested[application]
}

// application is an application, with its credentials by their ids.
type application struct {
	name            string
	passwords, keys map[string]credential
}

type credential struct {
	application, id string
	left            int64 // seconds until it expires, 0 when it has
}

func newAppCredentials() plugin.Check[API] {
	m := &appCredentials{}
	m.applications = counter.NewNested("applications",
		func(a application) string { return "application '" + a.name + "'" }, "All application credentials are ok",
		m.group("password", func(a application) map[string]credential { return a.passwords }),
		m.group("key", func(a application) map[string]credential { return a.keys }))
	return m
}

// group declares the counters of one kind of credentials.
func (m *appCredentials) group(kind string, of func(application) map[string]credential) counter.Group[application] {
	nlabel := "application." + kind + ".expires"
	return counter.NewWithin(kind, of,
		func(c credential) string { return kind + " credential '" + c.id + "' " }, "All "+kind+" credentials are ok",
		counter.Counter[credential]{
			Decl: counter.Decl{
				Label: kind + "-status", State: true, Critical: "%{status} =~ /expired/i",
				Help: "valid or expired; variables: %{status}, %{id}, %{app_name}",
			},
			Text: func(c credential) string { return "status: " + c.status() },
			Vars: func(c credential) expr.Vars {
				return expr.Vars{"status": expr.String(c.status()), "id": expr.String(c.id), "app_name": expr.String(c.application)}
			},
		},
		counter.Counter[credential]{
			Decl: counter.Decl{
				Label: kind + "-expires", Metric: kind + "-expires", NLabel: nlabel, Min: "0", Metrics: expiring(nlabel), Help: "time left until a " + kind + " expires (see --unit)",
			},
			Text: func(c credential) string { return "expires in " + words(c.left) },
			Check: func(c credential, limits counter.Limits) check.Status {
				return limits.Check(float64(c.left / m.unit().seconds))
			},
			Metrics: func(c credential, limits counter.Limits) []perfdata.Metric {
				u := m.unit()
				metric := limits.Metric("", nlabel+"."+u.long, c.application+"~"+c.id)
				metric.Instances = []string{c.application, c.id}
				metric.Value, metric.Unit, metric.Min = strconv.FormatInt(c.left/u.seconds, 10), u.short, "0"
				metric.Warning, metric.Critical = limits.Ranges()
				return []perfdata.Metric{metric}
			},
		})
}

// expiring declares the metric, whose name depends on --unit.
func expiring(nlabel string) []counter.Metric {
	var all []counter.Metric
	for _, unit := range units() {
		all = append(all, counter.Metric{NLabel: nlabel + "." + unit.long, Unit: unit.short, Min: "0"})
	}
	return all
}

func (c credential) status() string {
	if c.left == 0 {
		return "expired"
	}
	return "valid"
}

// unit is a unit of --unit: as metrics have it, as their names have it, and its seconds.
type unit struct {
	short, long string
	seconds     int64
}

// units lists the units; the first is the one by default.
func units() []unit {
	return []unit{{"s", "seconds", 1}, {"m", "minutes", 60}, {"h", "hours", 60 * 60}, {"d", "days", 24 * 60 * 60}, {"w", "weeks", 7 * 24 * 60 * 60}}
}

func (m *appCredentials) unit() unit {
	all := units()
	for _, u := range all {
		if u.short == m.options.Unit {
			return u
		}
	}
	return all[0]
}

// words words a number of seconds: "1y 2M 3w 4d 5h 6m 7s", without the parts that are 0, or "0". Years and months have the
// length of the mean ones.
func words(seconds int64) string {
	var parts []string
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"y", 31556926}, {"M", 2629743}, {"w", 604800}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := seconds / unit.seconds; n > 0 {
			parts = append(parts, fmt.Sprint(n)+unit.name)
		}
		seconds %= unit.seconds
	}
	if parts == nil {
		return "0"
	}
	return strings.Join(parts, " ")
}

func (m *appCredentials) Options() any { return &m.options }

func (m *appCredentials) Counters() counter.Set { return counter.Set{m.applications} }

func (m *appCredentials) Validate() (err error) {
	m.names.include, err = compile("filter-app-name", m.options.FilterAppName)
	return err
}

func (m *appCredentials) Run(ctx context.Context, api API, run *plugin.Run) error {
	now := run.Now().Unix()
	return api.Collection(ctx, "/v1.0/applications", applicationsPermission, func(element json.RawMessage) error {
		var a struct {
			ID        string            `json:"id"`
			Name      string            `json:"displayName"`
			Passwords []json.RawMessage `json:"passwordCredentials"`
			Keys      []json.RawMessage `json:"keyCredentials"`
		}
		if err := decode(element, "an application", &a, "id", "passwordCredentials", "keyCredentials"); err != nil {
			return err
		}
		a.Name = cmp.Or(a.Name, a.ID) // an application may have no name
		if passes, err := m.names.passes(a.Name); err != nil || !passes {
			return err
		}
		passwords, err := readCredentials(a.Passwords, a.Name, now)
		if err != nil {
			return err
		}
		keys, err := readCredentials(a.Keys, a.Name, now)
		if err != nil {
			return err
		}
		m.applications.Add(a.ID, application{a.Name, passwords, keys})
		return nil
	})
}

// readCredentials reads the credentials of an application by their ids; now is a Unix time.
func readCredentials(elements []json.RawMessage, application string, now int64) (map[string]credential, error) {
	credentials := make(map[string]credential, len(elements))
	for _, element := range elements {
		var c struct {
			ID  string          `json:"keyId"`
			End json.RawMessage `json:"endDateTime"`
		}
		if err := decode(element, "a credential of application '"+application+"'", &c, "keyId"); err != nil {
			return nil, err
		}
		switch string(c.End) {
		case "":
			return nil, failure.New("Graph lists a credential of application '%s' without the field endDateTime.", application)
		case "null":
			continue // it has no end
		}
		end, err := time.Parse(`"`+time.RFC3339+`"`, string(c.End))
		if err != nil {
			return nil, failure.New("Graph lists a credential of application '%s' with a wrong endDateTime: %s.", application, c.End)
		}
		credentials[c.ID] = credential{application, c.ID, max(0, end.Unix()-now)}
	}
	return credentials, nil
}
