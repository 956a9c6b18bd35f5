package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/app"
	"github.com/centplugins/centplugins/framework/describe"
	"github.com/centplugins/centplugins/framework/plugintest"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/plugins/all"
)

var update = flag.Bool("update", false, "write what the shown commands print, and the pages, anew")

// docs is the folder of the pages.
const docs = "../../../docs"

// check runs the program, as main does, and returns what it prints.
func check(t *testing.T, environment map[string]string, args ...string) string {
	t.Helper()
	plugins, err := registry.New(all.Entries()...)
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	app.Run(context.Background(), app.Config{
		Registry: plugins, Args: args, Version: "1.0.0", Stdin: strings.NewReader(""), Stdout: &stdout, Now: plugintest.Now, Location: time.UTC,
		Getenv: func(name string) string { return environment[name] }, Hostname: func() (string, error) { return "poller", nil },
	})
	return stdout.String()
}

// registered is the registry as data.
func registered(t *testing.T) *describe.Document {
	t.Helper()
	document, err := describe.Read(strings.NewReader(check(t, nil, "centreon_plugins", "--describe")))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// rendered are the pages as they are made from the sources, by their paths below docs.
func rendered(t *testing.T) map[string]string {
	t.Helper()
	from, err := load(os.DirFS(filepath.Join(docs, "source")))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := from.render(registered(t))
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// written are the pages as they stand in docs, in order.
func written(t *testing.T) (paths []string, texts map[string]string) {
	t.Helper()
	texts = map[string]string{}
	for _, language := range []string{"en", "fr"} {
		files, err := filepath.Glob(filepath.Join(docs, language, "*.md"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no pages in %s: %v", language, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path := language + "/" + filepath.Base(file)
			paths, texts[path] = append(paths, path), string(text)
		}
	}
	return paths, texts
}

// retell walks through the blocks of console in a page, and returns it with what say returns in place of what they show.
func retell(page string, say func(command, shown string) string) string {
	var out, shown strings.Builder
	command, inside := "", false
	flush := func() {
		if command != "" {
			out.WriteString(say(command, shown.String()))
		}
		command = ""
		shown.Reset()
	}
	for line := range strings.Lines(page) {
		switch {
		case !inside:
			inside = strings.TrimSpace(line) == "```console"
			out.WriteString(line)
		case strings.TrimSpace(line) == "```":
			flush()
			inside = false
			out.WriteString(line)
		case strings.HasPrefix(line, "$ "):
			flush()
			command = strings.TrimSuffix(line[2:], "\n")
			out.WriteString(line)
		case strings.HasSuffix(command, `\`) && shown.Len() == 0:
			command += "\n" + strings.TrimSuffix(line, "\n")
			out.WriteString(line)
		default:
			shown.WriteString(line)
		}
	}
	flush()
	return out.String()
}

// words splits a command as a shell does. What it does not know, it refuses.
func words(command string) ([]string, error) {
	var all []string
	var word strings.Builder
	started, quote := false, rune(0)
	for _, r := range strings.ReplaceAll(command, "\\\n", " ") {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' || r == '\n':
			if started {
				all = append(all, word.String())
			}
			word.Reset()
			started = false
		case strings.ContainsRune("|&;<>$`\\*?#~(", r):
			return nil, errors.New("only words and quotes are understood, not " + string(r))
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if started {
		all = append(all, word.String())
	}
	return all, nil
}

// secrets stands for the folder that the pages keep credentials in.
const secrets = "/etc/centreon-plugins/"

// run runs a command of a page on a poller of its own: variables before the program are its environment, and files of
// credentials are in a folder that only their owner reads.
func run(t *testing.T, command string) string {
	t.Helper()
	args, err := words(command)
	if err != nil {
		t.Fatalf("%v in: %s", err, command)
	}
	environment := map[string]string{}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, value, ok := strings.Cut(args[0], "=")
		if !ok {
			break
		}
		environment[name], args = value, args[1:]
	}
	if len(args) == 0 || !strings.HasPrefix(filepath.Base(args[0]), "centreon_") {
		t.Fatalf("not a call of a plugin: %s", command)
	}
	folder := t.TempDir() + "/"
	certificate, err := os.ReadFile("../../../custommodes/cloud/microsoft/office365/graphapi/testdata/app.pem")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"office365.secret": "demo\n", "office365.pem": string(certificate), "federated.token": "demo\n"} {
		if err := os.WriteFile(folder+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], secrets, folder)
	}
	return strings.ReplaceAll(check(t, environment, append(args, "--statefile-dir="+t.TempDir())...), folder, secrets)
}

// TestPages holds the pages to their sources, and what they show to what the shown commands print. It is not parallel: under
// -update it writes what the other tests read.
func TestPages(t *testing.T) {
	made := rendered(t)
	outputs := map[string]string{} // of commands on rendered pages
	paths, texts := written(t)
	for path := range made {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	ran := map[string]string{}
	for _, path := range paths {
		page, isMade := made[path]
		if filepath.Base(path) == "developers.md" {
			continue // its plugin is in no registry but that of TestDevelopers
		}
		if !isMade {
			page = texts[path]
			if strings.Contains(page, "docs/source/") && strings.HasPrefix(page, "<!--") {
				t.Errorf("%s has no source any more: remove it", path)
			}
		}
		fresh := retell(page, func(command, shown string) string {
			if _, ok := ran[command]; !ok {
				ran[command] = run(t, command)
			}
			if isMade {
				outputs[command] = ran[command]
			}
			if !*update && ran[command] != shown {
				t.Errorf("%s: $ %s\nshown:\n%s\nprinted:\n%s", path, command, shown, ran[command])
			}
			return ran[command]
		})
		switch {
		case *update && !isMade && fresh != page:
			if err := save(docs, map[string]string{path: fresh}); err != nil {
				t.Fatal(err)
			}
		case !*update && isMade && texts[path] != page:
			t.Errorf("%s is not what its source makes: run make generate", path)
		}
	}
	if len(ran) < 30 {
		t.Errorf("%d commands were run: the pages show more", len(ran))
	}
	if !*update {
		return
	}
	text := &bytes.Buffer{}
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(outputs); err != nil {
		t.Fatal(err)
	}
	if err := save(docs, map[string]string{"source/outputs.json": text.String()}); err != nil {
		t.Fatal(err)
	}
	if err := save(docs, rendered(t)); err != nil {
		t.Fatal(err)
	}
}

// TestOtherBlocks lets no call of a plugin stand in a block that is not run.
func TestOtherBlocks(t *testing.T) {
	t.Parallel()
	paths, texts := written(t)
	for _, path := range paths {
		language, fenced := "", false
		for line := range strings.Lines(texts[path]) {
			if mark, ok := strings.CutPrefix(strings.TrimSpace(line), "```"); ok {
				language, fenced = mark, !fenced
				continue
			}
			shown := fenced && language != "console" || !fenced && strings.HasPrefix(line, "    ")
			argument := strings.HasPrefix(line, "--") // of a transcript
			if shown && !argument && strings.Contains(line, "--plugin=") {
				t.Errorf("%s: a command stands where no test runs it: %s", path, line)
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	got, err := words("a --b='c d' \\\n    \"e\"f ''")
	if want := []string{"a", "--b=c d", "ef", ""}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, wrong := range []string{"a | b", "a 'b", "a $B", "a > b"} {
		if got, err := words(wrong); err == nil {
			t.Errorf("%s was split into %q", wrong, got)
		}
	}
}
