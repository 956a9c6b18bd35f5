// Package optname decides whether the name of a TLS or curl option may stand in an error.
package optname

import (
	"strconv"
	"strings"
)

// Quote returns the first word of text in quotes when it looks like an option of this prefix. Anything else may be a password that was
// given to the wrong option, and is not repeated.
func Quote(text, prefix string) string {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(c rune) bool {
		return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_'
	})
	if end >= 0 {
		text = text[:end]
	}
	if !strings.HasPrefix(text, prefix) || len(text) > 60 {
		return "(not shown: its name does not begin with " + prefix + ")"
	}
	return strconv.Quote(text)
}
