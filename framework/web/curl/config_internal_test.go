package curl

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// unquoteAll reads a configuration as curl does: one option a line, values in quotes with backslash escapes.
func unquoteAll(t *testing.T, config string) []Setting {
	t.Helper()
	var settings []Setting
	for line := range strings.Lines(config) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if value != "" {
			inner, ok := strings.CutPrefix(value, `"`)
			if !ok || !strings.HasSuffix(inner, `"`) {
				t.Fatalf("value without quotes: %q", line)
			}
			inner = inner[:len(inner)-1]
			var plain strings.Builder
			for i := 0; i < len(inner); i++ {
				c := inner[i]
				if c == '"' {
					t.Fatalf("a quote ends the value early: %q", line)
				}
				if c == '\\' {
					i++
					if i == len(inner) {
						t.Fatalf("the closing quote is escaped: %q", line)
					}
					switch c = inner[i]; c {
					case 'n':
						c = '\n'
					case 'r':
						c = '\r'
					case 't':
						c = '\t'
					case 'v':
						c = '\v'
					}
				}
				plain.WriteByte(c)
			}
			value = plain.String()
		}
		settings = append(settings, Setting{name, value})
	}
	return settings
}

func has(settings []Setting, want Setting) bool {
	return slices.Contains(settings, want)
}

// FuzzConfig holds that no value of a request can become an option of its own.
func FuzzConfig(f *testing.F) {
	f.Add("/path?a=b", "X-Name", "value", "body")
	f.Add("/", "X\noutput", "a\nurl = \"file:///etc/passwd\"", "\"\noutput = \"/tmp/x")
	f.Add("/\\", "@file", "\\", "a\\\"\r\n\t\v\\")
	f.Fuzz(func(t *testing.T, path, name, value, body string) {
		target, err := url.Parse("http://host.example/")
		if err != nil {
			t.Fatal(err)
		}
		target.Path = path
		req := &http.Request{Method: http.MethodPost, URL: target, Header: http.Header{name: {value}}, Body: io.NopCloser(strings.NewReader(body))}
		config, err := (&Transport{}).config(req)
		if err != nil {
			return
		}
		settings := unquoteAll(t, config)
		if body != "" && !has(settings, Setting{"data-raw", body}) {
			t.Errorf("the body %q is not in %q", body, settings)
		}
		for _, s := range settings {
			switch s.Name {
			case "url", "globoff", "path-as-is", "proto", "silent", "show-error", "no-buffer", "suppress-connect-headers", "dump-header", "request",
				"header", "data-raw":
			default:
				t.Errorf("option %q in %q", s, config)
			}
		}
	})
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, method, url, header, value, body string }{
		{"scheme", "GET", "file:///etc/passwd", "A", "b", ""},
		{"method", "G ET", "http://x", "A", "b", ""},
		{"header name", "GET", "http://x", "A\nb", "b", ""},
		{"header file", "GET", "http://x", "@/etc/passwd", "b", ""},
		{"header value", "GET", "http://x", "A", "b\r\nC: d", ""},
		{"zero byte", "POST", "http://x", "A", "b", "a\x00b"},
	}
	for _, test := range tests {
		target, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		req := &http.Request{Method: test.method, URL: target, Header: http.Header{test.header: {test.value}}, Body: io.NopCloser(strings.NewReader(test.body))}
		if config, err := (&Transport{}).config(req); err == nil {
			t.Errorf("%s: %s", test.name, config)
		}
	}
}

func TestConnectTo(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.0.2.1": "192.0.2.1:", "192.0.2.1:8443": "192.0.2.1:8443", "host": "host:", "2001:db8::1": "[2001:db8::1]:",
		"[2001:db8::1]": "[2001:db8::1]:", "[2001:db8::1]:443": "[2001:db8::1]:443",
	} {
		if got := connectTo(addr); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// writeProgram makes a script. A process that is forked meanwhile would hold it open for writing, and nobody could run it.
func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
}

// TestNothingShowsOnTheCommandLine runs a stand-in for curl that tells its arguments and environment.
func TestNothingShowsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "curl")
	script := "#!/bin/sh\nread first\nprintf 'HTTP/1.1 200 OK\\r\\n\\r\\n' >&3\necho \"$@\"\necho \"$first\"\nenv\n"
	writeProgram(t, program, script)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host.example/?token=SECRET", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&Transport{Program: program, Env: []string{"LC_ALL=C"}}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "-q --config -\nurl = \"http://host.example/?token=SECRET\"\n") || !strings.Contains(got, "LC_ALL=C\n") || strings.Contains(got, "HOME=") {
		t.Errorf("%s", got)
	}
}

func TestEndOfCurlIsNoticed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, want string }{
		"error before the head": {"echo 'curl: (6) Could not resolve host: x' >&2; exit 6", "Could not resolve host: x"},
		"silent error":          {"exit 43", "exit status 43"},
		"no head":               {"exit 0", "EOF"},
		"nonsense":              {"echo hello >&3; sleep 60", "malformed"},
		"error in the body":     {"printf 'HTTP/2 200\\n\\n' >&3; echo x; echo 'curl: (18) transfer closed' >&2; exit 18", "transfer closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "curl")
			writeProgram(t, program, "#!/bin/sh\nPATH=/bin:/usr/bin\n"+test.script+"\n")
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host.example/", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&Transport{Program: program}).RoundTrip(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestNoProcessIsLeft(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl here")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		for req.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&Transport{Program: program}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	body, ok := resp.Body.(*run)
	if !ok || body.cmd.ProcessState == nil {
		t.Error("curl is not waited for")
	}
	if _, err := resp.Body.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("reading a closed body: %v", err)
	}
}
