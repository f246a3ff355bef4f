package profile

import (
	"strings"
	"sync"

	"tyomarkkinatori.fi/portal/internal/reference"
)

// readPlace writes the name of a municipality, in either language, as its code
// and leaves everything else.
func readPlace(text string) string {
	if code, ok := placeCodes()[strings.ToLower(strings.Join(strings.Fields(text), " "))]; ok {
		return code
	}
	return text
}

// placeCodes are the codes of municipalities by their names in lower case.
var placeCodes = sync.OnceValue(func() map[string]string {
	codes := map[string]string{}
	for _, p := range reference.Places() {
		if p.Kind != reference.PlaceMunicipality {
			continue
		}
		for _, name := range p.Names {
			if name = strings.ToLower(name); codes[name] == "" {
				codes[name] = p.Code
			}
		}
	}
	return codes
})

// isPlace tells whether code is of a present municipality.
func isPlace(code string) bool {
	m, ok := reference.MunicipalityByCode(code)
	return ok && m.MergedInto == ""
}
