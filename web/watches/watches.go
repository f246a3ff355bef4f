// Package watches serves the pages of the job watch: ordering one from a search,
// confirming it, the subscriber's own page, ending it, and the public figures.
// Nobody logs in here; a token in the address says which watch it is. GET
// changes nothing, however often a mail scanner follows a link.
package watches

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

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
	// search's parameter asks for: postings.Pages has both.
	Cards func(ctx context.Context, ids []int64) ([]ui.Card, error)
	Label func(ctx context.Context, name, value string) string
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
	m.Page(http.MethodGet, paths.WatchChange, page, p.showChange)
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

// criterion is one value of a search, in words.
type criterion struct{ Name, Value, Label string }

// words says criteria in words.
func (p *Pages) words(ctx context.Context, c search.Criteria) []criterion {
	var all []criterion
	for _, name := range parameters() {
		for _, value := range c.Values()[name] {
			if name == "literal" {
				continue
			}
			all = append(all, criterion{name, value, p.Label(ctx, name, value)})
		}
	}
	return all
}

// parameters lists the parameters of a search in the order in which its
// criteria are told.
func parameters() []string {
	return []string{
		"q", "literal", "occupation", "municipality", "region", "country", "flexible_location", "continuity", "working_time",
		"employment", "work_language", "posting_language", "employer",
	}
}

// hidden are the criteria as a form takes them along.
func hidden(c search.Criteria) []criterion {
	var all []criterion
	v := c.Values()
	for _, name := range parameters() {
		for _, value := range v[name] {
			all = append(all, criterion{Name: name, Value: value})
		}
	}
	return all
}

// criteriaOf reads the criteria of a form or an address. When something in them
// is not known, they are empty.
func criteriaOf(v url.Values) search.Criteria {
	c, err := search.ParseCriteria(v)
	if err != nil {
		return search.Criteria{}
	}
	return c
}

func rhythms(ctx context.Context, chosen jobwatch.Rhythm) []ui.Option {
	var all []ui.Option
	for _, r := range jobwatch.Rhythms() {
		all = append(all, ui.Option{
			Value: string(r), Label: i18n.T(ctx, "watches.rhythm."+string(r)), Selected: r == chosen,
			Hint: i18n.T(ctx, "watches.rhythm_hint."+string(r)),
		})
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
