// Package names knows the names of places and occupations in Finnish and
// Swedish, and finds them in texts in any case form.
package names

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// Bounds of the work on a name.
const (
	maxNameWords = 6
	maxReadings  = 4
	maxKeys      = 32
)

// Names are the places and occupations that texts are searched for. They are
// safe for concurrent use.
type Names struct {
	words   *lexis.Analyser
	version string

	places      map[string][]entry // by the name's words, in every case form
	occupations map[string][]entry // by language and the base forms of the name's words
	prefixes    map[string]bool    // beginnings of longer keys of either map
	concepts    []concept          // what has several names, by number from 1
	isco        map[string]string  // ISCO code of a concept by its URI
	spellings   []Spelling
}

// An entry is what a name means.
type entry struct {
	field   document.Field
	code    string
	name    reference.Text
	concept int // 0 when it has no other names
}

// A Match is a name found in a text.
type Match struct {
	// Start and End are the places of its words, End not included.
	Start, End int
	// Field is that of Codes: of a place, an occupation, or another field that
	// words can name; an occupation's code is of ISCO-08 or a concept's URI.
	Field document.Field
	// Codes are what the name can mean, as alternatives.
	Codes []string
	Name  reference.Text

	concepts []int
}

// A Spelling is a single word that is known to be spelt right.
type Spelling struct {
	Language lexis.Language
	Text     string
}

// New returns the names of package reference, and those of concepts where the
// database holds any.
func New(words *lexis.Analyser, concepts []reference.Concept) *Names {
	n := &Names{
		words:       words,
		places:      map[string][]entry{},
		occupations: map[string][]entry{},
		prefixes:    map[string]bool{},
		concepts:    make([]concept, 1),
		isco:        make(map[string]string, len(concepts)),
	}
	n.addPlaces()
	n.addFilters()
	for _, t := range reference.JobTitles() {
		n.addTitle(t)
	}
	sum := sha256.New()
	for _, c := range concepts {
		n.isco[c.URI] = c.ISCO
		n.addConcept(c)
		_, _ = fmt.Fprintln(sum, c.URI, c.ISCO, c.Name, c.Alt)
	}
	n.version = fmt.Sprintf("%s.%d.%s", rules, len(concepts), hex.EncodeToString(sum.Sum(nil)[:3]))
	return n
}

// rules counts the changes to this package that alter what Find answers.
const rules = "2"

// Version changes whenever Find may answer otherwise, save with the words'
// analyser.
func (n *Names) Version() string { return n.version }

// Spellings returns the single words among the names, places in every case form,
// which a misspelt word may have been meant to be.
func (n *Names) Spellings() []Spelling {
	all := slices.Clone(n.spellings)
	for key := range n.places {
		if !strings.Contains(key, " ") {
			all = append(all, Spelling{lexis.Other, key})
		}
	}
	slices.SortFunc(all, func(a, b Spelling) int {
		return cmp.Or(cmp.Compare(a.Language, b.Language), strings.Compare(a.Text, b.Text))
	})
	return slices.Compact(all)
}

// ISCO returns the ISCO-08 code of an occupation's URI, or "" when it is not
// known.
func (n *Names) ISCO(uri string) string {
	if _, code, ok := strings.Cut(uri, "/isco/C"); ok {
		if _, known := reference.OccupationByCode(code); known {
			return code
		}
		return ""
	}
	return n.isco[uri]
}

func put(m map[string][]entry, prefixes map[string]bool, key string, e entry) {
	if key == "" || slices.Contains(m[key], e) {
		return
	}
	m[key] = append(m[key], e)
	for i, r := range key {
		if r == ' ' {
			prefixes[key[:i]] = true
		}
	}
}

// Find returns the names in a text, given as its words in lower case: the
// longest first from each word on, none overlapping.
func (n *Names) Find(words []string) []Match {
	var matches []Match
	for i := 0; i < len(words); {
		m, ok := n.longest(words, i)
		if !ok {
			i++
			continue
		}
		matches = append(matches, m)
		i = m.End
	}
	return matches
}

// longest returns the longest name that begins at word i. A place goes before
// an occupation of the same length.
func (n *Names) longest(words []string, i int) (Match, bool) {
	best := n.lookUp(n.places, words, i, "", func(word string) []string { return []string{word} })
	for _, language := range [...]lexis.Language{lexis.Finnish, lexis.Swedish} {
		found := n.lookUp(n.occupations, words, i, string(language)+":", func(word string) []string {
			return n.words.Lexemes(language, word).Base
		})
		switch {
		case found.End > best.End:
			best = found
		case found.End == best.End && best.Field == document.FieldOccupation && found.Field == best.Field:
			best.Codes = appendNew(best.Codes, found.Codes...)
			for _, c := range found.concepts {
				best.addConcept(c, found.Name)
			}
		}
	}
	return best, best.End > i
}

func (n *Names) lookUp(m map[string][]entry, words []string, i int, prefix string, readings func(string) []string) Match {
	best := Match{Start: i}
	keys := []string{prefix}
	for j := i; j < len(words) && j < i+maxNameWords; j++ {
		var next []string
		var found []entry
		for _, key := range keys {
			for k, reading := range readings(words[j]) {
				if k == maxReadings || len(next) == maxKeys {
					break
				}
				full := key + reading
				for _, e := range m[full] {
					if !slices.Contains(found, e) && (e.field != document.FieldCountry || j > i || n.meansCountry(words[j], e)) {
						found = append(found, e)
					}
				}
				if n.prefixes[full] {
					next = append(next, full+" ")
				}
			}
		}
		if len(found) > 0 {
			best = match(found, i, j+1)
		}
		if keys = next; len(keys) == 0 {
			break
		}
	}
	return best
}

// match joins what a name can mean: the meanings of the smallest field only, so
// that the city of a name goes before the country.
func match(found []entry, start, end int) Match {
	slices.SortStableFunc(found, func(a, b entry) int { return int(a.field) - int(b.field) })
	m := Match{Start: start, End: end, Field: found[0].field, Name: found[0].name}
	for _, e := range found {
		if e.field != m.Field {
			continue
		}
		if e.concept != 0 {
			m.addConcept(e.concept, e.name)
		} else if len(m.Codes) > 0 && !slices.Contains(m.Codes, e.code) {
			m.Name = joined(m.Name, e.name)
		}
		m.Codes = appendNew(m.Codes, e.code)
	}
	return m
}

// maxShown is how many occupations a match can name.
const maxShown = 3

// addConcept adds a concept that the name can mean.
func (m *Match) addConcept(c int, name reference.Text) {
	if slices.Contains(m.concepts, c) {
		return
	}
	if n := len(m.concepts); n > 0 && n < maxShown && name.Fi != m.Name.Fi {
		m.Name = joined(m.Name, name)
	}
	m.concepts = append(m.concepts, c)
}

func joined(a, b reference.Text) reference.Text {
	join := func(a, b string) string {
		if a == "" || b == "" {
			return a + b
		}
		return a + ", " + b
	}
	return reference.Text{Fi: join(a.Fi, b.Fi), Sv: join(a.Sv, b.Sv), En: join(a.En, b.En)}
}
