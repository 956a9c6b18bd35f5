package statefile

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/perl"
)

const (
	redisTimeout    = 2 * time.Second
	maxRedisTimeout = 60.0
	// passwordVariable is where redis-cli looks for a password too.
	passwordVariable = "REDISCLI_AUTH" //nolint:gosec // the name of a variable is no password
	maxPasswordFile  = 4096
)

// redisAttributes are what --redis-attribute says of a connection: the attributes of Perl's Redis.pm and IO::Socket::SSL that
// mean something here, and password_file.
type redisAttributes struct {
	username, password, name               string
	dialTimeout, readTimeout, writeTimeout time.Duration
	socket                                 string
	tls                                    *tls.Config // nil for none
}

// parseRedisAttributes reads entries such as password='x'. No error repeats a value.
func parseRedisAttributes(entries []string, env Env) (a redisAttributes, err error) {
	values := map[string]string{}
	for _, entry := range entries {
		name, value, found := strings.Cut(entry, "=")
		name = strings.TrimSpace(name)
		if !found || !slices.Contains(knownAttributes(), name) {
			return a, failure.New("Wrong --redis-attribute option: give name=value, with one of the names %s.",
				strings.Join(knownAttributes(), ", "))
		}
		if values[name], err = unquote(name, value); err != nil {
			return a, err
		}
	}
	a = redisAttributes{username: values["username"], name: values["name"], socket: values["sock"]}
	for _, timeout := range []struct {
		name string
		of   *time.Duration
	}{{"cnx_timeout", &a.dialTimeout}, {"read_timeout", &a.readTimeout}, {"write_timeout", &a.writeTimeout}} {
		if *timeout.of, err = seconds(timeout.name, values[timeout.name]); err != nil {
			return a, err
		}
	}
	if a.password, err = findPassword(values, env); err != nil {
		return a, err
	}
	a.tls, err = tlsConfig(values)
	return a, err
}

// knownAttributes are the names that mean something, and those that may be left as they are.
func knownAttributes() []string {
	return []string{
		"username", "password", "password_file", "name", "sock", "cnx_timeout", "read_timeout", "write_timeout",
		"ssl", "SSL_verify_mode", "SSL_hostname", "SSL_ca_file", "SSL_ca_path", "SSL_cert_file", "SSL_key_file",
		"reconnect", "every", "conservative_reconnect", "no_auto_connect_on_new", "encoding", "debug",
	}
}

// unquote takes a value that stands in Perl's quotes out of them.
func unquote(name, value string) (string, error) {
	text := strings.TrimSpace(value)
	if text == "undef" {
		return "", nil
	}
	if text == "" || text[0] != '\'' && text[0] != '"' {
		return value, nil
	}
	parsed, err := perl.ParseAssignments("$value = " + text + ";")
	if unquoted, ok := parsed["value"].(string); ok && err == nil {
		return unquoted, nil
	}
	return "", failure.New("Wrong --redis-attribute option: the value of %s starts with a quote and is no quoted text of Perl.", name)
}

func seconds(name, text string) (time.Duration, error) {
	if text == "" {
		return redisTimeout, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0.001 && n <= maxRedisTimeout) { // NaN is neither
		return 0, failure.New("Wrong --redis-attribute option: %s takes seconds, up to 60.", name)
	}
	return time.Duration(n * float64(time.Second)), nil
}

// findPassword takes the first of attribute, file and environment.
func findPassword(values map[string]string, env Env) (password string, err error) {
	defer func() { env.AddSecret(password) }()
	path := values["password_file"]
	switch {
	case path != "" && values["password"] != "":
		return "", failure.New("Wrong --redis-attribute option: give password or password_file, not both.")
	case path != "":
		return readPassword(path)
	case values["password"] != "":
		return values["password"], nil
	}
	return env.Getenv(passwordVariable), nil
}

func readPassword(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", failure.New("Cannot read the password_file of --redis-attribute, '%s': %w. Check the path.", path, cause(err))
	case !info.Mode().IsRegular() || info.Size() > maxPasswordFile:
		return "", failure.New("Cannot use the password_file of --redis-attribute, '%s': it is no small file that holds a password.", path)
	case info.Mode().Perm()&0o007 != 0:
		return "", failure.New("Cannot use the password_file of --redis-attribute, '%s': everybody has access to it. Run chmod o= on it.", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", failure.New("Cannot read the password_file of --redis-attribute, '%s': %w. Let the user of the check read it.", path, cause(err))
	}
	password := strings.TrimRight(string(content), "\r\n")
	if password == "" || strings.ContainsAny(password, "\r\n") {
		return "", failure.New("Cannot use the password_file of --redis-attribute, '%s': it must hold the password as its only line.", path)
	}
	return password, nil
}

// cause is an error of a file without the path, which the text around it names.
func cause(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err
	}
	return err
}

// tlsConfig returns nil without the attribute ssl.
func tlsConfig(values map[string]string) (*tls.Config, error) {
	if on := values["ssl"]; on == "" || on == "0" {
		for name, value := range values {
			// Whoever speaks of certificates does not want the password to go unencrypted.
			if strings.HasPrefix(name, "SSL_") && value != "" && on == "" {
				return nil, failure.New("Wrong --redis-attribute option: the SSL_ attributes need ssl=1 beside them.")
			}
		}
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: values["SSL_hostname"]}
	switch values["SSL_verify_mode"] {
	case "0", "SSL_VERIFY_NONE":
		config.InsecureSkipVerify = true
	case "", "1", "2", "3", "SSL_VERIFY_PEER":
	default:
		return nil, failure.New("Wrong --redis-attribute option: SSL_verify_mode is 1, or 0 for no verification.")
	}
	if cert, key := values["SSL_cert_file"], values["SSL_key_file"]; cert != "" || key != "" {
		if key == "" {
			key = cert
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, failure.New("Cannot use SSL_cert_file and SSL_key_file of --redis-attribute: %w. Give a certificate and its key, as PEM.", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if file, dir := values["SSL_ca_file"], values["SSL_ca_path"]; file != "" || dir != "" {
		pool, err := loadPool(file, dir)
		if err != nil {
			return nil, failure.New("Cannot use SSL_ca_file or SSL_ca_path of --redis-attribute: %w.", err)
		}
		config.RootCAs = pool
	}
	return config, nil
}

// loadPool reads the certificates of a file, and of all files in a directory.
func loadPool(file, dir string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	var files []string
	if dir != "" {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	found := false
	for _, path := range files {
		content, err := os.ReadFile(path)
		found = err == nil && pool.AppendCertsFromPEM(content) || found // there may be other things in a directory
	}
	if dir != "" && !found {
		return nil, errors.New("no PEM certificate in a file of " + dir)
	}
	if file == "" {
		return pool, nil
	}
	content, err := os.ReadFile(file)
	if err == nil && !pool.AppendCertsFromPEM(content) {
		err = errors.New("no PEM certificate in " + file)
	}
	return pool, err
}
