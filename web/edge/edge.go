// Package edge is what stands between the network and the pages: limits on what
// a request may be, the headers that every answer carries, the access log, the
// cache of rendered pages and the guard against too much work at once.
package edge

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/static"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Edge holds what the middlewares share. Make it with New.
type Edge struct {
	Config

	respond respond.Edge
	origin  string
	host    string
	pages   *pageCache
	limits  map[route.Rate]func(http.Handler) http.Handler
	gates   map[route.Rate]*gate
	uploads *gate
	breaker breaker
}

// Config is what an Edge needs. All fields are required save AccessLog,
// TrustedProxies, Loaded, Build, Development, Sessions and FormTargets.
type Config struct {
	// PublicURL is the address under which readers know the portal.
	PublicURL *url.URL
	Catalogue *i18n.Catalogue
	Log       *slog.Logger
	// AccessLog takes a line of JSON for each request, in one Write that must
	// not block; nil sends them through Log, which costs more.
	AccessLog io.Writer
	Now       func() time.Time
	// TrustedProxies may tell the reader's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	Limits         Limits
	// Version names the data that pages are made of: equal versions, equal pages.
	Version func() uint64
	// Loaded tells whether that data is all there; nil means that it is. Until
	// then the pages made of it are refused.
	Loaded func() bool
	// Site is what pages show around their content; the edge adds origin and
	// request ID. SiteVersion changes whenever it does.
	Site        ui.Site
	SiteVersion func(ctx context.Context) uint64
	// Build changes when the program does.
	Build string
	// Development lets any loopback name reach the portal.
	Development bool
	// ErrorPage makes the page for a status; it must not fail.
	ErrorPage respond.ErrorPage
	// Sessions knows who is at the browser; nil lets nobody log in.
	Sessions Sessions
	// FormTargets are the origins besides our own that the answer to a form may
	// lead to: the identification service and e-Authorizations.
	FormTargets []string
}

// Limits bound the work that readers can cause.
type Limits struct {
	// PagesPerMinute, SearchesPerMinute and FormsPerMinute count by IPv4
	// address or IPv6 /64 network, and only what had to be made: answers from
	// memory are free. A form counts when it was filled in without mistake; a
	// refused one counts as a page. 0 sets no limit.
	PagesPerMinute, SearchesPerMinute, FormsPerMinute int
	// Pages and Searches are how many of each are made at the same time.
	Pages, Searches int
	// Outside is how many pages may wait for other systems, and OutsideTimeout
	// how long.
	Outside        int
	OutsideTimeout time.Duration
	// Uploads is how many forms with files are received at the same time.
	Uploads int
	// Timeout is the time to make one page.
	Timeout time.Duration
	// CacheBytes is the memory for rendered pages.
	CacheBytes int
}

// DefaultLimits suit a process with cpus processors.
func DefaultLimits(cpus int) Limits {
	return Limits{
		PagesPerMinute:    1200,
		SearchesPerMinute: 600,
		FormsPerMinute:    20,
		Pages:             16 * cpus,
		Searches:          2 * cpus,
		Outside:           128 * cpus,
		OutsideTimeout:    6 * time.Second,
		Uploads:           8 * cpus,
		Timeout:           3 * time.Second,
		CacheBytes:        64 << 20,
	}
}

// New returns an Edge for c.
func New(c Config) *Edge {
	e := &Edge{Config: c, host: bareHost(c.PublicURL.Host)}
	e.origin = c.PublicURL.Scheme + "://" + c.PublicURL.Host
	e.respond = respond.Edge{ErrorPage: c.ErrorPage, Log: c.Log, Prepare: e.prepare, Outage: e.breaker.trip}
	e.pages = newPageCache(c.Limits.CacheBytes, e.version, e.breaker.refusing)
	e.limits = e.rateLimits()
	e.gates = map[route.Rate]*gate{
		route.RatePage:    newGate(c.Limits.Pages),
		route.RateForm:    newGate(c.Limits.Pages),
		route.RateSearch:  newGate(c.Limits.Searches),
		route.RateOutside: newGate(c.Limits.Outside),
	}
	e.uploads = newGate(c.Limits.Uploads)
	return e
}

// Respond adapts handlers and answers errors.
func (e *Edge) Respond() respond.Edge { return e.respond }

// secure tells whether readers come over TLS.
func (e *Edge) secure() bool { return e.PublicURL.Scheme == "https" }

// Guard puts around a page's handler what its class asks for. An answer from
// memory passes neither limit nor gate: it costs less than refusing would.
func (e *Edge) Guard(c route.Class, h http.Handler) http.Handler {
	h = e.furnish(h)
	if c.Cache == route.CacheNone {
		h = e.recognise(c, h)
	}
	h = e.deadline(c, h)
	if g := e.gates[c.Rate]; g != nil {
		h = e.admit(g, h)
	}
	if needsDatabase(c) {
		h = e.protect(h)
	}
	switch {
	case c.Upload:
		h = e.upload(h)
	case c.CSRF != route.Safe:
		h = e.receive(h)
	}
	h = e.measure(c, h)
	if limit := e.limits[c.Rate]; limit != nil {
		h = limit(h)
	}
	switch c.Cache {
	case route.CacheData:
		return e.whenLoaded(e.personal(e.pages.keep(h), h))
	case route.CacheSite:
		return e.personal(e.pages.keep(h), h)
	case route.CacheStatic, route.CacheShort, route.CacheNone:
	}
	return compress(cacheControl(c.Cache, h))
}

func cacheControl(c route.Cache, h http.Handler) http.Handler {
	value := "no-store"
	switch c {
	case route.CacheShort:
		value = "public, max-age=300"
	case route.CacheStatic, route.CacheData, route.CacheSite:
		return h
	case route.CacheNone:
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", value)
		h.ServeHTTP(w, r)
	})
}

// whenLoaded refuses what would speak of postings before they are there: a page
// that says that there are none would be wrong, and kept.
func (e *Edge) whenLoaded(h http.Handler) http.Handler {
	if e.Loaded == nil {
		return h
	}
	refuse := compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.respond.Error(w, r, busy())
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !e.Loaded() {
			refuse.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (e *Edge) deadline(c route.Class, h http.Handler) http.Handler {
	limit := e.Limits.Timeout
	switch {
	case c.Upload:
		limit = uploadWork
	case c.Rate == route.RateOutside:
		limit = e.Limits.OutsideTimeout
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// furnish puts into the context what every page shows.
func (e *Edge) furnish(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(e.withSite(r.Context(), requestID(w))))
	})
}

func (e *Edge) withSite(ctx context.Context, id string) context.Context {
	site := e.Site
	site.Origin, site.RequestID = e.origin, id
	if e.Sessions != nil {
		site.Account = e.Sessions.Account
	}
	return ui.With(ctx, site)
}

// prepare makes ctx fit for an error page: an error may come before anything
// has chosen the language.
func (e *Edge) prepare(w http.ResponseWriter, r *http.Request) context.Context {
	ctx := r.Context()
	if paths.Current(ctx).Page == (paths.Pair{}) {
		ctx = i18n.With(ctx, e.Catalogue, language(r))
	}
	return e.withSite(ctx, requestID(w))
}

// Refuse answers with the error page for status.
func (e *Edge) Refuse(w http.ResponseWriter, r *http.Request, status int) {
	e.respond.Refuse(w, r, status)
}

// version names everything that a rendered page depends on.
func (e *Edge) version(ctx context.Context) version {
	return version{data: e.Version(), site: e.SiteVersion(ctx), period: e.Now().Unix() / int64(period.Seconds()), build: e.Build}
}

// StaticRoutes registers the style sheet, fonts and pictures.
func (e *Edge) StaticRoutes(m *route.Mux) {
	class := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheStatic, Rate: route.RateFree}
	m.Handle(http.MethodGet, static.Pattern, class, func(w http.ResponseWriter, r *http.Request) error {
		if !static.Serve(w, r, respond.AcceptsGzip(r)) {
			return fault.ErrNotFound
		}
		return nil
	})
	m.Handle(http.MethodGet, "/favicon.ico", class, func(w http.ResponseWriter, r *http.Request) error {
		static.ServeIcon(w, respond.AcceptsGzip(r))
		return nil
	})
}

// Slashes leads from an address of router with a slash too many at its end to
// the right one.
func (e *Edge) Slashes(router chi.Routes) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := strings.TrimRight(r.URL.Path, "/")
			if path == "" || path == r.URL.Path || strings.HasPrefix(path, "//") || r.URL.RawPath != "" ||
				r.Method == http.MethodPost || !router.Match(chi.NewRouteContext(), r.Method, path) {
				h.ServeHTTP(w, r)
				return
			}
			to := url.URL{Path: path, RawQuery: r.URL.RawQuery}
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
		})
	}
}

// NotFound answers for addresses that no route has.
func (e *Edge) NotFound() http.HandlerFunc {
	return compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Refuse(w, r, http.StatusNotFound)
	})).ServeHTTP
}

// MethodNotAllowed answers for routes of router that take other methods.
func (e *Edge) MethodNotAllowed(router chi.Routes) http.HandlerFunc {
	return compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range [...]string{http.MethodGet, http.MethodHead, http.MethodPost} {
			if router.Match(chi.NewRouteContext(), method, r.URL.Path) {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		e.Refuse(w, r, http.StatusMethodNotAllowed)
	})).ServeHTTP
}

func busy() error { return &fault.BusyError{RetryAfter: retryAfter} }
