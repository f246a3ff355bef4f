package oidcsim

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// clientKeys keeps the client's public keys.
type clientKeys struct {
	sync.Mutex
	set       jose.JSONWebKeySet
	fetchedAt time.Time
}

// clientSet returns the client's keys, fetched anew when they are old or do not
// hold kid.
func (s *Simulator) clientSet(ctx context.Context, kid string) (jose.JSONWebKeySet, error) {
	s.client.Lock()
	defer s.client.Unlock()
	now := s.now()
	old := s.client.fetchedAt.IsZero() || now.Sub(s.client.fetchedAt) > s.o.KeysFor
	if !old && (kid == "" || s.o.Patient || len(s.client.set.Key(kid)) > 0) {
		return s.client.set, nil
	}
	b := s.o.Client.Keys
	if b == nil {
		var err error
		if b, err = s.download(ctx, s.o.Client.KeysURL); err != nil {
			return jose.JSONWebKeySet{}, fmt.Errorf("the client's keys: %w", err)
		}
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(b, &set); err != nil {
		return jose.JSONWebKeySet{}, fmt.Errorf("the client's keys: %w", err)
	}
	s.client.set, s.client.fetchedAt = set, now
	return set, nil
}

// SetClientKeys replaces the keys that were handed in, as an operator would.
func (s *Simulator) SetClientKeys(keys []byte) {
	s.client.Lock()
	defer s.client.Unlock()
	s.o.Client.Keys, s.client.fetchedAt = keys, time.Time{}
}

func (s *Simulator) download(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := s.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %w", res.StatusCode, errors.Join(err))
	}
	if text := strings.TrimSpace(string(b)); strings.Count(text, ".") == 2 && !strings.HasPrefix(text, "{") {
		// A signed set: whoever registered the client has looked at its key.
		jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return nil, err
		}
		return jws.UnsafePayloadWithoutVerification(), nil
	}
	return b, nil
}

// signedBy checks a token that the client signed: its key, its times and that it
// came only once. It returns the claims.
func (s *Simulator) signedBy(ctx context.Context, what, token, aud string) (map[string]any, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("%s is no token signed with RS256: %w", what, err)
	}
	kid := jws.Signatures[0].Header.KeyID
	set, err := s.clientSet(ctx, kid)
	if err != nil {
		return nil, err
	}
	keys := set.Key(kid)
	if kid == "" || len(keys) != 1 || keys[0].Use != "sig" {
		return nil, fmt.Errorf("%s has the kid %q, which is no signing key of the client", what, kid)
	}
	payload, err := jws.Verify(keys[0].Key)
	if err != nil {
		return nil, fmt.Errorf("%s is not signed by the client", what)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	exp, _ := claims["exp"].(float64)
	left := time.Unix(int64(exp), 0).Sub(s.now())
	jti, _ := claims["jti"].(string)
	switch {
	case claims["iss"] != s.o.Client.ID:
		return nil, fmt.Errorf("%s has another iss", what)
	case claims["aud"] != aud:
		return nil, fmt.Errorf("%s has the aud %v, not %s", what, claims["aud"], aud)
	case left < -time.Minute || left > 11*time.Minute:
		return nil, fmt.Errorf("%s is good for %s", what, left)
	case jti == "" || !s.once(what+jti):
		return nil, fmt.Errorf("%s has no jti, or one that was there before", what)
	}
	return claims, nil
}

// encryptionKey returns the key that tokens for the client are encrypted to.
func (s *Simulator) encryptionKey(ctx context.Context) (jose.JSONWebKey, error) {
	set, err := s.clientSet(ctx, "")
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	for _, key := range set.Keys {
		if key.Use == "enc" {
			return key, nil
		}
	}
	return jose.JSONWebKey{}, errors.New("the client has no key to encrypt to")
}

// request is what the client asks for.
type request struct {
	redirect, state, nonce, challenge string
	acr, locales                      []string
	spname                            string
	fresh                             bool
}

// readRequest reads an authorization request and holds it to the profile.
func (s *Simulator) readRequest(r *http.Request) (request, error) {
	values := map[string]any{}
	for name, v := range r.Form {
		if name != "login_hint" && name != "mode" { // ours, for load and for tests
			values[name] = v[0]
		}
	}
	if values["client_id"] != s.o.Client.ID {
		return request{}, errors.New("the client is not known")
	}
	if object, ok := values["request"].(string); ok {
		if len(values) != 2 {
			return request{}, errors.New("the address holds more than request and client_id")
		}
		claims, err := s.signedBy(r.Context(), "request object", object, s.address(""))
		if err != nil {
			return request{}, err
		}
		values = claims
	} else if !s.o.Client.PlainRequests {
		return request{}, errors.New("the request is not signed")
	}
	text := func(name string) string {
		v, _ := values[name].(string)
		return v
	}
	req := request{
		redirect: text("redirect_uri"), state: text("state"), nonce: text("nonce"), challenge: text("code_challenge"),
		acr: strings.Fields(text("acr_values")), locales: strings.Fields(text("ui_locales")), spname: text("ftn_spname"),
		fresh: text("prompt") == "login" || fmt.Sprint(values["max_age"]) == "0",
	}
	switch {
	case values["client_id"] != s.o.Client.ID:
		return request{}, errors.New("the signed client_id is another one")
	case !slices.Contains(s.o.Client.RedirectURLs, req.redirect):
		return request{}, fmt.Errorf("redirect_uri %q is not registered", req.redirect)
	case text("response_type") != "code":
		return request{}, errors.New("response_type is not code")
	case !slices.Contains(strings.Fields(text("scope")), "openid"):
		return request{}, errors.New("scope does not hold openid")
	case len(req.state) < 43 || len(req.nonce) < 43:
		return request{}, errors.New("state and nonce must have 256 bits")
	case len(req.acr) == 0:
		return request{}, errors.New("acr_values is missing")
	case text("code_challenge_method") != "S256" && !s.o.Client.PlainRequests || text("code_challenge_method") == "S256" && len(req.challenge) != 43:
		return request{}, errors.New("there is no PKCE with S256")
	case len([]rune(req.spname)) > 40:
		return request{}, errors.New("ftn_spname has more than 40 characters")
	}
	return req, nil
}

// checkToken holds a token request to the profile.
func (s *Simulator) checkToken(r *http.Request, g *grant) error {
	f := r.PostForm
	verifier := sha256.Sum256([]byte(f.Get("code_verifier")))
	id, secret, basic := r.BasicAuth()
	switch {
	case f.Get("grant_type") != "authorization_code":
		return errors.New("grant_type is not authorization_code")
	case f.Get("redirect_uri") != g.request.redirect:
		return errors.New("redirect_uri is not the one of the request")
	case g.request.challenge != "" && (len(f.Get("code_verifier")) < 43 || segment(verifier[:]) != g.request.challenge):
		return errors.New("code_verifier does not fit")
	case s.o.Client.Secret != "":
		// RFC 6749 writes both as in a form.
		if secret, err := url.QueryUnescape(secret); err != nil || !basic || id != url.QueryEscape(s.o.Client.ID) || secret != s.o.Client.Secret {
			return errors.New("the client's secret is wrong")
		}
		return nil
	case f.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		return errors.New("client_assertion_type is wrong")
	case f.Get("client_id") != s.o.Client.ID:
		return errors.New("client_id is wrong")
	}
	claims, err := s.signedBy(r.Context(), "client assertion", f.Get("client_assertion"), s.address("/op/token"))
	if err == nil && claims["sub"] != s.o.Client.ID {
		err = errors.New("client assertion has another sub")
	}
	return err
}
