package index

import (
	"math"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// What a posting gains for what it has in common with another, in hundredths. A
// title's words count by how rare they are, up to about 1,500 each.
const (
	gainUnitGroup    = 800
	gainMinorGroup   = 300
	gainMunicipality = 500
	gainRegion       = 300
	gainFlexible     = 200
	leastGain        = 800
	mostGain         = 1 << 20
)

// Similar returns up to n open postings most like p, the most similar first and
// the newest first among equals. p itself may be closed or unknown.
func (ix *Index) Similar(p *jobposting.Posting, n int) []int64 {
	d := ix.analyser.Document(p)
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	e := ix.evaluation()
	defer ix.evaluations.Put(e)
	c := ix.corpus
	gains := map[uint32]int{}
	gain := func(node search.Node, where place, points int, candidates bool) {
		b := e.takeCopy(c.alive)
		e.narrow(b, node, where)
		for slot := range b.all {
			if _, ok := gains[slot]; ok || candidates {
				gains[slot] += points
			}
		}
		e.give(b)
	}
	for _, code := range d.Codes {
		if code.Field == document.FieldOccupation && len(code.Value) == 4 {
			gain(search.Code(code), anywhere, gainUnitGroup, true)
		}
	}
	for node, points := range e.titleWords(&d) {
		gain(node, inTitle, points, true)
	}
	for _, code := range d.Codes {
		switch {
		case code.Field == document.FieldOccupation && len(code.Value) == 3:
			gain(search.Code(code), anywhere, gainMinorGroup, false)
		case code.Field == document.FieldMunicipality:
			gain(search.Code(code), anywhere, gainMunicipality, false)
		case code.Field == document.FieldRegion:
			gain(search.Code(code), anywhere, gainRegion, false)
		case code.Field == document.FieldFlexible:
			gain(search.Code(code), anywhere, gainFlexible, false)
		}
	}
	s := selection{limit: max(n, 0)}
	for slot, points := range gains {
		if c.ids[slot] == p.ID || points < leastGain {
			continue
		}
		// Points above, recency in seconds or so below.
		recency := (noDeadline - clamp(c.published[slot])) >> 20
		s.offer(sortKey{uint64(mostGain-min(points, mostGain))<<42 | recency, c.ids[slot]})
	}
	ids := make([]int64, 0, len(s.keys))
	for _, k := range s.keys {
		ids = append(ids, k.id)
	}
	return ids
}

// titleWords returns the rare base forms of a title and their weights.
func (e *evaluation) titleWords(d *document.Document) map[search.Word]int {
	weights := map[search.Word]int{}
	for _, w := range d.Words {
		if !w.InTitle || w.Language == lexis.Other {
			continue
		}
		n := e.c.vocabulary.find(w.Language, w.Text)
		if n == 0 {
			continue
		}
		for _, x := range e.c.vocabulary.words[n].bases {
			l := &e.c.vocabulary.lexemes[x]
			in := 0
			for _, other := range l.asBase {
				other, _ = withoutFlag(other)
				in += e.c.vocabulary.inTitle[other].len()
			}
			if in > 0 && in*20 < max(e.c.live, 100) {
				weights[l.Word] = int(100 * math.Log2(float64(max(e.c.live, 2))/float64(in)))
			}
		}
	}
	return weights
}
