// Package registry finds plugins by the names that operators call them by.
package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/plugin"
)

// Entry is one plugin: the folder that it stands in below plugins/, and how to make it.
type Entry struct {
	Path string // cloud/microsoft/office365/exchange
	New  func() plugin.Plugin
}

// Name is what --plugin and --list-plugin call the plugin: cloud::microsoft::office365::exchange::plugin.
func (e Entry) Name() string { return strings.ReplaceAll(e.Path, "/", "::") + "::plugin" }

// Registry is a list of plugins in order of their paths.
type Registry struct{ entries []Entry }

// New makes a registry; two entries of one path are an error.
func New(entries ...Entry) (*Registry, error) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	for i, e := range entries {
		if e.Path == "" || e.New == nil {
			return nil, fmt.Errorf("registry: entry %q has no path or no constructor", e.Path)
		}
		if i > 0 && entries[i-1].Path == e.Path {
			return nil, fmt.Errorf("registry: two plugins at %s", e.Path)
		}
	}
	return &Registry{entries}, nil
}

// Entries lists the plugins in order of their paths.
func (r *Registry) Entries() []Entry { return slices.Clone(r.entries) }

// Find returns the plugin of a name in any of its spellings: with :: or /, with or without .pm and the last "plugin".
func (r *Registry) Find(name string) (Entry, bool) {
	path := normalize(name)
	return r.at(strings.TrimSuffix(path, "/plugin"))
}

// FindMode returns the plugin and the module name that a path of --dyn-mode stands for, such as
// cloud::microsoft::office365::exchange::mode::emailactivity.
func (r *Registry) FindMode(path string) (e Entry, module string, ok bool) {
	dir, module, found := strings.Cut(normalize(path), "/mode/")
	if !found {
		return Entry{}, "", false
	}
	e, ok = r.at(dir)
	return e, module, ok
}

// FindCommand returns the plugin whose package calls it by that command name, such as centreon_office365_exchange_api.pl.
func (r *Registry) FindCommand(command string) (Entry, bool) {
	for _, e := range r.entries {
		if e.New().Info().Package.Command == command {
			return e, true
		}
	}
	return Entry{}, false
}

func (r *Registry) at(path string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(r.entries, path, func(e Entry, path string) int { return cmp.Compare(e.Path, path) })
	if !ok {
		return Entry{}, false
	}
	return r.entries[i], true
}

func normalize(name string) string {
	return strings.TrimSuffix(strings.ReplaceAll(name, "::", "/"), ".pm")
}
