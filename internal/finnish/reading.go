package finnish

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Shortest compound parts and tails worth finding a word by, in letters. A
// tail inside a word that the dictionary holds as one ("baari=mikko") is more
// often chance than meaning, and so has to be longer.
const (
	minPart      = 4
	minTail      = 3
	minInnerTail = 6
)

// A span is a stretch of one of the reading's buffers.
type span struct{ from, to int }

// A part is a stretch between two compound boundaries.
type part struct {
	surface span  // in reading.surface
	base    span  // in reading.bases; empty when the surface is the base form
	inner   int   // where in the base the dictionary's own joint is, or 0
	class   class // the last class tag of the part
}

// A reading turns the output of one path into an Analysis. It keeps its
// buffers, and adds an analysis only when none like it was found before.
type reading struct {
	surface, bases []byte
	parts          []part
	word           []byte
	found          []Analysis
	// By analysis: its class, and whether it is a compound that ends in a
	// person's name. Such are dropped when common says that there is a reading
	// which is no name: "kuorma-auton" is no form of a "kuorma-Autto".
	classes    []class
	joinedName []bool
	common     bool
	// refused says that a path was left out for a missing hyphen; lenient
	// that such paths are taken.
	refused, lenient bool
}

func (r *reading) reset() {
	r.found = r.found[:0]
	r.classes = r.classes[:0]
	r.joinedName = r.joinedName[:0]
	r.common, r.refused = false, false
}

// add interprets the output of one path.
func (r *reading) add(m *transducer, output []uint16) {
	r.split(m, output)
	if len(r.parts) == 0 {
		return
	}
	if !r.lenient && r.lacksHyphen() {
		r.refused = true
		return
	}
	last := &r.parts[len(r.parts)-1]
	kind := last.class
	r.word = append(r.word[:0], r.surface[:last.surface.from]...)
	r.word = append(r.word, r.base(last)...)
	at := -1
	for i := range r.found {
		if r.classes[i] == kind && r.found[i].BaseForm == string(r.word) {
			at = i
			break
		}
	}
	if at < 0 {
		at = len(r.found)
		r.found = append(r.found, Analysis{BaseForm: string(r.word), Class: classNames[kind], Name: kind.isName()})
		r.classes = append(r.classes, kind)
		r.joinedName = append(r.joinedName, len(r.parts) > 1 && (kind == givenName || kind == surname))
	}
	if !kind.isName() {
		r.common = true
		r.addParts(&r.found[at])
	}
}

// lacksHyphen says that two parts meet in the same vowel with no hyphen
// between them. Finnish asks for one there ("linja-auto"), and the transducer
// leaves the rule to its reader: "kampaajat" is not "kampa" and "ajat".
func (r *reading) lacksHyphen() bool {
	for _, p := range r.parts[1:] {
		at := p.surface.from
		before, _ := utf8.DecodeLastRune(r.surface[:at])
		after, _ := utf8.DecodeRune(r.surface[at:])
		if before == after && strings.ContainsRune("aeiouyåäö", before) {
			return true
		}
	}
	return false
}

// base returns the base form of a part.
func (r *reading) base(p *part) []byte {
	if p.base.from == p.base.to {
		return r.surface[p.surface.from:p.surface.to]
	}
	return r.bases[p.base.from:p.base.to]
}

// addParts adds the parts and tails of the path to an analysis.
func (r *reading) addParts(a *Analysis) {
	last := &r.parts[len(r.parts)-1]
	if inner := r.base(last)[last.inner:]; last.inner > 0 && utf8.RuneCount(inner) >= minInnerTail {
		a.Tails = appendNew(a.Tails, inner)
	}
	if len(r.parts) == 1 {
		return
	}
	for i := range r.parts {
		p := &r.parts[i]
		base := bytes.Trim(r.base(p), "-")
		if p.class.isNoun() && utf8.RuneCount(base) >= minPart {
			a.Parts = appendNew(a.Parts, base)
		}
		if i == 0 {
			continue
		}
		r.word = append(r.word[:0], r.surface[p.surface.from:last.surface.from]...)
		r.word = append(r.word, r.base(last)...)
		if tail := bytes.Trim(r.word, "-"); utf8.RuneCount(tail) >= minTail {
			a.Tails = appendNew(a.Tails, tail)
		}
	}
}

// split cuts the output into parts.
func (r *reading) split(m *transducer, output []uint16) {
	r.surface, r.bases, r.parts = r.surface[:0], r.bases[:0], r.parts[:0]
	var current part
	finish := func() {
		current.surface.to = len(r.surface)
		if current.surface.from < current.surface.to {
			r.parts = append(r.parts, current)
		}
		current = part{surface: span{from: len(r.surface)}}
	}
	for i := 0; i < len(output); i++ {
		s := &m.symbols[output[i]]
		switch s.kind {
		case kindText:
			r.surface = append(r.surface, s.text...)
		case kindClass:
			current.class = s.class
		case kindBoundary:
			finish()
		case kindBaseForm:
			current.base.from = len(r.bases)
			i, current.inner = r.copyBase(m, output, i+1)
			current.base.to = len(r.bases)
		case kindSuffixForm:
			from := len(r.bases)
			r.bases = append(r.bases, r.surface[current.surface.from:]...)
			i, _ = r.copyBase(m, output, i+1)
			current.base = span{from, len(r.bases)}
		case kindStructure:
			for i+1 < len(output) && m.symbols[output[i]].kind != kindEnd {
				i++
			}
		case kindSilent, kindJoint, kindEnd:
		}
	}
	finish()
	for i := range r.parts {
		p := &r.parts[i]
		if base := r.base(p); p.inner >= len(base) || !utf8.RuneStart(base[p.inner]) {
			p.inner = 0
		}
	}
}

// copyBase appends the text of a base form, which ends at an end mark, to
// the bases. It returns where it stopped, and where the text's joint is.
func (r *reading) copyBase(m *transducer, output []uint16, i int) (end, inner int) {
	from := len(r.bases)
	for ; i < len(output); i++ {
		s := &m.symbols[output[i]]
		switch s.kind {
		case kindEnd:
			return i, inner
		case kindText:
			r.bases = append(r.bases, s.text...)
		case kindJoint:
			inner = len(r.bases) - from
		case kindSilent, kindBoundary, kindBaseForm, kindSuffixForm, kindStructure, kindClass:
		}
	}
	return i, inner
}

func appendNew(list []string, word []byte) []string {
	if slices.Contains(list, string(word)) {
		return list
	}
	return append(list, string(word))
}
