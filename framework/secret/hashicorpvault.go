package secret

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

// hashicorpvault reads secrets of KV engines and gives them to options by templates.
type hashicorpvault struct {
	options struct {
		AuthMethod   string   `name:"auth-method" default:"token" help:"How to log in to the vault: token, approle, azure, cert, github, ldap, okta, radius or userpass."`
		AuthPath     string   `name:"auth-path" help:"Path that the method is mounted at. By default the name of the method."`
		AuthSettings []string `name:"auth-settings" sep:"none" help:"What the login needs, as name=value; repeatable. approle: role_id, secret_id; azure: role, jwt; cert: name; github: token; ldap, radius and userpass: username, password; okta: these and, where it is asked for, totp. Example: --auth-settings='username=poller'"`
		SettingFiles []string `name:"auth-settings-file" sep:"none" help:"The same from a file, as name=path; repeatable. Example: --auth-settings-file='password=/etc/centreon-engine/vault.pw'"`
		MapOption    []string `name:"map-option" sep:"none" help:"Give an option a value; repeatable. %{value_PATH#KEY} stands for the value of a key of the secret PATH, where PATH is written as in --secret-path; %{value_PATH} for the value of its only key, or of the last one by name, and %{key_PATH} for the name of that key. Example: --map-option='client-secret=%{value_kv/data/o365#secret}'"`
		SecretPath   []string `name:"secret-path" sep:"none" help:"Path of a secret of a KV engine; repeatable. In an engine of version 2 data/ stands behind the engine's path, and ?version=3 may follow. Example: --secret-path='kv/data/o365'"`
		Address      string   `name:"vault-address" help:"Host name or IP address of the vault."`
		Port         string   `name:"vault-port" default:"8200" help:"Port of the vault."`
		Protocol     string   `name:"vault-protocol" default:"http" help:"Protocol of the vault: http or https. Over http whoever listens reads the secrets."`
		Token        string   `name:"vault-token" help:"Token, for --auth-method=token. It is better kept in a file, or in the environment variable VAULT_TOKEN."`
		TokenFile    string   `name:"vault-token-file" help:"File that holds the token, and that only its owner and group may read."`
		Namespace    string   `name:"vault-namespace" help:"Namespace of the vault that method and secrets are in."`
		CertFile     string   `name:"vault-cert-file" help:"PEM file with the certificate to log in with, for --auth-method=cert."`
		KeyFile      string   `name:"vault-key-file" help:"PEM file with the key of --vault-cert-file. By default that file has it too."`
	}
	tls vaultTLS
}

func (m *hashicorpvault) Sets() []option.Set {
	return []option.Set{{Title: "VAULT OPTIONS", Ptr: &m.options}, {Title: "VAULT CERTIFICATE OPTIONS", Ptr: &m.tls}}
}

func (m *hashicorpvault) Resolve(ctx context.Context, in Input) (map[string][]string, error) {
	in.AddSecret(m.options.Token)
	settings, err := m.settings(in)
	if err != nil {
		return nil, err
	}
	if m.options.Address == "" {
		return nil, failure.New("Please set the --vault-address option")
	}
	v, err := newVault(in, m.options.Protocol, m.options.Address, m.options.Port, "--vault-protocol, --vault-address and --vault-port", m.tls,
		m.certificate()...)
	if err != nil {
		return nil, err
	}
	defer v.web.Close()
	v.namespace = m.options.Namespace
	method := strings.ToLower(m.options.AuthMethod)
	if method == "token" {
		err = m.takeToken(in, v)
	}
	if err == nil && len(m.options.SecretPath) == 0 {
		err = failure.New("Please set the --secret-path option")
	}
	if err == nil && method != "token" {
		err = m.logIn(ctx, v, method, settings)
	}
	if err != nil {
		return nil, err
	}
	found := vaultSecrets{vault: v, values: map[string]map[string]any{}}
	for _, path := range m.options.SecretPath {
		if found.values[path] != nil {
			continue
		}
		if found.values[path], err = v.read(ctx, path); err != nil {
			return nil, err
		}
		in.debug(fmt.Sprintf("vault %s: secret %s has %d keys", v.base.Host, path, len(found.values[path])))
	}
	return m.fill(in, found)
}

// settings returns what the login needs, and registers what of it is secret.
func (m *hashicorpvault) settings(in Input) (map[string]string, error) {
	settings := map[string]string{}
	for i, entry := range m.options.AuthSettings {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" {
			in.AddSecret(entry)
			return nil, failure.New("The --auth-settings option number %d is not of the form name=value.", i+1)
		}
		if name != "username" && name != "role" && name != "name" {
			in.AddSecret(value)
		}
		settings[name] = value
	}
	for _, entry := range m.options.SettingFiles {
		name, path, ok := mapping(entry)
		if !ok {
			continue
		}
		value, err := in.keep("auth-settings-file", path)
		if err != nil {
			return nil, err
		}
		settings[name] = value
	}
	return settings, nil
}

// certificate returns the TLS options of the certificate to log in with.
func (m *hashicorpvault) certificate() []string {
	var sslOpt []string
	if m.options.CertFile != "" {
		sslOpt = append(sslOpt, "SSL_cert_file => '"+m.options.CertFile+"'")
	}
	if m.options.KeyFile != "" {
		sslOpt = append(sslOpt, "SSL_key_file => '"+m.options.KeyFile+"'")
	}
	return sslOpt
}

func (m *hashicorpvault) takeToken(in Input, v *vault) (err error) {
	token, from := m.options.Token, "--vault-token"
	if token == "" && m.options.TokenFile != "" {
		from = "--vault-token-file"
		if token, err = in.keep("vault-token-file", m.options.TokenFile); err != nil {
			return err
		}
	}
	if token == "" {
		token, from = in.Getenv("VAULT_TOKEN"), "the environment variable VAULT_TOKEN"
	}
	if token == "" {
		return failure.New("Please set the --vault-token option, or --vault-token-file, or the environment variable VAULT_TOKEN")
	}
	in.AddSecret(token)
	if err := v.use(token); err != nil {
		return failure.New("The token of %s cannot be one: %w.", from, err)
	}
	in.debug("vault " + v.base.Host + ": token from " + from)
	return nil
}

// needs returns the settings that a login method cannot do without.
func needs(method string) (names []string, known bool) {
	switch method {
	case "approle":
		return []string{"role_id"}, true // a role may need no secret_id
	case "azure":
		return []string{"role", "jwt"}, true
	case "cert":
		return []string{"name"}, true
	case "github":
		return []string{"token"}, true
	case "ldap", "okta", "radius", "userpass":
		return []string{"username", "password"}, true
	}
	return nil, false
}

func (m *hashicorpvault) logIn(ctx context.Context, v *vault, method string, settings map[string]string) error {
	needed, known := needs(method)
	if !known {
		return failure.New("Incorrect or unsupported authentication method set in --auth-method: '%s'. "+
			"Use token, approle, azure, cert, github, ldap, okta, radius or userpass.", m.options.AuthMethod)
	}
	for _, name := range needed {
		if settings[name] == "" {
			return failure.New("Missing authentication setting: %s. Give it in --auth-settings='%s=...' or in --auth-settings-file.", name, name)
		}
	}
	path := m.options.AuthPath
	if path == "" {
		path = method
	}
	path = "auth/" + strings.Trim(path, "/") + "/login"
	if slices.Contains(needed, "username") {
		path += "/" + url.PathEscape(settings["username"])
	}
	_, err := v.login(ctx, path, settings, "--auth-method, --auth-path and --auth-settings")
	return err
}

// fill makes the values of the options from their templates.
func (m *hashicorpvault) fill(in Input, secrets vaultSecrets) (map[string][]string, error) {
	found := map[string][]string{}
	for _, entry := range m.options.MapOption {
		name, template, ok := mapping(entry)
		if !ok {
			continue
		}
		var failed error
		value := expand(template, func(macro string) string {
			text, err := secrets.macro(macro)
			if failed == nil {
				failed = err
			}
			return text
		})
		if failed != nil {
			return nil, failed
		}
		found[dashed(name)] = append(found[dashed(name)], value)
		in.debug("vault " + secrets.vault.base.Host + ": option --" + dashed(name) + " is set")
	}
	return found, nil
}

// vaultSecrets are the secrets that were read, by path.
type vaultSecrets struct {
	vault  *vault
	values map[string]map[string]any
}

// macro returns what a macro of --map-option stands for.
func (s vaultSecrets) macro(name string) (string, error) {
	kind, rest, _ := strings.Cut(name, "_")
	path, key, chosen := strings.Cut(rest, "#")
	values := s.values[path]
	if values == nil || kind != "value" && (kind != "key" || chosen) {
		return "", failure.New("Macro '%%{%s}' of --map-option stands for nothing: use %%{value_PATH#KEY}, %%{value_PATH} or %%{key_PATH} "+
			"with the PATH of a --secret-path.", name)
	}
	if !chosen {
		if len(values) == 0 {
			return "", failure.New("Secret '%s' of vault %s has no keys. Add one.", path, s.vault.base.Host)
		}
		key = slices.Max(slices.Collect(maps.Keys(values)))
	}
	if kind == "key" {
		return key, nil
	}
	return s.vault.text(values, path, key)
}
