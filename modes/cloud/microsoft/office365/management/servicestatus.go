package management

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
)

// ServiceStatus declares the mode service-status.
func ServiceStatus() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:       "service-status",
		Help:       "Check the health of the services of Microsoft 365, with the issues that are open about them.",
		Permission: healthPermission,
		New:        newServiceStatus,
	}
}

type serviceStatus struct {
	options struct {
		IncludeServiceName    string `name:"include-service-name" aliases:"filter-service-name" help:"Check only the services whose name matches the regular expression. Example: --include-service-name='Exchange|Teams'"`
		ExcludeServiceName    string `name:"exclude-service-name" help:"Leave out the services whose name matches the regular expression."`
		IncludeClassification string `name:"include-classification" help:"Check only the issues whose classification (advisory or incident) matches the regular expression; a service without issues has the classification -."`
		ExcludeClassification string `name:"exclude-classification" help:"Leave out the issues whose classification matches the regular expression."`
		ExcludeResolved       string `name:"exclude-resolved" default:"1" empty:"keep" help:"Leave out the issues that are resolved, and the services that have no others: 1, or 0 to check them too."`
	}
	names, classifications filter
	services               *counter.Many[service]
}

// service is a service with one of its issues.
type service struct {
	Name   string            `json:"service"`
	Status string            `json:"status"`
	Issues []json.RawMessage `json:"issues"`
	issue  issue
}

// issue is an issue of a service; what it lacks is "-".
type issue struct {
	ID             string `json:"id"`
	Title          string `json:"title"`
	Classification string `json:"classification"`
	Status         string `json:"status"`
	Start          string `json:"startDateTime"`
	Resolved       bool   `json:"isResolved"`
}

func noIssue() issue { return issue{ID: "-", Title: "-", Classification: "-", Status: "-", Start: "-"} }

func newServiceStatus() plugin.Check[API] {
	m := &serviceStatus{}
	m.services = counter.NewMany("services",
		func(s service) string { return "Service '" + s.Name + "' " }, "All services are ok",
		counter.Counter[service]{
			Decl: counter.Decl{
				Label: "status", State: true, Critical: "%{status} !~ /serviceOperational|serviceRestored/i",
				Help: "status of a service; variables: %{service_name}, %{status}, %{classification}, %{issue_title}, " +
					"%{issue_startDateTime}, %{issue_id}, %{issue_status}, %{issue_resolved}",
			},
			Text: func(s service) string { return "status is '" + s.Status + "'" },
			Detail: func(s service) string {
				return fmt.Sprintf(" [issue: %s, %s, %s, %s]", s.issue.Classification, s.issue.ID, s.issue.Start, s.issue.Title)
			},
			Vars: service.vars,
		})
	return m
}

func (s service) vars() expr.Vars {
	resolved := "0"
	if s.issue.Resolved {
		resolved = "1"
	}
	return expr.Vars{
		"service_name":        expr.String(s.Name),
		"status":              expr.String(s.Status),
		"classification":      expr.String(s.issue.Classification),
		"issue_title":         expr.String(s.issue.Title),
		"issue_startDateTime": expr.String(s.issue.Start),
		"issue_id":            expr.String(s.issue.ID),
		"issue_status":        expr.String(s.issue.Status),
		"issue_resolved":      expr.String(resolved),
	}
}

func (m *serviceStatus) Options() any { return &m.options }

func (m *serviceStatus) Counters() counter.Set { return counter.Set{m.services} }

func (m *serviceStatus) Validate() (err error) {
	o := &m.options
	if m.names, err = newFilter("service-name", o.IncludeServiceName, o.ExcludeServiceName); err != nil {
		return err
	}
	m.classifications, err = newFilter("classification", o.IncludeClassification, o.ExcludeClassification)
	return err
}

func (m *serviceStatus) Run(ctx context.Context, api API, _ *plugin.Run) error {
	count := 0
	err := api.Collection(ctx, healthOverviews, healthPermission, func(element json.RawMessage) error {
		var s service
		if err := decode(element, "a service", &s, "service", "status", "issues"); err != nil {
			return err
		}
		if passes, err := m.names.passes(s.Name); err != nil || !passes {
			return err
		}
		issues, err := m.issues(s)
		for _, s.issue = range issues {
			count++
			m.services.Add(strconv.Itoa(count), s) // as text, so that the tenth stands before the second: the known order
		}
		return err
	})
	if err == nil && count == 0 {
		return failure.New("No services found.")
	}
	return err
}

// issues returns the issues of a service that pass the filters, and one that is empty for a service that has none at all.
func (m *serviceStatus) issues(s service) (passed []issue, err error) {
	all := []issue{noIssue()}
	if len(s.Issues) > 0 {
		all = all[:0]
	}
	openOnly := expr.String(m.options.ExcludeResolved).Bool()
	for _, element := range s.Issues {
		one := noIssue()
		if err := decode(element, "an issue of "+s.Name, &one, "classification"); err != nil {
			return nil, err
		}
		if !one.Resolved || !openOnly {
			all = append(all, one)
		}
	}
	for _, one := range all {
		passes, err := m.classifications.passes(one.Classification)
		if err != nil {
			return nil, err
		}
		if passes {
			passed = append(passed, one)
		}
	}
	return passed, nil
}
