package all_test

import (
	"testing"

	"github.com/centplugins/centplugins/framework/plugintest"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

func TestContract(t *testing.T) {
	t.Parallel()
	if _, err := registry.New(all.Entries()...); err != nil {
		t.Fatal(err)
	}
	for _, entry := range all.Entries() {
		t.Run(entry.Path, func(t *testing.T) {
			t.Parallel()
			plugintest.Contract(t, entry)
		})
	}
}
