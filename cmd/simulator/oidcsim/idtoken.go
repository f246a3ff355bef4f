package oidcsim

import (
	"context"
	"crypto/rsa"
	"maps"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// draft is a token before it is made; a mode spoils it.
type draft struct {
	sim     *Simulator
	now     time.Time
	key     *rsa.PrivateKey // the one that is shown and signs
	header  map[string]any
	claims  map[string]any
	payload []byte // instead of claims
	sign    signer
	encrypt *encryption // nil for none
	jws     string      // instead of header, claims and sign
	whole   string      // instead of everything
}

func (d *draft) token() string {
	if d.whole != "" {
		return d.whole
	}
	jws := d.jws
	if jws == "" {
		payload := d.payload
		if payload == nil {
			payload = encode(d.claims)
		}
		jws = compact(d.header, payload, d.sign)
	}
	if d.encrypt == nil {
		return jws
	}
	return d.encrypt.encrypt(jws)
}

func (s *Simulator) draft() *draft {
	key := s.signingKey()
	private, _ := key.Key.(*rsa.PrivateKey)
	now := s.now()
	return &draft{
		sim: s, now: now, key: private,
		header: map[string]any{"alg": "RS256", "kid": key.KeyID, "typ": "JWT"},
		claims: map[string]any{"iss": s.address(""), "aud": s.o.Client.ID, "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()},
		sign:   rs256(private),
	}
}

func (s *Simulator) idToken(ctx context.Context, g *grant) (string, error) {
	d := s.draft()
	if !s.o.InUserInfo {
		maps.Copy(d.claims, s.claimsOf(g.person))
	}
	d.claims["sub"] = g.subject
	d.claims["sid"] = g.session
	d.claims["nonce"] = g.request.nonce
	d.claims["acr"] = g.acr
	d.claims["auth_time"] = g.at.Unix()
	d.claims["jti"] = random()
	if !s.o.Client.PlainTokens {
		key, err := s.encryptionKey(ctx)
		if err != nil {
			return "", err
		}
		d.encrypt = &encryption{alg: jose.RSA_OAEP, enc: jose.A128CBC_HS256, key: key.Key, kid: key.KeyID}
	}
	if spoil := modes[g.mode].token; spoil != nil {
		spoil(d)
	}
	return d.token(), nil
}
