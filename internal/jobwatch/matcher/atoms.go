package matcher

import (
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// atoms are the different conditions that no others make up.
type atoms struct {
	n        int
	codes    map[search.Code]uint32
	words    map[search.Word]uint32
	named    map[search.Word]uint32 // search.Name in running text
	inTitle  map[search.Word]uint32 // search.Name in titles
	prefixes map[string]uint32
	phrases  []phrase
	openings map[string][]int // phrases by their first words
	since    []since
	clauses  [][]uint32 // by atom, the clauses that it is a key of
}

type phrase struct {
	words []string
	atom  uint32
}

type since struct {
	from search.Since
	atom uint32
}

func newAtoms() atoms {
	return atoms{
		codes: map[search.Code]uint32{}, words: map[search.Word]uint32{},
		named: map[search.Word]uint32{}, inTitle: map[search.Word]uint32{},
		prefixes: map[string]uint32{}, openings: map[string][]int{},
	}
}

// add returns the number of an atom, and whether it was not there before.
func (a *atoms) add(n search.Node) (atom uint32, fresh bool) {
	switch n := n.(type) {
	case search.Code:
		return number(a, a.codes, n)
	case search.Word:
		return number(a, a.words, n)
	case search.Name:
		if n.InTitle {
			return number(a, a.inTitle, n.Word)
		}
		return number(a, a.named, n.Word)
	case search.Prefix:
		return number(a, a.prefixes, n.Text)
	case search.Phrase:
		atom = a.next()
		if len(n.Words) > 0 { // one without words holds for nothing
			a.openings[n.Words[0]] = append(a.openings[n.Words[0]], len(a.phrases))
			a.phrases = append(a.phrases, phrase{n.Words, atom})
		}
		return atom, true
	case search.Since:
		atom = a.next()
		a.since = append(a.since, since{n, atom})
		return atom, true
	}
	return a.next(), true
}

func (a *atoms) next() uint32 {
	a.clauses = append(a.clauses, nil)
	a.n++
	return uint32(a.n - 1) //nolint:gosec // far fewer
}

func number[K comparable](a *atoms, known map[K]uint32, key K) (uint32, bool) {
	if at, ok := known[key]; ok {
		return at, false
	}
	known[key] = a.next()
	return known[key], true
}

// A hit is an atom that a word brings about, always or in titles only.
type hit struct {
	atom  uint32
	where where
}

type where byte

const (
	anywhere where = iota
	titleOnly
	opening // the first word of a phrase, by its place among them
)

type lexicalKey struct {
	language lexis.Language
	text     string
}

// maxLexicon is how many words are remembered.
const maxLexicon = 200_000

// hits returns what a word brings about, as search.View sees it.
func (s *Set) hits(w *document.Word) []hit {
	key := lexicalKey{w.Language, w.Text}
	if hits, ok := s.lexicon[key]; ok {
		return hits
	}
	if len(s.lexicon) >= maxLexicon {
		clear(s.lexicon)
	}
	hits := s.hitsOf(key)
	s.lexicon[key] = hits
	return hits
}

func (s *Set) hitsOf(key lexicalKey) []hit {
	var hits []hit
	a := &s.atoms
	add := func(known map[search.Word]uint32, base string, where where) {
		if atom, ok := known[search.Word{Language: key.language, Base: base}]; ok {
			hits = append(hits, hit{atom, where})
		}
	}
	l := s.words.Lexemes(key.language, key.text)
	for _, part := range l.Parts {
		add(a.words, part, anywhere)
		add(a.inTitle, part, titleOnly)
		if l.Heads(key.language, key.text, part) {
			add(a.named, part, anywhere)
		} else {
			add(a.named, part, titleOnly)
		}
	}
	for _, base := range l.Base {
		where := anywhere
		if l.Doubtful(key.text, base) {
			where = titleOnly
		}
		add(a.words, base, where)
		add(a.named, base, where)
		add(a.inTitle, base, titleOnly)
		hits = s.prefixHits(hits, base)
	}
	hits = s.prefixHits(hits, key.text)
	for _, n := range a.openings[key.text] {
		hits = append(hits, hit{uint32(n), opening}) //nolint:gosec // far fewer
	}
	return hits
}

func (s *Set) prefixHits(hits []hit, text string) []hit {
	if len(s.atoms.prefixes) == 0 {
		return hits
	}
	for end := range text {
		if atom, ok := s.atoms.prefixes[text[:end]]; ok {
			hits = append(hits, hit{atom, anywhere})
		}
	}
	if atom, ok := s.atoms.prefixes[text]; ok {
		hits = append(hits, hit{atom, anywhere})
	}
	return hits
}

// mark notes for every atom which postings of the batch have it.
func (s *Set) mark(batch []*document.Document) {
	m, a := &s.memory, &s.atoms
	for i, d := range batch {
		for _, c := range d.Codes {
			if atom, ok := a.codes[search.Code(c)]; ok {
				m.mark(atom, i)
			}
		}
		for j := range d.Words {
			w := &d.Words[j]
			for _, h := range s.hits(w) {
				switch h.where {
				case titleOnly:
					if !w.InTitle {
						continue
					}
				case opening:
					if p := &a.phrases[h.atom]; !m.has(p.atom, i) && says(d, p.words) {
						m.mark(p.atom, i)
					}
					continue
				case anywhere:
				}
				m.mark(h.atom, i)
			}
		}
		for _, since := range a.since {
			if !d.PublishedAt.Before(since.from.Time) {
				m.mark(since.atom, i)
			}
		}
	}
}

// says reports whether the text has the words one after the other.
func says(d *document.Document, words []string) bool {
	for i := range d.Sequence {
		if len(d.Sequence)-i < len(words) {
			return false
		}
		j := 0
		for j < len(words) && d.Sequence[i+j] != 0 && d.Words[d.Sequence[i+j]-1].Text == words[j] {
			j++
		}
		if j == len(words) {
			return true
		}
	}
	return false
}
