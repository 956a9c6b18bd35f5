package assertion_test

import (
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/assertion"
)

func FuzzLoad(f *testing.F) {
	a := made().a
	leaf, pkcs1 := certificatePEM(a.leaf), x509.MarshalPKCS1PrivateKey(a.key.(*rsa.PrivateKey))
	for _, seed := range [][]byte{
		join(leaf, keyPEM(a.key)),
		join(block("RSA PRIVATE KEY", pkcs1), certificatePEM(a.top), leaf),
		join(leaf, encryptedPEM(a.key, sound)),
		join(leaf, oldPEM(pkcs1)),
		a.leaf.Raw,
	} {
		f.Add(seed, password)
	}
	for _, encoder := range []*pkcs12.Encoder{pkcs12.LegacyRC2, pkcs12.LegacyDES, pkcs12.Modern2023, pkcs12.Modern2026} {
		content, err := encoder.Encode(a.key, a.leaf, []*x509.Certificate{a.top}, password)
		must(err)
		f.Add(content, password)
	}
	plain, err := pkcs12.Passwordless.Encode(a.key, a.leaf, nil, "")
	must(err)
	f.Add(plain, "")
	f.Fuzz(func(t *testing.T, content []byte, password string) {
		started := time.Now()
		c, err := assertion.Load("app.pem", content, password)
		if took := time.Since(started); took > time.Minute {
			t.Errorf("took %s", took)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "Cannot use client certificate 'app.pem': ") || strings.Contains(err.Error(), "\n") {
				t.Error(err)
			}
			return
		}
		if len(c.Thumbprint()) != 40 {
			t.Error(c.Thumbprint())
		}
	})
}
