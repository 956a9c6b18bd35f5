// Package assertion makes the client assertion: the short-lived, signed statement by which an application proves itself to
// Entra ID with a certificate instead of a secret.
package assertion

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the portal and the header x5t name a certificate by it, nothing is protected by it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/centplugins/centplugins/framework/failure"
)

// An assertion holds from a little before its making, for a clock that goes fast, to ten minutes later, which is what Entra ID
// asks for at most.
const (
	leeway   = 2 * time.Minute
	lifetime = 10 * time.Minute
)

// Certificate is a certificate with its private key.
type Certificate struct {
	leaf *x509.Certificate
	key  *rsa.PrivateKey
}

// NotBefore is when the certificate begins to be valid.
func (c *Certificate) NotBefore() time.Time { return c.leaf.NotBefore }

// NotAfter is when the certificate ceases to be valid.
func (c *Certificate) NotAfter() time.Time { return c.leaf.NotAfter }

// Thumbprint is the SHA-1 of the certificate in upper-case hex, as the Entra portal shows it.
func (c *Certificate) Thumbprint() string {
	return fmt.Sprintf("%X", sha1.Sum(c.leaf.Raw)) //nolint:gosec // see the import
}

// Sign returns a signed assertion of the application clientID for audience, the address of the token endpoint. The algorithm is
// PS256, with the header x5t#S256, or RS256, with the header x5t. The assertion is a secret as long as it holds.
func (c *Certificate) Sign(algorithm, clientID, audience string, now time.Time) (string, error) {
	var method jwt.SigningMethod
	var header string
	var thumbprint []byte
	switch algorithm {
	case "PS256":
		sum := sha256.Sum256(c.leaf.Raw)
		method, header, thumbprint = jwt.SigningMethodPS256, "x5t#S256", sum[:]
	case "RS256":
		sum := sha1.Sum(c.leaf.Raw) //nolint:gosec // see the import
		method, header, thumbprint = jwt.SigningMethodRS256, "x5t", sum[:]
	default:
		return "", failure.New("Unknown signature algorithm '%s' for the client certificate. Use PS256 or RS256.", algorithm)
	}
	// MapClaims because RegisteredClaims makes a list of the audience.
	token := jwt.NewWithClaims(method, jwt.MapClaims{
		"aud": audience,
		"iss": clientID,
		"sub": clientID,
		"jti": randomUUID(),
		"nbf": now.Add(-leeway).Unix(),
		"iat": now.Unix(),
		"exp": now.Add(lifetime - leeway).Unix(),
	})
	token.Header[header] = base64.RawURLEncoding.EncodeToString(thumbprint)
	signed, err := token.SignedString(c.key)
	if err != nil {
		return "", failure.New("Cannot sign with the key of client certificate %s: %w", c.Thumbprint(), err)
	}
	return signed, nil
}

// randomUUID returns a UUID of version 4.
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program where there is no randomness
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
