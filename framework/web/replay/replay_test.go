package replay_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web/replay"
)

func files(pairs ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return dir
}

func ask(t *testing.T, transport http.RoundTripper, method, address string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("sent"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	transport, err := replay.New(files(
		"10-token.http", "POST https://login.example/*/token\nContent-Type: x\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"a\": 1}\n",
		"20-report.http", "GET /v1.0/getReport(period='D7')?$top=*&x=1\r\n\r\nHTTP/2 302 \r\nLocation: https://blob.example/\r\n\r\n",
		"30-first.http", "GET /twice\n\nHTTP/1.1 429 Slow Down\n\n",
		"31-second.http", "GET /twice\n\nHTTP/1.1 200 OK\nContent-Length: 4\nContent-Encoding: gzip\nTransfer-Encoding: chunked\n\nbody and more",
		"40-cut.http", "GET /cut\n\nHTTP/1.1 200 OK\nContent-Length: 40\n\nbody",
		"ignored.txt", "nonsense",
	), "the test")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method, url string
		status      string
		body        string
		err         string
	}{
		{"POST", "https://login.example/tenant/oauth2/token", "200 OK", "{\"a\": 1}\n", ""},
		{"GET", "https://login.example/tenant/oauth2/token", "", "", "No recording of GET https://login.example/tenant/oauth2/token in the test"},
		{"POST", "https://other.example/tenant/oauth2/token", "", "", "No recording"},
		{"GET", "http://any.example/v1.0/getReport(period=%27D7%27)?%24top=5&x=1", "302 Found", "", ""},
		{"GET", "http://any.example/v1.0/getReport(period='D7')?$top=5&x=2", "", "", "No recording"},
		{"GET", "http://any.example/twice", "429 Slow Down", "", ""},
		{"GET", "http://any.example/twice", "200 OK", "body", ""},
		{"GET", "http://any.example/twice", "200 OK", "body", ""},
		{"GET", "http://any.example/cut", "200 OK", "body", "unexpected EOF"},
	}
	for _, test := range tests {
		resp, text, err := ask(t, transport, test.method, test.url)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s %s: error %v, want %q", test.method, test.url, err, test.err)
		}
		if resp == nil {
			continue
		}
		if resp.Status != test.status || text != test.body || resp.Header.Get("Content-Encoding")+resp.Header.Get("Transfer-Encoding") != "" {
			t.Errorf("%s %s: %s %v %q", test.method, test.url, resp.Status, resp.Header, text)
		}
	}
}

func TestUnusableRecordings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "method and a URL",
		"GET\n\nHTTP/1.1 200 OK\n\n":            "method and a URL",
		"GET x.example/\n\nHTTP/1.1 200 OK\n\n": "has to start with",
		"GET /x\nHTTP/1.1 200 OK":               "answer are missing",
		"GET /x\n\n":                            "EOF",
		"GET /x\n\n{}":                          "EOF",
		"GET /x\n\n{}\n":                        "status line",
		"GET /x\n\nHTTP/1.1 200 OK\nContent-Length: many\n\n": "Content-Length",
	} {
		_, err := replay.New(files("a.http", text), "the test")
		var worded *failure.Failure
		if !errors.As(err, &worded) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.http in the test") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := replay.New(files("a.txt", ""), "the test"); err == nil || !strings.Contains(err.Error(), "No recording in the test") {
		t.Errorf("empty directory: %v", err)
	}
}

func FuzzRecording(f *testing.F) {
	f.Add("GET /x\n\nHTTP/1.1 200 OK\nContent-Length: 4\n\nbody")
	f.Add("POST https://a.example/*?b=*\nA: b\n\nHTTP/2 404\n\n")
	f.Add("GET /%zz\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		transport, err := replay.New(files("a.http", text), "the test")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err)
			}
			return
		}
		method, rest, _ := strings.Cut(text, " ")
		resp, body, err := ask(t, transport, method, "http://a.example/x")
		if err == nil && (resp.StatusCode < 200 || !strings.HasSuffix(text, body) && !strings.Contains(rest, body)) {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}
