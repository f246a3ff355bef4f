package index

import (
	"encoding/binary"
	"errors"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A lexicon is words and their lexemes in a binary form, from one index to
// another: analysing every word anew takes seconds.

// ErrLexicon means that some bytes are no lexicon.
var ErrLexicon = errors.New("not a lexicon")

// Bounds of a lexicon.
const (
	maxLexemes  = 1_000
	maxText     = 400
	maxLearning = 4 << 20
)

// Lexicon returns the index's words from the given number on, for another index
// to Learn, and the number to go on from next time.
func (ix *Index) Lexicon(from int) (data []byte, words, next int) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	v := ix.corpus.vocabulary
	from = max(from, 1)
	for n := from; n < len(v.words); n++ {
		w := &v.words[n]
		data = append(data, byte(w.language))
		data = appendText(data, w.text)
		for _, lexemes := range [...][]uint32{w.bases, w.parts} {
			data = binary.AppendUvarint(data, uint64(len(lexemes)))
			for _, x := range lexemes {
				data = appendText(data, v.lexemes[x].Base)
			}
		}
		words++
	}
	return data, words, len(v.words)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Learn adds the words of a lexicon of the analyser's version, so that they need
// not be analysed. It is best called before the index has words.
func (ix *Index) Learn(data []byte) error {
	ix.writer.Lock()
	defer ix.writer.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if len(ix.corpus.vocabulary.words) == 1 {
		ix.corpus.vocabulary = newVocabulary(min(len(data)/30, maxLearning))
	}
	return ix.corpus.vocabulary.learn(data)
}

func (v *vocabulary) learn(data []byte) error {
	// One string under all texts costs one allocation for all of them.
	r := lexiconReader{all: string(data)}
	for len(r.all) > r.at && !r.bad {
		language := lexis.Language(r.all[r.at])
		r.at++
		text := r.text()
		if r.bad {
			break
		}
		n := uint32(0)
		if v.find(language, text) == 0 {
			n = v.addWord(language, text)
		}
		for _, part := range [...]bool{false, true} {
			for range r.number(maxLexemes) {
				if base := r.text(); n != 0 && !r.bad {
					v.link(n, v.lexeme(language, base), part)
				}
			}
		}
		if n != 0 {
			v.flag(n)
		}
	}
	if r.bad {
		return ErrLexicon
	}
	return nil
}

type lexiconReader struct {
	all string
	at  int
	bad bool
}

func (r *lexiconReader) number(most int) int {
	n, shift := 0, 0
	for r.at < len(r.all) && shift < 28 {
		c := r.all[r.at]
		r.at++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			if n > most {
				break
			}
			return n
		}
		shift += 7
	}
	r.bad = true
	return 0
}

func (r *lexiconReader) text() string {
	n := r.number(maxText)
	if r.bad || n > len(r.all)-r.at {
		r.bad = true
		return ""
	}
	s := r.all[r.at : r.at+n]
	r.at += n
	return s
}
