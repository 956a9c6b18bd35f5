package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxTries is how often a request is sent at most.
const maxTries = 4

// retries decides, for one request, whether it is sent again and when.
type retries struct {
	deadline time.Time // for the head of the answer
	now      func() time.Time
	tries    int
	wait     time.Duration
}

// check has the type of retryablehttp.CheckRetry. A wait that would end past the deadline is not begun.
func (r *retries) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil || !transient(resp, err) {
		return false, nil //nolint:nilerr // the error is that of the request, which its sender gets
	}
	r.wait = 500 * time.Millisecond << r.tries
	if resp != nil {
		if wait, ok := retryAfter(resp.Header.Get("Retry-After"), r.now); ok {
			r.wait = wait
		}
	}
	r.tries++
	return r.wait < time.Until(r.deadline), nil
}

// backoff has the type of retryablehttp.Backoff.
func (r *retries) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return r.wait }

func transient(resp *http.Response, err error) bool {
	if err != nil {
		what, status := classify(err)
		return what == brokenConnection || what == proxyRefusal && transientStatus(status)
	}
	return transientStatus(resp.StatusCode)
}

func transientStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(text string, now func() time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(text, 10, 63); err == nil {
		return time.Duration(min(seconds, math.MaxInt64/uint64(time.Second))) * time.Second, true
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now())), true
	}
	return 0, false
}
