// Command changelog prints docs/changelog.md for a release: as text, or as the changelog that nfpm puts into packages.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	version := flag.String("version", "", "version of the release; what is listed as next belongs to it")
	revision := flag.String("revision", "", "what packages have behind the version, such as 1.el9")
	date := flag.Int64("date", 0, "time of the release, in seconds since 1970")
	form := flag.String("form", "text", "text, or nfpm")
	flag.Parse()
	if err := write(os.Stdout, os.Stdin, *form, release{Version: *version, Date: time.Unix(*date, 0).UTC()}, *revision); err != nil {
		fmt.Fprintln(os.Stderr, "changelog:", err)
		os.Exit(1)
	}
}

// release is a section of the changelog.
type release struct {
	Version string
	Date    time.Time
	Changes []string
}

func write(w io.Writer, from io.Reader, form string, now release, revision string) error {
	releases, err := read(from, now)
	if err != nil {
		return err
	}
	switch form {
	case "text":
		for i, r := range releases {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%s (%s)\n\n", r.Version, r.Date.Format(time.DateOnly))
			for _, change := range r.Changes {
				fmt.Fprintf(w, "- %s\n", change)
			}
		}
	case "nfpm":
		for _, r := range releases {
			name := r.Version
			if name == now.Version && revision != "" {
				name += "-" + revision
			}
			fmt.Fprintf(w, "- semver: %q\n  date: %s\n  packager: centplugins <centplugins@users.noreply.github.com>\n", name, r.Date.Format(time.RFC3339))
			fmt.Fprintf(w, "  deb: {urgency: medium, distributions: [stable]}\n  changes:\n")
			for _, change := range r.Changes {
				fmt.Fprintf(w, "    - note: %s\n", strconv.Quote(change))
			}
		}
	default:
		return fmt.Errorf("there is no form %q", form)
	}
	return nil
}

// read returns the releases, the newest first. The section Next is the release now, unless that has one of its own: then
// what is still to come is left out.
func read(from io.Reader, now release) ([]release, error) {
	heading := regexp.MustCompile(`^## (?:(Next)|([0-9]+) \(([0-9]{4}-[0-9]{2}-[0-9]{2})\))$`)
	var all []release
	var next *release
	named := false
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "## "):
			parts := heading.FindStringSubmatch(line)
			if parts == nil {
				return nil, fmt.Errorf("line %d is neither '## Next' nor '## VERSION (YYYY-MM-DD)'", n)
			}
			if parts[1] != "" {
				if len(all) > 0 {
					return nil, fmt.Errorf("line %d: Next comes first", n)
				}
				all = append(all, now)
				next = &all[0]
				continue
			}
			date, err := time.Parse(time.DateOnly, parts[3])
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			named = named || parts[2] == now.Version
			all = append(all, release{Version: parts[2], Date: date})
		case strings.HasPrefix(line, "- ") && len(all) > 0:
			last := &all[len(all)-1]
			last.Changes = append(last.Changes, strings.TrimPrefix(line, "- "))
		case strings.HasPrefix(line, "  ") && len(all) > 0 && len(all[len(all)-1].Changes) > 0:
			changes := all[len(all)-1].Changes
			changes[len(changes)-1] += " " + strings.TrimSpace(line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if next != nil && (named || len(all[0].Changes) == 0) {
		all = all[1:]
	}
	if len(all) == 0 {
		return nil, errors.New("there is no release in it, and nothing is next")
	}
	return all, nil
}
