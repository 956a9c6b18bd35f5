package management

import "testing"

func TestWords(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{
		0: "0", 1: "1s", 59: "59s", 60: "1m", 3661: "1h 1m 1s", 86400: "1d", 604799: "6d 23h 59m 59s", 604800: "1w", 2629743: "1M", 31556925: "12M 9s",
		31556926: "1y", 31556926 + 2*2629743 + 3*604800 + 4*86400 + 5*3600 + 6*60 + 7: "1y 2M 3w 4d 5h 6m 7s",
	} {
		if got := words(seconds); got != want {
			t.Errorf("%d is worded %q, want %q", seconds, got, want)
		}
	}
}
