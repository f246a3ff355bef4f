package mandates

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// The calls as the log names them.
const (
	callRegister   = "register"
	callToken      = "token"
	callRefresh    = "refresh"
	callRoles      = "organisation_roles"
	callUnregister = "unregister"
)

// Open begins a visit of the person with that identity code.
func (c *Client) Open(ctx context.Context, code identity.Code) (mandate.Visit, error) {
	var answer struct {
		SessionID string `json:"sessionId"`
		UserID    string `json:"userId"`
	}
	path := "/service/ypa/user/register/" + url.PathEscape(c.opt.ClientID) + "/" + url.PathEscape(code.Reveal())
	err := c.do(ctx, call{name: callRegister, method: http.MethodGet, path: path, signed: true}, &answer)
	if err != nil {
		return mandate.Visit{}, err
	}
	// The user ID goes to the browser: it must be neither of the others.
	if !isID(answer.SessionID) || !isID(answer.UserID) || answer.UserID == answer.SessionID || answer.UserID == code.Reveal() {
		return mandate.Visit{}, unreadable(callRegister)
	}
	return mandate.Visit{ID: secret.New(answer.SessionID), UserID: answer.UserID}, nil
}

// isID bounds what is taken for an ID and put into addresses.
func isID(s string) bool { return s != "" && len(s) <= 200 }

func unreadable(name string) error {
	return fmt.Errorf("%s at e-Authorizations (unreadable): %w", name, mandate.ErrUnavailable)
}

// ChoosePage is the address to which the browser goes to choose.
func (c *Client) ChoosePage(v mandate.Visit, state string, lang i18n.Lang) string {
	return c.opt.BrowserURL + "/oauth/authorize?" + url.Values{
		"client_id":     {c.opt.ClientID},
		"response_type": {"code"},
		"redirect_uri":  {c.opt.ReturnURL},
		"user":          {v.UserID},
		"lang":          {string(lang)},
		"state":         {state},
		"requestId":     {requestID()},
	}.Encode()
}

// Exchange gets the tokens for the code that the browser brought back.
func (c *Client) Exchange(ctx context.Context, code string) (mandate.Tokens, error) {
	return c.tokens(ctx, call{name: callToken, query: url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {code},
		"redirect_uri": {c.opt.ReturnURL},
	}})
}

// Refresh gets new tokens for a refresh token, which, unlike a code, is worth
// something to whoever reads the other side's log, so that it goes in the body.
func (c *Client) Refresh(ctx context.Context, refreshToken secret.String) (mandate.Tokens, error) {
	return c.tokens(ctx, call{name: callRefresh, body: url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refreshToken.Reveal()},
	}})
}

func (c *Client) tokens(ctx context.Context, call call) (mandate.Tokens, error) {
	var answer struct {
		Access  string  `json:"access_token"`
		Refresh string  `json:"refresh_token"`
		Life    float64 `json:"expires_in"`
	}
	call.method, call.path, call.basic = http.MethodPost, "/oauth/token", true
	if err := c.do(ctx, call, &answer); err != nil {
		return mandate.Tokens{}, err
	}
	// Hours are never told; a life without measure is no life.
	if answer.Access == "" || answer.Life < 0 || answer.Life > 24*3600 {
		return mandate.Tokens{}, unreadable(call.name)
	}
	return mandate.Tokens{
		Access:  secret.New(answer.Access),
		Refresh: secret.New(answer.Refresh),
		Life:    time.Duration(answer.Life * float64(time.Second)),
	}, nil
}

// Organisations tells what the visit is about; only, unless empty, leaves out
// all other organisations.
func (c *Client) Organisations(ctx context.Context, visit, access secret.String, only organisation.BusinessID) ([]mandate.Granted, error) {
	var answer []struct {
		Name       string   `json:"name"`
		Identifier string   `json:"identifier"`
		Complete   bool     `json:"complete"`
		Roles      []string `json:"roles"`
	}
	path := "/service/ypa/api/organizationRoles/" + url.PathEscape(visit.Reveal())
	if only != "" {
		path += "/" + url.PathEscape(string(only))
	}
	err := c.do(ctx, call{name: callRoles, method: http.MethodGet, path: path, access: access, signed: true}, &answer)
	if err != nil {
		return nil, err
	}
	granted := make([]mandate.Granted, len(answer))
	for i, o := range answer {
		granted[i] = mandate.Granted{Identifier: o.Identifier, Name: o.Name, Complete: o.Complete, Roles: o.Roles}
	}
	return granted, nil
}

// Close ends a visit.
func (c *Client) Close(ctx context.Context, visit secret.String) error {
	var done bool
	path := "/service/ypa/user/unregister/" + url.PathEscape(visit.Reveal())
	return c.do(ctx, call{name: callUnregister, method: http.MethodGet, path: path, signed: true}, &done)
}
