package searchbench_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

var precisionSize = flag.Int("precision", 4_000, "number of postings that the precision of occupations is measured on")

// occupationsAsked are common occupations under two names each, which must find
// the same postings.
var occupationsAsked = [...][2]string{
	{"kokki", "kock"},
	{"lääkäri", "läkare"},
	{"sairaanhoitaja", "sjukskötare"},
	{"lähihoitaja", "närvårdare"},
	{"myyjä", "försäljare"},
	{"siivooja", "städare"},
	{"vartija", "väktare"},
	{"tarjoilija", "servitör"},
	{"kirjanpitäjä", "bokförare"},
	{"lakimies", "juristi"},
	{"sähköasentaja", "elmontör"},
	{"putkiasentaja", "rörmontör"},
	{"kirvesmies", "timmerman"},
	{"maalari", "målare"},
	{"varastotyöntekijä", "lagerarbetare"},
	{"linja-autonkuljettaja", "bussförare"},
	{"ohjelmistokehittäjä", "programvaruutvecklare"},
	{"luokanopettaja", "klasslärare"},
	{"lastenhoitaja", "barnskötare"},
	{"hitsaaja", "svetsare"},
}

// shareRight is the least share of the postings found for an occupation whose
// title names it or whose code is its.
const shareRight = 0.8

// TestOccupationsFindTheirOwn asks for occupations on made-up postings: each
// name finds the same, and a good part of it is of the occupation.
func TestOccupationsFindTheirOwn(t *testing.T) {
	t.Parallel()

	a := search.NewAnalyser(finnishtest.Open(t), nil)
	ix := index.New(a, now)
	postings := map[int64]*jobposting.Posting{}
	var changes []index.Change
	for i := range *precisionSize {
		p := posting(i)
		d := a.Document(p)
		postings[p.ID] = p
		changes = append(changes, index.Change{ID: p.ID, Document: d.Append(nil)})
	}
	ix.Apply(changes, 1)
	found, right := 0, 0
	for _, names := range occupationsAsked {
		ids := allOf(t, a, ix, names[0])
		own := 0
		for _, id := range ids {
			if isOf(a.Words(), postings[id], names[0]) {
				own++
			}
		}
		found, right = found+len(ids), right+own
		t.Logf("%-22s %5d found, %5d of the occupation (%3d %%)", names[0], len(ids), own, 100*own/max(len(ids), 1))
		if float64(own) < shareRight*float64(len(ids)) {
			t.Errorf("%s: only %d of %d postings are of the occupation", names[0], own, len(ids))
		}
		if other := allOf(t, a, ix, names[1]); !slices.Equal(other, ids) {
			t.Errorf("%s finds %d postings, %s %d", names[0], len(ids), names[1], len(other))
		}
	}
	t.Logf("%-22s %5d found, %5d of the occupation (%3d %%)", "all", found, right, 100*right/max(found, 1))
}

// allOf returns all postings that a text finds, the newest first.
func allOf(t *testing.T, a *search.Analyser, ix *index.Index, text string) []int64 {
	t.Helper()
	r := search.Request{Criteria: search.Criteria{Query: text}, Sort: search.SortNewest, Limit: 100}
	q, _, err := a.Compile(r.Criteria)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for {
		result, err := ix.Search(t.Context(), q, r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, result.IDs...)
		if r.Cursor = result.Next; r.Cursor == "" {
			return ids
		}
	}
}

// isOf tells whether a posting's title has a name of the occupation, be it as
// the end of a compound, or one of its codes is the occupation's.
func isOf(words *lexis.Analyser, p *jobposting.Posting, name string) bool {
	var names, codes []string
	for _, j := range reference.JobTitles() {
		if slices.Contains(j.Fi, name) || slices.Contains(j.Sv, name) {
			names = slices.Concat(names, j.Fi, j.Sv)
			codes = append(codes, j.Codes...)
		}
	}
	for _, uri := range p.Content.Occupations {
		if _, code, ok := strings.Cut(uri, "/isco/C"); ok && slices.ContainsFunc(codes, func(group string) bool { return strings.HasPrefix(code, group) }) {
			return true
		}
	}
	for language, title := range p.Content.Title {
		for _, w := range lexis.Words(lexis.Clean(title)) {
			for _, base := range words.Lexemes(lexis.LanguageOf(language), w.Text).Base {
				if slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(base, name) }) {
					return true
				}
			}
		}
	}
	return false
}

// TestTheCorpusKnowsItsOccupations holds the codes of the made-up postings to
// those of the job titles.
func TestTheCorpusKnowsItsOccupations(t *testing.T) {
	t.Parallel()

	codes := map[string][]string{}
	for _, j := range reference.JobTitles() {
		for _, title := range j.Fi {
			codes[title] = append(codes[title], j.Codes...)
		}
	}
	data, err := os.ReadFile("../../../cmd/simulator/corpus/data/jobs.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		if strings.HasPrefix(line, "#") || len(cells) < 3 {
			continue
		}
		title, _, _ := strings.Cut(strings.ReplaceAll(cells[2], "+", " "), "/")
		groups := codes[title]
		if groups == nil {
			continue
		}
		known++
		if !slices.ContainsFunc(groups, func(group string) bool { return strings.HasPrefix(cells[0], group) }) {
			t.Errorf("%s is %s in the corpus and %v among the job titles", title, cells[0], groups)
		}
	}
	if known < 130 {
		t.Errorf("only %d of the corpus's occupations are known", known)
	}
}
