package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

type termKind int

const (
	termWord termKind = iota
	termPrefix
	termPhrase
)

// A term is one part of a query's text.
type term struct {
	kind     termKind
	excluded bool
	// words are one word, or those of a phrase, in lower case.
	words []string
	// typed is the term as it was written, without what excludes it.
	typed string
	// start and end tell where the term stands, its marks included.
	start, end int
}

// parseQuery reads a query's text, which should be what lexis.Clean returns. It
// understands everything: what has no letters or digits says nothing.
func parseQuery(text string) []term {
	var terms []term
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		start := i
		excluded := r == '-' || r == '−' || r == '–'
		if excluded {
			i += size
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if i < len(text) && isQuote(r) {
			end := strings.IndexFunc(text[i+size:], isQuote)
			after := len(text)
			if end < 0 {
				end = len(text)
			} else {
				end += i + size
				_, n := utf8.DecodeRuneInString(text[end:])
				after = end + n
			}
			terms = appendPhrase(terms, text, start, i, i+size, end, after, excluded)
			i = after
			continue
		}
		end := strings.IndexFunc(text[i:], func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
		if end < 0 {
			end = len(text)
		} else {
			end += i
		}
		terms = appendRun(terms, text, start, i, end, excluded)
		i = max(end, i)
	}
	return terms
}

func isQuote(r rune) bool {
	switch r {
	case '"', '“', '”', '„', '«', '»':
		return true
	}
	return false
}

func appendPhrase(terms []term, text string, start, quote, from, to, after int, excluded bool) []term {
	t := term{kind: termPhrase, excluded: excluded, typed: text[quote:after], start: start, end: after}
	for _, w := range lexis.Words(text[from:to]) {
		t.words = append(t.words, w.Text)
	}
	if len(t.words) == 0 {
		return terms
	}
	return append(terms, t)
}

// appendRun adds the words of a run of characters without spaces.
func appendRun(terms []term, text string, start, from, to int, excluded bool) []term {
	words := lexis.Words(text[from:to])
	for i, w := range words {
		t := term{
			excluded: excluded,
			words:    []string{w.Text},
			typed:    text[from+w.Start : from+w.End],
			start:    from + w.Start,
			end:      from + w.End,
		}
		if i == 0 {
			t.start = start
		}
		if i == len(words)-1 {
			t.end = to
			if text[from+w.End:to] == "*" {
				t.kind = termPrefix
				t.typed += "*"
			}
		}
		terms = append(terms, t)
	}
	return terms
}
