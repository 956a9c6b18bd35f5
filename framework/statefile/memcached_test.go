package statefile_test

import (
	"strings"
	"testing"

	"github.com/centplugins/centplugins/framework/statefile"
)

// wantFiles sees state that is kept in files although there is a server, and the words that tell why.
func wantFiles(t *testing.T, options statefile.Options, name string, words ...string) {
	t.Helper()
	store, said := openNoting(t, options)
	unlock, err := store.Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Write(t.Context(), name, map[string]any{"x": "y"}); err != nil {
		t.Error(err)
	}
	unlock()
	if data, err := store.Read(t.Context(), name); data["x"] != "y" || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
	if got := names(t, options.Dir); got != name {
		t.Errorf("files: %q", got)
	}
	for _, word := range words {
		if !strings.Contains(said.String(), word) {
			t.Errorf("not said: %s; but %s", word, said)
		}
	}
}

func TestMemcachedUnusable(t *testing.T) {
	t.Parallel()
	frozen := newBackend(t, "memcached")
	frozen.server.freeze(t)
	for name, test := range map[string]struct{ server, word string }{
		"refused":   {"127.0.0.1:" + freePort(t), "refuses the connection"},
		"no socket": {"/not/there/memcached", "no such socket"},
		"no answer": {frozen.server.address, "does not answer in time"},
		"other":     {fakeServer(t, "HTTP/1.1 400 Bad Request\r\n"), "makes no sense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFiles(t, statefile.Options{Dir: t.TempDir(), Memcached: test.server}, "a", "memcached server '"+test.server, test.word)
		})
	}
}

func TestMemcachedKeys(t *testing.T) {
	t.Parallel()
	b := newBackend(t, "memcached")
	b.options.Dir = t.TempDir()
	long := strings.Repeat("a", 250-len(b.options.Dir))
	wantFiles(t, b.options, long, "too long or has blanks")
	b.options.Dir = t.TempDir()
	wantFiles(t, b.options, "a b", "too long or has blanks")

	// The state has room for its key, its lock has not.
	b.options.Dir = t.TempDir()
	name := strings.Repeat("a", 250-len(b.options.Dir)-1)
	store := open(t, b.options)
	unlock, err := store.Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := store.Write(t.Context(), name, map[string]any{"x": "y"}); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, b, b.options.Dir+"/"+name); !strings.Contains(got, `{"x":"y"}`) {
		t.Errorf("stored %q", got)
	}
}

func TestMemcachedOverTCP(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	startMemcachedAt(t, "127.0.0.1:"+port, "-l", "127.0.0.1", "-p", port)
	// More than 30 days would be a date for memcached, long ago.
	options := statefile.Options{Dir: t.TempDir(), Memcached: "localhost:" + port, Expiration: "31536000"}
	if err := open(t, options).Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
		t.Fatal(err)
	}
	if data, err := open(t, options).Read(t.Context(), "a"); data["x"] != "y" || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
	if got := names(t, options.Dir); got != "" {
		t.Errorf("files: %s", got)
	}
}

// With both servers memcached comes first, and Redis is what takes its place.
func TestMemcachedBeforeRedis(t *testing.T) {
	t.Parallel()
	cached, kept := newBackend(t, "memcached"), newBackend(t, "redis")
	options := statefile.Options{Dir: t.TempDir(), Memcached: cached.server.address, RedisServer: kept.server.address}
	if err := open(t, options).Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, cached, options.Dir+"/a"); !strings.Contains(got, `{"x":"y"}`) {
		t.Errorf("memcached has %q", got)
	}
	cached.server.kill()
	if err := open(t, options).Write(t.Context(), "a", map[string]any{"x": "z"}); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, kept, options.Dir+"/a"); !strings.Contains(got, `{"x":"z"}`) {
		t.Errorf("Redis has %q", got)
	}
}
