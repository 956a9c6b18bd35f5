// Package perl is the Perl that operators' options rely on: its regular expressions, its numbers as text, its split, its
// double-quoted strings, and files that hold its literals.
//
// Text is bytes, as it is for the Perl plugins, which never decode what they read: '.' and \W match one byte of a
// character beyond ASCII, \w, \d, \s, [[:alpha:]] and the i flag know ASCII only, and ^.{2}@ does not match "日本@".
// A literal é or 日 in a pattern matches itself.
package perl

import (
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"github.com/centplugins/centplugins/framework/failure"
)

// matchTimeout bounds one search of the backtracking engine.
const matchTimeout = time.Second

// Regexp is a compiled Perl regular expression; any number of goroutines may use it at once.
//
// Whether it matches is found in linear time where the pattern allows; look-around, references to groups, atomic and
// possessive parts, and whatever asks for the position of a match, need an engine that backtracks. A search that takes
// that one more than a second is given up with an error.
type Regexp struct {
	pattern string
	linear  *regexp.Regexp // nil when the pattern needs backtracking
	newline bool           // linear is wrong about a text that ends with a newline

	backtracking func() (*regexp2.Regexp, error)
	// notEmpty finds the matches that do not end where the search starts.
	notEmpty func() (*regexp2.Regexp, error)
}

// Compile reads a Perl pattern; flags is any of "imsxn", where those about character sets ("a", "d", "l", "u") change
// nothing. Flags that belong to an operation ("g", "e", "r", "o", "c") are the caller's and are refused here. The empty
// pattern matches everything. \K, recursion, verbs and code are refused.
func Compile(pattern, flags string) (*Regexp, error) {
	r := &Regexp{pattern: pattern}
	wrong := func(reason any) error {
		return failure.New("The regular expression '%s' is wrong: %v", pattern, reason)
	}
	var set patternFlags
	for i := range len(flags) {
		if !set.set(flags[i], true) {
			return nil, wrong("it has no flag '" + flags[i:i+1] + "'")
		}
	}
	t, err := translate(pattern, set, false)
	if err != nil {
		return nil, wrong(err)
	}
	compile := func(prefix, suffix string) (*regexp2.Regexp, error) {
		t, err := translate(pattern, set, true)
		if err != nil {
			return nil, wrong(err)
		}
		re, err := regexp2.Compile(prefix+string(t.out)+suffix, regexp2.None)
		if err != nil {
			return nil, wrong(err)
		}
		re.MatchTimeout = matchTimeout
		return re, nil
	}
	r.backtracking = sync.OnceValues(func() (*regexp2.Regexp, error) { return compile("", "") })
	r.notEmpty = sync.OnceValues(func() (*regexp2.Regexp, error) { return compile("(?:", `)(?!\G)`) })
	r.newline = t.newline
	if !t.needsBack {
		// What fails here is too large: more than a thousand repetitions.
		r.linear, _ = regexp.Compile(string(t.out))
	}
	if r.linear == nil {
		if _, err := r.backtracking(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Match tells whether the pattern matches somewhere in s. The error is for the operator: the search took too long.
func (r *Regexp) Match(s string) (bool, error) {
	if r.linear != nil && !(r.newline && strings.HasSuffix(s, "\n")) {
		return r.linear.MatchString(widen(s)), nil
	}
	re, err := r.backtracking()
	if err != nil {
		return false, err
	}
	matched, err := re.MatchRunes(runes(s))
	if err != nil {
		return false, r.gaveUp()
	}
	return matched, nil
}

// Groups returns the first match, [0] the whole of it and then its groups, "" for one that took no part; nil when there
// is no match. The error is for the operator: the search took too long.
func (r *Regexp) Groups(s string) ([]string, error) {
	var found []string
	_, _, err := r.ReplaceFunc(s, false, func(groups []string) (string, error) {
		found = groups
		return "", nil
	})
	return found, err
}

// Replace returns s with replacement in the place of the first match, or of every match when global, as s/// does. The
// replacement is the inside of a double-quoted string, see Interpolate, where \1 is $1 too.
func (r *Regexp) Replace(s, replacement string, global bool) (string, error) {
	replaced, _, err := r.ReplaceFunc(s, global, func(groups []string) (string, error) {
		return Expand(replacement, func(rest string) (string, int) {
			if rest[0] == '\\' {
				if len(rest) > 2 && isDigit(rest[2]) {
					return "", 0 // two digits are a character's code
				}
				return Group(groups, rest[1:2]), 2
			}
			name, n := VariableAt(rest)
			return Group(groups, name), n
		}), nil
	})
	return replaced, err
}

// ReplaceFunc is Replace with the replacement made by a function, which gets the groups of each match as Groups returns
// them. It returns the number of replacements too, and s itself with the function's error when that fails.
func (r *Regexp) ReplaceFunc(s string, global bool, replacement func(groups []string) (string, error)) (string, int, error) {
	if !global && r.linear != nil {
		if matched, err := r.Match(s); err != nil || !matched {
			return s, 0, err
		}
	}
	re, err := r.backtracking()
	if err != nil {
		return s, 0, err
	}
	text := runes(s) // one for each byte, so that the engine's positions are those of s
	var out strings.Builder
	count, end := 0, 0
	for {
		m, err := re.FindRunesMatchStartingAt(text, end)
		if err != nil {
			return s, 0, r.gaveUp()
		}
		if m == nil {
			break
		}
		groups := make([]string, m.GroupCount())
		for i := range groups {
			if g := m.GroupByNumber(i); len(g.Captures) > 0 {
				groups[i] = s[g.Index : g.Index+g.Length]
			}
		}
		with, err := replacement(groups)
		if err != nil {
			return s, 0, err
		}
		out.WriteString(s[end:m.Index])
		out.WriteString(with)
		end = m.Index + m.Length
		count++
		if !global {
			break
		}
		// After an empty match Perl looks for one that gets further, if need be from the same place.
		find := r.backtracking
		if m.Length == 0 {
			find = r.notEmpty
		}
		if re, err = find(); err != nil {
			return s, 0, err
		}
	}
	if count == 0 {
		return s, 0, nil
	}
	out.WriteString(s[end:])
	return out.String(), count, nil
}

// gaveUp words the two errors that a search can have, time and memory. The engine's own text quotes the whole subject.
func (r *Regexp) gaveUp() error {
	return failure.New("The regular expression '%s' takes more than %v on one text: make it simpler, "+
		"repetitions of repetitions such as (a+)+ are slow", r.pattern, matchTimeout)
}

// widen returns s as the linear engine sees it: a byte beyond ASCII as its private character.
func widen(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return string(runes(s))
		}
	}
	return s
}

// runes returns one character for each byte of s.
func runes(s string) []rune {
	wide := make([]rune, len(s))
	for i := range wide {
		wide[i] = rune(s[i])
		if s[i] >= utf8.RuneSelf {
			wide[i] += highByte
		}
	}
	return wide
}
