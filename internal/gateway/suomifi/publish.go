package suomifi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// keySetFor is how long a published key set may be kept.
const keySetFor = 24 * time.Hour

// SetKeys puts another private key set in force, so that keys change without a
// restart.
func (p *Provider) SetKeys(text string) error {
	keys, err := parseOwnKeys(text)
	if err != nil {
		return err
	}
	if _, ok := keys.signing(useSignature, p.now()); !ok {
		return errors.New("no private key signs at this time")
	}
	p.own.Store(keys)
	return nil
}

// Keys is the portal's public key set as plain JSON.
func (p *Provider) Keys() []byte {
	b, err := json.Marshal(p.own.Load().shown(p.now()))
	if err != nil {
		panic(err) // RSA keys that were read can be written
	}
	return b
}

// SignedKeys is the portal's public key set, signed; it is served as
// application/jwk-set+jwt. The entity key signs it, or without one the key that
// signs requests.
func (p *Provider) SignedKeys(context.Context) ([]byte, error) {
	now := p.now()
	return p.signStatement("jwk-set+jwt", map[string]any{
		"iss": p.cfg.ClientID, "sub": p.cfg.ClientID,
		"iat": now.Unix(), "exp": now.Add(keySetFor).Unix(),
		"keys": p.own.Load().shown(now).Keys,
	})
}

// EntityStatement is what the provider is handed when the portal is registered:
// the entity key, and where the key set is.
func (p *Provider) EntityStatement() ([]byte, error) {
	now := p.now()
	key, err := p.statementKey()
	if err != nil {
		return nil, err
	}
	entity := key.jwk.Public()
	entity.Use = useSignature
	return p.signStatement("entity-statement+jwt", map[string]any{
		"iss": p.cfg.ClientID, "sub": p.cfg.ClientID,
		"iat": now.Unix(), "exp": now.AddDate(1, 0, 0).Unix(),
		"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{entity}},
		"metadata": map[string]any{"openid_relying_party": map[string]any{
			"client_id":       p.cfg.ClientID,
			"redirect_uris":   []string{p.cfg.RedirectURL},
			"signed_jwks_uri": p.cfg.KeysURL,
		}},
	})
}

func (p *Provider) statementKey() (ownKey, error) {
	for _, use := range []string{useEntity, useSignature} {
		if key, ok := p.own.Load().signing(use, p.now()); ok {
			return key, nil
		}
	}
	return ownKey{}, errors.New("no private key signs at this time")
}

func (p *Provider) signStatement(typ string, claims map[string]any) ([]byte, error) {
	key, err := p.statementKey()
	if err != nil {
		return nil, err
	}
	token, err := sign(key, typ, claims)
	return []byte(token), err
}

// signAs signs claims as the portal.
func (p *Provider) signAs(typ string, claims map[string]any) (string, error) {
	key, ok := p.own.Load().signing(useSignature, p.now())
	if !ok {
		return "", errors.New("no private key signs at this time")
	}
	return sign(key, typ, claims)
}

func sign(key ownKey, typ string, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", key.jwk.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.private}, options)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize() //nolint:misspell // the library's name
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return token, nil
}
