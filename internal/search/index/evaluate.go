package index

import (
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A place tells which occurrences of words count.
type place int

const (
	anywhere place = iota
	inTitle
	inTitleWhole // in the title, as the word itself and not as a part
)

// An evaluation works out the slots that conditions hold for. It keeps the
// memory it needs from one search to the next.
type evaluation struct {
	c       *corpus
	free    []bitset
	scratch bitset
	buffer  []uint32
	counts  []int32
	looked  int // how many texts have been looked into for phrases
}

// begin makes the evaluation ready for a corpus.
func (e *evaluation) begin(c *corpus) {
	if e.c == nil || len(e.scratch) != len(c.alive) {
		e.free = nil
		e.scratch = make(bitset, len(c.alive))
	}
	if e.buffer == nil {
		e.buffer = make([]uint32, 512)
	}
	e.c = c
	e.looked = 0
}

// take returns a bitset that holds anything.
func (e *evaluation) take() bitset {
	if n := len(e.free); n > 0 {
		b := e.free[n-1]
		e.free = e.free[:n-1]
		return b
	}
	return make(bitset, len(e.c.alive))
}

func (e *evaluation) takeEmpty() bitset {
	b := e.take()
	clear(b)
	return b
}

func (e *evaluation) takeCopy(of bitset) bitset {
	b := e.take()
	copy(b, of)
	return b
}

func (e *evaluation) give(b bitset) { e.free = append(e.free, b) }

// narrow leaves in dst the slots for which the condition holds.
func (e *evaluation) narrow(dst bitset, n search.Node, where place) {
	switch n := n.(type) {
	case search.And:
		for _, c := range phrasesLast(n) {
			e.narrow(dst, c, where)
		}
	case search.Or:
		e.narrowOr(dst, n, where)
	case search.Not:
		t := e.takeCopy(dst)
		e.narrow(t, n.Node, where)
		dst.andNot(t)
		e.give(t)
	case search.Phrase:
		e.narrowPhrase(dst, n)
	case search.Since:
		from := n.Time.UnixMicro()
		for slot := range dst.all {
			if e.c.published[slot] < from {
				dst.unset(slot)
			}
		}
	default:
		t := e.takeEmpty()
		e.addLeaf(t, n, where)
		dst.and(t)
		e.give(t)
	}
}

func (e *evaluation) narrowOr(dst bitset, or search.Or, where place) {
	sum := e.takeEmpty()
	for _, n := range or {
		if e.addLeaf(sum, n, where) {
			continue
		}
		t := e.takeCopy(dst)
		e.narrow(t, n, where)
		sum.or(t)
		e.give(t)
	}
	dst.and(sum)
	e.give(sum)
}

// phrasesLast puts the conditions that have to look into texts behind those
// that leave fewer texts to look into.
func phrasesLast(and []search.Node) []search.Node {
	var first, last []search.Node
	for _, n := range and {
		if looksIntoTexts(n) {
			last = append(last, n)
		} else {
			first = append(first, n)
		}
	}
	return append(first, last...)
}

func looksIntoTexts(n search.Node) bool {
	switch n := n.(type) {
	case search.Phrase, search.Since:
		return true
	case search.Not:
		return looksIntoTexts(n.Node)
	}
	return false
}

// addLeaf adds the slots of a word, prefix or code to dst and reports whether
// the condition is one of these.
func (e *evaluation) addLeaf(dst bitset, n search.Node, where place) bool {
	c := e.c
	switch n := n.(type) {
	case search.Word:
		x := c.vocabulary.findLexeme(n)
		if x == nil {
			return true
		}
		e.addWords(dst, x.asBase, where)
		if where != inTitleWhole {
			for _, w := range x.asPart {
				w, _ = withoutFlag(w)
				e.addWord(dst, w, where)
			}
		}
	case search.Name:
		x := c.vocabulary.findLexeme(n.Word)
		if x == nil {
			return true
		}
		if n.InTitle && where == anywhere {
			where = inTitle
		}
		e.addWords(dst, x.asBase, where)
		if where != inTitleWhole {
			e.addWords(dst, x.asPart, where)
		}
	case search.Prefix:
		c.vocabulary.prefixed(n.Text, func(w uint32) { e.addWord(dst, w, anywhere) })
	case search.Code:
		if int(n.Field) >= len(c.byCode) {
			return true
		}
		if k, ok := c.byCode[n.Field][n.Value]; ok {
			c.codes[k].in.addTo(dst, e.scratch, e.buffer)
		}
	default:
		return false
	}
	return true
}

// addWords adds words, flagged ones where they are in the title only.
func (e *evaluation) addWords(dst bitset, words []uint32, where place) {
	for _, w := range words {
		if w, flagged := withoutFlag(w); flagged && where == anywhere {
			e.addWord(dst, w, inTitle)
		} else {
			e.addWord(dst, w, where)
		}
	}
}

func (e *evaluation) addWord(dst bitset, n uint32, where place) {
	l := &e.c.vocabulary.in[n]
	if where != anywhere {
		l = &e.c.vocabulary.inTitle[n]
	}
	l.addTo(dst, e.scratch, e.buffer)
}

func (e *evaluation) narrowPhrase(dst bitset, p search.Phrase) {
	phrase := make([]spoken, len(p.Words))
	for i, text := range p.Words {
		t := e.takeEmpty()
		for j, language := range lexis.Languages() {
			phrase[i][j] = noWord
			if n := e.c.vocabulary.find(language, text); n != 0 {
				phrase[i][j] = n
				e.addWord(t, n, anywhere)
			}
		}
		dst.and(t)
		e.give(t)
	}
	if len(phrase) == 0 {
		clear(dst)
		return
	}
	for slot := range dst.all {
		e.looked++
		if !e.c.says(slot, phrase) {
			dst.unset(slot)
		}
	}
}

// A matched is what a query's clauses leave, and how to leave one of the
// counted fields out again.
type matched struct {
	all bitset
	// shared is what the clauses of other fields leave, own what the clause of
	// each counted field does.
	shared bitset
	own    map[document.Field]bitset
}

// match evaluates a query.
func (e *evaluation) match(q search.Query) matched {
	m := matched{shared: e.takeCopy(e.c.alive), own: map[document.Field]bitset{}}
	for _, c := range clausesPhrasesLast(q.Clauses) {
		field := facetField(search.FacetName(c.Field))
		if field == 0 {
			e.narrow(m.shared, c.Node, anywhere)
			continue
		}
		if m.own[field] == nil {
			m.own[field] = e.takeCopy(e.c.alive)
		}
		e.narrow(m.own[field], c.Node, anywhere)
	}
	if len(m.own) == 0 {
		m.all = m.shared
		return m
	}
	m.all = e.takeCopy(m.shared)
	for _, b := range m.own {
		m.all.and(b)
	}
	return m
}

// without returns the slots that match all but one counted field's clause. The
// caller gives the result back.
func (e *evaluation) without(m matched, field document.Field) bitset {
	b := e.takeCopy(m.shared)
	for f, own := range m.own {
		if f != field {
			b.and(own)
		}
	}
	return b
}

// done gives back what match took.
func (e *evaluation) done(m matched) {
	e.give(m.shared)
	if len(m.own) > 0 {
		e.give(m.all)
	}
	for _, b := range m.own {
		e.give(b)
	}
}

func clausesPhrasesLast(clauses []search.Clause) []search.Clause {
	var first, last []search.Clause
	for _, c := range clauses {
		if looksIntoTexts(c.Node) {
			last = append(last, c)
		} else {
			first = append(first, c)
		}
	}
	return append(first, last...)
}
