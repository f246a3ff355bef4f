package suomifi

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tyomarkkinatori.fi/portal/internal/identity"
)

const (
	// keysFresh is how soon a withdrawn key is noticed, and how long an unknown
	// kid waits after the one before it. keysOld is how long keys serve when the
	// provider does not tell them.
	keysFresh = 5 * time.Minute
	keysOld   = 24 * time.Hour
	// mostKeys bounds the work that a token without kid makes.
	mostKeys = 32
)

// source is where a token comes from. Anybody may send us log-out messages, and
// forged ones must not use up what ID tokens may ask for.
type source int

const (
	fromProvider source = iota
	fromAnybody
	sources
)

// providerKeys are the keys that the provider signs with. Forged tokens cannot
// make it call the provider more than once in keysFresh.
type providerKeys struct {
	now     func() time.Time
	http    *http.Client
	algs    []jose.SignatureAlgorithm
	trusted []jose.JSONWebKey
	issuer  string
	within  time.Duration

	mu        sync.Mutex
	keys      []jose.JSONWebKey
	fetchedAt time.Time // the last time that keys came
	triedAt   time.Time
	failed    bool               // the last try
	forcedAt  [sources]time.Time // the last time that an unknown kid made us ask
	flight    chan struct{}
}

func newProviderKeys(cfg Config, now func() time.Time, client *http.Client) (*providerKeys, error) {
	k := &providerKeys{now: now, http: client, issuer: cfg.Issuer, within: cfg.beginWithin()}
	for _, alg := range cfg.SignatureAlgorithms {
		k.algs = append(k.algs, jose.SignatureAlgorithm(alg))
	}
	if cfg.TrustedKeys != "" {
		trusted, err := readKeySet([]byte(cfg.TrustedKeys))
		if err != nil || len(trusted) == 0 {
			return nil, errors.New("the provider's trusted keys are no JWK set of public keys")
		}
		k.trusted = trusted
	}
	return k, nil
}

// verify checks a token's signature and returns its payload.
func (k *providerKeys) verify(ctx context.Context, address, token string, from source) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, k.algs)
	if err != nil {
		return nil, refused("token_header")
	}
	kid := jws.Signatures[0].Header.KeyID
	keys, err := k.named(ctx, address, kid, from)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, refused("kid")
	}
	for _, key := range keys {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, refused("signature")
}

// named returns the keys that kid may mean; a token without kid may mean any.
func (k *providerKeys) named(ctx context.Context, address, kid string, from source) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	found := k.lookUp(kid)
	has := !k.fetchedAt.IsZero() && now.Sub(k.fetchedAt).Abs() < keysOld
	due := !has || now.Sub(k.fetchedAt).Abs() >= keysFresh
	forced := has && len(found) == 0 && now.Sub(k.forcedAt[from]).Abs() >= keysFresh
	if k.failed && now.Sub(k.triedAt).Abs() < retryAfter {
		due, forced = false, false
	}
	if due || forced || k.flight != nil && len(found) == 0 {
		if k.flight == nil {
			k.flight = make(chan struct{})
			go k.fetch(context.WithoutCancel(ctx), address, k.flight)
		}
		flight := k.flight
		k.mu.Unlock()
		select {
		case <-flight:
		case <-ctx.Done():
		}
		k.mu.Lock()
		found = k.lookUp(kid)
		if forced || len(found) == 0 {
			k.forcedAt[from] = now
		}
	}
	if k.fetchedAt.IsZero() || k.now().Sub(k.fetchedAt).Abs() >= keysOld {
		return nil, fmt.Errorf("the provider's keys are not known: %w", identity.ErrUnavailable)
	}
	return found, nil
}

// lookUp returns the usable keys called kid.
func (k *providerKeys) lookUp(kid string) []jose.JSONWebKey {
	if kid == "" {
		return k.keys
	}
	var found []jose.JSONWebKey
	for _, key := range k.keys {
		if key.KeyID == kid {
			found = append(found, key)
		}
	}
	return found
}

func (k *providerKeys) fetch(ctx context.Context, address string, flight chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, k.within)
	keys, err := k.download(ctx, address)
	cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.triedAt, k.failed, k.flight = k.now(), err != nil, nil
	if err == nil {
		k.keys, k.fetchedAt = keys, k.triedAt
	}
	close(flight)
}

func (k *providerKeys) download(ctx context.Context, address string) ([]jose.JSONWebKey, error) {
	if len(k.trusted) == 0 {
		body, err := get(ctx, k.http, address, "", "application/json")
		if err != nil {
			return nil, err
		}
		return readKeySet(body)
	}
	body, err := get(ctx, k.http, address, "", "application/jwk-set+jwt")
	if err != nil {
		return nil, err
	}
	return k.readSigned(string(body))
}

// readSigned reads a key set that is signed with a trusted key.
func (k *providerKeys) readSigned(token string) ([]jose.JSONWebKey, error) {
	header, err := readHeader(token, 3)
	if err != nil || header["typ"] != "jwk-set+jwt" {
		return nil, refused("key_set")
	}
	jws, err := jose.ParseSignedCompact(token, k.algs)
	if err != nil {
		return nil, refused("key_set")
	}
	for _, key := range k.trusted {
		payload, err := jws.Verify(key.Key)
		if err != nil {
			continue
		}
		claims, err := readObject(payload)
		if err != nil {
			return nil, refused("key_set")
		}
		until, hasEnd := claims.time("exp")
		if claims.text("iss") != k.issuer || hasEnd && k.now().After(until.Add(leeway)) {
			return nil, refused("key_set")
		}
		return readKeySet(payload)
	}
	return nil, refused("key_set")
}

// readKeySet reads the keys of a set that can check signatures and passes over
// all others: a provider may have keys of kinds that we do not know.
func readKeySet(b []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, refused("key_set")
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys[:min(len(set.Keys), mostKeys)] {
		var kind struct {
			Alg string `json:"alg"`
			Use string `json:"use"`
		}
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &kind) != nil || kind.Use == useEncryption ||
			kind.Alg != "" && !slices.Contains(soundAlgorithms, kind.Alg) || key.UnmarshalJSON(raw) != nil {
			continue
		}
		switch public := key.Key.(type) {
		case *rsa.PublicKey:
			if public.N.BitLen() < 2048 || public.N.BitLen() > 8192 {
				continue
			}
		case *ecdsa.PublicKey:
		default:
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil
}
