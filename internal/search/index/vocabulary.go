package index

import (
	"slices"
	"sort"
	"strings"
	"sync"

	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A word is a word of the postings as it stands there.
type word struct {
	language lexis.Language
	text     string
	in       list // the postings that have it
	inTitle  list
	bases    []uint32 // its lexemes
	parts    []uint32
}

// A lexeme is a base form, and the words that have it as theirs or as a part.
type lexeme struct {
	asBase, asPart []uint32
}

// A vocabulary is every word of the postings. Words are numbered from 1, the
// first seen first, which gives frequent words small numbers.
type vocabulary struct {
	words   []word // words[0] is none
	byText  [4]map[string]uint32
	lexemes []lexeme
	byBase  map[search.Word]uint32
	bases   []search.Word // by lexeme

	sorted sortedTexts
}

func newVocabulary() *vocabulary {
	v := &vocabulary{words: make([]word, 1), byBase: map[search.Word]uint32{}}
	for i := range v.byText {
		v.byText[i] = map[string]uint32{}
	}
	return v
}

// languageIndex gives each language its place in byText.
func languageIndex(l lexis.Language) int {
	switch l {
	case lexis.Finnish:
		return 0
	case lexis.Swedish:
		return 1
	case lexis.English:
		return 2
	}
	return 3
}

// find returns a word's number, 0 when there is no such word.
func (v *vocabulary) find(language lexis.Language, text []byte) uint32 {
	return v.byText[languageIndex(language)][string(text)]
}

// add adds a word that find does not find.
func (v *vocabulary) add(language lexis.Language, text string, l lexis.Lexemes) uint32 {
	n := uint32(len(v.words))
	w := word{language: language, text: text}
	for _, base := range l.Base {
		x := v.lexeme(search.Word{Language: language, Base: base})
		v.lexemes[x].asBase = append(v.lexemes[x].asBase, n)
		w.bases = append(w.bases, x)
	}
	for _, part := range l.Parts {
		x := v.lexeme(search.Word{Language: language, Base: part})
		v.lexemes[x].asPart = append(v.lexemes[x].asPart, n)
		w.parts = append(w.parts, x)
	}
	v.words = append(v.words, w)
	v.byText[languageIndex(language)][text] = n
	return n
}

func (v *vocabulary) lexeme(k search.Word) uint32 {
	x, ok := v.byBase[k]
	if !ok {
		x = uint32(len(v.lexemes))
		v.lexemes = append(v.lexemes, lexeme{})
		v.bases = append(v.bases, k)
		v.byBase[k] = x
	}
	return x
}

// lexemesOf returns what the word was added with.
func (v *vocabulary) lexemesOf(n uint32) lexis.Lexemes {
	var l lexis.Lexemes
	for _, x := range v.words[n].bases {
		l.Base = append(l.Base, v.bases[x].Base)
	}
	for _, x := range v.words[n].parts {
		l.Parts = append(l.Parts, v.bases[x].Base)
	}
	return l
}

// prefixed calls yield with every word that begins with prefix, as it stands or
// in a base form. A word may come more than once.
func (v *vocabulary) prefixed(prefix string, yield func(n uint32)) {
	words, bases := v.sorted.update(v)
	at := sort.Search(len(words), func(i int) bool { return v.words[words[i]].text >= prefix })
	for ; at < len(words) && strings.HasPrefix(v.words[words[at]].text, prefix); at++ {
		yield(words[at])
	}
	at = sort.Search(len(bases), func(i int) bool { return v.bases[bases[i]].Base >= prefix })
	for ; at < len(bases) && strings.HasPrefix(v.bases[bases[at]].Base, prefix); at++ {
		for _, n := range v.lexemes[bases[at]].asBase {
			yield(n)
		}
	}
}

// sortedTexts holds the words and lexemes in alphabetical order. It is brought
// up to date by the searches that need it, which may be several at once.
type sortedTexts struct {
	mu           sync.Mutex
	words, bases []uint32
}

func (s *sortedTexts) update(v *vocabulary) (words, bases []uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = merge(s.words, 1, len(v.words), func(n uint32) string { return v.words[n].text })
	s.bases = merge(s.bases, 0, len(v.bases), func(n uint32) string { return v.bases[n].Base })
	return s.words, s.bases
}

// merge returns sorted with what was numbered since. It leaves the old slice as
// it was, since other searches may be reading it.
func merge(sorted []uint32, first, end int, text func(uint32) string) []uint32 {
	if first+len(sorted) == end {
		return sorted
	}
	fresh := make([]uint32, 0, end-first-len(sorted))
	for n := first + len(sorted); n < end; n++ {
		fresh = append(fresh, uint32(n))
	}
	slices.SortFunc(fresh, func(a, b uint32) int { return strings.Compare(text(a), text(b)) })
	merged := make([]uint32, 0, end-first)
	i := 0
	for _, n := range fresh {
		for i < len(sorted) && text(sorted[i]) <= text(n) {
			merged = append(merged, sorted[i])
			i++
		}
		merged = append(merged, n)
	}
	return append(merged, sorted[i:]...)
}
