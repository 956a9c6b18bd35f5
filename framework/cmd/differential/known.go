package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rewording is a wanted difference as a change of the original's source: all else of its output is then compared as it stands.
type rewording struct {
	files                string // a pattern below cloud/microsoft/office365
	pattern, replacement string
}

func rewordings() []rewording {
	const (
		activity = "exchange/mode/emailactivity.pm"
		renamed  = `defined($$self->{output}->{option_results}->{use_new_perfdata})`
	)
	return []rewording{
		// The Exchange modes speak of mailboxes, as their documentation page does, where those of today speak of users.
		{activity, `active-users`, `active-mailboxes`},
		{activity, `active_users`, `active_mailboxes`},
		{activity, `Active users`, `Active mailboxes`},
		{activity, `\(active users\)`, `(active mailboxes)`},
		{activity, `"User '"`, `"Mailbox '"`},
		{activity, `filter-user`, `filter-mailbox`},
		{activity, `unit => 'users'`, `unit => ` + renamed + ` ? 'users' : 'mailboxes'`},
		// Their date is a metric only where metrics go by their new names.
		{"exchange/mode/*.pm", `(\$self->\{output\}->\w+\(label => 'perfdate')`, renamed + ` and $1`},
		// --unknown-active-users and their like are honoured, as the other thresholds --unknown-… are.
		{
			"*/mode/*.pm", `(\{ label => )'warning-'( \. \$self->\{thlabel\}, exit_litteral => )'warning'( \})`,
			`$0, $1'unknown-'$2'unknown'$3`,
		},
		// Sites without a URL go by their IDs, and are not one site.
		{
			"*/mode/siteusage.pm", `\$self->\{active\}->\{active\}\+\+;`,
			`$0 $$site->{'Site URL'} = $$site->{'Site Id'} if $$site->{'Site URL'} eq '';`,
		},
		// What a site stores and may store is 0 where the report has an empty cell, as in the sums, and not an empty value.
		{"*/mode/siteusage.pm", `(\{storage_(?:used|allocated)\} = \$site->[^;]*);`, `$1 || 0;`},
	}
}

// overlay copies what is needed of the original to dir, reworded, and returns its script there.
func overlay(original, dir string) (script string, err error) {
	source := filepath.Dir(original)
	for _, part := range []string{"centreon", "cloud/microsoft/office365"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(source, part))); err != nil {
			return "", err
		}
	}
	for _, r := range rewordings() {
		if err := r.apply(filepath.Join(dir, "cloud/microsoft/office365")); err != nil {
			return "", err
		}
	}
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	script = filepath.Join(dir, filepath.Base(original))
	return script, os.WriteFile(script, text, 0o600) //nolint:gosec // below dir
}

// apply changes the files below dir. It is an error if none has the pattern: the original has changed then.
func (r rewording) apply(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, r.files))
	if err != nil {
		return err
	}
	re := regexp.MustCompile(r.pattern)
	found := false
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !re.Match(text) {
			continue
		}
		found = true
		if err := os.WriteFile(name, re.ReplaceAll(text, []byte(r.replacement)), 0o600); err != nil { //nolint:gosec // below dir
			return err
		}
	}
	if !found {
		return fmt.Errorf("the original has changed: %s is not in %s any more", r.pattern, r.files)
	}
	return nil
}

// difference is two outcomes of one command line.
type difference struct {
	plugin, mode string
	options      []string
	theirs, ours outcome
}

func (d difference) none() bool { return d.theirs.same(d.ours) }

// known is a wanted difference.
type known struct {
	reason string
	// settle takes this difference out of the outcomes, where they have it, and leaves everything else as it is.
	settle func(*difference)
}

func wanted(perl string) []known {
	return []known{
		{"no OK from a filter on names that are all concealed", func(d *difference) {
			if has(d.ours, `None of the .* can match --filter-`) {
				d.agree()
			}
		}},
		{"the long output tells what is odd about a report", func(d *difference) {
			d.ours.stdout = without(d.ours.stdout, `(?i)(deleted;.{1,2}icrosoft|still.reports|by.their.ids|privacy.setting)`)
		}},
		{"texts from JSON are in UTF-8, where the original prints their characters up to U+00FF as bytes", func(d *difference) {
			if d.plugin != "management" {
				return
			}
			d.theirs.stdout = fromLatin1(d.theirs.stdout)
			if strings.HasPrefix(d.theirs.stdout, ".") || strings.HasPrefix(d.theirs.stdout, "/") {
				return // JSON and XML
			}
			// The titles of issues are in UTF-8 there, twice if another text is beyond U+00FF.
			d.theirs.stdout = regexp.MustCompile(`Ã[\x{80}-\x{bf}]`).ReplaceAllStringFunc(d.theirs.stdout, func(s string) string {
				_, size := utf8.DecodeRuneInString(s)
				last, _ := utf8.DecodeRuneInString(s[size:])
				return string(0xc0 + last&0x3f)
			})
		}},
		{"patterns outside ASCII match texts from JSON", func(d *difference) {
			if d.plugin == "management" && slices.ContainsFunc(d.options, func(word string) bool { return !ascii(word) }) {
				d.agree()
			}
		}},
		{"the original escapes control characters above U+007F twice in XML", func(d *difference) {
			d.theirs.stdout = regexp.MustCompile(`&#x[89][0-9A-F];`).ReplaceAllStringFunc(d.theirs.stdout, func(s string) string {
				code, _ := strconv.ParseInt(s[3:5], 16, 32)
				return string(rune(code))
			})
		}},
		{
			"each storage metric has its instance in JSON and XML; XML has several as elements, where the original prints a reference",
			func(d *difference) {
				inXML := regexp.MustCompile(`(?m) instances =.*?( label =)`)
				d.theirs.stdout = inXML.ReplaceAllString(d.theirs.stdout, "$1")
				d.ours.stdout = inXML.ReplaceAllString(d.ours.stdout, "$1")
				d.ours.stdout = regexp.MustCompile(`(?m) instances=.*?( label=.*\.usage\.bytes )`).ReplaceAllString(d.ours.stdout, "$1")
			},
		},
		{"an empty --opt-exit and an empty --units count as not given, as an unset macro of Centreon does", func(d *difference) {
			if slices.Contains(d.options, "--units=") || has(d.theirs, `Unknown value '' for --opt-exit`) {
				d.agree()
			}
		}},
		{"help is worded anew", func(d *difference) {
			if d.ours.exit == d.theirs.exit && has(d.theirs, `(?m)^Plugin Description:`) && has(d.ours, `(?m)^PLUGIN DESCRIPTION:`) {
				list := regexp.MustCompile(`(?s)^.*?\n((?:Modes Meta|Custom Modes Available):)`)
				d.theirs.stdout = list.ReplaceAllString(d.theirs.stdout, "$1")
				d.ours.stdout = list.ReplaceAllString(d.ours.stdout, "$1")
			}
		}},
		{"JSON and XML name the mode when an option is wrong too", func(d *difference) {
			empty := regexp.MustCompile(`(?m)^(\.plugin\.mode: |/plugin/mode :)$`)
			if d.theirs.exit == d.ours.exit && empty.MatchString(d.theirs.stdout) {
				mode := regexp.MustCompile(`(?m)^(\.plugin\.mode: |/plugin/mode :).+$`)
				d.ours.stdout = mode.ReplaceAllString(d.ours.stdout, "$1")
			}
		}},
		{"multi: a mode that fails is UNKNOWN, not left out", func(d *difference) {
			if d.mode == "multi" && has(d.ours, `Mode [a-z-]+: |UNKNOWN: (Unknown option|Wrong )`) {
				d.agree()
			}
		}},
		{"a fault that ends the original in the words of Perl, or without any, has words of its own", func(d *difference) {
			silent := d.theirs.exit == 255 && d.theirs.stdout == ""
			if (silent || d.ours.exit == d.theirs.exit && has(d.theirs, ` at (\S+|\(eval \d+\)) line \d+`)) && has(d.ours,
				`UNKNOWN: |Unknown option: |Wrong \S+ (condition|option)\b`) {
				d.agree()
			}
		}},
		{"%(variable) is one in the expressions on states too", func(d *difference) {
			if has(d.theirs, `Unsafe code evaluation: syntax error at .*%\(\w+`) {
				d.agree()
			}
		}},
		{"a pattern that Perl refuses is refused before the check, used or not", func(d *difference) {
			if has(d.ours, `The regular expression '.*' is wrong`) && slices.ContainsFunc(d.options, func(word string) bool {
				_, value, _ := strings.Cut(word, "=")
				return perlRefuses(perl, "$ARGV[0] ? qr/$ARGV[0]/ : 1", cmp.Or(value, word))
			}) {
				d.agree()
			}
		}},
		{"an expression that Perl refuses is refused before the check, used or not", func(d *difference) {
			if has(d.ours, `Wrong \S+ (condition|option)\b`) && slices.ContainsFunc(d.expressions(),
				func(e string) bool { return refused(perl, e) }) {
				d.agree()
			}
		}},
	}
}

func (d *difference) agree() { d.ours = d.theirs }

// expressions are those of the options.
func (d *difference) expressions() (all []string) {
	option := regexp.MustCompile(`(?s)^--((?:warning|critical|unknown)-(?:\w+-)?status|filter-perfdata-adv|change-output-adv)=(.*)$`)
	for i, word := range d.options {
		if i+1 < len(d.options) && !strings.Contains(word, "=") {
			word += "=" + d.options[i+1]
		}
		m := option.FindStringSubmatch(word)
		if m == nil {
			continue
		}
		if m[1] == "change-output-adv" {
			m[2], _, _ = strings.Cut(m[2], ",")
		}
		all = append(all, m[2])
	}
	return all
}

// refused reports whether Perl cannot compile an expression, in the compartment that the original has for them.
func refused(perl, expression string) bool {
	variables := regexp.MustCompile(`%[{(](.*?)[})]`)
	code := variables.ReplaceAllString(expression, "$$values->{$1}")
	const program = `use Safe; our $values = {}; my $s = Safe->new; $s->share('$values'); $s->reval("sub { $ARGV[0]\n}", 1); $@ eq '' or die`
	return perlRefuses(perl, program, code)
}

// perlRefuses reports whether a program in Perl fails on an argument.
func perlRefuses(perl, program, argument string) bool {
	return exec.Command(perl, "-e", program, argument).Run() != nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func has(o outcome, pattern string) bool { return regexp.MustCompile(pattern).MatchString(o.stdout) }

// fromLatin1 brings the bytes that are not in UTF-8 there.
func fromLatin1(text string) string {
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			r = rune(text[0])
		}
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String()
}

// without drops the lines that match.
func without(text, pattern string) string {
	re := regexp.MustCompile(pattern)
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), re.MatchString), "\n")
}

// explain returns why a difference is wanted, and what is left of it: nothing, if all of it is wanted.
func explain(perl string, d difference) (why string, left difference) {
	d.theirs.stdout, d.ours.stdout = canonical(d.theirs.stdout), canonical(d.ours.stdout)
	var reasons []string
	for _, k := range wanted(perl) {
		before := d
		k.settle(&d)
		if d.ours != before.ours || d.theirs != before.theirs {
			reasons = append(reasons, k.reason)
		}
		if d.none() {
			break
		}
	}
	return strings.Join(reasons, "; and "), d
}
