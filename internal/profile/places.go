package profile

import (
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/reference"
)

// readPlace writes the name of a municipality, in either language, as its code
// and leaves everything else.
func readPlace(text string) string {
	name := strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, p := range reference.Places() {
		if p.Kind == reference.PlaceMunicipality && slices.ContainsFunc(p.Names, func(n string) bool { return strings.ToLower(n) == name }) {
			return p.Code
		}
	}
	return text
}

// isPlace tells whether code is of a present municipality.
func isPlace(code string) bool {
	m, ok := reference.MunicipalityByCode(code)
	return ok && m.MergedInto == ""
}
