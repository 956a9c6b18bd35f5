package teams_test

import (
	"testing"

	"github.com/centplugins/centplugins/framework/plugintest"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/cloud/microsoft/office365/teams"
)

var update = plugintest.Update()

func TestTranscripts(t *testing.T) {
	t.Parallel()
	plugintest.Run(t, "testdata", *update, registry.Entry{Path: "cloud/microsoft/office365/teams", New: teams.New})
}
