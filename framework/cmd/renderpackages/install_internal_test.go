package main

import (
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

// These tests install built packages into fresh roots. make test-packages builds them, and names in the environment the
// directories of an older and of a newer version, and nfpm to build packages of others with.
const builtPackages, builtBy = "CENTPLUGINS_PACKAGES", "CENTPLUGINS_NFPM"

const (
	common     = "centplugins"
	importer   = "centplugins-packs"
	pluginsDir = "usr/lib/centreon/plugins"
	stateDir   = "var/lib/centreon/centplugins"
	exchange   = "centreon_office365_exchange_api.pl"
)

// format is a kind of package, and how it is installed.
type format struct {
	name    string
	lower   bool // names of packages have no capitals
	prepare func(t *testing.T, root string)
	install func(root string, files ...string) *exec.Cmd
	remove  func(root string, names ...string) *exec.Cmd
	verify  func(root string, names ...string) *exec.Cmd
	list    func(file string) *exec.Cmd
	base    []string // packages of the distribution that ours need
	own     []string // where the database of the packages is
}

func formats() []format {
	rpm := func(root string, args ...string) *exec.Cmd {
		return exec.Command("rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm", "--nosignature", "--force-debian"}, args...)...)
	}
	dpkg := func(root string, args ...string) *exec.Cmd {
		return exec.Command("dpkg", append([]string{"--root=" + root, "--force-not-root"}, args...)...)
	}
	return []format{
		{
			name: "rpm", prepare: func(*testing.T, string) {},
			install: func(root string, files ...string) *exec.Cmd {
				return rpm(root, append([]string{"-U", "--oldpackage"}, files...)...)
			},
			remove: func(root string, names ...string) *exec.Cmd { return rpm(root, append([]string{"-e"}, names...)...) },
			verify: func(root string, names ...string) *exec.Cmd { return rpm(root, append([]string{"-V"}, names...)...) },
			list: func(file string) *exec.Cmd {
				return exec.Command("rpm", "-qp", "--nosignature", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]", file)
			},
			base: []string{"perl-interpreter", "ca-certificates", "tzdata"}, own: []string{"var/lib/rpm"},
		},
		{
			name: "deb", lower: true,
			prepare: func(t *testing.T, root string) {
				for _, dir := range []string{"info", "updates", "triggers"} {
					mkdir(t, filepath.Join(root, "var/lib/dpkg", dir))
				}
				for _, file := range []string{"status", "available"} {
					put(t, filepath.Join(root, "var/lib/dpkg", file), "", 0o644)
				}
			},
			install: func(root string, files ...string) *exec.Cmd {
				return dpkg(root, append([]string{"--install"}, files...)...)
			},
			remove: func(root string, names ...string) *exec.Cmd {
				return dpkg(root, append([]string{"--purge"}, names...)...)
			},
			verify: func(root string, names ...string) *exec.Cmd {
				return dpkg(root, append([]string{"--verify"}, names...)...)
			},
			list: func(file string) *exec.Cmd {
				return exec.Command("sh", "-c", `dpkg-deb --fsys-tarfile "$1" | tar -tv --numeric-owner | awk '!/^d/ { print $1, $2, substr($6, 2) }'`, "sh", file)
			},
			base: []string{"perl-base", "ca-certificates", "tzdata"}, own: []string{"var/lib/dpkg", "var/log"},
		},
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := write(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// stage is a fresh root, and the packages to install there.
type stage struct {
	*testing.T
	format
	root         string
	older, newer string            // directories of built packages
	original     map[string]string // files of packages as Centreon makes them, by name
	plugins      []registry.Entry
}

func newStage(t *testing.T, f format) *stage {
	t.Helper()
	older, newer, ok := strings.Cut(os.Getenv(builtPackages), ":")
	if !ok {
		t.Skip("needs built packages: make test-packages runs it")
	}
	s := &stage{T: t, format: f, root: t.TempDir(), older: older, newer: newer, original: map[string]string{}, plugins: all.Entries()}
	if err := os.Chmod(s.root, 0o755); err != nil { // for checks as another user than root
		t.Fatal(err)
	}
	f.prepare(t, s.root)
	return s
}

func (s *stage) packageOf(e registry.Entry) string { return s.spell(e.New().Info().Package.Name) }

func (s *stage) spell(name string) string {
	if s.lower {
		return strings.ToLower(name)
	}
	return name
}

// names are the packages of a poller: the program, and a plugin each.
func (s *stage) names() []string {
	names := []string{common}
	for _, e := range s.plugins {
		names = append(names, s.packageOf(e))
	}
	return names
}

// packs are the packages of a central server: the importer, and a pack for each plugin.
func (s *stage) packs() []string {
	names := []string{importer}
	for _, e := range s.plugins {
		names = append(names, "centreon-pack-"+strings.ReplaceAll(e.Path, "/", "-"))
	}
	return names
}

// built is the file of a package of ours.
func (s *stage) built(dir, name string) string {
	s.Helper()
	machine := map[string]string{"rpm amd64": "x86_64", "rpm arm64": "aarch64"}[s.name+" "+runtime.GOARCH]
	if machine == "" {
		machine = runtime.GOARCH
	}
	for _, arch := range []string{machine, "noarch", "all"} {
		found, err := filepath.Glob(filepath.Join(dir, name+`[_\-][0-9]*[._]`+arch+"."+s.name))
		if err != nil || len(found) > 1 {
			s.Fatalf("%v %q", err, found)
		}
		if len(found) == 1 {
			return found[0]
		}
	}
	s.Fatalf("%s has no package %s", dir, name)
	return ""
}

func (s *stage) ours(dir string, names []string) (files []string) {
	for _, name := range names {
		files = append(files, s.built(dir, name))
	}
	return files
}

// make builds a package that is not ours.
func (s *stage) make(name, version, contents string) string {
	s.Helper()
	dir := s.TempDir()
	config := filepath.Join(dir, "nfpm.yaml")
	put(s.T, config, fmt.Sprintf("name: %s\narch: all\nplatform: linux\nversion_schema: none\nversion: %q\nrelease: 1\nmaintainer: x <x@example.org>\n"+
		"description: x\ncontents: [%s]\n", name, version, contents), 0o644)
	cmd := exec.Command(os.Getenv(builtBy), "package", "--config", config, "--packager", s.name, "--target", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("%v: %s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*."+s.name))
	if err != nil || len(found) != 1 {
		s.Fatalf("%v %q", err, found)
	}
	return found[0]
}

func (s *stage) do(cmd *exec.Cmd) string {
	s.Helper()
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.Fatalf("%v: %v: %s", cmd.Args, err, out)
	}
	return string(out)
}

// call runs a command inside the root.
func (s *stage) call(name string, args ...string) (out string, exit int) {
	s.Helper()
	cmd := &exec.Cmd{Path: name, Args: append([]string{name}, args...), Dir: "/", Env: []string{"LC_ALL=C"}, SysProcAttr: &syscall.SysProcAttr{Chroot: s.root}}
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.Fatalf("%s: %v", name, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// fill makes the root a poller, with Perl, the directories of Centreon's, and its plugins.
func (s *stage) fill() {
	s.Helper()
	var base []string
	for _, name := range s.base {
		base = append(base, s.make(name, "5.32.0", ""))
	}
	base = append(base, s.make("centreon-poller", "24.10.0", "{dst: /"+pluginsDir+", type: dir, file_info: {mode: 0755}},"+
		"{dst: /"+stateDir+", type: dir, file_info: {mode: 0775}}"))
	s.do(s.install(s.root, base...))
	script := filepath.Join(s.TempDir(), "original.pl")
	put(s.T, script, "#!/usr/bin/perl\nprint qq{the original\\n};\nexit 0;\n", 0o755)
	for _, e := range s.plugins {
		command := e.New().Info().Package.Command
		s.original[s.packageOf(e)] = s.make(s.packageOf(e), "20260700", fmt.Sprintf("{src: %s, dst: /%s/%s, file_info: {mode: 0775}}", script, pluginsDir, command))
	}
	// Perl with its libraries, and the modules that the stand-in for the connector loads.
	s.do(exec.Command("sh", "-ec", `
		for file in /usr/bin/perl $(ldd /usr/bin/perl | grep -o '/[^ ]*') $(perl -MText::ParseWords -Mstrict -Mwarnings -MCarp -e 'print join " ", values %INC'); do
			mkdir -p "$1${file%/*}"
			cp -L "$file" "$1$file"
		done`, "sh", s.root))
}

// tree lists all in the root but the database of the packages, with modes and contents.
func (s *stage) tree() []string {
	s.Helper()
	var all []string
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, s.root+"/")
		if slices.Contains(s.own, name) {
			return filepath.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		all = append(all, fmt.Sprintf("%s %d:%d %s", info.Mode(), stat.Uid, stat.Gid, name))
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return all
}

// graph plays login service and Graph.
func graph(t *testing.T) *httptest.Server {
	t.Helper()
	const head = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Send Count,Receive Count," +
		"Read Count,Assigned Products,Report Period\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":3599}`)
			return
		}
		_, _ = io.WriteString(w, head+"2026-11-20,ann@contoso.example,Ann,False,,2026-11-20,5,2,3,E3,7\n")
	}))
	t.Cleanup(server.Close)
	return server
}

// TestInstalled is alone, as it measures.
func TestInstalled(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) { newStage(t, f).life() })
	}
}

// life is what packages go through on a poller.
func (s *stage) life() {
	if os.Geteuid() != 0 {
		s.Skip("only root may install into another root")
	}
	server := graph(s.T)
	s.fill()
	before := s.tree()
	const path = "/" + pluginsDir + "/" + exchange
	check := []string{
		"--plugin=cloud::microsoft::office365::exchange::plugin", "--mode=email-activity", "--tenant=t", "--client-id=c", "--client-secret=s",
		"--login-endpoint=" + server.URL, "--graph-endpoint=" + server.URL,
	}
	isOriginal := func(when string) {
		s.Helper()
		if out, exit := s.call(path); out != "the original\n" || exit != 0 {
			s.Fatalf("%s: exit %d: %s", when, exit, out)
		}
	}
	isOurs := func(when, version string) {
		s.Helper()
		out, exit := s.call(path, check...)
		if bare, _ := s.call("/usr/bin/centreon_plugins", check...); out != bare || !strings.HasPrefix(out, "OK: ") || exit != 0 {
			s.Fatalf("%s: exit %d: %s%s", when, exit, out, bare)
		}
		if out, _ := s.call(path, "--version"); !strings.Contains(out, version) {
			s.Fatalf("%s: %s", when, out)
		}
		if out := s.do(s.verify(s.root, s.names()...)); out != "" {
			s.Fatalf("%s: files differ from the packages: %s", when, out)
		}
	}
	originals := make([]string, 0, len(s.plugins))
	for _, name := range s.names()[1:] {
		originals = append(originals, s.original[name])
	}
	older, newer := filepath.Base(s.older), filepath.Base(s.newer)

	s.do(s.install(s.root, originals...))
	isOriginal("installed")
	mkdir(s.T, filepath.Join(s.root, stateDir))
	state := filepath.Join(s.root, stateDir, "of_another_check")
	put(s.T, state, "kept", 0o660)

	s.refusesAlone()
	isOriginal("after a plugin without the program was refused")

	s.do(s.install(s.root, s.ours(s.older, s.names())...))
	isOurs("in the place of the original", older)
	s.allByTheirPaths()
	s.connector(append([]string{path}, check...))
	s.pace(path, check)
	kept, err := filepath.Glob(filepath.Join(s.root, stateDir, "office365_graphapi_*"))
	if err != nil || len(kept) != 1 {
		s.Fatalf("state of the check: %q %v", kept, err)
	}

	s.do(s.install(s.root, s.ours(s.newer, s.names())...))
	isOurs("updated", newer)
	s.do(s.install(s.root, s.ours(s.older, s.names())...))
	isOurs("downgraded", older)
	s.do(s.install(s.root, originals...))
	isOriginal("back")
	s.do(s.remove(s.root, common))
	isOriginal("back, without the program")

	s.do(s.install(s.root, s.ours(s.newer, s.names())...))
	isOurs("again", newer)
	s.do(s.remove(s.root, s.names()...))
	for _, name := range []string{kept[0], state} {
		if _, err := os.Stat(name); err != nil {
			s.Errorf("state is lost: %v", err)
		}
		if err := os.Remove(name); err != nil {
			s.Fatal(err)
		}
	}
	s.packsLife()
	for _, pair := range [][2][]string{{s.tree(), before}, {before, s.tree()}} {
		for _, line := range pair[0] {
			// Directories for all packages, which those of the distribution bring.
			if !slices.Contains(pair[1], line) && !strings.HasPrefix(line, "d") {
				s.Errorf("removing changes: %s", line)
			}
		}
	}
	for _, line := range before {
		if strings.Contains(line, "centreon") && !slices.Contains(s.tree(), line) {
			s.Errorf("a directory of Centreon is gone, or another: %s", line)
		}
	}
	for _, line := range s.tree() {
		if (strings.Contains(line, common) || strings.Contains(line, "centreon-pack")) && !slices.Contains(before, line) {
			s.Errorf("left behind: %s", line)
		}
	}
}

// packsLife installs, updates and removes packs, on what may be a poller as well.
func (s *stage) packsLife() {
	s.Helper()
	if out, err := s.install(s.root, s.built(s.older, s.packs()[1])).CombinedOutput(); err == nil || !strings.Contains(string(out), importer) {
		s.Fatalf("a pack is installed without its importer: %v %s", err, out)
	}
	for _, dir := range []string{s.older, s.newer} {
		s.do(s.install(s.root, s.ours(dir, s.packs())...))
		if out := s.do(s.verify(s.root, s.packs()...)); out != "" {
			s.Fatalf("files differ from the packages: %s", out)
		}
	}
	s.do(s.remove(s.root, s.packs()...))
}

// refusesAlone asks for a plugin without the program.
func (s *stage) refusesAlone() {
	s.Helper()
	name := s.names()[2]
	if out, err := s.install(s.root, s.built(s.older, name)).CombinedOutput(); err == nil || !strings.Contains(string(out), common) {
		s.Fatalf("installed without the program: %v %s", err, out)
	}
	if s.name == "deb" { // dpkg unpacks first, where apt would have asked before
		s.do(s.install(s.root, s.original[name]))
	}
}

func (s *stage) allByTheirPaths() {
	s.Helper()
	for _, e := range s.plugins {
		out, exit := s.call("/"+pluginsDir+"/"+e.New().Info().Package.Command, "--list-mode")
		if exit != 3 || !strings.Contains(out, "\nModes Available:\n") {
			s.Errorf("%s: exit %d: %s", e.Path, exit, out)
		}
		for _, m := range e.New().Info().Modes {
			if !strings.Contains(out, m.Name) {
				s.Errorf("%s: mode %s is not listed: %s", e.Path, m.Name, out)
			}
		}
	}
}

// connector runs the plugins under the rules of Centreon's Perl connector, and compares with how they are run without it.
func (s *stage) connector(check []string) {
	s.Helper()
	commands := [][]string{check}
	for _, e := range s.plugins {
		commands = append(commands, []string{"/" + pluginsDir + "/" + e.New().Info().Package.Command, "--list-mode"})
	}
	script := filepath.Join(s.root, "connector.pl")
	put(s.T, script, connector, 0o644)
	defer os.Remove(script)
	for _, words := range commands {
		direct, exit := s.call(words[0], words[1:]...)
		one := fmt.Sprintf("%sstatus %d\n", direct, exit)
		out, _ := s.call("/usr/bin/perl", "/connector.pl", words[0], strings.Join(words[1:], " "))
		if out != one+one {
			s.Errorf("%s under the connector: %s, want twice: %s", words[0], out, one)
		}
	}
}

// pace compares a check by its old path with the program alone, in turns.
func (s *stage) pace(path string, check []string) {
	s.Helper()
	const runs, limit = 41, 3 * time.Millisecond
	took := func(name string) time.Duration {
		start := time.Now()
		if out, exit := s.call(name, check...); exit != 0 {
			s.Fatalf("exit %d: %s", exit, out)
		}
		return time.Since(start)
	}
	median := func(all []time.Duration) time.Duration {
		slices.Sort(all)
		return all[len(all)/2].Round(10 * time.Microsecond)
	}
	// Again where the machine was too busy to tell.
	for try := 1; ; try++ {
		var stub, bare, more []time.Duration
		for range runs {
			a, b := took(path), took("/usr/bin/centreon_plugins")
			stub, bare, more = append(stub, a), append(bare, b), append(more, a-b)
		}
		s.Logf("check by its old path : by the program   %v : %v   median of the differences %v (limit %v)", median(stub), median(bare), median(more), limit)
		switch {
		case median(more) <= limit:
			return
		case try == 5:
			s.Errorf("the stub costs %v", median(more))
			return
		}
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, f)
			owner, link := "root:root ", ""
			if f.name == "deb" {
				owner, link = "0/0 ", "l--------- 0/0 "
			} else {
				link = "l--------- root:root "
			}
			const completions = "/usr/share/bash-completion/completions/"
			file := func(mode, name string) string { return "-" + mode + " " + owner + name }
			plain := func(name string) string { return file("rw-r--r--", name) }
			want := []string{file("rwxr-xr-x", "/usr/bin/centreon_plugins"), plain(completions + "centreon_plugins"), plain("/usr/share/man/man1/centreon_plugins.1.gz")}
			if f.name == "deb" {
				want = append(want, plain("/usr/share/doc/centplugins/changelog.Debian.gz"), plain("/usr/share/doc/centplugins/copyright"),
					plain("/usr/share/lintian/overrides/centplugins"))
			} else {
				want = append(want, "drwxr-xr-x "+owner+"/usr/share/licenses/centplugins", plain("/usr/share/licenses/centplugins/LICENSE"),
					plain("/usr/share/licenses/centplugins/copyright"))
			}
			s.listed(common, want)
			for _, e := range s.plugins {
				command := e.New().Info().Package.Command
				want := []string{file("rwxrwxr-x", "/"+pluginsDir+"/"+command), link + completions + command}
				if doc := "/usr/share/doc/" + s.packageOf(e); f.name == "deb" {
					want = append(want, plain(doc+"/changelog.Debian.gz"), plain(doc+"/copyright"))
				}
				s.listed(s.packageOf(e), want)
			}
			for i, name := range s.packs() {
				want := []string{plain("/usr/share/centreon-packs-office365/" + name + ".clapi")}
				if i == 0 {
					want = []string{file("rwxr-xr-x", "/usr/bin/centreon-pack-import")}
				}
				if f.name == "deb" && i == 0 {
					want = append(want, plain("/usr/share/lintian/overrides/"+name))
				}
				if doc := "/usr/share/doc/" + name; f.name == "deb" {
					want = append(want, plain(doc+"/changelog.Debian.gz"), plain(doc+"/copyright"))
				} else if i == 0 {
					want = append(want, "drwxr-xr-x "+owner+"/usr/share/centreon-packs-office365")
				}
				s.listed(name, want)
			}
		})
	}
}

func (s *stage) listed(name string, want []string) {
	s.Helper()
	got := strings.Split(strings.TrimSpace(s.do(s.list(s.built(s.older, name)))), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("%s holds\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestMachines looks at the programs of both architectures.
func TestMachines(t *testing.T) {
	t.Parallel()
	s := newStage(t, formats()[1])
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		found, err := filepath.Glob(filepath.Join(s.older, common+"_*_"+arch+".deb"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%v %q", err, found)
		}
		dir := t.TempDir()
		s.do(exec.Command("dpkg-deb", "-x", found[0], dir))
		program, err := elf.Open(filepath.Join(dir, "usr/bin/centreon_plugins"))
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		if program.Machine != machine || program.Section(".interp") != nil {
			t.Errorf("%s: the program is for %v, or not static", arch, program.Machine)
		}
	}
}
