// Package route registers handlers together with what a reader of the router
// must know of them: who may come, how forged requests are kept out, how long
// an answer may be kept and which rate limit counts it. The tests and the
// command "portal routes" take their list from here.
package route

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
)

// Audience says who may come to a route.
type Audience string

// Public routes are for everybody; Operator routes answer without details. The
// others need a log-in: Person of anybody, Representative of somebody who acts
// for an organisation now, Partner of a representative of an approved partner
// who has confirmed the terms, Staff of an officer of any group.
const (
	Public         Audience = "public"
	Operator       Audience = "operator"
	Person         Audience = "person"
	Representative Audience = "representative"
	Partner        Audience = "partner"
	Staff          Audience = "staff"
)

// StaffOf is for officers of at least one of groups.
func StaffOf(groups ...identity.Group) Audience {
	a := Staff
	for i, g := range groups {
		sep := Audience("+")
		if i == 0 {
			sep = ":"
		}
		a += sep + Audience(g)
	}
	return a
}

// CSRF says how a route is kept from forged requests.
type CSRF string

// Safe routes change nothing; Form routes need the same origin and a form
// token; Signed routes take a message that its sender has signed.
const (
	Safe   CSRF = "safe"
	Form   CSRF = "form"
	Signed CSRF = "signed"
)

// Cache says how long an answer may be kept, and by whom.
type Cache string

// CacheData answers are made of the postings and stay valid while the data
// version does; CacheSite answers are kept like them but need no data.
// CacheStatic answers stay valid for ever since their address changes with their
// content, CacheShort ones for minutes; CacheNone answers are kept by nobody.
const (
	CacheData   Cache = "data"
	CacheSite   Cache = "site"
	CacheStatic Cache = "static"
	CacheShort  Cache = "short"
	CacheNone   Cache = "none"
)

// Rate names the limit that counts a route's requests.
type Rate string

// The rate classes.
const (
	RatePage   Rate = "page"
	RateSearch Rate = "search"
	RateForm   Rate = "form"
	RateFree   Rate = "free"
	// RateOutside is for pages that wait for a system outside of the portal. They
	// have more time than others, and room of their own: however many of them
	// hang, nobody else waits.
	RateOutside Rate = "outside"
)

// Class is what a reader of the router must know of a route.
type Class struct {
	Audience Audience `json:"audience"`
	CSRF     CSRF     `json:"csrf"`
	Cache    Cache    `json:"cache"`
	Rate     Rate     `json:"rate"`
	// Fresh asks for an identification that is at most five minutes old.
	Fresh bool `json:"fresh,omitempty"`
	// Confirmed has the right to act for the organisation asked for anew before
	// the handler runs, for what binds the organisation.
	Confirmed bool `json:"confirmed,omitempty"`
	// Upload lets a form bring files: multipart, up to 6 MiB, with more time. Such
	// a form is taken only from those who are logged in, and when they are no
	// longer, it is not kept for them.
	Upload bool `json:"upload,omitempty"`
	// Anew is a form that counts only where its page has just been read, or that
	// holds what is not to lie anywhere: when its sender has to log in first,
	// nothing of it is kept, and its page is shown again.
	Anew bool `json:"anew,omitempty"`
}

// Open tells that a route is for everybody.
func (c Class) Open() bool { return c.Audience == Public || c.Audience == Operator }

// Route is one entry of the router.
type Route struct {
	Method  string `json:"method"`
	Pattern string `json:"pattern"`
	Class
}

// Mux registers routes on a chi router.
type Mux struct {
	// Router receives the handlers; its middleware goes around all of them.
	Router chi.Router
	Edge   respond.Edge
	// Catalogue speaks the language of a page.
	Catalogue *i18n.Catalogue
	// Guard puts around a handler what its class asks for.
	Guard func(Class, http.Handler) http.Handler
	// Admit lets only the class's audience through to a handler. It works in the
	// language of the page. Without it routes that are not open are closed.
	Admit func(Class, http.Handler) http.Handler

	routes []Route
}

// Page registers f at both addresses of p, each in its language.
func (m *Mux) Page(method string, p paths.Pair, c Class, f respond.Func) {
	for _, lang := range i18n.Langs {
		m.add(method, p.In(lang), c, m.inLanguage(lang, p, m.admit(c, m.Edge.To(f))))
	}
}

// Handle registers h at an address that has no language.
func (m *Mux) Handle(method, pattern string, c Class, f respond.Func) {
	m.add(method, pattern, c, m.admit(c, m.Edge.To(f)))
}

func (m *Mux) admit(c Class, h http.Handler) http.Handler {
	switch {
	case c.Open():
		return h
	case m.Admit != nil:
		return m.Admit(c, h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Edge.Refuse(w, r, http.StatusForbidden)
	})
}

func (m *Mux) add(method, pattern string, c Class, h http.Handler) {
	m.routes = append(m.routes, Route{Method: method, Pattern: pattern, Class: c})
	h = m.Guard(c, h)
	m.Router.Method(method, pattern, h)
	if method == http.MethodGet {
		m.Router.Method(http.MethodHead, pattern, h)
	}
}

func (m *Mux) inLanguage(lang i18n.Lang, p paths.Pair, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here := paths.Here{Page: p, Query: r.URL.Query()}
		if c := chi.RouteContext(r.Context()); c != nil {
			here.Values = slices.Clone(c.URLParams.Values)
		}
		ctx := paths.With(i18n.With(r.Context(), m.Catalogue, lang), here)
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Routes lists what was registered, by pattern and method.
func (m *Mux) Routes() []Route {
	return slices.SortedFunc(slices.Values(m.routes), func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method))
	})
}
