package all_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	processes = 20
	// A round of each killEvery begins with a check that is killed while it holds the lock.
	killEvery      = 4
	roundsVariable = "CENTPLUGINS_STRESS_ROUNDS"
	// serversVariable says "required" where a server that is not installed is a fault and not a reason to skip.
	serversVariable = "CENTPLUGINS_TEST_SERVERS"

	stressReport = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Send Count,Receive Count," +
		"Read Count,Assigned Products,Report Period\n2026-11-20,ann@contoso.example,ann,False,,2026-11-20,1,1,1,E3,7\n"
)

// testStress starts many checks at once, round after round, on each backend of state. In each round exactly one may ask for a
// token, all must end as OK, and the state must be whole. `make stress` gives it many rounds.
func testStress(t *testing.T, binary string) {
	t.Helper()
	rounds := killEvery
	if text := os.Getenv(roundsVariable); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("%s is %q", roundsVariable, text)
		}
	}
	for _, backend := range []struct {
		name  string
		start func(*testing.T) place
	}{{"file", filePlace}, {"redis", redisPlace}, {"memcached", memcachedPlace}} {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			s := newStress(t, binary, backend.start(t))
			began := time.Now()
			for round := range rounds {
				s.round(t, round)
				if t.Failed() {
					t.Fatalf("in round %d", round)
				}
			}
			t.Logf("%s: %d rounds of %d processes, %d holders killed, %d token requests of processes that lived, in %v; slowest process %v, after a kill %v",
				backend.name, rounds, processes, s.killed, s.tenant.requests(), time.Since(began).Round(time.Second),
				s.slowest[false].Round(time.Millisecond), s.slowest[true].Round(time.Millisecond))
		})
	}
}

// place is where state is kept: the options that say so, and how to get at it beside the checks.
type place struct {
	options []string
	get     func(key string) string // empty for none
	set     func(key, value string) // an empty value removes it
	keys    func() string           // of all that is there
}

// tenant plays login service and Graph.
type tenant struct {
	*httptest.Server

	victims chan struct{} // gets each request for a token by a victim, which is not answered

	mu    sync.Mutex
	token string
	asked int // requests for a token, those of victims aside
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	served := &tenant{victims: make(chan struct{}, 1)}
	done := make(chan struct{})
	served.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			served.mu.Lock()
			valid := r.Header.Get("Authorization") == "Bearer "+served.token
			served.mu.Unlock()
			if !valid {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = io.WriteString(w, stressReport)
			return
		}
		if r.PostFormValue("client_secret") == "victim" {
			served.victims <- struct{}{}
			select {
			case <-r.Context().Done():
			case <-done:
			}
			return
		}
		time.Sleep(50 * time.Millisecond) // as long as the others need to come and wait
		served.mu.Lock()
		served.asked++
		served.token = fmt.Sprintf("token-number-%d", served.asked)
		body := fmt.Sprintf(`{"access_token":%q,"expires_in":3599}`, served.token)
		served.mu.Unlock()
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(func() { close(done); served.Close() })
	return served
}

func (s *tenant) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

type stress struct {
	binary  string
	place   place
	tenant  *tenant
	dir     string
	key     string
	killed  int
	slowest map[bool]time.Duration // by whether a holder was killed
}

func newStress(t *testing.T, binary string, place place) *stress {
	t.Helper()
	fingerprint := func(text string) string {
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	s := &stress{binary: binary, place: place, tenant: newTenant(t), slowest: map[bool]time.Duration{}}
	for _, option := range place.options {
		if dir, found := strings.CutPrefix(option, "--statefile-dir="); found {
			s.dir = dir
		}
	}
	s.key = s.dir + "/office365_graphapi_" + fingerprint("tenant") + "_" + fingerprint("client")
	return s
}

func (s *stress) command(secret string) *exec.Cmd {
	return exec.Command(s.binary, append([]string{
		"--plugin=cloud::microsoft::office365::exchange::plugin", "--mode=email-activity", "--tenant=tenant", "--client-id=client",
		"--client-secret=" + secret, "--login-endpoint=" + s.tenant.URL, "--graph-endpoint=" + s.tenant.URL, "--timeout=30",
	}, s.place.options...)...)
}

func (s *stress) round(t *testing.T, round int) {
	t.Helper()
	s.place.set(s.key, []string{"", `{"access_token":"token-of-old","expires_on":1}`, `{"access_tok`}[round%3])
	kill := round%killEvery == killEvery-1
	var victim *exec.Cmd
	if kill {
		victim = s.startVictim(t)
	}
	before := s.tenant.requests()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range processes {
		wg.Go(func() {
			began := time.Now()
			cmd := s.command("secret")
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.HasPrefix(out, []byte("OK: ")) {
				t.Errorf("%v: %s", err, out)
			}
			mu.Lock()
			defer mu.Unlock()
			s.slowest[kill] = max(s.slowest[kill], time.Since(began))
		})
	}
	if kill {
		time.Sleep(100 * time.Millisecond) // as long as the others need to come and wait
		if err := victim.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = victim.Wait()
		s.killed++
	}
	wg.Wait()
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	if asked := s.tenant.asked - before; asked != 1 {
		t.Errorf("%d token requests", asked)
	}
	var state map[string]any
	if err := json.Unmarshal([]byte(s.place.get(s.key)), &state); err != nil || state["access_token"] != s.tenant.token {
		t.Errorf("state after the round: %v, %v", state, err)
	}
	if got := s.place.keys(); got != s.key {
		t.Errorf("there are %s", got)
	}
}

// startVictim returns a check that holds the lock.
func (s *stress) startVictim(t *testing.T) *exec.Cmd {
	t.Helper()
	victim := s.command("victim")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.tenant.victims:
	case <-time.After(20 * time.Second):
		_ = victim.Process.Kill()
		t.Fatal("the victim asks for no token")
	}
	return victim
}

func filePlace(t *testing.T) place {
	t.Helper()
	dir := t.TempDir()
	return place{
		options: []string{"--statefile-dir=" + dir},
		get: func(key string) string {
			content, _ := os.ReadFile(key)
			return string(content)
		},
		set: func(key, value string) {
			_ = os.Remove(key)
			if value != "" {
				_ = os.WriteFile(key, []byte(value), 0o600)
			}
		},
		keys: func() string {
			files, _ := filepath.Glob(dir + "/*")
			return strings.Join(files, " ")
		},
	}
}

func redisPlace(t *testing.T) place {
	t.Helper()
	socket := startServer(t, "redis-server", "--port", "0", "--save", "", "--unixsocket")
	return place{
		options: []string{"--redis-server=" + socket, "--statefile-dir=" + t.TempDir()},
		get:     func(key string) string { return line(ask(t, socket, "GET "+key, 2), 1) },
		set: func(key, value string) {
			if value == "" {
				ask(t, socket, "DEL "+key, 1)
				return
			}
			ask(t, socket, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s", len(key), key, len(value), value), 1)
		},
		keys: func() string { return line(ask(t, socket, "KEYS *", 3), 2) },
	}
}

func memcachedPlace(t *testing.T) place {
	t.Helper()
	args := []string{"-U", "0", "-m", "16", "-s"}
	if os.Getuid() == 0 {
		args = append([]string{"-u", "root"}, args...)
	}
	socket := startServer(t, "memcached", args...)
	dir := t.TempDir()
	var used string
	return place{
		options: []string{"--memcached=" + socket, "--statefile-dir=" + dir},
		get:     func(key string) string { return line(ask(t, socket, "get "+key, 2), 1) },
		set: func(key, value string) {
			used = key
			if value == "" {
				ask(t, socket, "delete "+key, 1)
				return
			}
			ask(t, socket, fmt.Sprintf("set %s 0 0 %d\r\n%s", key, len(value), value), 1)
		},
		// memcached lists no keys: what may be there beside the state is the lock, or files.
		keys: func() string {
			files, _ := filepath.Glob(dir + "/*")
			if lock := ask(t, socket, "get "+used+".lock", 1); lock != "END\r\n" {
				files = append(files, "a lock")
			}
			return strings.Join(append([]string{used}, files...), " ")
		},
	}
}

// startServer runs a server until the test ends; the last of its arguments is that which takes the path of a socket.
func startServer(t *testing.T, name string, args ...string) (socket string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv(serversVariable) == "required" {
			t.Fatalf("%s=required, and %v", serversVariable, err)
		}
		t.Skipf("%s is not installed: apt-get install redis-server memcached", name)
	}
	dir, err := os.MkdirTemp("", "stress") //nolint:usetesting // the name of the test would make the path of a socket too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket = filepath.Join(dir, "socket")
	cmd := exec.Command(path, append(args, socket)...)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_ = conn.Close()
			return socket
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not start: %v", name, err)
		}
	}
}

// ask sends a command to a server and returns as many lines of the answer as there are up to one that ends it.
func ask(t *testing.T, socket, command string, lines int) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, command+"\r\n")
	var answer strings.Builder
	r := bufio.NewReader(conn)
	for range lines {
		got, err := r.ReadString('\n')
		answer.WriteString(got)
		if err != nil {
			t.Fatalf("%q: %v after %q", command, err, answer.String())
		}
		if got == "END\r\n" || got == "$-1\r\n" || got == "*0\r\n" {
			break
		}
	}
	return answer.String()
}

// line returns a line of an answer, empty when there is none.
func line(answer string, n int) string {
	lines := strings.Split(answer, "\r\n")
	if n >= len(lines) {
		return ""
	}
	return lines[n]
}
