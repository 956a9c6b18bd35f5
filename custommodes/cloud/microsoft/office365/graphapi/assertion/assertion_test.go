package assertion_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/assertion"
)

const (
	password = "correct horse ü"
	costly   = "its password is hashed more than 1048576 times, which a check cannot wait for. Export it anew with fewer iterations."
)

// identity is a key with its certificate, and the authority that signed it.
type identity struct {
	key       crypto.Signer
	leaf, top *x509.Certificate
}

// made are identities that several tests use: RSA keys take their time.
var made = sync.OnceValue(func() (m struct{ a, b identity }) {
	m.a, m.b = newIdentity(newRSA(2048)), newIdentity(newRSA(2048))
	return m
})

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	must(err)
	return key
}

func newIdentity(key crypto.Signer) identity {
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	top := certify("authority", authority.Public(), nil, authority, date(2030))
	return identity{key, certify("leaf", key.Public(), top, authority, date(2027)), top}
}

func certify(name string, public crypto.PublicKey, parent *x509.Certificate, signer crypto.Signer, end time.Time) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(end.Year())), Subject: pkix.Name{CommonName: name}, NotBefore: date(2026), NotAfter: end,
		IsCA: parent == nil, BasicConstraintsValid: true,
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	must(err)
	certificate, err := x509.ParseCertificate(der)
	must(err)
	return certificate
}

func date(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func block(blockType string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
}

func certificatePEM(c *x509.Certificate) []byte { return block("CERTIFICATE", c.Raw) }

func keyPEM(key crypto.Signer) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	return block("PRIVATE KEY", der)
}

// oldPEM is an RSA key encrypted by the old rules, with "Proc-Type: 4,ENCRYPTED".
func oldPEM(der []byte) []byte {
	b, err := x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", der, []byte(password), x509.PEMCipher3DES) //nolint:staticcheck // files have it
	must(err)
	return pem.EncodeToMemory(b)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestLoad(t *testing.T) {
	t.Parallel()
	a, b := made().a, made().b
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(a.key.(*rsa.PrivateKey)))
	legacy := oldPEM(x509.MarshalPKCS1PrivateKey(a.key.(*rsa.PrivateKey)))
	older := certify("leaf", a.key.Public(), nil, a.key, date(2026).AddDate(0, 1, 0))
	p12 := func(e *pkcs12.Encoder, password string, leaf *x509.Certificate, others ...*x509.Certificate) []byte {
		content, err := e.Encode(a.key, leaf, others, password)
		must(err)
		return content
	}
	for name, test := range map[string]struct {
		content  []byte
		password string
	}{
		"PEM":                           {join(certificatePEM(a.leaf), keyPEM(a.key)), ""},
		"PEM, password not needed":      {join(certificatePEM(a.leaf), keyPEM(a.key)), password},
		"PEM, key first":                {join(keyPEM(a.key), certificatePEM(a.leaf)), ""},
		"PEM, PKCS#1":                   {join(pkcs1, certificatePEM(a.leaf)), ""},
		"PEM, chain":                    {join(certificatePEM(a.leaf), certificatePEM(a.top), keyPEM(a.key)), ""},
		"PEM, chain from the top":       {join(certificatePEM(a.top), keyPEM(a.key), certificatePEM(b.leaf), certificatePEM(a.leaf)), ""},
		"PEM, odd one in the chain":     {join(block("CERTIFICATE", []byte("odd")), certificatePEM(a.leaf), keyPEM(a.key)), ""},
		"PEM, renewed at the end":       {join(certificatePEM(older), certificatePEM(a.leaf), keyPEM(a.key)), ""},
		"PEM, renewed at the start":     {join(certificatePEM(a.leaf), certificatePEM(older), keyPEM(a.key)), ""},
		"PEM, encrypted by old rules":   {join(certificatePEM(a.leaf), legacy), password},
		"PEM, other blocks and text":    {join([]byte("\ufeffBag Attributes\n"), keyPEM(a.key), block("DH PARAMETERS", []byte{1}), []byte("text\n"), certificatePEM(a.leaf)), ""},
		"PEM, byte order mark":          {join([]byte("\ufeff"), certificatePEM(a.leaf), keyPEM(a.key)), ""},
		"PEM, lines of Windows":         {bytes.ReplaceAll(join(certificatePEM(a.leaf), keyPEM(a.key)), []byte("\n"), []byte("\r\n")), ""},
		"PEM, encrypted":                {join(certificatePEM(a.leaf), encryptedPEM(a.key, sound)), password},
		"PKCS#12":                       {p12(pkcs12.Modern2023, password, a.leaf), password},
		"PKCS#12, chain":                {p12(pkcs12.Modern2023, password, a.leaf, a.top), password},
		"PKCS#12, chain from the top":   {p12(pkcs12.Modern2023, password, a.top, a.leaf), password},
		"PKCS#12, empty password":       {p12(pkcs12.Modern2023, "", a.leaf), ""},
		"PKCS#12, without a password":   {p12(pkcs12.Passwordless, "", a.leaf), ""},
		"PKCS#12, 3DES":                 {p12(pkcs12.LegacyDES, password, a.leaf), password},
		"PKCS#12, RC2":                  {p12(pkcs12.LegacyRC2, password, a.leaf), password},
		"PKCS#12, PBMAC1":               {p12(pkcs12.Modern2026, password, a.leaf), password},
		"PKCS#12, salt like a count":    {p12(pkcs12.Modern2023.WithRand(strings.NewReader(strings.Repeat("\x04\x01\x00\x02\x04\x7f\xff\xff\xff       ", 9))), password, a.leaf), password},
		"PKCS#12, 600 000 iterations":   {p12(pkcs12.Modern2023.WithIterations(600_000), password, a.leaf), password},
		"PKCS#12, as many as may be":    {p12(pkcs12.LegacyRC2.WithIterations(1<<20), password, a.leaf), password},
		"PEM, file of the bounded size": {join(bytes.Repeat([]byte("\n"), 128<<10-len(join(certificatePEM(a.leaf), keyPEM(a.key)))), certificatePEM(a.leaf), keyPEM(a.key)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := assertion.Load("app.pem", test.content, test.password)
			if err != nil {
				t.Fatal(err)
			}
			check(t, c, a.leaf)
		})
	}
}

// check sees that c is the certificate leaf and signs with its key.
func check(t *testing.T, c *assertion.Certificate, leaf *x509.Certificate) {
	t.Helper()
	if !c.NotBefore().Equal(leaf.NotBefore) || !c.NotAfter().Equal(leaf.NotAfter) {
		t.Errorf("valid from %s to %s, not from %s to %s", c.NotBefore(), c.NotAfter(), leaf.NotBefore, leaf.NotAfter)
	}
	for _, algorithm := range []string{"PS256", "RS256"} {
		signed, err := c.Sign(algorithm, "id", "https://login.example/token", date(2026))
		if err != nil {
			t.Fatal(err)
		}
		verify(t, leaf, algorithm, signed)
	}
}

// verify checks the signature and returns header and claims.
func verify(t *testing.T, leaf *x509.Certificate, algorithm, signed string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			t.Fatal(err)
		}
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	public := leaf.PublicKey.(*rsa.PublicKey)
	var err error
	if algorithm == "PS256" {
		err = rsa.VerifyPSS(public, crypto.SHA256, digest[:], decoded[2], &rsa.PSSOptions{SaltLength: sha256.Size})
	} else {
		err = rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], decoded[2])
	}
	if err != nil {
		t.Error(err)
	}
	must(json.Unmarshal(decoded[0], &header))
	must(json.Unmarshal(decoded[1], &claims))
	return header, claims
}

func TestSign(t *testing.T) {
	t.Parallel()
	a := made().a
	c, err := assertion.Load("app.pem", join(certificatePEM(a.leaf), keyPEM(a.key)), "")
	must(err)
	short, long := sha1.Sum(a.leaf.Raw), sha256.Sum256(a.leaf.Raw)
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	now := time.Date(2026, 10, 5, 12, 0, 0, 999, time.FixedZone("", 7200))
	seen := map[any]bool{}
	for algorithm, wanted := range map[string]map[string]any{
		"PS256": {"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(long[:])},
		"RS256": {"alg": "RS256", "typ": "JWT", "x5t": base64.RawURLEncoding.EncodeToString(short[:])},
	} {
		for range 2 {
			signed, err := c.Sign(algorithm, "9876dcba", "https://login.example/tenant/oauth2/v2.0/token", now)
			must(err)
			header, claims := verify(t, a.leaf, algorithm, signed)
			if !reflect.DeepEqual(header, wanted) {
				t.Errorf("header %v, not %v", header, wanted)
			}
			id := claims["jti"]
			if text, _ := id.(string); seen[id] || !uuid.MatchString(text) {
				t.Errorf("jti %v", id)
			}
			seen[id] = true
			delete(claims, "jti")
			if wanted := map[string]any{
				"aud": "https://login.example/tenant/oauth2/v2.0/token", "iss": "9876dcba", "sub": "9876dcba",
				"nbf": 1791194280.0, "iat": 1791194400.0, "exp": 1791194880.0,
			}; !reflect.DeepEqual(claims, wanted) {
				t.Errorf("claims %v, not %v", claims, wanted)
			}
		}
	}
	if _, err := c.Sign("none", "", "", now); err == nil ||
		err.Error() != "Unknown signature algorithm 'none' for the client certificate. Use PS256 or RS256." {
		t.Error(err)
	}
}

func TestThumbprint(t *testing.T) {
	t.Parallel()
	a := made().a
	c, err := assertion.Load("app.pem", join(certificatePEM(a.leaf), keyPEM(a.key)), "")
	must(err)
	sum := new(big.Int).SetBytes(sha1Of(a.leaf.Raw))
	if got := c.Thumbprint(); len(got) != 40 || got != strings.ToUpper(got) {
		t.Error(got)
	} else if n, ok := new(big.Int).SetString(got, 16); !ok || n.Cmp(sum) != 0 {
		t.Error(got)
	}
}

func sha1Of(b []byte) []byte {
	sum := sha1.Sum(b)
	return sum[:]
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	a, b := made().a, made().b
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ec, ed, small := newIdentity(ecKey), newIdentity(edKey), newIdentity(newRSA(1024))
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	must(err)
	legacy := oldPEM([]byte("not a key"))
	foreign := &pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "RC5-CBC,0123456789ABCDEF"}, Bytes: []byte("x")}
	p12 := func(key any, leaf *x509.Certificate) []byte {
		content, err := pkcs12.Modern2023.Encode(key, leaf, nil, password)
		must(err)
		return content
	}
	trust, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{a.leaf}, password)
	must(err)
	const (
		missing = "it needs a password. Give it in --client-certificate-password."
		wrong   = "its password is wrong, or the file is damaged. Check --client-certificate-password."
		noKey   = "the file holds no private key that can be read. Put the certificate and its private key into one file."
		noCert  = "the file holds no certificate that can be read. Put the certificate and its private key into one file."
		rsaOnly = " Entra ID takes RSA keys only: make a certificate with an RSA key of 2048 bits or more."
		foundNo = "its private key belongs to no certificate in the file that can be read. Put the key and the certificate that was made for it into one file."
		unread  = "it is neither a PEM nor a PKCS#12 file that can be read. If other programs read it, turn it into PEM: openssl pkcs12 -in FILE -out NEWFILE, and name NEWFILE."
		kind    = "its private key is encrypted in a way that is not supported. " +
			"Encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEWKEY, and put NEWKEY and the certificate into one file."
		damaged = "its private key is damaged or not supported. Use an RSA key in PKCS#8 or PKCS#1."
	)
	leaf := certificatePEM(a.leaf)
	for name, test := range map[string]struct {
		content        []byte
		password, want string
	}{
		"empty":                       {nil, "", unread},
		"text":                        {[]byte("client_secret=hunter2hunter2"), "", unread},
		"a certificate in DER":        {a.leaf.Raw, "", noKey},
		"too large":                   {bytes.Repeat([]byte("\n"), 128<<10+1), "", "it is larger than 128 KiB. Name a PEM or PKCS#12 file with the certificate and its private key."},
		"no key":                      {leaf, "", noKey},
		"damaged armour of the key":   {join(leaf, keyPEM(a.key)[:400]), "", noKey},
		"no certificate":              {keyPEM(a.key), "", noCert},
		"damaged certificate":         {join(keyPEM(a.key), block("CERTIFICATE", a.leaf.Raw[:100])), "", noCert},
		"damaged key":                 {join(leaf, block("PRIVATE KEY", []byte("s3cr3t"))), "", damaged},
		"only the top is readable":    {join(keyPEM(a.key), certificatePEM(a.top), block("CERTIFICATE", a.leaf.Raw[:100])), "", foundNo},
		"two keys":                    {join(leaf, keyPEM(a.key), keyPEM(b.key)), "", "the file holds 2 private keys. Leave the one that belongs to the certificate."},
		"another's key":               {join(leaf, certificatePEM(a.top), keyPEM(b.key)), "", foundNo},
		"another's key in PKCS#12":    {p12(b.key, a.leaf), password, foundNo},
		"ECDSA":                       {join(certificatePEM(ec.leaf), keyPEM(ec.key)), "", "its key is an elliptic curve key (ECDSA)." + rsaOnly},
		"ECDSA in SEC 1":              {join(certificatePEM(ec.leaf), block("EC PRIVATE KEY", sec1)), "", "its key is an elliptic curve key (ECDSA)." + rsaOnly},
		"ECDSA in PKCS#12":            {p12(ec.key, ec.leaf), password, "its key is an elliptic curve key (ECDSA)." + rsaOnly},
		"Ed25519":                     {join(certificatePEM(ed.leaf), keyPEM(ed.key)), "", "its key is an Ed25519 key." + rsaOnly},
		"1024 bits":                   {join(certificatePEM(small.leaf), keyPEM(small.key)), "", "its RSA key has 1024 bits. Make a certificate with an RSA key of 2048 to 8192 bits."},
		"8400 bits":                   {join(leaf, largeKey()), "", "its RSA key has 8400 bits. Make a certificate with an RSA key of 2048 to 8192 bits."},
		"unknown cipher, no password": {join(leaf, pem.EncodeToMemory(foreign)), "", missing},
		"old rules, no password":      {join(leaf, legacy), "", missing},
		"old rules, not a key":        {join(leaf, legacy), password, wrong},
		"old rules, wrong password":   {join(leaf, legacy), "wrong", wrong},
		"old rules, unknown cipher":   {join(leaf, pem.EncodeToMemory(foreign)), password, kind},
		"PKCS#12, no password":        {p12(a.key, a.leaf), "", missing},
		"PKCS#12, wrong password":     {p12(a.key, a.leaf), "wrong", wrong},
		"PKCS#12, password of emoji":  {p12(a.key, a.leaf), "wrong 🙈", "characters such as emoji are not supported in the password of a PKCS#12 file. Export it anew with another password."},
		"PKCS#12, cut":                {p12(a.key, a.leaf)[:500], password, unread},
		"PKCS#12 without a key":       {trust, password, noKey},
		"PKCS#8, no password":         {join(leaf, encryptedPEM(a.key, sound)), "", missing},
		"PKCS#8, wrong password":      {join(leaf, encryptedPEM(a.key, sound)), "wrong", wrong},
		"PKCS#8, too many iterations": {join(leaf, encryptedPEM(a.key, pbes2{1<<20 + 1, 32, sound.iv, 0})), password, costly},
		"PKCS#8, other key length":    {join(leaf, encryptedPEM(a.key, pbes2{2048, 16, sound.iv, 0})), password, kind},
		"PKCS#8, short IV":            {join(leaf, encryptedPEM(a.key, pbes2{2048, 32, "iv", 0})), password, wrong},
		"PKCS#8, no data":             {join(leaf, encryptedPEM(a.key, pbes2{2048, 32, sound.iv, -1})), password, wrong},
		"PKCS#8, part of a block":     {join(leaf, encryptedPEM(a.key, pbes2{2048, 32, sound.iv, 23})), password, wrong},
		"PKCS#8, only a block":        {join(leaf, encryptedPEM(a.key, pbes2{2048, 32, sound.iv, 16})), password, wrong},
		"PKCS#8, not DER":             {join(leaf, block("ENCRYPTED PRIVATE KEY", []byte("s3cr3t"))), password, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := assertion.Load("/etc/app.pem", test.content, test.password)
			if c != nil || err == nil || err.Error() != "Cannot use client certificate '/etc/app.pem': "+test.want {
				t.Errorf("%v\nnot %s", err, test.want)
			}
		})
	}
}

// TestLoadIterations raises one iteration count after the other to what would take seconds, or with more digits hours.
func TestLoadIterations(t *testing.T) {
	t.Parallel()
	a := made().a
	for name, encoder := range map[string]*pkcs12.Encoder{
		"3DES": pkcs12.LegacyDES, "PBES2": pkcs12.Modern2023, "PBMAC1": pkcs12.Modern2026,
	} {
		content, err := encoder.WithIterations(0x10f0f).Encode(a.key, a.leaf, nil, password)
		must(err)
		low := []byte{asn1.TagInteger, 3, 0x01, 0x0f, 0x0f}
		found := bytes.Count(content, low)
		if found < 3 { // certificates, key, MAC
			t.Errorf("%s: %d counts", name, found)
		}
		at := 0
		for range found {
			at += bytes.Index(content[at:], low)
			raised := slices.Clone(content)
			copy(raised[at:], []byte{asn1.TagInteger, 3, 0x7f, 0xff, 0xff})
			at++
			if _, err := assertion.Load("app.p12", raised, password); err == nil || !strings.Contains(err.Error(), costly) {
				t.Errorf("%s, count at %d: %v", name, at, err)
			}
		}
	}
}

// pbes2 is how a PKCS#8 key is encrypted: by PBES2 with PBKDF2 and AES-256.
type pbes2 struct {
	iterations, keyLength int
	iv                    string
	cut                   int // the length of what is left of the key, 0 for all
}

var sound = pbes2{2048, 32, "iviviviviviviviv", 0}

func encryptedPEM(key crypto.Signer, how pbes2) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	salt := []byte("saltsalt")
	derived, err := pbkdf2.Key(sha256.New, password, salt, min(how.iterations, 2048), 32)
	must(err)
	padding := aes.BlockSize - len(der)%aes.BlockSize
	der = append(der, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipherBlock, err := aes.NewCipher(derived)
	must(err)
	cipher.NewCBCEncrypter(cipherBlock, []byte(sound.iv)).CryptBlocks(der, der)
	if how.cut != 0 {
		der = der[:max(how.cut, 0)]
	}

	type algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters any
	}
	type pbkdf2Params struct {
		Salt                  []byte
		Iterations, KeyLength int
		PRF                   algorithm
	}
	type pbes2Params struct{ KDF, Cipher algorithm }
	der, err = asn1.Marshal(struct {
		Algorithm algorithm
		Data      []byte
	}{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, pbes2Params{
			algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, pbkdf2Params{
				salt, how.iterations, how.keyLength, algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, asn1.NullRawValue},
			}},
			algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, []byte(how.iv)},
		}},
		der,
	})
	must(err)
	return block("ENCRYPTED PRIVATE KEY", der)
}

// largeKey is an RSA key of 8400 bits, except that its primes are none: those would take a minute to find.
func largeKey() []byte {
	one, e := big.NewInt(1), big.NewInt(65537)
	for {
		p, q := oddNumber(4200), oddNumber(4200)
		p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
		d, inverse := new(big.Int).ModInverse(e, new(big.Int).Mul(p1, q1)), new(big.Int).ModInverse(q, p)
		if d == nil || inverse == nil {
			continue
		}
		der, err := asn1.Marshal(struct {
			Version                     int
			N, E, D, P, Q, Dp, Dq, Qinv *big.Int
		}{0, new(big.Int).Mul(p, q), e, d, p, q, new(big.Int).Mod(d, p1), new(big.Int).Mod(d, q1), inverse})
		must(err)
		return block("RSA PRIVATE KEY", der)
	}
}

func oddNumber(bits int) *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	must(err)
	n.SetBit(n, bits-1, 1)
	n.SetBit(n, bits-2, 1)
	return n.SetBit(n, 0, 1)
}
