package management

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/centplugins/centplugins/framework/plugin"
)

// ListSubscriptions declares the mode list-subscriptions.
func ListSubscriptions() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:       "list-subscriptions",
		Help:       "List the subscriptions of the tenant.",
		Permission: skusPermission,
		Decoded:    true,
		NewList:    func() plugin.List[API] { return listSubscriptions{} },
	}
}

type listSubscriptions struct{}

func (listSubscriptions) Options() any { return nil }

func (listSubscriptions) Title() string { return "List subscriptions:" }

func (listSubscriptions) Elements() []string {
	return []string{"skuPartNumber", "capabilityStatus", "appliesTo"}
}

func (listSubscriptions) Line(e plugin.Entry) string {
	return "[skuPartNumber: " + e["skuPartNumber"] + "] [capabilityStatus: " + e["capabilityStatus"] + "] [appliesTo: " + e["appliesTo"] + "]"
}

func (listSubscriptions) Entries(ctx context.Context, api API, _ *plugin.Run) (entries []plugin.Entry, err error) {
	err = api.Collection(ctx, subscribedSkus, skusPermission, func(element json.RawMessage) error {
		var s struct {
			Sku       string `json:"skuPartNumber"`
			Status    string `json:"capabilityStatus"`
			AppliesTo string `json:"appliesTo"`
		}
		if err := decode(element, "a subscription", &s, "skuPartNumber", "capabilityStatus", "appliesTo"); err != nil {
			return err
		}
		entries = append(entries, plugin.Entry{
			"skuPartNumber": s.Sku, "capabilityStatus": strings.ToLower(s.Status), "appliesTo": s.AppliesTo,
		})
		return nil
	})
	return entries, err
}
