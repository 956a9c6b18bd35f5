package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// chooser makes up options for a mode. An option is one word, --name=value, or two.
type chooser struct {
	*rand.Rand
	mode mode
}

// options makes up an option set, in random order.
func (c chooser) options() (all [][]string) {
	add := func(option string) { all = append(all, c.spell(option)) }
	m := c.mode
	if len(m.counters) > 0 {
		for range c.IntN(4) {
			add(fmt.Sprintf("--%s-%s=%s", one(c.Rand, "warning", "critical", "critical", "unknown"), one(c.Rand, m.counters...), c.limit()))
		}
	}
	if len(m.states) > 0 {
		for range c.IntN(3) {
			add(fmt.Sprintf("--%s-%s=%s", one(c.Rand, "warning", "critical", "unknown"), one(c.Rand, m.states...), c.expression()))
		}
	}
	if len(m.filters) > 0 && c.IntN(2) == 0 {
		for range 1 + c.IntN(2) {
			add("--" + one(c.Rand, m.filters...) + "=" + c.pattern())
		}
	}
	if len(m.more) > 0 && c.IntN(2) == 0 {
		add(one(c.Rand, m.more...))
	}
	if m.discovers && c.IntN(2) == 0 {
		add(one(c.Rand, "--disco-show", "--disco-show", "--disco-format"))
	}
	if !m.discovers && c.IntN(2) == 0 {
		add("--filter-counters=" + c.labels())
	}
	for range c.IntN(5) {
		add(c.common())
	}
	c.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// spell writes some options as two words.
func (c chooser) spell(option string) []string {
	name, value, ok := strings.Cut(option, "=")
	if ok && value != "" && !strings.HasPrefix(value, "-") && c.IntN(8) == 0 {
		return []string{name, value}
	}
	return []string{option}
}

// limit makes up a range, or what looks like one.
func (c chooser) limit() string {
	n := func() string {
		if c.IntN(2) == 0 {
			return fmt.Sprint(c.IntN(100))
		}
		return one(c.Rand, "0", "1", "5", "50", "100", "33.3333", "66.67", "2.5", "-5", "+5", "1e3", "1073741824", "5000000000",
			"85899345920", "1KB",
			"10MB", "0.5", "1,5", "007", "")
	}
	switch c.IntN(16) {
	case 0, 1, 2, 3:
		return n()
	case 4, 5:
		return n() + ":"
	case 6:
		return ":" + n()
	case 7:
		return "~:" + n()
	case 8, 9:
		return n() + ":" + n()
	case 10, 11:
		return "@" + n() + ":" + n()
	case 12:
		return "@" + n()
	case 13:
		return "@~:" + n()
	case 14:
		return ""
	default:
		return one(c.Rand, "~", "@", "abc", "5::10", "5 :10", " 5", "5 ", "5;10", "@@5", "~5", "5%", "~:~", "1:2:3", "0x10", "--5",
			"5-10", "~:", ":")
	}
}

// pattern makes up a regular expression.
func (c chooser) pattern() string {
	return one(c.Rand, "", "user", "^u", `@x\.example$`, "^(?!user)", "(?i)zoë", "[a-m]", ".*", "o'b", `\+`, `(?<=user)\d`, "^.{5,20}$",
		"ë", `\w+@`, "^$",
		"ann|bob", "[^@]+@contoso", `(\d)\1`, "(", "*", "[", "[[:upper:]]", `\d{2,}`, `\bann\b`, "^(user1|user2)", "user(?=1)",
		"(?:a|u)+?s", `\Aa`, `e\Z`,
		"(?x) u s e r", "user[0-9]++", "[éë]", "日", "<", "&", "a,b", `\x{eb}`, `\p{Lu}`, `[^\x00-\x7f]`, "contoso", "sites/(?!a)", "team",
		`^https:`, "Online$",
		"advisory", "incident", "^EX", "Teams", "E5|PACK", "(?i:ANN)", `\$`, "%", `\\`, "|", "-", "0", ".", "^[^o]*$", "(?s).",
		"user1{1,2}@")
}

// labels makes up a regular expression on labels of counters.
func (c chooser) labels() string {
	if len(c.mode.counters) > 0 && c.IntN(4) == 0 {
		return one(c.Rand, c.mode.counters...)
	}
	return one(c.Rand, "", "", "", "active|total", "total", "^(?!total)", "status", "usage", "nothing", "count$", ".", "active",
		"items|status", "^a", "(?!active)")
}

// metric makes up a regular expression on names of metrics.
func (c chooser) metric() string {
	if len(c.mode.counters) > 0 && c.IntN(4) == 0 {
		return strings.ReplaceAll(one(c.Rand, c.mode.counters...), "-", "_")
	}
	return one(c.Rand, "active", "total", "count", ".*", "^(.*)$", "usage", `(\w+)_count`, "used", "nothing", "", "^(?!total)", "users?",
		`total_(.*)`, "perfdate",
		"user(\\d+)", "#", "bytes$", `^(.*?)#(.*)$`, "prct|percentage", "(a)|(b)", "o'", "expires")
}

// change makes up what --change-perfdata and --extend-perfdata take.
func (c chooser) change() string {
	fields := []string{
		c.metric(),
		one(c.Rand, "", "", "new", "pre_$1", "$1", "${1}x", "$2", "n m", "$1_$1", "a'b"),
		one(c.Rand, "", "", "percent()", "invert()", "scale(auto)", "scale(MB)", "scale(k)", "scale(Gb)", "math(current*2)",
			"math(current/3)", "math(current + 1)",
			"math(current*2|1)", "sum(total)", "average(count)", "min(.*)", "max(.*)", "nothing()", "scale()", "math()",
			"math(current/0)", "percent", "scale(XB)",
			"eval(%(value) = %(value) * 2)"),
		one(c.Rand, "", "u", "%", "B"), one(c.Rand, "", "0", "5"), one(c.Rand, "", "100", "1e3"), one(c.Rand, "", "10", "5:10", "80%",
			"@3"), one(c.Rand, "", "20", "90%", "~:3"),
	}
	return strings.Join(fields[:1+c.IntN(len(fields))], ",")
}

// group makes up what --extend-perfdata-group takes.
func (c chooser) group() string {
	fields := []string{
		c.metric(),
		one(c.Rand, "all", "sum_$1", "", "x", "per_$1"),
		one(c.Rand, "sum(count)", "average(count)", "min(.*)", "max(total)", "sum(.*)", "sum($1)", "average(.*_$1)", "percent()",
			"sum(nothing)", "", "sum(used)", "max(send|read)"),
		one(c.Rand, "", "u", "B"), one(c.Rand, "", "0"), one(c.Rand, "", "100"), one(c.Rand, "", "10", "50%"), one(c.Rand, "", "20", "80%"),
	}
	return strings.Join(fields[:3+c.IntN(len(fields)-2)], ",")
}

// expression makes up an expression on the states of a mode.
func (c chooser) expression() string {
	v := func() string { return "%{" + one(c.Rand, c.mode.variables...) + "}" }
	switch c.IntN(14) {
	case 0:
		return one(c.Rand, "", "0", "1", "'a'", "''", "0.0", "!1")
	case 1:
		return v()
	case 2:
		return c.expressionOn(v()) + one(c.Rand, " and ", " or ", " && ", " || ", " xor ") + c.expressionOn(v())
	case 3:
		return "not (" + c.expressionOn(v()) + ")"
	case 4:
		return "!(" + c.expressionOn(v()) + ") ? 1 : 0"
	case 5:
		return v() + one(c.Rand, " > ", " < ", " == ", " != ", " eq ", " ne ", " lt ", " ge ", " <=> ", " cmp ") + v()
	case 6:
		return one(c.Rand, "%{nothing} eq ''", "%{nothing} > 1", "%{nothing}", "(", "%{", "1 +", "and", "2 ** 3 == 8", "7 % 3 == 1",
			"'a' . 'b' eq 'ab'", "'a' x 3 eq 'aaa'",
			"1 < 2 && 2 < 3", "0 || 0 or 1", "10 == 10.0", `"a" eq 'a'`, "-5 < 3", "1_000 > 999", "0x10 == 16", "1e3 == 1000", "!0", "1;",
			"# 1", "1 # 0")
	default:
		return c.expressionOn(v())
	}
}

func (c chooser) expressionOn(v string) string {
	switch c.IntN(9) {
	case 0, 1:
		// A slash would end the expression; everything else stands as it is.
		return v + one(c.Rand, " =~ ", " !~ ", "=~") + "/" + strings.ReplaceAll(c.pattern(), "/", ".") + "/" + one(c.Rand, "", "i", "i",
			"x")
	case 2:
		return v + one(c.Rand, " eq ", " ne ", " lt ", " ge ") + one(c.Rand, "'valid'", "'-'", "'incident'", `"enabled"`, "''",
			"'ann@x.example'", "'b'", "'serviceOperational'")
	case 3:
		return v + one(c.Rand, " > ", " < ", " >= ", " <= ", " == ", " != ") + one(c.Rand, "0", "1", "1000", "1e10", "1073741824",
			"10 * 1024", "'5'", "2 ** 20", "0.5", "-1")
	case 4:
		return one(c.Rand, "lc", "uc", "length", "ucfirst", "lcfirst", "int", "abs", "sqrt") + "(" + v + ")" + one(c.Rand, " eq 'valid'",
			" > 5", " ne ''", " == 7")
	case 5:
		return v + one(c.Rand, " / 1024", " % 7", " * 2", " + 1", " - 1", " . 'x'", " x 2") + one(c.Rand, " > 10", " == 0", " ne ''")
	case 6:
		return v + one(c.Rand, ` =~ m{ann|user}`, ` =~ m/^[[:alpha:]]+$/`, ` =~ /(a)n\1?/`, ` !~ m|x|`, ` =~ /^\d+$/`, ` =~ /\@/`,
			` =~ /E$/ix`)
	case 7:
		return one(c.Rand, "index("+v+", 'e') > 0", "substr("+v+", 0, 3) eq 'use'", "defined("+v+")", "sprintf('%d', "+v+") > 3",
			"join('-', "+v+", 'b') =~ /-b$/")
	default:
		return "%(" + strings.Trim(v, "%{}") + ") eq 'b'" // no variable: these brackets are for other options
	}
}

// common makes up an option that every mode has.
func (c chooser) common() string {
	switch c.IntN(26) {
	case 0, 1, 2:
		return "--verbose"
	case 3, 4, 5:
		return "--use-new-perfdata"
	case 6, 7:
		return "--output-json"
	case 8:
		return "--output-xml"
	case 9:
		return one(c.Rand, "--output-ignore-perfdata", "--output-ignore-label")
	case 10, 11:
		return one(c.Rand, "--change-perfdata=", "--extend-perfdata=") + c.change()
	case 12:
		return "--extend-perfdata-group=" + c.group()
	case 13:
		return "--explode-perfdata-max" + one(c.Rand, "", "=", "="+c.metric(), "="+c.metric()+","+one(c.Rand, "top", "", "a,b"))
	case 14:
		return "--range-perfdata" + one(c.Rand, "=0", "=1", "=2", "=3", "=", "")
	case 15:
		return "--filter-perfdata=" + c.metric()
	case 16:
		return "--filter-perfdata-adv=" + one(c.Rand, "%(value) > 10", "%(label) =~ /total/", "%{unit} eq 'B'",
			`not (%(value) == 0 and %(max) eq "")`, "", "%(warning) ne ''",
			"%{min} == 0", "%(critical)", "%(label) =~ /o'/", "1", "0", "%(value) =~ /^\\d$/", "(", "%(nothing) eq ''")
	case 17:
		return "--filter-uom=" + one(c.Rand, "B", "^$", "users", "", "%", "mail|sites", "[", "^(?!B)")
	case 18:
		return "--float-precision=" + one(c.Rand, "0", "1", "2", "12", "", "x", "-1")
	case 19:
		return "--opt-exit=" + one(c.Rand, "ok", "warning", "CRITICAL", "unknown", "", "bogus")
	case 20, 21:
		return one(c.Rand, "--change-short-output=", "--change-long-output=") +
			one(c.Rand, "OK~Up", "ok~Up~i", `(\d+)/(\d+)~$2 over $1`, "^(.*)$~[$1]", "e~E~g", "a", "", "~x", "[~x", `o'brien~x`,
				"Total.*$~", "user~U~gi", "é~e~g", `\s+~_~g`,
				"(active)~<$1>~i", "User '(.*?)'~$1~g", `%~ percent`, "x~y~z", "a~b~e", "(a)(b)?~$2-~g", `A~\n`, `A~$&$&`, "~")
	case 22:
		return "--change-exit=" + one(c.Rand, "ok=warning", "OK=CRITICAL", "critical=ok", "unknown=ok", "warning=unknown", "ok", "",
			"ok=nothing", "ok=ok=ok")
	case 23:
		return "--change-output-adv=" + one(c.Rand, "%(exit_code) == 0,all fine,WARNING", "%(short_output) =~ /Active/,,CRITICAL",
			"%(exit_code) > 0,bad", "%{exit_code} == 2,down,2",
			"%(short_output) =~ /Total/,a | b,ok", "1,x,bogus", "0,x,OK", ",x,OK", "(", "", "%(exit_code) == 0",
			"%(short_output) =~ /'/,q,UNKNOWN", "1,a,b,c")
	case 24:
		return one(c.Rand, "--filter-counters-block=", "--filter-counters-block=", "--display-ok-counters=") + one(c.Rand, "", "global",
			"active|users", "active|mailboxes", "sites", "^(?!active)",
			"nothing", "free|prct", ".*", "services", "applications", "key", "password")
	default:
		return one(c.Rand, "--list-counters", "--list-mode", "--list-custommode", "--nothing", "--nothing=1", "--no-sanity-options",
			"--disco-format", "--disco-show",
			"--source-encoding=UTF-8", "--custommode=graphapi", "--custommode=nothing", "--tenant=", "--client-id=", "--client-secret=",
			"--ignore-warn-msg", "--opt-exit")
	}
}

// multi makes up the options of the mode that runs several modes of a plugin, which are named. Those of the modes themselves go to one.
func (c chooser) multi(names []string) (all [][]string) {
	c.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	names = names[:1+c.IntN(len(names))]
	if !slices.Contains(names, c.mode.name) {
		names = append(names, c.mode.name)
	}
	all = append(all, []string{"--modes-exec=" + strings.Join(names, ",")})
	everybodys := regexp.MustCompile(`^--(verbose|use-new|output-|change-|extend-|explode-|range-|filter-perfdata|filter-uom|float-|opt-exit)`)
	for _, option := range c.options() {
		if !everybodys.MatchString(option[0]) && len(option) == 1 && c.IntN(10) > 0 {
			option = []string{"--option-mode=" + c.mode.name + "," + option[0]}
		}
		all = append(all, option)
	}
	return all
}
