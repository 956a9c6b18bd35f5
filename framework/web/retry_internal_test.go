package web

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestWaits looks at the waits themselves: how long a request takes says as much of the machine as of them.
func TestWaits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	const half, no = 500 * time.Millisecond, -1
	tests := []struct {
		name       string
		status     int // 0: a broken connection
		retryAfter string
		want       []time.Duration // before each further try; no: there is none
	}{
		{"503", 503, "", []time.Duration{half, 2 * half, 4 * half}},
		{"502", 502, "", []time.Duration{half, 2 * half}},
		{"broken", 0, "", []time.Duration{half, 2 * half, 4 * half}},
		{"500 is final", 500, "", []time.Duration{no}},
		{"429 with seconds", 429, "1", []time.Duration{time.Second, time.Second, time.Second}},
		{"429 at once", 429, "0", []time.Duration{0, 0, 0}},
		{"429 with a past date", 429, "Fri, 31 Dec 1999 23:59:59 GMT", []time.Duration{0, 0}},
		{"429 with a date", 429, now.Add(3 * time.Second).Format(http.TimeFormat), []time.Duration{3 * time.Second}},
		{"429 with nonsense", 429, "soon", []time.Duration{half, 2 * half}},
		{"429 that waits too long", 429, "3600", []time.Duration{no}},
		{"429 that waits forever", 429, "9223372036854775807", []time.Duration{no}},
	}
	for _, test := range tests {
		again := &retries{deadline: time.Now().Add(30 * time.Minute), now: func() time.Time { return now }}
		for i, want := range test.want {
			var resp *http.Response
			err := io.ErrUnexpectedEOF
			if test.status != 0 {
				resp, err = &http.Response{StatusCode: test.status, Header: http.Header{"Retry-After": {test.retryAfter}}}, nil
			}
			ok, checkErr := again.check(context.Background(), resp, err)
			if checkErr != nil || ok != (want != no) || ok && again.backoff(0, 0, 0, nil) != want {
				t.Errorf("%s, try %d: %v, wait %v, want %v, %v", test.name, i+1, ok, again.wait, want, checkErr)
			}
		}
	}
}
