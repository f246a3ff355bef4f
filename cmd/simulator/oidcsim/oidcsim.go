// Package oidcsim is an identification provider that is not one: it speaks the
// Finnish Trust Network's profile of OpenID Connect over invented people, holds
// its client to every rule of it, and breaks any rule itself when told to.
package oidcsim

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// Client is who may send people here.
type Client struct {
	ID string
	// RedirectURLs and LogOutRedirectURLs are known exactly.
	RedirectURLs       []string
	LogOutRedirectURLs []string
	// Keys is the client's public JWK set; without it the set is fetched from
	// KeysURL, plain or signed.
	Keys    []byte
	KeysURL string
	// LogOutURL takes log-out messages (back-channel log-out).
	LogOutURL string
	// PlainRequests allows requests without a signed object, Secret a client
	// that has no keys; PlainTokens leaves ID tokens unencrypted.
	PlainRequests bool
	Secret        string
	PlainTokens   bool
}

// Options say who is there. The zero value of each has a sensible meaning.
type Options struct {
	Clock  func() time.Time
	People []world.Person
	Client Client
	// Issuer is the simulator's own address; empty takes the one that it is
	// called by.
	Issuer string
	// ClaimNames changes the names under which people are told of: the keys are
	// code, foreign_id, first_names, call_name, family_name, birth_date,
	// municipality, non_disclosure and deceased.
	ClaimNames map[string]string
	// InUserInfo tells of people at the user-info endpoint, not in the ID token.
	InUserInfo bool
	// KeysFor is how long the client's keys are kept, a day by default; Patient
	// keeps them as long even when the client uses one that is not known.
	KeysFor time.Duration
	Patient bool
}

// Simulator is the provider; it is an http.Handler.
type Simulator struct {
	o      Options
	mux    *http.ServeMux
	http   *http.Client
	client clientKeys

	mu           sync.Mutex
	offset       time.Duration
	mode         string
	modeTimes    int
	auto         string
	delay        time.Duration
	double       bool
	keys         providerKeys
	transactions map[string]*transaction
	grants       map[string]*grant // by code
	access       map[string]*grant // by access token
	seen         map[string]time.Time
	logins       []Login
	calls        map[string]int
	faults       []string
	issuer       string
}

// Login is one person who was identified.
type Login struct {
	Person  string    `json:"person"`
	Subject string    `json:"subject"`
	Session string    `json:"session"`
	At      time.Time `json:"at"`
}

// New returns a simulator.
func New(o Options) *Simulator {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.People == nil {
		o.People = world.Default().People
	}
	if o.KeysFor == 0 {
		o.KeysFor = 24 * time.Hour
	}
	s := &Simulator{
		o: o, mux: http.NewServeMux(), issuer: o.Issuer,
		http:         &http.Client{Timeout: 10 * time.Second},
		transactions: map[string]*transaction{}, grants: map[string]*grant{}, access: map[string]*grant{},
		seen: map[string]time.Time{}, calls: map[string]int{},
	}
	s.keys.rotate()
	s.mux.HandleFunc("GET /.well-known/openid-configuration", s.metadata)
	s.mux.HandleFunc("GET /op/jwks", s.keySet)
	s.mux.HandleFunc("GET /op/signed-jwks", s.signedKeySet)
	s.mux.HandleFunc("/op/authorize", s.authorize)
	s.mux.HandleFunc("GET /op/pick", s.pick)
	s.mux.HandleFunc("POST /op/choose", s.choose)
	s.mux.HandleFunc("POST /op/token", s.token)
	s.mux.HandleFunc("GET /op/userinfo", s.userInfo)
	s.mux.HandleFunc("GET /op/logout", s.endSession)
	s.mux.HandleFunc("/attacker/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"keys": []any{s.attackerKey()}})
	})
	s.controls()
	return s
}

// ServeHTTP counts the call by its path and answers it.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.o.Issuer == "" {
		s.issuer = "http://" + r.Host
	}
	path := r.URL.Path
	if strings.HasPrefix(path, "/attacker/") {
		path = "/attacker/"
	}
	s.calls[path]++
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Calls is how often each path was called.
func (s *Simulator) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Faults are the rules that the client has broken, the newest last.
func (s *Simulator) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// Logins are the people who were identified, the newest last.
func (s *Simulator) Logins() []Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.logins)
}

func (s *Simulator) fault(format string, values ...any) string {
	text := fmt.Sprintf(format, values...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) < 100 {
		s.faults = append(s.faults, text)
	}
	return text
}

func (s *Simulator) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.o.Clock().Add(s.offset)
}

// once reports whether an ID is new, and remembers it.
func (s *Simulator) once(id string) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[id]; ok {
		return false
	}
	s.seen[id] = now
	if len(s.seen) > 200_000 {
		maps.DeleteFunc(s.seen, func(_ string, at time.Time) bool { return now.Sub(at) > time.Hour })
	}
	return true
}

func (s *Simulator) address(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issuer + path
}

func (s *Simulator) metadata(w http.ResponseWriter, _ *http.Request) {
	told := map[string]any{
		"issuer":                                         s.address(""),
		"authorization_endpoint":                         s.address("/op/authorize"),
		"token_endpoint":                                 s.address("/op/token"),
		"userinfo_endpoint":                              s.address("/op/userinfo"),
		"end_session_endpoint":                           s.address("/op/logout"),
		"jwks_uri":                                       s.address("/op/jwks"),
		"signed_jwks_uri":                                s.address("/op/signed-jwks"),
		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"pairwise"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"id_token_encryption_alg_values_supported":       []string{"RSA-OAEP", "RSA-OAEP-256"},
		"id_token_encryption_enc_values_supported":       []string{"A128CBC-HS256", "A256GCM"},
		"token_endpoint_auth_methods_supported":          []string{"private_key_jwt"},
		"request_parameter_supported":                    true,
		"require_signed_request_object":                  true,
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
		"ui_locales_supported":                           []string{"fi", "sv", "en"},
	}
	m := s.current()
	if m.down == "metadata" {
		http.Error(w, "down", http.StatusInternalServerError)
		return
	}
	if m.metadata != nil {
		m.metadata(told)
	}
	answer(w, http.StatusOK, told)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // nobody is left to tell
}

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
