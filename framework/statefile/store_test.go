package statefile_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/statefile"
)

func open(t testing.TB, o statefile.Options) statefile.Store {
	t.Helper()
	store, err := o.Open(testEnv())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o660); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "short", "0123456789abcdef", "0123456789abcdef01234567", "0123456789abcdef0123456789abcdef"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store := open(t, statefile.Options{Dir: dir, Suffix: ".state", Key: key})
			if data, err := store.Read(t.Context(), "a"); data != nil || err != nil {
				t.Fatalf("before the first write: %v, %v", data, err)
			}
			for _, token := range []string{"first-token", "second-token"} {
				err := store.Write(t.Context(), "a", map[string]any{"access_token": token, "expires_on": 1795000000, "big": int64(1) << 60})
				if err != nil {
					t.Fatal(err)
				}
				data, err := store.Read(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				expires, _ := statefile.Int(data["expires_on"])
				big, _ := statefile.Int(data["big"])
				if data["access_token"] != token || expires != 1795000000 || big != 1<<60 {
					t.Errorf("read %v", data)
				}
			}
			if got := names(t, dir); got != "a.state" {
				t.Errorf("files: %s", got)
			}
			path := filepath.Join(dir, "a.state")
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o660 {
				t.Errorf("mode %v", info.Mode())
			}
			content, _ := os.ReadFile(path)
			if strings.Contains(string(content), "second-token") != (key == "") {
				t.Errorf("content %s", content)
			}
			if key == "" && !strings.Contains(string(content), `"expires_on":1795000000`) {
				t.Errorf("a number is not kept as one: %s", content)
			}
		})
	}
}

func TestTwoWritesDifferEncrypted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, statefile.Options{Dir: dir, Key: "k"})
	for _, name := range []string{"a", "b"} {
		if err := store.Write(t.Context(), name, map[string]any{"x": 1}); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := os.ReadFile(filepath.Join(dir, "a"))
	b, _ := os.ReadFile(filepath.Join(dir, "b"))
	if string(a) == string(b) {
		t.Errorf("twice the same iv: %s", a)
	}
}

// Made by the Perl plugins' Crypt::Mode::CBC of CryptX 0.077.
const (
	fromPerlShort  = `{"iv":"c10f2dbe733b4fce0f3845fb53e9255a","ciphertext":"kSLJSeU1V2PWkrBOxnPVs5EBrLnghZSCOhDIL4FTtLtlanfTPeH1WWb5UwCyXYw6bmQkaj0frUBeNV49PWZt36LeJC8uyYbtluRCgCaf0E3irIDxGqYcO7VpRCKhS4p68p1uSgOBFUbFYlYD1KXF2E0UDpd2XBTQq69kTRBUfRs=","cipher":"AES","encrypted":1}`
	fromPerl16     = `{"iv":"2c4decb99dc36afc58274e61cdfa700a","encrypted":1,"cipher":"AES","ciphertext":"nt2C1t0Ns7LQg1zEcfxRqaJs3dqjhr/G08DZUpXyyJSW7ATntegWSzIvdIXUwAMKrrKelk5//j5oMMtfzvrf9/R14Vzp2ZAwr7CGuKLRCEGMP57pNMCMYRyiv7d3EJwU9HeGg5Meld6gkR1IxdpeJeSeOMFevqCIuFZmBIhT0Po="}`
	fromPerl32     = `{"iv":"91f856c6da0ee85b81134d75a6c649b9","ciphertext":"0oeSyBOep0u9yXW8l7SP5YkCGnW0ojCkzoet68KlqwLFibwOF7Fsa/cfkgtF9cKp/jtBfAWxg+gsCyJtm+H0myeEbQrVIj+e3wvDnbbBElCPYVtNyGS/yfeyciPKg/ovg3A+MFoBuO5g1wV+rmk4rSrhZc79FlUl49ERvRxKr3E=","encrypted":1,"cipher":"AES"}`
	fromPerlDumper = `$datas = {
           'ciphertext' => 'SaoU3Dc1rvyYdyIs6sFUYAg3srAMUE+rdoG0AAdfeGTGmMc29Jgeez6r9SGmYZNXATT5VXC9Pt4KPrwaixY1zLT9QxgqoAoIJ0UI7g4EVOdYWlJefEavjG3agH6bVXieNcOPbn78xICOj05TBmSJYDX9xcmKAC243Ld9tNhUDDIGr4KhE/CfmqyUFSoYaoiyUqtZG0/TfzEjbrQUl4b3wQ==',
           'encrypted' => 1,
           'cipher' => 'AES',
           'iv' => '64e63443438df53b4e4f96afe85e686a'
         };
`
	fromPerlStorable = "040b0831323334353637380408080803040000000a20376435373065306636303763373535306634333763356638353066313465333502" +
		"0000006976088109000000656e637279707465640a03414553060000006369706865720a985263456779524d325548524446305379304f" +
		"743441322b6e304f33564d39517a733773787433632b5758324b7a2b666c38692b79594d2b445a73482b546963787756737a514e796d31" +
		"4a7a635a634c64376676414e5a52724f776a5659756e536455516e417a326945767a306e465453324e4d523946332f78547777502b722b" +
		"4f734b6c46514c30676b33616443686a62634c5a5a513d3d0a00000063697068657274657874"
)

func TestReadsPerl(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, content string }{
		{"short", fromPerlShort},
		{"0123456789abcdef", fromPerl16},
		{"0123456789abcdef0123456789abcdef", fromPerl32},
		{"", `{"access_token":"tok-perl","last_timestamp":1794996401,"expires_on":1795000000}`},
		{"short", fromPerlDumper},
		{"short", unhex(t, fromPerlStorable)},
		{"", "$datas = {\n  'access_token' => 'tok-perl',\n  'expires_on' => 1795000000\n};\n"},
		{"", unhex(t, frozen)},
		{"some key", unhex(t, frozen)},
		{"some key", `{"expires_on":"1795000000","access_token":"tok-perl"}`}, // kept before the key was set
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			t.Parallel()
			data := readBack(t, statefile.Options{Key: test.key}, test.content)
			if n, ok := statefile.Int(data["expires_on"]); data["access_token"] != "tok-perl" || n != 1795000000 || !ok {
				t.Errorf("read %v", data)
			}
		})
	}
}

func TestReadsDamagedAsNone(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	seal := func(iv, ciphertext string) string {
		return `{"encrypted":1,"cipher":"AES","iv":"` + iv + `","ciphertext":"` + ciphertext + `"}`
	}
	const iv = "2c4decb99dc36afc58274e61cdfa700a"
	tests := map[string]string{
		"empty":             "",
		"blank":             " \n",
		"garbage":           "{{{{",
		"binary":            "\x00\x01\x02",
		"dumper of another": "$VAR1 = {'access_token' => 'x'};",
		"dumper, blessed":   "$datas = bless( {'access_token' => 'x'}, 'Foo' );",
		"dumper, code":      "$datas = {'access_token' => sub { \"DUMMY\" }};",
		"dumper, cycle":     "$datas = {'a' => {}};\n$datas->{'a'}{'b'} = $datas;",
		"dumper, program":   "$datas = {'access_token' => `id`};",
		"dumper, array":     "$datas = [];",
		"dumper, cut":       "$datas = {'access_token' => 'x'",
		"storable, file":    "pst0\x04\x0b\x0812345678\x04\x08\x08\x03",
		"array":             "[]",
		"null":              "null",
		"text":              `"x"`,
		"cut short":         `{"access_token":"x"`,
		"trailing":          `{"access_token":"x"}}`,
		"two":               `{} {}`,
		"deep":              strings.Repeat(`{"a":`, 20000),
		"other key":         fromPerl32,
		"other cipher":      strings.Replace(fromPerl16, "AES", "Blowfish", 1),
		"no cipher":         `{"encrypted":1}`,
		"wrong types":       `{"encrypted":[1],"cipher":2,"iv":3,"ciphertext":4}`,
		"iv not hex":        seal("zz4decb99dc36afc58274e61cdfa700a", "nt2C1t0Ns7LQg1zEcfxRqQ=="),
		"iv short":          seal("2c4d", "nt2C1t0Ns7LQg1zEcfxRqQ=="),
		"bad base64":        seal(iv, "!!!!"),
		"no ciphertext":     seal(iv, ""),
		"no whole block":    seal(iv, "nt2C1t0Ns7LQ"),
		"bad padding":       seal(iv, "nt2C1t0Ns7LQg1zEcfxRqQ=="),
		"ciphertext cut":    strings.Replace(fromPerl16, "SeOMFevqCIuFZmBIhT0Po=", "SeM", 1),
		"ciphertext halved": strings.Replace(fromPerl16, "nt2C1t0Ns7LQg1zEcfxRqaJs3dqjhr/G08DZUpXyyJSW7ATntegWSzIvdIXUwAMK", "", 1),
	}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "a", content)
			store := open(t, statefile.Options{Dir: dir, Key: key})
			if data, err := store.Read(t.Context(), "a"); data != nil || err != nil {
				t.Fatalf("read %v, %v", data, err)
			}
			if err := store.Write(t.Context(), "a", map[string]any{"x": "new"}); err != nil {
				t.Fatal(err)
			}
			if data, _ := store.Read(t.Context(), "a"); data["x"] != "new" {
				t.Errorf("not mended by a write: %v", data)
			}
		})
	}
}

func TestEncryptedWithoutKeyIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "a", fromPerl16)
	if data, err := open(t, statefile.Options{Dir: dir}).Read(t.Context(), "a"); data != nil || err != nil {
		t.Errorf("read %v, %v", data, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options statefile.Options
		want    []string
	}{
		"cipher":    {statefile.Options{Key: "secretsecret", Cipher: "Blowfish"}, []string{"--statefile-cipher", "Blowfish", "AES"}},
		"key of 17": {statefile.Options{Key: "secretsecret-----"}, []string{"--statefile-key", "17", "16", "24", "32"}},
		"key of 33": {statefile.Options{Key: "secretsecret" + strings.Repeat("-", 21)}, []string{"33", "16", "24", "32"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.options.Open(testEnv())
			wantFailure(t, err, test.want...)
			if err != nil && strings.Contains(err.Error(), "secretsecret") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}

func wantFailure(t *testing.T, err error, parts ...string) {
	t.Helper()
	var f *failure.Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no failure for the operator", err)
	}
	for _, part := range parts {
		if !strings.Contains(f.Text, part) {
			t.Errorf("%q does not say %q", f.Text, part)
		}
	}
}

func TestFailuresOfFiles(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	put(t, base, "plain", "x")
	if err := os.MkdirAll(filepath.Join(base, "state", "a"), 0o770); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ dir, want string }{
		"directory missing":    {filepath.Join(base, "not", "there"), "does not exist"},
		"directory is a file":  {filepath.Join(base, "plain"), "not a directory"},
		"state is a directory": {filepath.Join(base, "state"), "Cannot use"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, statefile.Options{Dir: test.dir})
			path := filepath.Join(test.dir, "a")
			_, err := store.Read(t.Context(), "a")
			wantFailure(t, err, "statefile '"+path+"'", test.want, "--statefile-dir")
			wantFailure(t, store.Write(t.Context(), "a", map[string]any{"x": 1}), "statefile '"+path+"'", test.want, "--statefile-dir")
			_, err = store.Lock(t.Context(), "a")
			wantFailure(t, err, "statefile '"+path+"'", test.want, "--statefile-dir")
		})
	}
	if got := names(t, base); got != "plain state" {
		t.Errorf("left behind: %s", got)
	}
}

func TestFailuresOfPermissions(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	put(t, dir, "readonly", `{"x":1}`)
	put(t, dir, "hidden", `{"x":1}`)
	put(t, dir, "fine", `{"x":1}`)
	for name, mode := range map[string]os.FileMode{"readonly": 0o440, "hidden": 0o000, ".": 0o550} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o770) })
	store := open(t, statefile.Options{Dir: dir})
	for _, name := range []string{"readonly", "hidden"} {
		_, err := store.Read(t.Context(), name)
		wantFailure(t, err, "Cannot write statefile '"+filepath.Join(dir, name)+"'", "permissions on file")
		_, err = store.Lock(t.Context(), name)
		wantFailure(t, err, "Cannot write statefile '"+filepath.Join(dir, name)+"'", "permissions on file")
	}
	_, err := store.Read(t.Context(), "new")
	wantFailure(t, err, "Cannot write statefile '"+filepath.Join(dir, "new")+"'. Need write/exec permissions on directory")
	wantFailure(t, store.Write(t.Context(), "fine", nil), "Need write/exec permissions on directory")
	if data, err := store.Read(t.Context(), "fine"); err != nil || data["x"] != json.Number("1") {
		t.Errorf("a state that can still be read: %v, %v", data, err)
	}
}

func TestWriteRefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, statefile.Options{Dir: dir})
	wantFailure(t, store.Write(t.Context(), "a", map[string]any{"x": func() {}}), filepath.Join(dir, "a"))
	if got := names(t, dir); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func TestConcatCwd(t *testing.T) {
	t.Parallel()
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	store := open(t, statefile.Options{Dir: "/not/there", ConcatCwd: true})
	_, err = store.Read(t.Context(), "a")
	wantFailure(t, err, filepath.Join(cwd, "not/there/a"))
	_, err = open(t, statefile.Options{ConcatCwd: true}).Read(t.Context(), "no-such-state")
	if err != nil {
		wantFailure(t, err, "'/var/lib/centreon/centplugins/no-such-state'")
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  int64
		ok    bool
	}{
		{json.Number("1795000000"), 1795000000, true},
		{json.Number("1.795e9"), 1795000000, true},
		{json.Number("12.9"), 12, true},
		{"1795000000", 1795000000, true},
		{json.Number("1e30"), 0, false},
		{json.Number("9223372036854775808"), 0, false},
		{"soon", 0, false},
		{"NaN", 0, false},
		{"", 0, false},
		{nil, 0, false},
		{true, 0, false},
		{map[string]any{}, 0, false},
	}
	for _, test := range tests {
		if got, ok := statefile.Int(test.value); got != test.want || ok != test.ok {
			t.Errorf("Int(%v) = %v, %v", test.value, got, ok)
		}
	}
}

func TestLockWaitsUntilContextEnds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b backend) {
		store := open(t, b.options)
		unlock, err := store.Lock(t.Context(), "counter")
		if err != nil {
			t.Fatal(err)
		}
		wantHeld(t, store, 50*time.Millisecond)
		if other, err := store.Lock(t.Context(), "b"); err != nil {
			t.Errorf("another name is not free: %v", err)
		} else {
			other()
		}
		unlock()
		began := time.Now()
		second, err := store.Lock(t.Context(), "counter")
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("a lock that was given up is free after %v", waited)
		}
		unlock() // once more: it must not take the lock from who has it now
		wantHeld(t, store, 50*time.Millisecond)
		second()
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(fromPerl16), true)
	f.Add([]byte(fromPerl32), true)
	f.Add([]byte(`{"access_token":"x","expires_on":1}`), false)
	f.Add([]byte(`{"encrypted":1,"cipher":"AES","iv":"00000000000000000000000000000000","ciphertext":"AAAAAAAAAAAAAAAAAAAAAA=="}`), true)
	f.Add([]byte("null"), false)
	f.Add([]byte(fromPerlDumper), true)
	f.Add([]byte("$datas = {'access_token' => 'x', 'n' => [1, undef, {}]};"), false)
	for _, seed := range []string{fromPerlStorable, frozen, frozenAll, frozenNet, frozenLoop, frozenBlessedInside, frozenShared, frozenInfinity} {
		f.Add([]byte(unhex(f, seed)), seed == fromPerlStorable)
	}
	f.Fuzz(func(t *testing.T, content []byte, encrypted bool) {
		dir := t.TempDir()
		put(t, dir, "a", string(content))
		options := statefile.Options{Dir: dir}
		if encrypted {
			options.Key = "0123456789abcdef"
		}
		store := open(t, options)
		data, err := store.Read(t.Context(), "a")
		if err != nil {
			t.Fatalf("content is no reason to fail: %v", err)
		}
		if data == nil {
			return
		}
		if err := store.Write(t.Context(), "a", data); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

// A pipe would be waited for, and a device such as /dev/null replaced by a file.
func TestStateThatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o660); err != nil {
		t.Fatal(err)
	}
	store := open(t, statefile.Options{Dir: dir})
	_, err := store.Read(t.Context(), "pipe")
	_, lockErr := store.Lock(t.Context(), "pipe")
	for _, err := range []error{err, lockErr, store.Write(t.Context(), "pipe", map[string]any{"a": 1})} {
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%v", err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "pipe")); err != nil || info.Mode().Type() != os.ModeNamedPipe || names(t, dir) != "pipe" {
		t.Errorf("%v, %v, %s", info, err, names(t, dir))
	}
}
