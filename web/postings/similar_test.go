package postings_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

func TestSimilarPostings(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	far := nurse("far")
	far.Content.Title = jobposting.Localised{"fi": "Kaukainen"}
	far.Content.Municipalities, far.Content.Regions = []string{"905"}, []string{"15"}
	other := nurse("other")
	other.Content.Title = jobposting.Localised{"fi": "Toinen ala"}
	other.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C2341"}
	near := nurse("near")
	near.Content.Title = jobposting.Localised{"fi": "Läheinen"}
	near.PublishedAt = p.now.Add(-100 * time.Hour)
	ids := p.receive(nurse("self"), far, other, near)

	page := p.page(jobPath("fi", ids[0]))
	if diff := cmp.Diff(page.titles(), []string{"Läheinen", "Kaukainen"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if got := p.page(page.link("Näytä kaikki samanlaiset työpaikat")).titles(); len(got) != 2 {
		t.Errorf("all similar ones near by: %q", got)
	}
}

// ESCO is not loaded by default: then the first occupation may be one of which
// nothing is known.
func TestSimilarPostingsBesideAnUnknownConcept(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	const unknown = "http://data.europa.eu/esco/occupation/7f4b2d4e-0000-4000-8000-000000000001"
	self := nurse("self")
	self.Content.Occupations = []string{unknown, "http://data.europa.eu/esco/isco/C2221"}
	other := nurse("other")
	other.Content.Title = jobposting.Localised{"fi": "Opettaja", "sv": "Lärare"}
	other.Content.Occupations = []string{unknown, "http://data.europa.eu/esco/isco/C2341"}
	like := nurse("like")
	like.Content.Title = jobposting.Localised{"fi": "Osastonhoitaja", "sv": "Avdelningsskötare"}
	ids := p.receive(self, other, like)

	check := func(get func(path string) answer) {
		t.Helper()
		for lang, want := range map[string][2]string{
			"fi": {"Osastonhoitaja", "Näytä kaikki samanlaiset työpaikat"}, "sv": {"Avdelningsskötare", "Visa alla liknande jobb"},
		} {
			page := get(jobPath(lang, ids[0]))
			if diff := cmp.Diff(page.titles(), []string{want[0]}); diff != "" {
				t.Errorf("%s (-got +want):\n%s", lang, diff)
			}
			all, err := url.Parse(page.link(want[1]))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(all.Query(), url.Values{"occupation": {"2221"}, "region": {"02"}}); diff != "" {
				t.Errorf("%s: all similar ones (-got +want):\n%s", lang, diff)
			}
		}
	}
	check(p.page)
	p.close("self")
	check(p.get)
}
