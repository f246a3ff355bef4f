package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

func posting(change func(*jobposting.Content)) *jobposting.Posting {
	p := &jobposting.Posting{ID: 1, Status: jobposting.StatusOpen, Content: jobposting.Content{
		Languages: []string{"fi"},
		Title:     jobposting.Localised{"fi": "Työntekijä"},
	}}
	change(&p.Content)
	return p
}

func title(language, text string) func(*jobposting.Content) {
	return func(c *jobposting.Content) { c.Title = jobposting.Localised{language: text} }
}

// finds tells whether a query finds a posting.
func finds(t *testing.T, a *search.Analyser, c search.Criteria, p *jobposting.Posting) bool {
	t.Helper()
	q, _, err := a.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	d := a.Document(p)
	return q.Matches(a.View(&d))
}

func TestAQueryFinds(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	description := func(text string) func(*jobposting.Content) {
		return func(c *jobposting.Content) { c.Description = jobposting.Localised{"fi": text} }
	}
	turku := func(c *jobposting.Content) { c.Municipalities = []string{"853"} }
	tests := []struct {
		query  string
		change func(*jobposting.Content)
		want   bool
	}{
		{"", title("fi", "Kokki"), true},
		{"  &!(| %_ ", title("fi", "Kokki"), true},
		{"hoitajan", title("fi", "Lähihoitajia"), true},
		{"HOITAJAN", title("fi", "Lähihoitajia"), true},
		{"lähihoitaja", title("fi", "Hoitajia"), false},
		{"kokki tarjoilija", title("fi", "Kokkeja"), false},
		{"kokki tarjoilija", title("fi", "Kokkeja ja tarjoilijoita"), true},
		{"kokki -tarjoilija", title("fi", "Kokkeja ja tarjoilijoita"), false},
		{"-tarjoilija", title("fi", "Kokkeja"), true},
		{"C++", title("fi", "C++-ohjelmoija"), true},
		{"C#", title("fi", "C++-ohjelmoija"), false},
		{"c#", title("fi", "Ohjelmoija (C#/.NET)"), true},
		{".net", title("fi", "Ohjelmoija (C#/.NET)"), true},
		{"net", title("fi", "Ohjelmoija (C#/.NET)"), false},
		{"F#", title("en", "F# developer"), true},
		{"3D", title("sv", "3D-grafiker"), true},
		{"IT", title("fi", "IT-tukihenkilö"), true},
		{"IT", title("fi", "Italian opettaja"), false},
		{"it-tuki", title("fi", "IT tuki"), true},
		{"h&m", title("fi", "Myyjä, H&M"), true},
		{"eu", title("fi", "EU:n hankkeet"), true},
		{"hoit*", title("fi", "Hoitajan sijainen"), true},
		{"hoit*", title("fi", "Lähihoitaja"), false},
		{"h*", title("fi", "Hoitajan sijainen"), true},
		{"h*", title("fi", "Lähihoitaja"), false},
		{"töi*", title("fi", "Töissä"), true},
		{"työ*", title("fi", "Töissä"), true},
		{`"vastaava kokki"`, title("fi", "Vastaava kokki"), true},
		{`"vastaava kokki"`, title("fi", "Kokki, vastaava"), false},
		{`"vastaava kokki"`, description("Etsimme: vastaava\nkokki"), true},
		{`"vastaava kokki"`, description("On vastaava.\n\nKokki myös."), false},
		{`-"vastaava kokki"`, title("fi", "Vastaava kokki"), false},
		{`”vastaava kokki”`, title("fi", "Vastaava kokki"), true},
		{"Turussa", turku, true},
		{"i Åbo", turku, true},
		{"Helsinki Turku", turku, true},
		{"Varsinais-Suomi", turku, true},
		{"-Turku", turku, false},
		{"Suomessa", turku, true},
		{"engineers", title("en", "Software engineer"), true},
		{"käytännön", description("**Käytännön** [työtä](https://example.org/kokki)"), true},
		{"kokki", description("**Käytännön** [työtä](https://example.org/kokki)"), false},
		{"script", description("<script>alert(1)</script>Siivous"), false},
		{"siivoustyö", description("<p>Siivous&shy;työtä &amp; muuta</p>"), true},
		{"sairaanhoitaja", title("sv", "Sjukskötare"), true},
		{"sjuksköterska", title("fi", "Sairaanhoitajia"), true},
		{"rekrytointi", func(c *jobposting.Content) { c.Client.Name = jobposting.Localised{"fi": "Oy Rekrytointi Ab"} }, true},
	}
	for _, tt := range tests {
		if got := finds(t, a, search.Criteria{Query: tt.query}, posting(tt.change)); got != tt.want {
			t.Errorf("%q: %v, want %v for %v", tt.query, got, tt.want, posting(tt.change).Content)
		}
	}
}

func TestCriteriaFind(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(nil, nil)
	p := posting(func(c *jobposting.Content) {
		c.Municipalities = []string{"445"}
		c.Continuity = []string{"0201"}
		c.Occupations = []string{"http://data.europa.eu/esco/isco/C2221"}
		c.Advertiser = jobposting.Organisation{BusinessID: "1234567-1", Name: jobposting.Localised{"fi": "Saariston Sairaala Oy"}}
	})
	tests := []struct {
		name string
		c    search.Criteria
		want bool
	}{
		{"municipality", search.Criteria{Municipalities: []string{"091", "445"}}, true},
		{"another municipality", search.Criteria{Municipalities: []string{"091"}}, false},
		{"region", search.Criteria{Regions: []string{"02"}}, true},
		{"country", search.Criteria{Countries: []string{"FI"}}, true},
		{"both", search.Criteria{Regions: []string{"02"}, Countries: []string{"SE"}}, false},
		{"fixed-term holds seasonal", search.Criteria{Continuity: []string{"02"}}, true},
		{"summer job", search.Criteria{Continuity: []string{"0202"}}, false},
		{"major group", search.Criteria{Occupations: []string{"2"}}, true},
		{"unit group", search.Criteria{Occupations: []string{"2221"}}, true},
		{"group by address", search.Criteria{Occupations: []string{"http://data.europa.eu/esco/isco/C222"}}, true},
		{"another group", search.Criteria{Occupations: []string{"223"}}, false},
		{"business ID", search.Criteria{Employer: "1234567-1"}, true},
		{"name", search.Criteria{Employer: "sairaala saariston"}, true},
		{"another name", search.Criteria{Employer: "sairaala turun"}, false},
		{"flexible", search.Criteria{Flexible: true}, false},
	}
	for _, tt := range tests {
		if got := finds(t, a, tt.c, p); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAMergedMunicipalityIsTheLivingOne(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(nil, nil)
	merged, ok := reference.MunicipalityByCode("297")
	if ok && merged.MergedInto != "" {
		t.Fatal("297 is Kuopio")
	}
	var past reference.Municipality
	for _, m := range reference.Municipalities() {
		if m.MergedInto == "297" {
			past = m
		}
	}
	p := posting(func(c *jobposting.Content) { c.Municipalities = []string{past.Code} })
	for _, code := range []string{"297", past.Code} {
		if !finds(t, a, search.Criteria{Municipalities: []string{code}}, p) {
			t.Errorf("%s does not find a posting in %s", code, past.Name.Fi)
		}
	}
}

func TestWhatWasUnderstoodIsTold(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	_, got, err := a.Compile(search.Criteria{Query: "Sairaanhoitajan työ Turussa -Espoo"})
	if err != nil {
		t.Fatal(err)
	}
	kinds := []search.FacetName{}
	for _, u := range got {
		kinds = append(kinds, u.Kind)
	}
	want := []search.FacetName{search.FacetOccupation, search.FacetMunicipality, search.FacetMunicipality}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Fatalf("kinds (-want +got):\n%s", diff)
	}
	if got[0].Word != "Sairaanhoitajan" || got[0].Name.Sv != "sjukskötare" || got[1].Word != "Turussa" || !got[2].Excluded {
		t.Errorf("understood %+v", got)
	}
}

func TestUnderstandingCanBeUndone(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	saysTurku := posting(title("fi", "Turun murre"))
	inTurku := posting(func(c *jobposting.Content) { c.Municipalities = []string{"853"} })
	c := search.Criteria{Query: "Turku"}
	if finds(t, a, c, saysTurku) || !finds(t, a, c, inTurku) {
		t.Error("Turku is not taken as the place")
	}
	_, understood, err := a.Compile(c)
	if err != nil || len(understood) != 1 {
		t.Fatalf("understood %v, %v", understood, err)
	}
	c.Literal = []string{understood[0].Word}
	if !finds(t, a, c, saysTurku) || finds(t, a, c, inTurku) {
		t.Error("Turku is not taken as a word")
	}
	if _, understood, _ := a.Compile(c); len(understood) != 0 {
		t.Errorf("still understood %v", understood)
	}
}

func TestTitlesTellUnknownOccupations(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	tests := []struct {
		language, title, uri, group string
		want                        bool
	}{
		{"fi", "Sairaanhoitajia Turkuun", "http://data.europa.eu/esco/occupation/unknown", "2221", true},
		{"fi", "Vastaava teho-osaston sairaanhoitaja", "", "2221", true},
		{"sv", "Sjukskötare till Åbo", "", "2221", true},
		{"fi", "Sairaanhoitaja", "http://data.europa.eu/esco/isco/C5120", "2221", false},
		{"fi", "Sairaanhoitaja", "http://data.europa.eu/esco/isco/C5120", "5120", true},
	}
	for _, tt := range tests {
		p := posting(title(tt.language, tt.title))
		if tt.uri != "" {
			p.Content.Occupations = []string{tt.uri}
		}
		if got := finds(t, a, search.Criteria{Occupations: []string{tt.group}}, p); got != tt.want {
			t.Errorf("%q %s in %s: %v, want %v", tt.title, tt.uri, tt.group, got, tt.want)
		}
	}
}

func TestConceptsOfTheDatabaseAreUnderstood(t *testing.T) {
	t.Parallel()

	const uri = "http://data.europa.eu/esco/occupation/1"
	a := search.NewAnalyser(finnishtest.Open(t), []reference.Concept{{
		URI: uri, ISCO: "7515",
		Name: reference.Text{Fi: "lumiveistäjä", Sv: "snöskulptör"},
		Alt:  map[string][]string{"fi": {"jään ja lumen muotoilija"}},
	}})
	p := posting(func(c *jobposting.Content) { c.Occupations = []string{uri} })
	for _, query := range []string{"lumiveistäjän", "snöskulptör", "jään ja lumen muotoilijaksi"} {
		if !finds(t, a, search.Criteria{Query: query}, p) {
			t.Errorf("%q does not find the concept", query)
		}
	}
	for _, code := range []string{uri, "7515", "7"} {
		if !finds(t, a, search.Criteria{Occupations: []string{code}}, p) {
			t.Errorf("%s does not find the concept", code)
		}
	}
	if other := search.NewAnalyser(finnishtest.Open(t), nil); other.Version() == a.Version() {
		t.Error("the version does not tell the concepts")
	}
}

func TestCountriesAreToldFromLanguages(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	tests := map[string][]string{
		"ruotsin opettaja": nil, "ruotsi": nil, "suomen kieli": nil, "saksan kielen taito": nil,
		"Ruotsissa": {"SE"}, "työ Saksassa": {"DE"}, "Norjaan": {"NO"}, "Sverige": {"SE"}, "Suomessa": {"FI"},
		"Norja": {"NO"}, "tanska": {"DK"}, "Espanja": {"ES"}, "norjan kieli": nil, "saksa": nil, "viro": nil,
	}
	for query, want := range tests {
		_, understood, err := a.Compile(search.Criteria{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range understood {
			if u.Kind == search.FacetCountry {
				got = append(got, u.Codes...)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: countries %v, want %v", query, got, want)
		}
	}
}

func TestDocumentHoldsNobody(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(nil, nil)
	p := posting(func(c *jobposting.Content) {
		c.Description = jobposting.Localised{"fi": "Soita tai kirjoita: salla.salainen@example.org"}
	})
	p.People = jobposting.People{Household: "Salainen", Contacts: []jobposting.Contact{{LastName: "Salainen"}}}
	d := a.Document(p)
	for _, w := range d.Words {
		if w.Text == "salainen" || w.Text == "salla" {
			t.Errorf("the document has the word %q", w.Text)
		}
	}
}

func FuzzAnalyse(f *testing.F) {
	a := search.NewAnalyser(finnishtest.Open(f), nil)
	f.Add("fi", "Sairaanhoitaja", "**Käytännön** <b>työtä</b> [linkki](http://x) a@b.c &amp; C++ \u202e\x00\xff")
	f.Add("sv", "Sjukskötare", "vaa'an 24/7 H&M node.js .NET EU:n a--b ((((")
	f.Add("", "\xed\xa0\x80", "<a <b <!-- ")
	f.Fuzz(func(t *testing.T, language, title, text string) {
		p := posting(func(c *jobposting.Content) {
			c.Title = jobposting.Localised{language: title}
			c.Description = jobposting.Localised{language: text}
		})
		d := a.Document(p)
		v := a.View(&d)
		for _, w := range d.Words {
			if w.Text == "" {
				t.Fatal("an empty word")
			}
			// Whatever is in a posting can be asked for as a phrase.
			q := search.Query{Clauses: []search.Clause{{Node: search.Phrase{Words: []string{w.Text}}}}}
			if !q.Matches(v) {
				t.Fatalf("%q is not found", w.Text)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	a := search.NewAnalyser(finnishtest.Open(f), nil)
	for _, seed := range []string{
		`kokki -"ei vuoroja" keit* Turussa`, `"`, `-`, `--a`, `-""`, `a & ! ( |`, `' OR 1=1--`, `%_`, "\x00\xff\u202e", `"a" "b`, `”a« -*`, `*`, `a*b*`,
	} {
		f.Add(seed)
	}
	d := a.Document(posting(title("fi", "Kokki Turussa")))
	v := a.View(&d)
	f.Fuzz(func(t *testing.T, text string) {
		c := search.Criteria{Query: text}
		q, understood, err := a.Compile(c)
		if err != nil {
			return
		}
		q.Matches(v)
		q.Tier(v)
		// What was understood can be undone, and every clause taken off.
		for _, u := range understood {
			c.Literal = append(c.Literal, u.Word)
		}
		if _, left, err := a.Compile(c); err == nil && len(left) > 0 {
			t.Fatalf("%q: still understood %v", text, left)
		}
		for _, clause := range q.Clauses {
			fewer := c.Without("q", clause.Value)
			if len(strings.ReplaceAll(fewer.Query, " ", "")) >= len(strings.ReplaceAll(text, " ", "")) {
				t.Fatalf("%q without %q is %q", text, clause.Value, fewer.Query)
			}
			if _, _, err := a.Compile(fewer); err != nil {
				t.Fatal(err)
			}
		}
	})
}
