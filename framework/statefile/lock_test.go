package statefile_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/statefile"
)

func testEnv() statefile.Env {
	return statefile.Env{Getenv: func(string) string { return "" }, AddSecret: func(string) {}, Debug: func(string) {}}
}

// The test binary starts itself to be other processes: these name the part to play and the options of the state.
const (
	partVariable    = "STATEFILE_TEST_PART"
	optionsVariable = "STATEFILE_TEST_OPTIONS"
)

func TestMain(m *testing.M) {
	part := os.Getenv(partVariable)
	if part == "" {
		os.Exit(m.Run())
	}
	var options statefile.Options
	err := json.Unmarshal([]byte(os.Getenv(optionsVariable)), &options)
	var store statefile.Store
	if err == nil {
		store, err = options.Open(testEnv())
	}
	if err == nil {
		switch part {
		case "count":
			err = count(context.Background(), store)
		case "hold":
			if _, err = store.Lock(context.Background(), "counter"); err == nil {
				err = store.Write(context.Background(), "counter", map[string]any{"n": 41})
				fmt.Println("held")
				time.Sleep(time.Minute)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(ctx context.Context, part string, options statefile.Options) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	text, _ := json.Marshal(options)
	cmd.Env = append(os.Environ(), partVariable+"="+part, optionsVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	return cmd
}

// count adds one to a number, twice in one hold of the lock: the second time the file is one that count itself has put there.
func count(ctx context.Context, store statefile.Store) error {
	unlock, err := store.Lock(ctx, "counter")
	if err != nil {
		return err
	}
	defer unlock()
	for range 2 {
		data, err := store.Read(ctx, "counter")
		if err != nil {
			return err
		}
		n, _ := statefile.Int(data["n"])
		time.Sleep(time.Millisecond)
		if err := store.Write(ctx, "counter", map[string]any{"n": n + 1}); err != nil {
			return err
		}
	}
	return nil
}

func wantCount(t *testing.T, b backend, want int64) {
	t.Helper()
	data, err := open(t, b.options).Read(t.Context(), "counter")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := statefile.Int(data["n"]); n != want {
		t.Errorf("counted %d, want %d", n, want)
	}
	files := ""
	if b.server == nil {
		files = "counter"
	}
	if got := names(t, b.options.Dir); got != files {
		t.Errorf("files: %s", got)
	}
}

func TestLockOfNewState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, statefile.Options{Dir: dir})
	unlock, err := store.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if data, err := store.Read(t.Context(), "a"); data != nil || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
	info, err := os.Stat(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestLockAmongGoroutines(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b backend) {
		shared := open(t, b.options)
		var wg sync.WaitGroup
		for i := range 20 {
			store := shared
			if i%2 == 0 {
				store = open(t, b.options)
			}
			wg.Go(func() {
				if err := count(t.Context(), store); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantCount(t, b, 40)
	})
}

func TestLockAmongProcesses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b backend) {
		var all []*exec.Cmd
		for range 20 {
			cmd := play(t.Context(), "count", b.options)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			all = append(all, cmd)
		}
		for _, cmd := range all {
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
		wantCount(t, b, 40)
	})
}

func TestLockEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b backend) {
		cmd := play(t.Context(), "hold", b.options)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
			t.Fatalf("the other process says %q, %v", line, err)
		}

		store := open(t, b.options)
		living := 50 * time.Millisecond
		if b.server != nil {
			living = 4 * time.Second // longer than a lock that nobody renews
		}
		wantHeld(t, store, living)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		killed := time.Now()
		if err := count(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(killed); waited > 6*time.Second {
			t.Errorf("the lock of a dead process ends after %v", waited)
		}
		wantCount(t, b, 43)
	})
}

// wantHeld sees that somebody else has the lock for all of a time.
func wantHeld(t *testing.T, store statefile.Store, wait time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	_, err := store.Lock(ctx, "counter")
	if err == nil {
		t.Fatal("the lock of a living process is free")
	}
	wantFailure(t, err, "imeout", "lock", "counter'")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
}
