package postings

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/ui"
)

// resultsID is the element that the results, or their absence, stand under.
const resultsID = "results"

// pageSize is how many postings a page of the listing holds.
const pageSize = 20

// listing is the page of results.
type listing struct {
	// form is the ID of the form that the fields belong to.
	form    string
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
	wider        []advice
	// faults are what is wrong with the search; then there is no result.
	faults []fault.FieldError
	// suggestions stand beside the faults: what may have been meant.
	suggestions []advice
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
	s, query, err := readAddress(r)
	if err != nil {
		return p.refuse(w, r, s, err)
	}
	if where := tidy(unquoted(query.Get(paramWhere), " ")); where != "" {
		// The places become words of the query: one analyser reads all words.
		respond.SeeOther(w, r, s.inPlaces(where, p.unplaced(where)).path())
		return nil
	}
	page, err := p.listing(ctx, s, pageSize, p.Now())
	if err != nil {
		return p.refuse(w, r, s, err)
	}
	return respond.Page(w, r, http.StatusOK, listingPage(page))
}

// readAddress takes the state from the address of r. An address that cannot be
// read to its end is an error: half a search would give other postings than those
// that were asked for.
func readAddress(r *http.Request) (state, url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	s := readState(i18n.LangOf(r.Context()), query)
	if err != nil {
		return s, query, &fault.InvalidError{Fields: []fault.FieldError{{Field: resultsID, MessageID: "search.bad_address"}}}
	}
	return s, query, nil
}

// isPlace tells the kinds of words that belong into the field for places.
func isPlace(kind search.FacetName) bool {
	return kind == search.FacetMunicipality || kind == search.FacetRegion || kind == search.FacetCountry
}

// unplaced returns the words of where that name no place.
func (p *Pages) unplaced(where string) string {
	_, understood, err := p.Analyser.Compile(search.Criteria{Query: where})
	if err != nil {
		return ""
	}
	for _, u := range understood {
		if isPlace(u.Kind) {
			where = replaceWord(where, u.Word, "")
		}
	}
	return where
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

// listing finds what s asks for and makes the page of it, with the cards of up to
// limit postings.
func (p *Pages) listing(ctx context.Context, s state, limit int, now time.Time) (listing, error) {
	result, err := p.search(ctx, s, limit, true)
	if err != nil {
		return listing{}, err
	}
	cards, err := p.Cards(ctx, result.IDs)
	if err != nil {
		return listing{}, err
	}
	l := listing{
		form: formID, state: s, result: result, cards: cards,
		filters: p.filters(ctx, s, result.Facets, now),
		chips:   p.chips(ctx, s),
		name:    p.title(ctx, s),
		status:  countLine(ctx, result.Result),
	}
	l.what = s.query()
	if s.unplaced != "" {
		l.what, l.where = removeWords(l.what, s.unplaced), s.unplaced
	}
	for _, u := range result.Understood {
		l.understood = append(l.understood, understood{
			Kind: kindName(ctx, u), Word: u.Word, Name: in(ctx, u.Name),
			Href: s.with(paramLiteral, u.Word).path(),
		})
		if isPlace(u.Kind) && !u.Excluded {
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
	l.wider = wider(ctx, s, result)
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
		form: formID, state: s, what: s.query(), faults: slices.Clone(e.Fields),
		filters: p.filters(ctx, s, nil, now), chips: p.chips(ctx, s),
	}
	for i, f := range l.faults {
		l.suggestions = append(l.suggestions, suggestions(ctx, s, f)...)
		l.faults[i].Data = withField(ctx, f)
		if !l.hasField(f.Field) {
			// The summary's link must lead somewhere.
			l.faults[i].Field = resultsID
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
