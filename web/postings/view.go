package postings

import (
	"cmp"
	"context"
	"slices"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

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
		len(l.state.values[paramLiteral]) > 0 || l.state.unplaced != "" || l.result.Total == 0
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
