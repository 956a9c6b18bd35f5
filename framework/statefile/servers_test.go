package statefile_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/statefile"
)

// serversVariable says "required" where a server that is not installed is a fault and not a reason to skip.
const serversVariable = "CENTPLUGINS_TEST_SERVERS"

// process is a server that a test has started.
type process struct {
	address string // host:port or the path of a socket
	cmd     *exec.Cmd
}

// kill ends the server as kill -9 does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// program finds a server's program, or skips the test.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv(serversVariable) == "required" {
		t.Fatalf("%s=required, and %v", serversVariable, err)
	}
	if err != nil {
		t.Skipf("%s is not installed: apt-get install redis-server memcached", name)
	}
	return path
}

// start runs a server until the test ends, and waits until it answers the greeting.
func start(t testing.TB, address, greeting, name string, args ...string) *process {
	t.Helper()
	p := &process{address: address, cmd: exec.Command(program(t, name), args...)}
	var said strings.Builder
	p.cmd.Stdout, p.cmd.Stderr = &said, &said
	p.cmd.Dir = shortDir(t)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	for deadline := time.Now().Add(20 * time.Second); !answers(address, greeting); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.kill()
			t.Fatalf("%s does not start: %s", name, &said)
		}
	}
	return p
}

func answers(address, greeting string) bool {
	network := "tcp"
	if address[0] == '/' {
		network = "unix"
	}
	conn, err := net.DialTimeout(network, address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(conn, greeting)
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err == nil
}

// shortDir is t.TempDir with a name that leaves room for that of a socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "state") //nolint:usetesting // the name of the test would make it long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func startRedis(t testing.TB, args ...string) *process {
	t.Helper()
	socket := filepath.Join(shortDir(t), "redis.sock")
	return startRedisAt(t, socket, append([]string{"--port", "0", "--unixsocket", socket}, args...)...)
}

func startRedisAt(t testing.TB, address string, args ...string) *process {
	t.Helper()
	return start(t, address, "PING\r\n", "redis-server", append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

func startMemcached(t testing.TB) *process {
	t.Helper()
	socket := filepath.Join(shortDir(t), "memcached.sock")
	return startMemcachedAt(t, socket, "-s", socket)
}

func startMemcachedAt(t testing.TB, address string, args ...string) *process {
	t.Helper()
	args = append([]string{"-U", "0", "-m", "16", "-t", "2"}, args...)
	if os.Getuid() == 0 {
		args = append(args, "-u", "root")
	}
	return start(t, address, "version\r\n", "memcached", args...)
}

// freePort returns a port that was free a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// freeze stops a server without ending it: connections are made, and nobody answers.
func (p *process) freeze(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for p.running(t) { // the signal reaches one thread after the other
		time.Sleep(time.Millisecond)
	}
}

// running tells whether a thread of the process has not been stopped yet.
func (p *process) running(t testing.TB) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	if err != nil || len(threads) == 0 {
		t.Fatal("no threads: ", err)
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if _, state, _ := strings.Cut(string(stat), ") "); err == nil && !strings.HasPrefix(state, "T") {
			return true
		}
	}
	return false
}

func (p *process) thaw(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// backend is a place for state: the files, or a server that was started for the test.
type backend struct {
	name    string
	server  *process // nil for files
	options statefile.Options
}

var backendNames = []string{"file", "redis", "memcached"}

func newBackend(t testing.TB, name string) backend {
	t.Helper()
	b := backend{name: name, options: statefile.Options{Dir: t.TempDir()}}
	switch name {
	case "redis":
		b.server = startRedis(t)
		b.options.RedisServer = b.server.address
	case "memcached":
		b.server = startMemcached(t)
		b.options.Memcached = b.server.address
	}
	return b
}

// onEach runs a test on each backend.
func onEach(t *testing.T, test func(t *testing.T, b backend)) {
	for _, name := range backendNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newBackend(t, name))
		})
	}
}
