// Package sessiontest runs the pages of a section with real sessions and a real
// database behind the real edge, so that a test meets them over HTTP as a
// browser would.
package sessiontest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/signin"
	"tyomarkkinatori.fi/portal/web/site"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Origin is where the portal of a test is.
const Origin = "https://portal.example"

// Section is a part of the service with routes of its own.
type Section interface{ Routes(m *route.Mux) }

// Portal is the edge, log-in and the sections of a test. Change Manager, SignIn
// and Limits before Serve.
type Portal struct {
	TB       testing.TB
	DB       *postgres.DB
	Keys     *secret.Keyring
	People   *identity.People
	Forms    *entry.Forms
	Manager  *session.Manager
	Provider *Provider
	SignIn   *signin.Pages
	Limits   edge.Limits
	Log      *Lines
	// Handler and Routes are there after Serve.
	Handler http.Handler
	Routes  []route.Route

	mu  sync.Mutex
	now time.Time
}

// New returns a portal over a database of its own, at pgtest.Now, with the keys
// of identitytest.
func New(tb testing.TB) *Portal {
	tb.Helper()
	keys := identitytest.Keyring(tb)
	p := &Portal{TB: tb, DB: pgtest.New(tb), Keys: keys, Log: &Lines{}, now: pgtest.Now}
	p.DB.Now = p.Now
	p.People = identity.NewPeople(p.DB, keys)
	p.Forms = entry.NewForms(p.DB, keys)
	p.Provider = NewProvider(p.Now)
	key := sha256.Sum256([]byte(tb.Name()))
	p.Manager = &session.Manager{
		People: p.People, Forms: p.Forms, Refusals: entry.NewRefusals(p.DB),
		Tokens: edge.Tokens{Key: key[:], Now: p.Now}, Now: p.Now, Secure: true,
	}
	p.SignIn = &signin.Pages{
		Sessions: p.Manager, Logins: entry.NewLogins(p.DB, keys), Provider: p.Provider,
		Log: logtest.New(p.TB, p.Log),
	}
	p.Limits = edge.DefaultLimits(2)
	return p
}

// Now is the time in the portal.
func (p *Portal) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Pass lets d go by.
func (p *Portal) Pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// Serve puts sections behind the edge, together with the pages of log-in.
func (p *Portal) Serve(sections ...Section) *Portal {
	p.TB.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		p.TB.Fatal(err)
	}
	origin, err := url.Parse(Origin)
	if err != nil {
		p.TB.Fatal(err)
	}
	e := edge.New(edge.Config{
		PublicURL: origin, Catalogue: catalogue, Log: logtest.New(p.TB, p.Log),
		Now: p.Now, Limits: p.Limits,
		Version:     func() uint64 { return 1 },
		Site:        ui.Site{Navigation: []ui.NavItem{{LabelID: "ui.about", Page: paths.About}}},
		SiteVersion: func(context.Context) uint64 { return 1 },
		ErrorPage:   site.ErrorPage,
		Sessions:    p.Manager,
		FormTargets: []string{ProviderOrigin},
	})
	r := chi.NewRouter()
	r.Use(e.RequestID, e.AccessLog, e.Recover, e.SecurityHeaders, e.Bounds, e.Host, e.SameOrigin, e.Slashes(r))
	m := &route.Mux{Router: r, Edge: e.Respond(), Catalogue: catalogue, Guard: e.Guard, Admit: e.Admit}
	e.StaticRoutes(m)
	p.SignIn.Routes(m)
	for _, s := range sections {
		s.Routes(m)
	}
	r.NotFound(e.NotFound())
	r.MethodNotAllowed(e.MethodNotAllowed(r))
	p.Handler, p.Routes = r, m.Routes()
	return p
}

// Page is a Section of one page that answers GET with what render returns.
type Page struct {
	Pair  paths.Pair
	Class route.Class
	Func  respond.Func
	Post  respond.Func
}

// Routes registers the page, and its form when Post is set.
func (p Page) Routes(m *route.Mux) {
	m.Page(http.MethodGet, p.Pair, p.Class, p.Func)
	if p.Post != nil {
		form := p.Class
		form.CSRF, form.Rate, form.Cache = route.Form, route.RateForm, route.CacheNone
		m.Page(http.MethodPost, p.Pair, form, p.Post)
	}
}

// Lines is a log that a test can read.
type Lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes what is logged.
func (l *Lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is everything logged so far.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
