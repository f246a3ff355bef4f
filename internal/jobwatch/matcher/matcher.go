// Package matcher tells which of very many searches find each posting of a
// batch. A search's conditions are kept once however many searches share them;
// a search is looked at only when its rarest condition holds for a posting of
// the batch, and conditions are worked out for the whole batch at a time, as
// sets of postings.
//
// It holds no engine of its own: searches come compiled as the search page
// compiles them, and a property test holds the two to the same answers.
package matcher

import (
	"math/bits"

	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// MaxBatch is how many postings Match takes at a time.
const MaxBatch = 1024

// A Set holds searches by their numbers. One goroutine uses it at a time.
type Set struct {
	words *lexis.Analyser

	atoms   atoms
	clauses []clause
	byText  map[string]uint32 // clauses by what they say

	ids   []int64 // by slot; 0 where the search is gone
	slots map[int64]uint32
	parts []uint32 // clauses of all searches, one search after the other
	ends  []uint32 // by slot, where its clauses end in parts
	open  []uint32 // slots that no clause stands for: they are always looked at
	dead  int

	lexicon map[lexicalKey][]hit
	memory  memory
}

// New returns an empty set for documents and queries of the analyser.
func New(a *search.Analyser) *Set {
	return &Set{
		words:   a.Words(),
		atoms:   newAtoms(),
		byText:  map[string]uint32{},
		slots:   map[int64]uint32{},
		lexicon: map[lexicalKey][]hit{},
	}
}

// Len returns how many searches there are.
func (s *Set) Len() int { return len(s.slots) }

// Add adds a search under a number that is not 0, in place of what is there
// under it.
func (s *Set) Add(id int64, q search.Query) {
	s.Remove(id)
	slot := uint32(len(s.ids)) //nolint:gosec // far fewer
	s.ids = append(s.ids, id)
	s.slots[id] = slot
	rarest := -1
	for _, c := range q.Clauses {
		n := s.clause(c.Node)
		s.parts = append(s.parts, n)
		if s.clauses[n].keyed && (rarest < 0 || s.clauses[n].seen < s.clauses[rarest].seen) {
			rarest = int(n)
		}
	}
	s.ends = append(s.ends, uint32(len(s.parts))) //nolint:gosec // far fewer
	if rarest < 0 {
		s.open = append(s.open, slot)
		return
	}
	s.clauses[rarest].searches = append(s.clauses[rarest].searches, slot)
}

// Remove takes a search out, if it is there.
func (s *Set) Remove(id int64) {
	slot, ok := s.slots[id]
	if !ok {
		return
	}
	delete(s.slots, id)
	s.ids[slot] = 0
	s.dead++
}

// Wasteful tells that so many searches have gone that the set is better made
// anew.
func (s *Set) Wasteful() bool { return s.dead > 1000 && s.dead > len(s.slots) }

// Settle puts every search under its rarest condition, which searches that were
// added before any Match could not know. Match as many postings as there are at
// hand beforehand.
func (s *Set) Settle() {
	for i := range s.clauses {
		s.clauses[i].searches = s.clauses[i].searches[:0]
	}
	s.open = s.open[:0]
	for slot := range s.ids {
		if s.ids[slot] == 0 {
			continue
		}
		rarest := -1
		for _, n := range s.partsOf(uint32(slot)) {
			if s.clauses[n].keyed && (rarest < 0 || s.clauses[n].seen < s.clauses[rarest].seen) {
				rarest = int(n)
			}
		}
		if rarest < 0 {
			s.open = append(s.open, uint32(slot))
			continue
		}
		s.clauses[rarest].searches = append(s.clauses[rarest].searches, uint32(slot))
	}
}

func (s *Set) partsOf(slot uint32) []uint32 {
	from := uint32(0)
	if slot > 0 {
		from = s.ends[slot-1]
	}
	return s.parts[from:s.ends[slot]]
}

// Match calls yield once for each search that finds a posting of the batch, with
// the places in the batch of those it finds. found is good until yield returns.
// There may be no more than MaxBatch documents.
func (s *Set) Match(batch []*document.Document, yield func(id int64, found []int)) {
	if len(batch) == 0 {
		return
	}
	m := &s.memory
	m.begin(s, batch)
	s.mark(batch)
	result := m.take()
	defer m.give(result)
	places := make([]int, 0, len(batch))
	look := func(slot uint32, first bitset) {
		id := s.ids[slot]
		if id == 0 {
			return
		}
		copy(result, first)
		for _, n := range s.partsOf(slot) {
			if !result.narrow(s.hold(n)) {
				return
			}
		}
		places = places[:0]
		for i, w := range result {
			for ; w != 0; w &= w - 1 {
				places = append(places, i<<6|bits.TrailingZeros64(w))
			}
		}
		if len(places) > 0 {
			yield(id, places)
		}
	}
	for _, atom := range m.touched {
		for _, n := range s.atoms.clauses[atom] {
			c := &s.clauses[n]
			if c.visited == m.stamp {
				continue
			}
			c.visited = m.stamp
			holds := s.hold(n)
			c.seen += uint32(holds.count()) //nolint:gosec // far fewer
			for _, slot := range c.searches {
				look(slot, holds)
			}
		}
	}
	for _, slot := range s.open {
		look(slot, m.all)
	}
}
