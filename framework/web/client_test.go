package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/centplugins/centplugins/framework/web"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestRequestsReachTheServerAsWritten(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		const form = "client_secret=8%2FRON&note=\"a\\b\"\nsecond=@/etc/passwd\tend"
		s := server(t, func(w http.ResponseWriter, req *http.Request) {
			sent, err := io.ReadAll(req.Body)
			if err != nil {
				t.Errorf("body: %v", err)
			}
			if got := req.Method + " " + req.RequestURI; got != "POST /a[1-2]/../..%2Fb?x={y,z}&q=%22" {
				t.Errorf("request %s", got)
			}
			if string(sent) != form {
				t.Errorf("body %q", sent)
			}
			for name, want := range map[string]string{
				"Content-Type": "application/x-www-form-urlencoded", "X-Quoted": `a "b" \n c`, "X-Empty": "", "Expect": "",
				"User-Agent": "centreon::plugins::backend::http::useragent",
			} {
				if got := req.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if _, sent := req.Header["X-Empty"]; !sent {
				t.Error("X-Empty is not sent")
			}
			w.Header().Add("X-Twice", "1")
			w.Header().Add("X-Twice", "2")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "short\nand stout")
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/a[1-2]/../..%2Fb?x={y,z}&q=%22", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Quoted", `a "b" \n c`)
		req.Header.Set("X-Empty", "")
		resp, err := newClient(t, o, 20*time.Second, env()).Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || string(text) != "short\nand stout" {
			t.Errorf("body %q, %v", text, err)
		}
		if resp.StatusCode != http.StatusTeapot || resp.Status != "418 I'm a teapot" || len(resp.Header.Values("X-Twice")) != 2 {
			t.Errorf("answer %s %v", resp.Status, resp.Header)
		}
	})
}

func TestRedirectsAreHandedBack(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		var hits atomic.Int32
		s := server(t, func(w http.ResponseWriter, _ *http.Request) {
			hits.Add(1)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
		})
		resp, _, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
		if err != nil || resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/elsewhere" || hits.Load() != 1 {
			t.Errorf("%v, %v after %d requests", resp, err, hits.Load())
		}
	})
}

func TestUnreadableRedirectDoesNotShowItsAddress(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://%zz/?token=SECRET")
		w.WriteHeader(http.StatusFound)
	})
	_, _, err := get(t, newClient(t, web.Options{}, 5*time.Second, env()), s.URL)
	wantError(t, err, "redirects")
	if strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(strings.Repeat("a long report, ", 10000)))
	_ = zip.Close()
	damaged := bytes.Clone(packed.Bytes())
	damaged[len(damaged)-6] ^= 1
	tests := []struct {
		name string
		body []byte
		err  string
	}{
		{"good", packed.Bytes(), ""},
		{"checksum", damaged, "gzip"},
		{"no gzip at all", []byte("Report Refresh Date,User Principal Name"), "gzip"},
		{"cut", packed.Bytes()[:packed.Len()-20], "broke"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachBackend(t, func(t *testing.T, o web.Options) {
				s := server(t, func(w http.ResponseWriter, req *http.Request) {
					if req.Header.Get("Accept-Encoding") != "gzip" {
						t.Errorf("Accept-Encoding: %s", req.Header.Get("Accept-Encoding"))
					}
					w.Header().Set("Content-Encoding", "gzip")
					_, _ = w.Write(test.body)
				})
				resp, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
				if test.err != "" {
					wantError(t, err, test.err)
					return
				}
				if err != nil || len(text) != 150000 || resp.Header.Get("Content-Encoding") != "" {
					t.Errorf("%d bytes, %v", len(text), err)
				}
			})
		})
	}
}

func TestTriesAgain(t *testing.T) {
	t.Parallel()
	fail := func(status int, header ...string) func(*testing.T, http.ResponseWriter) {
		return func(_ *testing.T, w http.ResponseWriter) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	tests := []struct {
		name     string
		fault    func(t *testing.T, w http.ResponseWriter)
		times    int32 // how often the fault comes
		timeout  time.Duration
		requests int32
		status   int // 0: an error
		waits    time.Duration
	}{
		{"503", fail(503), 1, 20 * time.Second, 2, 200, 500 * time.Millisecond},
		{"502 and 504", fail(504), 2, 20 * time.Second, 3, 200, 1500 * time.Millisecond},
		{"500 is final", fail(500), 9, 20 * time.Second, 1, 500, 0},
		{"429 with seconds", fail(429, "Retry-After", "1"), 1, 20 * time.Second, 2, 200, time.Second},
		{"429 with a past date", fail(429, "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"), 3, 20 * time.Second, 4, 200, 0},
		{"429 at once, for good", fail(429, "Retry-After", "0"), 9, 20 * time.Second, 4, 429, 0},
		{"429 that waits too long", fail(429, "Retry-After", "120"), 9, 20 * time.Second, 1, 429, 0},
		{"429 that waits forever", fail(429, "Retry-After", "9223372036854775807"), 9, 20 * time.Second, 1, 429, 0},
		{"429 with nonsense", fail(429, "Retry-After", "soon"), 1, 20 * time.Second, 2, 200, 500 * time.Millisecond},
		{"reset", func(t *testing.T, w http.ResponseWriter) { cut(t, w, "", true) }, 1, 20 * time.Second, 2, 200, 500 * time.Millisecond},
		{"closed", func(t *testing.T, w http.ResponseWriter) { cut(t, w, "", false) }, 1, 20 * time.Second, 2, 200, 500 * time.Millisecond},
		{"closed for good", func(t *testing.T, w http.ResponseWriter) { cut(t, w, "", false) }, 9, 20 * time.Second, 4, 0, 3500 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachBackend(t, func(t *testing.T, o web.Options) {
				var requests atomic.Int32
				s := server(t, func(w http.ResponseWriter, req *http.Request) {
					if sent, err := io.ReadAll(req.Body); err != nil || string(sent) != "body" {
						t.Errorf("body %q, %v", sent, err)
					}
					if requests.Add(1) <= test.times {
						test.fault(t, w)
					}
				})
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				resp, err := newClient(t, o, test.timeout, env()).Do(t.Context(), req)
				took := time.Since(start)
				switch {
				case test.status == 0:
					wantError(t, err, "broke", req.URL.Host)
				case err != nil:
					t.Fatal(err)
				case resp.StatusCode != test.status:
					t.Errorf("status %s", resp.Status)
				}
				if err == nil {
					_ = resp.Body.Close()
				}
				// net/http repeats a request of its own accord when a kept connection was closed under it.
				if n := requests.Load(); n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
				if took < test.waits { // that it is not more shows in TestWaits: a busy machine may take seconds
					t.Errorf("took %v, the waits are %v", took, test.waits)
				}
			})
		})
	}
}

func TestRetryAfterDateIsReadByTheClockOfTheRun(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	var requests atomic.Int32
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			w.Header().Set("Retry-After", now.Add(time.Second).Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	e := env()
	e.Now = func() time.Time { return now }
	start := time.Now()
	resp, _, err := get(t, newClient(t, web.Options{}, 5*time.Second, e), s.URL)
	if took := time.Since(start); err != nil || resp.StatusCode != 200 || took < time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

func TestWaitEndsBeforeTheDeadlineOfTheCaller(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	resp, err := newClient(t, web.Options{}, time.Minute, env()).Do(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests || time.Since(start) > time.Second {
		t.Errorf("%s after %v", resp.Status, time.Since(start))
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(_ http.ResponseWriter, req *http.Request) {
			select {
			case <-req.Context().Done():
			case <-time.After(10 * time.Second):
			}
		})
		c := newClient(t, o, 300*time.Millisecond, env())
		start := time.Now()
		_, _, err := get(t, c, s.URL)
		wantError(t, err, "Timeout", strings.TrimPrefix(s.URL, "http://"), "300ms", "--timeout")
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("took %v", took)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newClient(t, o, time.Minute, env()).Do(ctx, req)
		checkWorded(t, err)
		wantError(t, err, "Timeout")
	})
}

func TestStalledBody(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.WriteString(w, "beginning")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-req.Context().Done():
			case <-time.After(10 * time.Second):
			}
		})
		start := time.Now()
		_, text, err := get(t, newClient(t, o, 3*time.Second, env()), s.URL)
		wantError(t, err, "Timeout", "9 bytes", "--timeout")
		if took := time.Since(start); text != "beginning" || took > 9*time.Second {
			t.Errorf("%q after %v", text, took)
		}
	})
}

func TestBodyThatKeepsFlowingIsNotCut(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 18 {
				_, _ = io.WriteString(w, "piece ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(200 * time.Millisecond)
			}
		})
		_, text, err := get(t, newClient(t, o, 3*time.Second, env()), s.URL) // all together take longer
		if err != nil || text != strings.Repeat("piece ", 18) {
			t.Errorf("%q, %v", text, err)
		}
	})
}

func TestSlowReaderIsNotATimeout(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := newClient(t, o, 3*time.Second, env()).Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadFull(resp.Body, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3500 * time.Millisecond)
		n, err := io.Copy(io.Discard, resp.Body)
		if err != nil || n != 1<<20-100 {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

func TestBrokenBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, raw string
		reset     bool
	}{
		{"short of its length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning", false},
		{"within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nbeginning", false},
		{"without the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbeginning\r\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachBackend(t, func(t *testing.T, o web.Options) {
				s := server(t, func(w http.ResponseWriter, _ *http.Request) { cut(t, w, test.raw, test.reset) })
				_, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
				wantError(t, err, "broke while reading the answer", strings.TrimPrefix(s.URL, "http://"))
				if text != "beginning" {
					t.Errorf("body %q", text)
				}
			})
		})
	}
}

func TestTrailersAreNoPartOfTheBody(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) {
			cut(t, w, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Late: yes\r\n\r\n", false)
		})
		resp, text, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
		if err != nil || text != "body" || resp.Header.Get("Link") != "" {
			t.Errorf("%q, %v, %v", text, resp, err)
		}
	})
}

func TestNonsenseIsAnError(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"HTTP/1.1 abc\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"} {
		t.Run(raw[:12], func(t *testing.T) {
			t.Parallel()
			eachBackend(t, func(t *testing.T, o web.Options) {
				s := server(t, func(w http.ResponseWriter, _ *http.Request) { cut(t, w, raw, false) })
				_, _, err := get(t, newClient(t, o, 20*time.Second, env()), s.URL)
				wantError(t, err, strings.TrimPrefix(s.URL, "http://"))
			})
		})
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		closed := listener.Addr().String()
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c := newClient(t, o, 20*time.Second, env())
		_, _, err = get(t, c, "http://"+closed)
		wantError(t, err, "refused", closed)
		_, _, err = get(t, c, "http://graph.microsoft.invalid/")
		wantError(t, err, "Cannot resolve", "graph.microsoft.invalid", "--proxyurl")
		if took := time.Since(start); took > 7*time.Second {
			t.Errorf("took %v: tried again?", took)
		}

		o.Global.ProxyURL = "http://joe:geheim@" + closed
		_, _, err = get(t, newClient(t, o, 20*time.Second, env()), "http://graph.example/")
		wantError(t, err, "refused", "proxy http://"+closed, "--proxyurl")
		if strings.Contains(err.Error(), "geheim") {
			t.Error(err)
		}
		o.Global.ProxyURL = "http://proxy.invalid:3128"
		_, _, err = get(t, newClient(t, o, 20*time.Second, env()), "https://graph.example/")
		wantError(t, err, "Cannot resolve", "proxy http://proxy.invalid:3128")
	})
}

func TestDirect(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
		o.Global.ProxyURL, o.Global.ProxyPAC, o.Global.PeerAddr = "http://127.0.0.1:1", "http://127.0.0.1:1/pac", "127.0.0.1:1"
		if o.Global.Backend == "curl" {
			o.Curl.CurlOpt = append(o.Curl.CurlOpt, "CURLOPT_PROXY => http://127.0.0.1:1")
		}
		c := newClient(t, o.Direct(), 20*time.Second, env())
		if _, text, err := get(t, c, s.URL); err != nil || text != "here" {
			t.Errorf("%q, %v", text, err)
		}
		_, _, err := get(t, c, "http://127.0.0.1:1/")
		wantError(t, err, "refused")
		if strings.Contains(err.Error(), "proxy") || strings.Contains(err.Error(), "peer") {
			t.Error(err)
		}
	})
}

func TestPeerAddr(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.Host) })
		_, port, err := net.SplitHostPort(s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		o.Global.PeerAddr = "127.0.0.1"
		_, text, err := get(t, newClient(t, o, 20*time.Second, env()), "http://vhost.invalid:"+port+"/")
		if err != nil || text != "vhost.invalid:"+port {
			t.Errorf("%q, %v", text, err)
		}
		o.Global.PeerAddr = "127.0.0.1:" + port
		_, text, err = get(t, newClient(t, o, 20*time.Second, env()), "http://vhost.invalid/")
		if err != nil || text != "vhost.invalid" {
			t.Errorf("%q, %v", text, err)
		}
		o.Global.PeerAddr = "127.0.0.1:1"
		_, _, err = get(t, newClient(t, o, 20*time.Second, env()), "http://vhost.invalid/")
		wantError(t, err, "Connection to vhost.invalid at --http-peer-addr=127.0.0.1:1 refused", "Check its address and port, --http-peer-addr, ")
		o.Global.PeerAddr = "nowhere.invalid"
		_, _, err = get(t, newClient(t, o, 20*time.Second, env()), "http://vhost.invalid/")
		wantError(t, err, "Cannot resolve", "--http-peer-addr=nowhere.invalid")
	})
}

func TestPeerAddrThatIsNone(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"host:0", "host:99999", "host:", ":443", "[]", "[2001:db8::1", "a:b:c", "a b", "https://host", "joe:geheim@host", "a/b", "a:b"} {
		var o web.Options
		o.Global.PeerAddr = addr
		_, err := o.NewClient(time.Second, env())
		wantError(t, err, "--http-peer-addr", "192.0.2.1:8443")
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Error(err)
		}
	}
	for _, addr := range []string{"", "host", "host.example:443", "192.0.2.1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1", "fe80::1%eth0"} {
		var o web.Options
		o.Global.PeerAddr = addr
		newClient(t, o, time.Second, env())
	}
}

func TestCloseEndsATransfer(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		ended := make(chan struct{})
		s := server(t, func(w http.ResponseWriter, req *http.Request) {
			defer close(ended)
			for req.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := newClient(t, o, 20*time.Second, env()).Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			t.Error("the transfer goes on")
		}
	})
}

func TestConnectionIsKept(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, web.Options{}, 5*time.Second, env())
	for range 3 {
		if _, _, err := get(t, c, s.URL); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		set   func(*web.Options)
		words []string
	}{
		{"backend", func(o *web.Options) { o.Global.Backend = "carrier-pigeon" }, []string{"Unsupported http backend specified 'carrier-pigeon'", "lwp", "curl", "replay"}},
		{"ssl", func(o *web.Options) { o.LWP.SSL = "SSLv3" }, []string{"SSLv3", "TLSv1_2"}},
		{"ssl option", func(o *web.Options) { o.LWP.SSLOpt = []string{"SSL_cipher_list => ALL"} }, []string{"SSL_cipher_list", "--ssl-opt", "SSL_ca_file"}},
		{"no ssl option", func(o *web.Options) { o.LWP.SSLOpt = []string{"sec%ret"} }, []string{"not shown", "--ssl-opt"}},
		{"ca file", func(o *web.Options) { o.LWP.SSLOpt = []string{"SSL_ca_file => /nonexistent/ca.pem"} }, []string{"SSL_ca_file", "/nonexistent/ca.pem"}},
		{"curl option", func(o *web.Options) { o.Global.Backend = "curl"; o.Curl.CurlOpt = []string{"CURLOPT_URL => file:///"} }, []string{"CURLOPT_URL", "--curl-opt", "CAINFO"}},
		{"curl value", func(o *web.Options) { o.Global.Backend = "curl"; o.Curl.CurlOpt = []string{"CURLOPT_SSLVERSION => 99"} }, []string{"99", "CURLOPT_SSLVERSION"}},
		{"curl name", func(o *web.Options) { o.Global.Backend = "curl"; o.Curl.CurlOpt = []string{"sec%ret"} }, []string{"not shown", "--curl-opt"}},
		{"curl other name", func(o *web.Options) { o.Global.Backend = "curl"; o.Curl.CurlOpt = []string{"sec%ret => 1"} }, []string{"not shown", "CAINFO"}},
		{"proxy", func(o *web.Options) { o.Global.ProxyURL = "http://joe:sec%ret@proxy:3128" }, []string{"--proxyurl", "percent-encoded"}},
		{"proxy scheme", func(o *web.Options) { o.Global.ProxyURL = "ftp://joe:sec%20ret@proxy" }, []string{"--proxyurl", "ftp"}},
		{"proxy port", func(o *web.Options) { o.Global.ProxyURL = "http://joe:sec%20ret@proxy:99999" }, []string{"--proxyurl"}},
		{"PAC scheme", func(o *web.Options) { o.Global.ProxyPAC = "ftp://joe:sec%20ret@host/p.pac" }, []string{"--proxypac"}},
		{"ssl password", func(o *web.Options) { o.LWP.SSLOpt = []string{"SSL_key_passwd = sec%ret"} }, []string{"\"SSL_key_passwd\":"}},
		{"curl password", func(o *web.Options) {
			o.Global.Backend = "curl"
			o.Curl.CurlOpt = []string{"CURLOPT_PROXYUSERPWD = joe:sec%ret"}
		}, []string{"\"CURLOPT_PROXYUSERPWD\" "}},
		{"replay", func(o *web.Options) { o.Global.Backend = "replay" }, []string{"--replay-dir"}},
		{"replay folder", func(o *web.Options) { o.Global.Backend = "replay"; o.Replay.Dir = "/nonexistent" }, []string{"/nonexistent"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var o web.Options
			test.set(&o)
			_, err := o.NewClient(time.Second, env())
			wantError(t, err, test.words...)
			checkWorded(t, err)
			if strings.Contains(err.Error(), "sec%") {
				t.Errorf("shows the password: %v", err)
			}
		})
	}
	t.Run("no curl", func(t *testing.T) {
		t.Parallel()
		var o web.Options
		o.Global.Backend = " CURL "
		e := env()
		e.Getenv = func(string) string { return "/nonexistent:relative" }
		_, err := o.NewClient(time.Second, e)
		wantError(t, err, "curl", "install", "--http-backend=lwp")
	})
}

func TestReplay(t *testing.T) {
	t.Parallel()
	e := env()
	e.Recordings = fstest.MapFS{"1.http": {Data: []byte("GET /x\n\nHTTP/1.1 200 OK\nContent-Length: 100\n\nshort")}}
	var o web.Options
	o.Global.Backend = "replay"
	c := newClient(t, o, time.Second, e)
	_, text, err := get(t, c, "http://graph.example/x")
	wantError(t, err, "broke while reading", "graph.example")
	if text != "short" {
		t.Errorf("body %q", text)
	}
	_, _, err = get(t, c, "http://graph.example/y?token=SECRET")
	wantError(t, err, "No recording of GET http://graph.example/y", "the recordings")
	if strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

func TestDebugShowsTrafficWithoutSecrets(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, o web.Options) {
		s := server(t, func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Set-Cookie", "SECRET-9")
			w.Header().Set("X-Odd", "<token>eyJ0eXAiOiJKV1QiLCJhbGci.eyJ-SECRET-11.SECRET-12_</token>")
			w.Header().Set("Location", "/blob?sig=SECRET-8&name=report")
			_, _ = io.WriteString(w, `{"token_type": "Bearer", "access_token": "SECRET-\"1", "name": "kept"}`+strings.Repeat("x", 20000))
		})
		var mu sync.Mutex
		var told strings.Builder
		e := env()
		e.Debug = func(text string) {
			mu.Lock()
			defer mu.Unlock()
			told.WriteString(text + "\n")
		}
		e.Hide = func(text string) string { return strings.ReplaceAll(text, "REGISTERED", "***") }
		form := "grant_type=client_credentials&client_secret=SECRET-2&password=SECRET-3&client_assertion=SECRET-4&x=REGISTERED"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/token?sig=SECRET-5&page=2", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer SECRET-6")
		req.Header.Set("Proxy-Authorization", "Basic SECRET-7")
		req.Header.Set("X-Identity-Header", "SECRET-10")
		resp, err := newClient(t, o, 20*time.Second, e).Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(text), "SECRET") || len(text) < 20000 {
			t.Errorf("the body has to stay whole: %d bytes, %v", len(text), err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got := told.String()
		for _, word := range []string{
			"======> request send\nPOST " + s.URL + "/token?sig=***&page=2\n", "grant_type=client_credentials",
			"======> response done\nHTTP/1.1 200 OK\n", `"name": "kept"`, "xxx\n... (truncated)", "Authorization: ***",
		} {
			if !strings.Contains(got, word) {
				t.Errorf("no %q in\n%.2000s", word, got)
			}
		}
		if strings.Contains(got, "SECRET") || strings.Contains(got, "REGISTERED") || len(got) > 18000 {
			t.Errorf("%d bytes:\n%.2000s", len(got), got)
		}
	})
}

func TestTransportStandsIn(t *testing.T) {
	t.Parallel()
	e := env()
	e.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(req.URL.Path))}, nil
	})
	_, text, err := get(t, newClient(t, web.Options{}, 0, e), "https://graph.example/path")
	if err != nil || text != "/path" {
		t.Errorf("%q, %v", text, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func BenchmarkDo(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }))
	defer s.Close()
	var o web.Options
	c, err := o.NewClient(5*time.Second, env())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.SetBytes(1 << 20)
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			b.Fatal(err)
		}
		resp, err := c.Do(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
	}
}
