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
	number := len(n.concepts)
	n.concepts = append(n.concepts, concept{fi: t.Fi, sv: t.Sv, vague: len(t.Codes) > 1 && len(t.Code) < unitGroup})
	for _, code := range t.Codes {
		e := entry{document.FieldOccupation, code, name, number}
		for _, title := range t.Fi {
			n.addOccupation(lexis.Finnish, title, e)
		}
		for _, title := range t.Sv {
			n.addOccupation(lexis.Swedish, title, e)
		}
	}
}

// unitGroup is the length of a unit group's code.
const unitGroup = 4

// A concept is what several names have in common: an occupation or a filter.
type concept struct {
	fi, sv []string
	// vague tells that the names are of several larger groups, so that they do
	// not tell which one a posting belongs to.
	vague bool
}

// A Name is one name of a concept, as its words in lower case.
type Name struct {
	Language lexis.Language
	Words    []string
}

// maxNames bounds how many names of a concept in a language are asked for.
const maxNames = 16

// NamesOf returns the names of the concepts that a match can mean, in both
// languages and in a fixed order, whichever of them was matched.
func (n *Names) NamesOf(m Match) []Name {
	var names []Name
	seen := map[string]bool{}
	add := func(language lexis.Language, titles []string) {
		added := 0
		for _, title := range titles {
			for title := range strings.SplitSeq(title, "/") {
				name := Name{Language: language}
				for _, w := range lexis.Words(lexis.Clean(title)) {
					name.Words = append(name.Words, w.Text)
				}
				key := string(language) + ":" + strings.Join(name.Words, " ")
				if len(name.Words) == 0 || len(name.Words) > maxNameWords || seen[key] || added == maxNames {
					continue
				}
				seen[key] = true
				added++
				names = append(names, name)
			}
		}
	}
	for _, c := range slices.Sorted(slices.Values(m.concepts)) {
		add(lexis.Finnish, n.concepts[c].fi)
		add(lexis.Swedish, n.concepts[c].sv)
	}
	return names
}

// addConcept adds the names of a concept that everyday titles do not have.
func (n *Names) addConcept(c reference.Concept) {
	e := entry{document.FieldOccupation, c.URI, c.Name, len(n.concepts)}
	n.concepts = append(n.concepts, concept{
		fi: append([]string{c.Name.Fi}, c.Alt["fi"]...), sv: append([]string{c.Name.Sv}, c.Alt["sv"]...),
	})
	if _, code, ok := strings.Cut(c.URI, "/isco/C"); ok {
		e.code = code
	}
	own := n.concepts[e.concept]
	for language, titles := range map[lexis.Language][]string{lexis.Finnish: own.fi, lexis.Swedish: own.sv} {
		for _, title := range titles {
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
		codes = appendNew(codes, n.telling(m)...)
	}
	if codes != nil {
		return codes
	}
	for _, word := range words {
		parts := slices.Clone(n.words.Lexemes(language, word).Parts)
		slices.SortStableFunc(parts, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
		for _, part := range parts {
			if found := n.occupations[string(language)+":"+part]; found != nil {
				codes = appendNew(codes, n.telling(match(found, 0, 1))...)
				break
			}
		}
	}
	return codes
}

// telling returns the codes of a match that tell a posting's occupation.
func (n *Names) telling(m Match) []string {
	if m.Field != document.FieldOccupation || slices.ContainsFunc(m.concepts, func(c int) bool { return n.concepts[c].vague }) {
		return nil
	}
	return m.Codes
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
