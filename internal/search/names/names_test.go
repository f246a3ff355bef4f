package names_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
	"tyomarkkinatori.fi/portal/internal/search/names"
)

func TestFind(t *testing.T) {
	t.Parallel()

	n := names.New(lexis.NewAnalyser(finnishtest.Open(t)), nil)
	type found struct {
		words string
		field document.Field
		code  string
	}
	tests := map[string][]found{
		"":                             nil,
		"mukava työ":                   nil,
		"turun":                        {{"turun", document.FieldMunicipality, "853"}},
		"i åbo eller vasa":             {{"åbo", document.FieldMunicipality, "853"}, {"vasa", document.FieldMunicipality, "905"}},
		"koskella tl":                  {{"koskella tl", document.FieldMunicipality, "284"}},
		"egentliga finland":            {{"egentliga finland", document.FieldRegion, "02"}},
		"etelä pohjanmaalla":           {{"etelä pohjanmaalla", document.FieldRegion, "14"}},
		"sairaanhoitajia helsinkiin":   {{"sairaanhoitajia", document.FieldOccupation, "2221"}, {"helsinkiin", document.FieldMunicipality, "091"}},
		"toimitusjohtajaksi":           {{"toimitusjohtajaksi", document.FieldOccupation, "1120"}},
		"verkställande direktör sökes": {{"verkställande direktör", document.FieldOccupation, "1120"}},
		"ruotsin":                      nil,
		"ruotsissa":                    {{"ruotsissa", document.FieldCountry, "SE"}},
	}
	for text, want := range tests {
		words := strings.Fields(text)
		var got []found
		for _, m := range n.Find(words) {
			code := m.Codes[0]
			for _, w := range want {
				if slices.Contains(m.Codes, w.code) {
					code = w.code
				}
			}
			got = append(got, found{strings.Join(words[m.Start:m.End], " "), m.Field, code})
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(found{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestMergedMunicipalitiesMeanTheLivingOnes(t *testing.T) {
	t.Parallel()

	n := names.New(lexis.NewAnalyser(finnishtest.Open(t)), nil)
	asked := 0
	for _, m := range reference.Municipalities() {
		living, ok := names.Living(m.Code)
		if !ok || living.MergedInto != "" {
			t.Errorf("%s lives on as %+v", m.Name.Fi, living)
		}
		if m.MergedInto == "" {
			continue
		}
		for _, match := range n.Find([]string{strings.ToLower(m.Name.Fi)}) {
			if match.Field == document.FieldMunicipality && len(match.Codes) == 1 && match.Codes[0] == living.Code {
				asked++
			}
		}
	}
	if asked < 80 {
		t.Errorf("only %d merged municipalities are understood", asked)
	}
	// A merged municipality whose name is a word stays a word.
	if got := n.Find([]string{"eno"}); len(got) != 0 {
		t.Errorf("eno means %v", got)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()

	n := names.New(lexis.NewAnalyser(finnishtest.Open(t)), nil)
	tests := []struct {
		language    lexis.Language
		title, want string
	}{
		{lexis.Finnish, "Kokki, Turku", "5120"},
		{lexis.Finnish, "Keikkakokkeja kesäksi", "5120"},
		{lexis.Swedish, "Kockar sökes", "5120"},
		{lexis.Finnish, "Mukava työ", ""},
		{lexis.English, "Cook", ""},
	}
	for _, tt := range tests {
		got := n.Classify(tt.language, tt.title)
		if tt.want == "" && len(got) == 0 || slices.Contains(got, tt.want) {
			continue
		}
		t.Errorf("%q: %q, want %q", tt.title, got, tt.want)
	}
}

func TestISCO(t *testing.T) {
	t.Parallel()

	const uri = "http://data.europa.eu/esco/occupation/1"
	n := names.New(lexis.NewAnalyser(nil), []reference.Concept{{URI: uri, ISCO: "2221", Name: reference.Text{Fi: "jokin"}}})
	for given, want := range map[string]string{
		"http://data.europa.eu/esco/isco/C2221":   "2221",
		"http://data.europa.eu/esco/isco/C22":     "22",
		"http://data.europa.eu/esco/isco/C9999":   "",
		uri:                                       "2221",
		"http://data.europa.eu/esco/occupation/2": "",
		"": "",
	} {
		if got := n.ISCO(given); got != want {
			t.Errorf("ISCO(%q) = %q, want %q", given, got, want)
		}
	}
}
