package reference

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kinds of code that SuggestCodes knows beside the names of the lists.
const (
	KindMunicipality = "municipality"
	KindRegion       = "region"
	KindCountry      = "country"
	KindLanguage     = "language"
	KindOccupation   = "occupation"
)

// SuggestCodes returns at most n entries that a person may have meant by an
// unknown code, best first: the code with its leading zeros or in the right
// case, the code of a name given instead (in any of the three languages, or for
// occupations of an everyday job word), then names that begin with or differ
// little from it. Kind is one of the Kind constants or a ListName. A kind that is
// not known, and input that is like nothing, give none.
func SuggestCodes(kind, wrong string, n int) []Entry {
	wrong = strings.ToLower(strings.TrimSpace(wrong))
	// Longer than any name: the distance would only cost time.
	if wrong == "" || len(wrong) > 120 || !utf8.ValidString(wrong) || n <= 0 {
		return nil
	}
	type candidate struct {
		Entry

		distance int
	}
	var found []candidate
	for _, e := range codesOf(kind) {
		d := codeDistance(strings.ToLower(e.Code), wrong)
		for _, name := range []string{e.Name.Fi, e.Name.Sv, e.Name.En} {
			d = min(d, nameDistance(strings.ToLower(name), wrong))
		}
		if d < far {
			found = append(found, candidate{e, d})
		}
	}
	if kind == KindOccupation {
		for _, t := range JobTitles() {
			d := far
			for _, word := range slices.Concat(t.Fi, t.Sv) {
				d = min(d, nameDistance(strings.ToLower(word), wrong))
			}
			for _, code := range t.Codes {
				if o, ok := OccupationByCode(code); ok && d < far {
					found = append(found, candidate{Entry{o.Code, o.Name}, d})
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var all []Entry
	for _, c := range found {
		if len(all) < n && !slices.Contains(all, c.Entry) {
			all = append(all, c.Entry)
		}
	}
	return all
}

// codesOf returns what may be chosen: of municipalities the present ones.
func codesOf(kind string) []Entry {
	switch kind {
	case KindMunicipality:
		var all []Entry
		for _, m := range Municipalities() {
			if m.MergedInto == "" {
				all = append(all, Entry{m.Code, m.Name})
			}
		}
		return all
	case KindRegion:
		return Regions()
	case KindCountry:
		return Countries()
	case KindLanguage:
		return Languages()
	case KindOccupation:
		all := make([]Entry, 0, len(Occupations()))
		for _, o := range Occupations() {
			all = append(all, Entry{o.Code, o.Name})
		}
		return all
	}
	return List(ListName(kind))
}

// far is the distance of what is no suggestion.
const far = 100

func codeDistance(code, wrong string) int {
	if code == wrong {
		return 0
	}
	// c2512 and isco codes without their zeros.
	bare := strings.TrimLeft(strings.TrimPrefix(wrong, "c"), "0")
	if bare != "" && isDigits(bare) && strings.TrimLeft(code, "0") == bare {
		return 1
	}
	return far
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func nameDistance(name, wrong string) int {
	if name == "" {
		return far
	}
	if name == wrong {
		return 0
	}
	length := utf8.RuneCountInString(wrong)
	if length >= 3 && strings.HasPrefix(name, wrong) {
		return 10
	}
	// One slip in four letters; short words are too like each other.
	allowed := min(length/4, 3)
	if allowed == 0 {
		return far
	}
	if d := editDistance([]rune(name), []rune(wrong), allowed); d <= allowed {
		return 1 + d
	}
	return far
}

// editDistance is the number of letters put in, left out or changed, or more
// than limit when it is more than limit.
func editDistance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal, best := row[0], i+1
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
			best = min(best, next)
		}
		if best > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
