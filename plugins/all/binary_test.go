package all_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// These tests run the real binary: what only a process can show.

const demoLine = "OK: Active mailboxes on 2019-03-10 : 141/1532 (9.20%) - Total (active mailboxes) Send Count: 9478, Receive Count: 62197, Read Count: 24401" +
	" | 'active_mailboxes'=141mailboxes;;;0;1532 'total_send_count'=9478;;;0; 'total_receive_count'=62197;;;0; 'total_read_count'=24401;;;0;\n"

const secretValue = "swordfish-of-the-client"

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "centreon_plugins")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/centplugins/centplugins").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

func run(t *testing.T, binary string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestBinary(t *testing.T) {
	t.Parallel()
	binary := build(t)
	demo := []string{
		"--mode=email-activity", "--tenant=abcd1234-5678-90ab-cd12-34567890abcd", "--client-id=9876dcba-5432-10dc-ba98-76543210dcba",
		"--client-secret=" + secretValue, "--http-backend=replay", "--statefile-dir=" + t.TempDir(),
	}
	plugin := "--plugin=cloud::microsoft::office365::exchange::plugin"

	t.Run("embedded tenant", func(t *testing.T) {
		t.Parallel()
		if out, errs, exit := run(t, binary, append([]string{plugin}, demo...)...); out != demoLine || errs != "" || exit != 0 {
			t.Errorf("exit %d: %s%s", exit, out, errs)
		}
	})
	t.Run("called by the plugin's name", func(t *testing.T) {
		t.Parallel()
		link := filepath.Join(t.TempDir(), "centreon_office365_exchange_api.pl")
		if err := os.Symlink(binary, link); err != nil {
			t.Fatal(err)
		}
		if out, _, exit := run(t, link, demo...); out != demoLine || exit != 0 {
			t.Errorf("exit %d: %s", exit, out)
		}
	})
	t.Run("exit statuses", func(t *testing.T) {
		t.Parallel()
		for option, want := range map[string]int{"--verbose": 0, "--warning-total-read-count=1": 1, "--critical-total-read-count=1": 2, "--nope": 3} {
			if out, errs, exit := run(t, binary, append([]string{plugin, option}, demo...)...); exit != want || errs != "" {
				t.Errorf("%s: exit %d, want %d: %s%s", option, exit, want, out, errs)
			}
		}
	})
	t.Run("no secret in a child's command line or environment", func(t *testing.T) {
		t.Parallel()
		testChildren(t, binary, plugin)
	})
	t.Run("ended by a signal", func(t *testing.T) {
		t.Parallel()
		testSignal(t, binary, plugin)
	})
	t.Run("twenty at once", func(t *testing.T) {
		t.Parallel()
		testStress(t, binary)
	})
}

// slowGraph answers the token request, then keeps every other request waiting until the test is over.
func slowGraph(t *testing.T, asked chan<- struct{}) *httptest.Server {
	t.Helper()
	done := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"access_token":"token-`+secretValue+`","expires_in":3599}`)
			return
		}
		once.Do(func() { close(asked) })
		<-done
	}))
	t.Cleanup(func() { close(done); server.Close() })
	return server
}

func testChildren(t *testing.T, binary, plugin string) {
	t.Helper()
	asked := make(chan struct{})
	server := slowGraph(t, asked)
	cmd := exec.Command(binary, plugin, "--mode=email-activity", "--tenant=t", "--client-id=c", "--pass-manager=environment",
		"--environment-map-option=client-secret=O365_SECRET", "--http-backend=curl", "--statefile-dir="+t.TempDir(),
		"--login-endpoint="+server.URL, "--graph-endpoint="+server.URL, "--timeout=30")
	cmd.Env = append(os.Environ(), "O365_SECRET="+secretValue)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	<-asked
	children := childrenOf(t, cmd.Process.Pid)
	if len(children) == 0 {
		t.Fatal("the curl program is not among the children")
	}
	for _, pid := range append(children, cmd.Process.Pid) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(line, []byte(secretValue)) {
			t.Errorf("command line of process %d: %q", pid, line)
		}
	}
	for _, pid := range children {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(environ, []byte(secretValue)) {
			t.Errorf("environment of child %d has the secret", pid)
		}
	}
}

// childrenOf lists the children of a process.
func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var pid, ppid int
		var state string
		_, rest, _ := strings.Cut(string(stat), ") ")
		if _, err := fmt.Sscan(rest, &state, &ppid); err != nil || ppid != parent {
			continue
		}
		if _, err := fmt.Sscan(string(stat), &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	return slices.Compact(pids)
}

func testSignal(t *testing.T, binary, plugin string) {
	t.Helper()
	asked := make(chan struct{})
	server := slowGraph(t, asked)
	var out bytes.Buffer
	cmd := exec.Command(binary, plugin, "--mode=email-activity", "--tenant=t", "--client-id=c", "--client-secret="+secretValue,
		"--statefile-dir="+t.TempDir(), "--login-endpoint="+server.URL, "--graph-endpoint="+server.URL, "--timeout=30")
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("the check goes on after a signal")
	}
	if exit := cmd.ProcessState.ExitCode(); exit != 3 || !strings.HasPrefix(out.String(), "UNKNOWN: ") {
		t.Errorf("exit %d: %s", exit, out.String())
	}
}
