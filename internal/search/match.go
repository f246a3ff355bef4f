package search

import (
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A View is a document made ready to be held against queries one at a time.
type View struct {
	publishedAt time.Time
	codes       map[Code]bool
	bases       map[Word]place
	prefixable  []string
	texts       []string // words by their place in the sequence
	sequence    []uint32
}

// place tells where a base form occurs.
type place uint8

const (
	inText      place = 1 << iota
	inTextNamed       // in the text as Name asks for it
	inTitle
	inTitleWhole // as the word itself and not as a part
)

// View makes a document ready for Query.Matches.
func (a *Analyser) View(d *document.Document) *View {
	v := &View{
		publishedAt: d.PublishedAt,
		codes:       make(map[Code]bool, len(d.Codes)),
		bases:       make(map[Word]place, 2*len(d.Words)),
		sequence:    d.Sequence,
	}
	for _, c := range d.Codes {
		v.codes[Code(c)] = true
	}
	for _, w := range d.Words {
		v.texts = append(v.texts, w.Text)
		v.prefixable = append(v.prefixable, w.Text)
		l := a.words.Lexemes(w.Language, w.Text)
		for _, part := range l.Parts {
			where := inText
			if w.InTitle {
				where |= inTextNamed | inTitle
			} else if l.Heads(w.Language, w.Text, part) {
				where |= inTextNamed
			}
			v.bases[Word{w.Language, part}] |= where
		}
		for _, base := range l.Base {
			v.prefixable = append(v.prefixable, base)
			if w.InTitle {
				v.bases[Word{w.Language, base}] |= inText | inTextNamed | inTitle | inTitleWhole
			} else if !l.Doubtful(w.Text, base) {
				v.bases[Word{w.Language, base}] |= inText | inTextNamed
			}
		}
	}
	return v
}

// Matches reports whether the query finds the posting behind v.
func (q Query) Matches(v *View) bool {
	for _, c := range q.Clauses {
		if !v.holds(c.Node, inText) {
			return false
		}
	}
	return true
}

// Tier returns the tier of the posting behind v, which the query finds.
func (q Query) Tier(v *View) Tier {
	tier := TierTitle
	words, wholes, parts := 0, 0, 0
	for _, c := range q.Clauses {
		switch {
		case !c.Ranks:
		case c.Names == nil:
			words++
			if v.holds(c.Node, inTitleWhole) {
				wholes++
			}
			if v.holds(c.Node, inTitle) {
				parts++
			}
		case v.holds(c.Said, inTitleWhole):
		case v.holds(c.Names, inTitleWhole):
			tier = max(tier, TierName)
		case v.holds(c.Names, inTitle):
			tier = max(tier, TierTitlePart)
		case v.holds(c.Node, inTitle):
			tier = max(tier, TierCode)
		default:
			tier = TierText
		}
	}
	switch {
	case wholes == words:
		return tier + TierWords
	case parts == words:
		return tier + TierWordParts
	case parts > 0:
		return tier + TierSomeWords
	}
	return tier + TierNoWords
}

// holds reports whether a condition holds, its words being asked for in one
// kind of place.
func (v *View) holds(n Node, where place) bool {
	switch n := n.(type) {
	case And:
		for _, c := range n {
			if !v.holds(c, where) {
				return false
			}
		}
		return true
	case Or:
		return slices.ContainsFunc(n, func(c Node) bool { return v.holds(c, where) })
	case Not:
		return !v.holds(n.Node, where)
	case Word:
		return v.bases[n]&where != 0
	case Name:
		switch {
		case where != inText:
		case n.InTitle:
			where = inTitle
		default:
			where = inTextNamed
		}
		return v.bases[n.Word]&where != 0
	case Prefix:
		return slices.ContainsFunc(v.prefixable, func(s string) bool { return strings.HasPrefix(s, n.Text) })
	case Phrase:
		return v.says(n.Words)
	case Code:
		return v.codes[n]
	case Since:
		return !v.publishedAt.Before(n.Time)
	}
	return false
}

// says reports whether the text has the words one after the other.
func (v *View) says(words []string) bool {
	if len(words) == 0 {
		return false
	}
	for i := range v.sequence {
		if len(v.sequence)-i < len(words) {
			return false
		}
		j := 0
		for j < len(words) && v.sequence[i+j] != 0 && v.texts[v.sequence[i+j]-1] == words[j] {
			j++
		}
		if j == len(words) {
			return true
		}
	}
	return false
}

// Bases returns the base forms that a query for a word in lower case asks for,
// in every language.
func (a *Analyser) bases(word string) Or {
	var or Or
	for _, language := range lexis.Languages() {
		for _, base := range a.words.Lexemes(language, word).Base {
			or = append(or, Word{language, base})
		}
	}
	return or
}
