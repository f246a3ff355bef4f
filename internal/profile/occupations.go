package profile

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/reference"
)

// escoConcept is the address of a concept of ESCO, or of Finland's own extension.
var escoConcept = regexp.MustCompile(`^https?://data\.(?:europa\.eu|tyomarkkinatori\.fi)/esco/occupation/[0-9A-Za-z._~-]{1,100}$`)

// isOccupation tells whether code can name an occupation: a group of ISCO-08, or
// a concept of ESCO. A concept may be gone from the table later, and its entry
// stays right.
func isOccupation(code string) bool {
	_, ok := reference.OccupationByCode(code)
	return ok || escoConcept.MatchString(code)
}

// Occupations finds occupations by the words that people use for them, in
// Finnish, Swedish and English: those of ESCO when it was loaded, and the
// everyday words of the groups of ISCO-08.
type Occupations struct {
	db *postgres.DB

	mu     sync.Mutex
	readAt time.Time
	all    []named
	names  map[string]reference.Text
}

// named is an occupation with all its names, in lower case.
type named struct {
	reference.Entry

	words []string
}

// freshFor is how long the table is used before it is read again: a load of ESCO
// is seen after that.
const freshFor = 10 * time.Minute

// NewOccupations returns the occupations in db.
func NewOccupations(db *postgres.DB) *Occupations { return &Occupations{db: db} }

// Find returns at most n occupations that text may mean, best first: those of
// that very name, then those with a name, then with a word, that begins with it,
// then those with a word that ends in it.
func (o *Occupations) Find(ctx context.Context, text string, n int) ([]reference.Entry, error) {
	text = fold(text)
	if utf8.RuneCountInString(text) < 2 || len(text) > 4*MaxLine {
		return nil, nil
	}
	all, _, err := o.table(ctx)
	if err != nil {
		return nil, err
	}
	type hit struct {
		reference.Entry

		rank int
	}
	var hits []hit
	for _, n := range all {
		if rank := n.rank(text); rank < noHit {
			hits = append(hits, hit{n.Entry, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	found := make([]reference.Entry, 0, n)
	for _, h := range hits[:min(n, len(hits))] {
		found = append(found, h.Entry)
	}
	return found, nil
}

// Called returns the one occupation of that very name, "" when there is none or
// more of them.
func (o *Occupations) Called(ctx context.Context, text string) (string, error) {
	all, _, err := o.table(ctx)
	if err != nil {
		return "", err
	}
	text = fold(text)
	code := ""
	for _, n := range all {
		if slices.Contains(n.words, text) {
			if code != "" {
				return "", nil
			}
			code = n.Code
		}
	}
	return code, nil
}

// Name returns the names of an occupation, empty for one that is not known.
func (o *Occupations) Name(ctx context.Context, code string) (reference.Text, error) {
	if g, ok := reference.OccupationByCode(code); ok {
		return g.Name, nil
	}
	_, names, err := o.table(ctx)
	return names[code], err
}

// Ranks of what is found otherwise than by its very name.
const (
	beginHit = iota + 1
	wordHit
	headHit
	noHit
)

func (n named) rank(text string) int {
	best := noHit
	for _, w := range n.words {
		switch {
		case w == text:
			return 0
		case strings.HasPrefix(w, text):
			best = min(best, beginHit)
		case strings.Contains(w, " "+text):
			best = min(best, wordHit)
		case strings.HasSuffix(w, text) || strings.Contains(w, text+" "):
			best = min(best, headHit)
		}
	}
	return best
}

func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// table reads the occupations when they have not been read lately.
func (o *Occupations) table(ctx context.Context) ([]named, map[string]reference.Text, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.db.Now(); o.all != nil && now.Sub(o.readAt) < freshFor {
		return o.all, o.names, nil
	}
	concepts, err := reference.ESCOConcepts(ctx, o.db)
	if err != nil {
		return nil, nil, err
	}
	o.all, o.names, o.readAt = nil, make(map[string]reference.Text, len(concepts)), o.db.Now()
	for _, c := range concepts {
		n := named{Entry: reference.Entry{Code: c.URI, Name: c.Name}}
		n.add(c.Name.Fi, c.Name.Sv, c.Name.En)
		for _, words := range c.Alt {
			n.add(words...)
		}
		o.all = append(o.all, n)
		o.names[c.URI] = c.Name
	}
	if len(concepts) == 0 {
		o.all = groups()
	}
	return o.all, o.names, nil
}

func (n *named) add(words ...string) {
	for _, w := range words {
		if w != "" {
			n.words = append(n.words, fold(w))
		}
	}
}

// groups are the unit groups of ISCO-08 with their everyday words, for a portal
// without ESCO.
func groups() []named {
	words := map[string][]string{}
	for _, t := range reference.JobTitles() {
		words[t.Code] = append(words[t.Code], slices.Concat(t.Fi, t.Sv)...)
	}
	var all []named
	for _, g := range reference.Occupations() {
		n := named{Entry: reference.Entry{Code: g.Code, Name: g.Name}}
		n.add(words[g.Code]...)
		if g.Level == 4 {
			n.add(g.Name.Fi, g.Name.Sv, g.Name.En)
		}
		if len(n.words) > 0 {
			all = append(all, n)
		}
	}
	return all
}
