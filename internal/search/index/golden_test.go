package index_test

import (
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

// The word lists of the packages that know the words serve here as well: what
// holds of a word must hold of a search for it.
const (
	finnishForms     = "../../finnish/testdata/forms.tsv"
	finnishCompounds = "../../finnish/testdata/compounds.tsv"
	swedishForms     = "../../swedish/testdata/forms.tsv"
	swedishCompounds = "../../swedish/testdata/compounds.tsv"
	placeForms       = "../../reference/testdata/place_forms.tsv"
	occupationPairs  = "../../reference/testdata/occupation_pairs.tsv"
)

func TestEveryFormFindsEveryOther(t *testing.T) {
	t.Parallel()

	for language, file := range map[string]string{"fi": finnishForms, "sv": swedishForms} {
		words, forms, missed := 0, 0, 0
		for _, row := range rows(t, file) {
			words++
			f := newFinder(t)
			all := append(strings.Fields(row[1]), row[0])
			for i, form := range all {
				f.add(posting(int64(i+1), language, form))
			}
			for i, form := range all {
				forms++
				if !f.finds(row[0], int64(i+1)) {
					missed++
					t.Errorf("%s: %q does not find %q", language, row[0], form)
				}
				if !f.finds(form, int64(len(all))) {
					missed++
					t.Errorf("%s: %q does not find %q", language, form, row[0])
				}
			}
		}
		if words < 60 {
			t.Errorf("%s: only %d words", language, words)
		}
		t.Logf("%s: %d words, %d forms, %d missed", language, words, forms, missed)
	}
}

func TestPartsFindCompounds(t *testing.T) {
	t.Parallel()

	for language, file := range map[string]string{"fi": finnishCompounds, "sv": swedishCompounds} {
		list := rows(t, file)
		for _, row := range list {
			f := newFinder(t)
			f.add(posting(1, language, row[0]))
			if !f.finds(row[1], 1) {
				t.Errorf("%s: %q does not find %q", language, row[1], row[0])
			}
		}
		if len(list) < 60 {
			t.Errorf("%s: only %d compounds", language, len(list))
		}
		t.Logf("%s: %d compounds", language, len(list))
	}
}

func TestEveryFormOfAPlaceFindsItsPostings(t *testing.T) {
	t.Parallel()

	f := newFinder(t)
	ids := map[string][]int64{} // by name of a place
	inRegion := map[string][]int64{}
	id := int64(0)
	for _, p := range reference.Places() {
		id++
		post := posting(id, "fi", "Työntekijä")
		switch p.Kind {
		case reference.PlaceMunicipality:
			post.Content.Municipalities = []string{p.Code}
			m, _ := reference.MunicipalityByCode(p.Code)
			inRegion[m.Region] = append(inRegion[m.Region], id)
		case reference.PlaceRegion:
			post.Content.Regions = []string{p.Code}
			for _, name := range p.Names {
				name = strings.ToLower(name)
				ids[name] = append(ids[name], inRegion[p.Code]...)
			}
		case reference.PlaceCountry:
			continue
		}
		for _, name := range p.Names {
			name = strings.ToLower(name)
			ids[name] = append(ids[name], id)
		}
		f.add(post)
	}
	places, forms := 0, 0
	for _, row := range rows(t, placeForms) {
		places++
		list := strings.Fields(row[1])
		if strings.Contains(row[1], ",") {
			list = strings.Split(row[1], ",")
		}
		for _, form := range append(list, row[0]) {
			forms++
			result := f.find(form)
			slices.Sort(result.IDs)
			if want := slices.Sorted(slices.Values(ids[strings.ToLower(row[0])])); len(result.Understood) != 1 || !slices.Equal(result.IDs, want) {
				t.Errorf("%q finds %v, understood as %v; want %v", form, result.IDs, result.Understood, want)
			}
		}
	}
	if places < 40 {
		t.Errorf("only %d places", places)
	}
	t.Logf("%d places, %d forms", places, forms)
}

func TestAnOccupationIsFoundInTheOtherLanguage(t *testing.T) {
	t.Parallel()

	pairs, missed := 0, 0
	for _, row := range rows(t, occupationPairs) {
		f := newFinder(t)
		f.add(posting(1, "fi", row[0]), posting(2, "sv", row[1]))
		for _, word := range row {
			for id := range int64(2) {
				pairs++
				if !f.finds(word, id+1) {
					missed++
					t.Logf("%q does not find posting %d of %q", word, id+1, row)
				}
			}
		}
	}
	t.Logf("%d searches in pairs, %d missed", pairs, missed)
	if pairs < 400 || missed*20 > pairs {
		t.Errorf("%d of %d searches missed, want at most 5 %%", missed, pairs)
	}
}

// vocabulary returns a finder with a posting for every job title, and one for
// each other word given.
func vocabulary(t *testing.T, words map[string][]string) *finder {
	t.Helper()
	f := newFinder(t)
	id := int64(0)
	for _, title := range reference.JobTitles() {
		for language, names := range map[string][]string{"fi": title.Fi, "sv": title.Sv} {
			for _, name := range names {
				id++
				f.add(posting(id, language, name))
			}
		}
	}
	for language, list := range words {
		for _, word := range list {
			id++
			f.add(posting(id, language, word))
		}
	}
	return f
}

func TestTyposAreCorrected(t *testing.T) {
	t.Parallel()

	list := rows(t, "testdata/typos.tsv")
	meant := map[string][]string{}
	for _, row := range list {
		for _, language := range [...]string{"fi", "sv"} {
			meant[language] = append(meant[language], row[1])
		}
	}
	f := vocabulary(t, meant)
	right := 0
	for _, row := range list {
		strict := f.find(row[0])
		r := f.search(search.Request{Criteria: search.Criteria{Query: row[0]}, Limit: 100, Repairs: true})
		if !slices.Equal(r.IDs, strict.IDs) {
			t.Errorf("%q: advice changed what is found from %v to %v", row[0], strict.IDs, r.IDs)
		}
		if len(r.Corrections) == 1 && f.same(r.Corrections[0].Instead, row[1]) {
			right++
			continue
		}
		t.Logf("%q: corrected to %v, want %q", row[0], r.Corrections, row[1])
	}
	t.Logf("%d of %d typos corrected", right, len(list))
	if len(list) < 100 || right*100 < len(list)*95 {
		t.Errorf("%d of %d typos corrected, want 95 %%", right, len(list))
	}
}

// same tells whether two words find the same postings.
func (f *finder) same(a, b string) bool {
	return slices.Equal(f.find(a).IDs, f.find(b).IDs)
}

func TestRightWordsAreLeftAlone(t *testing.T) {
	t.Parallel()

	// Every second word of the lists is in no posting, and spelt right.
	known := map[string][]string{}
	var absent []string
	for language, files := range map[string][]string{
		"fi": {finnishForms, finnishCompounds}, "sv": {swedishForms, swedishCompounds},
	} {
		for _, file := range files {
			for i, row := range rows(t, file) {
				if i%2 == 0 {
					known[language] = append(known[language], row[0])
				} else {
					absent = append(absent, row[0])
				}
			}
		}
	}
	f := vocabulary(t, known)
	asked, wrong := 0, 0
	for _, word := range absent {
		r := f.search(search.Request{Criteria: search.Criteria{Query: word}, Limit: 100, Repairs: true})
		asked++
		if len(r.Corrections) > 0 && !f.related(r.Corrections[0].Instead, word) {
			wrong++
			t.Logf("%q: corrected to %v", word, r.Corrections)
		}
	}
	t.Logf("%d words, %d wrongly corrected", asked, wrong)
	if asked < 200 || wrong*100 > asked*3 {
		t.Errorf("%d of %d right words were corrected, want at most 3 %%", wrong, asked)
	}
}

// related tells whether a finds b in some language.
func (f *finder) related(a, b string) bool {
	g := newFinder(f.t)
	g.add(posting(1, "fi", b), posting(2, "sv", b))
	return g.find(a).Total > 0
}
