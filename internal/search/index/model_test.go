package index_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

// A model is what the index must agree with: every posting in a map, and each
// search a scan by Query.Matches.
type model struct {
	analyser *search.Analyser
	index    *index.Index
	now      time.Time
	seq      int64
	docs     map[int64]stored
}

type stored struct {
	document.Document

	view *search.View
}

func newModel(a *search.Analyser) *model {
	m := &model{analyser: a, now: now(), docs: map[int64]stored{}}
	m.index = index.New(a, func() time.Time { return m.now })
	return m
}

func (m *model) put(p *jobposting.Posting) { m.putTimes(p, 1) }

// putTimes stores a posting again and again, which leaves slots to compact.
func (m *model) putTimes(p *jobposting.Posting, times int) {
	d := m.analyser.Document(p)
	data := d.Append(nil)
	m.seq++
	m.index.Apply(slices.Repeat([]index.Change{{ID: p.ID, Document: data}}, times), m.seq)
	delete(m.docs, p.ID)
	if p.ExpiresAt.IsZero() || p.ExpiresAt.After(m.now) {
		decoded, err := document.Decode(data)
		if err != nil {
			panic(err)
		}
		m.docs[p.ID] = stored{*decoded, m.analyser.View(decoded)}
	}
}

func (m *model) remove(id int64) {
	m.seq++
	m.index.Apply([]index.Change{{ID: id}}, m.seq)
	delete(m.docs, id)
}

func (m *model) wait(d time.Duration) {
	m.now = m.now.Add(d)
	m.index.Expire()
	for id, d := range m.docs {
		if !d.ExpiresAt.IsZero() && !d.ExpiresAt.After(m.now) {
			delete(m.docs, id)
		}
	}
}

// scan returns the postings that a query finds, in order.
func (m *model) scan(q search.Query, order search.Sort) []int64 {
	type hit struct {
		id   int64
		tier search.Tier
		d    stored
	}
	var hits []hit
	for id, d := range m.docs {
		if q.Matches(d.view) {
			hits = append(hits, hit{id, q.Tier(d.view), d})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		newest := cmp.Or(b.d.PublishedAt.Compare(a.d.PublishedAt), cmp.Compare(b.id, a.id))
		switch order {
		case search.SortRelevance:
			return cmp.Or(cmp.Compare(a.tier, b.tier), newest)
		case search.SortClosing:
			switch {
			case a.d.ExpiresAt.IsZero() && b.d.ExpiresAt.IsZero():
				return cmp.Compare(b.id, a.id)
			case a.d.ExpiresAt.IsZero():
				return 1
			case b.d.ExpiresAt.IsZero():
				return -1
			}
			return cmp.Or(a.d.ExpiresAt.Compare(b.d.ExpiresAt), cmp.Compare(b.id, a.id))
		case search.SortNewest:
		}
		return newest
	})
	ids := make([]int64, 0, len(hits))
	for _, h := range hits {
		ids = append(ids, h.id)
	}
	return ids
}

// facets counts the values of a field among the postings.
func (m *model) facet(ids []int64, field document.Field) map[string]int {
	counts := map[string]int{}
	for _, id := range ids {
		for _, c := range m.docs[id].Codes {
			if c.Field == field {
				counts[c.Value]++
			}
		}
	}
	return counts
}

func pick[T any](values ...T) *rapid.Generator[T] { return rapid.SampledFrom(values) }

func words() *rapid.Generator[string] {
	return pick("hoitaja", "hoitajan", "lähihoitaja", "sairaanhoitajia", "opettajaksi", "kokki", "kokit", "Helsingissä",
		"Turku", "Turun", "C++", "it-tuki", "tuki", "IT", "töitä", "työ", "myyjä", "sjuksköterska", "skötare", "närvårdare",
		"i", "Vasa", "och", "engineer", "engineers", "team", "lead", "keittiö", "3D", "Lappi", "Ruotsiin", "hoit", "eu:n",
		"kokeilla", "kokeilemme", "lääkäri", "lääkärintodistus", "kock", "etätyö", "distansarbete", "kesätöitä", "osa-aikainen",
		"henkilökohtainen", "avustaja", "personlig", "assistent", "Norja")
}

func somePosting(id *rapid.Generator[int64]) *rapid.Generator[*jobposting.Posting] {
	return rapid.Custom(func(t *rapid.T) *jobposting.Posting {
		text := func(label string, most int) string {
			var s strings.Builder
			for _, w := range rapid.SliceOfN(words(), 0, most).Draw(t, label) {
				s.WriteString(w + pick(" ", " ", " ", ". ", "\n\n").Draw(t, "gap"))
			}
			return s.String()
		}
		p := &jobposting.Posting{
			ID:          id.Draw(t, "id"),
			Status:      jobposting.StatusOpen,
			PublishedAt: now().Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "age")) * time.Hour),
		}
		if days := rapid.IntRange(0, 6).Draw(t, "deadline"); days > 0 {
			p.ExpiresAt = now().Add(time.Duration(days) * 24 * time.Hour)
		}
		c := &p.Content
		c.Title, c.Description = jobposting.Localised{}, jobposting.Localised{}
		for _, language := range rapid.SliceOfNDistinct(pick("fi", "sv", "en", "ru"), 1, 2, rapid.ID).Draw(t, "languages") {
			c.Languages = append(c.Languages, language)
			c.Title[language] = text("title", 3)
			c.Description[language] = text("text", 8)
		}
		c.Positions = rapid.IntRange(1, 5).Draw(t, "positions")
		c.Municipalities = rapid.SliceOfNDistinct(pick("091", "853", "905", "198", "999"), 0, 2, rapid.ID).Draw(t, "municipalities")
		c.Regions = rapid.SliceOfNDistinct(pick("01", "19"), 0, 1, rapid.ID).Draw(t, "regions")
		c.Countries = rapid.SliceOfNDistinct(pick("SE", "FI"), 0, 1, rapid.ID).Draw(t, "countries")
		c.Occupations = rapid.SliceOfNDistinct(pick("http://data.europa.eu/esco/isco/C2221", "http://data.europa.eu/esco/isco/C5120",
			"http://data.europa.eu/esco/occupation/1"), 0, 2, rapid.ID).Draw(t, "occupations")
		c.Continuity = rapid.SliceOfNDistinct(pick("01", "02", "0201", "0202"), 0, 2, rapid.ID).Draw(t, "continuity")
		c.WorkTime = pick("", "01", "02").Draw(t, "work time")
		c.Employment.Type = pick("", "01", "02").Draw(t, "employment")
		c.WorkLanguages = rapid.SliceOfNDistinct(pick("fi", "sv"), 0, 2, rapid.ID).Draw(t, "work languages")
		c.Flexible = rapid.Bool().Draw(t, "flexible")
		c.Advertiser.BusinessID = pick("", "1234567-1", "7654321-4").Draw(t, "business ID")
		c.Advertiser.Name = jobposting.Localised{"fi": pick("Turun Sairaala Oy", "Kokki ja Pojat", "").Draw(t, "employer")}
		return p
	})
}

func someCriteria() *rapid.Generator[search.Criteria] {
	return rapid.Custom(func(t *rapid.T) search.Criteria {
		var c search.Criteria
		for range rapid.IntRange(0, 3).Draw(t, "terms") {
			w := words().Draw(t, "word")
			switch rapid.IntRange(0, 7).Draw(t, "kind") {
			case 0:
				w = "-" + w
			case 1:
				w += "*"
			case 2:
				w = `"` + w + " " + words().Draw(t, "second word") + `"`
			case 3:
				w = `-"` + w + `"`
			case 4:
				c.Literal = append(c.Literal, w)
			}
			c.Query += " " + w
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
		c.Occupations = codes("occupations", "2", "2221", "51", "http://data.europa.eu/esco/isco/C5120", "http://data.europa.eu/esco/occupation/1")
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

func someOrder() *rapid.Generator[search.Sort] {
	return pick(search.SortNewest, search.SortRelevance, search.SortClosing)
}

// TestSearchIsAScan holds the index to the plain evaluator through additions,
// changes, removals, deadlines and compaction.
func TestSearchIsAScan(t *testing.T) {
	t.Parallel()

	a := analyser(t)
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(a)
		id := rapid.Int64Range(1, 40)
		for range rapid.IntRange(1, 40).Draw(t, "first") {
			m.put(somePosting(id).Draw(t, "posting"))
		}
		t.Repeat(map[string]func(*rapid.T){
			"put":    func(t *rapid.T) { m.put(somePosting(id).Draw(t, "posting")) },
			"remove": func(t *rapid.T) { m.remove(id.Draw(t, "id")) },
			"wait":   func(t *rapid.T) { m.wait(time.Duration(rapid.IntRange(1, 20).Draw(t, "hours")) * time.Hour) },
			"compact": func(t *rapid.T) {
				m.putTimes(somePosting(id).Draw(t, "posting"), pick(1, 1, 1, 1, 1, 1, 1, 1_100).Draw(t, "times"))
			},
			"": func(t *rapid.T) { m.check(t) },
		})
	})
}

func (m *model) check(t *rapid.T) {
	c := someCriteria().Draw(t, "criteria")
	order := someOrder().Draw(t, "order")
	q, _, err := m.analyser.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.index.Search(context.Background(), q, search.Request{Criteria: c, Sort: order, Limit: 100, Facets: true, Repairs: true})
	if err != nil {
		t.Fatal(err)
	}
	want := m.scan(q, order)
	if diff := gocmp.Diff(want, append([]int64{}, got.IDs...)); diff != "" {
		t.Fatalf("%q %s: search differs from scan (-scan +search):\n%s", c.Values(), order, diff)
	}
	positions := 0
	for _, id := range want {
		positions += m.docs[id].Positions
	}
	if got.Total != len(want) || got.Positions != positions {
		t.Fatalf("%q: %d postings and %d positions, want %d and %d", c.Values(), got.Total, got.Positions, len(want), positions)
	}
	m.checkFacets(t, c, got.Facets)
	for _, d := range got.Drops {
		dropped, _, err := m.analyser.Compile(c.Without(d.Field, d.Value))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(m.scan(dropped, order)); n != d.Count {
			t.Fatalf("%q without %s %q: %d, want %d", c.Values(), d.Field, d.Value, d.Count, n)
		}
	}
}

func (m *model) checkFacets(t *rapid.T, c search.Criteria, facets []search.Facet) {
	fields := map[search.FacetName]document.Field{
		search.FacetMunicipality: document.FieldMunicipality, search.FacetRegion: document.FieldRegion,
		search.FacetCountry: document.FieldCountry, search.FacetOccupation: document.FieldOccupation,
		search.FacetContinuity: document.FieldContinuity, search.FacetWorkTime: document.FieldWorkTime,
		search.FacetEmployment: document.FieldEmployment, search.FacetPostingLanguage: document.FieldPostingLanguage,
		search.FacetWorkLanguage: document.FieldWorkLanguage, search.FacetFlexible: document.FieldFlexible,
	}
	if len(facets) != len(fields) {
		t.Fatalf("%d facets, want %d", len(facets), len(fields))
	}
	for _, f := range facets {
		q, _, err := m.analyser.Compile(c.Without(string(f.Name), ""))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, v := range f.Values {
			got[v.Code] = v.Count
		}
		if diff := gocmp.Diff(m.facet(m.scan(q, search.SortNewest), fields[f.Name]), got); diff != "" {
			t.Fatalf("%q: facet %s (-scan +search):\n%s", c.Values(), f.Name, diff)
		}
	}
}

// TestPagesMakeTheWhole walks through the pages of a search while postings come
// and go: what stays is met exactly once, in order, forwards and backwards.
func TestPagesMakeTheWhole(t *testing.T) {
	t.Parallel()

	a := analyser(t)
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(a)
		id := rapid.Int64Range(1, 60)
		for range rapid.IntRange(10, 60).Draw(t, "postings") {
			m.put(somePosting(id).Draw(t, "posting"))
		}
		c := search.Criteria{Query: pick("", "hoitaja", "kokki", "työ").Draw(t, "query")}
		order := someOrder().Draw(t, "order")
		q, _, err := m.analyser.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		stays := m.scan(q, order)
		disturb := func() {
			if !rapid.Bool().Draw(t, "disturb") {
				return
			}
			if rapid.Bool().Draw(t, "arrives") {
				p := somePosting(rapid.Int64Range(100, 200)).Draw(t, "new posting")
				m.put(p)
				return
			}
			gone := id.Draw(t, "gone")
			m.remove(gone)
			stays = slices.DeleteFunc(stays, func(id int64) bool { return id == gone })
		}
		forward, last := m.walk(t, q, search.Request{Criteria: c, Sort: order, Limit: limit}, func(r search.Result) string { return r.Next }, disturb)
		if diff := gocmp.Diff(stays, kept(forward, stays)); diff != "" {
			t.Fatalf("forwards (-want +got):\n%s", diff)
		}
		stays = m.scan(q, order)
		last.Limit = limit
		back, _ := m.walk(t, q, last, func(r search.Result) string { return r.Previous }, func() {})
		if !isTurnedInto(back, stays, limit) {
			t.Fatalf("backwards %v, want the pages of %v from the end", back, stays)
		}
	})
}

// walk follows the pages and returns what was met, page by page in the order of
// the walk, and the request for the last page.
func (m *model) walk(t *rapid.T, q search.Query, r search.Request, next func(search.Result) string, disturb func()) ([]int64, search.Request) {
	var met []int64
	for range 500 {
		result, err := m.index.Search(context.Background(), q, r)
		if err != nil {
			t.Fatal(err)
		}
		all := m.scan(q, r.Sort)
		if len(result.IDs) > 0 && !slices.Equal(result.IDs, all[result.Offset:result.Offset+len(result.IDs)]) {
			t.Fatalf("page %v does not stand at %d of %v", result.IDs, result.Offset, all)
		}
		met = append(met, result.IDs...)
		cursor := next(result)
		if cursor == "" {
			return met, r
		}
		r.Cursor = cursor
		disturb()
	}
	t.Fatal("the pages do not end")
	return nil, r
}

// kept returns what was met of the postings that stayed, and panics when one was
// met twice.
func kept(met, stays []int64) []int64 {
	result := []int64{}
	for _, id := range met {
		if !slices.Contains(stays, id) {
			continue
		}
		if slices.Contains(result, id) {
			panic(fmt.Sprintf("posting %d was met twice", id))
		}
		result = append(result, id)
	}
	return result
}

// isTurnedInto reports whether a walk backwards met every posting. The first
// page is shown whole when the beginning is nearer than a page.
func isTurnedInto(back, stays []int64, limit int) bool {
	met := map[int64]int{}
	for _, id := range back {
		met[id]++
	}
	for i, id := range stays {
		if n := met[id]; n == 0 || n > 1 && i >= limit {
			return false
		}
	}
	return len(met) == len(stays)
}
