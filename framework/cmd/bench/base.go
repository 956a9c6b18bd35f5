package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// baseLimit is how much more than the base a start may take.
const baseLimit = 1.05

// cost is what a run of a command takes: the time on the wall, and that of the processor, which other jobs of the machine disturb less.
type cost struct{ wall, cpu time.Duration }

// measureBase compares the binary with one of an earlier commit: a plain check, and the bare start.
//
// Each of the two runs twice in a round. How far the ratio of the base to itself is from 1 is what the machine adds.
func measureBase(dir, binary, base string, rounds int, check func(binary, plugin, mode string) *exec.Cmd) (within bool, err error) {
	if binary, err = copyProgram(binary, filepath.Join(dir, "binary")); err != nil {
		return false, err
	}
	if base, err = copyProgram(base, filepath.Join(dir, "base")); err != nil {
		return false, err
	}
	within = true
	for _, job := range []struct {
		name    string
		command func(binary string) *exec.Cmd
	}{
		{"plain check", func(binary string) *exec.Cmd { return check(binary, "exchange", "email-activity") }},
		{"--version", func(binary string) *exec.Cmd { return exec.Command(binary, "--version") }},
	} {
		ours, theirs, err := inTurns(rounds, job.command(binary), job.command(base))
		if err != nil {
			return false, err
		}
		wall, cpu := ratio(middle(ours[0], ours[1]), middle(theirs[0], theirs[1]))
		noise, cpuNoise := ratio(middle(theirs[0]), middle(theirs[1]))
		fmt.Printf("%s : base   %.2f ms : %.2f ms   ratio %.3f, of processor time %.3f (limit %.2f); base : base %.3f, %.3f\n", job.name,
			ms(middle(ours[0], ours[1]).wall), ms(middle(theirs[0], theirs[1]).wall), wall, cpu, baseLimit, noise, cpuNoise)
		within = within && wall <= baseLimit && cpu <= baseLimit
	}
	ours, err := os.Stat(binary)
	if err != nil {
		return false, err
	}
	theirs, err := os.Stat(base)
	if err != nil {
		return false, err
	}
	fmt.Printf("size of the binary : base   %.2f MB : %.2f MB   ratio %.3f\n", float64(ours.Size())/1e6, float64(theirs.Size())/1e6,
		float64(ours.Size())/float64(theirs.Size()))
	for _, program := range []struct{ name, path string }{{"binary", binary}, {"base", base}} {
		total, err := initTrace(program.path)
		if err != nil {
			return false, err
		}
		fmt.Printf("initialisation of the %s's packages   %s\n", program.name, total)
	}
	return within, nil
}

// copyProgram has both programs written in the same way: how the page cache holds a file, which depends on that, is a tenth of a start.
func copyProgram(from, to string) (string, error) {
	text, err := os.ReadFile(from)
	if err != nil {
		return "", err
	}
	return to, os.WriteFile(to, text, 0o700) //nolint:gosec // it is run
}

// inTurns runs each command twice in a round, in an order that changes: what comes after its like finds warm caches.
func inTurns(rounds int, a, b *exec.Cmd) (as, bs [2][]cost, err error) {
	orders := [][]int{{0, 2, 1, 3}, {2, 0, 3, 1}, {0, 2, 3, 1}, {3, 1, 0, 2}, {1, 3, 0, 2}, {2, 0, 1, 3}, {3, 1, 2, 0}, {1, 3, 2, 0}}
	var costs [4][]cost
	for round := range rounds + 1 {
		for _, which := range orders[round%len(orders)] {
			took, err := timed([]*exec.Cmd{a, a, b, b}[which])
			if err != nil {
				return as, bs, err
			}
			if round > 0 { // the first is a warm-up
				costs[which] = append(costs[which], took)
			}
		}
	}
	return [2][]cost{costs[0], costs[1]}, [2][]cost{costs[2], costs[3]}, nil
}

// timed runs a copy of a command.
func timed(command *exec.Cmd) (cost, error) {
	cmd := exec.Command(command.Path, command.Args[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil && cmd.ProcessState.ExitCode() != 3 || out.Len() == 0 { // 3: --version
		return cost{}, fmt.Errorf("%s: %w: %s", cmd.Path, err, out.String())
	}
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// middle is the mean of the middle half, which runs that were held up have no part in.
func middle(parts ...[]cost) cost {
	costs := slices.Concat(parts...)
	mean := func(of func(cost) time.Duration) time.Duration {
		times := make([]time.Duration, len(costs))
		for i, c := range costs {
			times[i] = of(c)
		}
		slices.Sort(times)
		half := times[len(times)/4 : len(times)-len(times)/4]
		var sum time.Duration
		for _, t := range half {
			sum += t
		}
		return sum / time.Duration(len(half))
	}
	return cost{mean(func(c cost) time.Duration { return c.wall }), mean(func(c cost) time.Duration { return c.cpu })}
}

func ratio(a, b cost) (wall, cpu float64) {
	return float64(a.wall) / float64(b.wall), float64(a.cpu) / float64(b.cpu)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// initTrace adds up what the runtime tells of the initialisation of packages.
func initTrace(binary string) (string, error) {
	cmd := exec.Command(binary, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 3 {
		return "", fmt.Errorf("%s: %w", binary, err)
	}
	var clock float64
	var packages, size, allocations int
	for lines := bufio.NewScanner(&trace); lines.Scan(); {
		_, figures, ok := strings.Cut(lines.Text(), " ms, ")
		if !ok || !strings.HasPrefix(lines.Text(), "init ") {
			continue
		}
		var took float64
		var bytes, allocs int
		if _, err := fmt.Sscanf(figures, "%f ms clock, %d bytes, %d allocs", &took, &bytes, &allocs); err != nil {
			return "", fmt.Errorf("inittrace: %q: %w", lines.Text(), err)
		}
		clock, packages, size, allocations = clock+took, packages+1, size+bytes, allocations+allocs
	}
	return fmt.Sprintf("%.2f ms, %d packages, %d bytes, %d allocations", clock, packages, size, allocations), nil
}
