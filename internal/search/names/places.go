package names

import (
	"strings"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// homeCountry is left to words unless it is in a local case: "suomen kielen
// opettaja" asks for no country.
const homeCountry = "FI"

func (n *Names) addPlaces() {
	for _, p := range reference.Places() {
		e := entry{code: p.Code}
		switch p.Kind {
		case reference.PlaceMunicipality:
			m, _ := reference.MunicipalityByCode(p.Code)
			e.field, e.name = document.FieldMunicipality, m.Name
		case reference.PlaceRegion:
			r, _ := reference.RegionByCode(p.Code)
			e.field, e.name = document.FieldRegion, r.Name
		case reference.PlaceCountry:
			c, _ := reference.CountryByCode(p.Code)
			e.field, e.name = document.FieldCountry, c.Name
		}
		n.addPlace(e, p.Forms())
	}
	for _, m := range reference.Municipalities() {
		living, ok := Living(m.Code)
		if m.MergedInto == "" || !ok {
			continue
		}
		e := entry{field: document.FieldMunicipality, code: living.Code, name: living.Name}
		for language, name := range map[string]string{"fi": m.Name.Fi, "sv": m.Name.Sv} {
			if key := placeKey(name); n.places[key] == nil && !n.ordinary(key) {
				n.addPlace(e, reference.PlaceForms(name, language))
			}
		}
	}
}

func (n *Names) addPlace(e entry, forms []string) {
	for _, form := range forms {
		key := placeKey(form)
		put(n.places, n.prefixes, key, e)
		if e.field == document.FieldRegion && strings.Contains(key, "-") {
			put(n.places, n.prefixes, strings.ReplaceAll(key, "-", " "), e)
		}
	}
}

// Living returns the municipality that a code stands for now: another one when
// it has merged since.
func Living(code string) (reference.Municipality, bool) {
	m, ok := reference.MunicipalityByCode(code)
	if !ok || m.MergedInto == "" {
		return m, ok
	}
	return reference.MunicipalityByCode(m.MergedInto)
}

// placeKey returns a place's name as its words.
func placeKey(name string) string {
	words := lexis.Words(lexis.Clean(name))
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, " ")
}

// ordinary reports whether a name is also an ordinary word.
func (n *Names) ordinary(name string) bool {
	for _, reading := range n.words.Readings(name) {
		if !reading.Name && reading.BaseForm == name {
			return true
		}
	}
	return false
}

// meansCountry tells a country from the language and the people that go by its
// name: the genitive means those, and so does the bare name where the language
// is one that work often asks for.
func (n *Names) meansCountry(word string, e entry) bool {
	for _, name := range [...]string{e.name.Fi, e.name.Sv, e.name.En} {
		if word == strings.ToLower(name) {
			return !askedLanguage(word) && e.code != homeCountry
		}
	}
	for _, ending := range [...]string{
		"ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle",
		"seen", "siin", "hin", "aan", "ään", "iin", "oon", "öön", "uun", "yyn", "een",
	} {
		if strings.HasSuffix(word, ending) {
			return true
		}
	}
	return false
}

// askedLanguage reports whether the name of a country is more often meant as the
// language of the same name.
func askedLanguage(word string) bool {
	switch word {
	case "ruotsi", "saksa", "venäjä", "viro", "ranska":
		return true
	}
	return false
}
