package reference

import (
	"slices"
	"strings"
	"sync"
)

// PlaceKind tells which code table a place belongs to.
type PlaceKind string

// The kinds of place.
const (
	PlaceMunicipality PlaceKind = "municipality"
	PlaceRegion       PlaceKind = "region"
	PlaceCountry      PlaceKind = "country"
)

// Place is a municipality, region or country with the names that people use for
// it.
type Place struct {
	// Code is the code in the table of Kind, of a present municipality where it
	// is one.
	Code string
	Kind PlaceKind
	// Names begins with the official Finnish and Swedish name, one name when
	// they are the same. A name of several places (pääkaupunkiseutu,
	// Turunmaa) stands at each of them.
	Names []string

	fi, sv []string
}

// Forms returns what in running text stands for the place: each name in the
// forms of its own language, in lower case, none twice. A Swedish name gets
// Finnish endings only where there is no other name.
func (p Place) Forms() []string {
	var all []string
	for _, name := range p.Names {
		all = append(all, strings.ToLower(name))
	}
	for _, name := range p.fi {
		all = append(all, PlaceForms(name, "fi")...)
	}
	for _, name := range p.sv {
		all = append(all, PlaceForms(name, "sv")...)
	}
	return unique(all)
}

// Places returns every place, municipalities first, then regions and countries,
// each by code.
func Places() []Place { return places() }

type placeKey struct {
	kind PlaceKind
	code string
}

type placeName struct{ lang, name string }

var places = sync.OnceValue(func() []Place {
	further, without := map[placeKey][]placeName{}, map[placeKey]string{}
	for c := range rows("places.tsv", 4) {
		k := placeKey{PlaceKind(c[0]), c[1]}
		if name, ok := strings.CutPrefix(c[3], "!"); ok {
			without[k] = name
			continue
		}
		further[k] = append(further[k], placeName{c[2], c[3]})
	}
	var all []Place
	add := func(kind PlaceKind, code string, names ...placeName) {
		k := placeKey{kind, code}
		p := Place{Code: code, Kind: kind}
		for _, n := range append(names, further[k]...) {
			if n.name != without[k] {
				p.name(n)
			}
		}
		if len(p.Names) > 0 {
			all = append(all, p)
		}
	}
	for _, m := range Municipalities() {
		if m.MergedInto == "" {
			add(PlaceMunicipality, m.Code, placeName{"fi", m.Name.Fi}, placeName{"sv", m.Name.Sv})
		}
	}
	for _, r := range Regions() {
		add(PlaceRegion, r.Code, placeName{"fi", r.Name.Fi}, placeName{"sv", r.Name.Sv}, placeName{"en", r.Name.En})
	}
	for _, c := range Countries() {
		add(PlaceCountry, c.Code, placeName{"fi", c.Name.Fi}, placeName{"sv", c.Name.Sv}, placeName{"en", c.Name.En})
	}
	return all
})

func (p *Place) name(n placeName) {
	if !slices.Contains(p.Names, n.name) {
		p.Names = append(p.Names, n.name)
	}
	if n.lang == "fi" || n.lang == "*" {
		p.fi = append(p.fi, n.name)
	}
	if n.lang == "sv" || n.lang == "*" {
		p.sv = append(p.sv, n.name)
	}
}

func unique(all []string) []string {
	seen := make(map[string]bool, len(all))
	return slices.DeleteFunc(all, func(s string) bool {
		known := seen[s]
		seen[s] = true
		return known
	})
}
