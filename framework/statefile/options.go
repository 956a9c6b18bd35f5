// Package statefile keeps what one check leaves for the next: JSON objects by name, each a file of one directory, written
// whole or not at all, optionally encrypted, and guarded by a lock that ends with its process.
package statefile

import (
	"path/filepath"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
)

const defaultDir = "/var/lib/centreon/centplugins"

// Options are the options of retention, of which this release knows the files. Those of Redis and memcached are there to be
// refused in clear words.
type Options struct {
	Dir          string   `name:"statefile-dir" default:"/var/lib/centreon/centplugins" help:"Directory of the state files."`
	Suffix       string   `name:"statefile-suffix" help:"Text appended to the name of every state file."`
	ConcatCwd    bool     `name:"statefile-concat-cwd" help:"Take --statefile-dir as relative to the current directory."`
	Format       string   `name:"statefile-format" default:"json" help:"Accepted for compatibility: state is always written as JSON, and state in the formats dumper and storable is made anew."`
	Storable     bool     `name:"statefile-storable" help:"Accepted for compatibility, see --statefile-format."`
	Key          string   `name:"statefile-key" help:"Encrypt the state with this key of 16, 24 or 32 bytes; a shorter one is filled up with 0."`
	Cipher       string   `name:"statefile-cipher" default:"AES" help:"Cipher of --statefile-key; only AES is known."`
	Expiration   string   `name:"memexpiration" default:"86400" help:"Seconds that Redis and memcached keep the state."`
	Memcached    string   `name:"memcached" help:"Memcached server. Not in this release."`
	RedisServer  string   `name:"redis-server" help:"Redis server, as host:port. Not in this release: use --failback-file with it."`
	RedisAttr    []string `name:"redis-attribute" sep:"none" help:"Extra option of the Redis connection, as name=value; repeatable."`
	RedisDB      string   `name:"redis-db" help:"Redis database."`
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

// Open returns the store that the options describe. It touches no file: a directory that is missing is found out by the
// first Read or Lock.
func (o *Options) Open(env Env) (Store, error) {
	env.AddSecret(o.Key)
	switch {
	case o.Memcached != "":
		return nil, failure.New("Option --memcached is not in this release. Remove it and keep the state in the files of --statefile-dir.")
	case o.RedisServer != "" && !o.FailbackFile:
		return nil, failure.New("Option --redis-server is not in this release. " +
			"Remove it, or add --failback-file, and keep the state in the files of --statefile-dir.")
	}
	store := &files{dir: o.Dir, suffix: o.Suffix, held: map[string]*lock{}}
	if store.dir == "" {
		store.dir = defaultDir
	}
	if o.ConcatCwd && store.dir != defaultDir {
		dir, err := filepath.Abs(filepath.Join(".", store.dir))
		if err != nil {
			return nil, failure.New("Cannot tell the current directory for --statefile-concat-cwd: %w. Give the whole path in --statefile-dir.", err)
		}
		store.dir = dir
	}
	if o.Key != "" {
		var err error
		if store.envelope, err = newEnvelope(o.Cipher, o.Key); err != nil {
			return nil, err
		}
	}
	return store, nil
}
