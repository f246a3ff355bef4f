package index

import (
	"tyomarkkinatori.fi/portal/internal/search"
)

// fewHits is how many postings a query must find to need no advice on spelling.
const fewHits = 5

// repair advises on a query that finds nothing or next to nothing.
func (ix *Index) repair(e *evaluation, q search.Query, c search.Criteria, r *search.Result) {
	if r.Total < fewHits {
		r.Corrections = ix.corrections(e, c, r.Total)
	}
	if r.Total == 0 {
		r.Drops = ix.drops(e, q, c)
	}
}

// drops counts what would be found without each clause, leaving out those that
// would make no difference.
func (ix *Index) drops(e *evaluation, q search.Query, c search.Criteria) []search.Drop {
	if len(q.Clauses) < 2 || len(q.Clauses) > maxRepaired {
		return nil
	}
	var drops []search.Drop
	for _, left := range q.Clauses {
		if e.looked > maxLooked {
			return nil
		}
		// Compiled anew, since the words that are left may mean another thing.
		if n := ix.countCriteria(e, c.Without(left.Field, left.Value)); n > 0 {
			drops = append(drops, search.Drop{Field: left.Field, Value: left.Value, Count: n})
		}
	}
	return drops
}

// maxRepaired is how many clauses or words a query may have to be advised on:
// the work grows with their square.
const maxRepaired = 10

// maxLooked is how many texts may be looked into for phrases before advice is
// given up, so that no query is searched for many times over.
const maxLooked = 300_000

// corrections proposes other words for those that next to nothing is found by,
// when together they find more than found.
func (ix *Index) corrections(e *evaluation, c search.Criteria, found int) []search.Correction {
	var proposed []search.Correction
	better := c
	words := c.Words()
	if len(words) > maxRepaired {
		return nil
	}
	for _, word := range words {
		if e.looked > maxLooked {
			return nil
		}
		hits := ix.countWord(e, word)
		if hits >= fewHits {
			continue
		}
		for _, instead := range ix.speller.nearest(ix, word, hits) {
			n := ix.countCriteria(e, c.Respelt(word, instead))
			if n > found || len(words) > 1 && ix.countWord(e, instead) >= max(1, 2*hits) {
				proposed = append(proposed, search.Correction{Word: word, Instead: instead})
				better = better.Respelt(word, instead)
				break
			}
		}
	}
	if len(proposed) == 0 {
		return nil
	}
	n := ix.countCriteria(e, better)
	if n <= found {
		return nil
	}
	for i := range proposed {
		proposed[i].Count = n
	}
	return proposed
}

func (ix *Index) countCriteria(e *evaluation, c search.Criteria) int {
	q, _, err := ix.analyser.Compile(c)
	if err != nil {
		return 0
	}
	b := e.takeCopy(e.c.alive)
	defer e.give(b)
	for _, clause := range clausesPhrasesLast(q.Clauses) {
		e.narrow(b, clause.Node, anywhere)
	}
	return b.count()
}

// countWord counts what a word of a query finds alone.
func (ix *Index) countWord(e *evaluation, word string) int {
	return ix.countCriteria(e, search.Criteria{Query: word})
}
