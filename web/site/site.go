// Package site serves the pages that belong to the service as a whole: the front
// page, what we tell about ourselves, feedback and the error pages.
package site

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Pages needs only what its handlers use.
type Pages struct {
	Overview Overviewer
	Feedback *feedback.Feedback
	Tokens   edge.Tokens
	// Kept returns the rule under which a kind of data is kept.
	Kept func(ctx context.Context, kind string) (keeping.Rule, error)
}

// Overviewer tells what there is to find.
type Overviewer interface {
	// Overview returns texts in the language of ctx.
	Overview(ctx context.Context) (Overview, error)
}

// Overview is what the front page shows of the open postings.
type Overview struct {
	// Open counts postings, Positions the people wanted in them.
	Open, Positions int
	// Summer and Flexible count summer jobs and work that can be done anywhere.
	Summer, Flexible int
	// Trades and Regions are the ways in, in the order in which to show them.
	Trades, Regions []Tally
	// Weeks are the postings published in each week, oldest first; the last one
	// is not over yet. It may be empty.
	Weeks []Tally
	// Newest, Closing and SummerJobs are a few postings of each kind.
	Newest, Closing, SummerJobs []ui.Card
}

// Tally counts open postings under a code.
type Tally struct {
	Code, Name string
	Count      int
}

// Routes registers the pages.
func (p Pages) Routes(m *route.Mux) {
	page := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	about := page
	about.Cache = route.CacheSite
	open := page
	open.Cache = route.CacheNone
	short := page
	short.Cache = route.CacheShort
	form := route.Class{Audience: route.Public, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}

	m.Handle(http.MethodGet, "/", open, showStart)
	m.Handle(http.MethodGet, "/robots.txt", short, showRobots)
	m.Page(http.MethodGet, paths.Front, page, p.showFront)
	m.Page(http.MethodGet, paths.About, about, show(aboutPage))
	m.Page(http.MethodGet, paths.Privacy, about, show(privacyPage))
	m.Page(http.MethodGet, paths.Cookies, about, show(cookiesPage))
	m.Page(http.MethodGet, paths.Accessibility, about, show(accessibilityPage))
	m.Page(http.MethodGet, paths.SiteMap, about, show(siteMapPage))
	m.Page(http.MethodGet, paths.Feedback, open, p.showFeedback)
	m.Page(http.MethodPost, paths.Feedback, form, p.submitFeedback)
	m.Page(http.MethodGet, paths.FeedbackDone, about, show(feedbackDonePage))
}

// show serves a page that depends on nothing but the language.
func show(page func() templ.Component) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, page())
	}
}

// showStart leads from the bare address to the front page in the reader's
// language.
func showStart(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Vary", "Accept-Language")
	front := paths.Front.Fi
	if edge.Preferred(r) == i18n.Swedish {
		front = paths.Front.Sv
	}
	respond.SeeOther(w, r, front)
	return nil
}

// showRobots lets search engines in and leads them to the postings.
func showRobots(w http.ResponseWriter, r *http.Request) error {
	text := "User-agent: *\nDisallow: /dev/\nSitemap: " + ui.Absolute(r.Context(), paths.SiteMapIndex) + "\n"
	respond.Content(w, "text/plain; charset=utf-8", []byte(text))
	return nil
}

func (p Pages) showFront(w http.ResponseWriter, r *http.Request) error {
	o, err := p.Overview.Overview(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, frontPage(o))
}
