package all_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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
	t.Run("no secret leaks", func(t *testing.T) {
		t.Parallel()
		testLeaks(t, binary)
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
