// Package signin serves logging in and out, one's own front page, the list of
// one's sessions, and the forms that wait for a new log-in.
package signin

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// Provider identifies people strongly.
type Provider interface {
	// Begin returns where to send the person, and what must be kept until they
	// come back.
	Begin(ctx context.Context, o identity.SignInOptions) (identity.SignIn, error)
	// Finish checks the provider's answer. It fails with identity.ErrCancelled,
	// identity.ErrUnavailable or *identity.RefusedError.
	Finish(ctx context.Context, in identity.SignIn, answer url.Values) (identity.Identified, error)
	// LogOutURL is where the provider's own session ends, "" for nowhere.
	LogOutURL(idToken, state string, lang i18n.Lang) string
	// Answers tells whether that place is there to be led to.
	Answers(ctx context.Context) bool
	// LogOutMessage checks a message by which the provider ends sessions.
	LogOutMessage(ctx context.Context, token string) (identity.LoggedOut, error)
	// SignedKeys and Keys are our public keys, signed and plain.
	SignedKeys(ctx context.Context) ([]byte, error)
	Keys() []byte
}

// Pages serves log-in and what belongs to a session.
type Pages struct {
	Sessions *session.Manager
	Logins   *entry.Logins
	// Provider may be nil: then nobody can log in, and is told so.
	Provider Provider
	// Log hears of providers that do not answer.
	Log *slog.Logger
	// Apply and Desk are the pages that a representative and a partner go to from
	// their own front page; a zero pair is left out.
	Apply, Desk paths.Pair

	catalogue *i18n.Catalogue
}

// Routes registers the pages. It tells the manager of sessions which pages there
// are to come back to.
func (p *Pages) Routes(m *route.Mux) {
	p.catalogue = m.Catalogue
	p.Sessions.Returns(m.Router)

	open := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	start := route.Class{Audience: route.Public, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateOutside}
	back := start
	back.CSRF = route.Safe
	message := start
	message.CSRF = route.Signed
	keys := open
	keys.Cache = route.CacheShort

	m.Page(http.MethodGet, paths.SignIn, open, p.showSignIn(identity.KindPerson))
	m.Page(http.MethodPost, paths.SignIn, start, p.startSignIn(identity.KindPerson))
	m.Page(http.MethodGet, paths.StaffSignIn, open, p.showSignIn(identity.KindStaff))
	m.Page(http.MethodPost, paths.StaffSignIn, start, p.startSignIn(identity.KindStaff))
	m.Handle(http.MethodGet, paths.SignInCallback, back, p.finishSignIn)
	m.Handle(http.MethodGet, paths.SignInKeys, keys, p.showSignedKeys)
	m.Handle(http.MethodGet, paths.SignInKeysJSON, keys, p.showKeys)
	m.Handle(http.MethodPost, paths.SignInLogOut, message, p.obeyLogOut)
	m.Handle(http.MethodGet, paths.SignInOut, open, p.returnFromLogOut)
	m.Handle(http.MethodGet, paths.SignInSession, open, p.showTime)
	m.Page(http.MethodPost, paths.LogOut, start, p.logOut)
	m.Page(http.MethodGet, paths.LoggedOut, open, p.showLoggedOut)

	person := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	m.Page(http.MethodGet, paths.OwnFront, person, p.showFront)
	m.Page(http.MethodGet, paths.OwnPages, person, func(w http.ResponseWriter, r *http.Request) error {
		respond.SeeOther(w, r, paths.To(r.Context(), paths.OwnFront)) // where all addresses below it begin
		return nil
	})
	p.sessionRoutes(m, person, paths.OwnSessions, paths.OwnSessionEnd, paths.Unsent, paths.UnsentDiscard)
	staff := person
	staff.Audience = route.Staff
	p.sessionRoutes(m, staff, paths.StaffSessions, paths.StaffEnd, paths.StaffUnsent, paths.StaffUnsentEnd)
}

// sessionRoutes registers what people and officers have alike.
func (p *Pages) sessionRoutes(m *route.Mux, c route.Class, list, end, unsent, discard paths.Pair) {
	form := c
	form.CSRF, form.Rate = route.Form, route.RateForm
	m.Page(http.MethodGet, list, c, p.showSessions)
	m.Page(http.MethodPost, end, form, p.endSession)
	m.Page(http.MethodGet, unsent, c, p.showUnsent)
	m.Page(http.MethodPost, discard, form, p.discardUnsent)
}

// pagesOf are the addresses that a kind of session has of its own.
type pagesOf struct{ front, signIn, sessions, end, unsent, discard paths.Pair }

func pages(k identity.Kind) pagesOf {
	if k == identity.KindStaff {
		return pagesOf{paths.StaffFront, paths.StaffSignIn, paths.StaffSessions, paths.StaffEnd, paths.StaffUnsent, paths.StaffUnsentEnd}
	}
	return pagesOf{paths.OwnFront, paths.SignIn, paths.OwnSessions, paths.OwnSessionEnd, paths.Unsent, paths.UnsentDiscard}
}

// showSignedKeys publishes our keys for providers that take only signed ones.
func (p *Pages) showSignedKeys(w http.ResponseWriter, r *http.Request) error {
	if p.Provider == nil {
		return errNoProvider
	}
	keys, err := p.Provider.SignedKeys(r.Context())
	if err != nil {
		return err
	}
	respond.Content(w, "application/jwk-set+jwt", keys)
	return nil
}

func (p *Pages) showKeys(w http.ResponseWriter, _ *http.Request) error {
	if p.Provider == nil {
		return errNoProvider
	}
	respond.Content(w, "application/jwk-set+json", p.Provider.Keys())
	return nil
}
