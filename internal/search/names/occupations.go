package names

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

func (n *Names) addTitle(t reference.JobTitle) {
	var name reference.Text
	if len(t.Fi) > 0 {
		name.Fi = t.Fi[0]
	}
	if len(t.Sv) > 0 {
		name.Sv = t.Sv[0]
	}
	e := entry{document.FieldOccupation, t.Code, name}
	for _, title := range t.Fi {
		n.addOccupation(lexis.Finnish, title, e)
	}
	for _, title := range t.Sv {
		n.addOccupation(lexis.Swedish, title, e)
	}
}

// addConcept adds the names of a concept that everyday titles do not have.
func (n *Names) addConcept(c reference.Concept) {
	e := entry{document.FieldOccupation, c.URI, c.Name}
	if _, code, ok := strings.Cut(c.URI, "/isco/C"); ok {
		e.code = code
	}
	for language, name := range map[lexis.Language]string{lexis.Finnish: c.Name.Fi, lexis.Swedish: c.Name.Sv} {
		alternatives := c.Alt["fi"]
		if language == lexis.Swedish {
			alternatives = c.Alt["sv"]
		}
		for _, title := range append([]string{name}, alternatives...) {
			// Labels name both sexes with a slash: "sairaanhoitaja/sjukskötare".
			for title := range strings.SplitSeq(title, "/") {
				key := n.occupationKeys(language, title)
				if len(key) == 0 || slices.ContainsFunc(n.occupations[key[0]], func(o entry) bool { return !strings.Contains(o.code, "/") }) {
					continue
				}
				n.addOccupation(language, title, e)
			}
		}
	}
}

func (n *Names) addOccupation(language lexis.Language, title string, e entry) {
	keys := n.occupationKeys(language, title)
	for _, key := range keys {
		put(n.occupations, n.prefixes, key, e)
	}
	if words := lexis.Words(lexis.Clean(title)); len(words) == 1 {
		n.spellings = append(n.spellings, Spelling{language, words[0].Text})
	}
}

// occupationKeys returns the language and base forms of a title's words, once
// for each way to read them.
func (n *Names) occupationKeys(language lexis.Language, title string) []string {
	words := lexis.Words(lexis.Clean(title))
	if len(words) == 0 || len(words) > maxNameWords {
		return nil
	}
	keys := []string{string(language) + ":"}
	for i, w := range words {
		var next []string
		for _, key := range keys {
			for k, base := range n.words.Lexemes(language, w.Text).Base {
				if k == maxReadings || len(next) == maxKeys {
					break
				}
				if i > 0 {
					base = " " + base
				}
				next = append(next, key+base)
			}
		}
		keys = next
	}
	return keys
}

// Classify returns the codes of the occupations named in a posting's title, by
// their names or, failing that, by the last parts of its compounds.
func (n *Names) Classify(language lexis.Language, title string) []string {
	if language != lexis.Finnish && language != lexis.Swedish {
		return nil
	}
	var words []string
	for _, w := range lexis.Words(title) {
		words = append(words, w.Text)
	}
	var codes []string
	for _, m := range n.Find(words) {
		if m.Field == document.FieldOccupation {
			codes = appendNew(codes, m.Codes...)
		}
	}
	if codes != nil {
		return codes
	}
	for _, word := range words {
		parts := slices.Clone(n.words.Lexemes(language, word).Parts)
		slices.SortStableFunc(parts, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
		for _, part := range parts {
			if found := n.occupations[string(language)+":"+part]; found != nil {
				codes = appendNew(codes, match(found, 0, 1).Codes...)
				break
			}
		}
	}
	return codes
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
