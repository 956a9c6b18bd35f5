package kdbx_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tobischo/gokeepasslib/v3"
	"github.com/tobischo/gokeepasslib/v3/wrappers"

	"github.com/centplugins/centplugins/framework/secret/kdbx"
)

// The databases are KeePassXC's (kdbx31) and pykeepass's; all have the same entries, and the first one a history.
const password = "hidden-master"

func load(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// at follows names and indices.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := value.(map[string]any)
			if !ok {
				t.Fatalf("%v at %v: %v is no object", path, step, value)
			}
			value = object[step]
		case int:
			array, ok := value.([]any)
			if !ok || step >= len(array) {
				t.Fatalf("%v at %v: %v is no such array", path, step, value)
			}
			value = array[step]
		}
	}
	return value
}

func TestOpen(t *testing.T) {
	t.Parallel()
	tests := map[string]kdbx.Key{
		"kdbx31.kdbx":   {Password: password},
		"argon2d.kdbx":  {Password: password},
		"argon2id.kdbx": {Password: password, File: load(t, "key.bin")},
		"twofish.kdbx":  {Password: password},
	}
	for name, key := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := kdbx.Open(t.Context(), load(t, name), key)
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, root, "Root", "Group", 0, "Name"); got != "Root" {
				t.Errorf("group %v", got)
			}
			if got := at(t, root, "Root", "Group", 0, "Entry", 0, "Title"); got != "Router" {
				t.Errorf("title %v", got)
			}
			if got := at(t, root, "Root", "Group", 0, "Entry", 0, "History", "Entry", 0, "Title"); got != nil {
				t.Errorf("title %v of what was before", got)
			}
			server := at(t, root, "Root", "Group", 0, "Group", 0, "Entry", 0)
			for _, each := range at(t, server, "String").([]any) {
				want := map[string]string{"Password": ` hidden-<&>"é日 `, "API key": "hidden-api"}[at(t, each, "Key").(string)]
				if want != "" && (at(t, each, "Value", "Protected") != "True" || at(t, each, "Value", "content") != want) {
					t.Errorf("%v", each)
				}
			}
			entries := at(t, root, "groups", 0, "entries").([]any)
			if len(entries) != 3 {
				t.Errorf("%d entries", len(entries))
			}
			for i, want := range []map[string]any{
				{"title": "Router", "username": "admin", "password": "hidden-newer", "url": "https://router.example"},
				{
					"title": "ServeurX", "username": "www", "password": ` hidden-<&>"é日 `, "url": "https://x.example", "notes": "two\nlines",
				},
				{"title": "Database", "username": "", "password": ""},
			} {
				for name, want := range want {
					if got := at(t, entries[i], name); got != want {
						t.Errorf("%s of entry %d: %q", name, i, got)
					}
				}
			}
			if at(t, entries[1], "strings", "API key") != "hidden-api" || at(t, entries[1], "strings", "Zone") != "dmz" {
				t.Errorf("strings %v", at(t, entries[1], "strings"))
			}
		})
	}
}

func TestOpenRefusesTheWrongKey(t *testing.T) {
	t.Parallel()
	keyFile := load(t, "key.bin")
	tests := map[string]struct {
		file string
		key  kdbx.Key
	}{
		"3.1":         {"kdbx31.kdbx", kdbx.Key{Password: "hidden-other"}},
		"argon2d":     {"argon2d.kdbx", kdbx.Key{Password: "hidden-other"}},
		"no password": {"argon2id.kdbx", kdbx.Key{File: keyFile}},
		"no file":     {"argon2id.kdbx", kdbx.Key{Password: password}},
		"other file":  {"argon2id.kdbx", kdbx.Key{Password: password, File: keyFile[1:]}},
		"a file more": {"argon2d.kdbx", kdbx.Key{Password: password, File: keyFile}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := kdbx.Open(t.Context(), load(t, test.file), test.key)
			if !errors.Is(err, kdbx.ErrKey) || root != nil {
				t.Errorf("%v, %v", root, err)
			}
		})
	}
}

// TestOpenRefusesEveryDamage changes one byte after the other.
func TestOpenRefusesEveryDamage(t *testing.T) {
	t.Parallel()
	content := load(t, "argon2d.kdbx")
	for i := 0; i < len(content); i += 1 + len(content)/80 {
		damaged := bytes.Clone(content)
		damaged[i] ^= 0x40
		if root, err := kdbx.Open(t.Context(), damaged, kdbx.Key{Password: password}); err == nil || root != nil {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for i := 0; i < len(content); i += 1 + len(content)/20 {
		if root, err := kdbx.Open(t.Context(), content[:i], kdbx.Key{Password: password}); err == nil || root != nil {
			t.Errorf("first %d bytes: %v", i, err)
		}
	}
	old := encode(t, gokeepasslib.NewPasswordCredentials(password), 1, gokeepasslib.WithDatabaseKDBXVersion3())
	for i := 0; i < len(old)-48; i += 1 + len(old)/150 { // the last block and its padding hold nothing
		damaged := bytes.Clone(old)
		damaged[i] ^= 0x40
		if root, err := kdbx.Open(t.Context(), damaged, kdbx.Key{Password: password}); err == nil || root != nil {
			t.Errorf("3.1, byte %d of %d: %v", i, len(old), err)
		}
	}
}

// replaceVariant changes a value of the key derivation's dictionary.
func replaceVariant(t *testing.T, content []byte, name string, value []byte) []byte {
	t.Helper()
	entry := binary.LittleEndian.AppendUint32(append([]byte{1, 0, 0, 0}, name...), uint32(len(value)))
	before, after, ok := bytes.Cut(content, entry)
	if !ok {
		t.Fatalf("no %s", name)
	}
	return bytes.Join([][]byte{before, entry, value, after[len(value):]}, nil)
}

func TestOpenRefusesCosts(t *testing.T) {
	t.Parallel()
	u64 := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	u32 := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	argon, old := load(t, "argon2d.kdbx"), load(t, "kdbx31.kdbx")
	rounds := bytes.Index(old, []byte{6, 8, 0})
	tests := map[string]struct {
		content []byte
		want    string
	}{
		"memory":          {replaceVariant(t, argon, "M", u64(1<<30+1024)), "its Argon2 asks for 1024 MiB, 2 times, in 2 threads: set at most 1024 MiB"},
		"all memory":      {replaceVariant(t, argon, "M", u64(1<<63)), "its Argon2 asks for"},
		"4 GiB over":      {replaceVariant(t, argon, "M", u64(1<<40+1<<20)), "its Argon2 asks for"},
		"no memory":       {replaceVariant(t, argon, "M", u64(0)), "damaged"},
		"iterations":      {replaceVariant(t, argon, "I", u64(1<<14+1)), "16385 times"},
		"many iterations": {replaceVariant(t, argon, "I", u64(1<<32+2)), "4294967298 times"},
		"no iteration":    {replaceVariant(t, argon, "I", u64(0)), "damaged"},
		"threads":         {replaceVariant(t, argon, "P", u32(256)), "256 threads"},
		"no thread":       {replaceVariant(t, argon, "P", u32(0)), "damaged"},
		"version":         {replaceVariant(t, argon, "V", u32(0x10)), "its version of Argon2 is 0x10"},
		"rounds":          {bytes.Join([][]byte{old[:rounds+3], u64(1<<30 + 1), old[rounds+11:]}, nil), "1073741825 rounds, more than 1000000000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kdbx.Open(t.Context(), test.content, kdbx.Key{Password: password})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	old := load(t, "kdbx31.kdbx")
	rounds := bytes.Index(old, []byte{6, 8, 0})
	slow := bytes.Join([][]byte{old[:rounds+3], binary.LittleEndian.AppendUint64(nil, 900_000_000), old[rounds+11:]}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := kdbx.Open(ctx, slow, kdbx.Key{Password: password}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	argon := load(t, "argon2d.kdbx")
	with := func(offset int, b ...byte) []byte {
		changed := bytes.Clone(argon)
		copy(changed[offset:], b)
		return changed
	}
	tests := map[string]struct {
		content []byte
		want    string
	}{
		"empty":       {nil, "it is no KeePass database"},
		"text":        {[]byte("<KeePassFile/>hidden"), "it is no KeePass database"},
		"KeePass 1":   {with(4, 0x65), "it is of KeePass 1"},
		"version 5":   {with(10, 5), "it is of version 5."},
		"version 2":   {with(10, 2), "it is of version 2."},
		"huge":        {make([]byte, kdbx.MaxSize+1), "it has more than 64 MiB"},
		"long header": {with(13, 0xff, 0xff, 0xff, 0xff), "it is damaged"},
		"negative":    {with(13, 0, 0, 0, 0x80), "it is damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kdbx.Open(t.Context(), test.content, kdbx.Key{Password: password})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("%v", err)
			}
		})
	}
}

// encode writes a database with gokeepasslib.
func encode(t testing.TB, credentials *gokeepasslib.DBCredentials, entries int, options ...gokeepasslib.DatabaseOption) []byte {
	t.Helper()
	db := gokeepasslib.NewDatabase(options...)
	db.Credentials = credentials
	if p := db.Header.FileHeaders.KdfParameters; p != nil {
		p.Iterations = 1
	}
	group := gokeepasslib.NewGroup()
	for range entries {
		entry := gokeepasslib.NewEntry()
		for key, value := range map[string]string{"Title": "one", "Password": "hidden-one"} {
			entry.Values = append(entry.Values, gokeepasslib.ValueData{
				Key: key, Value: gokeepasslib.V{Content: value, Protected: wrappers.NewBoolWrapper(key == "Password")},
			})
		}
		entry.Values = append(entry.Values, gokeepasslib.ValueData{Key: "Big", Value: gokeepasslib.V{Content: strings.Repeat("x", 1000)}})
		group.Entries = append(group.Entries, entry)
	}
	db.Content.Root.Groups = []gokeepasslib.Group{group}
	if err := db.LockProtectedEntries(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := gokeepasslib.NewEncoder(&out).Encode(db); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOpenWhatTheLibraryWrites(t *testing.T) {
	t.Parallel()
	keyFile := load(t, "key.bin")
	fileOnly, err := gokeepasslib.NewKeyDataCredentials(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	uncompressed := func(db *gokeepasslib.Database) { db.Header.FileHeaders.CompressionFlags = 0 }
	withPassword := gokeepasslib.NewPasswordCredentials(password)
	tests := map[string]struct {
		content []byte
		key     kdbx.Key
	}{
		"3.1":           {encode(t, withPassword, 2, gokeepasslib.WithDatabaseKDBXVersion3()), kdbx.Key{Password: password}},
		"3.1, plain":    {encode(t, withPassword, 1200, gokeepasslib.WithDatabaseKDBXVersion3(), uncompressed), kdbx.Key{Password: password}},
		"4.0":           {encode(t, withPassword, 2, gokeepasslib.WithDatabaseKDBXVersion40()), kdbx.Key{Password: password}},
		"4.1, blocks":   {encode(t, withPassword, 1200, gokeepasslib.WithDatabaseKDBXVersion41(), uncompressed), kdbx.Key{Password: password}},
		"key file only": {encode(t, fileOnly, 2, gokeepasslib.WithDatabaseKDBXVersion41()), kdbx.Key{File: keyFile}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := kdbx.Open(t.Context(), test.content, test.key)
			if err != nil {
				t.Fatal(err)
			}
			entries := at(t, root, "groups", 0, "entries").([]any)
			if len(entries) < 2 {
				t.Fatalf("%d entries", len(entries))
			}
			for i := range entries {
				if at(t, entries[i], "title") != "one" || at(t, entries[i], "password") != "hidden-one" {
					t.Fatalf("entry %d: %v", i, entries[i])
				}
			}
		})
	}
}

func TestOpenRefusesADamagedKeyFile(t *testing.T) {
	t.Parallel()
	for _, keyFile := range []string{
		"<KeyFile><Meta><Version>2.0</Version></Meta><Key><Data Hash=\"00000000\">68696464656e</Data></Key></KeyFile>",
		"<KeyFile><Meta><Version>1.0</Version></Meta><Key><Data>hidden!</Data></Key></KeyFile>",
		"<KeyFile><Meta><Version>hidden</Version></Meta></KeyFile>",
	} {
		_, err := kdbx.Open(t.Context(), load(t, "argon2d.kdbx"), kdbx.Key{File: []byte(keyFile)})
		if err == nil || err.Error() != "the key file is damaged" {
			t.Errorf("%v", err)
		}
	}
}
