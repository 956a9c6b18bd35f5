package secret_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/secret"
)

func xmlText(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err)
	}
	return b.String()
}

func jsonText(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text[1 : len(text)-1])
}

// encodings are the forms that a secret may take in a text.
func encodings(s string) map[string]string {
	all := map[string]string{
		"plain":      s,
		"query":      url.QueryEscape(s),
		"path":       url.PathEscape(s),
		"base64":     base64.StdEncoding.EncodeToString([]byte(s)),
		"base64 url": base64.RawURLEncoding.EncodeToString([]byte(s)),
	}
	if utf8.ValidString(s) {
		all["one line"] = failure.OneLine(s)
		latin1 := []rune{}
		for _, b := range []byte(s) {
			latin1 = append(latin1, rune(b))
		}
		all["json encoded twice"] = jsonText(string(latin1))
		all["json"] = jsonText(s)
		all["json slash"] = strings.ReplaceAll(jsonText(s), "/", `\/`)
	}
	return all
}

func TestCleanStrikesOutEveryForm(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"8/RON4vUGhAcg6DRmSxc4AwgxSRoNfKg4d8xNizIMnwg=",
		`a b+c&d<e>"f'g\h%20i%41`,
		"pässwörd€ und 😀",
		"~Q8Q~aBc_-.~!*()",
		"tab\tand\nline\u2028end",
		"more\r\nthan\n\n  one \n line",
		"not utf-8 \xff\xfe",
		"sixsix",
	} {
		for name, form := range encodings(value) {
			t.Run(value+" "+name, func(t *testing.T) {
				t.Parallel()
				var h secret.Hider
				h.Add(value)
				if got, want := h.Clean("before "+form+" after"), "before *** after"; got != want {
					t.Errorf("%q becomes %q", form, got)
				}
			})
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		secrets    []string
		text, want string
	}{
		"none":                     {nil, "text & 5% + \\", "text & 5% + \\"},
		"empty":                    {[]string{"", " "}, "a b", "a b"},
		"short":                    {[]string{"three"}, "one two three", "one two three"},
		"short in characters":      {[]string{"ééééé"}, "ééééé", "ééééé"},
		"nothing found":            {[]string{"secret"}, "secre t 66% & \\ +", "secre t 66% & \\ +"},
		"many times":               {[]string{"secret"}, "secret=secret;secret", "***=***;***"},
		"next to each other":       {[]string{"secret"}, "secretsecret", "***"},
		"one within the other":     {[]string{"secret", "a secret thing"}, "a secret thing, a secret", "***, a ***"},
		"overlapping":              {[]string{"abcdefgh", "efghijkl"}, "-abcdefghijkl-", "-***-"},
		"overlapping itself":       {[]string{"abaabaab"}, "-abaabaabaab-", "-***-"},
		"made of stars":            {[]string{"******"}, "a****** b ************", "a*** b ***"},
		"made up by a replacement": {[]string{"ab***cd", "secret"}, "-absecretcd-", "-***-"},
		"lower hex":                {[]string{"a/b/c/d"}, "a%2fb%2Fc%2fd", "***"},
		"upper hex":                {[]string{"a/b+c/d"}, `a\u002Fb\u002Bc\/d`, "***"},
		"blank as plus":            {[]string{"open sesame"}, "pw=open+sesame&x", "pw=***&x"},
		"blank as %20":             {[]string{"open sesame"}, "pw=open%20sesame&x", "pw=***&x"},
		"xml":                      {[]string{`<a&"b'>`}, "<v>" + xmlText(`<a&"b'>`) + "</v>", "<v>***</v>"},
		"xml names":                {[]string{`<a&"b'>`}, "&lt;a&amp;&quot;b&apos;&gt;", "***"},
		"basic authentication": {
			[]string{"pass-word"},
			"Basic " + base64.StdEncoding.EncodeToString([]byte("user:pass-word")),
			"Basic dXNlcjp***",
		},
		"line feed at the end": {[]string{"secret\n"}, "a secret here", "a *** here"},
		"broken escapes":       {[]string{"secret"}, `secret%zz%4 \u12 \ &x; &#; %`, `***%zz%4 \u12 \ &x; &#; %`},
		"escape at the end":    {[]string{"secret"}, `secret\`, `***\`},
		"half a pair":          {[]string{"secret"}, `\ud83dsecret\ud83d`, `\ud83d***\ud83d`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var h secret.Hider
			for _, s := range test.secrets {
				h.Add(s)
			}
			if got := h.Clean(test.text); got != test.want {
				t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestHiderIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var h secret.Hider
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			h.Add("secret-value")
			if got := h.Clean("a secret-value"); got != "a ***" {
				t.Errorf("got %q", got)
			}
		})
	}
	wg.Wait()
}

func BenchmarkClean(b *testing.B) {
	var h secret.Hider
	h.Add("8/RON4vUGhAcg6DRmSxc4AwgxSRoNfKg4d8xNizIMnwg=")
	h.Add(strings.Repeat("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.", 50))
	text := strings.Repeat("OK: Active mailboxes on 2026-11-20 : 2/3 (66.67%) - Total (active mailboxes) Send Count: 11 | 'x'=2;;;0;3\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		h.Clean(text)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("8/RON4vUGhAcg6DRmSxc4AwgxSRoNfKg4d8xNizIMnwg=", "other-secret", "text ", " text")
	f.Add("******", "ab***cd", "ab", "cd")
	f.Add(`\\\\\\`, "%%%25%41", `\`, "%")
	f.Add("a b+c d", "pässwörd", "+%2", "&amp")
	f.Add("&&&&&&;", "\xff\xfe\xfd\xfc\xfb\xfa", "&lt", ";")
	f.Fuzz(func(t *testing.T, one, other, before, after string) {
		if len(one)+len(other)+len(before)+len(after) > 500 {
			t.Skip("long enough to take long, too short to tell more")
		}
		var h secret.Hider
		h.Add(one)
		h.Add(other)
		for _, value := range []string{one, other} {
			value = strings.TrimSpace(value)
			if utf8.RuneCountInString(value) < 6 {
				continue
			}
			for name, form := range encodings(value) {
				if utf8.RuneCountInString(form) < 6 {
					continue // of a value that is little more than line breaks
				}
				text := h.Clean(before + form + one + after + form)
				for _, s := range []string{value, form} {
					if strings.Contains(text, s) {
						t.Errorf("%s: %q is left in %q", name, s, text)
					}
				}
			}
		}
	})
}
