package reference

import (
	"embed"
	"fmt"
	"iter"
	"strings"
	"sync"
)

//go:embed data/*.tsv
var data embed.FS

// table is an ordered list with an index by code.
type table[T any] struct {
	all    []T
	byCode map[string]int
}

func (t table[T]) find(code string) (T, bool) {
	i, ok := t.byCode[code]
	if !ok {
		var none T
		return none, false
	}
	return t.all[i], true
}

func (t *table[T]) add(code string, v T) {
	if t.byCode == nil {
		t.byCode = map[string]int{}
	}
	t.byCode[code] = len(t.all)
	t.all = append(t.all, v)
}

// rows yields the lines of an embedded table, split at tabs; lines that begin
// with # are comments. A table that does not fit is a fault of the build.
func rows(name string, columns int) iter.Seq[[]string] {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		panic(err)
	}
	return func(yield func([]string) bool) {
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "#") {
				continue
			}
			cells := strings.Split(line, "\t")
			if len(cells) != columns {
				panic(fmt.Sprintf("reference table %s: %d columns in %q, want %d", name, len(cells), line, columns))
			}
			if !yield(cells) {
				return
			}
		}
	}
}

func entries(name string) func() table[Entry] {
	return sync.OnceValue(func() table[Entry] {
		var t table[Entry]
		for c := range rows(name, 4) {
			t.add(c[0], Entry{Code: c[0], Name: Text{Fi: c[1], Sv: c[2], En: c[3]}})
		}
		return t
	})
}

var (
	regions    = entries("regions.tsv")
	countries  = entries("countries.tsv")
	languages  = entries("languages.tsv")
	industries = entries("industries.tsv")
	cards      = entries("cards.tsv")
)

var municipalities = sync.OnceValue(func() table[Municipality] {
	var t table[Municipality]
	for c := range rows("municipalities.tsv", 6) {
		t.add(c[0], Municipality{
			Code: c[0], Name: Text{Fi: c[1], Sv: c[2], En: c[3]}, Region: c[4], MergedInto: c[5],
		})
	}
	return t
})

var occupations = sync.OnceValue(func() table[Occupation] {
	var t table[Occupation]
	for c := range rows("occupations.tsv", 4) {
		t.add(c[0], Occupation{Code: c[0], Level: len(c[0]), Name: Text{Fi: c[1], Sv: c[2], En: c[3]}})
	}
	return t
})

var jobTitles = sync.OnceValue(func() []JobTitle {
	var all []JobTitle
	for c := range rows("jobtitles.tsv", 3) {
		codes := strings.Split(c[0], "|")
		all = append(all, JobTitle{Code: codes[0], Codes: codes, Fi: strings.Split(c[1], "|"), Sv: strings.Split(c[2], "|")})
	}
	return all
})

var lists = sync.OnceValue(func() map[ListName]table[Entry] {
	all := map[ListName]table[Entry]{}
	for c := range rows("lists.tsv", 5) {
		t := all[ListName(c[0])]
		t.add(c[1], Entry{Code: c[1], Name: Text{Fi: c[2], Sv: c[3], En: c[4]}})
		all[ListName(c[0])] = t
	}
	return all
})
