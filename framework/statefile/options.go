// Package statefile keeps what one check leaves for the next: JSON objects by name, each a file of one directory or a key of a
// Redis or memcached server, written whole or not at all, optionally encrypted, and guarded by a lock that ends with its process.
package statefile

import (
	"strconv"
	"syscall"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

const defaultDir = "/var/lib/centreon/centplugins"

// maxExpiration is more than thirty years, and less than what Redis counts in.
const (
	defaultExpiration = 86400
	maxExpiration     = 1_000_000_000
)

// Options are the options of retention: the files, and the servers that may take their place.
type Options struct {
	Dir          string   `name:"statefile-dir" default:"/var/lib/centreon/centplugins" help:"Directory of the state files. It is part of the keys on a server too."`
	Suffix       string   `name:"statefile-suffix" help:"Text appended to the name of every state file."`
	ConcatCwd    bool     `name:"statefile-concat-cwd" help:"Take --statefile-dir as relative to the current directory."`
	Format       string   `name:"statefile-format" default:"json" help:"Accepted for compatibility: state is always written as JSON, and read in any of the formats json, dumper and storable."`
	Storable     bool     `name:"statefile-storable" help:"Accepted for compatibility, see --statefile-format."`
	Key          string   `name:"statefile-key" help:"Encrypt the state with this key of 16, 24 or 32 bytes; a shorter one is filled up with 0."`
	Cipher       string   `name:"statefile-cipher" default:"AES" help:"Cipher of --statefile-key; only AES is known."`
	Expiration   string   `name:"memexpiration" default:"86400" help:"Seconds that Redis and memcached keep the state; memcached takes 30 days at most."`
	Memcached    string   `name:"memcached" help:"Keep the state on this memcached server: host, host:port or the path of a Unix socket. The state files are used when it cannot be used."`
	RedisServer  string   `name:"redis-server" help:"Keep the state on this Redis server: host, host:port or the path of a Unix socket."`
	RedisAttr    []string `name:"redis-attribute" sep:"none" help:"Attribute of the Redis connection, as name=value; repeatable: username, password, password_file (a file that holds the password, not readable by everybody), cnx_timeout, read_timeout, write_timeout, name, sock, ssl, SSL_ca_file, SSL_ca_path, SSL_cert_file, SSL_key_file, SSL_hostname, SSL_verify_mode. Without a password the environment variable REDISCLI_AUTH is taken. Example: --redis-attribute=password_file=/etc/centreon/redis-password"`
	RedisDB      string   `name:"redis-db" help:"Number of the Redis database."`
	FailbackFile bool     `name:"failback-file" help:"Use the state files when the Redis server cannot be used."`
}

// Sets returns the options as the set to parse and to show in --help.
func (o *Options) Sets() []option.Set {
	return []option.Set{{Title: "RETENTION OPTIONS", Ptr: o}}
}

// Env is what a store takes from the run.
type Env struct {
	Getenv    func(name string) string // supplies the password of a server
	AddSecret func(secret string)      // registers a secret: key and passwords
	Debug     func(text string)        // gets what happens to the state, never what is in it
}

// Open returns the store that the options describe. It touches no state and asks no server: what cannot be used is found out
// by the first Read or Lock.
func (o *Options) Open(env Env) (Store, error) {
	env.AddSecret(o.Key)
	dir, err := o.directory()
	if err != nil {
		return nil, err
	}
	var c codec
	if o.Key != "" {
		if c.envelope, err = newEnvelope(o.Cipher, o.Key); err != nil {
			return nil, err
		}
	}
	var store Store = &files{dir: dir, suffix: o.Suffix, codec: c, held: map[string]*lock{}}
	if o.RedisServer == "" && o.Memcached == "" {
		return store, nil
	}
	expiration, ok := parseExpiration(o.Expiration)
	if !ok {
		return nil, failure.New("Wrong --memexpiration option '%s': give a number of seconds.", o.Expiration)
	}
	on := func(s server, instead Store) Store {
		return &network{codec: c, server: s, dir: dir, suffix: o.Suffix, instead: instead, debug: env.Debug}
	}
	if o.RedisServer != "" {
		server, err := o.openRedis(env, expiration)
		if err != nil {
			return nil, err
		}
		if !o.FailbackFile {
			store = nil
		}
		store = on(server, store)
	}
	if o.Memcached != "" {
		server, err := newMemcached(o.Memcached, expiration)
		if err != nil {
			return nil, err
		}
		store = on(server, store)
	}
	return store, nil
}

// directory returns --statefile-dir as the Perl plugins spell it in the keys of a server.
func (o *Options) directory() (string, error) {
	dir := o.Dir
	if dir == "" {
		dir = defaultDir
	}
	if !o.ConcatCwd || dir == defaultDir {
		return dir, nil
	}
	cwd, err := syscall.Getwd() // without symbolic links, unlike that of package os
	if err != nil {
		return "", failure.New("Cannot tell the current directory for --statefile-concat-cwd: %w. Give the whole path in --statefile-dir.", err)
	}
	return cwd + "/" + dir, nil
}

// parseExpiration reads --memexpiration.
func parseExpiration(text string) (seconds int64, ok bool) {
	if text == "" {
		return defaultExpiration, true
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return seconds, err == nil && seconds > 0 && seconds <= maxExpiration
}

func (o *Options) openRedis(env Env, expiration int64) (*redisServer, error) {
	attributes, err := parseRedisAttributes(o.RedisAttr, env)
	if err != nil {
		return nil, err
	}
	network, address, err := parseAddress("redis-server", o.RedisServer, "6379")
	if err != nil {
		return nil, err
	}
	if attributes.socket != "" {
		network, address = "unix", attributes.socket
	}
	var db uint64
	if o.RedisDB != "" {
		if db, err = strconv.ParseUint(o.RedisDB, 10, 31); err != nil {
			return nil, failure.New("Wrong --redis-db option '%s': give the number of a database, 0 or more.", o.RedisDB)
		}
	}
	return newRedis(attributes, network, address, int(db), expiration), nil
}
