// Command bench measures the built binary as whole processes, and prints ratios: absolute times of a machine that others
// share mean little.
//
//   - a check with a cached token against a server on loopback, to curl making the same two requests;
//   - a mailbox report of a million rows, to a bare encoding/csv pass over the same bytes; and its peak memory;
//   - one mode of each shape, to email-activity;
//   - with -base, the start of a plain check and the bare start, to those of a binary of an earlier commit; and the sizes.
//
// Each pair is run in turns, and the median of the ratios is printed. It exits 1 when a figure is over its limit.
package main

import (
	"crypto/md5" //nolint:gosec // names of state files
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	binary := flag.String("bin", "bin/centreon_plugins", "the binary to measure")
	base := flag.String("base", "", "a binary of an earlier commit to compare with")
	rows := flag.Int("rows", 1_000_000, "rows of the large report")
	runs := flag.Int("runs", 15, "counted runs of the small pair; the large pair makes a third of them")
	pass := flag.String("csv-pass", "", "read this file through encoding/csv and exit; the other half of the large pair")
	flag.Parse()
	job := func() error { return measure(*binary, *base, *rows, *runs) }
	if *pass != "" {
		job = func() error { return csvPass(*pass) }
	}
	if err := job(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// csvPass is the least that anybody reading a report with encoding/csv does.
func csvPass(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func measure(binary, base string, rows, runs int) error {
	if !filepath.IsAbs(binary) {
		binary = "./" + binary
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	report := filepath.Join(dir, "report.csv")
	size, err := writeReport(report, rows)
	if err != nil {
		return err
	}
	server := newServer(report)
	defer server.Close()
	if err := writeToken(dir); err != nil {
		return err
	}
	checkOf := func(binary, plugin, mode string) *exec.Cmd {
		return exec.Command(binary, "--plugin=cloud::microsoft::office365::"+plugin+"::plugin", "--mode="+mode, "--tenant=t", "--client-id=c",
			"--client-secret=s", "--login-endpoint="+server.URL, "--graph-endpoint="+server.URL, "--statefile-dir="+dir)
	}
	check := func(plugin, mode string) *exec.Cmd { return checkOf(binary, plugin, mode) }
	reports := server.URL + "/v1.0/reports/getEmailActivityUserDetail"
	curl := func() *exec.Cmd {
		return exec.Command("curl", "-s", "-H", "Authorization: Bearer t", "-o", "/dev/null", reports+"(period='D7')", "-o", "/dev/null",
			reports+"(date=2026-11-20)")
	}
	small, err := pair(runs, func() *exec.Cmd { return check("exchange", "email-activity") }, curl)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	large, err := pair(max(3, runs/3), func() *exec.Cmd { return check("exchange", "mailbox-usage") },
		func() *exec.Cmd { return exec.Command(self, "-csv-pass="+report) })
	if err != nil {
		return err
	}
	fmt.Printf("check with a cached token : curl, same two requests   %s ms : %s ms   ratio %.2f (limit 1.50)\n", small.a, small.b, small.ratio)
	fmt.Printf("report of %d rows (%d MB) : encoding/csv pass   %s ms : %s ms   ratio %.2f (limit 1.20)\n",
		rows, size>>20, large.a, large.b, large.ratio)
	fmt.Printf("peak memory of that check   %d MiB (limit 32)\n", large.memory>>10)
	if large.memory == 0 {
		return errors.New("the peak memory cannot be read from /proc")
	}
	within, err := measureShapes(runs, check)
	if err != nil {
		return err
	}
	asBefore := true
	if base == "" {
		fmt.Println("comparison with a base   left out: make bench BASE=<commit or tag>")
	} else if asBefore, err = measureBase(dir, binary, base, 20*runs, checkOf); err != nil {
		return err
	}
	if !within || !asBefore || small.ratio > 1.5 || large.ratio > 1.2 || large.memory > 32<<10 {
		return errors.New("a figure is over its limit")
	}
	return nil
}

// result is what a pair of commands took: medians of wall time as text, the median ratio a to b, and the peak memory of a
// in KiB.
type result struct {
	a, b   string
	ratio  float64
	memory int64
}

func pair(runs int, a, b func() *exec.Cmd) (result, error) {
	var r result
	var as, bs, ratios []float64
	for i := range runs + 1 {
		timeA, memory, err := run(a())
		if err != nil {
			return r, err
		}
		timeB, _, err := run(b())
		if err != nil {
			return r, err
		}
		if i == 0 {
			continue // warm-up
		}
		as, bs, ratios = append(as, timeA), append(bs, timeB), append(ratios, timeA/timeB)
		r.memory = max(r.memory, memory)
	}
	ms := func(v []float64) string { return strconv.FormatFloat(median(v)*1000, 'f', 1, 64) }
	r.a, r.b, r.ratio = ms(as), ms(bs), median(ratios)
	return r, nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// run runs a command and returns its wall time in seconds and its peak memory in KiB.
func run(cmd *exec.Cmd) (seconds float64, memory int64, err error) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watch(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	seconds = time.Since(start).Seconds()
	close(ended)
	memory = <-peak
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", cmd.Path, err, out.String())
	}
	return seconds, memory, nil
}

// watch returns the peak memory of a process in KiB, as the kernel keeps it, looked up every few milliseconds. What wait
// tells of a child counts its parent's memory in.
func watch(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue // it has just ended
		}
		for line := range strings.Lines(string(status)) {
			if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")), 10, 64)
				if err == nil {
					peak = max(peak, n)
				}
			}
		}
	}
}

// newServer plays Graph: a small activity report, and the large mailbox report from its file.
func newServer(report string) *httptest.Server {
	const head = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Send Count,Receive Count," +
		"Read Count,Assigned Products,Report Period\n"
	var week, day strings.Builder
	week.WriteString(head)
	day.WriteString(head)
	for i := range 200 {
		fmt.Fprintf(&week, "2026-11-20,user%d@contoso.example,User,False,,2026-11-20,%d,2,3,E3,7\n", i, i)
		fmt.Fprintf(&day, "2026-11-20,user%d@contoso.example,User,False,,2026-11-20,%d,2,3,E3,1\n", i, i)
	}
	others := map[string]string{}
	for _, s := range shapes() {
		others[s.path] = s.answer()
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, answer := range others {
			if strings.Contains(r.URL.Path, path) {
				_, _ = io.WriteString(w, answer)
				return
			}
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		switch {
		case strings.Contains(r.URL.Path, "getMailboxUsageDetail"):
			http.ServeFile(w, r, report)
		case strings.Contains(r.URL.Path, "period"):
			_, _ = io.WriteString(w, week.String())
		default:
			_, _ = io.WriteString(w, day.String())
		}
	}))
}

// writeToken leaves the state of an earlier check, whose token still holds.
func writeToken(dir string) error {
	sum := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) } //nolint:gosec // see the import
	state := fmt.Sprintf(`{"access_token":"t","expires_on":%d,"md5_secret":"%s","last_timestamp":1}`, time.Now().Unix()+3600, sum("s"))
	return os.WriteFile(filepath.Join(dir, "office365_graphapi_"+sum("t")+"_"+sum("c")), []byte(state), 0o600)
}

func writeReport(name string, rows int) (size int64, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	w := io.MultiWriter(f, counterOf(&size))
	var b strings.Builder
	b.WriteString("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Created Date,Last Activity Date,Item Count," +
		"Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte),Prohibit Send/Receive Quota (Byte),Deleted Item Count," +
		"Deleted Item Size (Byte),Deleted Item Quota (Byte),Has Archive,Report Period\n")
	for i := range rows {
		last := "2026-10-01"
		if i%10 == 0 {
			last = "2026-11-20"
		}
		fmt.Fprintf(&b, "2026-11-20,user%d@contoso.example,User %d,False,,2019-01-01,%s,%d,%d,53150220288,53687091200,53687091200,%d,%d,32212254720,False,7\n",
			i, i, last, i%5000, 1_000_000+i*37, i%90, i%700_000)
		if b.Len() > 1<<20 {
			if _, err := io.WriteString(w, b.String()); err != nil {
				return 0, err
			}
			b.Reset()
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return 0, err
	}
	return size, f.Close()
}

type counterOfBytes struct{ n *int64 }

func counterOf(n *int64) io.Writer { return counterOfBytes{n} }

func (c counterOfBytes) Write(p []byte) (int, error) {
	*c.n += int64(len(p))
	return len(p), nil
}
