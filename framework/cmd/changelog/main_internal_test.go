package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

const example = `# Changelog

Words.

## Next

- One
  more line.
- "Two": it's 100% \ new.

## 20260900 (2026-09-30)

- Three.
`

func now() release {
	return release{Version: "20261100", Date: time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ form, from, want string }{
		"text": {"text", example, "20261100 (2026-11-30)\n\n- One more line.\n- \"Two\": it's 100% \\ new.\n\n20260900 (2026-09-30)\n\n- Three.\n"},
		"nfpm": {"nfpm", example, `- semver: "20261100-1.el9"
  date: 2026-11-30T01:02:03Z
  packager: centplugins <centplugins@users.noreply.github.com>
  deb: {urgency: medium, distributions: [stable]}
  changes:
    - note: "One more line."
    - note: "\"Two\": it's 100% \\ new."
- semver: "20260900"
  date: 2026-09-30T00:00:00Z
  packager: centplugins <centplugins@users.noreply.github.com>
  deb: {urgency: medium, distributions: [stable]}
  changes:
    - note: "Three."
`},
		"nothing is next": {"text", "## Next\n\n## 20260900 (2026-09-30)\n- Three.\n", "20260900 (2026-09-30)\n\n- Three.\n"},
		"the release has a section": {
			"text", "## Next\n- Later.\n## 20261100 (2026-11-28)\n- Three.\n", "20261100 (2026-11-28)\n\n- Three.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := write(&b, strings.NewReader(test.from), test.form, now(), "1.el9"); err != nil || b.String() != test.want {
				t.Errorf("%v\n%s\nwant\n%s", err, b.String(), test.want)
			}
		})
	}
}

func TestWrongChangelog(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"":                              "there is no release in it",
		"## Next\n":                     "there is no release in it",
		"# C\n\n## 1.2 (2026-01-01)\n":  "line 3 is neither",
		"## 12 (2026-13-01)\n":          "line 1: parsing time",
		"## 12 (2026-01-01)\n## Next\n": "line 2: Next comes first",
	} {
		var b strings.Builder
		if err := write(&b, strings.NewReader(from), "text", now(), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", from, err, want)
		}
	}
	if err := write(&strings.Builder{}, strings.NewReader(example), "html", now(), ""); err == nil {
		t.Error("a form that nobody knows is taken")
	}
}

// FuzzRead looks for a changelog that is read as one without releases, or that brings the reader down.
func FuzzRead(f *testing.F) {
	f.Add(example)
	f.Add("## Next\n- x\n## 20261100 (2026-11-28)\n")
	f.Fuzz(func(t *testing.T, text string) {
		if all, err := read(strings.NewReader(text), now()); err == nil && len(all) == 0 {
			t.Error("no release, and no error")
		}
	})
}

// TestChangelog holds changes to a length that the changelogs of packages may have in a line.
func TestChangelog(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../../docs/changelog.md")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	releases, err := read(file, now())
	if err != nil {
		t.Fatal(err)
	}
	const longest = 76
	for _, r := range releases {
		for _, change := range r.Changes {
			if len(change) > longest {
				t.Errorf("%q has more than %d characters", change, longest)
			}
		}
	}
}
