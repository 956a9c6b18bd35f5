// Package argv turns the Perl spelling of a command line into words that a strict parser reads: --name=value.
//
// Centreon's commands are written for a getopt of Perl's kind: `--name=value`, `--name value`, flags that may be switched
// off by `=0`, options that are repeated, macros that were never set and arrive empty. The package knows nothing but names.
package argv

import (
	"slices"
	"strings"
)

// Option says how one option of the command line behaves.
type Option struct {
	Name      string // the name that the parser knows; differs from the word's where that is an alias
	Flag      bool   // takes no value
	KeepEmpty bool   // an empty value counts as given; otherwise it takes back what was given before
	Repeats   bool   // each value is one more; otherwise the last one counts
}

// Lookup finds the option of a name written without its dashes.
type Lookup func(name string) (Option, bool)

// Result is a command line taken apart.
type Result struct {
	Words   []string // known options as --name=value, in order; flags as --name
	Rest    []string // everything else in order, untouched
	Unknown []string // names, among Rest, that look like options; a wrong name with one dash keeps its dash
	Stray   []string // words, among Rest, that belong to no option
}

// Split takes the known options out of args.
//
// A name may be written with one dash as well, as the plugins' documentation has it, when it is a known one: `-5:10` stays a
// value. The value of an option is the text behind its equals sign or else the next word, unless that begins with two
// dashes. The word behind an unknown option may be its value, so it is never read as an option with one dash.
// A lone "--" ends the options.
//
// An empty value takes back only what was given under the same name: a command of Centreon writes an option under each of
// its names, and the macro of one of them is set.
func Split(args []string, lookup Lookup) Result {
	var r Result
	given := map[string]string{} // the name that an option has its value by
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "--" {
			r.Rest = append(r.Rest, args[i:]...)
			break
		}
		name, value, typed := strings.Cut(word, "=")
		option, known := find(name, lookup)
		if !known {
			r.Rest = append(r.Rest, word)
			switch {
			case strings.HasPrefix(name, "--"):
				r.Unknown = append(r.Unknown, name[2:])
				if !typed && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
					i++
					r.Rest = append(r.Rest, args[i])
				}
			case looksLikeName(name):
				r.Unknown = append(r.Unknown, name)
			default:
				r.Stray = append(r.Stray, word)
			}
			continue
		}
		if !typed && i+1 < len(args) && isValue(args[i+1], lookup) {
			i++
			value = args[i]
		}
		name = strings.TrimLeft(name, "-")
		by, has := given[option.Name]
		switch {
		case option.Flag:
			if value != "0" {
				r.Words = append(r.Words, "--"+option.Name)
			}
		case value == "" && has && by != name:
		case value != "" || option.KeepEmpty:
			r.Words = append(r.Words, "--"+option.Name+"="+value)
			if value != "" {
				given[option.Name] = name
			}
		case !option.Repeats:
			r.Words = slices.DeleteFunc(r.Words, func(word string) bool { return strings.HasPrefix(word, "--"+option.Name+"=") })
		}
	}
	return r
}

// find looks up a word's name, written with two dashes or with one.
func find(word string, lookup Lookup) (Option, bool) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		return lookup(name)
	}
	if looksLikeName(word) {
		return lookup(word[1:])
	}
	return Option{}, false
}

// looksLikeName tells a name with one dash from a value such as -5:10.
func looksLikeName(word string) bool {
	return len(word) > 2 && word[0] == '-' && (word[1] >= 'a' && word[1] <= 'z' || word[1] >= 'A' && word[1] <= 'Z')
}

// isValue reports whether the word behind an option is its value.
func isValue(word string, lookup Lookup) bool {
	if strings.HasPrefix(word, "--") {
		return false
	}
	name, _, _ := strings.Cut(word, "=")
	_, known := find(name, lookup)
	return !known
}
