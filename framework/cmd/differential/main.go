// Command differential compares the built binary with the Perl original: it makes up tenants and option sets, runs both programs
// on them against a server on loopback, and prints where they differ. It needs perl with the modules of the original, and a
// checkout of the original's repository.
//
//	differential -original centreon-plugins/src/centreon_plugins.pl -bin bin/centreon_plugins -runs 500
//
// Differences that are wanted are listed in known.go; they are counted, not printed. The exit status is 1 if there is one.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	var c config
	flag.StringVar(&c.original, "original", "", "centreon_plugins.pl in a checkout of the original")
	flag.StringVar(&c.binary, "bin", "bin/centreon_plugins", "the binary to compare with it")
	flag.IntVar(&c.runs, "runs", 500, "how many option sets to run")
	flag.IntVar(&c.first, "first", 0, "number of the first run; a run is the same for the same seed and number")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of everything random")
	flag.StringVar(&c.plugin, "plugin", "", "run the modes of this plugin only: exchange")
	flag.StringVar(&c.mode, "mode", "", "run this mode only: mailbox-usage, multi")
	flag.IntVar(&c.jobs, "jobs", 2, "how many runs go on at once")
	flag.BoolVar(&c.shrink, "shrink", true, "cut differences down to the options that they need, which takes some runs for each")
	flag.BoolVar(&c.data, "data", false, "print the reports of the tenants where the programs differ")
	flag.Parse()
	same, err := c.compare(context.Background(), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
	}
	if err != nil || !same {
		os.Exit(1)
	}
}

type config struct {
	original, binary string
	runs, first      int
	seed             uint64
	plugin, mode     string
	jobs             int
	shrink, data     bool
}

// compare does the runs and prints what came out; it reports whether there was no unwanted difference.
func (c config) compare(ctx context.Context, w io.Writer) (bool, error) {
	if c.original == "" {
		return false, errors.New("-original is missing: it names centreon_plugins.pl in a checkout of the original")
	}
	var chosen []mode
	for _, m := range modes() {
		if (c.plugin == "" || c.plugin == m.plugin) && (c.mode == "" || c.mode == m.name || c.mode == "multi") {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return false, errors.New("there is no such mode")
	}
	dir, err := os.MkdirTemp("", "differential")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	script, err := overlay(c.original, dir)
	if err != nil {
		return false, err
	}
	binary, err := filepath.Abs(c.binary)
	if err != nil {
		return false, err
	}
	s := newServer()
	defer s.Close()
	programs := programs{theirs: []string{"perl", script}, ours: []string{binary}, dir: dir, shrink: c.shrink}

	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		count   = map[string]int{} // by mode
		reasons = map[string]int{}
		failed  error
	)
	numbers := make(chan int)
	for range c.jobs {
		wait.Go(func() {
			for number := range numbers {
				r := c.run(number, chosen)
				r.endpoint = s.add(fmt.Sprint(number), r.tenant)
				d, why, err := programs.examine(ctx, r)
				s.remove(fmt.Sprint(number))
				mu.Lock()
				count[r.mode.plugin+" "+r.name]++
				if err != nil {
					failed = err
				}
				switch {
				case d == nil:
				case why != "":
					reasons[why]++
				default:
					reasons["UNEXPLAINED"]++
					c.print(w, number, r, *d)
				}
				mu.Unlock()
			}
		})
	}
	for number := c.first; number < c.first+c.runs; number++ {
		numbers <- number
	}
	close(numbers)
	wait.Wait()
	for _, name := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(w, "%6d  %s\n", count[name], name)
	}
	fmt.Fprintf(w, "%6d  runs in all; differences:\n", c.runs)
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(w, "%6d  %s\n", reasons[why], why)
	}
	return reasons["UNEXPLAINED"] == 0, failed
}

// run is one made-up tenant and option set.
type run struct {
	mode     mode
	name     string // of the mode that is called: that of mode, or multi
	options  [][]string
	tenant   *tenant
	endpoint string
}

// run makes up a run; the same number makes the same one, but for when credentials expire, which goes by the clock.
func (c config) run(number int, chosen []mode) run {
	random := rand.New(rand.NewPCG(c.seed, uint64(number))) //nolint:gosec // meant to be repeatable
	m := one(random, chosen...)
	r := run{mode: m, name: m.name, tenant: newTenant(random, time.Now())}
	choose := chooser{random, m}
	if c.mode == "multi" || c.mode == "" && random.IntN(20) == 0 {
		var names []string
		for _, other := range modes() {
			if other.plugin == m.plugin {
				names = append(names, other.name)
			}
		}
		r.name, r.options = "multi", choose.multi(names)
		return r
	}
	r.options = choose.options()
	return r
}

func (r run) words() []string {
	all := []string{
		"--plugin=cloud::microsoft::office365::" + r.mode.plugin + "::plugin", "--mode=" + r.name, "--custommode=graphapi",
		"--tenant=t", "--client-id=c", "--client-secret=s", "--login-endpoint=" + r.endpoint, "--graph-endpoint=" + r.endpoint,
	}
	return append(all, slices.Concat(r.options...)...)
}

// print writes a difference: how to have it again, the options that it needs, and the lines that only one of the two has.
func (c config) print(w io.Writer, number int, r run, d difference) {
	fmt.Fprintf(w, "--- -seed %d -first %d -runs 1", c.seed, number)
	if c.plugin != "" {
		fmt.Fprintf(w, " -plugin %s", c.plugin)
	}
	if c.mode != "" {
		fmt.Fprintf(w, " -mode %s", c.mode)
	}
	fmt.Fprintf(w, "\n%s %s", r.mode.plugin, r.name)
	for _, word := range d.options {
		fmt.Fprintf(w, " '%s'", strings.ReplaceAll(word, "'", `'\''`))
	}
	theirs, ours := strings.Split(d.theirs.stdout, "\n"), strings.Split(d.ours.stdout, "\n")
	fmt.Fprintf(w, "\noriginal %d, ours %d\n", d.theirs.exit, d.ours.exit)
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			fmt.Fprintln(w, "-", line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			fmt.Fprintln(w, "+", line)
		}
	}
	fmt.Fprintln(w)
	if !c.data {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.tenant.reports)) {
		fmt.Fprintf(w, "%s\n%s\n", name, r.tenant.reports[name])
	}
	fmt.Fprintln(w, r.tenant.collections)
}

// programs are the two, and a directory for what they keep.
type programs struct {
	theirs, ours []string
	dir          string
	shrink       bool
}

// both runs both programs.
func (p programs) both(ctx context.Context, r run) (difference, error) {
	d := difference{plugin: r.mode.plugin, mode: r.name, options: slices.Concat(r.options...)}
	if r.mode.tellsTime {
		// Both then read the same second off the clock, unless the machine is slow.
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	}
	var wait sync.WaitGroup
	var theirs error
	wait.Go(func() { d.theirs, theirs = p.start(ctx, p.theirs, "theirs", r) })
	ours, err := p.start(ctx, p.ours, "ours", r)
	wait.Wait()
	d.ours = ours
	return d, errors.Join(theirs, err)
}

// start runs a program, with a directory of its own for tokens.
func (p programs) start(ctx context.Context, program []string, state string, r run) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	state, err := os.MkdirTemp(p.dir, state)
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(state)
	words := append(r.words(), "--statefile-dir="+state)
	cmd := exec.CommandContext(ctx, program[0], append(slices.Clone(program[1:]), words...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TZ=UTC", "LC_ALL=C.UTF-8"}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	var status *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &status) {
		return outcome{}, fmt.Errorf("%s: %w", program[0], err)
	}
	return outcome{stdout.String(), cmd.ProcessState.ExitCode()}, nil
}

// examine runs both programs. It returns the difference, if there is one, with the reason why it is wanted, or else what of it is not,
// cut down to the options that it needs.
func (p programs) examine(ctx context.Context, r run) (d *difference, why string, err error) {
	found, err := p.both(ctx, r)
	if err != nil || found.none() {
		return nil, "", err
	}
	why, left := explain(p.theirs[0], found)
	if left.none() {
		return &left, why, nil
	}
	// The original goes through some of its tables in another order each time, and texts may tell the time.
	for try := 0; try < 10 && (r.mode.tellsTime || sorted(left.theirs) == sorted(left.ours)); try++ {
		again, err := p.both(ctx, r)
		if err != nil || again.none() {
			return nil, "", err
		}
		why, again = explain(p.theirs[0], again)
		if again.none() || r.mode.tellsTime && settled(again.theirs) == settled(again.ours) {
			if why == "" {
				return nil, "", nil // but for the time
			}
			return &again, why, nil
		}
		if again.theirs != left.theirs && sorted(again.theirs) == sorted(left.ours) {
			return &again, "the original prints in another order each time", nil
		}
	}
	for i := len(r.options) - 1; i >= 0 && p.shrink; i-- {
		fewer := r
		fewer.options = slices.Delete(slices.Clone(r.options), i, i+1)
		less, err := p.both(ctx, fewer)
		if err != nil {
			return nil, "", err
		}
		if _, less = explain(p.theirs[0], less); !less.none() {
			r, left = fewer, less
		}
	}
	return &left, "", nil
}

// settled is an outcome without its seconds, which may have gone on between the two.
func settled(o outcome) outcome {
	o.stdout = regexp.MustCompile(`(expires in [0-9yMwdhm ]*)[0-9]+s|(seconds'=)[0-9]+s|(expires\.seconds .* value ?=)[0-9]+`).
		ReplaceAllString(canonical(o.stdout), "$1$2$3")
	return o
}

// sorted is an outcome without its order.
func sorted(o outcome) string {
	letters := []byte(canonical(o.stdout))
	slices.Sort(letters)
	return fmt.Sprintf("%d %s", o.exit, letters)
}
