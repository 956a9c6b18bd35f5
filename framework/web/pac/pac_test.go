package pac_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/web/pac"
)

func env() pac.Env {
	return pac.Env{
		Now: func() time.Time {
			return time.Date(2026, time.November, 21, 14, 30, 15, 0, time.FixedZone("CET", 3600))
		}, // a Saturday
		Lookup: func(_ context.Context, host string) ([]string, error) {
			switch host {
			case "intra.example":
				return []string{"2001:db8::1", "10.1.2.3"}, nil
			case "six.example":
				return []string{"2001:db8::6"}, nil
			}
			return nil, errors.New("no such host")
		},
		LocalIP: func() string { return "192.0.2.7" },
	}
}

func find(t *testing.T, script, address string) (*url.URL, error) {
	t.Helper()
	s, err := pac.Load(t.Context(), script, env())
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return s.FindProxy(t.Context(), target)
}

func TestHelpers(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`isPlainHostName("www")`: "true", `isPlainHostName("www.a")`: "false",
		`dnsDomainIs("www.Example.com", ".example.com")`: "true", `dnsDomainIs("www", ".example.com")`: "false",
		`localHostOrDomainIs("www", "www.example.com")`: "true", `localHostOrDomainIs("www.example.com", "WWW.example.com")`: "true",
		`localHostOrDomainIs("www.other.com", "www.example.com")`: "false", `localHostOrDomainIs("ww", "www.example.com")`: "false",
		`isResolvable("intra.example")`: "true", `isResolvable("x.example")`: "false",
		`dnsResolve("intra.example")`: "10.1.2.3", `dnsResolve("six.example")`: "2001:db8::6", `dnsResolve("x.example")`: "null", `dnsResolve("192.0.2.1")`: "192.0.2.1",
		`isInNet("intra.example", "10.1.0.0", "255.255.0.0")`: "true", `isInNet("10.2.0.1", "10.1.0.0", "255.255.0.0")`: "false",
		`isInNet("six.example", "10.1.0.0", "0.0.0.0")`: "false", `isInNet("10.1.0.1", "nonsense", "255.0.0.0")`: "false",
		`myIpAddress()`: "192.0.2.7", `dnsDomainLevels("a.b.c")`: "2",
		`shExpMatch("http://a.b/c/d", "*/c/*")`: "true", `shExpMatch("abc", "a?c")`: "true", `shExpMatch("a.c", "abc")`: "false", `shExpMatch("abc", "a.c")`: "false",
		`shExpMatch("a[b]", "a[b]")`: "true", `shExpMatch("abc", "b")`: "false",
		`weekdayRange("SAT")`: "true", `weekdayRange("MON", "FRI")`: "false", `weekdayRange("FRI", "MON")`: "true", `weekdayRange("SAT", "GMT")`: "true",
		`weekdayRange("XXX")`: "false", `weekdayRange()`: "false",
		`dateRange(21)`: "true", `dateRange(1, 20)`: "false", `dateRange("NOV")`: "true", `dateRange("OCT", "DEC")`: "true", `dateRange("DEC", "JAN")`: "false",
		`dateRange("DEC", "NOV")`: "true", `dateRange(2026)`: "true", `dateRange(2020, 2025)`: "false", `dateRange(20, "NOV", 22, "NOV")`: "true",
		`dateRange("NOV", 2026, "DEC", 2026)`: "true", `dateRange(22, "NOV", 2026, 31, "DEC", 2026)`: "false", `dateRange(1, "JAN", 2026, 21, "NOV", 2026, "GMT")`: "true",
		`dateRange(21, "NOV", 2026)`: "true", `dateRange("NOVEMBER")`: "false", `dateRange(1, "NOV")`: "false", `dateRange(0)`: "false", `dateRange("GMT")`: "false",
		`timeRange(14)`: "true", `timeRange(13)`: "false", `timeRange(13, "GMT")`: "true", `timeRange(8, 14)`: "true", `timeRange(15, 20)`: "false", `timeRange(22, 15)`: "true",
		`timeRange(14, 0, 14, 30)`: "true", `timeRange(14, 31, 15, 0)`: "false", `timeRange(14, 30, 15, 14, 30, 15)`: "true", `timeRange(14, 30, 16, 15, 0, 0)`: "false",
		`timeRange(1, 2, 3)`: "false", `timeRange("noon")`: "false",
		`alert("x")`: "undefined",
	} {
		script := `function FindProxyForURL(url, host) { var got = String(` + expression + `); if (got !== "` + want + `") throw got; return "DIRECT"; }`
		if _, err := find(t, script, "http://a.example/"); err != nil {
			t.Errorf("%s: %v, want %s", expression, err, want)
		}
	}
}

func TestScriptsSeeTheURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://a.example:81/b%20c?d=e":   "http://a.example:81/b%20c?d=e a.example",
		"https://a.example:444/b?token=x": "https://a.example:444/ a.example",
	} {
		script := `function FindProxyForURL(url, host) { var got = url + " " + host; if (got !== "` + want + `") throw got; return "PROXY p.example:3128"; }`
		proxy, err := find(t, script, address)
		if err != nil || proxy.String() != "http://p.example:3128" {
			t.Errorf("%s: %v, %v", address, proxy, err)
		}
	}
}

func TestWrongScripts(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"":                    "no function FindProxyForURL",
		"FindProxyForURL = 1": "no function FindProxyForURL",
		"function (":          "ends in the middle of a statement",
		"function FindProxyForURL() { return missing(); }":                         "missing",
		"function FindProxyForURL() { return FindProxyForURL(); }":                 "calls more than 200 deep",
		"function FindProxyForURL() { return {toString: function() { throw 1 }} }": "has to return a text",
		"function FindProxyForURL() { return 'CARRIER pigeon' }":                   "CARRIER pigeon",
	} {
		_, err := find(t, script, "http://a.example/")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
	for _, script := range []string{"function FindProxyForURL() {}", "function FindProxyForURL() { return null }", "function FindProxyForURL() { return '' }"} {
		if proxy, err := find(t, script, "http://a.example/"); err != nil || proxy != nil {
			t.Errorf("%s: %v, %v", script, proxy, err)
		}
	}
}

func TestScriptsAreStoppedAndMayRunAgain(t *testing.T) {
	t.Parallel()
	s, err := pac.Load(t.Context(), `function FindProxyForURL(url, host) { while (host === "slow.example"); return "PROXY a:1"; }`, env())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.FindProxy(ctx, &url.URL{Scheme: "http", Host: "slow.example"}); err == nil || !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "steps") {
		t.Errorf("endless script: %v", err)
	}
	if proxy, err := s.FindProxy(t.Context(), &url.URL{Scheme: "http", Host: "a.example"}); err != nil || proxy == nil {
		t.Errorf("%v, %v", proxy, err)
	}
}

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"PROXY a.example:3128; DIRECT": "http://a.example:3128",
		"DIRECT; PROXY a:1":            "<nil>",
		" direct ":                     "<nil>",
		"":                             "<nil>",
		"proxy a":                      "http://a:80",
		"HTTPS a":                      "https://a:443",
		"SOCKS a:1080":                 "socks5h://a:1080",
		"SOCKS4 a:1; SOCKS5 b:2":       "socks5h://b:2",
		"PROXY [2001:db8::1]:8080":     "http://[2001:db8::1]:8080",
		"PROXY 2001:db8::1":            "http://[2001:db8::1]:80",
		"PROXY a:99999; PROXY b:2":     "http://b:2",
		"PROXY user:pass@a:1":          "error",
		"PROXY ; ;":                    "error",
		"; DIRECT":                     "<nil>",
	} {
		got, err := pac.ParseAnswer(answer)
		text := "<nil>"
		if err != nil {
			text = "error"
		} else if got != nil {
			text = got.String()
		}
		if text != want {
			t.Errorf("%q: %s, want %s", answer, text, want)
		}
	}
}

func TestAnswerIsQuotedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"PROXY joe:geheim@a:1", "PROXY joe:ge;heim geheim@a:1; PROXY joe:geheim@b", "http://joe:geheim@a:1"} {
		_, err := pac.ParseAnswer(answer)
		if err == nil || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "joe") || !strings.Contains(err.Error(), "***@") {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{"PROXY a:1; DIRECT", "SOCKS5 [::1]:2", "HTTPS", ";;", "PROXY a:0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		proxy, err := pac.ParseAnswer(answer)
		if err != nil || proxy == nil {
			return
		}
		again, err := url.Parse(proxy.String())
		if err != nil || again.Hostname() == "" || again.Port() == "" || again.User != nil || again.Path != "" {
			t.Errorf("%q: %s, %v", answer, proxy, err)
		}
	})
}

func FuzzScript(f *testing.F) {
	f.Add(`function FindProxyForURL(url, host) { return dateRange(1, "JAN", 2, "FEB") ? "DIRECT" : "PROXY a:1"; }`)
	f.Add(`function FindProxyForURL() { return timeRange(1,2,3,4) + isInNet("a", "b", "c") + shExpMatch(1, "*") }`)
	f.Fuzz(func(t *testing.T, script string) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		s, err := pac.Load(ctx, script, env())
		if err != nil {
			return
		}
		_, _ = s.FindProxy(ctx, &url.URL{Scheme: "http", Host: "a.example", Path: "/"})
	})
}
