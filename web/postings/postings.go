// Package postings holds the job seeker's pages: the search and its results, one
// posting, and the forms of both that machines read: feed, calendar, structured
// data and sitemap.
package postings

import (
	"net/http"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/route"
)

// Pages serves the job seeker's pages.
type Pages struct {
	// Analyser makes queries of criteria for Searcher.
	Analyser *search.Analyser
	Searcher search.Searcher
	// Similar returns the IDs of up to n open postings most like p, without p.
	Similar func(p *jobposting.Posting, n int) []int64
	// DB is where the postings are read from.
	DB postgres.Querier
	// Now is the clock that tells "today" from "tomorrow".
	Now func() time.Time
	// PublicURL is the portal's own address without a slash at its end.
	PublicURL string
	// Concepts are the occupations of ESCO by their URIs. Without one only groups
	// of ISCO-08 have names.
	Concepts map[string]reference.Concept
}

// Routes registers the pages.
func (p *Pages) Routes(m *route.Mux) {
	list := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RateSearch}
	page := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	m.Page(http.MethodGet, paths.JobSearch, list, p.showListing)
	m.Page(http.MethodGet, paths.JobFeed, list, p.showFeed)
	m.Page(http.MethodGet, paths.JobDeadlines, list, p.showDeadlines)
	m.Page(http.MethodGet, paths.JobPosting, page, p.showPosting)
	m.Handle(http.MethodGet, paths.SiteMapIndex, page, p.showSitemapIndex)
	m.Handle(http.MethodGet, sitemapPartPattern, page, p.showSitemapPart)
}
