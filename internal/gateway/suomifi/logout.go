package suomifi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// LogOutURL is where a person goes to log out of the provider too, empty when it
// has no such page or has told nothing yet. idToken may be empty, and is better
// so: it holds the identity code, which does not belong in an address.
func (p *Provider) LogOutURL(idToken, state string, lang i18n.Lang) string {
	meta, ok := p.meta.known()
	if !ok || !p.cfg.EndSession || meta.EndSession == "" {
		return ""
	}
	query := url.Values{"client_id": {p.cfg.ClientID}}
	if p.cfg.LogOutRedirectURL != "" {
		query.Set("post_logout_redirect_uri", p.cfg.LogOutRedirectURL)
		query.Set("state", state)
	}
	if idToken != "" {
		query.Set("id_token_hint", idToken)
	}
	if lang != "" {
		query.Set("ui_locales", string(lang))
	}
	address, err := withQuery(meta.EndSession, query)
	if err != nil {
		return ""
	}
	return address
}

// Answers reports whether the provider's log-out page is there: nobody should be
// led from our pages to nowhere. It asks without naming anybody.
func (p *Provider) Answers(ctx context.Context) bool {
	meta, ok := p.meta.known()
	if !ok || meta.EndSession == "" {
		return false
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, meta.EndSession, nil)
	if err != nil {
		return false
	}
	answer, err := p.http.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // a HEAD has none
	return answer.StatusCode < http.StatusInternalServerError
}

// LogOutMessage checks a log-out message that the provider sent (back-channel
// log-out) and returns whom it logs out. That a message is obeyed once is for
// the caller to see to, by its ID.
func (p *Provider) LogOutMessage(ctx context.Context, token string) (identity.LoggedOut, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Within)
	defer cancel()
	meta, err := p.meta.get(ctx)
	if err != nil {
		return identity.LoggedOut{}, err
	}
	if token, err = p.open(token, false); err != nil {
		return identity.LoggedOut{}, err
	}
	var message *oidc.LogoutToken
	claims, err := p.verified(token, fromAnybody, meta, func(v *oidc.IDTokenVerifier) error {
		var err error
		message, err = v.VerifyLogout(ctx, token)
		return err
	})
	if err != nil {
		return identity.LoggedOut{}, err
	}
	events, _ := claims["events"].(object)
	if _, ok := events["http://schemas.openid.net/event/backchannel-logout"].(object); !ok {
		return identity.LoggedOut{}, refused("events")
	}
	return identity.LoggedOut{Subject: message.Subject, ProviderSession: message.SessionID, ID: message.TokenID}, nil
}
