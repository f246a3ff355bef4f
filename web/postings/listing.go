package postings

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// pageSize is how many postings a page of the listing holds.
const pageSize = 20

// listing is the page of results.
type listing struct {
	state   state
	what    string
	where   string
	filters []filter
	chips   []ui.Chip
	cards   []ui.Card
	result  found
	// name says what is searched for, status how much there is of it.
	name, status string
	understood   []understood
	literals     []understood
	corrections  []advice
	drops        []advice
	// faults are what is wrong with the search; then there is no result.
	faults []fault.FieldError
	// suggestions stand beside the faults: what may have been meant.
	suggestions []advice
}

// understood is a part of the query that was taken as a concept, or one that the
// reader asked to be taken as mere words; the link turns that round.
type understood struct{ Kind, Word, Name, Href string }

// advice is a link to a search that finds something.
type advice struct {
	Label, Href string
	Count       int
}

// found is a result with what was asked for.
type found struct {
	search.Result

	criteria search.Criteria
	// ranked tells that there are words to rank by.
	ranked bool
}

func (p *Pages) showListing(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := i18n.LangOf(ctx)
	query := r.URL.Query()
	s := readState(lang, query)
	if where := strings.TrimSpace(query.Get(paramWhere)); where != "" {
		// The places become words of the query: one analyser reads all words.
		respond.SeeOther(w, r, s.asking(s.query()+" "+where).path())
		return nil
	}
	now := p.Now()
	page, err := p.listing(ctx, s, now)
	if err != nil {
		return p.refuse(w, r, s, err)
	}
	return respond.Page(w, r, http.StatusOK, listingPage(page))
}

// refuse answers a search that cannot be run with the form, for the reader to
// put it right; other errors it passes on.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, s state, err error) error {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return respond.Page(w, r, http.StatusBadRequest, listingPage(p.refused(r.Context(), s, invalid, p.Now())))
}

// listing finds what s asks for and makes the page of it.
func (p *Pages) listing(ctx context.Context, s state, now time.Time) (listing, error) {
	result, err := p.search(ctx, s, pageSize, true)
	if err != nil {
		return listing{}, err
	}
	cards, err := p.Cards(ctx, result.IDs)
	if err != nil {
		return listing{}, err
	}
	l := listing{
		state: s, result: result, cards: cards,
		filters: p.filters(ctx, s, result.Facets, now),
		chips:   p.chips(ctx, s),
		name:    p.title(ctx, s),
		status:  countLine(ctx, result.Result),
	}
	l.what, l.where = s.query(), ""
	for _, u := range result.Understood {
		l.understood = append(l.understood, understood{
			Kind: kindName(ctx, u), Word: u.Word, Name: in(ctx, u.Name),
			Href: s.with(paramLiteral, u.Word).path(),
		})
		if u.Kind != search.FacetOccupation && !u.Excluded {
			if rest := replaceWord(l.what, u.Word, ""); rest != l.what {
				l.what, l.where = rest, strings.TrimSpace(l.where+" "+u.Word)
			}
		}
	}
	for _, word := range s.values[paramLiteral] {
		l.literals = append(l.literals, understood{Word: word, Href: s.without(paramLiteral, word).path()})
	}
	l.corrections = corrections(s, result.Corrections)
	l.drops = p.drops(ctx, s, result)
	return l, nil
}

// search runs what s asks for, a page of limit postings.
func (p *Pages) search(ctx context.Context, s state, limit int, aids bool) (found, error) {
	request, err := search.ParseRequest(s.params())
	if err != nil {
		return found{}, err
	}
	query, understood, err := p.Analyser.Compile(request.Criteria)
	if err != nil {
		return found{}, err
	}
	request.Limit, request.Facets, request.Repairs = limit, aids, aids
	result, err := p.Searcher.Search(ctx, query, request)
	if err != nil {
		return found{}, err
	}
	result.Understood = understood
	return found{
		Result: result, criteria: request.Criteria,
		ranked: slices.ContainsFunc(query.Clauses, func(c search.Clause) bool { return c.Ranks }),
	}, nil
}

// refused is the page for a search that cannot be run. It keeps what was asked
// so that it can be put right.
func (p *Pages) refused(ctx context.Context, s state, e *fault.InvalidError, now time.Time) listing {
	l := listing{
		state: s, what: s.query(), faults: slices.Clone(e.Fields),
		filters: p.filters(ctx, s, nil, now), chips: p.chips(ctx, s),
	}
	for i, f := range l.faults {
		l.suggestions = append(l.suggestions, suggestions(ctx, s, f)...)
		if !l.hasField(f.Field) {
			// The summary's link must lead somewhere.
			l.faults[i].Field = "results"
		}
	}
	return l
}

// countLine says how much was found, postings and the people wanted in them.
func countLine(ctx context.Context, r search.Result) string {
	line := i18n.TCount(ctx, "search.count", r.Total)
	if !r.CountExact {
		line = i18n.TData(ctx, "search.count_over", map[string]any{"Count": i18n.Number(r.Total)})
	}
	if r.Positions > r.Total {
		line += ", " + i18n.TCount(ctx, "search.positions", r.Positions)
	}
	return line
}

// chips are the chosen filters, each a link that takes it off.
func (p *Pages) chips(ctx context.Context, s state) []ui.Chip {
	var chips []ui.Chip
	for _, name := range criteriaParams {
		if name == paramQuery || name == paramLiteral {
			continue
		}
		for _, v := range s.values[name] {
			chips = append(chips, ui.Chip{Label: p.label(ctx, name, v), Href: s.without(name, v).path()})
		}
	}
	return chips
}

// cleared is s without any filter.
func (s state) cleared() state {
	return s.change(func(v url.Values) {
		for name := range v {
			if name != paramQuery && name != paramLiteral {
				delete(v, name)
			}
		}
	})
}

func corrections(s state, found []search.Correction) []advice {
	var out []advice
	for _, c := range found {
		query := replaceWord(s.query(), c.Word, c.Instead)
		if query == s.query() || c.Count == 0 {
			continue
		}
		out = append(out, advice{Label: query, Href: s.asking(query).path(), Count: c.Count})
	}
	return out
}

func kindName(ctx context.Context, u search.Interpretation) string {
	kind := i18n.T(ctx, "search.kind."+string(u.Kind))
	if u.Excluded {
		return i18n.TData(ctx, "search.understood_not", map[string]any{"Kind": kind})
	}
	return kind
}

// suggestions are searches with a known code in the place of one that is not.
func suggestions(ctx context.Context, s state, e fault.FieldError) []advice {
	codes, _ := e.Data["Suggestions"].([]reference.Entry)
	wrong, _ := e.Data["Code"].(string)
	out := make([]advice, len(codes))
	for i, c := range codes {
		out[i] = advice{Label: in(ctx, c.Name) + " (" + c.Code + ")", Href: s.without(e.Field, wrong).with(e.Field, c.Code).path()}
	}
	return out
}

// drops tells what may be left out of a search that finds nothing, what helps
// most first.
func (p *Pages) drops(ctx context.Context, s state, result found) []advice {
	var out []advice
	for _, d := range result.Drops {
		if d.Count == 0 {
			continue
		}
		out = append(out, advice{
			Label: p.dropped(ctx, s, d), Href: s.criteria(result.criteria.Without(d.Field, d.Value)).path(), Count: d.Count,
		})
	}
	slices.SortStableFunc(out, func(a, b advice) int { return b.Count - a.Count })
	return out
}

// dropped names what a drop leaves out.
func (p *Pages) dropped(ctx context.Context, s state, d search.Drop) string {
	if d.Value != "" {
		return p.label(ctx, d.Field, d.Value)
	}
	var names []string
	for _, v := range s.values[d.Field] {
		names = append(names, p.label(ctx, d.Field, v))
	}
	return strings.Join(names, ", ")
}

// Cards makes the cards of postings in the order of ids. One that is not open has
// none.
func (p *Pages) Cards(ctx context.Context, ids []int64) ([]ui.Card, error) {
	found, err := jobposting.Cards(ctx, p.DB, ids)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	cards := make([]ui.Card, 0, len(found))
	for _, c := range found {
		if c.Status == jobposting.StatusOpen {
			cards = append(cards, card(ctx, &c, now))
		}
	}
	return cards, nil
}

func card(ctx context.Context, c *jobposting.Card, now time.Time) ui.Card {
	title, _ := said(ctx, c.Title)
	if title.Text == "" {
		title = ui.Plain(i18n.T(ctx, "postings.untitled"))
	}
	out := ui.Card{
		Href: paths.Job(i18n.LangOf(ctx), c.ID), Title: title,
		Deadline: sentence(deadline(ctx, now, c.ExpiresAt)), Soon: closesSoon(now, c.ExpiresAt),
		New: isNew(now, c.PublishedAt),
	}
	out.Lines = append(out.Lines, ui.Plain(employerOfCard(ctx, c)))
	if place := placeOfCard(ctx, c); place != "" {
		out.Lines = append(out.Lines, ui.Plain(place))
	}
	out.Details = append(out.Details, ui.Plain(sentence(published(ctx, now, c.PublishedAt))))
	out.Details = append(out.Details, cardDetails(ctx, c)...)
	return out
}

func (l listing) canonical() string { return l.state.criteriaPath(paths.JobSearch) }

// twins are the addresses of the same search in each language.
func (l listing) twins(ctx context.Context) []twin {
	var out []twin
	for _, lang := range i18n.Langs {
		s := l.state
		s.lang = lang
		out = append(out, twin{string(lang), ui.Absolute(ctx, s.criteriaPath(paths.JobSearch))})
	}
	return out
}

type twin struct{ Lang, Href string }

// noIndex keeps everything but broad selections out of search engines: pages
// that only differ by a filter or two beyond that are one page to a reader.
func (l listing) noIndex() bool {
	return !l.state.isFirst() || l.state.all != "" || l.state.sort != "" ||
		l.state.query() != "" && l.state.filters() > 0 || l.state.filters() > 2 || len(l.state.values[paramSince]) > 0 ||
		len(l.state.values[paramLiteral]) > 0 || l.result.Total == 0
}

// title names the page. It begins with what was found, since that is what a
// screen reader says first when a page has loaded.
func (l listing) title(ctx context.Context) string {
	if len(l.faults) > 0 || l.state.empty() && l.state.isFirst() {
		return i18n.T(ctx, "search.title")
	}
	title := l.status + ": " + l.name
	if !l.state.isFirst() {
		title += i18n.TData(ctx, "search.title_from", map[string]any{"From": i18n.Number(l.result.Offset + 1)})
	}
	return title
}

func (l listing) fault(field string) (fault.FieldError, bool) {
	for _, e := range l.faults {
		if e.Field == field {
			return e, true
		}
	}
	return fault.FieldError{}, false
}

func (l listing) invalid(field string) bool {
	_, ok := l.fault(field)
	return ok
}

func (l listing) invalidAttributes(field string) templ.Attributes {
	if !l.invalid(field) {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": field + "-error"}
}

// hasField tells whether the form has a field of that name to put right.
func (l listing) hasField(name string) bool {
	return name == paramQuery || name == paramEmployer ||
		slices.ContainsFunc(l.filters, func(f filter) bool { return f.Name == name && len(f.Options) > 0 })
}

func (l listing) clearPath() string {
	if len(l.chips) < 2 {
		return ""
	}
	return l.state.cleared().path()
}

// order is a link that sorts the results.
type order struct {
	By      search.Sort
	Href    string
	Current bool
}

// orders lists the orders, the one that a search has by itself first.
func (l listing) orders() []order {
	by := []search.Sort{search.SortNewest, search.SortClosing}
	if l.result.ranked {
		by = []search.Sort{search.SortRelevance, search.SortNewest, search.SortClosing}
	}
	current := cmp.Or(l.state.sort, by[0])
	out := make([]order, len(by))
	for i, sort := range by {
		to := l.state.sorted(sort)
		if i == 0 {
			to = l.state.sorted("")
		}
		out[i] = order{sort, to.path(), sort == current}
	}
	return out
}

func (l listing) next() string {
	if l.result.Next == "" {
		return ""
	}
	return l.state.follows(l.result.Next).path()
}

func (l listing) previous() string {
	if l.result.Previous == "" {
		return ""
	}
	return l.state.precedes(l.result.Previous).path()
}

func (f filter) inputType() string {
	if f.One {
		return "radio"
	}
	return "checkbox"
}
