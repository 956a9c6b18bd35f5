package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/centplugins/centplugins/framework/describe"
)

func document(t *testing.T, plugins ...describe.Plugin) *bytes.Buffer {
	t.Helper()
	text, err := json.Marshal(describe.Document{Version: describe.Version, Plugins: plugins})
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewBuffer(text)
}

func example(name string) describe.Plugin {
	return describe.Plugin{
		Name: "apps::" + name + "::plugin", Path: "apps/" + name, Summary: "Check " + name + ".",
		Package: describe.Package{RPM: "centreon-plugin-Apps-" + name, DEB: "centreon-plugin-apps-" + name, Command: "centreon_" + name + ".pl"},
		Pack:    describe.Pack{Name: "centreon-pack-apps-" + name},
	}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestFilesOfAPlugin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run(document(t, example("one"), example("two")), dir); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"packs/deb/centreon-pack-apps-one.yaml", "packs/deb/centreon-pack-apps-two.yaml",
		"packs/rpm/centreon-pack-apps-one.yaml", "packs/rpm/centreon-pack-apps-two.yaml",
		"plugins/deb/centreon-plugin-apps-one.yaml", "plugins/deb/centreon-plugin-apps-two.yaml",
		"plugins/rpm/centreon-plugin-Apps-one.yaml", "plugins/rpm/centreon-plugin-Apps-two.yaml",
		"plugins/stub/centreon_one.pl", "plugins/stub/centreon_two.pl",
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, "plugins/stub/centreon_one.pl")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode of a stub: %v %v", info.Mode(), err)
	}
	// A plugin that is gone leaves nothing; what somebody else put there stays.
	if err := os.WriteFile(filepath.Join(dir, "plugins/deb/mine.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(document(t, example("two")), dir); err != nil {
		t.Fatal(err)
	}
	want = []string{
		"packs/deb/centreon-pack-apps-two.yaml", "packs/rpm/centreon-pack-apps-two.yaml", "plugins/deb/centreon-plugin-apps-two.yaml",
		"plugins/deb/mine.yaml", "plugins/rpm/centreon-plugin-Apps-two.yaml", "plugins/stub/centreon_two.pl",
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestWrongNames(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*describe.Package){
		"command without .pl":    func(p *describe.Package) { p.Command = "centreon_one" },
		"command with a path":    func(p *describe.Package) { p.Command = "../centreon_one.pl" },
		"command with a quote":   func(p *describe.Package) { p.Command = "centreon_'one.pl" },
		"package with a blank":   func(p *describe.Package) { p.RPM = "centreon-plugin one" },
		"package with a slash":   func(p *describe.Package) { p.DEB = "centreon-/one" },
		"package of another":     func(p *describe.Package) { p.DEB = "bash" },
		"package without a name": func(p *describe.Package) { p.RPM = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, wrong := t.TempDir(), example("one")
			spoil(&wrong.Package)
			if err := run(document(t, wrong), dir); err == nil || !strings.Contains(err.Error(), "apps::one::plugin: ") {
				t.Errorf("error: %v", err)
			}
			if got := files(t, dir); len(got) > 0 {
				t.Errorf("wrote %q", got)
			}
		})
	}
}

// connector runs a script as Centreon's Perl connector does: compiled once, as the body of a subroutine in a package of its own,
// under strict references and warnings; then called in a forked child with the file's name and the words of the command line.
const connector = `use strict; use warnings; use Text::ParseWords qw(parse_line);
my ($file, $line) = @ARGV;
open(my $in, '<', $file) or die $!;
my $text = do { local $/; <$in> };
die "the connector cuts the file at __END__" if $text =~ /__END__/;
eval "package Evaluated::Script; sub body { \@ARGV = \@_; local \$^W = 1; $text\n}\n1" or die "does not compile: $@";
for (1, 2) { # from the cache the second time
	my $child = fork() // die $!;
	if (!$child) {
		eval { Evaluated::Script::body($file, parse_line('\s+', 0, $line)); 1 } or die "died: $@";
		exit 9;
	}
	waitpid($child, 0);
	print "status ", $? >> 8, "\n";
}
`

// installed writes a stub that starts another program than the installed one.
func installed(t *testing.T, program string) (dir, stub string) {
	t.Helper()
	dir = t.TempDir()
	p := example("one")
	rendered, err := render(p)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(rendered[0].content), "exec { '/usr/bin/centreon_plugins' }", fmt.Sprintf("exec { '%s' }", program), 1)
	stub = filepath.Join(dir, p.Package.Command)
	syscall.ForkLock.RLock() // a child that holds the file open for writing keeps it from being executed
	defer syscall.ForkLock.RUnlock()
	if err := write(stub, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, stub
}

// shown is a program that prints the words of its command line, each on a line.
func shown(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := write(name, []byte("#!/bin/sh\ntr '\\0' '\\n' </proc/$$/cmdline\nexit 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

func needPerl(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("/usr/bin/perl"); err != nil {
		t.Skip("no perl to start a stub")
	}
}

func TestStub(t *testing.T) {
	t.Parallel()
	needPerl(t)
	program := shown(t)
	_, stub := installed(t, program)
	// The kernel puts the interpreter and the script in the place of the name of a script, which is why argv[0] is not seen here.
	head := "/bin/sh\n" + program + "\n"
	for name, args := range map[string][]string{
		"words as they are": {"--mode=m", "--filter=a b", "", `--x='"$HOME`, "--", "last"},
		"nothing":           {},
		"no file name":      {"x/centreon_one_pl", "--mode=m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(stub, args...)
			out, _ := cmd.CombinedOutput()
			want := head
			for _, arg := range args {
				want += arg + "\n"
			}
			if string(out) != want || cmd.ProcessState.ExitCode() != 2 {
				t.Errorf("exit %d: %q, want %q", cmd.ProcessState.ExitCode(), out, want)
			}
		})
	}
	t.Run("under the connector", func(t *testing.T) {
		t.Parallel()
		out, err := exec.Command("/usr/bin/perl", "-e", connector, stub, `--mode=m  --filter='a b' --empty=''`).CombinedOutput()
		one := head + "--mode=m\n--filter=a b\n--empty=\nstatus 2\n"
		if err != nil || string(out) != one+one {
			t.Errorf("%v: %q, want %q twice", err, out, one)
		}
	})
}

func TestStubWithoutProgram(t *testing.T) {
	t.Parallel()
	needPerl(t)
	dir, stub := installed(t, "/nonexistent/program")
	const want = "UNKNOWN: cannot start /usr/bin/centreon_plugins: No such file or directory. Is the package centplugins installed?\n"
	cmd := exec.Command(stub, "--mode=m", "--client-secret=hidden")
	cmd.Env = []string{"LC_ALL=C"}
	if out, _ := cmd.CombinedOutput(); string(out) != want || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("exit %d: %q", cmd.ProcessState.ExitCode(), out)
	}
	cmd = exec.Command("/usr/bin/perl", "-e", connector, filepath.Join(dir, "centreon_one.pl"), "--mode=m")
	cmd.Env = []string{"LC_ALL=C"}
	if out, err := cmd.Output(); err != nil || string(out) != strings.Repeat(want+"status 3\n", 2) {
		t.Errorf("%v: %q", err, out)
	}
}
