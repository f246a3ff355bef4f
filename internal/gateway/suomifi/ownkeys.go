package suomifi

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keyBits = 2048
	// The uses of a private key. An entity key signs the key set; the provider
	// gets it by hand, so that the other keys can change without hands.
	useSignature, useEncryption, useEntity = "sig", "enc", "entity"
	// publishedBefore is how long a new signing key is shown before it signs:
	// as long as a provider may keep a key set.
	publishedBefore = 24 * time.Hour
	// acceptedAfter is how long an encryption key opens tokens after it was last
	// shown.
	acceptedAfter = 24 * time.Hour
)

// ownKey is a private key of the portal. In the key set's JSON it is a JWK with
// two more members, nbf and exp in Unix time: a signing key signs between them
// and is shown until exp; an encryption key is shown between them and opens
// tokens from the start until a day after exp.
type ownKey struct {
	jwk                  jose.JSONWebKey
	private              *rsa.PrivateKey
	notBefore, notBehind time.Time
}

// ownKeys are the portal's keys, the newest first.
type ownKeys struct{ keys []ownKey }

// GenerateKeys returns a new private key set: a key that signs, one that tokens
// are encrypted to, and the entity key.
func GenerateKeys(now time.Time) (string, error) {
	var set ownKeys
	for _, use := range []string{useSignature, useEncryption, useEntity} {
		key, err := newOwnKey(use, now)
		if err != nil {
			return "", err
		}
		set.keys = append(set.keys, key)
	}
	return set.marshal()
}

// RotateKeys adds a new key for signing and one for encryption to a private key
// set, gives the old ones an end, and drops those that ended long ago. Every
// process must be given the new set within the hour. The entity key stays.
func RotateKeys(text string, now time.Time) (string, error) {
	old, err := parseOwnKeys(text)
	if err != nil {
		return "", err
	}
	starts := map[string]time.Time{useSignature: now.Add(publishedBefore), useEncryption: now.Add(time.Hour)}
	var set ownKeys
	for _, use := range []string{useSignature, useEncryption} {
		key, err := newOwnKey(use, starts[use])
		if err != nil {
			return "", err
		}
		set.keys = append(set.keys, key)
	}
	for _, key := range old.keys {
		if start, ok := starts[key.jwk.Use]; ok && key.notBehind.IsZero() {
			// What was signed just before is checked a little later.
			key.notBehind = start.Add(time.Hour)
		}
		if key.notBehind.IsZero() || now.Before(key.notBehind.Add(acceptedAfter)) {
			set.keys = append(set.keys, key)
		}
	}
	return set.marshal()
}

func newOwnKey(use string, notBefore time.Time) (ownKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return ownKey{}, fmt.Errorf("make a key: %w", err)
	}
	jwk := jose.JSONWebKey{Key: private, Use: use, KeyID: use + "-" + random()[:16]}
	switch use {
	case useEncryption:
		jwk.Algorithm = string(jose.RSA_OAEP)
	default:
		jwk.Algorithm = string(jose.RS256)
	}
	return ownKey{jwk: jwk, private: private, notBefore: notBefore}, nil
}

type keyTimes struct {
	NotBefore int64 `json:"nbf,omitempty"`
	NotBehind int64 `json:"exp,omitempty"`
}

func (k *ownKeys) marshal() (string, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	for _, key := range k.keys {
		b, err := key.jwk.MarshalJSON()
		if err != nil {
			return "", fmt.Errorf("write a key: %w", err)
		}
		members := map[string]any{}
		if err := json.Unmarshal(b, &members); err != nil {
			return "", fmt.Errorf("write a key: %w", err)
		}
		if !key.notBefore.IsZero() {
			members["nbf"] = key.notBefore.Unix()
		}
		if !key.notBehind.IsZero() {
			members["exp"] = key.notBehind.Unix()
		}
		if b, err = json.Marshal(members); err != nil {
			return "", fmt.Errorf("write a key: %w", err)
		}
		set.Keys = append(set.Keys, b)
	}
	b, err := json.MarshalIndent(set, "", " ")
	return string(b), err
}

// parseOwnKeys reads a private key set. Its errors hold nothing of it.
func parseOwnKeys(text string) (*ownKeys, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal([]byte(text), &raw) != nil {
		return nil, errors.New("the private keys are no JWK set")
	}
	var set ownKeys
	for i, b := range raw.Keys {
		var key ownKey
		var times keyTimes
		if key.jwk.UnmarshalJSON(b) != nil || json.Unmarshal(b, &times) != nil {
			return nil, fmt.Errorf("private key %d cannot be read", i+1)
		}
		private, ok := key.jwk.Key.(*rsa.PrivateKey)
		switch {
		case !ok || private.N.BitLen() < 2048:
			return nil, fmt.Errorf("private key %d is no RSA private key of at least 2048 bits", i+1)
		case key.jwk.KeyID == "":
			return nil, fmt.Errorf("private key %d has no kid", i+1)
		case !slices.Contains([]string{useSignature, useEncryption, useEntity}, key.jwk.Use):
			return nil, fmt.Errorf("private key %d must have the use sig, enc or entity", i+1)
		case slices.ContainsFunc(set.keys, func(k ownKey) bool { return k.jwk.KeyID == key.jwk.KeyID || k.private.Equal(private) }):
			return nil, fmt.Errorf("private key %d is there twice: signing and encryption need different keys", i+1)
		}
		key.private = private
		if times.NotBefore != 0 {
			key.notBefore = time.Unix(times.NotBefore, 0)
		}
		if times.NotBehind != 0 {
			key.notBehind = time.Unix(times.NotBehind, 0)
		}
		set.keys = append(set.keys, key)
	}
	for _, use := range []string{useSignature, useEncryption} {
		if !slices.ContainsFunc(set.keys, func(k ownKey) bool { return k.jwk.Use == use }) {
			return nil, fmt.Errorf("there is no private key with the use %s", use)
		}
	}
	slices.SortStableFunc(set.keys, func(a, b ownKey) int { return cmp.Compare(b.notBefore.Unix(), a.notBefore.Unix()) })
	return &set, nil
}

// signing returns the newest key of a use that signs now.
func (k *ownKeys) signing(use string, now time.Time) (ownKey, bool) {
	for _, key := range k.keys {
		if key.jwk.Use == use && !now.Before(key.notBefore) && (key.notBehind.IsZero() || now.Before(key.notBehind)) {
			return key, true
		}
	}
	return ownKey{}, false
}

// opening returns the keys that a token may open with. They are few, so that the
// name in the token does not matter.
func (k *ownKeys) opening(now time.Time) []*rsa.PrivateKey {
	var all []*rsa.PrivateKey
	for _, key := range k.keys {
		if key.jwk.Use == useEncryption && (key.notBehind.IsZero() || now.Before(key.notBehind.Add(acceptedAfter))) {
			all = append(all, key.private)
		}
	}
	return all
}

// shown are the public halves that the provider is told of. Without a time of
// its own set, nothing but an end takes a key out.
func (k *ownKeys) shown(now time.Time) jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, key := range k.keys {
		ended := !key.notBehind.IsZero() && !now.Before(key.notBehind)
		early := key.jwk.Use == useEncryption && now.Before(key.notBefore)
		if key.jwk.Use != useEntity && !ended && !early {
			set.Keys = append(set.Keys, key.jwk.Public())
		}
	}
	return set
}
