package main

import (
	"encoding/json"
	"go/format"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the repository.
const root = "../../.."

// filesOf returns the files that a page shows: each stands in a block below a line with its name.
func filesOf(page string) map[string]string {
	files := map[string]string{}
	blocks := regexp.MustCompile("(?ms)^`([^`\n]+)`[ \u00a0]?:\n\n```[a-z]+\n(.*?)^```$")
	for _, found := range blocks.FindAllStringSubmatch(page, -1) {
		files[found[1]] = found[2]
	}
	return files
}

// TestDevelopers builds what the page for developers shows, as part of the repository, and runs it.
func TestDevelopers(t *testing.T) {
	t.Parallel()
	pages := map[string]string{}
	for _, language := range []string{"en", "fr"} {
		text, err := os.ReadFile(filepath.Join(docs, language, "developers.md"))
		if err != nil {
			t.Fatal(err)
		}
		pages[language] = string(text)
	}
	files := filesOf(pages["en"])
	if len(files) != 6 {
		t.Fatalf("the page shows the files %q", slices.Sorted(maps.Keys(files)))
	}
	if !maps.Equal(files, filesOf(pages["fr"])) {
		t.Error("the files differ between the languages")
	}
	dir := t.TempDir()
	// First: who follows the page in the repository has its files there already.
	if err := os.CopyFS(filepath.Join(dir, "plugins"), os.DirFS(filepath.Join(root, "plugins"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
		if formatted, err := format.Source([]byte(text)); strings.HasSuffix(name, ".go") && (err != nil || string(formatted) != text) {
			t.Errorf("%s: not as gofmt has it: %v", name, err)
		}
	}
	overlay := overlayOf(t, dir, files)
	program := filepath.Join(dir, "bin", "centreon_plugins")
	command(t, root, "go", "build", "-overlay", overlay, "-o", program, ".")
	// As make demo leaves it.
	if err := os.Mkdir(filepath.Join(dir, "bin", "demo-state"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "fr"} {
		fresh := retell(pages[language], func(line, shown string) string {
			args, err := words(line)
			if err != nil || args[0] != "bin/centreon_plugins" {
				t.Fatalf("%v in: %s", err, line)
			}
			printed, _ := execute(t, dir, program, args[1:]...)
			if !*update && printed != shown {
				t.Errorf("%s: $ %s\nshown:\n%s\nprinted:\n%s", language, line, shown, printed)
			}
			return printed
		})
		if *update && fresh != pages[language] {
			if err := save(docs, map[string]string{language + "/developers.md": fresh}); err != nil {
				t.Fatal(err)
			}
		}
	}
	transcripts(t, dir, overlay)
	pack(t, dir, program)
}

// pack renders the packs with the plugin of the page.
func pack(t *testing.T, dir, program string) {
	t.Helper()
	renderer := filepath.Join(dir, "bin", "renderpacks")
	command(t, root, "go", "build", "-o", renderer, "./framework/cmd/renderpacks")
	if err := os.MkdirAll(filepath.Join(dir, "packaging", "packs"), 0o750); err != nil {
		t.Fatal(err)
	}
	described, err := execute(t, dir, program, "--describe")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), renderer)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(described)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "packaging", "packs", "centreon-pack-cloud-microsoft-office365-domains.clapi")); err != nil {
		t.Error(err)
	}
}

// transcripts builds the test of the page and runs it: once to write the rest of the transcripts, and once more to compare.
func transcripts(t *testing.T, dir, overlay string) {
	t.Helper()
	const folder = "modes/cloud/microsoft/office365/domains"
	test := filepath.Join(dir, "bin", "domains.test")
	command(t, root, "go", "test", "-overlay", overlay, "-vet=off", "-c", "-o", test, "./"+folder)
	there := filepath.Join(dir, folder)
	if out, err := execute(t, there, test); err == nil {
		t.Errorf("the test passes without an expected output:\n%s", out)
	}
	command(t, there, test, "-test.run=^TestTranscripts$", "-update")
	command(t, there, test, "-test.run=^TestTranscripts$")
	written, err := os.ReadFile(filepath.Join(there, "testdata", "domains-status-no-answer.txtar"))
	if err != nil || !strings.Contains(string(written), "UNKNOWN: Graph lists a domain without its id, or without isVerified. \n-- exit --\n3\n") {
		t.Errorf("%v, %s", err, written)
	}
}

// overlayOf lets the go command see the files as parts of the repository, and a list of plugins with that of the page, which the
// generator of the list makes from the folder of plugins in dir.
func overlayOf(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	generator := filepath.Join(dir, "bin", "genplugins")
	command(t, root, "go", "build", "-o", generator, "./framework/cmd/genplugins")
	const list = "plugins/all/zz_plugins.go"
	command(t, filepath.Join(dir, filepath.Dir(list)), generator)
	above, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{filepath.Join(above, list): filepath.Join(dir, list)}
	for name := range files {
		replace[filepath.Join(above, name)] = filepath.Join(dir, name)
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "overlay.json"), string(text))
	return filepath.Join(dir, "overlay.json")
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command runs a program that has to succeed.
func command(t *testing.T, dir string, line ...string) {
	t.Helper()
	if out, err := execute(t, dir, line[0], line[1:]...); err != nil {
		t.Fatalf("%q: %v\n%s", line, err, out)
	}
}

func execute(t *testing.T, dir, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
