// Package web is the portal's HTTP edge: it puts the pages of every section
// behind one list of middlewares.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/notice"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/health"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/site"
	"tyomarkkinatori.fi/portal/web/static"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Deps is what the edge needs of the rest of the portal.
type Deps struct {
	// PublicURL is the address under which readers know the portal.
	PublicURL *url.URL
	Catalogue *i18n.Catalogue
	Log       *slog.Logger
	// AccessLog takes a line of JSON for each request, in one Write that must
	// not block: edge.NewLogWriter makes one. nil sends them through Log.
	AccessLog io.Writer
	Now       func() time.Time
	// TrustedProxies may tell the reader's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// Limits bound the work that readers can cause; nil means
	// edge.DefaultLimits.
	Limits *edge.Limits
	// Version names the data that pages are made of: equal versions, equal pages.
	Version func() uint64
	// Loaded tells whether that data is all there; nil means that it is. Until
	// then pages made of it are refused.
	Loaded func() bool
	// Notices are the service notices to show.
	Notices *notice.Board
	// Build changes when the program does.
	Build string
	// Development adds the page of components and lets any loopback name in.
	Development bool
	// Ready are the checks behind /health/ready.
	Ready []health.Check
	Site  site.Pages
	// Sessions knows who is at the browser; nil lets nobody log in.
	Sessions edge.Sessions
	// FormTargets are the origins of others that our forms may lead to.
	FormTargets []string
	// Sections are the other sections of the service.
	Sections []Section
}

// Section is a part of the service with routes of its own.
type Section interface{ Routes(m *route.Mux) }

// New returns the portal's handler and the list of its routes.
func New(d Deps) (http.Handler, []route.Route) {
	if d.Limits == nil {
		limits := edge.DefaultLimits(runtime.GOMAXPROCS(0))
		d.Limits = &limits
	}
	e := edge.New(edge.Config{
		PublicURL:      d.PublicURL,
		Catalogue:      d.Catalogue,
		Log:            d.Log,
		AccessLog:      d.AccessLog,
		Now:            d.Now,
		TrustedProxies: d.TrustedProxies,
		Limits:         *d.Limits,
		Version:        d.Version,
		Loaded:         d.Loaded,
		Site:           ui.Site{Navigation: navigation(), Notices: shown(d.Notices)},
		SiteVersion:    d.Notices.Version,
		Build:          d.Build + static.Version(),
		Development:    d.Development,
		ErrorPage:      site.ErrorPage,
		Sessions:       d.Sessions,
		FormTargets:    d.FormTargets,
	})
	r := chi.NewRouter()
	r.Use(
		e.RequestID,
		e.AccessLog,
		e.Recover,
		e.SecurityHeaders,
		e.Bounds,
		e.Host,
		e.SameOrigin,
		e.Slashes(r),
	)
	m := &route.Mux{Router: r, Edge: e.Respond(), Catalogue: d.Catalogue, Guard: e.Guard, Admit: e.Admit}

	e.StaticRoutes(m)
	health.Routes(m, d.Log, d.Ready)
	d.Site.Routes(m)
	for _, s := range d.Sections {
		s.Routes(m)
	}
	if d.Development {
		site.DevelopmentRoutes(m)
	}
	r.NotFound(e.NotFound())
	r.MethodNotAllowed(e.MethodNotAllowed(r))
	return r, m.Routes()
}

// navigation lists the sections of the service in the order of the main menu.
func navigation() []ui.NavItem {
	return []ui.NavItem{
		{LabelID: "ui.jobs", Page: paths.JobSearch},
		{LabelID: "watches.nav", Page: paths.Watch},
		{LabelID: "site.nav.join", Page: paths.Join},
		{LabelID: "ui.about", Page: paths.About},
	}
}

// shown returns what is on board in words for a page.
func shown(board *notice.Board) func(ctx context.Context) []ui.Notice {
	kinds := map[notice.Kind]ui.NoticeKind{
		notice.Break: ui.NoticeWarning,
		notice.Fault: ui.NoticeAlert,
		notice.News:  ui.NoticeInfo,
	}
	return func(ctx context.Context) []ui.Notice {
		var all []ui.Notice
		for _, n := range board.Current(ctx) {
			all = append(all, ui.Notice{Kind: kinds[n.Kind], Title: i18n.T(ctx, "ui.notice."+string(n.Kind)), Text: n.In(i18n.LangOf(ctx))})
		}
		return all
	}
}

// Server returns a server for h with limits on slow and silent clients.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    edge.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
