// Command notices prints the licences of what is linked into a Go program: they have to come with it.
//
// The modules are those that the program itself names, read from the module cache that it was built from.
package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "notices: give the program, and the file of its own licence")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// write prints the licences of a program, and refers to the text of its own where that is a module's as well.
func write(w io.Writer, program, licence string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	own, err := os.ReadFile(licence) //nolint:gosec // who builds names the file
	if err != nil {
		return err
	}
	root, err := goTool("env", "GOROOT")
	if err != nil {
		return err
	}
	if err := notice(w, "The Go standard library", "https://go.dev, "+info.GoVersion, root, string(own)); err != nil {
		return err
	}
	for _, module := range info.Deps {
		if module.Replace != nil {
			return fmt.Errorf("%s is replaced: say where its source is", module.Path)
		}
		dir, err := goTool("list", "-m", "-f", "{{.Dir}}", module.Path+"@"+module.Version)
		if err != nil {
			return err
		}
		source := "https://pkg.go.dev/" + module.Path + "@" + module.Version
		if err := notice(w, module.Path, source, dir, string(own)); err != nil {
			return err
		}
	}
	return nil
}

// goTool returns the one line that a go command prints.
func goTool(args ...string) (string, error) {
	out, err := exec.Command("go", args...).Output() //nolint:gosec // the program that was built names its modules
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("go %s: %s", strings.Join(args, " "), exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// notice prints the licence files of a directory. A module without any must not be distributed.
func notice(w io.Writer, name, source, dir, own string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	found := false
	fmt.Fprintf(w, "\n%s\n%s\nSource: %s\n", strings.Repeat("-", 80), name, source)
	for _, e := range entries {
		if !isNotice(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name())) //nolint:gosec // as above
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(w, "\n%s\n", refer(strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")), own))
	}
	if !found {
		return fmt.Errorf("%s has no licence file", name)
	}
	return nil
}

func isNotice(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	return slices.Contains([]string{"license", "licence", "copying", "notice", "patents"}, name)
}

// refer puts a reference in the place of a licence's terms where they are those of our own; copyright lines stay.
func refer(text, own string) string {
	terms := func(text string) string {
		text, _, _ = strings.Cut(text, "END OF TERMS AND CONDITIONS")
		return strings.Join(strings.Fields(text), " ")
	}
	if own == "" || terms(text) != terms(own) {
		return text
	}
	kept := []string{"The terms are those of the program itself: see above."}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "Copyright ") && !strings.ContainsAny(line, "[{") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
