// Package watches serves the pages of the job watch: ordering one from a search,
// confirming it, the subscriber's own page, ending it, and the public figures.
// Nobody logs in here; a token in the address says which watch it is. GET
// changes nothing, however often a mail scanner follows a link.
package watches

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Pages needs only what its handlers use.
type Pages struct {
	Watches *jobwatch.Watches
	Terms   *terms.Terms
	Tokens  edge.Tokens
	// Cards makes the cards of open postings, and Label says what a value of a
	// search's parameter asks for; Fields reads criteria and returns the fields of
	// the search, with what is wrong in them. postings.Pages has them all.
	Cards  func(ctx context.Context, ids []int64) ([]ui.Card, error)
	Label  func(ctx context.Context, name, value string) string
	Fields func(ctx context.Context, form string, v url.Values) (templ.Component, search.Criteria, []fault.FieldError, error)
	// Closed tells that there is no mail server: no orders are taken.
	Closed bool
}

// Routes registers the pages.
func (p *Pages) Routes(m *route.Mux) {
	page := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	look := page
	look.Rate = route.RateSearch
	form := route.Class{Audience: route.Public, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm}
	m.Page(http.MethodGet, paths.Watch, look, p.showOrder)
	m.Page(http.MethodPost, paths.Watch, form, p.submitOrder)
	m.Page(http.MethodGet, paths.WatchOrdered, page, p.showOrdered)
	m.Page(http.MethodGet, paths.WatchConfirm, page, p.showConfirm)
	m.Page(http.MethodPost, paths.WatchConfirm, form, p.confirm)
	m.Page(http.MethodGet, paths.WatchOwn, page, p.showOwn)
	m.Page(http.MethodPost, paths.WatchOwn, form, p.submitOwn)
	m.Page(http.MethodGet, paths.WatchPosting, page, p.showPosting)
	m.Page(http.MethodPost, paths.WatchPosting, form, p.submitPosting)
	m.Page(http.MethodGet, paths.WatchChange, look, p.showChange)
	m.Page(http.MethodPost, paths.WatchChange, form, p.submitChange)
	m.Page(http.MethodGet, paths.WatchCancel, page, p.showCancel)
	m.Page(http.MethodPost, paths.WatchCancel, form, p.cancel)
	m.Page(http.MethodGet, paths.WatchEnd, page, p.showEnd)
	// The token in the address is what the mail's one click is known by: no form
	// of ours comes with it (RFC 8058).
	end := form
	end.CSRF = route.Signed
	m.Page(http.MethodPost, paths.WatchEnd, end, p.end)
	m.Page(http.MethodGet, paths.WatchEnded, page, p.showEnded)
	m.Page(http.MethodGet, paths.WatchQuality, page, p.showQuality)
}

// Link returns the path of the page that a token opens: jobwatch.Deps.Link.
func Link(purpose jobwatch.Purpose, lang i18n.Lang, token string) string {
	page := paths.WatchOwn
	switch purpose {
	case jobwatch.ToConfirm:
		page = paths.WatchConfirm
	case jobwatch.ToEnd:
		page = paths.WatchEnd
	case jobwatch.ToManage:
	}
	return paths.Fill(page, lang, token)
}

func tokenOf(r *http.Request) string { return chi.URLParam(r, "token") }

// own is the address of one of the pages behind a token.
func own(ctx context.Context, page paths.Pair, token string) string {
	return paths.Fill(page, i18n.LangOf(ctx), token)
}

// withCriteria is an address with the parameters of criteria.
func withCriteria(path string, c search.Criteria) string { return paths.WithQuery(path, c.Values()) }

// criterion is one value of a search, in words.
type criterion struct {
	jobwatch.Criterion

	Label string
}

// words says criteria in words.
func (p *Pages) words(ctx context.Context, c search.Criteria) []criterion {
	return p.inWords(ctx, jobwatch.CriteriaOf(c))
}

func (p *Pages) inWords(ctx context.Context, criteria []jobwatch.Criterion) []criterion {
	var all []criterion
	for _, c := range criteria {
		all = append(all, criterion{c, p.Label(ctx, c.Name, c.Value)})
	}
	return all
}

func languages(ctx context.Context, chosen i18n.Lang) []ui.Option {
	var all []ui.Option
	for _, l := range i18n.Langs {
		all = append(all, ui.Option{Value: string(l), Label: i18n.T(ctx, "watches.language."+string(l)), Selected: l == chosen})
	}
	return all
}

func langOf(text string) i18n.Lang {
	if i18n.Lang(text) == i18n.Swedish {
		return i18n.Swedish
	}
	return i18n.Finnish
}
