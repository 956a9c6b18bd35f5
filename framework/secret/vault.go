package secret

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/web"
)

// maxVaultAnswer bounds what is read of an answer, in bytes; a secret has at most 1 MiB.
const maxVaultAnswer = 2 << 20

// errDenied is the cause of a failure when the vault answers 403: the token is worth nothing, or not enough.
var errDenied = errors.New("HTTP 403")

// vaultTLS are the options about the certificate of a vault.
type vaultTLS struct {
	CAFile   string `name:"vault-ca-file" help:"PEM file of the authorities, or of the self-signed certificate, that the vault is to be known by. By default those of the system count."`
	Insecure bool   `name:"vault-insecure" help:"Accept the certificate of the vault without checking it: whoever answers in its place gets the credentials."`
}

// vault is a server with the HTTP API of HashiCorp Vault, which OpenBao has too.
type vault struct {
	web       *web.Client
	now       func() time.Time
	addSecret func(string)
	base      url.URL
	namespace string
	token     string
}

// newVault prepares a client and sends nothing yet. where says where the address was given.
func newVault(in Input, protocol, host, port, where string, o vaultTLS, sslOpt ...string) (*vault, error) {
	if protocol != "http" && protocol != "https" {
		return nil, failure.New("Wrong protocol '%s' of the vault: use http or https. Check %s.", protocol, where)
	}
	bare := strings.Trim(host, "[]")
	if strings.ContainsAny(host, "/?#@%\\ ") || strings.Contains(host, ":") && net.ParseIP(bare) == nil {
		return nil, failure.New("Wrong address '%s' of the vault: give its host name or IP address alone. Check %s.", host, where)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, failure.New("Wrong port '%s' of the vault: give a number from 1 to 65535. Check %s.", port, where)
	}
	client, err := in.client(in.timeout(), o.CAFile, o.Insecure, sslOpt...)
	if err != nil {
		return nil, err
	}
	return &vault{
		web: client, now: in.Now, addSecret: in.AddSecret, base: url.URL{Scheme: protocol, Host: net.JoinHostPort(bare, port)},
	}, nil
}

// timeout is that of the check, so that the advice to raise --timeout is right.
func (in Input) timeout() time.Duration {
	seconds, err := strconv.ParseFloat(in.Value("timeout"), 64)
	if err != nil || !(seconds >= 0.001 && seconds <= 24*3600) {
		seconds = 10
	}
	return time.Duration(seconds * float64(time.Second))
}

// vaultAnswer is what all answers of a vault look like.
type vaultAnswer struct {
	Errors   []string       `json:"errors"`
	Warnings []string       `json:"warnings"`
	Data     map[string]any `json:"data"`
	Auth     struct {
		Token string `json:"client_token"`
		Lease any    `json:"lease_duration"` // seconds
	} `json:"auth"`

	status int
}

// login asks for a token and keeps it for the requests that follow. remedy says what to check when it is refused.
func (v *vault) login(ctx context.Context, path string, credentials map[string]string, remedy string) (lease any, err error) {
	body, err := json.Marshal(credentials)
	if err != nil {
		return nil, err
	}
	v.token = ""
	got, err := v.ask(ctx, http.MethodPost, path, body)
	if err != nil {
		return nil, err
	}
	if got.status != http.StatusOK {
		return nil, v.refused(got, fmt.Sprintf("the login at '%s'", path), "Check "+remedy+".")
	}
	if err := v.use(got.Auth.Token); err != nil {
		return nil, failure.New("Vault %s gives no token for the login at '%s'. Check %s, and that the login needs no second factor.",
			v.base.Host, path, remedy)
	}
	return got.Auth.Lease, nil
}

// use makes a token that of the requests that follow. The error does not hold it.
func (v *vault) use(token string) error {
	if token == "" {
		return errors.New("it is empty")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("it holds a blank or a character that no token has")
	}
	v.addSecret(token)
	v.token = token
	return nil
}

// read returns the values of a secret by their keys, of version 1 or 2 of the KV engine.
func (v *vault) read(ctx context.Context, path string) (map[string]any, error) {
	got, err := v.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	values, fate := got.content(v.now())
	switch {
	case fate != "":
		return nil, failure.New("This secret is not valid anymore: '%s' of vault %s was %s. Restore that version, or write a new one.",
			path, v.base.Host, fate)
	case got.status == http.StatusNotFound:
		advice := "Check the path and, in its query, the version; in a KV engine of version 2 the path has data/ behind the engine's."
		if len(got.Warnings) > 0 {
			advice += " The vault says: " + quote(got.Warnings)
		}
		return nil, failure.New("Vault %s has no secret '%s' (HTTP 404). %s", v.base.Host, path, advice)
	case got.status != http.StatusOK:
		path, _, _ := strings.Cut(strings.Trim(path, "/"), "?")
		return nil, v.refused(got, fmt.Sprintf("to read '%s'", path), fmt.Sprintf(
			`Let a policy of the token say: path "%s" { capabilities = ["read"] }, and check that the token has not expired.`, path))
	case values == nil:
		return nil, failure.New("Vault %s answers without data where the secret '%s' was expected. Check that the path is one of a KV engine.",
			v.base.Host, path)
	}
	return values, nil
}

// content returns the values of a secret, or what happened to it.
func (a *vaultAnswer) content(now time.Time) (values map[string]any, fate string) {
	metadata, version2 := a.Data["metadata"].(map[string]any)
	data, wrapped := a.Data["data"]
	if !version2 || !wrapped {
		return a.Data, ""
	}
	if destroyed, _ := metadata["destroyed"].(bool); destroyed {
		return nil, "destroyed"
	}
	values, _ = data.(map[string]any)
	// A time to come is that of a version which deletes itself later on.
	deletion, _ := metadata["deletion_time"].(string)
	at, err := time.Parse(time.RFC3339, deletion)
	if deletion != "" && (values == nil || err != nil || !at.After(now)) {
		return nil, "deleted on " + deletion
	}
	return values, ""
}

// ask sends a request. Its path may have a query.
func (v *vault) ask(ctx context.Context, method, path string, body []byte) (*vaultAnswer, error) {
	target, err := url.Parse("/v1/" + strings.TrimLeft(path, "/"))
	if err != nil || target.Fragment != "" {
		return nil, failure.New("Wrong path '%s' of vault %s: write %%25 for a percent sign in it, %%23 for a #.", path, v.base.Host)
	}
	req, err := http.NewRequestWithContext(ctx, method, v.base.ResolveReference(target).String(), bytes.NewReader(body))
	if err != nil {
		return nil, failure.New("Wrong path '%s' of vault %s: %w", path, v.base.Host, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Vault-Request", "true") // an agent may want it as proof that this is no forged request
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if v.token != "" {
		req.Header.Set("X-Vault-Token", v.token)
	}
	if v.namespace != "" {
		req.Header.Set("X-Vault-Namespace", v.namespace)
	}
	resp, err := v.web.Do(ctx, req)
	if err != nil {
		return nil, v.unreachable(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxVaultAnswer+1))
	if err != nil {
		return nil, v.unreachable(err)
	}
	return v.decode(resp, bytes.TrimSpace(text))
}

// unreachable says that it was the vault, and names the option for an authority that this machine does not know.
func (v *vault) unreachable(err error) error {
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		return failure.New("The certificate of vault %s is from an issuer that this machine does not know. "+
			"Give that authority, or the certificate itself, in --vault-ca-file.", v.base.Host)
	}
	return failure.New("The vault cannot be asked: %w", err)
}

// decode reads an answer. What it cannot read is never quoted: it may be a secret.
func (v *vault) decode(resp *http.Response, text []byte) (*vaultAnswer, error) {
	got := &vaultAnswer{status: resp.StatusCode}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(got)
	if err == nil {
		if _, more := d.Token(); errors.Is(more, io.EOF) {
			return got, nil
		}
	}
	what := "something that is no JSON object of a vault"
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		what = "a redirect, which is not followed: it is a standby node or no vault"
	case len(text) == 0:
		what = "nothing"
	case text[0] == '<':
		what = "a web page, as for signing in,"
	case len(text) > maxVaultAnswer:
		what = "more than a secret can be"
	}
	return nil, failure.New("Vault %s answers %s (HTTP %d) where JSON was expected. Check its address, its port, and the proxies before it.",
		v.base.Host, what, resp.StatusCode)
}

// refused words an answer that is not the one hoped for.
func (v *vault) refused(got *vaultAnswer, what, remedy string) error {
	reason := ""
	if len(got.Errors) > 0 {
		reason = ": " + quote(got.Errors)
	}
	switch {
	case got.status == http.StatusServiceUnavailable && strings.Contains(reason, "sealed"):
		return failure.New("Vault %s is sealed (HTTP 503). Unseal it.", v.base.Host)
	case got.status == http.StatusForbidden:
		return failure.New("Vault %s refuses %s (%w)%s. %s", v.base.Host, what, errDenied, reason, remedy)
	case got.status >= http.StatusInternalServerError:
		remedy = "Look into the log of the vault."
	}
	return failure.New("Vault %s refuses %s (HTTP %d)%s. %s", v.base.Host, what, got.status, reason, remedy)
}

// quote shortens what a vault says about an error. It names credentials at most, and those are registered as secrets.
func quote(texts []string) string {
	text := []rune(failure.OneLine(strings.Join(texts, ", ")))
	return string(text[:min(len(text), 200)])
}

// keep reads a secret from a file; option is the one that names it.
func (in Input) keep(option, path string) (string, error) {
	value, err := ReadSecretFile(option, path)
	if err != nil {
		return "", err
	}
	in.AddSecret(value)
	return value, nil
}

// text returns a value of a secret as text.
func (v *vault) text(values map[string]any, path, key string) (string, error) {
	value, ok := values[key]
	if !ok {
		return "", failure.New("Secret '%s' of vault %s has no key '%s'. Check the name of the key, or add it to the secret.", path, v.base.Host, key)
	}
	result, ok := text(value)
	if !ok {
		return "", failure.New("Key '%s' of secret '%s' of vault %s holds no text and no number. Write a text.", key, path, v.base.Host)
	}
	v.addSecret(result)
	return result, nil
}
