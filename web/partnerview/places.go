package partnerview

import (
	"net/url"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// maxFound is how many municipalities a search shows.
const maxFound = 20

// Fields of the form of places besides those of the form: what municipality is
// searched for, and for which one the page has shown what was found.
const (
	placeField    = "q"
	searchedField = "searched"
)

// TakePlaces is for a form that goes on while a municipality stands in its
// search field. Names written in full are chosen; for others it returns what is
// to be said at the field, and the text to show hits for. What hits have been
// shown for already is left to the boxes.
func TakePlaces(values url.Values, form partner.Form) (partner.Form, string, []fault.FieldError) {
	query := strings.TrimSpace(values.Get(placeField))
	if query == "" || query == strings.TrimSpace(values.Get(searchedField)) || form.WholeCountry {
		return form, "", nil
	}
	codes, whole := municipalitiesCalled(query)
	for _, code := range codes {
		if !slices.Contains(form.Municipalities, code) {
			form.Municipalities = append(slices.Clone(form.Municipalities), code)
		}
	}
	if whole {
		return form, "", nil
	}
	id := "partner.invalid.place_unknown"
	if len(searchMunicipalities(query)) > 0 {
		id = "partner.invalid.place_unclear"
	}
	return form, query, []fault.FieldError{{Field: placeField, MessageID: id}}
}

// placeNames are the names in text, which commas part.
func placeNames(text string) []string {
	var all []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.ToLower(strings.Join(strings.Fields(name), " ")); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// municipalitiesCalled returns the codes of the municipalities that have just
// the names in text, in either language, and whether all of them are ones.
func municipalitiesCalled(text string) (codes []string, whole bool) {
	whole = true
	for _, name := range placeNames(text) {
		found := municipalities(func(candidate string) bool { return candidate == name })
		whole = whole && len(found) > 0
		codes = append(codes, found...)
	}
	return codes, whole
}

// searchMunicipalities returns the codes of municipalities that each name in
// text may mean: one of their names or its beginning, in either language, or,
// when there is none, those whose names differ little from it.
func searchMunicipalities(text string) []string {
	var codes []string
	for _, name := range placeNames(text) {
		found := municipalities(func(candidate string) bool { return strings.HasPrefix(candidate, name) })
		if len(found) == 0 {
			for _, e := range reference.SuggestCodes(reference.KindMunicipality, name, maxFound) {
				found = append(found, e.Code)
			}
		}
		for _, code := range found {
			if !slices.Contains(codes, code) && len(codes) < maxFound {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

// municipalities returns the codes of those with a name, in lower case, that
// fits.
func municipalities(fits func(name string) bool) []string {
	var codes []string
	for _, place := range reference.Places() {
		if place.Kind == reference.PlaceMunicipality && slices.ContainsFunc(place.Names, func(name string) bool { return fits(strings.ToLower(name)) }) {
			codes = append(codes, place.Code)
		}
	}
	return codes
}
