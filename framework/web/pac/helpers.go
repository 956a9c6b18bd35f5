package pac

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/web/pac/js"
)

// functions are those that PAC scripts may call.
func (e Env) functions() map[string]js.Func {
	return map[string]js.Func{
		"isPlainHostName":     texts(func(_ context.Context, a []string) js.Value { return !strings.Contains(a[0], ".") }, 1),
		"dnsDomainIs":         texts(func(_ context.Context, a []string) js.Value { return dnsDomainIs(a[0], a[1]) }, 2),
		"localHostOrDomainIs": texts(func(_ context.Context, a []string) js.Value { return localHostOrDomainIs(a[0], a[1]) }, 2),
		"isResolvable":        texts(func(ctx context.Context, a []string) js.Value { return e.resolve(ctx, a[0]) != "" }, 1),
		"isInNet":             texts(func(ctx context.Context, a []string) js.Value { return e.isInNet(ctx, a[0], a[1], a[2]) }, 3),
		"dnsResolve":          texts(e.dnsResolve, 1),
		"myIpAddress":         texts(func(context.Context, []string) js.Value { return e.LocalIP() }, 0),
		"dnsDomainLevels":     texts(func(_ context.Context, a []string) js.Value { return float64(strings.Count(a[0], ".")) }, 1),
		"shExpMatch":          texts(func(_ context.Context, a []string) js.Value { return shExpMatch(a[0], a[1]) }, 2),
		"weekdayRange":        e.timeFunction(weekdayRange),
		"dateRange":           e.timeFunction(dateRange),
		"timeRange":           e.timeFunction(timeRange),
		"alert":               texts(func(context.Context, []string) js.Value { return nil }, 0),
	}
}

// texts adapts a function of that many texts.
func texts(f func(ctx context.Context, args []string) js.Value, most int) js.Func {
	return func(ctx context.Context, args []js.Value) (js.Value, error) {
		given := make([]string, most)
		for i := range given {
			if i < len(args) {
				given[i] = js.Text(args[i])
			}
		}
		return f(ctx, given), nil
	}
}

func dnsDomainIs(host, domain string) bool {
	return strings.HasSuffix(strings.ToLower(host), strings.ToLower(domain))
}

func localHostOrDomainIs(host, name string) bool {
	host, name = strings.ToLower(host), strings.ToLower(name)
	return host == name || !strings.Contains(host, ".") && strings.HasPrefix(name, host+".")
}

func shExpMatch(text, pattern string) bool {
	expr := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	matched, err := regexp.MatchString(`(?s)\A`+expr+`\z`, text)
	return err == nil && matched
}

// resolve returns the first IPv4 address of host, or else its first address; empty when it has none.
func (e Env) resolve(ctx context.Context, host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	ips, err := e.Lookup(ctx, host)
	if err != nil || len(ips) == 0 {
		return ""
	}
	if i := slices.IndexFunc(ips, func(ip string) bool { return !strings.Contains(ip, ":") }); i >= 0 {
		return ips[i]
	}
	return ips[0]
}

func (e Env) dnsResolve(ctx context.Context, args []string) js.Value {
	if ip := e.resolve(ctx, args[0]); ip != "" {
		return ip
	}
	return js.Null{}
}

func (e Env) isInNet(ctx context.Context, host, network, mask string) bool {
	ip, err1 := netip.ParseAddr(e.resolve(ctx, host))
	want, err2 := netip.ParseAddr(network)
	bits, err3 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || err3 != nil || !ip.Is4() || !want.Is4() || !bits.Is4() {
		return false
	}
	a, b, m := ip.As4(), want.As4(), bits.As4()
	for i := range a {
		if a[i]&m[i] != b[i]&m[i] {
			return false
		}
	}
	return true
}

// timeFunction adapts a function of the current time, in GMT when the last argument says so.
func (e Env) timeFunction(f func(now time.Time, args []string) bool) js.Func {
	return func(_ context.Context, given []js.Value) (js.Value, error) {
		var args []string
		for _, arg := range given {
			if arg != nil && arg != (js.Null{}) {
				args = append(args, strings.ToUpper(strings.TrimSpace(js.Text(arg))))
			}
		}
		now := e.Now()
		if n := len(args); n > 0 && args[n-1] == "GMT" {
			now, args = now.UTC(), args[:n-1]
		}
		return len(args) > 0 && f(now, args), nil
	}
}

func weekdayRange(now time.Time, args []string) bool {
	days := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	first, last := slices.Index(days, args[0]), slices.Index(days, args[len(args)-1])
	return len(args) <= 2 && first >= 0 && last >= 0 && within([]int{first}, []int{int(now.Weekday())}, []int{last})
}

func timeRange(now time.Time, args []string) bool {
	numbers := make([]int, len(args))
	for i, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return false
		}
		numbers[i] = n
	}
	clock := []int{now.Hour(), now.Minute(), now.Second()}
	switch half := len(numbers) / 2; len(numbers) {
	case 1:
		return numbers[0] == clock[0]
	case 2, 4, 6:
		return within(numbers[:half], clock[:half], numbers[half:])
	}
	return false
}

// dateRange understands one date or two, each any of day, month and year that there are, in any order.
func dateRange(now time.Time, args []string) bool {
	if len(args)%2 == 1 {
		date, fields, ok := parseDate(now, args)
		return ok && slices.Equal(date, fields)
	}
	from, fields, ok := parseDate(now, args[:len(args)/2])
	to, fieldsTo, okTo := parseDate(now, args[len(args)/2:])
	return ok && okTo && len(from) == len(to) && slices.Equal(fields, fieldsTo) && within(from, fields, to)
}

// parseDate returns the given parts of a date, greatest first, and the same parts of now.
func parseDate(now time.Time, args []string) (date, today []int, ok bool) {
	months := []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	year, month, day := -1, -1, -1
	for _, arg := range args {
		n, err := strconv.Atoi(arg)
		switch {
		case err != nil:
			month = slices.Index(months, arg) + 1
			ok = month > 0
		case n > 31:
			year, ok = n, true
		default:
			day, ok = n, n > 0
		}
		if !ok {
			return nil, nil, false
		}
	}
	for _, part := range [][2]int{{year, now.Year()}, {month, int(now.Month())}, {day, now.Day()}} {
		if part[0] >= 0 {
			date, today = append(date, part[0]), append(today, part[1])
		}
	}
	return date, today, len(date) == len(args)
}

// within tells whether now lies from first to last, both included; a range whose end is before its beginning goes around.
func within(first, now, last []int) bool {
	if slices.Compare(first, last) <= 0 {
		return slices.Compare(first, now) <= 0 && slices.Compare(now, last) <= 0
	}
	return slices.Compare(first, now) <= 0 || slices.Compare(now, last) <= 0
}
