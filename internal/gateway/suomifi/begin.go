package suomifi

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// Begin starts an identification: it says where the person goes and what has to
// be kept in between. It calls the provider only when its metadata are not known
// or old.
func (p *Provider) Begin(ctx context.Context, o identity.SignInOptions) (identity.SignIn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.beginWithin())
	defer cancel()
	meta, err := p.meta.get(ctx)
	if err != nil {
		return identity.SignIn{}, err
	}
	in := identity.SignIn{State: random(), Nonce: random(), Fresh: o.Fresh}
	request := map[string]any{
		"client_id":     p.cfg.ClientID,
		"response_type": "code",
		"scope":         strings.Join(p.cfg.Scopes, " "),
		"redirect_uri":  p.cfg.RedirectURL,
		"acr_values":    strings.Join(slices.Sorted(maps.Keys(p.claims.levels)), " "),
		"state":         in.State,
		"nonce":         in.Nonce,
	}
	if o.Lang != "" {
		request["ui_locales"] = string(o.Lang)
	}
	if p.cfg.ServiceName != "" {
		request["ftn_spname"] = p.cfg.ServiceName
	}
	if o.Fresh {
		request["prompt"] = "login"
		request["max_age"] = 0
	}
	if p.cfg.PKCE {
		in.Verifier = oauth2.GenerateVerifier()
		request["code_challenge"] = oauth2.S256ChallengeFromVerifier(in.Verifier)
		request["code_challenge_method"] = "S256"
	}
	query, err := p.query(request)
	if err != nil {
		return identity.SignIn{}, err
	}
	in.URL, err = withQuery(meta.Authorization, query)
	return in, err
}

// query is the request as it stands in the address: signed, or as it is.
func (p *Provider) query(request map[string]any) (url.Values, error) {
	query := url.Values{}
	if !p.cfg.SignedRequest {
		for name, value := range request {
			query.Set(name, fmt.Sprint(value))
		}
		return query, nil
	}
	now := p.now()
	request["iss"] = p.cfg.ClientID
	request["aud"] = p.cfg.Issuer
	request["iat"] = now.Unix()
	request["exp"] = now.Add(requestFor).Unix()
	request["jti"] = random()
	token, err := p.signAs("JWT", request)
	if err != nil {
		return nil, err
	}
	query.Set("client_id", p.cfg.ClientID)
	query.Set("request", token)
	return query, nil
}

func withQuery(address string, query url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the provider's address: %w", err)
	}
	all := u.Query()
	maps.Copy(all, query)
	u.RawQuery = all.Encode()
	return u.String(), nil
}
