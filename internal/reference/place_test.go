package reference_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/reference"
)

func TestPlaceFormsGolden(t *testing.T) {
	t.Parallel()

	places := golden(t, "place_forms.tsv")
	if len(places) < 40 {
		t.Errorf("%d places, want 40", len(places))
	}
	for _, p := range places {
		got := reference.PlaceForms(p[0], "fi")
		if got[0] != strings.ToLower(p[0]) {
			t.Errorf("the forms of %s begin with %s", p[0], got[0])
		}
		separator := " "
		if strings.Contains(p[1], ",") {
			separator = ","
		}
		for form := range strings.SplitSeq(p[1], separator) {
			if !slices.Contains(got, form) {
				t.Errorf("%s: %s is missing from %v", p[0], form, got)
			}
		}
	}
}

func TestPlaceForms(t *testing.T) {
	t.Parallel()

	cases := []struct {
		name, lang string
		want       []string
	}{
		{"Turku", "fi", []string{
			"turku", "turun", "turkua", "turkuun", "turussa", "turusta", "turulla", "turulta", "turulle", "turkuna", "turuksi",
		}},
		{"Åbo", "sv", []string{"åbo", "åbos"}},
		{"Grankulla", "sv", []string{"grankulla", "grankullas"}},
		{"Korsnäs", "sv", []string{"korsnäs"}},
		{" Vasa ", "sv", []string{"vasa", "vasas"}},
		{"Lapland", "en", []string{"lapland", "lapland's", "lapland’s"}},
		{"", "fi", nil},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, reference.PlaceForms(c.name, c.lang)); d != "" {
			t.Errorf("%q in %s (-want +got):\n%s", c.name, c.lang, d)
		}
	}
}

// TestEveryPlaceInflects holds all names of municipalities and regions to what
// every Finnish name has: the cases, endings in harmony, no form twice.
func TestEveryPlaceInflects(t *testing.T) {
	t.Parallel()

	endings := [][]string{
		{"n"}, {"ssa", "ssä"}, {"sta", "stä"}, {"lla", "llä"}, {"lta", "ltä"}, {"lle"}, {"na", "nä"}, {"ksi"}, {"an", "en", "in", "on", "un", "yn", "än", "ön"},
	}
	var names []string
	for _, m := range reference.Municipalities() {
		names = append(names, m.Name.Fi)
	}
	for _, r := range reference.Regions() {
		names = append(names, r.Name.Fi)
	}
	for _, name := range names {
		forms := reference.PlaceForms(name, "fi")
		if len(forms) < 11 {
			t.Errorf("%s has %d forms: %v", name, len(forms), forms)
		}
		for _, f := range forms {
			if f != strings.ToLower(f) || strings.ContainsAny(f, "A|^") {
				t.Errorf("%s has the form %q", name, f)
			}
		}
		for _, ends := range endings {
			found := slices.ContainsFunc(forms, func(f string) bool {
				f = strings.TrimSuffix(f, " tl")
				return slices.ContainsFunc(ends, func(e string) bool { return strings.HasSuffix(f, e) })
			})
			if !found {
				t.Errorf("%s has no form in -%s", name, ends[0])
			}
		}
		if d := cmp.Diff(slices.Compact(slices.Sorted(slices.Values(forms))), slices.Sorted(slices.Values(forms))); d != "" {
			t.Errorf("%s has a form twice:\n%s", name, d)
		}
	}
}

func TestPlacesByName(t *testing.T) {
	t.Parallel()

	byName := map[string][]string{}
	for _, p := range reference.Places() {
		for _, name := range p.Names {
			byName[name] = append(byName[name], string(p.Kind)+" "+p.Code)
		}
	}
	cases := map[string][]string{
		"Turku":            {"municipality 853"},
		"Åbo":              {"municipality 853"},
		"Vasa":             {"municipality 905"},
		"Nastola":          {"municipality 398"},
		"Ekenäs":           {"municipality 710"},
		"Åland":            {"region 21", "country AX"},
		"Ahvenanmaa":       {"region 21", "country AX"},
		"Lappi":            {"region 19"},
		"Savo":             {"region 10", "region 11"},
		"pääkaupunkiseutu": {"municipality 049", "municipality 091", "municipality 092", "municipality 235"},
		"Ruotsi":           {"country SE"},
		"Englanti":         {"country GB"},
		"Oman":             nil,
		"Pohja":            nil,
	}
	for name, want := range cases {
		if d := cmp.Diff(want, byName[name]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestEveryMunicipalityAndRegionIsAPlace(t *testing.T) {
	t.Parallel()

	names := map[string][]string{}
	for _, p := range reference.Places() {
		names[string(p.Kind)+p.Code] = p.Names
		switch p.Kind {
		case reference.PlaceMunicipality:
			if m, ok := reference.MunicipalityByCode(p.Code); !ok || m.MergedInto != "" {
				t.Errorf("%v has the code %s", p.Names, p.Code)
			}
		case reference.PlaceRegion:
			if _, ok := reference.RegionByCode(p.Code); !ok {
				t.Errorf("%v has the code %s", p.Names, p.Code)
			}
		case reference.PlaceCountry:
			if _, ok := reference.CountryByCode(p.Code); !ok {
				t.Errorf("%v has the code %s", p.Names, p.Code)
			}
		}
	}
	for _, m := range reference.Municipalities() {
		if got := names["municipality"+m.Code]; m.MergedInto == "" && (!slices.Contains(got, m.Name.Fi) || !slices.Contains(got, m.Name.Sv)) {
			t.Errorf("%s is named %v", m.Name.Fi, got)
		}
	}
	for _, r := range reference.Regions() {
		if got := names["region"+r.Code]; !slices.Contains(got, r.Name.Fi) || !slices.Contains(got, r.Name.Sv) {
			t.Errorf("%s is named %v", r.Name.Fi, got)
		}
	}
}

func TestPlaceFormsOfItsOwnLanguage(t *testing.T) {
	t.Parallel()

	i := slices.IndexFunc(reference.Places(), func(p reference.Place) bool { return p.Code == "271" })
	got := reference.Places()[i].Forms()
	for _, form := range []string{"kokemäellä", "kumo", "kumos"} {
		if !slices.Contains(got, form) {
			t.Errorf("%s is missing from %v", form, got)
		}
	}
	// The partitive of the Swedish name Kumo would be the verb kumoa.
	if slices.Contains(got, "kumoa") {
		t.Errorf("a Swedish name has Finnish endings: %v", got)
	}
}

func TestSuggestCodes(t *testing.T) {
	t.Parallel()

	cases := []struct{ kind, wrong, want string }{
		{reference.KindMunicipality, "91", "091"},
		{reference.KindMunicipality, "Helsinki", "091"},
		{reference.KindMunicipality, "helsingfors", "091"},
		{reference.KindMunicipality, "Tamprere", "837"},
		{reference.KindMunicipality, "Rovan", "698"},
		{reference.KindRegion, "6", "06"},
		{reference.KindRegion, "Lapland", "19"},
		{reference.KindCountry, "fi", "FI"},
		{reference.KindCountry, "Sverige", "SE"},
		{reference.KindLanguage, "Ruotsi", "sv"},
		{reference.KindOccupation, "110", "0110"},
		{reference.KindOccupation, "C2512", "2512"},
		{reference.KindOccupation, "närvårdare", "5321"},
		{reference.KindOccupation, "sairanhoitaja", "2221"},
		{string(reference.Continuity), "kesätyö", "0202"},
		{string(reference.DrivingLicence), "b", "B"},
		{string(reference.Card), "22", "022"},
	}
	for _, c := range cases {
		got := reference.SuggestCodes(c.kind, c.wrong, 3)
		if len(got) == 0 || len(got) > 3 || got[0].Code != c.want {
			t.Errorf("%s %q: got %v, want %s first", c.kind, c.wrong, got, c.want)
		}
	}
	for _, wrong := range []string{"", "  ", "zzzzzz", "999", strings.Repeat("a", 10_000), "\xff\xfe", "'; --"} {
		if got := reference.SuggestCodes(reference.KindMunicipality, wrong, 3); len(got) > 0 {
			t.Errorf("%.20q suggests %v", wrong, got)
		}
	}
	if got := reference.SuggestCodes("nothing", "Turku", 3); got != nil {
		t.Errorf("an unknown kind suggests %v", got)
	}
}
