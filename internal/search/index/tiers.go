package index

import "tyomarkkinatori.fi/portal/internal/search"

// A tiers is the slots of each tier but the last, from the best on: those of
// the query's occupations and those of its other words. Either is empty when
// the query has none.
type tiers struct{ occupations, words []bitset }

// of returns the tier of a slot.
func (t *tiers) of(slot uint32) search.Tier {
	return first(t.occupations, slot)*search.TierName + first(t.words, slot)
}

func first(sets []bitset, slot uint32) search.Tier {
	for i, b := range sets {
		if b.has(slot) {
			return search.Tier(i)
		}
	}
	return search.Tier(len(sets))
}

func (t *tiers) done(e *evaluation) {
	for _, b := range t.occupations {
		e.give(b)
	}
	for _, b := range t.words {
		e.give(b)
	}
}

// tiers puts matches into tiers. The caller calls done on the result.
func (e *evaluation) tiers(matches bitset, q search.Query, order search.Sort) tiers {
	var t tiers
	if order != search.SortRelevance {
		return t
	}
	for _, c := range q.Clauses {
		switch {
		case !c.Ranks:
		case c.Names != nil:
			if t.occupations == nil {
				t.occupations = []bitset{e.takeCopy(matches), e.takeCopy(matches), e.takeCopy(matches), e.takeCopy(matches)}
			}
			e.rankOccupation(t.occupations, matches, c)
		default:
			if t.words == nil {
				t.words = []bitset{e.takeCopy(matches), e.takeCopy(matches), e.takeEmpty()}
			}
			e.narrow(t.words[0], c.Node, inTitleWhole)
			e.narrow(t.words[1], c.Node, inTitle)
			some := e.takeCopy(matches)
			e.narrow(some, c.Node, inTitle)
			t.words[2].or(some)
			e.give(some)
		}
	}
	return t
}

// rankOccupation leaves in each tier the slots that are in it or in a better one
// by a clause.
func (e *evaluation) rankOccupation(tiers []bitset, matches bitset, c search.Clause) {
	sum := e.takeEmpty()
	for i, by := range [...]struct {
		node  search.Node
		where place
	}{{c.Said, inTitleWhole}, {c.Names, inTitleWhole}, {c.Names, inTitle}, {c.Node, inTitle}} {
		b := e.takeCopy(matches)
		e.narrow(b, by.node, by.where)
		sum.or(b)
		e.give(b)
		tiers[i].and(sum)
	}
	e.give(sum)
}
