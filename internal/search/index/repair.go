package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// fewHits is how many postings a query must find to need no advice on spelling.
const fewHits = 5

// repair advises on a query that finds nothing or next to nothing, or that has a
// word which seems to be another one misspelt.
func (ix *Index) repair(e *evaluation, q search.Query, c search.Criteria, r *search.Result) {
	r.Corrections = ix.corrections(e, c, r.Total)
	if r.Total == 0 {
		r.Drops = ix.drops(e, q, c)
		r.Wider = ix.wider(e, q, c)
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

// corrections proposes other words for those that next to nothing is found by or
// that no posting has in that spelling, when together they find more than found.
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
		unseen := ix.unseen(word)
		if found >= fewHits && !unseen {
			continue
		}
		hits := ix.countWord(e, word)
		if hits >= fewHits && !unseen {
			continue
		}
		for _, instead := range ix.instead(word, hits, unseen) {
			instead = inCaseOf(word, instead)
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

// instead returns words that a word may have been meant to be, likely ones first,
// and after them, where it finds nothing and is no name, what the compound is one
// of.
func (ix *Index) instead(word string, hits int, unseen bool) []string {
	words := ix.speller.nearest(ix, word, hits, unseen)
	if hits > 0 || ix.named(word) {
		return words
	}
	lower := strings.ToLower(word)
	var heads []string
	for _, language := range lexis.Languages() {
		l := ix.analyser.Words().Compute(language, lower)
		for _, part := range l.Parts {
			if l.Heads(language, lower, part) {
				heads = append(heads, part)
			}
		}
	}
	slices.SortStableFunc(heads, func(a, b string) int { return len(b) - len(a) })
	return append(words, heads[:min(len(heads), maxCandidates)]...)
}

// unseen reports whether no posting has the word in that form.
func (ix *Index) unseen(word string) bool {
	word = strings.ToLower(word)
	for _, language := range lexis.Languages() {
		if ix.corpus.vocabulary.find(language, word) != 0 {
			return false
		}
	}
	return true
}

// inCaseOf gives a word the capitals of another one: all, the first, or none.
func inCaseOf(typed, word string) string {
	first, size := utf8.DecodeRuneInString(typed)
	switch {
	case !unicode.IsUpper(first):
		return word
	case size < len(typed) && strings.ToUpper(typed) == typed:
		return strings.ToUpper(word)
	}
	first, size = utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

// wider proposes larger groups for occupations that nothing is found by: for
// each the smallest one that has postings.
func (ix *Index) wider(e *evaluation, q search.Query, c search.Criteria) []search.Wider {
	if len(c.Occupations) > 0 || len(q.Clauses) > maxRepaired || e.looked > maxLooked {
		return nil
	}
	var proposed []search.Wider
	for _, clause := range q.Clauses {
		either, ok := clause.Node.(search.Or)
		if clause.Names == nil || !ok {
			continue
		}
		if w, ok := ix.widerThan(e, c, clause.Value, either); ok {
			proposed = append(proposed, w)
		}
	}
	return proposed
}

// widerThan looks for a larger group of minor or sub-major level.
func (ix *Index) widerThan(e *evaluation, c search.Criteria, word string, either search.Or) (search.Wider, bool) {
	for level := 3; level >= 2; level-- {
		for _, node := range either {
			code, ok := node.(search.Code)
			if !ok {
				continue
			}
			group := code.Value
			if code.Field == document.FieldConcept {
				group = ix.analyser.Names().ISCO(code.Value)
			}
			if len(group) <= level {
				continue
			}
			occupation, _ := reference.OccupationByCode(group[:level])
			w := search.Wider{Word: word, Code: occupation.Code, Name: occupation.Name}
			if w.Count = ix.countCriteria(e, c.Widened(w)); w.Count > 0 {
				return w, true
			}
		}
	}
	return search.Wider{}, false
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
