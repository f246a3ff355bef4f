package index

import (
	"cmp"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// facetFields are the facets in the order of a result.
var facetFields = [...]struct {
	name  search.FacetName
	field document.Field
}{
	{search.FacetMunicipality, document.FieldMunicipality},
	{search.FacetRegion, document.FieldRegion},
	{search.FacetCountry, document.FieldCountry},
	{search.FacetOccupation, document.FieldOccupation},
	{search.FacetContinuity, document.FieldContinuity},
	{search.FacetWorkTime, document.FieldWorkTime},
	{search.FacetEmployment, document.FieldEmployment},
	{search.FacetPostingLanguage, document.FieldPostingLanguage},
	{search.FacetWorkLanguage, document.FieldWorkLanguage},
	{search.FacetFlexible, document.FieldFlexible},
}

// facetField returns the field of a facet, 0 when there is no such facet.
func facetField(name search.FacetName) document.Field {
	for _, f := range facetFields {
		if f.name == name {
			return f.field
		}
	}
	return 0
}

// facets counts the postings behind each value of each facet. What is filtered
// by a facet's own field is counted anew without that filter.
func (e *evaluation) facets(m matched, everything bool) []search.Facet {
	counts := e.c.totals
	if !everything {
		counts = e.count(m.all)
	}
	values := e.values(counts)
	for field := range m.own {
		b := e.without(m, field)
		values[field] = e.values(e.count(b))[field]
		e.give(b)
	}
	result := make([]search.Facet, 0, len(facetFields))
	for _, f := range facetFields {
		result = append(result, search.Facet{Name: f.name, Values: values[f.field]})
	}
	return result
}

// count counts the postings by counted code.
func (e *evaluation) count(matches bitset) []int32 {
	if cap(e.counts) < len(e.c.counted) {
		e.counts = make([]int32, len(e.c.counted)+64)
	}
	counts := e.counts[:len(e.c.counted)]
	clear(counts)
	at, facets := e.c.facetsAt, e.c.facets
	for slot := range matches.all {
		for _, number := range facets[at[slot]:at[slot+1]] {
			counts[number]++
		}
	}
	return counts
}

// values puts counts in order, by field.
func (e *evaluation) values(counts []int32) [document.FieldFlexible + 1][]search.FacetValue {
	var values [document.FieldFlexible + 1][]search.FacetValue
	for number, n := range counts {
		if n > 0 {
			k := &e.c.codes[e.c.counted[number]]
			values[k.Field] = append(values[k.Field], search.FacetValue{Code: k.Value, Count: int(n)})
		}
	}
	for _, v := range values {
		slices.SortFunc(v, func(a, b search.FacetValue) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
		})
	}
	return values
}
