// Package suomifi identifies people strongly with OpenID Connect, as the Finnish
// Trust Network's profile says it: a signed request object, private_key_jwt, and
// an ID token that is signed and then encrypted. Suomi.fi's own names are not
// public yet, so that every address, name and step is a setting of [Config].
package suomifi

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"tyomarkkinatori.fi/portal/internal/identity"
)

const (
	// leeway is how far two clocks may differ.
	leeway = time.Minute
	// longestToken is how long an ID token may be good for.
	longestToken = time.Hour
	// freshFor is how old an identification may be when a new one was asked for.
	freshFor = 5 * time.Minute
	// requestFor and assertionFor are how long what we sign is good for.
	requestFor   = 10 * time.Minute
	assertionFor = 5 * time.Minute
)

// Provider is one identification service and the portal's place in it. It is
// safe for concurrent use.
type Provider struct {
	cfg    Config
	now    func() time.Time
	http   *http.Client
	claims claimReader
	own    atomic.Pointer[ownKeys]
	meta   *metadataSource
	keys   *providerKeys
}

// New returns the provider of cfg. It calls nobody: what the provider tells of
// itself is fetched when the first person logs in.
func New(cfg Config, now func() time.Time) (*Provider, error) {
	levels, err := cfg.check()
	if err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, now: now, http: newClient(cfg.Within), claims: claimReader{names: cfg.Claims, levels: levels, now: now}}
	if err := p.SetKeys(cfg.Keys.Reveal()); err != nil {
		return nil, err
	}
	p.meta = &metadataSource{cfg: cfg, now: now, http: p.http}
	if p.keys, err = newProviderKeys(cfg, now, p.http); err != nil {
		return nil, err
	}
	return p, nil
}

// FormTargets are the origins that a form may lead to when it starts or ends a
// log-in, for the policy that browsers keep.
func (p *Provider) FormTargets() []string {
	return origins(p.cfg.Issuer, p.cfg.Endpoints.Authorization, p.cfg.Endpoints.EndSession)
}

func (p *Provider) verifierConfig() *oidc.Config {
	return &oidc.Config{
		ClientID:             p.cfg.ClientID,
		SupportedSigningAlgs: p.cfg.SignatureAlgorithms,
		Now:                  func() time.Time { return p.now().Add(-leeway) },
	}
}

// random returns 256 bits that nobody can guess, fit for an address.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func refused(reason string) error { return &identity.RefusedError{Reason: reason} }
