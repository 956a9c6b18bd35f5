package assertion_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/assertion"
)

// TestLoadOpenSSL reads what the openssl program writes.
func TestLoadOpenSSL(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	dir, a := t.TempDir(), made().a
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("key", keyPEM(a.key))
	write("leaf", certificatePEM(a.leaf))
	write("chain", join(certificatePEM(a.top), certificatePEM(a.leaf)))
	write("password", []byte(password+"\n"))
	const unsupported = "its private key is encrypted in a way that is not supported. Encrypt it anew"
	for name, test := range map[string]struct {
		command string // writes to standard output
		want    string // part of the error, empty for none
	}{
		"PKCS#1":                {command: "rsa -traditional -in key"},
		"PKCS#1, AES":           {command: "rsa -traditional -in key -aes256 -passout file:password"},
		"PKCS#1, 3DES":          {command: "rsa -traditional -in key -des3 -passout file:password"},
		"PKCS#1, Camellia":      {command: "rsa -traditional -in key -camellia256 -passout file:password", want: unsupported},
		"PKCS#8":                {command: "pkcs8 -topk8 -nocrypt -in key"},
		"PKCS#8, default":       {command: "pkcs8 -topk8 -in key -passout file:password"},
		"PKCS#8, AES-128":       {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-128-cbc"},
		"PKCS#8, AES-192":       {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-192-cbc -iter 100000"},
		"PKCS#8, 3DES":          {command: "pkcs8 -topk8 -in key -passout file:password -v2 des3"},
		"PKCS#8, SHA-1":         {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-256-cbc -v2prf hmacWithSHA1"},
		"PKCS#8, SHA-224":       {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-256-cbc -v2prf hmacWithSHA224"},
		"PKCS#8, SHA-384":       {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-256-cbc -v2prf hmacWithSHA384"},
		"PKCS#8, SHA-512":       {command: "pkcs8 -topk8 -in key -passout file:password -v2 aes-256-cbc -v2prf hmacWithSHA512"},
		"PKCS#8, scrypt":        {command: "pkcs8 -topk8 -in key -passout file:password -scrypt", want: unsupported},
		"PKCS#8, PBE with 3DES": {command: "pkcs8 -topk8 -in key -passout file:password -v1 PBE-SHA1-3DES", want: unsupported},
		"PKCS#8, Camellia":      {command: "pkcs8 -topk8 -in key -passout file:password -v2 camellia-256-cbc", want: unsupported},
		"PKCS#12":               {command: "pkcs12 -export -inkey key -in chain -passout file:password"},
		"PKCS#12, SHA-512":      {command: "pkcs12 -export -inkey key -in leaf -passout file:password -macalg sha512 -iter 10000"},
		"PKCS#12, old":          {command: "pkcs12 -export -inkey key -in chain -passout file:password -legacy"},
		"PKCS#12, 3DES":         {command: "pkcs12 -export -inkey key -in leaf -passout file:password -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1"},
		"PKCS#12, plain":        {command: "pkcs12 -export -inkey key -in leaf -passout file:password -certpbe NONE -keypbe NONE"},
		"PKCS#12, Camellia": {
			command: "pkcs12 -export -inkey key -in leaf -passout file:password -certpbe camellia-256-cbc",
			want:    "it is a PKCS#12 file of a kind that is not supported. Turn it into PEM: openssl pkcs12 -in FILE",
		},
		"PKCS#12 without a certificate": {
			command: "pkcs12 -export -nocerts -inkey key -passout file:password", want: "the file holds no certificate that can be read.",
		},
		"PKCS#12, no MAC": {
			command: "pkcs12 -export -inkey key -in leaf -passout file:password -nomac",
			want:    "it is neither a PEM nor a PKCS#12 file that can be read. If other programs read it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			cmd := exec.Command(program, strings.Fields(test.command)...)
			cmd.Dir, cmd.Stderr = dir, &stderr
			content, err := cmd.Output()
			if err != nil {
				t.Skipf("openssl %s: %v, %s", test.command, err, &stderr) // not every version has every algorithm
			}
			if !strings.HasPrefix(test.command, "pkcs12") {
				content = append(content, certificatePEM(a.leaf)...)
			}
			c, err := assertion.Load("app", content, password)
			switch {
			case test.want != "":
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Error(err)
				}
			case err != nil:
				t.Error(err)
			default:
				check(t, c, a.leaf)
			}
		})
	}
}

// TestOpenSSLShowsThumbprint compares the thumbprint with openssl's.
func TestOpenSSLShowsThumbprint(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	a := made().a
	cmd := exec.Command(program, "x509", "-noout", "-fingerprint", "-sha1")
	cmd.Stdin = bytes.NewReader(certificatePEM(a.leaf))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, fingerprint, _ := strings.Cut(strings.TrimSpace(string(out)), "=")
	c, err := assertion.Load("app.pem", join(certificatePEM(a.leaf), keyPEM(a.key)), "")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(fingerprint, ":", ""); c.Thumbprint() != want {
		t.Errorf("%s, not %s", c.Thumbprint(), want)
	}
}
