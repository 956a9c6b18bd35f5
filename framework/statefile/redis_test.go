package statefile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/statefile"
)

const redisPassword = "hunter2-of-redis"

// redisBackend is a server that wants the password.
func redisBackend(t testing.TB, args ...string) backend {
	t.Helper()
	server := startRedis(t, append([]string{"--requirepass", redisPassword}, args...)...)
	return backend{name: "redis", server: server, options: statefile.Options{Dir: t.TempDir(), RedisServer: server.address}}
}

func write(t testing.TB, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRedisPassword(t *testing.T) {
	t.Parallel()
	b := redisBackend(t)
	ask(t, b.server.address, "AUTH "+redisPassword+"\r\nACL SETUSER bob on >bobs-secret ~* +@all\r\nPING\r\n", "+PONG")
	dir := t.TempDir()
	for name, test := range map[string]struct {
		attributes []string
		env        string
	}{
		"plain":         {attributes: []string{"password=" + redisPassword}},
		"single quotes": {attributes: []string{"password='" + redisPassword + "'"}},
		"double quotes": {attributes: []string{` password = "hunter2\x2dof-redis" `}},
		"q":             {attributes: []string{"password=" + redisPassword, "cnx_timeout=5", "read_timeout='0.5'", "write_timeout=1"}},
		"last one":      {attributes: []string{"password=other", "password=" + redisPassword}},
		"file":          {attributes: []string{"password_file=" + write(t, dir, "p", redisPassword+"\n", 0o640)}},
		"environment":   {env: redisPassword},
		"undef":         {attributes: []string{"password=undef"}, env: redisPassword},
		"user":          {attributes: []string{"username=bob", "password=bobs-secret"}, env: "other"},
		"what is accepted": {attributes: []string{
			"password=" + redisPassword, "reconnect=60", "every=1000", "encoding=undef", "debug=0", "name='poller'", "ssl=0", "SSL_verify_mode=0",
			"no_auto_connect_on_new=0", "conservative_reconnect=1",
		}},
		"socket": {attributes: []string{"password=" + redisPassword, "sock=" + b.server.address}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := b.options
			options.RedisAttr = test.attributes
			if name == "socket" {
				options.RedisServer = "127.0.0.1:1"
			}
			var mu sync.Mutex
			var secrets []string
			env := testEnv()
			env.Getenv = func(name string) string { return map[string]string{"REDISCLI_AUTH": test.env}[name] }
			env.AddSecret = func(secret string) { mu.Lock(); defer mu.Unlock(); secrets = append(secrets, secret) }
			store, err := options.Open(env)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Write(t.Context(), name, map[string]any{"x": name}); err != nil {
				t.Fatal(err)
			}
			if data, err := store.Read(t.Context(), name); data["x"] != name || err != nil {
				t.Errorf("read %v, %v", data, err)
			}
			if all := strings.Join(secrets, " "); !strings.Contains(all, redisPassword) && !strings.Contains(all, "bobs-secret") {
				t.Errorf("secrets: %v", secrets)
			}
		})
	}
}

func TestRedisOptions(t *testing.T) {
	t.Parallel()
	b := newBackend(t, "redis")
	for db, expiration := range map[string]string{"": "", "0": "86400", "5": "3600"} {
		b.options.RedisDB, b.options.Expiration = db, expiration
		if err := open(t, b.options).Write(t.Context(), "a", map[string]any{"db": db}); err != nil {
			t.Fatal(err)
		}
		if db == "" {
			db, expiration = "0", "86400"
		}
		got := ask(t, b.server.address, "SELECT "+db+"\r\nTTL "+b.options.Dir+"/a\r\nPING\r\n", "+PONG")
		if got != "+OK\r\n:"+expiration+"\r\n+PONG\r\n" {
			t.Errorf("db %s: %q", db, got)
		}
	}
}

func TestRedisOverTCP(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	startRedisAt(t, "127.0.0.1:"+port, "--port", port, "--bind", "127.0.0.1", "-::1")
	for _, server := range []string{"127.0.0.1:" + port, "localhost:" + port} {
		store := open(t, statefile.Options{Dir: t.TempDir(), RedisServer: server})
		if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
			t.Errorf("%s: %v", server, err)
		}
	}
}

// wantUnusable sees a server that cannot be used from the start: an error that says why, and files where they are allowed.
func wantUnusable(t *testing.T, options statefile.Options, words ...string) {
	t.Helper()
	options.Dir, options.FailbackFile = t.TempDir(), false
	_, err := open(t, options).Read(t.Context(), "a")
	wantFailure(t, err, append(words, "--failback-file")...)
	for _, err := range []error{err, open(t, options).Write(t.Context(), "a", nil), lockError(t, open(t, options))} {
		if err == nil || !strings.HasPrefix(err.Error(), "redis connection issue: redis server '") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
	options.FailbackFile = true
	store, said := openNoting(t, options)
	unlock, err := store.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
		t.Error(err)
	}
	if data, err := store.Read(t.Context(), "a"); data["x"] != "y" || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
	if got := names(t, options.Dir); got != "a" {
		t.Errorf("files: %s", got)
	}
	if !strings.Contains(said.String(), words[0]) || strings.Contains(said.String(), "hunter2") {
		t.Errorf("said: %s", said)
	}
}

func lockError(t *testing.T, store statefile.Store) error {
	unlock, err := store.Lock(t.Context(), "a")
	if err == nil {
		unlock()
	}
	return err
}

func TestRedisUnusable(t *testing.T) {
	t.Parallel()
	b := redisBackend(t)
	open := newBackend(t, "redis")
	frozen := newBackend(t, "redis")
	frozen.server.freeze(t)
	for name, test := range map[string]struct {
		options statefile.Options
		words   []string
	}{
		"refused":        {statefile.Options{RedisServer: "127.0.0.1:" + freePort(t)}, []string{"refuses the connection", "check host and port"}},
		"no socket":      {statefile.Options{RedisServer: filepath.Join(t.TempDir(), "none")}, []string{"no such socket"}},
		"no password":    {statefile.Options{RedisServer: b.server.address}, []string{"NOAUTH", "password_file"}},
		"wrong password": {statefile.Options{RedisServer: b.server.address, RedisAttr: []string{"password=hunter2-wrong"}}, []string{"password in --redis-attribute"}},
		"wrong user": {
			statefile.Options{RedisServer: b.server.address, RedisAttr: []string{"username=hunter2", "password=hunter2-wrong"}},
			[]string{"WRONGPASS", "username and password"},
		},
		"no database": {statefile.Options{RedisServer: open.server.address, RedisDB: "99"}, []string{"no such database", "--redis-db"}},
		"no answer": {
			statefile.Options{RedisServer: frozen.server.address, RedisAttr: []string{"read_timeout=0.1", "cnx_timeout=0.1"}},
			[]string{"does not answer in time"},
		},
		"no TLS, waits": {
			statefile.Options{RedisServer: open.server.address, RedisAttr: []string{"ssl=1", "SSL_hostname=x", "read_timeout=0.2", "cnx_timeout=0.2"}},
			[]string{"does not answer in time", "whether it speaks TLS"},
		},
		"no TLS": {statefile.Options{RedisServer: fakeServer(t, "-ERR\r\n"), RedisAttr: []string{"ssl=1", "read_timeout=0.2", "cnx_timeout=0.2"}}, []string{"TLS"}},
		"other":  {statefile.Options{RedisServer: fakeServer(t, "HTTP/1.1 400 hunter2\r\n")}, []string{"its answer makes no sense", "TLS"}},
		// A client that believes these ends the process, by want of memory or of stack.
		"huge":   {statefile.Options{RedisServer: fakeServer(t, "$99999999999\r\n")}, []string{"its answer makes no sense"}},
		"large":  {statefile.Options{RedisServer: fakeServer(t, "$536870912\r\n")}, []string{"its answer makes no sense"}},
		"array":  {statefile.Options{RedisServer: fakeServer(t, "*99999999999\r\n")}, []string{"its answer makes no sense"}},
		"nested": {statefile.Options{RedisServer: fakeServer(t, strings.Repeat("*1\r\n", 1<<20))}, []string{"its answer makes no sense"}},
		"repeats": {
			statefile.Options{RedisServer: fakeServer(t, "-ERR unknown command 'AUTH' hunter2-repeated\r\n"), RedisAttr: []string{"password=hunter2-repeated"}},
			[]string{"refuses the command"},
		},
		"loading": {statefile.Options{RedisServer: fakeServer(t, "-LOADING Redis is loading hunter2\r\n")}, []string{"LOADING", "Wait"}},
		"full":    {statefile.Options{RedisServer: fakeServer(t, "-ERR max number of clients reached\r\n")}, []string{"maxclients"}},
		"no secret": {
			statefile.Options{RedisServer: fakeServer(t, "-ERR Client sent AUTH, but no password is set\r\n"), RedisAttr: []string{"password=hunter2"}},
			[]string{"Remove the password"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantUnusable(t, test.options, test.words...)
		})
	}
}

// What a user may not do is told, and is not taken for a server that is gone.
func TestRedisPermissions(t *testing.T) {
	t.Parallel()
	b := newBackend(t, "redis")
	ask(t, b.server.address, "ACL SETUSER reader on >reader-pw ~* +get +select\r\nACL SETUSER perl on >perl-pw ~*/a +get +set +select\r\nPING\r\n", "+PONG")
	b.options.RedisAttr = []string{"username=reader", "password=reader-pw"}
	store := open(t, b.options)
	if _, err := store.Read(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	unlock, err := store.Lock(t.Context(), "a")
	if err != nil {
		t.Fatalf("a lock that is not allowed: %v", err)
	}
	unlock()
	wantFailure(t, store.Write(t.Context(), "a", map[string]any{"x": "y"}), "redis connection issue", "NOPERM", "SET")

	// What the Perl plugins need is enough.
	b.options.RedisAttr = []string{"username=perl", "password=perl-pw"}
	store = open(t, b.options)
	if _, err := store.Read(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := lockError(t, store); err != nil {
		t.Error(err)
	}
	if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
		t.Error(err)
	}
	if data, err := store.Read(t.Context(), "a"); data["x"] != "y" || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
}

func TestRedisEndsWithContext(t *testing.T) {
	t.Parallel()
	b := newBackend(t, "redis")
	b.server.freeze(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := open(t, b.options).Read(ctx, "a")
	wantFailure(t, err, "Timeout", b.server.address)
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("ends after %v", took)
	}
}

func TestRedisOverTLS(t *testing.T) {
	t.Parallel()
	program(t, "redis-server")
	dir := t.TempDir()
	ca := newCA(t, dir, "ca")
	ca.issue(t, dir, "server", "127.0.0.1", "redis.example")
	ca.issue(t, dir, "client")
	other := newCA(t, dir, "other")
	other.issue(t, dir, "stranger")
	file := func(name string) string { return filepath.Join(dir, name) }
	port, mutual := freePort(t), freePort(t)
	args := func(port, clients string) []string {
		return []string{
			"--port", "0", "--tls-port", port, "--bind", "127.0.0.1", "--requirepass", redisPassword, "--tls-auth-clients", clients,
			"--tls-cert-file", file("server.pem"), "--tls-key-file", file("server.key"), "--tls-ca-cert-file", file("ca.pem"),
		}
	}
	startTLS(t, "127.0.0.1:"+port, args(port, "no")...)
	startTLS(t, "127.0.0.1:"+mutual, args(mutual, "yes")...)
	pw := "password=" + redisPassword
	authorities := t.TempDir()
	content, err := os.ReadFile(file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, authorities, "x.pem", string(content), 0o600)
	write(t, authorities, "README", "no certificate", 0o600)

	for name, attributes := range map[string][]string{
		"CA":              {"ssl=1", pw, "SSL_ca_file=" + file("ca.pem")},
		"directory":       {"ssl=1", pw, "SSL_ca_path='" + authorities + "'", "SSL_verify_mode=1"},
		"another name":    {"ssl=1", pw, "SSL_ca_file=" + file("ca.pem"), "SSL_hostname=redis.example"},
		"no verification": {"ssl=1", pw, "SSL_verify_mode=0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, statefile.Options{Dir: t.TempDir(), RedisServer: "127.0.0.1:" + port, RedisAttr: attributes})
			if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("client certificate", func(t *testing.T) {
		t.Parallel()
		store := open(t, statefile.Options{Dir: t.TempDir(), RedisServer: "127.0.0.1:" + mutual, RedisAttr: []string{
			"ssl=1", pw, "SSL_ca_file=" + file("ca.pem"), "SSL_cert_file=" + file("client.pem"), "SSL_key_file=" + file("client.key"),
		}})
		if err := store.Write(t.Context(), "a", map[string]any{"x": "y"}); err != nil {
			t.Error(err)
		}
	})
	for name, test := range map[string]struct {
		port       string
		attributes []string
		words      []string
	}{
		"unknown issuer": {port, []string{"ssl=1", pw}, []string{"unknown issuer", "SSL_ca_file"}},
		"other issuer":   {port, []string{"ssl=1", pw, "SSL_ca_file=" + file("other.pem")}, []string{"unknown issuer", "SSL_ca_file"}},
		"wrong name":     {port, []string{"ssl=1", pw, "SSL_ca_file=" + file("ca.pem"), "SSL_hostname=else.example"}, []string{"another name", "SSL_hostname"}},
		"no certificate": {mutual, []string{"ssl=1", pw, "SSL_ca_file=" + file("ca.pem")}, []string{"TLS", "SSL_cert_file"}},
		"bad certificate": {mutual, []string{
			"ssl=1", pw, "SSL_ca_file=" + file("ca.pem"), "SSL_cert_file=" + file("stranger.pem"), "SSL_key_file=" + file("stranger.key"),
		}, []string{"TLS", "SSL_cert_file"}},
		"without TLS": {port, []string{pw}, []string{"TLS"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantUnusable(t, statefile.Options{RedisServer: "127.0.0.1:" + test.port, RedisAttr: test.attributes}, test.words...)
		})
	}
}

func TestServerOptionsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, test := range map[string]struct {
		options statefile.Options
		want    []string
	}{
		"expiration":          {statefile.Options{Expiration: "soon"}, []string{"--memexpiration", "soon", "seconds"}},
		"no expiration":       {statefile.Options{Expiration: "0"}, []string{"--memexpiration"}},
		"negative":            {statefile.Options{Expiration: "-1"}, []string{"--memexpiration"}},
		"endless":             {statefile.Options{Expiration: "9223372036854775807"}, []string{"--memexpiration"}},
		"database":            {statefile.Options{RedisDB: "one"}, []string{"--redis-db", "one"}},
		"negative database":   {statefile.Options{RedisDB: "-1"}, []string{"--redis-db"}},
		"URL":                 {statefile.Options{RedisServer: "redis://:hunter2@host"}, []string{"--redis-server", "host:port"}},
		"port":                {statefile.Options{RedisServer: "host:hunter2"}, []string{"--redis-server", "host:port"}},
		"port 0":              {statefile.Options{RedisServer: "host:0"}, []string{"--redis-server"}},
		"port 65536":          {statefile.Options{RedisServer: "host:65536"}, []string{"--redis-server"}},
		"no host":             {statefile.Options{RedisServer: ":6379"}, []string{"--redis-server"}},
		"bare IPv6":           {statefile.Options{RedisServer: "::1"}, []string{"--redis-server", "[IPv6 address]"}},
		"memcached":           {statefile.Options{Memcached: "a b"}, []string{"--memcached", "host:port"}},
		"unknown attribute":   {statefile.Options{RedisAttr: []string{"sentinels=hunter2"}}, []string{"--redis-attribute", "cnx_timeout", "password_file", "SSL_ca_file"}},
		"no value":            {statefile.Options{RedisAttr: []string{"hunter2"}}, []string{"--redis-attribute", "name=value"}},
		"quotes":              {statefile.Options{RedisAttr: []string{"password='hunter2"}}, []string{"password", "quote"}},
		"quotes, code":        {statefile.Options{RedisAttr: []string{`password="hunter2$x"`}}, []string{"password", "quote"}},
		"two passwords":       {statefile.Options{RedisAttr: []string{"password=hunter2", "password_file=/x"}}, []string{"not both"}},
		"timeout":             {statefile.Options{RedisAttr: []string{"cnx_timeout=soon"}}, []string{"cnx_timeout", "seconds"}},
		"timeout too long":    {statefile.Options{RedisAttr: []string{"read_timeout=61"}}, []string{"read_timeout"}},
		"timeout NaN":         {statefile.Options{RedisAttr: []string{"write_timeout=nan"}}, []string{"write_timeout"}},
		"certificates alone":  {statefile.Options{RedisAttr: []string{"SSL_ca_file=/x"}}, []string{"ssl=1"}},
		"no CA file":          {statefile.Options{RedisAttr: []string{"ssl=1", "SSL_ca_file=/not/there"}}, []string{"SSL_ca_file", "/not/there"}},
		"CA file without any": {statefile.Options{RedisAttr: []string{"ssl=1", "SSL_ca_file=" + write(t, dir, "ca", "hunter2", 0o600)}}, []string{"SSL_ca_file", "no PEM"}},
		"CA path without any": {statefile.Options{RedisAttr: []string{"ssl=1", "SSL_ca_path=" + dir}}, []string{"SSL_ca_path", "no PEM"}},
		"no certificate":      {statefile.Options{RedisAttr: []string{"ssl=1", "SSL_cert_file=/not/there"}}, []string{"SSL_cert_file"}},
		"verification":        {statefile.Options{RedisAttr: []string{"ssl=1", "SSL_verify_mode=maybe"}}, []string{"SSL_verify_mode"}},
		"no password file":    {statefile.Options{RedisAttr: []string{"password_file=/not/there"}}, []string{"password_file", "/not/there"}},
		"open password file":  {statefile.Options{RedisAttr: []string{"password_file=" + write(t, dir, "open", "hunter2", 0o644)}}, []string{"everybody", "chmod o="}},
		"empty password file": {statefile.Options{RedisAttr: []string{"password_file=" + write(t, dir, "empty", "\n", 0o600)}}, []string{"only line"}},
		"long password file":  {statefile.Options{RedisAttr: []string{"password_file=" + write(t, dir, "two", "hunter2\nhunter2", 0o600)}}, []string{"only line"}},
		"huge password file":  {statefile.Options{RedisAttr: []string{"password_file=" + write(t, dir, "huge", strings.Repeat("hunter2", 1000), 0o600)}}, []string{"small file"}},
		"directory":           {statefile.Options{RedisAttr: []string{"password_file=" + dir}}, []string{"small file"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.options.RedisServer == "" && test.options.Memcached == "" {
				test.options.RedisServer = "localhost"
			}
			test.options.FailbackFile = true // which is no excuse
			_, err := test.options.Open(testEnv())
			wantFailure(t, err, test.want...)
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("the error tells the value: %v", err)
			}
		})
	}
	// Without a server nobody asks for these.
	if _, err := (&statefile.Options{Expiration: "soon", RedisDB: "x", RedisAttr: []string{"x"}}).Open(testEnv()); err != nil {
		t.Error(err)
	}
}

func FuzzServerOptions(f *testing.F) {
	f.Add("127.0.0.1:6379", "password='x'", "ssl=1")
	f.Add("[::1]", "cnx_timeout=1e3", `name="\x41"`)
	f.Add("/run/redis.sock", "SSL_verify_mode=0", "encoding=undef")
	f.Add("redis://:x@y", "password_file=/etc/passwd", "=")
	f.Fuzz(func(t *testing.T, server, first, second string) {
		for _, options := range []statefile.Options{
			{RedisServer: server, RedisAttr: []string{first, second}, Expiration: second, RedisDB: first},
			{Memcached: server, Key: first},
		} {
			if store, err := options.Open(testEnv()); err != nil {
				wantFailure(t, err)
			} else if store == nil {
				t.Error("neither store nor error")
			}
		}
	})
}
