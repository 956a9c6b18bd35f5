package statefile

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Scripts of Redis run as one: nobody comes between the comparison and what follows.
const (
	renewScript   = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end`
	releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end`
)

type redisServer struct {
	client     *redis.Client
	address    string
	expiration time.Duration
}

// newRedis prepares a client that dials once, asks once, says nothing but what it is asked, and tells nobody what it does.
func newRedis(a redisAttributes, network, address string, db int, expiration int64) *redisServer {
	logging.Disable() // it would write to standard error
	return &redisServer{
		client: redis.NewClient(&redis.Options{
			Network: network, Addr: address, DB: db, ClientName: a.name, Username: a.username, Password: a.password, TLSConfig: a.tls,
			DialTimeout: a.dialTimeout, ReadTimeout: a.readTimeout, WriteTimeout: a.writeTimeout, ContextTimeoutEnabled: true,
			MaxRetries: -1, DialerRetries: 1, Protocol: 2, DisableIdentity: true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		}),
		address: address, expiration: time.Duration(expiration) * time.Second,
	}
}

func (r *redisServer) String() string { return "redis server '" + r.address + "'" }

func (r *redisServer) allows(string) bool { return true }

func (r *redisServer) get(ctx context.Context, key string) ([]byte, error) {
	value, err := r.client.Get(ctx, key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return value, err
}

func (r *redisServer) set(ctx context.Context, key string, value []byte) error {
	return r.client.Set(ctx, key, value, r.expiration).Err()
}

func (r *redisServer) take(ctx context.Context, key, owner string) (taken bool, err error) {
	err = r.client.SetArgs(ctx, key, owner, redis.SetArgs{Mode: "NX", TTL: leaseTime}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

func (r *redisServer) renew(ctx context.Context, key, owner string) (held bool, err error) {
	n, err := r.client.Eval(ctx, renewScript, []string{key}, owner, leaseTime.Milliseconds()).Int()
	return n == 1, err
}

func (r *redisServer) release(ctx context.Context, key, owner string) error {
	return r.client.Eval(ctx, releaseScript, []string{key}, owner).Err()
}

func (r *redisServer) explain(err error) (reason string, denied bool) {
	if answer, ok := errors.AsType[redis.Error](err); ok {
		return explainAnswer(answer.Error())
	}
	if reason := explainTLS(err); reason != "" {
		return reason, false
	}
	reason = explainNetwork(err)
	switch {
	case reason == endsConnection && r.client.Options().TLSConfig != nil:
		return refusesHandshake, false // its reason is lost where it hangs up faster than we ask
	case reason != "":
		return reason, false
	}
	return "its answer makes no sense. Check that it is a Redis server, and whether it speaks TLS", false
}

// explainAnswer knows what a server says of itself by the start of the answer.
func explainAnswer(answer string) (reason string, denied bool) {
	for _, known := range []struct {
		start, reason string
		denied        bool
	}{
		{"WRONGPASS", "WRONGPASS, it refuses the user or password. Check username and password in --redis-attribute", true},
		{"ERR invalid password", "it refuses the password. Check password in --redis-attribute", true},
		{"NOAUTH", "NOAUTH, it wants a password. Give password_file in --redis-attribute", true},
		{"NOPERM", "NOPERM, the user may not do this. Grant GET, SET, EVAL and the keys of the state to it", true},
		{"ERR AUTH", "it has no password, but was given one. Remove the password, or set one on the server", true},
		{"ERR Client sent AUTH", "it has no password, but was given one. Remove the password, or set one on the server", true},
		{"ERR DB index", "it has no such database. Check --redis-db", false},
		{"ERR SELECT", "it has one database only. Remove --redis-db", false},
		{"ERR max number of clients", "it has no connection left. Raise its maxclients", false},
		{"LOADING", "LOADING, it is starting. Wait a moment", false},
		{"READONLY", "READONLY, it is a replica. Give the master in --redis-server", false},
		{"DENIED", "DENIED, its protected mode refuses other hosts. Set a password on the server", true},
		{"OOM", "OOM, its memory is used up. Give it more memory or another eviction policy", false},
		{"MISCONF", "MISCONF, it cannot save its data. Mend its disk", false},
		{"WRONGTYPE", "WRONGTYPE, the key holds something else. Give another --redis-db", false},
	} {
		if strings.HasPrefix(answer, known.start) {
			return known.reason, known.denied
		}
	}
	return "it refuses the command. See the log of the server", false
}

const refusesHandshake = "TLS: it refuses the handshake. Check the port, and whether it wants SSL_cert_file and SSL_key_file"

func explainTLS(err error) string {
	var (
		unknown   x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		noTLS     tls.RecordHeaderError
		alert     tls.AlertError
		unproven  *tls.CertificateVerificationError
		atTheTLS  = strings.Contains(err.Error(), "tls: ")
		isExpired = errors.As(err, &invalid) && invalid.Reason == x509.Expired
	)
	switch {
	case errors.As(err, &unknown):
		return "TLS: its certificate has an unknown issuer. Give the CA in --redis-attribute=SSL_ca_file"
	case errors.As(err, &host):
		return "TLS: its certificate is for another name. Check the host, or give --redis-attribute=SSL_hostname"
	case isExpired:
		return "TLS: its certificate has expired or is not yet valid. Renew it, and check the clock"
	case errors.As(err, &noTLS):
		return "TLS: it does not speak TLS. Check the port, or remove --redis-attribute=ssl"
	case errors.As(err, &unproven):
		return "TLS: its certificate cannot be verified. Check the certificate and SSL_ca_file"
	case errors.As(err, &alert), atTheTLS:
		return refusesHandshake
	}
	return ""
}
