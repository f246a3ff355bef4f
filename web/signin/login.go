package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// purposeSignIn is the purpose of the form that starts a log-in.
const purposeSignIn = "sign_in"

// Fields of the sign-in page's address and form besides session.ReturnField.
const (
	freshField = "fresh"
	keptField  = "kept"
	lostField  = "lost"
)

// errNoProvider means that the configuration names no identification service.
var errNoProvider = fmt.Errorf("no identification service: %w", fault.ErrNotFound)

// signInView is the sign-in page.
type signInView struct {
	Kind identity.Kind
	// Return is the page to go to afterwards, "" for one's own front page.
	Return string
	// Fresh tells that somebody who is logged in must be identified anew.
	Fresh bool
	// Kept tells that a form is kept meanwhile, Lost that one could not be.
	Kept, Lost bool
	// Who is logged in already; it may be nobody.
	Who identity.Session
	// Old tells that the form was open for too long.
	Old bool
}

func (v signInView) done() bool { return v.Who.Kind == v.Kind && !v.Fresh }

// destination is where to go once logged in.
func (v signInView) destination(ctx context.Context) string {
	if v.Return != "" {
		return v.Return
	}
	return paths.To(ctx, pages(v.Kind).front)
}

func (p *Pages) readSignIn(r *http.Request, kind identity.Kind, values url.Values) signInView {
	return signInView{
		Kind: kind, Return: p.Sessions.Return(values.Get(session.ReturnField)), Who: session.Of(r.Context()),
		Fresh: values.Get(freshField) == "1", Kept: values.Get(keptField) == "1", Lost: values.Get(lostField) == "1",
	}
}

func (p *Pages) showSignIn(kind identity.Kind) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, signInPage(p.readSignIn(r, kind, r.URL.Query())))
	}
}

// startSignIn sends the person to the identification service.
func (p *Pages) startSignIn(kind identity.Kind) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, err := respond.Form(r)
		if err != nil {
			return err
		}
		view := p.readSignIn(r, kind, values)
		if _, err := session.CheckForm(r.Context(), values, purposeSignIn); err != nil {
			view.Old = true
			return respond.Page(w, r, http.StatusForbidden, signInPage(view))
		}
		login := entry.Login{Kind: kind, Language: i18n.LangOf(r.Context()), Return: view.Return}
		if p.Provider == nil {
			return p.end(w, r, http.StatusServiceUnavailable, login, unavailable)
		}
		login.SignIn, err = p.Provider.Begin(r.Context(), identity.SignInOptions{Lang: login.Language, Fresh: view.Fresh})
		if err != nil {
			p.Log.ErrorContext(r.Context(), "identification unavailable", "error", err)
			return p.end(w, r, http.StatusServiceUnavailable, login, unavailable)
		}
		browser := p.browserOf(r)
		if browser == "" {
			browser = secretText()
		}
		if err := p.Logins.Begin(r.Context(), login, browser); err != nil {
			return err
		}
		http.SetCookie(w, p.browserCookie(browser))
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, login.URL, http.StatusSeeOther)
		return nil
	}
}

// browserCookie ties log-ins that are under way to the browser that began them.
// Several may be, in several tabs.
func (p *Pages) browserCookie(value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever readers come over TLS
		Name: p.browserCookieName(), Value: value, Path: "/", MaxAge: int(entry.LoginLife.Seconds()),
		Secure: p.Sessions.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (p *Pages) browserCookieName() string { return session.CookieName("signin", p.Sessions.Secure) }

func (p *Pages) browserOf(r *http.Request) string {
	c, err := r.Cookie(p.browserCookieName())
	if err != nil || !isSecret(c.Value) {
		return ""
	}
	return c.Value
}

// secretSize is the number of random bytes in a secret of ours.
const secretSize = 32

func secretText() string {
	var b [secretSize]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func isSecret(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == secretSize
}

// finishSignIn takes a person back from the identification service.
func (p *Pages) finishSignIn(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	answer := r.URL.Query()
	login, err := p.Logins.Take(r.Context(), answer.Get("state"), p.browserOf(r))
	if login.Language == "" {
		login.Language = edge.Preferred(r)
	}
	if login.Kind == "" {
		login.Kind = identity.KindPerson
	}
	r = r.WithContext(i18n.With(r.Context(), p.catalogue, login.Language))
	var who identity.Identified
	if err == nil {
		if p.Provider == nil {
			return errNoProvider
		}
		who, err = p.Provider.Finish(r.Context(), login.SignIn, answer)
	}
	if err != nil {
		return p.notIdentified(w, r, login, err)
	}
	token, _, err := p.Sessions.People.LogIn(r.Context(), who, login.Kind, login.Language, session.Token(r.Context()))
	if errors.Is(err, fault.ErrForbidden) {
		return p.end(w, r, http.StatusForbidden, login, noRight)
	}
	if err != nil {
		return err
	}
	p.Sessions.Remember(w, token)
	view := signInView{Kind: login.Kind, Return: p.Sessions.Return(login.Return)}
	respond.SeeOther(w, r, view.destination(r.Context()))
	return nil
}

// notIdentified answers when nobody was identified.
func (p *Pages) notIdentified(w http.ResponseWriter, r *http.Request, login entry.Login, err error) error {
	refused, ok := errors.AsType[*identity.RefusedError](err)
	switch {
	case ok && refused.Reason == entry.ReasonUsed && session.Of(r.Context()).Kind == login.Kind:
		return respond.Page(w, r, http.StatusOK, signInPage(signInView{
			Kind: login.Kind, Return: p.Sessions.Return(login.Return), Who: session.Of(r.Context()),
		}))
	case ok:
		if err := p.Sessions.Refusals.SignIn(r.Context(), login.Kind, refused.Reason); err != nil {
			return err
		}
		return p.end(w, r, http.StatusBadRequest, login, refusalOf(refused.Reason))
	case errors.Is(err, identity.ErrCancelled):
		return p.end(w, r, http.StatusOK, login, cancelled)
	case errors.Is(err, identity.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		p.Log.ErrorContext(r.Context(), "identification unavailable", "error", err)
		return p.end(w, r, http.StatusServiceUnavailable, login, unavailable)
	}
	return err
}

// ending names the texts of a page on which a log-in ended without a session.
type ending string

const (
	cancelled   ending = "signin.cancelled."
	unavailable ending = "signin.unavailable."
	notBelieved ending = "signin.refused."
	tooLate     ending = "signin.late."
	usedBefore  ending = "signin.used."
	elsewhere   ending = "signin.elsewhere."
	noRight     ending = "signin.no_right."
)

func refusalOf(reason string) ending {
	switch reason {
	case entry.ReasonLate:
		return tooLate
	case entry.ReasonUsed:
		return usedBefore
	case entry.ReasonBrowser, entry.ReasonUnknown:
		return elsewhere
	}
	return notBelieved
}

// end tells how a log-in ended and lets it begin again.
func (p *Pages) end(w http.ResponseWriter, r *http.Request, status int, login entry.Login, how ending) error {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	query := url.Values{}
	if back := p.Sessions.Return(login.Return); back != "" {
		query.Set(session.ReturnField, back)
	}
	if login.Fresh {
		query.Set(freshField, "1")
	}
	again := paths.WithQuery(paths.To(r.Context(), pages(login.Kind).signIn), query)
	// A request that has run out of time must still be told so.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	return respond.Page(w, r, status, endPage(how, again))
}
