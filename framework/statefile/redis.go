package statefile

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// Scripts of Redis run as one: nobody comes between the comparison and what follows.
const (
	renewScript   = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end`
	releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end`
)

type redisServer struct {
	pool       *redis.Pool // of one connection, and another while a lock is renewed
	address    string
	encrypted  bool
	expiration int64 // seconds
}

func newRedis(a redisAttributes, network, address string, db int, expiration int64) *redisServer {
	connect := (&net.Dialer{Timeout: a.dialTimeout}).DialContext
	if a.tls != nil {
		connect = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: a.dialTimeout}, Config: a.tls}).DialContext
	}
	guarded := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := connect(ctx, network, address)
		return &redisAnswers{Conn: conn}, err
	}
	options := []redis.DialOption{
		redis.DialContextFunc(guarded), redis.DialReadTimeout(a.readTimeout), redis.DialWriteTimeout(a.writeTimeout),
		redis.DialClientName(a.name), redis.DialUsername(a.username), redis.DialPassword(a.password), redis.DialDatabase(db),
	}
	dial := func(ctx context.Context) (redis.Conn, error) {
		return redis.DialContext(ctx, network, address, options...)
	}
	return &redisServer{pool: &redis.Pool{DialContext: dial, MaxIdle: 2}, address: address, encrypted: a.tls != nil, expiration: expiration}
}

func (r *redisServer) String() string { return "redis server '" + r.address + "'" }

func (r *redisServer) allows(string) bool { return true }

// do sends one command. A connection that failed is not used again.
func (r *redisServer) do(ctx context.Context, command string, args ...any) (reply any, err error) {
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return redis.DoContext(conn, ctx, command, args...)
}

func (r *redisServer) get(ctx context.Context, key string) ([]byte, error) {
	value, err := redis.Bytes(r.do(ctx, "GET", key))
	if errors.Is(err, redis.ErrNil) {
		return nil, nil
	}
	return value, err
}

func (r *redisServer) set(ctx context.Context, key string, value []byte) error {
	_, err := r.do(ctx, "SET", key, value, "EX", r.expiration)
	return err
}

func (r *redisServer) take(ctx context.Context, key, owner string) (taken bool, err error) {
	reply, err := r.do(ctx, "SET", key, owner, "NX", "PX", leaseTime.Milliseconds())
	return reply != nil && err == nil, err
}

func (r *redisServer) renew(ctx context.Context, key, owner string) (held bool, err error) {
	n, err := redis.Int(r.do(ctx, "EVAL", renewScript, 1, key, owner, leaseTime.Milliseconds()))
	return n == 1, err
}

func (r *redisServer) release(ctx context.Context, key, owner string) error {
	_, err := r.do(ctx, "EVAL", releaseScript, 1, key, owner)
	return err
}

func (r *redisServer) explain(err error) (reason string, denied bool) {
	var answer redis.Error
	if errors.As(err, &answer) {
		return explainAnswer(string(answer))
	}
	if reason := explainTLS(err); reason != "" {
		return reason, false
	}
	reason = explainNetwork(err)
	switch {
	case reason == endsConnection && r.encrypted:
		return refusesHandshake, false // its reason is lost where it hangs up faster than we ask
	case reason == notInTime && r.encrypted:
		return reason + ", and whether it speaks TLS on that port", false // who does not may wait for the end of a line
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
