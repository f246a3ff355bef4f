package search

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// Bounds of criteria.
const (
	maxQuery    = 500 // characters of Query
	maxEmployer = 200 // characters of Employer
	maxValues   = 50  // values of a field, words of Query
	maxPhrases  = 4   // phrases of Query, which are dear to look for
	maxCode     = 200 // bytes of a code that are shown back

	maxSuggestions = 5
)

// A codeField is a field of Criteria that holds codes.
type codeField struct {
	parameter string
	values    func(c *Criteria) *[]string
	known     func(code string) bool
	// kind is what reference.SuggestCodes calls the codes.
	kind string
}

// codeFields returns the fields in the order in which they are asked for.
func codeFields() []codeField {
	return []codeField{
		{"municipality", func(c *Criteria) *[]string { return &c.Municipalities }, found(reference.MunicipalityByCode), reference.KindMunicipality},
		{"region", func(c *Criteria) *[]string { return &c.Regions }, found(reference.RegionByCode), reference.KindRegion},
		{"country", func(c *Criteria) *[]string { return &c.Countries }, found(reference.CountryByCode), reference.KindCountry},
		{"occupation", func(c *Criteria) *[]string { return &c.Occupations }, isOccupation, reference.KindOccupation},
		{"continuity", func(c *Criteria) *[]string { return &c.Continuity }, inList(reference.Continuity), string(reference.Continuity)},
		{"working_time", func(c *Criteria) *[]string { return &c.WorkTimes }, inList(reference.WorkTime), string(reference.WorkTime)},
		{"employment", func(c *Criteria) *[]string { return &c.Employments }, inList(reference.Employment), string(reference.Employment)},
		{"posting_language", func(c *Criteria) *[]string { return &c.PostingLanguages }, found(reference.LanguageByCode), reference.KindLanguage},
		{"work_language", func(c *Criteria) *[]string { return &c.WorkLanguages }, found(reference.LanguageByCode), reference.KindLanguage},
	}
}

func found[T any](byCode func(string) (T, bool)) func(string) bool {
	return func(code string) bool {
		_, ok := byCode(code)
		return ok
	}
}

func inList(name reference.ListName) func(string) bool {
	return found(func(code string) (reference.Entry, bool) { return reference.Lookup(name, code) })
}

// isOccupation accepts groups by code or URI, and any URI of a concept: which
// concepts there are is known to the database only.
func isOccupation(code string) bool {
	_, group, isGroup := strings.Cut(code, "/isco/C")
	if isGroup {
		code = group
	}
	if _, ok := reference.OccupationByCode(code); ok {
		return true
	}
	return !isGroup && (strings.HasPrefix(code, "http://data.europa.eu/esco/occupation/") ||
		strings.HasPrefix(code, "http://data.tyomarkkinatori.fi/esco/occupation/"))
}

// ParseCriteria reads criteria from a URL's parameters and leaves other
// parameters alone. An unknown code gives an *fault.InvalidError that names it,
// under Code, and the nearest known ones, under Suggestions ([]reference.Entry).
func ParseCriteria(v url.Values) (Criteria, error) {
	c := Criteria{
		Query:    strings.TrimSpace(lexis.Clean(strings.Join(v["q"], " "))),
		Literal:  texts(v["literal"]),
		Flexible: flag(v.Get("flexible_location")),
		Employer: strings.TrimSpace(lexis.Clean(v.Get("employer"))),
	}
	for _, f := range codeFields() {
		*f.values(&c) = texts(v[f.parameter])
	}
	var check fault.Checker
	if text := v.Get("since"); text != "" {
		since, err := parseDate(text)
		check.Check(err == nil, "since", "search.bad_date")
		c.Since = since
	}
	if err := check.Err(); err != nil {
		return Criteria{}, err
	}
	if err := c.check(); err != nil {
		return Criteria{}, err
	}
	return c, nil
}

// texts returns the values that say something, each once.
func texts(values []string) []string {
	var result []string
	for _, v := range values {
		v = strings.TrimSpace(lexis.Clean(v))
		if v != "" && !slices.Contains(result, v) {
			result = append(result, v)
		}
		if len(result) > maxValues {
			break
		}
	}
	return result
}

func flag(s string) bool {
	switch s {
	case "", "0", "false", "no":
		return false
	}
	return true
}

// check reports everything that is wrong with the criteria.
func (c *Criteria) check() error {
	var check fault.Checker
	if utf8.RuneCountInString(c.Query) > maxQuery {
		check.Check(false, "q", "search.query_too_long")
	} else {
		terms := parseQuery(lexis.Clean(c.Query))
		phrases := 0
		for _, t := range terms {
			if t.kind == termPhrase {
				phrases++
			}
		}
		check.Check(len(terms) <= maxValues && phrases <= maxPhrases, "q", "search.too_many_values")
	}
	check.Check(len(c.Literal) <= maxValues, "literal", "search.too_many_values")
	for _, f := range codeFields() {
		values := *f.values(c)
		check.Check(len(values) <= maxValues, f.parameter, "search.too_many_values")
		for _, code := range values {
			if !f.known(code) {
				check.Add(fault.FieldError{Field: f.parameter, MessageID: "search.unknown_code", Data: map[string]any{
					"Code":        shown(code),
					"Suggestions": reference.SuggestCodes(f.kind, code, maxSuggestions),
				}})
				break
			}
		}
	}
	check.Check(utf8.RuneCountInString(c.Employer) <= maxEmployer, "employer", "search.employer_too_long")
	return check.Err()
}

// shown cuts what somebody sent to what can be shown back.
func shown(code string) string {
	code = lexis.Clean(code)
	if len(code) <= maxCode {
		return code
	}
	return strings.ToValidUTF8(code[:maxCode], "") + "…"
}

// Values returns the parameters that ParseCriteria reads the criteria from.
func (c Criteria) Values() url.Values {
	v := url.Values{}
	set := func(name string, values ...string) {
		for _, s := range values {
			if s != "" {
				v.Add(name, s)
			}
		}
	}
	set("q", c.Query)
	set("literal", c.Literal...)
	for _, f := range codeFields() {
		set(f.parameter, *f.values(&c)...)
	}
	if c.Flexible {
		set("flexible_location", document.FlexibleValue)
	}
	set("employer", c.Employer)
	if !c.Since.IsZero() {
		set("since", formatDate(c.Since))
	}
	return v
}

// Empty reports whether the criteria ask for nothing in particular.
func (c Criteria) Empty() bool { return len(c.Values()) == 0 }

// Without returns the criteria without one value of a field, or without any of
// its values when value is "". Fields are named as the parameters are; values
// of "q" are the query's words as a Drop names them.
func (c Criteria) Without(field, value string) Criteria {
	switch field {
	case "q":
		c.Query = withoutTerms(c.Query, value)
		return c
	case "flexible_location":
		c.Flexible = false
		return c
	case "employer":
		c.Employer = ""
		return c
	case "since":
		c.Since = time.Time{}
		return c
	case "literal":
		c.Literal = slices.DeleteFunc(slices.Clone(c.Literal), func(s string) bool { return value == "" || s == value })
		return c
	}
	for _, f := range codeFields() {
		if f.parameter == field {
			p := f.values(&c)
			*p = slices.DeleteFunc(slices.Clone(*p), func(s string) bool { return value == "" || s == value })
		}
	}
	return c
}

// withoutTerms takes terms off a query's text.
func withoutTerms(text, value string) string {
	if value == "" {
		return ""
	}
	text = lexis.Clean(text)
	off := map[string]bool{}
	for _, t := range parseQuery(lexis.Clean(value)) {
		off[t.key()] = true
	}
	var b strings.Builder
	from := 0
	for _, t := range parseQuery(text) {
		if off[t.key()] {
			b.WriteString(text[from:t.start])
			b.WriteByte(' ')
			from = t.end
		}
	}
	b.WriteString(text[from:])
	return strings.Join(strings.Fields(b.String()), " ")
}

func (t term) key() string {
	if t.excluded {
		return "-" + strings.ToLower(t.typed)
	}
	return strings.ToLower(t.typed)
}

// Words returns the plain words of the query's text as they were typed: those
// that are not excluded, quoted, beginnings of words or in Literal.
func (c Criteria) Words() []string {
	literal := literalWords(c.Literal)
	var words []string
	for _, t := range parseQuery(lexis.Clean(c.Query)) {
		if !t.excluded && t.kind == termWord && !literal[t.words[0]] && !isFiller(t) {
			words = append(words, t.typed)
		}
	}
	return words
}

// Widened returns the criteria with a group of occupations in place of words.
func (c Criteria) Widened(w Wider) Criteria {
	c.Query = withoutTerms(c.Query, w.Word)
	c.Occupations = append(slices.Clone(c.Occupations), w.Code)
	return c
}

// Respelt returns the criteria with a word that Words returned spelt otherwise.
func (c Criteria) Respelt(word, instead string) Criteria {
	text := lexis.Clean(c.Query)
	for _, t := range parseQuery(text) {
		if !t.excluded && t.kind == termWord && t.typed == word {
			c.Query = text[:t.start] + instead + text[t.start+len(t.typed):]
			break
		}
	}
	return c
}
