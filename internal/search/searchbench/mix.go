package searchbench

import (
	"math/rand/v2"
	"time"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

// mixSeed chooses the searches of the mix: they are the same each time.
const mixSeed = 20260302

// A kind is one kind of search in the mix and its share of 100.
type kind struct {
	name  string
	share int
	make  func(m *mixer) search.Criteria
}

// kinds is the mix that the limits are meant for.
func kinds() []kind {
	return []kind{
		{"browse", 12, func(*mixer) search.Criteria { return search.Criteria{} }},
		{"place", 15, func(m *mixer) search.Criteria { return m.place(search.Criteria{}) }},
		{"keyword", 15, func(m *mixer) search.Criteria { return search.Criteria{Query: m.keyword()} }},
		{"keyword+place", 25, func(m *mixer) search.Criteria { return m.place(search.Criteria{Query: m.keyword()}) }},
		{"occupation+place", 10, func(m *mixer) search.Criteria {
			return m.place(search.Criteria{Occupations: []string{m.occupation()}})
		}},
		{"keyword+place+filters", 12, func(m *mixer) search.Criteria {
			return m.filters(m.place(search.Criteria{Query: m.keyword()}))
		}},
		{"two keywords", 5, func(m *mixer) search.Criteria { return search.Criteria{Query: m.keyword() + " " + m.general()} }},
		{"rare or none", 3, func(m *mixer) search.Criteria { return search.Criteria{Query: m.rare()} }},
		{"prefix", 3, func(m *mixer) search.Criteria { return search.Criteria{Query: m.prefix()} }},
	}
}

// A mixer makes up searches as people would make them: few words and places are
// asked for often, most seldom, in any case form.
type mixer struct {
	r      *rand.Rand
	titles []string
	places []reference.Place
}

func newMixer() *mixer {
	m := &mixer{r: rand.New(rand.NewPCG(mixSeed, 1))} //nolint:gosec // the same searches each time
	for _, t := range reference.JobTitles() {
		m.titles = append(m.titles, t.Fi[0])
		if m.r.IntN(5) == 0 {
			m.titles = append(m.titles, t.Sv[0])
		}
	}
	m.r.Shuffle(len(m.titles), func(i, j int) { m.titles[i], m.titles[j] = m.titles[j], m.titles[i] })
	var large, small []reference.Place
	for _, p := range reference.Places() {
		switch {
		case p.Kind == reference.PlaceCountry:
		case p.Code == "091" || p.Code == "049" || p.Code == "092" || p.Code == "837" || p.Code == "564" || p.Code == "853":
			large = append(large, p)
		default:
			small = append(small, p)
		}
	}
	m.r.Shuffle(len(small), func(i, j int) { small[i], small[j] = small[j], small[i] })
	m.places = append(large, small...)
	return m
}

// often returns a number under n, small ones far more often than large ones.
func (m *mixer) often(n int) int {
	x := m.r.Float64()
	return int(x * x * x * float64(n))
}

func (m *mixer) keyword() string {
	common := []string{"hoitajan", "myyjä", "opettajia", "siivooja", "kuljettajan", "sjuksköterska", "lärare", "kokki", "asentajia", "avustaja"}
	if m.r.IntN(3) == 0 {
		return common[m.often(len(common))]
	}
	return m.titles[m.often(len(m.titles))]
}

func (m *mixer) general() string {
	words := []string{"vuorotyö", "kesätyö", "asiakaspalvelu", "kokemusta", "projekti", "ajokortti", "deltid", "erfarenhet", "etätyö", "tiimi"}
	return words[m.r.IntN(len(words))]
}

func (m *mixer) place(c search.Criteria) search.Criteria {
	p := m.places[m.often(len(m.places))]
	switch {
	case m.r.IntN(2) == 0:
		forms := p.Forms()
		c.Query += " " + forms[m.r.IntN(len(forms))]
	case p.Kind == reference.PlaceRegion:
		c.Regions = []string{p.Code}
	default:
		c.Municipalities = []string{p.Code}
		for m.r.IntN(4) == 0 {
			if q := m.places[m.often(len(m.places))]; q.Kind == reference.PlaceMunicipality {
				c.Municipalities = append(c.Municipalities, q.Code)
			}
		}
	}
	return c
}

func (m *mixer) occupation() string {
	all := reference.JobTitles()
	code := all[m.r.IntN(len(all))].Code
	return code[:1+m.r.IntN(len(code))]
}

func (m *mixer) filters(c search.Criteria) search.Criteria {
	for range 1 + m.r.IntN(2) {
		switch m.r.IntN(5) {
		case 0:
			c.Continuity = []string{"02"}
		case 1:
			c.WorkTimes = []string{"01"}
		case 2:
			c.WorkLanguages = []string{"fi"}
		case 3:
			c.PostingLanguages = []string{"sv"}
		case 4:
			c.Since = time.Date(2026, time.February, 27, 9, 30, 0, 0, time.UTC)
		}
	}
	return c
}

func (m *mixer) rare() string {
	words := []string{"sairanhoitaja", "xylofonisti", "lahihoitaja turku", "zzz", "astronautti lapissa", "revontuliopas", "qwertyuiop", "sjuksköterksa"}
	return words[m.r.IntN(len(words))]
}

func (m *mixer) prefix() string {
	words := []string{"hoit*", "sairaan*", "ka*", "opett*", "sjuk*", "työ*"}
	return words[m.r.IntN(len(words))]
}

// A Search is one search of the mix.
type Search struct {
	// Kind is what it is counted under.
	Kind     string
	Criteria search.Criteria
}

// Mix returns n searches as people make them; the same ones each time.
func Mix(n int) []Search {
	m := newMixer()
	all := kinds()
	searches := make([]Search, 0, n)
	for range n {
		at := m.r.IntN(100)
		for _, k := range all {
			if at -= k.share; at < 0 {
				searches = append(searches, Search{k.name, k.make(m)})
				break
			}
		}
	}
	return searches
}
