package statefile

import "testing"

// How an answer is cut into reads must change nothing.
func FuzzRedisAnswers(f *testing.F) {
	f.Add([]byte("+OK\r\n:1\r\n$-1\r\n$3\r\na\r\n\r\n-ERR x\r\n"), 3)
	f.Add([]byte("$16777217\r\n"), 2)
	f.Add([]byte("$3\r\n*9\n\r\n*1\r\n"), 5)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		if cut < 0 || cut > len(text) {
			return
		}
		whole, pieces := &redisAnswers{}, &redisAnswers{}
		want := whole.plausible(text)
		if got := pieces.plausible(text[:cut]) && pieces.plausible(text[cut:]); got != want {
			t.Errorf("%q cut at %d: %t, whole: %t", text, cut, got, want)
		}
	})
}
