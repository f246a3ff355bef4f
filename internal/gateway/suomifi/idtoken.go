package suomifi

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// readIDToken opens and checks an ID token, and returns its claims.
func (p *Provider) readIDToken(ctx context.Context, in identity.SignIn, raw string, meta metadata) (object, error) {
	token, err := p.open(raw, p.cfg.Encrypted)
	if err != nil {
		return nil, err
	}
	claims, err := p.verified(token, fromProvider, meta, func(v *oidc.IDTokenVerifier) error {
		_, err := v.Verify(ctx, token)
		return err
	})
	if err != nil {
		return nil, err
	}
	if claims.text("sub") == "" {
		return nil, refused("sub")
	}
	if in.Nonce == "" || subtle.ConstantTimeCompare([]byte(claims.text("nonce")), []byte(in.Nonce)) != 1 {
		return nil, refused("nonce")
	}
	if _, ok := p.claims.levels[claims.text("acr")]; !ok {
		return nil, refused("acr")
	}
	at, known := claims.time("auth_time")
	told := claims["auth_time"] != nil
	now := p.now()
	if told != known || at.After(now.Add(leeway)) || in.Fresh && (!known || now.Sub(at) > freshFor) {
		return nil, refused("auth_time")
	}
	return claims, nil
}

// open decrypts a token. Every way of not opening it is one reason, so that
// nobody learns anything of our key by trying.
func (p *Provider) open(raw string, must bool) (string, error) {
	if !must && strings.Count(raw, ".") == 2 {
		return raw, nil
	}
	header, err := readHeader(raw, 5)
	if err != nil || !strings.EqualFold(header.text("cty"), "JWT") {
		return "", refused("decryption")
	}
	jwe, err := jose.ParseEncryptedCompact(raw, algorithms[jose.KeyAlgorithm](p.cfg.KeyAlgorithms), algorithms[jose.ContentEncryption](p.cfg.ContentAlgorithms))
	if err != nil {
		return "", refused("decryption")
	}
	for _, key := range p.own.Load().opening(p.now()) {
		if plain, err := jwe.Decrypt(key); err == nil && strings.Count(string(plain), ".") == 2 {
			return string(plain), nil
		}
	}
	return "", refused("decryption")
}

func algorithms[T ~string](names []string) []T {
	all := make([]T, len(names))
	for i, name := range names {
		all[i] = T(name)
	}
	return all
}

// checkedKeys lets the library verify a signature with the provider's keys, and
// keeps what came of it: the library's own errors are texts.
type checkedKeys struct {
	keys    *providerKeys
	address string
	from    source
	payload []byte
	err     error
}

// VerifySignature fills oidc.KeySet.
func (k *checkedKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	k.payload, k.err = k.keys.verify(ctx, k.address, token, k.from)
	return k.payload, k.err
}

// verified runs one of the library's checks of a signed token, and then our own,
// stricter ones. It returns the claims.
func (p *Provider) verified(token string, from source, meta metadata, check func(*oidc.IDTokenVerifier) error) (object, error) {
	if _, err := readHeader(token, 3); err != nil {
		return nil, refused("token_header")
	}
	keys := &checkedKeys{keys: p.keys, address: meta.Keys, from: from}
	err := check(oidc.NewVerifier(p.cfg.Issuer, keys, p.verifierConfig()))
	switch {
	case keys.err != nil:
		return nil, keys.err
	case keys.payload == nil:
		return nil, refused("token_header")
	}
	claims, readErr := readObject(keys.payload)
	if readErr != nil {
		return nil, refused("claims")
	}
	if reason := p.faultOf(claims); reason != "" {
		return nil, refused(reason)
	}
	if err != nil {
		return nil, refused("claims")
	}
	return claims, nil
}

// faultOf checks who a token is from and for, and its times.
func (p *Provider) faultOf(claims object) string {
	now := p.now()
	until, hasEnd := claims.time("exp")
	issued, hasStart := claims.time("iat")
	_, hasBefore := claims["nbf"]
	before, _ := claims.time("nbf")
	party, hasParty := claims["azp"]
	switch {
	case claims.text("iss") != p.cfg.Issuer:
		return "iss"
	case !slices.Equal(audience(claims), []string{p.cfg.ClientID}):
		return "aud"
	case hasParty && party != p.cfg.ClientID:
		return "azp"
	case !hasEnd || now.After(until.Add(leeway)):
		return "exp"
	case !hasStart || issued.After(now.Add(leeway)):
		return "iat"
	case hasBefore && (before.IsZero() || before.After(now.Add(leeway))):
		return "nbf"
	case until.Sub(issued) > longestToken || until.Before(issued):
		return "lifetime"
	}
	return ""
}

// audience is who a token is for; we trust nobody else, so that it must be us
// alone.
func audience(claims object) []string {
	switch aud := claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		all := make([]string, len(aud))
		for i, v := range aud {
			all[i], _ = v.(string)
		}
		return all
	}
	return nil
}
