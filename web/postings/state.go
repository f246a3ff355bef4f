package postings

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
)

// The parameters of the listing that are not criteria, nor fields that only one
// facet has.
const (
	paramQuery    = "q"
	paramLiteral  = "literal"
	paramEmployer = "employer"
	paramSince    = "since"
	paramSort     = "sort"
	paramAfter    = "after"
	paramBefore   = "before"
	// paramWhere is the second field of the search form. It never stays in an
	// address: its words join those of the query.
	paramWhere = "where"
	// paramUnplaced holds those words of that field that are no place. They are
	// in the query as well; this says where they came from.
	paramUnplaced = "unplaced"
	// paramAll names the filter whose every value is to be shown.
	paramAll = "all"
)

// criteriaParams are the parameters that choose postings, in the order in which
// chips and hidden fields stand.
//
//nolint:gochecknoglobals // a constant table
var criteriaParams = []string{
	paramQuery, paramLiteral,
	string(search.FacetOccupation), string(search.FacetMunicipality), string(search.FacetRegion),
	string(search.FacetCountry), string(search.FacetContinuity), string(search.FacetWorkTime),
	string(search.FacetEmployment), string(search.FacetWorkLanguage), string(search.FacetPostingLanguage),
	string(search.FacetFlexible), paramEmployer, paramSince,
}

// state is what the address of a listing says: the criteria and the order, each
// value once, no empty ones, nothing that we do not know. Methods that change it
// return a changed copy.
type state struct {
	lang   i18n.Lang
	values url.Values
	// sort is "" for the order that the search chooses.
	sort search.Sort
	// after and before are cursors, at most one of them set.
	after, before string
	// all is the filter that is shown in full.
	all string
	// unplaced are words that were asked for as a place and are none.
	unplaced string
}

// readState takes a listing's state from its address, without what cannot be
// seen: it is shown again, and searched for, as it is read here.
func readState(lang i18n.Lang, query url.Values) state {
	s := state{lang: lang, values: url.Values{}}
	for _, name := range criteriaParams {
		for _, v := range query[name] {
			if v = tidy(v); v != "" && !slices.Contains(s.values[name], v) {
				s.values.Add(name, v)
			}
		}
	}
	s.sort = search.Sort(tidy(query.Get(paramSort)))
	if s.after = query.Get(paramAfter); s.after == "" {
		s.before = query.Get(paramBefore)
	}
	s.all = query.Get(paramAll)
	if words := tidy(query.Get(paramUnplaced)); words != "" && removeWords(s.query(), words) != s.query() {
		s.unplaced = words
	}
	return s
}

// tidy is what can be seen of v.
func tidy(v string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(v, " ")))
}

func (s state) query() string { return s.values.Get(paramQuery) }

func (s state) has(name, value string) bool { return slices.Contains(s.values[name], value) }

// empty tells that nothing was asked for.
func (s state) empty() bool { return len(s.values) == 0 }

// change returns a copy of s at the first page, its values changed by f.
func (s state) change(f func(url.Values)) state {
	values := make(url.Values, len(s.values)+1)
	for name, vs := range s.values {
		values[name] = slices.Clone(vs)
	}
	f(values)
	s.values = values
	if removeWords(s.query(), s.unplaced) == s.query() {
		s.unplaced = ""
	}
	return s.first()
}

func (s state) with(name, value string) state {
	return s.change(func(v url.Values) {
		if !slices.Contains(v[name], value) {
			v.Add(name, value)
		}
	})
}

func (s state) without(name, value string) state {
	return s.change(func(v url.Values) {
		v[name] = slices.DeleteFunc(v[name], func(x string) bool { return x == value })
		if len(v[name]) == 0 {
			v.Del(name)
		}
	})
}

// asking returns s with another query. Words that had to be literal and are no
// longer asked for are forgotten.
func (s state) asking(query string) state {
	return s.change(func(v url.Values) {
		v.Del(paramQuery)
		if query = strings.Join(strings.Fields(query), " "); query != "" {
			v.Set(paramQuery, query)
		}
		v[paramLiteral] = slices.DeleteFunc(v[paramLiteral], func(word string) bool {
			return !strings.Contains(strings.ToLower(query), strings.ToLower(word))
		})
		if len(v[paramLiteral]) == 0 {
			v.Del(paramLiteral)
		}
	})
}

// inPlaces returns s with the words of the field for places among those of the
// query; unplaced are those that are none.
func (s state) inPlaces(where, unplaced string) state {
	s = s.asking(closed(s.query()) + " " + where)
	s.unplaced = unplaced
	return s
}

// closed is query with its last quotation at an end, so that what follows does
// not become a part of it.
func closed(query string) string {
	quotes := strings.Count(unquoted(query, "\x00"), "\x00")
	if quotes%2 == 0 {
		return query
	}
	return query + `"`
}

// unquoted puts instead in place of every quotation mark.
func unquoted(s, instead string) string {
	return strings.NewReplacer(`"`, instead, "“", instead, "”", instead, "„", instead, "«", instead, "»", instead).Replace(s)
}

// criteria returns s with other criteria.
func (s state) criteria(c search.Criteria) state {
	return s.change(func(v url.Values) {
		clear(v)
		maps.Copy(v, c.Values())
	})
}

func (s state) sorted(by search.Sort) state {
	s.sort = by
	return s.first()
}

// first is s at the first page.
func (s state) first() state {
	s.after, s.before = "", ""
	return s
}

func (s state) isFirst() bool { return s.after == "" && s.before == "" }

func (s state) follows(cursor string) state {
	s.after, s.before = cursor, ""
	return s
}

func (s state) precedes(cursor string) state {
	s.after, s.before = "", cursor
	return s
}

// params returns the parameters of the address of s.
func (s state) params() url.Values {
	v := make(url.Values, len(s.values)+2)
	maps.Copy(v, s.values)
	for name, value := range map[string]string{
		paramSort: string(s.sort), paramAfter: s.after, paramBefore: s.before, paramAll: s.all,
		paramUnplaced: s.unplaced,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// path is the address of the listing in state s.
func (s state) path() string { return paths.WithQuery(paths.JobSearch.In(s.lang), s.params()) }

// criteriaPath is the address of p with the criteria of s alone: its feed, its
// deadlines, and the listing's one address for search engines.
func (s state) criteriaPath(p paths.Pair) string { return paths.WithQuery(p.In(s.lang), s.values) }

// filters counts the filters that are chosen.
func (s state) filters() int {
	n := 0
	for name, vs := range s.values {
		if name != paramQuery && name != paramLiteral {
			n += len(vs)
		}
	}
	return n
}

// replaceWord puts instead in place of word in query, every time that it stands
// there as a word of its own, whatever its case. With "" the word goes away.
func replaceWord(query, word, instead string) string {
	words := strings.Fields(query)
	parts := strings.Fields(word)
	if len(parts) == 0 {
		return query
	}
	var out []string
	for i := 0; i < len(words); {
		if i+len(parts) <= len(words) && equalWords(words[i:i+len(parts)], parts) {
			if instead != "" {
				out = append(out, instead)
			}
			i += len(parts)
			continue
		}
		out = append(out, words[i])
		i++
	}
	return strings.Join(out, " ")
}

// removeWords takes each of words out of query.
func removeWords(query, words string) string {
	for word := range strings.FieldsSeq(words) {
		query = replaceWord(query, word, "")
	}
	return query
}

func equalWords(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool {
		return strings.EqualFold(strings.Trim(x, `",.;:!?()`), strings.Trim(y, `",.;:!?()`))
	})
}
