package terms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/terms"
)

func TestDifferenceSaysWhatChanged(t *testing.T) {
	t.Parallel()

	const old = `# Ehdot

## 1 Liittyminen

Palvelun käyttö on kaikille maksutonta.

- ensimmäinen kohta
- toinen kohta

## 2 Päättyminen

Katso [ohje](https://a.example).

Tämä kappale poistuu kokonaan.
`
	const now = `# Ehdot

## 1 Liittyminen

Palvelun käyttö on kaikille kumppaneille maksutonta.

- ensimmäinen kohta
- toinen kohta
- aivan uusi asia

## 2 Päättyminen

Katso [ohje](https://b.example).
`
	want := []terms.Paragraph{
		{Change: terms.Rewritten, Under: "1 Liittyminen", Pieces: []terms.Piece{
			{Change: terms.Kept, Text: "Palvelun käyttö on kaikille"}, {Change: terms.Added, Text: "kumppaneille"}, {Change: terms.Kept, Text: "maksutonta."},
		}},
		{Change: terms.Added, Under: "1 Liittyminen", Pieces: []terms.Piece{{Change: terms.Added, Text: "aivan uusi asia"}}},
		{Change: terms.Rewritten, Under: "2 Päättyminen", Pieces: []terms.Piece{
			{Change: terms.Kept, Text: "Katso"}, {Change: terms.Removed, Text: "[ohje](https://a.example)."}, {Change: terms.Added, Text: "[ohje](https://b.example)."},
		}},
		{Change: terms.Removed, Under: "2 Päättyminen", Pieces: []terms.Piece{{Change: terms.Removed, Text: "Tämä kappale poistuu kokonaan."}}},
	}
	if diff := cmp.Diff(want, terms.Difference(old, now)); diff != "" {
		t.Error(diff)
	}
	if got := terms.Difference(old, strings.ReplaceAll(old, "\n\n", "\n\n\n")); len(got) > 0 {
		t.Errorf("white space alone: %v", got)
	}
}

// TestDifferenceLosesNoWord: what was removed and what was kept around it stood
// in the old text, what was added in the new one, and nothing is missing.
func TestDifferenceLosesNoWord(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"yksi", "kaksi", "kolme", "neljä", "## otsikko", "- kohta", "1. numero", "\n\n", "\n"})
		text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(words, 0, 40).Draw(t, "words"), " ") })
		old, now := text.Draw(t, "old"), text.Draw(t, "new")
		balance := map[string]int{}
		for _, p := range terms.Difference(old, now) {
			for _, piece := range p.Pieces {
				for w := range strings.FieldsSeq(piece.Text) {
					switch piece.Change {
					case terms.Added:
						balance[w]++
					case terms.Removed:
						balance[w]--
					case terms.Kept, terms.Rewritten:
					}
				}
			}
		}
		count := func(s string, by int) {
			for _, p := range terms.Difference("", s) {
				for w := range strings.FieldsSeq(p.Pieces[0].Text) {
					balance[w] += by
				}
			}
		}
		count(old, 1)
		count(now, -1)
		for w, n := range balance {
			if n != 0 {
				t.Fatalf("%q: %d too many", w, n)
			}
		}
	})
}

func TestDifferenceOfLongTextsIsQuick(t *testing.T) {
	t.Parallel()

	old := strings.Repeat("sana toinen kolmas neljäs ", 3000)
	now := strings.Repeat("sana kolmas toinen viides ", 3000)
	start := time.Now()
	if len(terms.Difference(old, now)) == 0 {
		t.Error("no difference")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}
