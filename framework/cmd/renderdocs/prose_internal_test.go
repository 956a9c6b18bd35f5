package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/centplugins/centplugins/framework/describe"
)

// readable are the pages that people read, by their paths below the root.
func readable(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/en/*.md", "docs/fr/*.md", "docs/decisions/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pages[filepath.Clean(file)] = string(text)
		}
	}
	return pages
}

// anchors are the headings of a page, as links name them.
func anchors(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(prose(page), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, heading[1]))
	}
	return all
}

func TestLinks(t *testing.T) {
	t.Parallel()
	pages, links := readable(t), 0
	for file, page := range pages {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]*)\)`).FindAllStringSubmatch(prose(page), -1) {
			target, anchor, hasAnchor := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			links++
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: a link to %s, which is not there", file, link[1])
				continue
			}
			if hasAnchor && !slices.Contains(anchors(pages[to]), anchor) {
				t.Errorf("%s: a link to %s, but the page has the headings %q", file, link[1], anchors(pages[to]))
			}
		}
	}
	if links < 50 {
		t.Errorf("%d links were followed: the pages have more", links)
	}
}

// TestLanguages holds the languages together: the same pages, commands and tables in each.
func TestLanguages(t *testing.T) {
	t.Parallel()
	paths, texts := written(t)
	shape := func(page string) []string {
		var lines []string
		for line := range strings.Lines(page) {
			switch {
			case strings.HasPrefix(line, "#"):
				lines = append(lines, strings.Repeat("#", len(line)-len(strings.TrimLeft(line, "#"))))
			case strings.HasPrefix(line, "| "):
				lines = append(lines, "row")
			case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "$ "), strings.HasPrefix(line, "    --"):
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return lines
	}
	for _, path := range paths {
		name := filepath.Base(path)
		english, french := shape(texts["en/"+name]), shape(texts["fr/"+name])
		for i := range max(len(english), len(french)) {
			if i >= len(english) || i >= len(french) || english[i] != french[i] {
				t.Errorf("%s: the languages part at %q and %q", name, english[min(i, len(english)):], french[min(i, len(french)):])
				break
			}
		}
	}
}

// TestTranslations lets no translation stand whose text is gone. A missing one fails in rendered.
func TestTranslations(t *testing.T) {
	t.Parallel()
	from, err := load(os.DirFS(filepath.Join(docs, "source")))
	if err != nil {
		t.Fatal(err)
	}
	said := set{}
	addGroups := func(groups []describe.Group) {
		for _, g := range groups {
			said.add(g.Title)
			for _, o := range g.Options {
				said.add(o.Help)
			}
		}
	}
	document := registered(t)
	addGroups(slices.Concat(document.Options, document.CheckOptions, document.MultiOptions))
	for _, manager := range document.PasswordManagers {
		addGroups(manager.Options)
	}
	for _, p := range document.Plugins {
		for _, c := range p.CustomModes {
			addGroups(c.Options)
		}
		for _, m := range p.Modes {
			said.add(m.Help)
			addGroups(m.Options)
			for _, b := range m.Blocks {
				for _, c := range b.Counters {
					said.add(c.Help)
				}
			}
		}
	}
	if len(from.sayings["fr"]) < 200 {
		t.Errorf("%d translations", len(from.sayings["fr"]))
	}
	for text := range from.sayings["fr"] {
		if !said[text] {
			t.Errorf("nobody says %q any more: remove it from translations.json", text)
		}
	}
}

// TestFrench holds French pages to the spaces that French has before its signs: such as never break a line.
func TestFrench(t *testing.T) {
	t.Parallel()
	paths, texts := written(t)
	for _, path := range paths {
		if !strings.HasPrefix(path, "fr/") {
			continue
		}
		text := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(prose(texts[path]), "x")
		for _, wrong := range []string{`[^|] [:;?!»](\s|$)`, `« `, `\pL[;?!»](\s|$)`, `«\pL`} {
			if found := regexp.MustCompile("(?m).{0,30}" + wrong + ".{0,10}").FindString(text); found != "" {
				t.Errorf("%s: a no-break space is missing in %q", path, found)
			}
		}
	}
}
