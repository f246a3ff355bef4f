package index

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A speller finds words that are spelt nearly like another. It goes through all
// words: whether two can be near is told by a few operations on what is kept of
// each, and few have to be compared letter by letter.
type speller struct {
	mu     sync.Mutex
	known  []spelling // names of places and occupations
	corpus *corpus    // what words is made of
	words  []spelling // by number
}

// A spelling is what tells quickly that a word is not near another one.
type spelling struct {
	text    string
	letters uint64 // which letters it has
	length  uint8  // in letters
}

// Costs of misspellings, in tenths of a letter.
const (
	costLetter = 10
	costDouble = 6 // a letter doubled or not
	costSwap   = 8 // two letters in the wrong order
	costDots   = 3 // a for ä or å, o for ö
	costFirst  = 6 // on top, when the first letter is wrong
	costNone   = 1 << 20
)

// maxCandidates is how many near words are tried.
const maxCandidates = 4

// minDoubtful is the length from which on a word that the dictionary knows is
// taken for a name misspelt, when no posting has it.
const minDoubtful = 6

// nearest returns the words spelt most like word, the nearest first. hits is how
// many postings the word itself finds; unseen tells that none has it as it is.
func (s *speller) nearest(ix *Index, word string, hits int, unseen bool) []string {
	word = strings.ToLower(word)
	length := utf8.RuneCountInString(word)
	allowed := allowance(length)
	if allowed == 0 || lexis.Whole(word) {
		return nil
	}
	known, words := s.prepare(ix)
	switch {
	case !ix.familiar(word, hits):
		if hits > 0 {
			allowed = min(allowed, costLetter)
		}
	case unseen && length >= minDoubtful && !ix.named(word):
		allowed, words = costDouble, nil
	default:
		return nil
	}
	if hits >= fewHits {
		allowed, words = costDouble, nil
	}
	type candidate struct {
		text   string
		cost   int
		number int
		uses   int
	}
	var found []candidate
	target := newSpelling(word)
	a := []rune(word)
	consider := func(sp *spelling, number int) {
		if !target.near(sp, allowed) || sp.text == word {
			return
		}
		if cost := distance(a, []rune(sp.text), allowed); cost <= allowed {
			found = append(found, candidate{text: sp.text, cost: cost, number: number})
		}
	}
	for i := range known {
		consider(&known[i], 0)
	}
	v := ix.corpus.vocabulary
	for n := 1; n < len(words); n++ {
		consider(&words[n], n)
	}
	for i := range found {
		if n := found[i].number; n > 0 {
			found[i].uses = v.in[n].len()
		}
	}
	slices.SortFunc(found, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(y.uses, x.uses), strings.Compare(x.text, y.text))
	})
	var result []string
	for _, c := range found {
		if len(result) < maxCandidates && !slices.Contains(result, c.text) {
			result = append(result, c.text)
		}
	}
	return result
}

// allowance returns how much a word of a length may differ.
func allowance(length int) int {
	switch {
	case length <= 3:
		return 0
	case length <= 5:
		return costLetter
	case length <= 7:
		return costLetter + costDouble
	}
	return 2 * costLetter
}

// prepare brings the spellings up to date with the corpus and returns them.
func (s *speller) prepare(ix *Index) (known, words []spelling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corpus == nil {
		for _, name := range ix.analyser.Names().Spellings() {
			s.known = append(s.known, newSpelling(name.Text))
		}
	}
	if s.corpus != ix.corpus {
		s.corpus, s.words = ix.corpus, []spelling{{}}
	}
	v := ix.corpus.vocabulary
	for n := len(s.words); n < len(v.words); n++ {
		s.words = append(s.words, newSpelling(v.words[n].text))
	}
	return s.known, s.words
}

// familiar reports whether a word is spelt right as far as can be told: a name,
// or a word that the dictionary has and not only made up of parts.
func (ix *Index) familiar(word string, hits int) bool {
	if ix.named(word) {
		return true
	}
	for _, reading := range ix.analyser.Words().Readings(word) {
		if len(reading.Parts) == 0 && len(reading.Tails) == 0 {
			return true
		}
	}
	return hits > 0 && utf8.RuneCountInString(word) < 6
}

func (ix *Index) named(word string) bool {
	return len(ix.analyser.Names().Find([]string{word})) > 0
}

func newSpelling(text string) spelling {
	sp := spelling{text: text}
	n := 0
	for _, r := range text {
		sp.letters |= 1 << letterBit(r)
		n++
	}
	sp.length = uint8(min(n, 255))
	return sp
}

func letterBit(r rune) uint {
	switch r {
	case 'ä', 'å':
		r = 'a'
	case 'ö':
		r = 'o'
	}
	switch {
	case 'a' <= r && r <= 'z':
		return uint(r - 'a')
	case '0' <= r && r <= '9':
		return uint(26 + r - '0')
	}
	return uint(36 + r%28)
}

// near reports whether two spellings can be within a distance: each whole letter
// of it changes at most two of the letters that they have.
func (sp spelling) near(o *spelling, allowed int) bool {
	edits := allowed / costDouble
	difference := int(sp.length) - int(o.length)
	return difference <= edits && -difference <= edits &&
		bits.OnesCount64(sp.letters^o.letters) <= 2*(allowed/costLetter)+1
}

// distance returns what it costs to misspell b as a, or more than limit.
func distance(a, b []rune, limit int) int {
	if len(a) == 0 || len(b) == 0 {
		return costNone
	}
	width := len(b) + 1
	rows := make([]int, 3*width)
	beforeLast, last, row := rows[:width], rows[width:2*width], rows[2*width:]
	for j := range last {
		last[j] = j * costLetter
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i * costLetter
		best := row[0]
		for j := 1; j <= len(b); j++ {
			x, y := a[i-1], b[j-1]
			row[j] = min(last[j-1]+substitution(x, y), last[j]+extra(a, i), row[j-1]+extra(b, j))
			if i > 1 && j > 1 && x == b[j-2] && y == a[i-2] && x != y {
				row[j] = min(row[j], beforeLast[j-2]+costSwap)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return costNone
		}
		beforeLast, last, row = last, row, beforeLast
	}
	cost := last[len(b)]
	if fold(a[0]) != fold(b[0]) {
		cost += costFirst
	}
	return cost
}

// extra returns the cost of the letter before place i being too much.
func extra(word []rune, i int) int {
	if i > 1 && word[i-1] == word[i-2] {
		return costDouble
	}
	return costLetter
}

func substitution(x, y rune) int {
	switch {
	case x == y:
		return 0
	case fold(x) == fold(y):
		return costDots
	}
	return costLetter
}

func fold(r rune) rune {
	switch r {
	case 'ä', 'å':
		return 'a'
	case 'ö':
		return 'o'
	case 'é':
		return 'e'
	}
	return r
}
