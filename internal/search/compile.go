package search

import (
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
	"tyomarkkinatori.fi/portal/internal/search/names"
)

// Compile returns the query that criteria ask for and what was understood of
// their text. It returns an *fault.InvalidError for criteria that ParseCriteria
// would refuse.
func (a *Analyser) Compile(c Criteria) (Query, []Interpretation, error) {
	if err := c.check(); err != nil {
		return Query{}, nil, err
	}
	var q Query
	understood := a.compileText(&q, c)
	q.codes("municipality", document.FieldMunicipality, mapped(c.Municipalities, living))
	q.codes("region", document.FieldRegion, c.Regions)
	q.codes("country", document.FieldCountry, c.Countries)
	q.occupations(c.Occupations)
	q.codes("continuity", document.FieldContinuity, c.Continuity)
	q.codes("working_time", document.FieldWorkTime, c.WorkTimes)
	q.codes("employment", document.FieldEmployment, c.Employments)
	q.codes("posting_language", document.FieldPostingLanguage, c.PostingLanguages)
	q.codes("work_language", document.FieldWorkLanguage, c.WorkLanguages)
	if c.Flexible {
		q.codes("flexible_location", document.FieldFlexible, []string{document.FlexibleValue})
	}
	if c.Employer != "" {
		q.Clauses = append(q.Clauses, Clause{Field: "employer", Value: c.Employer, Node: employer(c.Employer)})
	}
	if !c.Since.IsZero() {
		q.Clauses = append(q.Clauses, Clause{Field: "since", Node: Since{c.Since}})
	}
	return q, understood, nil
}

func (q *Query) codes(parameter string, field document.Field, values []string) {
	if len(values) == 0 {
		return
	}
	c := Clause{Field: parameter}
	if len(values) == 1 {
		c.Value = values[0]
	}
	var or Or
	for _, v := range values {
		or = append(or, Code{field, v})
	}
	c.Node = or
	q.Clauses = append(q.Clauses, c)
}

func (q *Query) occupations(values []string) {
	if len(values) == 0 {
		return
	}
	c := Clause{Field: "occupation", Node: occupationCodes(values)}
	if len(values) == 1 {
		c.Value = values[0]
	}
	q.Clauses = append(q.Clauses, c)
}

func occupationCodes(values []string) Or {
	var or Or
	for _, v := range values {
		_, code, isGroup := strings.Cut(v, "/isco/C")
		switch {
		case isGroup:
			or = append(or, Code{document.FieldOccupation, code})
		case strings.Contains(v, "/"):
			or = append(or, Code{document.FieldConcept, v})
		default:
			or = append(or, Code{document.FieldOccupation, v})
		}
	}
	return or
}

func employer(text string) Node {
	if isBusinessID(text) {
		return Code{document.FieldEmployer, text}
	}
	var and And
	for _, w := range lexis.Words(lexis.Clean(text)) {
		and = append(and, Code{document.FieldEmployerName, w.Text})
	}
	return and
}

func isBusinessID(s string) bool {
	if len(s) != 9 || s[7] != '-' {
		return false
	}
	return strings.Trim(s[:7]+s[8:], "0123456789") == ""
}

func mapped(values []string, f func(string) string) []string {
	result := make([]string, 0, len(values))
	for _, v := range values {
		if v = f(v); !slices.Contains(result, v) {
			result = append(result, v)
		}
	}
	return result
}

// living returns the code of the municipality that a code stands for now.
func living(code string) string {
	if m, ok := names.Living(code); ok {
		return m.Code
	}
	return code
}

// compileText adds the clauses of the criteria's text.
func (a *Analyser) compileText(q *Query, c Criteria) []Interpretation {
	text := lexis.Clean(c.Query)
	terms := withoutRepeats(parseQuery(text))
	fillers := !saysMore(terms)
	literal := literalWords(c.Literal)
	var understood []Interpretation
	var groups []group
	for i := 0; i < len(terms); {
		t := terms[i]
		switch {
		case t.excluded:
			node, in, ok := a.excludedName(t, literal)
			if ok {
				understood = append(understood, in)
			} else {
				node = a.termNode(t)
			}
			q.Clauses = append(q.Clauses, Clause{Field: "q", Value: "-" + t.typed, Node: Not{node}})
			i++
		case t.kind != termWord || literal[t.words[0]]:
			if !fillers && isFiller(t) {
				i++
				continue
			}
			q.Clauses = append(q.Clauses, Clause{Field: "q", Value: t.typed, Ranks: t.kind == termWord, Node: a.termNode(t)})
			i++
		default:
			run := plainRun(terms[i:], literal)
			understood = append(understood, a.compileRun(q, &groups, text, run, fillers)...)
			i += len(run)
		}
	}
	for _, g := range groups {
		q.Clauses = append(q.Clauses, Clause{Field: "q", Value: g.typed, Node: g.node})
	}
	return understood
}

// A group is words that mean codes of one kind, as alternatives.
type group struct {
	kind  document.Field
	typed string
	node  Or
}

// addTo adds what a name means to the group of its kind. Places are all of one.
func (a *Analyser) addTo(groups []group, m names.Match, typed string) []group {
	kind := m.Field
	if kind == document.FieldRegion || kind == document.FieldCountry {
		kind = document.FieldMunicipality
	}
	at := slices.IndexFunc(groups, func(g group) bool { return g.kind == kind })
	if at < 0 {
		at = len(groups)
		groups = append(groups, group{kind: kind, typed: typed})
	} else {
		groups[at].typed += " " + typed
	}
	groups[at].node = append(groups[at].node, a.meaning(m)...)
	return groups
}

// plainRun returns the terms up to the first that is not a plain word.
func plainRun(terms []term, literal map[string]bool) []term {
	for i, t := range terms {
		if t.excluded || t.kind != termWord || literal[t.words[0]] {
			return terms[:i]
		}
	}
	return terms
}

// compileRun adds the clauses of plain words: places and what else means codes
// to its group, all else as clauses of their own. Fillers are left out unless
// told otherwise, save in names.
func (a *Analyser) compileRun(q *Query, groups *[]group, text string, run []term, fillers bool) []Interpretation {
	words := make([]string, len(run))
	for i, t := range run {
		words[i] = t.words[0]
	}
	var understood []Interpretation
	next := 0
	for _, m := range append(a.names.Find(words), names.Match{Start: len(run), End: len(run)}) {
		for ; next < m.Start; next++ {
			if !fillers && isFiller(run[next]) {
				continue
			}
			q.Clauses = append(q.Clauses, Clause{Field: "q", Value: run[next].typed, Ranks: true, Node: a.termNode(run[next])})
		}
		if m.Start == m.End {
			break
		}
		typed := text[run[m.Start].start:run[m.End-1].end]
		understood = append(understood, interpretation(m, typed))
		next = m.End
		if m.Field == document.FieldOccupation {
			named := a.namesNode(m)
			q.Clauses = append(q.Clauses, Clause{
				Field: "q", Value: typed, Ranks: true,
				Node: append(occupationCodes(m.Codes), named...), Said: a.wordsNode(run[m.Start:m.End]), Names: named,
			})
			continue
		}
		*groups = a.addTo(*groups, m, typed)
	}
	return understood
}

func interpretation(m names.Match, typed string) Interpretation {
	kinds := map[document.Field]FacetName{
		document.FieldMunicipality: FacetMunicipality, document.FieldRegion: FacetRegion,
		document.FieldCountry: FacetCountry, document.FieldOccupation: FacetOccupation,
		document.FieldContinuity: FacetContinuity, document.FieldWorkTime: FacetWorkTime,
		document.FieldFlexible: FacetFlexible,
	}
	return Interpretation{Word: typed, Kind: kinds[m.Field], Codes: m.Codes, Name: m.Name}
}

// wordsNode asks for words all at once, as one of its alternatives.
func (a *Analyser) wordsNode(run []term) Or {
	if len(run) == 1 {
		return a.wordNode(run[0].words[0])
	}
	var and And
	for _, t := range run {
		and = append(and, a.wordNode(t.words[0]))
	}
	return Or{and}
}

// meaning asks for what a name means: its codes, or any other name for it.
func (a *Analyser) meaning(m names.Match) Or {
	if m.Field == document.FieldOccupation {
		return append(occupationCodes(m.Codes), a.namesNode(m)...)
	}
	var or Or
	for _, code := range m.Codes {
		or = append(or, Code{m.Field, code})
	}
	return append(or, a.namesNode(m)...)
}

// namesNode asks for any name of what was found. A filter's names count in
// titles only, and so does what is said in another language than the name's or
// in several words: elsewhere it is too often chance.
func (a *Analyser) namesNode(m names.Match) Or {
	var or Or
	for _, name := range a.names.NamesOf(m) {
		for _, language := range lexis.Languages() {
			inTitle := m.Field != document.FieldOccupation || language != name.Language || len(name.Words) > 1
			var and And
			for _, word := range name.Words {
				var readings Or
				for _, base := range a.words.Lexemes(language, word).Base {
					readings = append(readings, Name{Word{language, base}, inTitle})
				}
				and = append(and, readings)
			}
			if len(and) > 1 {
				or = append(or, and)
			} else {
				readings, _ := and[0].(Or)
				or = append(or, readings...)
			}
		}
	}
	return or
}

// excludedName reads a term as a name whose meaning is excluded.
func (a *Analyser) excludedName(t term, literal map[string]bool) (Node, Interpretation, bool) {
	if t.kind != termWord || literal[t.words[0]] {
		return nil, Interpretation{}, false
	}
	found := a.names.Find(t.words)
	if len(found) == 0 {
		return nil, Interpretation{}, false
	}
	in := interpretation(found[0], t.typed)
	in.Excluded = true
	return a.meaning(found[0]), in, true
}

func (a *Analyser) termNode(t term) Node {
	switch t.kind {
	case termPrefix:
		return Prefix{t.words[0]}
	case termPhrase:
		return Phrase{t.words}
	case termWord:
	}
	return a.wordNode(t.words[0])
}

// wordNode asks for a word in any language; for one with hyphens, its pieces
// will do as well.
func (a *Analyser) wordNode(word string) Or {
	or := a.bases(word)
	if pieces := lexis.Pieces(word); len(pieces) > 1 {
		var and And
		for _, piece := range pieces {
			and = append(and, a.bases(piece))
		}
		or = append(or, and)
	}
	return or
}

// literalWords returns the words that stand for themselves alone.
func literalWords(texts []string) map[string]bool {
	literal := map[string]bool{}
	for _, text := range texts {
		for _, w := range lexis.Words(lexis.Clean(text)) {
			literal[w.Text] = true
		}
	}
	return literal
}

// withoutRepeats leaves out terms that have been said before.
func withoutRepeats(terms []term) []term {
	seen := map[string]bool{}
	return slices.DeleteFunc(terms, func(t term) bool {
		key := t.key()
		repeated := seen[key]
		seen[key] = true
		return repeated
	})
}

// saysMore reports whether a query has more to it than fillers: words that say
// nothing of the work.
func saysMore(terms []term) bool {
	return slices.ContainsFunc(terms, func(t term) bool { return !t.excluded && !isFiller(t) })
}

func isFiller(t term) bool {
	if t.kind != termWord {
		return false
	}
	switch t.words[0] {
	case "ja", "tai", "sekä", "on", "avoin", "avoimet", "avoimia", "työpaikka", "työpaikat", "työpaikkoja",
		"och", "eller", "i", "på", "som", "en", "ett", "för", "med", "till", "av", "vid", "att", "ledig", "lediga", "ledigt", "jobb",
		"the", "and", "or", "in", "at", "of", "for", "a", "to", "with", "job", "jobs":
		return true
	}
	return false
}
