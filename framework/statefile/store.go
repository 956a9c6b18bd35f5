package statefile

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
)

// Store keeps JSON objects by name. It is safe for concurrent use, by goroutines and by processes.
type Store interface {
	// Read returns the object of that name. It returns nil and no error when there is none that can be used: never
	// written, empty, damaged, of another format, or encrypted with another key. Numbers come as json.Number, see Int.
	Read(ctx context.Context, name string) (map[string]any, error)

	// Write replaces the object of that name. A reader sees the old one or the new one, never a part.
	Write(ctx context.Context, name string, data map[string]any) error

	// Lock waits until no other check holds the name, and holds it until unlock is called or the process ends, however it
	// ends; on a server it ends some seconds later. Only the holder should write. It fails when ctx ends first. It is not
	// reentrant; unlock may be called twice. A server that goes away takes the locks with it: then nobody waits, and a lock
	// may be one that locks nothing.
	Lock(ctx context.Context, name string) (unlock func(), err error)
}

// Int returns the whole part of a number in a state, which others may have written as text.
func Int(v any) (n int64, ok bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}
