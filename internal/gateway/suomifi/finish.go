package suomifi

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// longestCode bounds what is sent on to the token endpoint.
const longestCode = 4096

// Finish ends an identification: it takes the answer that the browser brought,
// and returns who the person is. Its errors are identity.ErrCancelled,
// identity.ErrUnavailable and *identity.RefusedError; a code and a SignIn are
// good for one call.
func (p *Provider) Finish(ctx context.Context, in identity.SignIn, answer url.Values) (identity.Identified, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Within)
	defer cancel()
	meta, err := p.meta.get(ctx)
	if err != nil {
		return identity.Identified{}, err
	}
	code, err := p.readAnswer(in, answer, meta)
	if err != nil {
		return identity.Identified{}, err
	}
	token, err := p.exchange(ctx, in, code, meta)
	if err != nil {
		return identity.Identified{}, err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || !strings.EqualFold(token.TokenType, "Bearer") {
		return identity.Identified{}, refused("token_answer")
	}
	claims, err := p.readIDToken(ctx, in, raw, meta)
	if err != nil {
		return identity.Identified{}, err
	}
	if p.cfg.UserInfo {
		if err := p.addUserInfo(ctx, meta, token.AccessToken, claims); err != nil {
			return identity.Identified{}, err
		}
	}
	return p.claims.identified(claims)
}

// readAnswer returns the code of an answer that belongs to in.
func (p *Provider) readAnswer(in identity.SignIn, answer url.Values, meta metadata) (string, error) {
	for _, name := range []string{"state", "iss", "code", "error"} {
		if len(answer[name]) > 1 {
			return "", refused("answer")
		}
	}
	if in.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(in.State)) != 1 {
		return "", refused("state")
	}
	if answer.Has("iss") || meta.TellsIssuer || p.cfg.IssuerInAnswer {
		if answer.Get("iss") != p.cfg.Issuer {
			return "", refused("answer_issuer")
		}
	}
	if answer.Has("error") {
		return "", answerError(answer.Get("error"))
	}
	code := answer.Get("code")
	if code == "" || len(code) > longestCode {
		return "", refused("answer")
	}
	return code, nil
}

// answerError says what an error of the authorization endpoint means. The text
// itself comes through the browser and is kept nowhere.
func answerError(name string) error {
	switch {
	case slices.Contains([]string{"access_denied", "cancel", "login_required", "interaction_required", "consent_required", "account_selection_required"}, name):
		return identity.ErrCancelled
	case name == "temporarily_unavailable" || name == "server_error":
		return fmt.Errorf("the provider says so: %w", identity.ErrUnavailable)
	}
	return refused("provider_error")
}

// exchange turns the code into tokens.
func (p *Provider) exchange(ctx context.Context, in identity.SignIn, code string, meta metadata) (*oauth2.Token, error) {
	cfg := oauth2.Config{
		ClientID:    p.cfg.ClientID,
		RedirectURL: p.cfg.RedirectURL,
		// The style is set: finding it out would send the code twice.
		Endpoint: oauth2.Endpoint{TokenURL: meta.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	var options []oauth2.AuthCodeOption
	if p.cfg.PKCE {
		options = append(options, oauth2.VerifierOption(in.Verifier))
	}
	if p.cfg.PrivateKeyJWT {
		now := p.now()
		assertion, err := p.signAs("JWT", map[string]any{
			"iss": p.cfg.ClientID, "sub": p.cfg.ClientID, "aud": meta.Token, "jti": random(),
			"iat": now.Unix(), "exp": now.Add(assertionFor).Unix(),
		})
		if err != nil {
			return nil, err
		}
		options = append(options,
			oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			oauth2.SetAuthURLParam("client_assertion", assertion))
	} else {
		cfg.ClientSecret = p.cfg.ClientSecret.Reveal()
		cfg.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	token, err := cfg.Exchange(oidc.ClientContext(ctx, p.http), code, options...)
	if err != nil {
		return nil, exchangeError(err)
	}
	return token, nil
}

// exchangeError tells what the provider refused from what it could not do. The
// library's errors hold the answer, which may hold anything.
func exchangeError(err error) error {
	answer := (*oauth2.RetrieveError)(nil)
	if !errors.As(err, &answer) || answer.Response == nil {
		return fmt.Errorf("call the token endpoint: %w", identity.ErrUnavailable)
	}
	status := answer.Response.StatusCode
	switch {
	case answer.ErrorCode == "invalid_grant":
		return refused("code")
	case status < 300 || status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return refused("token_request")
	}
	return fmt.Errorf("the token endpoint answered %d: %w", status, identity.ErrUnavailable)
}

// addUserInfo adds what the user-info endpoint tells of the person to what the
// ID token did not: the signed token wins, and it alone tells how and when.
func (p *Provider) addUserInfo(ctx context.Context, meta metadata, accessToken string, claims object) error {
	body, err := get(ctx, p.http, meta.UserInfo, accessToken, "application/json")
	if err != nil {
		return err
	}
	told, err := readObject(body)
	if err != nil || told.text("sub") != claims.text("sub") {
		return refused("userinfo")
	}
	for _, name := range p.cfg.Claims.ofPerson() {
		if _, ok := claims[name]; !ok && told[name] != nil {
			claims[name] = told[name]
		}
	}
	// What protects somebody counts whoever tells it.
	for _, name := range []string{p.cfg.Claims.NonDisclosure, p.cfg.Claims.Deceased} {
		if told.isSet(name) {
			claims[name] = true
		}
	}
	return nil
}
