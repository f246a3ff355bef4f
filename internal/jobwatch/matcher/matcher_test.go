package matcher_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

func now() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

func newAnalyser(tb testing.TB) *search.Analyser {
	tb.Helper()
	return search.NewAnalyser(finnishtest.Open(tb), nil)
}

func pick[T any](values ...T) *rapid.Generator[T] { return rapid.SampledFrom(values) }

var titles = []string{ //nolint:gochecknoglobals // a constant table
	"Sairaanhoitaja", "Lähihoitaja vuoroihin", "Sjuksköterska", "Kokki", "Kockar till Åbo", "Siivooja kokeilla", "C++ ohjelmoija",
	"Ravintolakokki tai kokki", "Lääkärin sihteeri", "Lääkärintodistus", "Nurse", "IT-tukihenkilö", "Kesätyöntekijä", "Bussinkuljettaja Turku",
}

var texts = []string{ //nolint:gochecknoglobals // a constant table
	"", "Etsimme kokkia ravintolaan.", "Työ on vuorotyötä. Lääkärin ohjeet.", "Vi söker en sjuksköterska i Åbo.", "hoitajan työ Turussa",
	"IT-tuki ja C++", "Kokeilla saa. Siivous ja keittiö.",
}

func somePosting(id int64) *rapid.Generator[*jobposting.Posting] {
	return rapid.Custom(func(t *rapid.T) *jobposting.Posting {
		language := pick("fi", "sv", "en").Draw(t, "language")
		some := func(label string, values ...string) []string {
			return rapid.SliceOfNDistinct(pick(values...), 0, 2, rapid.ID).Draw(t, label)
		}
		return &jobposting.Posting{
			ID: id, Status: jobposting.StatusOpen,
			PublishedAt: now().Add(-time.Duration(rapid.IntRange(0, 60).Draw(t, "age")) * time.Hour),
			Content: jobposting.Content{
				Languages:      []string{language},
				Title:          jobposting.Localised{language: pick(titles...).Draw(t, "title")},
				Description:    jobposting.Localised{language: pick(texts...).Draw(t, "text") + "\n\n" + pick(texts...).Draw(t, "more")},
				Municipalities: some("municipalities", "091", "853", "905"),
				Regions:        some("regions", "01", "19"),
				Countries:      some("countries", "FI", "SE"),
				Occupations:    some("occupations", "http://data.europa.eu/esco/isco/C5120", "http://data.europa.eu/esco/isco/C2221"),
				Continuity:     some("continuity", "01", "02", "0202"),
				WorkTime:       pick("", "01", "02").Draw(t, "work time"),
				Employment:     jobposting.Employment{Type: pick("", "01", "02").Draw(t, "employment")},
				WorkLanguages:  some("work languages", "fi", "sv"),
				Flexible:       rapid.Bool().Draw(t, "flexible"),
				Advertiser:     jobposting.Organisation{BusinessID: pick("", "1234567-1").Draw(t, "business ID"), Name: jobposting.Localised{"fi": pick("", "Kokki Pojat Oy", "Turun kaupunki").Draw(t, "name")}},
			},
		}
	})
}

func someCriteria() *rapid.Generator[search.Criteria] {
	terms := []string{
		"hoitaja", "sairaanhoitaja", "kokki", "kock", "turku", "åbo", "-kokki", "-turku", `"etsimme kokkia"`, `"lääkärin ohjeet"`,
		`-"hoitajan työ"`, "hoit*", "kok*", "lääkäri", "C++", "IT-tuki", "työ", "ja", "nurse", "kesätyö", "sjuksköterska", "uusimaa", "etätyö", "osa-aikainen", "siivooja", "-lää*",
	}
	return rapid.Custom(func(t *rapid.T) search.Criteria {
		var c search.Criteria
		c.Query = strings.Join(rapid.SliceOfN(pick(terms...), 0, 3).Draw(t, "query"), " ")
		if rapid.IntRange(0, 4).Draw(t, "literal?") == 0 {
			c.Literal = []string{pick("turku", "kokki", "sairaanhoitaja").Draw(t, "literal")}
		}
		codes := func(label string, values ...string) []string {
			if rapid.IntRange(0, 4).Draw(t, label+"?") > 0 {
				return nil
			}
			return rapid.SliceOfNDistinct(pick(values...), 1, 2, rapid.ID).Draw(t, label)
		}
		c.Municipalities = codes("municipalities", "091", "853", "905")
		c.Regions = codes("regions", "01", "02", "19")
		c.Countries = codes("countries", "FI", "SE")
		c.Occupations = codes("occupations", "2", "2221", "51", "http://data.europa.eu/esco/isco/C5120")
		c.Continuity = codes("continuity", "01", "02", "0202")
		c.WorkTimes = codes("work times", "01", "02")
		c.Employments = codes("employments", "01", "02")
		c.PostingLanguages = codes("posting languages", "fi", "sv")
		c.WorkLanguages = codes("work languages", "fi", "sv")
		c.Flexible = rapid.IntRange(0, 5).Draw(t, "flexible") == 0
		if rapid.IntRange(0, 5).Draw(t, "employer?") == 0 {
			c.Employer = pick("1234567-1", "turun", "kokki pojat").Draw(t, "employer")
		}
		if rapid.IntRange(0, 5).Draw(t, "since?") == 0 {
			c.Since = now().Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "since")) * time.Hour)
		}
		return c
	})
}

// TestWatchAndSearchPageChooseTheSamePostings holds the set to the index behind
// the search page, through searches that come and go and several batches.
func TestWatchAndSearchPageChooseTheSamePostings(t *testing.T) {
	t.Parallel()

	a := newAnalyser(t)
	rapid.Check(t, func(t *rapid.T) {
		set := matcher.New(a)
		searches := map[int64]search.Criteria{}
		next := int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				for range rapid.IntRange(1, 12).Draw(t, "searches") {
					next++
					searches[next] = someCriteria().Draw(t, "criteria")
					q, _, err := a.Compile(searches[next])
					if err != nil {
						t.Fatal(err)
					}
					set.Add(next, q)
				}
			},
			"remove": func(t *rapid.T) {
				id := rapid.Int64Range(0, next+1).Draw(t, "search")
				delete(searches, id)
				set.Remove(id)
			},
			"settle": func(*rapid.T) { set.Settle() },
			"match":  func(t *rapid.T) { compare(t, a, set, searches) },
		})
	})
}

func compare(t *rapid.T, a *search.Analyser, set *matcher.Set, searches map[int64]search.Criteria) {
	ix := index.New(a, now)
	var batch []*document.Document
	var ids []int64
	for i := range rapid.IntRange(1, 70).Draw(t, "postings") {
		p := somePosting(int64(i+1)).Draw(t, "posting")
		d := a.Document(p)
		data := d.Append(nil)
		ix.Apply([]index.Change{{ID: p.ID, Document: data}}, int64(i+1))
		decoded, err := document.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		batch, ids = append(batch, decoded), append(ids, p.ID)
	}
	got := map[int64][]int64{}
	set.Match(batch, func(id int64, found []int) {
		if got[id] != nil {
			t.Fatalf("search %d was told twice", id)
		}
		for _, at := range found {
			got[id] = append(got[id], ids[at])
		}
	})
	if set.Len() != len(searches) {
		t.Fatalf("%d searches, want %d", set.Len(), len(searches))
	}
	for id, c := range searches {
		q, _, err := a.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		page, err := ix.Search(context.Background(), q, search.Request{Criteria: c, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(page.IDs)
		if !slices.Equal(page.IDs, got[id]) {
			t.Fatalf("%q: the page finds %v, the watch %v", c.Values(), page.IDs, got[id])
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Fatal(fmt.Sprint("searches that are gone find: ", got))
	}
}
