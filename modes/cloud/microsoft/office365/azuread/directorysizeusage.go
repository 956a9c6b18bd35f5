// Package azuread holds the modes that watch the directory of a tenant, Entra ID.
package azuread

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
)

// API is what the modes need of a custom mode.
type API interface {
	// Collection calls each for every element of a collection.
	Collection(ctx context.Context, path, permission string, each func(json.RawMessage) error) error
}

// DirectorySizeUsage declares the mode directory-size-usage.
func DirectorySizeUsage() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:        "directory-size-usage",
		Help:        "Check how many objects the directory holds, of those that it may hold.",
		Permission:  organizationPermission,
		NewPerfdata: true,
		New:         newDirectorySizeUsage,
	}
}

type directorySizeUsage struct {
	options struct {
		Units string `name:"units" default:"%" help:"Unit of the thresholds: % or count."`
	}
	directory *counter.Single[quota]
}

// quota is the number of objects in a directory, and how many it may hold.
const organizationPermission = "Organization.Read.All"

type quota struct{ used, total int64 }

func (q quota) percent() float64 {
	if q.total == 0 {
		return 0
	}
	return float64(q.used) * 100 / float64(q.total)
}

func newDirectorySizeUsage() plugin.Check[API] {
	const nlabel = "azure.ad.directory.usage.count"
	m := &directorySizeUsage{}
	percent := func() bool { return m.options.Units == "%" }
	m.directory = counter.NewSingle("directory", "", counter.Counter[quota]{
		Decl: counter.Decl{
			Label: "usage", Metric: "usage", NLabel: nlabel, Min: "0", ThresholdsByLabel: true,
			Metrics: []counter.Metric{{Name: "usage", NLabel: nlabel, Min: "0", Max: "total"}},
			Help:    "objects in the directory (percentage or count, see --units)",
		},
		Count: func(q quota) int64 { return q.used },
		Text: func(q quota) string {
			return fmt.Sprintf("Directory size usage : %d/%d (%.2f%%)", q.used, q.total, q.percent())
		},
		Check: func(q quota, limits counter.Limits) check.Status {
			if percent() {
				return limits.Check(q.percent())
			}
			return limits.Check(float64(q.used))
		},
		Metrics: func(q quota, limits counter.Limits) []perfdata.Metric {
			metric := limits.Metric("usage", nlabel, "")
			metric.Value, metric.Min, metric.Max = fmt.Sprint(q.used), "0", fmt.Sprint(q.total)
			metric.Warning, metric.Critical = limits.Ranges()
			if percent() {
				metric.Warning, metric.Critical = limits.RangesOf(q.total)
			}
			return []perfdata.Metric{metric}
		},
	})
	return m
}

func (m *directorySizeUsage) Options() any { return &m.options }

func (m *directorySizeUsage) Counters() counter.Set { return counter.Set{m.directory} }

// Run reads the organization, of which there is one to a tenant.
//
// https://learn.microsoft.com/graph/api/resources/organization?view=graph-rest-beta
func (m *directorySizeUsage) Run(ctx context.Context, api API, _ *plugin.Run) error {
	var found bool
	err := api.Collection(ctx, "/beta/organization", organizationPermission, func(element json.RawMessage) error {
		var organization struct {
			Quota *struct {
				Used  *int64 `json:"used"`
				Total *int64 `json:"total"`
			} `json:"directorySizeQuota"`
		}
		if found {
			return nil
		}
		err := json.Unmarshal(element, &organization)
		if err != nil || organization.Quota == nil || organization.Quota.Used == nil || organization.Quota.Total == nil {
			return failure.New("The organization that Graph tells of has no directorySizeQuota with used and total.")
		}
		found = true
		m.directory.Set(quota{*organization.Quota.Used, *organization.Quota.Total})
		return nil
	})
	if err == nil && !found {
		return failure.New("Graph tells of no organization: check --tenant.")
	}
	return err
}
