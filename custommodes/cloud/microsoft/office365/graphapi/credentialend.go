package graphapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/threshold"
)

// applicationPermission is what reading the application's own credentials needs.
const applicationPermission = "Application.Read.All"

// soon is how many days before its end a credential is spoken of in the long output.
const soon = 30

// endOptions are the thresholds on the days that the credential in use has left.
type endOptions struct {
	Warning  string `name:"warning-credential-expires" help:"Warning threshold for the days until the credential in use expires: a number, below which to alert, or a range. Example: --warning-credential-expires=30. For a client secret the application needs the permission Application.Read.All. Not checked by default."`
	Critical string `name:"critical-credential-expires" help:"Critical threshold for the days until the credential in use expires."`
}

// endLimits are the thresholds that were given; nil stands for none.
type endLimits struct{ warning, critical *threshold.Range }

func (o *endOptions) limits() (l endLimits, err error) {
	if l.warning, err = daysLeft("warning-credential-expires", o.Warning); err != nil {
		return l, err
	}
	l.critical, err = daysLeft("critical-credential-expires", o.Critical)
	return l, err
}

// daysLeft reads a threshold. A mere number is the days below which to alert: as a range it would alert above them.
func daysLeft(name, text string) (*threshold.Range, error) {
	if text == "" {
		return nil, nil
	}
	ranged := text
	if !strings.ContainsAny(text, ":@~") {
		ranged += ":"
	}
	r, err := threshold.Parse(ranged)
	if err != nil {
		return nil, failure.New("Wrong %s threshold '%s'.", name, text)
	}
	return &r, nil
}

func (l endLimits) asked() bool { return l.warning != nil || l.critical != nil }

// report tells how long the credential of that name holds.
func (l endLimits) report(run *plugin.Run, name string, end time.Time) {
	days := math.Floor(end.Sub(run.Now()).Hours() / 24)
	text := name + " " + ends(days, end)
	if days <= soon {
		run.Report.AddLong(text)
	}
	if !l.asked() {
		return
	}
	const exact = 0 // days are whole
	status := check.OK
	switch {
	case l.critical != nil && l.critical.Alerts(days, exact):
		status = check.Critical
	case l.warning != nil && l.warning.Alerts(days, exact):
		status = check.Warning
	}
	if status != check.OK {
		run.Report.Add(status, text)
	}
	declared := endMetric()
	metric := perfdata.Metric{
		Label: declared.NLabel, NLabel: declared.NLabel, Value: strconv.FormatFloat(days, 'f', 0, 64), Unit: declared.Unit,
	}
	if l.warning != nil {
		metric.Warning = l.warning.String()
	}
	if l.critical != nil {
		metric.Critical = l.critical.String()
	}
	run.Report.AddMetric(metric)
}

// endMetric declares the metric of the days left, which is printed where there is a threshold.
func endMetric() counter.Metric {
	const name = "credential.expires.days"
	return counter.Metric{Name: name, NLabel: name, Unit: "d"}
}

func ends(days float64, end time.Time) string {
	date := end.UTC().Format(time.DateOnly)
	switch {
	case days < 0:
		return "has expired on " + date
	case days < 1:
		return "expires in less than a day, on " + date
	case days < 2:
		return "expires in 1 day, on " + date
	}
	return fmt.Sprintf("expires in %.0f days, on %s", days, date)
}

// Examine tells how long the credential in use holds, and of a private key that everybody may read. The end of a client secret
// is known to Graph alone, which is asked when there is a threshold.
func (c *connector[C]) Examine(ctx context.Context, run *plugin.Run) error {
	app := c.client.application
	if app.exposed != "" {
		run.Report.AddLong("Everybody on this machine may read the private key in '" + app.exposed + "': run chmod o= '" + app.exposed + "'")
	}
	switch {
	case app.certificate != nil:
		c.limits.report(run, "Client certificate "+app.certificate.Thumbprint(), app.certificate.NotAfter())
	case !c.limits.asked():
	case app.secret == "":
		run.Report.AddLong("The application has no credential of its own that expires: --warning-credential-expires and " +
			"--critical-credential-expires mean nothing here.")
	default:
		name, end, err := c.client.secretEnd(ctx)
		if err != nil {
			return failure.New("It cannot be told when the client secret expires: %w", err)
		}
		if end.IsZero() {
			run.Report.AddLong(name + " has no end")
			return nil
		}
		c.limits.report(run, name, end)
	}
	return nil
}

// passwordCredential is a client secret as Graph describes it.
//
// https://learn.microsoft.com/graph/api/resources/passwordcredential
type passwordCredential struct {
	ID   string     `json:"keyId"`
	Name string     `json:"displayName"`
	Hint string     `json:"hint"` // its first three characters
	End  *time.Time `json:"endDateTime"`
}

// secretEnd asks Graph when the client secret in use expires; zero for never.
func (c *Client) secretEnd(ctx context.Context) (name string, end time.Time, err error) {
	var got struct {
		Secrets []json.RawMessage `json:"passwordCredentials"`
	}
	id := url.PathEscape(strings.ReplaceAll(c.application.clientID, "'", "''"))
	path := "/v1.0/applications(appId='" + id + "')?$select=passwordCredentials"
	if err := c.object(ctx, path, applicationPermission, &got); err != nil {
		return "", end, err
	}
	secrets := make([]passwordCredential, len(got.Secrets))
	for i, element := range got.Secrets {
		if secrets[i], err = readSecret(element); err != nil {
			return "", end, err
		}
	}
	ours, err := inUse(secrets, c.application.secret, c.env.Now())
	if err != nil {
		return "", end, err
	}
	// A bar would begin the metrics.
	name = "Client secret '" + strings.ReplaceAll(failure.OneLine(cmp.Or(ours.Name, ours.ID)), "|", " ") + "'"
	if ours.End == nil {
		return name, end, nil
	}
	return name, *ours.End, nil
}

// readSecret reads a client secret. One without an end says null; what says nothing about its end is not taken for that.
func readSecret(element json.RawMessage) (passwordCredential, error) {
	var read struct {
		passwordCredential

		End json.RawMessage `json:"endDateTime"`
	}
	if err := json.Unmarshal(element, &read); err != nil {
		return passwordCredential{}, failure.New("Graph lists a client secret that cannot be read; --debug shows it.")
	}
	if read.End == nil {
		return passwordCredential{}, failure.New("Graph lists a client secret without the field endDateTime.")
	}
	if err := json.Unmarshal(read.End, &read.passwordCredential.End); err != nil {
		return passwordCredential{}, failure.New("Graph lists a client secret with a wrong endDateTime; --debug shows it.")
	}
	return read.passwordCredential, nil
}

// inUse picks the secret in use from those of the application: of those that begin like it and have not expired, the one that
// expires first.
func inUse(all []passwordCredential, secret string, now time.Time) (passwordCredential, error) {
	var found *passwordCredential
	for i, candidate := range all {
		if !strings.HasPrefix(secret, candidate.Hint) {
			continue
		}
		if found == nil || sooner(candidate, *found, now) {
			found = &all[i]
		}
	}
	if found == nil {
		return passwordCredential{}, failure.New("the application has %d client secrets, none of which begins like the one in use.", len(all))
	}
	return *found, nil
}

// sooner orders secrets by their end, those that have expired last: they cannot be the one in use while there is another.
func sooner(a, b passwordCredential, now time.Time) bool {
	expired := func(c passwordCredential) bool { return c.End != nil && c.End.Before(now) }
	switch {
	case expired(a) != expired(b):
		return !expired(a)
	case expired(a):
		return a.End.After(*b.End)
	case a.End == nil || b.End == nil:
		return b.End == nil && a.End != nil
	}
	return a.End.Before(*b.End)
}
