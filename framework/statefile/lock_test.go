package statefile_test

import (
	"bufio"
	"context"
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

// The test binary starts itself to be other processes: this names the part to play, in the directory of the second.
const (
	partVariable = "STATEFILE_TEST_PART"
	dirVariable  = "STATEFILE_TEST_DIR"
)

func TestMain(m *testing.M) {
	part, dir := os.Getenv(partVariable), os.Getenv(dirVariable)
	if part == "" {
		os.Exit(m.Run())
	}
	store, err := (&statefile.Options{Dir: dir}).Open(testEnv())
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

func play(ctx context.Context, part, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), partVariable+"="+part, dirVariable+"="+dir)
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

func wantCount(t *testing.T, store statefile.Store, dir string, want int64) {
	t.Helper()
	data, err := store.Read(t.Context(), "counter")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := statefile.Int(data["n"]); n != want {
		t.Errorf("counted %d, want %d", n, want)
	}
	if got := names(t, dir); got != "counter" {
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
	dir := t.TempDir()
	shared := open(t, statefile.Options{Dir: dir})
	var wg sync.WaitGroup
	for i := range 20 {
		store := shared
		if i%2 == 0 {
			store = open(t, statefile.Options{Dir: dir})
		}
		wg.Go(func() {
			if err := count(t.Context(), store); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantCount(t, shared, dir, 40)
}

func TestLockAmongProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var all []*exec.Cmd
	for range 20 {
		cmd := play(t.Context(), "count", dir)
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
	wantCount(t, open(t, statefile.Options{Dir: dir}), dir, 40)
}

func TestLockEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := play(t.Context(), "hold", dir)
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

	store := open(t, statefile.Options{Dir: dir})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := store.Lock(ctx, "counter"); err == nil {
		t.Error("the lock of a living process is free")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := count(ctx, store); err != nil {
		t.Fatal(err)
	}
	wantCount(t, store, dir, 43)
}
