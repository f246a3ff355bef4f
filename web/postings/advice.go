package postings

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

// understood is a part of the query that was taken as a concept, or one that the
// reader asked to be taken as mere words; the link turns that round.
type understood struct{ Kind, Word, Name, Href string }

// advice is a link to a search that finds something.
type advice struct {
	Label, Href string
	Count       int
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

// fieldLabels name the parameters in which a code may be wrong.
//
//nolint:gochecknoglobals // a constant table
var fieldLabels = map[string]string{
	string(search.FacetRegion): "search.filter.region", string(search.FacetMunicipality): "search.filter.municipality",
	string(search.FacetCountry): "search.filter.country", string(search.FacetOccupation): "search.filter.occupation",
	string(search.FacetContinuity): "search.filter.continuity", string(search.FacetWorkTime): "search.filter.working_time",
	string(search.FacetEmployment): "search.filter.employment", string(search.FacetWorkLanguage): "search.filter.work_language",
	string(search.FacetPostingLanguage): "search.filter.posting_language", paramSort: "search.sort",
}

// withField is the data of e's message with the name of the field: a summary of
// mistakes stands far from the fields.
func withField(ctx context.Context, e fault.FieldError) map[string]any {
	label, ok := fieldLabels[e.Field]
	if !ok || len(e.Data) == 0 {
		return e.Data
	}
	data := maps.Clone(e.Data)
	data["Field"] = i18n.T(ctx, label)
	return data
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

// wider leads from an occupation that nobody asks for to the larger group that
// it belongs to.
func wider(ctx context.Context, s state, result found) []advice {
	out := make([]advice, len(result.Wider))
	for i, w := range result.Wider {
		out[i] = advice{Label: in(ctx, w.Name), Href: s.criteria(result.criteria.Widened(w)).path(), Count: w.Count}
	}
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
