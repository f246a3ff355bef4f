package oidcsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// providerKeys are the keys that the simulator signs with: the last one signs,
// all are shown, and the withdrawn ones were.
type providerKeys struct {
	shown, withdrawn []jose.JSONWebKey
	made             int
}

func (k *providerKeys) rotate() {
	k.made++
	k.shown = append(k.shown, jose.JSONWebKey{
		Key: rsaKey(k.made + 1), KeyID: fmt.Sprintf("op-%d", k.made), Use: "sig", Algorithm: "RS256",
	})
}

// Making RSA keys takes long, so that all simulators of a process share them:
// key 0 is the attacker's, key 1 signs the key set.
var pool struct {
	sync.Mutex
	keys []*rsa.PrivateKey
}

func rsaKey(i int) *rsa.PrivateKey {
	pool.Lock()
	defer pool.Unlock()
	for len(pool.keys) <= i {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		pool.keys = append(pool.keys, key)
	}
	return pool.keys[i]
}

var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func (s *Simulator) attackerKey() jose.JSONWebKey {
	return jose.JSONWebKey{Key: &rsaKey(0).PublicKey, KeyID: "attacker", Use: "sig", Algorithm: "RS256"}
}

// Rotate makes a new key sign at once; the ones before it are still shown.
func (s *Simulator) Rotate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.rotate()
}

// Withdraw shows only the newest key.
func (s *Simulator) Withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.keys.shown) - 1
	s.keys.withdrawn = append(s.keys.withdrawn, s.keys.shown[:last]...)
	s.keys.shown = s.keys.shown[last:]
}

// EntityKeys is the JWK set that a client is handed by hand: it checks the
// signed key set.
func (s *Simulator) EntityKeys() []byte {
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &rsaKey(1).PublicKey, KeyID: "op-entity", Use: "sig", Algorithm: "RS256"}}})
	if err != nil {
		panic(err)
	}
	return b
}

func (s *Simulator) signingKey() jose.JSONWebKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.shown[len(s.keys.shown)-1]
}

func (s *Simulator) withdrawnKey() jose.JSONWebKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys.withdrawn) == 0 {
		return s.keys.shown[0]
	}
	return s.keys.withdrawn[len(s.keys.withdrawn)-1]
}

func (s *Simulator) shownKeys() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []any
	for _, key := range s.keys.shown {
		keys = append(keys, key.Public())
	}
	return keys
}

func (s *Simulator) keySet(w http.ResponseWriter, _ *http.Request) {
	m := s.current()
	if m.down == "jwks" {
		http.Error(w, "down", http.StatusInternalServerError)
		return
	}
	keys := s.shownKeys()
	if m.keySet != nil {
		keys = m.keySet(keys)
	}
	answer(w, http.StatusOK, map[string]any{"keys": keys})
}

func (s *Simulator) signedKeySet(w http.ResponseWriter, _ *http.Request) {
	now := s.now()
	key := rsaKey(1)
	if s.current().forgedKeySet {
		key = rsaKey(0)
	}
	claims := map[string]any{
		"iss": s.address(""), "sub": s.address(""), "iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(), "keys": s.shownKeys(),
	}
	w.Header().Set("Content-Type", "application/jwk-set+jwt")
	_, _ = w.Write([]byte(compact(map[string]any{"alg": "RS256", "kid": "op-entity", "typ": "jwk-set+jwt"}, encode(claims), rs256(key))))
}
