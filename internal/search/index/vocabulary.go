package index

import (
	"hash/maphash"
	"slices"

	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A vocabulary is every word of the postings. Words are numbered from 1, the
// first seen first, which gives frequent words small numbers.
//
// Words and base forms are looked up by a hash of 64 bits and not compared: the
// seed is this process's own, so that nobody can choose two texts with one hash,
// and among a million texts the odds of it are one to tens of millions.
type vocabulary struct {
	seed    maphash.Seed
	words   []word // words[0] is none
	in      []list // by word: the postings that have it
	inTitle []list
	byHash  hashes

	lexemes []lexeme
	byBase  hashes   // lexemes, counted from 1
	numbers []uint32 // what remains of a block for numbersOf
	bases   []string // memory for flag

	sorted sortedTexts
}

// A word is a word of the postings as it stands there.
type word struct {
	text     string
	language lexis.Language
	bases    []uint32 // its lexemes
	parts    []uint32
}

// A lexeme is a base form, and the words that have it as theirs or as a part.
//
// The numbers are flagged where the word counts in titles only: in asBase when
// the base form is a doubtful reading of it, in asPart for conditions of Name
// when the word does not end in the part.
type lexeme struct {
	search.Word

	asBase, asPart []uint32
}

// flag marks a word's number; withoutFlag takes it off.
const flag = 1 << 31

func withoutFlag(n uint32) (word uint32, flagged bool) { return n &^ flag, n&flag != 0 }

func newVocabulary(words int) *vocabulary {
	return &vocabulary{
		seed:    maphash.MakeSeed(),
		words:   make([]word, 1, words+1),
		in:      make([]list, 1, words+1),
		inTitle: make([]list, 1, words+1),
		byHash:  newHashes(words),
		byBase:  newHashes(words / 2),
		lexemes: make([]lexeme, 0, words/2),
	}
}

func (v *vocabulary) hash(language lexis.Language, text []byte) uint64 {
	return maphash.Bytes(v.seed, text) + uint64(language)*0x9E3779B97F4A7C15
}

func (v *vocabulary) hashString(language lexis.Language, text string) uint64 {
	return maphash.String(v.seed, text) + uint64(language)*0x9E3779B97F4A7C15
}

// find returns a word's number, 0 when there is no such word.
func (v *vocabulary) find(language lexis.Language, text string) uint32 {
	return v.byHash.get(v.hashString(language, text))
}

// add adds a word that find does not find.
func (v *vocabulary) add(language lexis.Language, text string, l lexis.Lexemes) uint32 {
	n := v.addWord(language, text)
	for _, base := range l.Base {
		v.link(n, v.lexeme(language, base), false)
	}
	for _, part := range l.Parts {
		v.link(n, v.lexeme(language, part), true)
	}
	v.flag(n)
	return n
}

// flag flags a word where it has just been linked.
func (v *vocabulary) flag(n uint32) {
	w := &v.words[n]
	if len(w.bases) < 2 && len(w.parts) == 0 {
		return
	}
	l := lexis.Lexemes{Base: v.bases[:0]}
	for _, x := range w.bases {
		l.Base = append(l.Base, v.lexemes[x].Base)
	}
	v.bases = l.Base
	for i, x := range w.bases {
		if l.Doubtful(w.text, l.Base[i]) {
			as := v.lexemes[x].asBase
			as[len(as)-1] |= flag
		}
	}
	for _, x := range w.parts {
		if !l.Heads(w.language, w.text, v.lexemes[x].Base) {
			as := v.lexemes[x].asPart
			as[len(as)-1] |= flag
		}
	}
}

func (v *vocabulary) addWord(language lexis.Language, text string) uint32 {
	n := number(len(v.words))
	v.words = append(v.words, word{language: language, text: text})
	v.in = append(v.in, list{})
	v.inTitle = append(v.inTitle, list{})
	v.byHash.put(v.hashString(language, text), n)
	return n
}

// link makes a lexeme one of a word's.
func (v *vocabulary) link(n, x uint32, part bool) {
	w, l := &v.words[n], &v.lexemes[x]
	if part {
		w.parts = v.appendNumber(w.parts, x)
		l.asPart = v.appendNumber(l.asPart, n)
	} else {
		w.bases = v.appendNumber(w.bases, x)
		l.asBase = v.appendNumber(l.asBase, n)
	}
}

// appendNumber is append, with the first two numbers of a slice in a block that
// many slices share: most never grow beyond.
func (v *vocabulary) appendNumber(list []uint32, n uint32) []uint32 {
	if list == nil {
		if len(v.numbers) < 2 {
			v.numbers = make([]uint32, 4096)
		}
		list = v.numbers[0:0:2]
		v.numbers = v.numbers[2:]
	}
	return append(list, n)
}

func (v *vocabulary) lexeme(language lexis.Language, base string) uint32 {
	h := v.hashString(language, base)
	x := v.byBase.get(h)
	if x == 0 {
		v.lexemes = append(v.lexemes, lexeme{Word: search.Word{Language: language, Base: base}})
		x = number(len(v.lexemes))
		v.byBase.put(h, x)
	}
	return x - 1
}

// findLexeme returns the lexeme of a base form, nil when no word has it.
func (v *vocabulary) findLexeme(w search.Word) *lexeme {
	if x := v.byBase.get(v.hashString(w.Language, w.Base)); x != 0 {
		return &v.lexemes[x-1]
	}
	return nil
}

// lexemesOf returns what the word was added with.
func (v *vocabulary) lexemesOf(n uint32) lexis.Lexemes {
	var l lexis.Lexemes
	for _, x := range v.words[n].bases {
		l.Base = append(l.Base, v.lexemes[x].Base)
	}
	for _, x := range v.words[n].parts {
		l.Parts = append(l.Parts, v.lexemes[x].Base)
	}
	return l
}

// A bulk collects the words of many postings, to add them to the lists word by
// word instead of posting by posting, which is several times quicker.
type bulk struct {
	first uint32   // slot of the first posting
	ends  []uint32 // by posting, where its words end
	words []uint32
}

// bulkWords is how many words a bulk collects before it is worth adding.
const bulkWords = 4 << 20

func (b *bulk) full() bool { return len(b.words) >= bulkWords }

// addBulk adds what b has collected and empties it.
func (v *vocabulary) addBulk(b *bulk) {
	starts := make([]uint32, len(v.words)+1)
	for _, n := range b.words {
		starts[n+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	slots := make([]uint32, len(b.words))
	next := slices.Clone(starts)
	from := uint32(0)
	for i, end := range b.ends {
		for _, n := range b.words[from:end] {
			slots[next[n]] = b.first + uint32(i)
			next[n]++
		}
		from = end
	}
	for n := 1; n < len(v.words); n++ {
		if run := slots[starts[n]:starts[n+1]]; len(run) > 0 {
			v.in[n].addRun(run)
		}
	}
	b.first += number(len(b.ends))
	b.words, b.ends = b.words[:0], b.ends[:0]
}
