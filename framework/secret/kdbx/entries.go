package kdbx

import "strings"

// addEntries adds the titles to the entries, and the list of the entries to root.
func addEntries(root map[string]any) {
	var list []any
	bin := ""
	if meta, ok := root["Meta"].(map[string]any); ok {
		bin, _ = meta["RecycleBinUUID"].(string)
	}
	if content, ok := root["Root"].(map[string]any); ok {
		list = entriesOf(content, bin, false, list)
	}
	root["groups"] = []any{map[string]any{"entries": list}}
}

// entriesOf appends to list the entries of all groups that parent has. Those that are deleted, which lie in the group bin,
// get their titles only.
func entriesOf(parent map[string]any, bin string, deleted bool, list []any) []any {
	for group := range objects(parent["Group"]) {
		deleted := deleted || bin != "" && group["UUID"] == bin
		for entry := range objects(group["Entry"]) {
			plain := plainEntry(entry)
			if title, ok := plain["title"]; ok {
				entry["Title"] = title
			}
			if !deleted {
				list = append(list, plain)
			}
		}
		list = entriesOf(group, bin, deleted, list)
	}
	return list
}

// plainEntry returns the strings of an entry, by name; those that every entry has by names of their own, too.
func plainEntry(entry map[string]any) map[string]any {
	all := map[string]any{}
	plain := map[string]any{"strings": all}
	for pair := range objects(entry["String"]) {
		key, ok := pair["Key"].(string)
		if !ok {
			continue
		}
		value := pair["Value"]
		if object, ok := value.(map[string]any); ok {
			value, _ = object["content"].(string)
		}
		all[key] = value
		switch key {
		case "Title", "UserName", "Password", "URL", "Notes":
			plain[strings.ToLower(key)] = value
		}
	}
	return plain
}

// objects goes over the objects of an array.
func objects(array any) func(yield func(map[string]any) bool) {
	return func(yield func(map[string]any) bool) {
		elements, _ := array.([]any)
		for _, element := range elements {
			if object, ok := element.(map[string]any); ok && !yield(object) {
				return
			}
		}
	}
}
