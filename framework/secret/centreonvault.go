package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/statefile"
)

// centreonvault takes the values that Centreon has put into its vault: those of the form
// secret::hashicorp_vault::path::key, of whichever option. Centreon adds this manager to every command.
type centreonvault struct {
	options struct {
		Config  string `name:"vault-config" default:"/var/lib/centreon/vault/vault.json" help:"File that tells how to reach the vault of Centreon."`
		Cache   string `name:"vault-cache" default:"/var/lib/centreon/centplugins/centreonvault_session" help:"File that keeps the token for the next checks."`
		EnvFile string `name:"vault-env-file" default:"/usr/share/centreon/.env" help:"File with the APP_SECRET that the credentials in --vault-config are encrypted with; the environment variable of that name comes first."`
	}
	tls vaultTLS
}

func (m *centreonvault) Sets() []option.Set {
	return []option.Set{{Title: "VAULT OPTIONS", Ptr: &m.options}, {Title: "VAULT CERTIFICATE OPTIONS", Ptr: &m.tls}}
}

// Resolve asks for nothing, and so cannot fail, where no option has a value that is in the vault.
func (m *centreonvault) Resolve(ctx context.Context, in Input) (map[string][]string, error) {
	found := map[string][]string{}
	var session *vaultSession
	for _, name := range slices.Sorted(maps.Keys(in.Values)) {
		for i, value := range in.Values[name] {
			path, key, ok := vaulted(value)
			if !ok {
				continue
			}
			var err error
			if session == nil {
				if session, err = m.open(in); err != nil {
					return nil, err
				}
				defer session.web.Close()
			}
			text, err := session.get(ctx, path, key)
			if err != nil {
				return nil, err
			}
			if found[name] == nil {
				found[name] = slices.Clone(in.Values[name])
			}
			found[name][i] = text
			in.debug(fmt.Sprintf("vault %s: option --%s is set from key %s of %s", session.base.Host, name, key, path))
		}
	}
	return found, nil
}

// vaulted takes a value apart that names a key of a secret.
func vaulted(value string) (path, key string, ok bool) {
	rest, ok := strings.CutPrefix(value, "secret::hashicorp_vault::")
	if !ok {
		return "", "", false
	}
	path, key, ok = strings.Cut(rest, "::")
	return path, key, ok && path != "" && key != "" && !strings.Contains(path, ":")
}

// open reads how to reach the vault; it asks the vault for nothing yet.
func (m *centreonvault) open(in Input) (*vaultSession, error) {
	config, err := m.config(in)
	if err != nil {
		return nil, err
	}
	where := fmt.Sprintf("protocol, url and port in '%s'", m.options.Config)
	v, err := newVault(in, config["protocol"], config["url"], config["port"], where, m.tls)
	if err != nil {
		return nil, err
	}
	state := statefile.Options{
		Dir: filepath.Dir(m.options.Cache), Key: in.Value("statefile-key"), Cipher: in.Value("statefile-cipher"),
	}
	store, err := state.Open(statefile.Env{Getenv: in.Getenv, AddSecret: in.AddSecret, Debug: in.debug})
	if err != nil {
		return nil, err
	}
	return &vaultSession{
		vault: v, in: in, store: store, name: filepath.Base(m.options.Cache), config: m.options.Config,
		secrets:     map[string]map[string]any{},
		credentials: func() (map[string]string, error) { return m.credentials(in, config) },
	}, nil
}

// config reads the file of --vault-config, of which the texts and numbers count. Other members may be of any kind.
func (m *centreonvault) config(in Input) (map[string]string, error) {
	content, err := in.ReadFile(m.options.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failure.New("File '%s' could not be found. Give the configuration of Centreon's vault in --vault-config.", m.options.Config)
	}
	if err != nil {
		var inPath *fs.PathError
		if errors.As(err, &inPath) {
			err = inPath.Err
		}
		return nil, failure.New("Could not read file '%s': %w. Check --vault-config and the permissions of the file.", m.options.Config, err)
	}
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	if err := d.Decode(&members); err != nil || d.More() || members == nil {
		return nil, failure.New("Cannot decode file '%s' of --vault-config: it is no JSON object (near byte %d). Mend the file.",
			m.options.Config, d.InputOffset())
	}
	config := map[string]string{"protocol": "https", "url": "127.0.0.1", "port": "8100"}
	for _, name := range []string{"protocol", "url", "port", "role_id", "secret_id", "salt"} {
		if value, ok := text(members[name]); ok && value != "" {
			config[name] = value
		}
	}
	return config, nil
}

// credentials returns role_id and secret_id as the vault wants them.
func (m *centreonvault) credentials(in Input, config map[string]string) (map[string]string, error) {
	if config["role_id"] == "" || config["secret_id"] == "" {
		return nil, failure.New("Unable to authenticate to the vault: role_id or secret_id is empty. Check '%s'.", m.options.Config)
	}
	appSecret, whyNot := m.appSecret(in)
	credentials := map[string]string{}
	for _, name := range []string{"role_id", "secret_id"} {
		value := config[name]
		if appSecret != "" {
			plain, err := centreonDecrypt(value, appSecret, config["salt"])
			if err != nil {
				return nil, failure.New("Cannot decrypt %s of '%s': %w. Check that the file and APP_SECRET (in the environment, or in '%s') "+
					"come from the same central server.", name, m.options.Config, err, m.options.EnvFile)
			}
			value = plain
		} else if centreonEncrypted(value) {
			return nil, failure.New("Cannot decrypt %s of '%s': there is no APP_SECRET in the environment, and %s. Check --vault-env-file.",
				name, m.options.Config, whyNot)
		}
		in.AddSecret(value)
		credentials[name] = value
	}
	return credentials, nil
}

// appSecret returns what the credentials are encrypted with. Without it they are plain, as on pollers that have no such file.
func (m *centreonvault) appSecret(in Input) (value, whyNot string) {
	value = in.Getenv("APP_SECRET")
	if value == "" {
		content, err := in.ReadFile(m.options.EnvFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", fmt.Sprintf("no file '%s'", m.options.EnvFile)
		case err != nil:
			in.debug(fmt.Sprintf("vault: file '%s' cannot be read", m.options.EnvFile))
			return "", fmt.Sprintf("file '%s' cannot be read", m.options.EnvFile)
		}
		for line := range strings.Lines(string(content)) {
			if after, ok := strings.CutPrefix(line, "APP_SECRET="); ok {
				value = strings.TrimSpace(after)
				break
			}
		}
	}
	in.AddSecret(value)
	return value, fmt.Sprintf("none in file '%s'", m.options.EnvFile)
}

// vaultSession is a vault with a token that checks share: it lies in a state file, where the Perl plugins have it too.
type vaultSession struct {
	*vault
	in          Input
	store       statefile.Store
	name        string // of the state
	config      string // the file that the credentials are from
	credentials func() (map[string]string, error)

	secrets map[string]map[string]any // that were read, by path
	fresh   bool                      // the token was fetched by this run
}

// get returns the value of a key of a secret. A token of the cache that is refused is renewed once.
func (s *vaultSession) get(ctx context.Context, path, key string) (string, error) {
	if s.secrets[path] == nil {
		if err := s.read(ctx, path); err != nil {
			return "", err
		}
	}
	return s.text(s.secrets[path], path, key)
}

func (s *vaultSession) read(ctx context.Context, path string) (err error) {
	if s.token == "" && !s.cached(ctx, "") {
		if err := s.renew(ctx, ""); err != nil {
			return err
		}
	}
	s.secrets[path], err = s.vault.read(ctx, path)
	if err == nil || s.fresh || !errors.Is(err, errDenied) {
		return err
	}
	s.in.debug("vault " + s.base.Host + ": the cached token is refused")
	if err := s.renew(ctx, s.token); err != nil {
		return err
	}
	s.secrets[path], err = s.vault.read(ctx, path)
	return err
}

// cached takes the token of the cache if it still holds and is not the refused one.
func (s *vaultSession) cached(ctx context.Context, refused string) bool {
	state, err := s.store.Read(ctx, s.name)
	if err != nil {
		s.warn(err)
		return false
	}
	token, _ := state["token"].(string)
	expires, ok := statefile.Int(state["expiration_epoch"])
	if token == refused || !ok || expires <= s.in.Now().Unix() || s.use(token) != nil {
		return false
	}
	s.in.debug("vault " + s.base.Host + ": token from the cache")
	return true
}

// warn tells that the cache is of no use. The check goes on: it costs a login, not the values.
func (s *vaultSession) warn(err error) {
	s.in.debug("WARNING: the cache of --vault-cache cannot be used, so every check logs in to the vault anew: " + failure.OneLine(err.Error()))
}

// renew logs in, one check at a time: whoever had to wait for another finds its token in the cache.
func (s *vaultSession) renew(ctx context.Context, refused string) error {
	waiting, cancel := context.WithTimeout(ctx, s.in.timeout())
	defer cancel()
	unlock, err := s.store.Lock(waiting, s.name)
	switch {
	case err == nil:
		defer unlock()
		if s.cached(ctx, refused) {
			return nil
		}
	case ctx.Err() != nil:
		return err
	default:
		s.warn(err)
	}
	credentials, err := s.credentials()
	if err != nil {
		return err
	}
	lease, err := s.login(ctx, "auth/approle/login", credentials, fmt.Sprintf("role_id and secret_id in '%s'", s.config))
	if err != nil {
		return err
	}
	s.fresh = true
	expires := int64(-1) // as the Perl plugins have it for a token that is not to be kept
	if seconds, ok := statefile.Int(lease); ok && seconds > 0 {
		expires = s.in.Now().Unix() + min(seconds, math.MaxInt32)
	}
	s.in.debug("vault " + s.base.Host + ": logged in")
	if err := s.store.Write(ctx, s.name, map[string]any{"token": s.token, "expiration_epoch": expires}); err != nil {
		s.warn(err)
	}
	return nil
}
