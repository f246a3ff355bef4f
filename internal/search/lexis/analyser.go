package lexis

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"

	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/swedish"
)

// rules counts the changes to this package that alter what Lexemes answers.
const rules = "2"

// Shortest parts of a word that it is found by, in letters.
const (
	minPart  = 4
	minPiece = 2
)

// Lexemes are what a word is found by. The zero value finds nothing.
type Lexemes struct {
	// Base holds the base form of every reading, or a stem. A query asks for
	// these.
	Base []string
	// Parts holds the compound's parts and tails. A query for a part finds
	// the compound, and ranks it after the word itself.
	Parts []string
}

// Doubtful reports whether a base form of the word is no likely one in running
// text: the word as it stands is the base form of another reading. "Kokeilla" is
// to try before it is on cooks.
func (l Lexemes) Doubtful(word, base string) bool {
	return base != word && len(l.Base) > 1 && slices.Contains(l.Base, word)
}

// Heads reports whether the word ends in the part, so that it is one of what the
// part names, as a "lääkärintodistus" is no "lääkäri".
func (l Lexemes) Heads(language Language, word, part string) bool {
	if language == Swedish && strings.IndexByte(word, '-') < 0 {
		return true // nothing but heads are parts there
	}
	return slices.ContainsFunc(l.Base, func(base string) bool { return strings.HasSuffix(base, part) })
}

// An Analyser finds the lexemes of words. It is safe for concurrent use.
type Analyser struct {
	dictionary *finnish.Dictionary
	version    string

	mu         sync.RWMutex
	young, old map[key]Lexemes
}

type key struct {
	language Language
	word     string
}

// maxCache is how many words either half of the cache holds.
const maxCache = 100_000

// NewAnalyser returns an analyser that reads Finnish with the dictionary, or by
// stems where dictionary is nil.
func NewAnalyser(dictionary *finnish.Dictionary) *Analyser {
	a := &Analyser{dictionary: dictionary, version: rules + ".stems", young: map[key]Lexemes{}}
	if dictionary != nil {
		a.version = rules + "." + dictionary.Version()
	}
	return a
}

// Version changes whenever Lexemes may answer otherwise.
func (a *Analyser) Version() string { return a.version }

// Lexemes returns what a word in lower case is found by. The result is shared
// and must not be changed.
func (a *Analyser) Lexemes(language Language, word string) Lexemes {
	k := key{language, word}
	a.mu.RLock()
	l, ok := a.young[k]
	if !ok {
		l, ok = a.old[k]
	}
	a.mu.RUnlock()
	if ok {
		return l
	}
	l = a.analyse(language, word)
	a.mu.Lock()
	if len(a.young) >= maxCache {
		a.old, a.young = a.young, make(map[key]Lexemes, maxCache/4)
	}
	a.young[key{language, strings.Clone(word)}] = l
	a.mu.Unlock()
	return l
}

// Compute is Lexemes past the cache, for a caller that keeps the result.
func (a *Analyser) Compute(language Language, word string) Lexemes {
	return a.analyse(language, word)
}

func (a *Analyser) analyse(language Language, word string) Lexemes {
	var l Lexemes
	switch {
	case language == Other || Whole(word):
		l.Base = []string{word}
	case language == Finnish:
		l = a.finnish(word)
	case language == Swedish:
		l = swedishLexemes(word)
	default:
		l.Base = []string{englishStem(withoutEnding(word))}
	}
	if pieces := Pieces(word); pieces != nil {
		for _, piece := range pieces {
			for _, base := range a.analyse(language, piece).Base {
				l.Parts = appendNew(l.Parts, base)
			}
		}
	}
	l.Parts = slices.DeleteFunc(l.Parts, func(s string) bool { return slices.Contains(l.Base, s) })
	if len(l.Parts) == 0 {
		l.Parts = nil
	}
	return l
}

// Pieces returns the pieces of a word with hyphens that it can be found by, or
// nil when it has no hyphen.
func Pieces(word string) []string {
	if strings.IndexByte(word, '-') < 0 {
		return nil
	}
	var pieces []string
	for piece := range strings.SplitSeq(word, "-") {
		if utf8.RuneCountInString(piece) >= minPiece && len(pieces) < 8 {
			pieces = append(pieces, piece)
		}
	}
	return pieces
}

// Whole reports whether a word is taken as it is, since its marks or digits
// belong to it.
func Whole(word string) bool {
	if strings.ContainsAny(word, "-:") {
		return false
	}
	return strings.ContainsAny(word, "+#&.0123456789")
}

func (a *Analyser) finnish(word string) Lexemes {
	var l Lexemes
	if a.dictionary != nil {
		for _, reading := range a.dictionary.Analyse(word) {
			l.Base = appendNew(l.Base, reading.BaseForm)
			for _, part := range reading.Parts {
				if utf8.RuneCountInString(part) >= minPart {
					l.Parts = appendNew(l.Parts, part)
				}
			}
			for _, tail := range reading.Tails {
				l.Parts = appendNew(l.Parts, tail)
			}
		}
	}
	if l.Base == nil {
		l.Base = []string{finnishStem(withoutEnding(word))}
	}
	return l
}

// finnishStem returns the stem of a word, or the word itself where next to
// nothing of it would be left: "barista" is no form of "bar".
func finnishStem(word string) string {
	stem := finnish.Stem(word)
	if n := utf8.RuneCountInString(stem); n < minPart && n+3 <= utf8.RuneCountInString(word) {
		return word
	}
	return stem
}

func swedishLexemes(word string) Lexemes {
	word = withoutEnding(word)
	l := Lexemes{Base: []string{swedish.Stem(word)}}
	for _, head := range swedish.Heads(word) {
		l.Parts = appendNew(l.Parts, head)
	}
	return l
}

func englishStem(word string) string {
	env := snowballstem.NewEnv(strings.TrimSuffix(word, "'s"))
	english.Stem(env)
	return env.Current()
}

// withoutEnding cuts a case ending off after a colon.
func withoutEnding(word string) string {
	if stem, _, ok := strings.Cut(word, ":"); ok && stem != "" {
		return stem
	}
	return word
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// Readings returns the dictionary's readings of a Finnish word, nil without a
// dictionary.
func (a *Analyser) Readings(word string) []finnish.Analysis {
	if a.dictionary == nil {
		return nil
	}
	return a.dictionary.Analyse(word)
}
