package search_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

func TestEveryNameOfAnOccupationAsksForTheSame(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	for _, names := range [][]string{
		{"lakimies", "juristi", "jurist", "Juristeja"},
		{"sairaanhoitaja", "sjukskötare", "sjuksköterskor", "sh"},
		{"kokki", "kockar", "kokeilla"},
		{"henkilökohtainen avustaja", "personlig assistent"},
		{"opettaja", "lärare"},
		{"etätyö", "distansarbete", "etätöitä"},
		{"osa-aikainen", "deltid"},
	} {
		var want search.Node
		for i, name := range names {
			q, understood, err := a.Compile(search.Criteria{Query: name})
			if err != nil || len(q.Clauses) != 1 || len(understood) != 1 {
				t.Fatalf("%q: %d clauses, understood %v, %v", name, len(q.Clauses), understood, err)
			}
			if i == 0 {
				want = q.Clauses[0].Node
			}
			if diff := cmp.Diff(want, q.Clauses[0].Node); diff != "" {
				t.Errorf("%q asks for another thing than %q:\n%s", name, names[0], diff)
			}
		}
	}
}

func TestNamesInRunningText(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	tests := []struct {
		query, title, text string
		want               bool
	}{
		{"kokki", "Siivooja", "Voit kokeilla työtä.", false},
		{"kokki", "Siivooja", "Työskentelet kokkien kanssa.", true},
		{"kokki", "Siivooja", "Työskentelet laivakokkien kanssa.", true},
		{"lääkäri", "Siivooja", "Tarvitset lääkärintodistuksen.", false},
		{"lääkäri", "Lääkärintodistusten käsittelijä", "", true},
		{"lääkäri", "Siivooja", "Parina on hammaslääkäri.", true},
		{"lääkärintodistus", "Siivooja", "Tarvitset lääkärintodistuksen.", true},
		{"henkilökohtainen avustaja", "Siivooja", "Avustaja antaa henkilökohtaista ohjausta.", false},
		{"-kokki", "Kylmäkkö", "Avustat.", true},
		{"-sairaanhoitaja", "Sjukskötare", "", false},
		{"-sjukskötare", "Sairaanhoitajia", "", false},
		{"-etätyö", "Etätyötä myyjälle", "", false},
	}
	for _, tt := range tests {
		p := posting(title("fi", tt.title))
		p.Content.Description = jobposting.Localised{"fi": tt.text}
		p.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C9112"}
		if got := finds(t, a, search.Criteria{Query: tt.query}, p); got != tt.want {
			t.Errorf("%q: %v, want %v for %q, %q", tt.query, got, tt.want, tt.title, tt.text)
		}
	}
}

func TestFiltersAreUnderstood(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	tests := map[string]struct {
		kind   search.FacetName
		code   string
		change func(c *jobposting.Content)
	}{
		"etätyötä":      {search.FacetFlexible, "true", func(c *jobposting.Content) { c.Flexible = true }},
		"distansarbete": {search.FacetFlexible, "true", func(c *jobposting.Content) { c.Flexible = true }},
		"kokoaikainen":  {search.FacetWorkTime, "01", func(c *jobposting.Content) { c.WorkTime = "01" }},
		"heltid":        {search.FacetWorkTime, "01", func(c *jobposting.Content) { c.WorkTime = "01" }},
		"osa-aikatyötä": {search.FacetWorkTime, "02", func(c *jobposting.Content) { c.WorkTime = "02" }},
		"deltid":        {search.FacetWorkTime, "02", func(c *jobposting.Content) { c.WorkTime = "02" }},
		"kesätöitä":     {search.FacetContinuity, "0202", func(c *jobposting.Content) { c.Continuity = []string{"0202"} }},
		"sommarjobb":    {search.FacetContinuity, "0202", func(c *jobposting.Content) { c.Continuity = []string{"0202"} }},
		"vakituinen":    {search.FacetContinuity, "01", func(c *jobposting.Content) { c.Continuity = []string{"01"} }},
		"tillsvidare":   {search.FacetContinuity, "01", func(c *jobposting.Content) { c.Continuity = []string{"01"} }},
		"määräaikaista": {search.FacetContinuity, "02", func(c *jobposting.Content) { c.Continuity = []string{"0201"} }},
		"visstid":       {search.FacetContinuity, "02", func(c *jobposting.Content) { c.Continuity = []string{"02"} }},
		"kausityö":      {search.FacetContinuity, "0201", func(c *jobposting.Content) { c.Continuity = []string{"0201"} }},
		"säsongsarbete": {search.FacetContinuity, "0201", nil},
	}
	for query, tt := range tests {
		c := search.Criteria{Query: query}
		_, understood, err := a.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		if len(understood) != 1 || understood[0].Kind != tt.kind || !slices.Equal(understood[0].Codes, []string{tt.code}) || understood[0].Name == (reference.Text{}) {
			t.Errorf("%q is understood as %+v", query, understood)
			continue
		}
		if tt.change == nil {
			continue
		}
		p := posting(tt.change)
		if !finds(t, a, c, p) || finds(t, a, c, posting(func(*jobposting.Content) {})) {
			t.Errorf("%q does not do what its filter does", query)
		}
		if c.Literal = []string{understood[0].Word}; finds(t, a, c, p) {
			t.Errorf("%q as a word is still a filter", query)
		}
	}
	if !finds(t, a, search.Criteria{Query: "vakituinen määräaikainen"}, posting(func(c *jobposting.Content) { c.Continuity = []string{"02"} })) {
		t.Error("two values of a filter are not alternatives")
	}
}

func TestWordsWithSeveralMeaningsNameThemAll(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	_, understood, err := a.Compile(search.Criteria{Query: "undersköterska"})
	if err != nil || len(understood) != 1 || understood[0].Name.Fi != "lähihoitaja, perushoitaja" {
		t.Errorf("understood %+v, %v", understood, err)
	}
}

func TestTextsOfSeveralParametersAreJoined(t *testing.T) {
	t.Parallel()

	c, err := search.ParseCriteria(url.Values{"q": {"kokki", "Turku"}})
	if err != nil || c.Query != "kokki Turku" {
		t.Errorf("query %q, %v", c.Query, err)
	}
}
