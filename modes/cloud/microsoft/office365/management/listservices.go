package management

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/centplugins/centplugins/framework/plugin"
)

// The health of the services, each with its issues, and what it takes to ask for it.
const (
	healthOverviews  = "/v1.0/admin/serviceAnnouncement/healthOverviews?$expand=issues"
	healthPermission = "ServiceHealth.Read.All"
)

// ListServices declares the mode list-services.
func ListServices() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:       "list-services",
		Help:       "List the services of Microsoft 365 that the tenant is subscribed to.",
		Permission: healthPermission,
		Decoded:    true,
		NewList:    func() plugin.List[API] { return &listServices{} },
	}
}

type listServices struct {
	options struct {
		FilterName string `name:"filter-name" help:"Taken for compatibility: this option has never left anything out."`
	}
}

func (l *listServices) Options() any { return &l.options }

func (l *listServices) Title() string { return "List services:" }

func (l *listServices) Elements() []string { return []string{"service_id", "service_name"} }

func (l *listServices) Line(e plugin.Entry) string {
	return "[service_id: " + e["service_id"] + "] [service_name: " + e["service_name"] + "]"
}

func (l *listServices) Entries(ctx context.Context, api API, _ *plugin.Run) ([]plugin.Entry, error) {
	entries := map[string]plugin.Entry{}
	err := api.Collection(ctx, healthOverviews, healthPermission, func(element json.RawMessage) error {
		var s struct {
			ID   string `json:"id"`
			Name string `json:"service"`
		}
		if err := decode(element, "a service", &s, "id", "service"); err != nil {
			return err
		}
		entries[s.ID] = plugin.Entry{"service_id": s.ID, "service_name": s.Name}
		return nil
	})
	sorted := make([]plugin.Entry, 0, len(entries))
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		sorted = append(sorted, entries[id])
	}
	return sorted, err
}
