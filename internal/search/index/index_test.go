package index_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

func TestTitlesComeFirst(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	inText := posting(1, "fi", "Keittiön vastaava")
	inText.Content.Description = jobposting.Localised{"fi": "Haemme: hoitaja."}
	f.add(inText, posting(2, "fi", "Lähihoitaja"), posting(3, "fi", "Hoitaja"), posting(4, "fi", "Hoitajan sijainen"))

	for order, want := range map[search.Sort][]int64{
		search.SortRelevance: {3, 4, 2, 1},
		"":                   {3, 4, 2, 1},
		search.SortNewest:    {1, 2, 3, 4},
	} {
		got := f.search(search.Request{Criteria: search.Criteria{Query: "hoitaja"}, Sort: order, Limit: 10}).IDs
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", order, diff)
		}
	}
}

// TestSaidComesBeforeMeant ranks what says the reader's word above what is the
// same occupation under another name, however new, and both above a mere mention.
func TestSaidComesBeforeMeant(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	meant := posting(1, "sv", "Närvårdare till hemvården")
	said := posting(2, "fi", "Kokenut lähihoitaja")
	for _, p := range []*jobposting.Posting{meant, said} {
		p.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C5321"}
	}
	inText := posting(3, "fi", "Avustaja")
	inText.Content.Description = jobposting.Localised{"fi": "Työpari on lähihoitaja."}
	f.add(meant, said, inText)

	for text, want := range map[string][]int64{
		"lähihoitajan": {2, 1, 3},
		"närvårdare":   {1, 2, 3},
	} {
		if got := f.find(text).IDs; !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", text, got, want)
		}
	}
}

// TestTheTitleDecides ranks the asked word above the occupation's other names,
// parts of compounds, the bare code and a mention, and lets other words break ties.
func TestTheTitleDecides(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	mention := posting(1, "fi", "Siivooja")
	mention.Content.Description = jobposting.Localised{"fi": "Kokki on työparisi. Tiimi on mukava."}
	coded := posting(2, "fi", "Kylmäkkö")
	coded.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C5120"}
	said := posting(6, "fi", "Kokki")
	said.Content.Description = jobposting.Localised{"fi": "Mukava tiimi."}
	f.add(mention, coded, posting(3, "fi", "Kokkitiimi"), posting(4, "sv", "Kock"), posting(5, "fi", "Kokki"), said, posting(7, "fi", "Kokki tiimiin"))
	for text, want := range map[string][]int64{
		"kokki":       {5, 6, 7, 4, 3, 2, 1},
		"kock":        {4, 5, 6, 7, 3, 2, 1},
		"kokki tiimi": {7, 6, 3, 1},
	} {
		if got := f.find(text).IDs; !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", text, got, want)
		}
	}
}

func TestDeadEndsLeadOn(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Kokki"), posting(2, "fi", "Palomies"))
	r := f.search(search.Request{Criteria: search.Criteria{Query: "pizzakokki"}, Repairs: true})
	if diff := cmp.Diff([]search.Correction{{Word: "pizzakokki", Instead: "kokki", Count: 1}}, r.Corrections); diff != "" {
		t.Errorf("corrections (-want +got):\n%s", diff)
	}
	c := search.Criteria{Query: "Poliisi"}
	r = f.search(search.Request{Criteria: c, Repairs: true})
	if len(r.Wider) != 1 || r.Wider[0].Word != "Poliisi" || r.Wider[0].Code != "541" || r.Wider[0].Name.Fi == "" || r.Wider[0].Count != 1 {
		t.Fatalf("wider %+v", r.Wider)
	}
	if got := f.search(search.Request{Criteria: c.Widened(r.Wider[0])}).Total; got != 1 {
		t.Errorf("the wider group finds %d, want 1", got)
	}
}

func TestCorrectionsKeepCapitals(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	p := posting(1, "fi", "Siivooja")
	p.Content.Municipalities = []string{"837"}
	f.add(p)
	for query, want := range map[string][]string{
		"tampereele siivoja": {"tampereelle", "siivooja"},
		"Tampereele SIIVOJA": {"Tampereelle", "SIIVOOJA"},
	} {
		r := f.search(search.Request{Criteria: search.Criteria{Query: query}, Repairs: true})
		var got []string
		for _, c := range r.Corrections {
			got = append(got, c.Instead)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// TestALoadStartsAnew loads after a load that was given up half-way, as happens
// when the database goes away meanwhile.
func TestALoadStartsAnew(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	var changes []index.Change
	for id, title := range []string{"Kokki", "Hitsaaja", "Opettaja"} {
		d := f.analyser.Document(posting(int64(id+1), "fi", title))
		changes = append(changes, index.Change{ID: int64(id + 1), Document: d.Append(nil)})
	}
	f.index.Load().Add(changes[:2])
	loader := f.index.Load()
	loader.Add(changes[1:])
	if bad := loader.Finish(3); bad != 0 {
		t.Fatalf("%d documents were not taken", bad)
	}
	for text, want := range map[string][]int64{"kokki": nil, "hitsaajan": {2}, "opettajia": {3}} {
		if got := f.find(text).IDs; !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", text, got, want)
		}
	}
}

func TestACursorOfAnotherOrderIsRefused(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Kokki"), posting(2, "fi", "Kokki"))
	first := f.search(search.Request{Sort: search.SortNewest, Limit: 1})
	if first.Next == "" || first.Previous != "" {
		t.Fatalf("first page %+v", first)
	}
	for _, r := range []search.Request{
		{Sort: search.SortClosing, Cursor: first.Next},
		{Sort: search.SortNewest, Cursor: "nonsense"},
		{Sort: search.SortNewest, Cursor: first.Next + "AA"},
	} {
		_, err := f.index.Search(t.Context(), search.Query{}, r)
		if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
			t.Errorf("%+v: error = %v, want *fault.InvalidError", r, err)
		}
	}
}

func TestDropsTellWhatEachCriterionCosts(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	inTurku := posting(1, "fi", "Kokki")
	inTurku.Content.Municipalities = []string{"853"}
	f.add(inTurku, posting(2, "fi", "Kokki"), posting(3, "fi", "Siivooja"))

	r := f.search(search.Request{Criteria: search.Criteria{Query: "kokki turussa", WorkTimes: []string{"02"}}, Repairs: true})
	if r.Total != 0 || len(r.Drops) != 1 || r.Drops[0] != (search.Drop{Field: "working_time", Value: "02", Count: 1}) {
		t.Errorf("total %d, drops %v", r.Total, r.Drops)
	}
	r = f.search(search.Request{Criteria: search.Criteria{Query: "kokki", Municipalities: []string{"091", "092"}}, Repairs: true})
	if diff := cmp.Diff([]search.Drop{{Field: "municipality", Value: "", Count: 2}}, r.Drops); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
}

func TestSeveralTyposAreCorrectedTogether(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Sairaanhoitaja päivystykseen"))
	c := search.Criteria{Query: "sairanhoitaja päivystykseeen"}
	r := f.search(search.Request{Criteria: c, Repairs: true})
	if len(r.Corrections) != 2 {
		t.Fatalf("corrections %v, want two", r.Corrections)
	}
	for _, correction := range r.Corrections {
		if correction.Count != 1 {
			t.Errorf("%+v, want a count of 1", correction)
		}
		c = c.Respelt(correction.Word, correction.Instead)
	}
	if got := f.search(search.Request{Criteria: c}).Total; got != 1 {
		t.Errorf("%q finds %d, want 1", c.Query, got)
	}
}

func TestAPlaceIsSpeltRightToo(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	p := posting(1, "fi", "Kokki")
	p.Content.Municipalities = []string{"179"}
	f.add(p)
	r := f.search(search.Request{Criteria: search.Criteria{Query: "Jyväskyllä"}, Repairs: true})
	if len(r.Corrections) != 1 || !strings.EqualFold(r.Corrections[0].Instead, "Jyväskylä") || r.Corrections[0].Count != 1 {
		t.Errorf("corrections %v", r.Corrections)
	}
}

func TestSimilarPostings(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	in := func(id int64, title, municipality string) *jobposting.Posting {
		p := posting(id, "fi", title)
		p.Content.Municipalities = []string{municipality}
		return p
	}
	f.add(
		in(1, "Sairaanhoitaja teho-osastolle", "853"),
		in(2, "Sairaanhoitaja", "853"),
		in(3, "Sairaanhoitaja", "564"),
		in(4, "Sairaanhoitaja teho-osastolle", "202"),
		in(5, "Kokki", "853"),
	)
	closed := in(9, "Sairaanhoitaja teho-osastolle", "853")
	if diff := cmp.Diff([]int64{1, 2, 4}, f.index.Similar(closed, 3)); diff != "" {
		t.Errorf("similar to a closed one (-want +got):\n%s", diff)
	}
	if got := f.index.Similar(in(1, "Sairaanhoitaja teho-osastolle", "853"), 10); slices.Contains(got, 1) || slices.Contains(got, 5) || len(got) != 3 {
		t.Errorf("similar to number 1: %v", got)
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	first := posting(1, "fi", "Sairaanhoitaja")
	first.Content.Municipalities = []string{"853", "202"}
	first.Content.Positions = 3
	first.ExpiresAt = now().Add(48 * time.Hour)
	second := posting(2, "fi", "Kokki")
	second.ExpiresAt = now().Add(24 * time.Hour)
	second.PublishedAt = now().Add(-48 * time.Hour)
	f.add(first, second)

	s := f.index.Statistics()
	if s.Open != 2 || s.Positions != 4 || s.Today != 1 || s.Version != f.index.Version() {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff([]search.FacetValue{{Code: "02", Count: 1}}, s.Regions); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
	for _, v := range s.Occupations {
		if len(v.Code) > 2 {
			t.Errorf("group %s is of a low level", v.Code)
		}
	}
	if !slices.Equal(s.Newest, []int64{1, 2}) || !slices.Equal(s.ClosingSoon, []int64{2, 1}) {
		t.Errorf("newest %v, closing soon %v", s.Newest, s.ClosingSoon)
	}
}

func TestBadDocumentsAreCounted(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Kokki"))
	d := f.analyser.Document(posting(2, "fi", "Siivooja"))
	data := d.Append(nil)
	if bad := f.index.Apply([]index.Change{{ID: 1, Document: []byte("x")}, {ID: 2, Document: data[:12]}, {ID: 3, Document: data}}, 9); bad != 2 {
		t.Errorf("%d bad documents, want 2", bad)
	}
	if got := f.find("").IDs; !slices.Equal(got, []int64{3}) {
		t.Errorf("found %v, want only number 3", got)
	}
}

func TestALexiconTeachesWhatAnalysisWould(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Lähihoitajia Helsinkiin"), posting(2, "sv", "Närvårdare"))
	data, words, _ := f.index.Lexicon(0)
	if words != 3 {
		t.Errorf("%d words, want 3", words)
	}
	g := newFinder(t)
	if err := g.index.Learn(data); err != nil {
		t.Fatal(err)
	}
	g.add(posting(1, "fi", "Lähihoitajia Helsinkiin"), posting(2, "sv", "Närvårdare"))
	again, _, _ := g.index.Lexicon(0)
	if diff := cmp.Diff(data, again); diff != "" {
		t.Errorf("the lexicon changed (-first +second):\n%s", diff)
	}
	if !g.finds("hoitaja", 1) || !g.finds("vårdare", 2) {
		t.Error("parts are not found")
	}
	for n := range data {
		if err := g.index.Learn(data[:n]); err != nil && !errors.Is(err, index.ErrLexicon) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestSearchesAndChangesGoSideBySide is for the race detector.
func TestSearchesAndChangesGoSideBySide(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	f.add(posting(1, "fi", "Kokki"))
	ctx, stop := context.WithCancel(t.Context())
	var searchers sync.WaitGroup
	for _, text := range []string{"kok*", "sairanhoitaja", `"kokki"`} {
		searchers.Go(func() {
			for ctx.Err() == nil {
				r := f.search(search.Request{Criteria: search.Criteria{Query: text}, Limit: 10, Facets: true, Repairs: true})
				if text == "kok*" && r.Total == 0 {
					t.Error("the posting is gone")
					return
				}
				f.index.Statistics()
			}
		})
	}
	d := f.analyser.Document(posting(1, "fi", "Kokki"))
	data := d.Append(nil)
	for i := range 1_500 {
		f.index.Apply([]index.Change{{ID: 1, Document: data}}, int64(i+10))
	}
	stop()
	searchers.Wait()
}

func FuzzIndex(f *testing.F) {
	a := analyser(f)
	d := a.Document(posting(1, "fi", "Kokki Turussa"))
	f.Add(d.Append(nil), "kok*")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		ix := index.New(a, now)
		ix.Apply([]index.Change{{ID: 1, Document: data}, {ID: 2, Document: data}}, 1)
		c := search.Criteria{Query: text}
		q, _, err := a.Compile(c)
		if err != nil {
			return
		}
		r, err := ix.Search(t.Context(), q, search.Request{Criteria: c, Limit: 10, Facets: true, Repairs: true})
		if err != nil {
			t.Fatal(err)
		}
		if r.Total != len(r.IDs) {
			t.Fatalf("%d in all and %d on the page", r.Total, len(r.IDs))
		}
	})
}
