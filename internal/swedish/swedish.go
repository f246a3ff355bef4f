// Package swedish stems the Swedish of Finland's job market and finds the
// heads of its compounds: a närvårdare is a vårdare. It knows the inflection of
// its heads; other words are cut by the Snowball rules and a few of its own.
package swedish

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// minPrefix is the shortest first part of a compound, in letters, unless a
// hyphen follows it.
const minPrefix = 2

// maxWordBytes is more than any word has; longer texts are left as they are.
const maxWordBytes = 400

// Stem returns what the forms of a word in lower case have in common. The
// forms of a word that ends in a known head give the base form itself
// ("sjuksköterskornas": "sjuksköterska"); other stems need not be words.
// A stem is for comparing with other stems, not for showing.
func Stem(word string) string {
	if len(word) > maxWordBytes {
		return word
	}
	for at := range suffixes(word) {
		if head, ok := lexicon().heads[word[at:]]; ok && !deceives(word[:at]+head, head) {
			return word[:at] + head
		}
	}
	return cut(word)
}

// Heads returns the base forms of the known heads that a compound in lower
// case ends in, the longest first: "sjuksköterska" and "sköterska" for
// "specialistsjuksköterskornas". A head that stands alone has none, save those
// it contains itself. The stem of a head is the head.
func Heads(word string) []string {
	if len(word) > maxWordBytes {
		return nil
	}
	var found []string
	for at := range suffixes(word) {
		head, ok := lexicon().heads[word[at:]]
		if !ok || !compounds(word[:at]) || deceives(word[:at]+head, head) || slices.Contains(found, head) {
			continue
		}
		found = append(found, head)
	}
	return found
}

// compounds says whether prefix can be the first part of a compound.
func compounds(prefix string) bool {
	return strings.HasSuffix(prefix, "-") || utf8.RuneCountInString(prefix) >= minPrefix
}

// deceives says whether word only looks like a compound of head.
func deceives(word, head string) bool {
	for _, friend := range falseFriends[head] {
		if strings.HasSuffix(word, friend) {
			return true
		}
	}
	return false
}

// suffixes yields where the suffixes of word begin that may be forms of a
// head, the longest first.
func suffixes(word string) iter.Seq[int] {
	return func(yield func(int) bool) {
		longest := lexicon().longest
		for at := max(0, len(word)-longest); at < len(word); at++ {
			if utf8.RuneStart(word[at]) && !yield(at) {
				return
			}
		}
	}
}
