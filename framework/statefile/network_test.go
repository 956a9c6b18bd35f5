package statefile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/statefile"
)

// These tests need nothing but servers that can be killed; what is special to one of them is in its own file.

// ask sends a line to a server, as telnet would, and returns the answer up to the line that ends it.
func ask(t testing.TB, address, line, end string) string {
	t.Helper()
	network := "tcp"
	if address[0] == '/' {
		network = "unix"
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(conn, line)
	var answer strings.Builder
	for r := bufio.NewReader(conn); ; {
		got, err := r.ReadString('\n')
		answer.WriteString(got)
		if err != nil {
			t.Fatalf("%q: %v after %q", line, err, answer.String())
		}
		if strings.HasPrefix(got, end) {
			return answer.String()
		}
	}
}

// stored returns what a server has under a key.
func stored(t testing.TB, b backend, key string) string {
	t.Helper()
	if b.name == "memcached" {
		return ask(t, b.server.address, "get "+key+"\r\n", "END")
	}
	return ask(t, b.server.address, "GET \""+key+"\"\r\nPING\r\n", "+PONG")
}

// plant puts a value under a key of a server.
func plant(t testing.TB, b backend, key, value string) {
	t.Helper()
	if b.name == "memcached" {
		ask(t, b.server.address, fmt.Sprintf("set %s 0 60 %d\r\n%s\r\n", key, len(value), value), "STORED")
		return
	}
	ask(t, b.server.address, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(key), key, len(value), value), "+OK")
}

// notes collects what a store says with --debug.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintln(&n.text, text)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func openNoting(t testing.TB, o statefile.Options) (statefile.Store, *notes) {
	t.Helper()
	said := &notes{}
	env := testEnv()
	env.Debug = said.add
	store, err := o.Open(env)
	if err != nil {
		t.Fatal(err)
	}
	return store, said
}

func onServers(t *testing.T, test func(t *testing.T, b backend)) {
	onEach(t, func(t *testing.T, b backend) {
		if b.server != nil {
			test(t, b)
		}
	})
}

func TestServerKeepsState(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		b.options.Suffix = ".state"
		for _, key := range []string{"", "short"} {
			b.options.Key = key
			store := open(t, b.options)
			for _, token := range []string{"first-token", "second-token"} {
				if err := store.Write(t.Context(), "a", map[string]any{"access_token": token}); err != nil {
					t.Fatal(err)
				}
				if data, err := open(t, b.options).Read(t.Context(), "a"); data["access_token"] != token || err != nil {
					t.Errorf("read %v, %v", data, err)
				}
			}
			if got := stored(t, b, b.options.Dir+"/a.state"); strings.Contains(got, `{"access_token":"second-token"}`) != (key == "") {
				t.Errorf("stored %q", got)
			}
		}
		if got := names(t, b.options.Dir); got != "" {
			t.Errorf("files: %s", got)
		}
		if data, err := open(t, b.options).Read(t.Context(), "never-written"); data != nil || err != nil {
			t.Errorf("read %v, %v", data, err)
		}
	})
}

func TestServerSharesWithPerl(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		b.options.Key = "short"
		for i, content := range []string{
			fromPerlShort, fromPerlDumper, unhex(t, fromPerlStorable), unhex(t, frozen),
			`{"access_token":"tok-perl","expires_on":1795000000}`, "$datas = {'access_token' => 'tok-perl', 'expires_on' => 1795000000};",
		} {
			plant(t, b, b.options.Dir+"/a", content)
			data, err := open(t, b.options).Read(t.Context(), "a")
			if n, _ := statefile.Int(data["expires_on"]); err != nil || data["access_token"] != "tok-perl" || n != 1795000000 {
				t.Errorf("%d: read %v, %v", i, data, err)
			}
		}
		for _, content := range []string{"", "damaged", "[]", "{", "$datas = system('id');", fromPerl32} {
			plant(t, b, b.options.Dir+"/a", content)
			if data, err := open(t, b.options).Read(t.Context(), "a"); data != nil || err != nil {
				t.Errorf("%q: read %v, %v", content, data, err)
			}
		}
	})
}

// The key is the path as the Perl plugins write it.
func TestServerKeyOfRelativeDirectory(t *testing.T) {
	t.Parallel()
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if cwd, err = filepath.EvalSymlinks(cwd); err != nil {
		t.Fatal(err)
	}
	onServers(t, func(t *testing.T, b backend) {
		for dir, key := range map[string]string{"not/there": cwd + "/not/there/a", "/not//there/": cwd + "//not//there//a"} {
			b.options.Dir, b.options.ConcatCwd = dir, true
			if err := open(t, b.options).Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
				t.Fatal(err)
			}
			if got := stored(t, b, key); !strings.Contains(got, `{"x":"y"}`) {
				t.Errorf("%s has %q", key, got)
			}
		}
	})
}

// A server that dies costs a fetch: no error, no state, and no check waits for a lock that is gone.
func TestServerDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, fallback := range []bool{false, true} {
		t.Run(fmt.Sprint("fallback ", fallback), func(t *testing.T) {
			t.Parallel()
			onServers(t, func(t *testing.T, b backend) {
				b.options.FailbackFile = fallback
				store, said := openNoting(t, b.options)
				if err := store.Write(t.Context(), "a", map[string]any{"x": "before"}); err != nil {
					t.Fatal(err)
				}
				unlock, err := store.Lock(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				b.server.kill()
				began := time.Now()
				if data, err := store.Read(t.Context(), "a"); data != nil || err != nil {
					t.Errorf("read %v, %v", data, err)
				}
				if err := store.Write(t.Context(), "a", map[string]any{"x": "after"}); err != nil {
					t.Error(err)
				}
				unlock()
				again, err := store.Lock(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				again()
				again()
				files := fallback || b.name == "memcached"
				data, err := store.Read(t.Context(), "a")
				if err != nil || (data["x"] == "after") != files {
					t.Errorf("read %v, %v", data, err)
				}
				if got := names(t, b.options.Dir); (got == "a") != files {
					t.Errorf("files: %q", got)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("a dead server costs %v", took)
				}
				if !strings.Contains(said.String(), b.server.address+"' cannot be used: ") {
					t.Errorf("said: %s", said)
				}
			})
		})
	}
}

// A server that did not answer once is not asked again: each time would cost as much.
func TestServerFreezes(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		store := open(t, b.options)
		if err := store.Write(t.Context(), "a", map[string]any{"x": "before"}); err != nil {
			t.Fatal(err)
		}
		b.server.freeze(t)
		if data, err := store.Read(t.Context(), "a"); data != nil || err != nil {
			t.Errorf("read %v, %v", data, err)
		}
		b.server.thaw(t)
		if err := store.Write(t.Context(), "a", map[string]any{"x": "after"}); err != nil {
			t.Error(err)
		}
		if got := stored(t, b, b.options.Dir+"/a"); !strings.Contains(got, "before") {
			t.Errorf("asked again: %s", got)
		}
	})
}

func TestServerDiesBeforeWrite(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		store, said := openNoting(t, b.options)
		if _, err := store.Read(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		b.server.kill()
		if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
			t.Error(err)
		}
		files := map[string]string{"redis": "", "memcached": "a"}[b.name]
		if got := names(t, b.options.Dir); got != files {
			t.Errorf("files: %q, want %q", got, files)
		}
		if b.name == "redis" && !strings.Contains(said.String(), "is not kept") {
			t.Errorf("said: %s", said)
		}
	})
}

// waiting starts somebody who waits for a lock that another has, and returns what ends that.
func waiting(t *testing.T, b backend) (ended <-chan error) {
	t.Helper()
	if _, err := open(t, b.options).Lock(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	store := open(t, b.options)
	if _, err := store.Read(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		unlock, err := store.Lock(t.Context(), "a")
		if err == nil {
			unlock()
		}
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("a lock that another has is free: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	return done
}

func wantEnd(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still waiting for a server that is gone")
	}
}

func TestServerDiesDuringWaitForLock(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		ended := waiting(t, b)
		b.server.kill()
		wantEnd(t, ended)
	})
}

func TestServerFreezesDuringWaitForLock(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		ended := waiting(t, b)
		b.server.freeze(t)
		wantEnd(t, ended)
	})
}

// A holder that has lost its lock does not take it from the next one.
func TestLostLock(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		store, said := openNoting(t, b.options)
		unlock, err := store.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		key := b.options.Dir + "/a.lock"
		plant(t, b, key, "somebody-else")
		for deadline := time.Now().Add(10 * time.Second); !strings.Contains(said.String(), "lock is lost"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the loss goes unnoticed: %s", said)
			}
		}
		if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
			t.Error(err)
		}
		unlock()
		if got := stored(t, b, key); !strings.Contains(got, "somebody-else") {
			t.Errorf("the lock of another is gone: %q", got)
		}
	})
}

func TestUnlockLeavesNothing(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, b backend) {
		unlock, err := open(t, b.options).Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		key := b.options.Dir + "/a.lock"
		none := stored(t, b, b.options.Dir+"/none")
		if got := stored(t, b, key); got == none {
			t.Error("no lock on the server")
		}
		unlock()
		if got := stored(t, b, key); got != none {
			t.Errorf("left: %q", got)
		}
	})
}

// fakeServer answers every line with the same.
func fakeServer(t testing.TB, answer string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); ; {
					if _, err := r.ReadString('\n'); err != nil {
						return
					}
					io.WriteString(conn, answer)
				}
			}()
		}
	}()
	return listener.Addr().String()
}
