package index

import (
	"slices"
	"sort"
	"strings"
	"sync"
)

// prefixed calls yield with every word that begins with prefix, as it stands or
// in a base form. A word may come more than once.
func (v *vocabulary) prefixed(prefix string, yield func(n uint32)) {
	words, lexemes := v.sorted.update(v)
	at := sort.Search(len(words), func(i int) bool { return v.words[words[i]].text >= prefix })
	for ; at < len(words) && strings.HasPrefix(v.words[words[at]].text, prefix); at++ {
		yield(words[at])
	}
	at = sort.Search(len(lexemes), func(i int) bool { return v.lexemes[lexemes[i]].Base >= prefix })
	for ; at < len(lexemes) && strings.HasPrefix(v.lexemes[lexemes[at]].Base, prefix); at++ {
		for _, n := range v.lexemes[lexemes[at]].asBase {
			n, _ = withoutFlag(n)
			yield(n)
		}
	}
}

// sortedTexts holds the words and lexemes in alphabetical order. It is brought
// up to date by the searches that need it, which may be several at once.
type sortedTexts struct {
	mu             sync.Mutex
	words, lexemes []uint32
}

func (s *sortedTexts) update(v *vocabulary) (words, lexemes []uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = merge(s.words, 1, len(v.words), func(n uint32) string { return v.words[n].text })
	s.lexemes = merge(s.lexemes, 0, len(v.lexemes), func(n uint32) string { return v.lexemes[n].Base })
	return s.words, s.lexemes
}

// merge returns sorted with what was numbered since. It leaves the old slice as
// it was, since other searches may be reading it.
func merge(sorted []uint32, first, end int, text func(uint32) string) []uint32 {
	if first+len(sorted) == end {
		return sorted
	}
	fresh := make([]uint32, 0, end-first-len(sorted))
	for n := first + len(sorted); n < end; n++ {
		fresh = append(fresh, number(n))
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
