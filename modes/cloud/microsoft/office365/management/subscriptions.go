package management

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/counter"
	"github.com/centplugins/centplugins/framework/expr"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/plugin"
)

// The subscriptions of the tenant, and what it takes to ask for them.
const (
	subscribedSkus = "/v1.0/subscribedSkus"
	skusPermission = "Organization.Read.All"
)

// Subscriptions declares the mode subscriptions.
func Subscriptions() plugin.Mode[API] {
	return plugin.Mode[API]{
		Name:        "subscriptions",
		Help:        "Check the subscriptions of the tenant: their state, and how many of their licences are used.",
		Permission:  skusPermission,
		NewPerfdata: true,
		Decoded:     true,
		New:         newSubscriptions,
	}
}

type subscriptions struct {
	options struct {
		FilterSkuPartNumber string `name:"filter-sku-part-number" help:"Check only the subscriptions whose SKU part number matches the regular expression. Example: --filter-sku-part-number='ENTERPRISEPACK'"`
	}
	skus          filter
	subscriptions *counter.Many[subscription]
}

// subscription is a subscription and its licences; one whose total is 0 has no usage.
type subscription struct {
	sku, status string // the status in lower case
	total, used int64
}

func (s subscription) free() int64          { return s.total - s.used }
func (s subscription) percentUsed() float64 { return float64(s.used) * 100 / float64(s.total) }
func (s subscription) licensed() bool       { return s.total != 0 }

func newSubscriptions() plugin.Check[API] {
	m := &subscriptions{}
	m.subscriptions = counter.NewMany("subscriptions",
		func(s subscription) string { return "Subscriptions '" + s.sku + "' " }, "All subscriptions are ok",
		counter.Counter[subscription]{
			Decl: counter.Decl{
				Label: "status", State: true, Warning: "%{capabilityStatus} =~ /warning/i",
				Help: "state of a subscription; variables: %{capabilityStatus} (in lower case), %{skuPartNumber}",
			},
			Text: func(s subscription) string { return "capability status: " + s.status },
			Vars: func(s subscription) expr.Vars {
				return expr.Vars{"capabilityStatus": expr.String(s.status), "skuPartNumber": expr.String(s.sku)}
			},
		},
		usageCounter("subscription-usage", "subscription.usage.count", "licences used", func(s subscription) int64 { return s.used }),
		hidden(usageCounter("subscription-usage-free", "subscription.free.count", "licences not used", subscription.free)),
		hidden(percentCounter()))
	return m
}

// usageCounter declares a number of licences out of the total.
func usageCounter(label, nlabel, help string, count func(subscription) int64) counter.Counter[subscription] {
	return counter.Counter[subscription]{
		Decl: counter.Decl{
			Label: label, Metric: label, NLabel: nlabel, Min: "0", Help: help,
			Metrics: []counter.Metric{{NLabel: nlabel, Min: "0", Max: "total"}},
		},
		Count: count, Has: subscription.licensed, Text: subscription.usage,
		Metrics: func(s subscription, limits counter.Limits) []perfdata.Metric {
			metric := s.metric(limits, label, nlabel)
			metric.Value, metric.Max = strconv.FormatInt(count(s), 10), strconv.FormatInt(s.total, 10)
			return []perfdata.Metric{metric}
		},
	}
}

func percentCounter() counter.Counter[subscription] {
	decl := counter.Decl{
		Label: "subscription-usage-prct", Metric: "subscription-usage-prct", NLabel: "subscription.usage.percentage",
		Unit: "%", Min: "0", Max: "100", Metrics: []counter.Metric{{NLabel: "subscription.usage.percentage", Unit: "%", Min: "0", Max: "100"}},
		Help: "share of the licences that is used, in percent",
	}
	return counter.Counter[subscription]{
		Decl: decl, Value: subscription.percentUsed, Has: subscription.licensed, Text: subscription.usage,
		Metrics: func(s subscription, limits counter.Limits) []perfdata.Metric {
			metric := s.metric(limits, decl.Metric, decl.NLabel)
			metric.Value, metric.Unit, metric.Max = strconv.FormatFloat(s.percentUsed(), 'f', 2, 64), decl.Unit, decl.Max
			return []perfdata.Metric{metric}
		},
	}
}

// hidden leaves a counter whose words another one says already out of OK texts.
func hidden(c counter.Counter[subscription]) counter.Counter[subscription] {
	c.HideOK = true
	return c
}

func (s subscription) usage() string {
	return fmt.Sprintf("usage total: %d used: %d (%.2f%%) free: %d (%.2f%%)", s.total, s.used, s.percentUsed(), s.free(), 100-s.percentUsed())
}

// metric starts a metric, which carries the SKU part number and not the instance, an id.
func (s subscription) metric(limits counter.Limits, label, nlabel string) perfdata.Metric {
	metric := limits.Metric(label, nlabel, s.sku)
	metric.Warning, metric.Critical = limits.Ranges()
	metric.Min = "0"
	return metric
}

func (m *subscriptions) Options() any { return &m.options }

func (m *subscriptions) Counters() counter.Set { return counter.Set{m.subscriptions} }

func (m *subscriptions) Validate() (err error) {
	m.skus.include, err = compile("filter-sku-part-number", m.options.FilterSkuPartNumber)
	return err
}

func (m *subscriptions) Run(ctx context.Context, api API, _ *plugin.Run) error {
	found := false
	err := api.Collection(ctx, subscribedSkus, skusPermission, func(element json.RawMessage) error {
		var s struct {
			ID       string          `json:"id"`
			Sku      string          `json:"skuPartNumber"`
			Status   string          `json:"capabilityStatus"`
			Consumed int64           `json:"consumedUnits"`
			Prepaid  json.RawMessage `json:"prepaidUnits"`
		}
		if err := decode(element, "a subscription", &s, "id", "skuPartNumber", "capabilityStatus", "consumedUnits", "prepaidUnits"); err != nil {
			return err
		}
		if passes, err := m.skus.passes(s.Sku); err != nil || !passes {
			return err
		}
		var units struct {
			Enabled int64 `json:"enabled"`
			Warning int64 `json:"warning"`
		}
		if err := decode(s.Prepaid, "the prepaidUnits of "+s.Sku, &units, "enabled", "warning"); err != nil {
			return err
		}
		if units.Enabled <= 0 {
			units.Enabled = units.Warning
		}
		found = true
		m.subscriptions.Add(s.ID, subscription{s.Sku, strings.ToLower(s.Status), units.Enabled, s.Consumed})
		return nil
	})
	if err == nil && !found {
		return failure.New("No subscriptions found.")
	}
	return err
}
