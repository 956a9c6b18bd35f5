package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/centplugins/centplugins/framework/secret"
)

func TestReadSecretFile(t *testing.T) {
	t.Parallel()
	const most = 64 << 10
	tests := map[string]struct {
		content string
		mode    os.FileMode
		want    string
		fails   string
	}{
		"plain":            {"hidden", 0o600, "hidden", ""},
		"line feed":        {"hidden\n", 0o400, "hidden", ""},
		"carriage return":  {"hidden\r\n", 0o640, "hidden", ""},
		"blanks":           {" hidden \n", 0o660, " hidden ", ""},
		"byte order mark":  {"\ufeffhidden\r\n", 0o600, "hidden", ""},
		"only a mark":      {"\ufeff\n", 0o600, "", "it is empty"},
		"two breaks":       {"hidden\n\n", 0o660, "", "more than one line"},
		"lone return":      {"hidden\r", 0o600, "", "more than one line"},
		"more lines":       {"hidden\nmore", 0o600, "", "more than one line"},
		"UTF-16":           {"h\x00i\x00d\x00d\x00e\x00n\x00", 0o600, "", "no text in UTF-8"},
		"Latin-1":          {"hidden\xe9", 0o600, "", "no text in UTF-8"},
		"largest":          {strings.Repeat("x", most), 0o600, strings.Repeat("x", most), ""},
		"too large":        {strings.Repeat("x", most+1), 0o600, "", "more than 64 KiB"},
		"empty":            {"", 0o600, "", "it is empty: write the secret to it."},
		"only a break":     {"\r\n", 0o600, "", "it is empty"},
		"others may read":  {"hidden", 0o604, "", "run chmod o= '"},
		"others may write": {"hidden", 0o602, "", "others than its owner and group"},
		"others may run":   {"hidden", 0o601, "", "others than its owner and group"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "the secret")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			got, err := secret.ReadSecretFile("client-secret-file", path)
			if got != test.want {
				t.Errorf("got %q", got)
			}
			if test.fails != "" {
				wantFailure(t, err, test.fails, "--client-secret-file", "'"+path+"'")
			} else if err != nil {
				t.Error(err)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestReadSecretFileRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		dir:                         "is a directory",
		pipe:                        "not a regular file",
		"/dev/zero":                 "not a regular file",
		loop:                        "too many levels",
		filepath.Join(dir, "none"):  "no such file",
		filepath.Join(pipe, "file"): "not a directory",
		"":                          "no such file",
	}
	for path, want := range tests {
		_, err := secret.ReadSecretFile("token-file", path)
		wantFailure(t, err, want, "--token-file", "'"+path+"'")
	}
}

func TestReadSecretFileFollowsALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "secret"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("hidden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if got, err := secret.ReadSecretFile("token-file", link); got != "hidden" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := secret.ReadSecretFile("token-file", link)
	wantFailure(t, err, "chmod o= '"+link+"'")
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := secret.ReadFile(path); string(got) != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, path := range []string{dir, pipe, "/dev/zero", filepath.Join(dir, "none")} {
		if got, err := secret.ReadFile(path); err == nil {
			t.Errorf("%s: %d bytes", path, len(got))
		}
	}
}
