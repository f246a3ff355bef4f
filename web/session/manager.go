package session

import (
	"context"
	"encoding/base64"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// recogniseTime bounds the look-up of a session: a public page can do without.
const recogniseTime = time.Second

// tokenSize is the length of a session's token: 256 bits in base64.
const tokenSize = 43

// Manager connects requests with sessions. It is what edge.Config.Sessions asks
// for. People, Forms, Refusals, Tokens and Now are required.
type Manager struct {
	People   *identity.People
	Forms    *entry.Forms
	Refusals *entry.Refusals
	Tokens   edge.Tokens
	Now      func() time.Time
	// Secure says that readers come over TLS: the cookie is then kept to it.
	Secure bool
	// Recheck asks e-Authorizations again whether the session may act for its
	// organisation. fault.ErrForbidden means that it may not, mandate.ErrConfirm
	// that the person must confirm it there, any other error that nobody could
	// tell.
	Recheck func(ctx context.Context, s identity.Session) error
	// PartnerGate returns the page that a representative must go to before those
	// of the partner open, "" for none, or fault.ErrForbidden for an
	// organisation that is no partner.
	PartnerGate func(ctx context.Context, s identity.Session) (string, error)
	// RepresentativeGate does the same before the other pages of representatives.
	RepresentativeGate func(ctx context.Context, s identity.Session) (string, error)
	// Represent is the page on which to choose the organisation to act for,
	// RepresentEnded says that the right has ended, RepresentAgain to try later.
	Represent, RepresentEnded, RepresentAgain paths.Pair
	// Navigation returns the pages that are open to s; nil shows none.
	Navigation func(s identity.Session) []ui.NavItem

	router chi.Routes
	// silence is until when a register that did not answer is left alone, in
	// seconds.
	silence atomic.Int64
}

// cookie is the name of the cookie that holds a session's token.
func (m *Manager) cookie() string { return CookieName("session", m.Secure) }

// CookieName is how the cookie called name is called where readers come over
// TLS or, in development, do not.
func CookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// Named tells whether r names a session.
func (m *Manager) Named(r *http.Request) bool {
	return r.Header["Cookie"] != nil && m.tokenOf(r) != ""
}

// tokenOf returns what the cookie holds when that may be a token.
func (m *Manager) tokenOf(r *http.Request) string {
	c, err := r.Cookie(m.cookie())
	if err != nil || len(c.Value) != tokenSize {
		return ""
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(c.Value); err != nil {
		return ""
	}
	return c.Value
}

// Recognise returns r with the session that it names; see edge.Sessions.
func (m *Manager) Recognise(r *http.Request) (*http.Request, bool, error) {
	if known := of(r.Context()); known.manager != nil {
		return r, known.session.LoggedIn(), nil
	}
	known := state{manager: m}
	var err error
	if token := m.tokenOf(r); token != "" {
		ctx, cancel := context.WithTimeout(r.Context(), recogniseTime)
		defer cancel()
		known.session, err = m.People.Session(ctx, token)
		if known.session.LoggedIn() {
			known.token = token
		}
	}
	return r.WithContext(context.WithValue(r.Context(), key{}, known)), known.session.LoggedIn(), err
}

// Remember hands the browser the token of its session.
func (m *Manager) Remember(w http.ResponseWriter, token string) {
	http.SetCookie(w, m.make(token, 0))
}

// Forget takes the session's cookie out of the browser.
func (m *Manager) Forget(w http.ResponseWriter) {
	http.SetCookie(w, m.make("", -1))
}

func (m *Manager) make(value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever readers come over TLS
		Name: m.cookie(), Value: value, Path: "/", MaxAge: maxAge,
		Secure: m.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Account is what pages show of the session in ctx.
func (m *Manager) Account(ctx context.Context) ui.Account {
	a := ui.Account{Enter: paths.OwnFront}
	s := Of(ctx)
	if !s.LoggedIn() {
		return a
	}
	a.Name, a.Front, a.Switch = s.Name, paths.OwnFront, m.Represent
	if s.Kind == identity.KindStaff {
		a.Front, a.Switch = paths.StaffFront, paths.Pair{}
	}
	if s.Acting != nil {
		a.Organisation = s.Acting.Name + " (" + s.Acting.BusinessID + ")"
	}
	if m.Navigation != nil {
		a.Navigation = m.Navigation(s)
	}
	a.LogOut, a.LogOutFields = paths.LogOut, FormFields(LogOutPurpose)
	a.EndsAt, a.Final = s.IdleUntil, !s.IdleUntil.Before(s.EndsAt)
	if a.Final {
		a.EndsAt = s.EndsAt
	}
	a.EndsIn, a.Extend = a.EndsAt.Sub(m.Now()), paths.SignInSession
	return a
}

// LogOutPurpose is the purpose of the form that logs out, which stands on every
// page.
const LogOutPurpose = "log_out"
