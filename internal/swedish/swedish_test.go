package swedish_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/swedish"
)

// rows reads a file of two columns from testdata.
func rows(t *testing.T, name string) [][2]string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list [][2]string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		left, right, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			t.Fatalf("%s: %q has no second column", name, lines.Text())
		}
		list = append(list, [2]string{left, right})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFormsMeet(t *testing.T) {
	t.Parallel()

	words, forms := 0, 0
	for _, row := range rows(t, "forms.tsv") {
		words++
		want := swedish.Stem(row[0])
		for form := range strings.FieldsSeq(row[1]) {
			forms++
			if got := swedish.Stem(form); got != want {
				t.Errorf("Stem(%q) = %q, want %q as of %q", form, got, want, row[0])
			}
		}
	}
	if words < 60 {
		t.Errorf("only %d words", words)
	}
	t.Logf("%d words, %d forms", words, forms)
}

func TestCompoundsShowTheirHeads(t *testing.T) {
	t.Parallel()

	list := rows(t, "compounds.tsv")
	for _, row := range list {
		got := swedish.Heads(row[0])
		if !slices.Contains(got, row[1]) {
			t.Errorf("Heads(%q) = %q, want %q among them", row[0], got, row[1])
		}
	}
	if len(list) < 60 {
		t.Errorf("only %d compounds", len(list))
	}
}

func TestDifferentWordsStayApart(t *testing.T) {
	t.Parallel()

	for _, pair := range [][2]string{
		{"förare", "för"},
		{"målare", "mål"},
		{"murare", "mur"},
		{"arbetare", "arbete"},
		{"tekniker", "teknik"},
		{"musiker", "musik"},
		{"lärare", "lärling"},
		{"ledare", "led"},
		{"sjuksköterska", "sjuk"},
		{"undersköterska", "sköterska"},
		{"kock", "kok"},
		{"ungdomarna", "domare"},
	} {
		if a, b := swedish.Stem(pair[0]), swedish.Stem(pair[1]); a == b {
			t.Errorf("Stem gives %q for %q and %q", a, pair[0], pair[1])
		}
	}
}

func TestHeadsFindNoneInOtherWords(t *testing.T) {
	t.Parallel()

	for _, word := range []string{
		"", "s", "lärare", "chefens", "kock", "samarbete", "sevärd", "reflektorer", "ungdomarna", "sjukdomar",
		"förtjänsten", "skola", "sjukhus", "helsingfors", "metropolis", "skådespelare", "redaktören",
	} {
		if got := swedish.Heads(word); len(got) != 0 {
			t.Errorf("Heads(%q) = %q, want none", word, got)
		}
	}
}

func TestStemOfAHeadIsTheHead(t *testing.T) {
	t.Parallel()

	for _, row := range rows(t, "compounds.tsv") {
		for _, head := range swedish.Heads(row[0]) {
			if got := swedish.Stem(head); got != head {
				t.Errorf("Stem(%q) = %q", head, got)
			}
		}
	}
}

// The list is checked here and not where it is read: a fault in it is a
// fault of the build.
func TestHeadListIsSound(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("heads.tsv")
	if err != nil {
		t.Fatal(err)
	}
	owner := make(map[string]string)
	heads := 0
	for line := range strings.Lines(string(data)) {
		head, forms, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || head == "" || head != strings.ToLower(head) {
			t.Errorf("line %q is not a head and its forms", line)
		}
		heads++
		for _, form := range append(strings.Fields(forms), head) {
			if other := owner[form]; other != "" && other != head {
				t.Errorf("%q is a form of both %q and %q", form, head, other)
			}
			owner[form] = head
			if got := swedish.Stem(form + "s"); got != head && !strings.HasSuffix(form, "s") {
				t.Errorf("Stem(%q) = %q, want %q", form+"s", got, head)
			}
		}
	}
	if heads < 150 {
		t.Errorf("only %d heads", heads)
	}
}

func FuzzStem(f *testing.F) {
	for _, seed := range []string{"sjuksköterskornas", "männens", "\xff\xfe", "ärar", strings.Repeat("lärare", 50), "å", "\x00s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		stem := swedish.Stem(word)
		if utf8.ValidString(word) && !utf8.ValidString(stem) {
			t.Errorf("Stem(%q) = %q", word, stem)
		}
		if len(stem) > len(word)+8 {
			t.Errorf("Stem(%q) = %q is longer", word, stem)
		}
		for _, head := range swedish.Heads(word) {
			if head == "" {
				t.Errorf("Heads(%q) holds an empty one", word)
			}
		}
	})
}

func BenchmarkStem(b *testing.B) {
	words := []string{"sjuksköterskorna", "arbetsplatsen", "erfarenheter", "närvårdare", "vi", "söker", "dig"}
	for b.Loop() {
		for _, word := range words {
			swedish.Stem(word)
		}
	}
	b.ReportMetric(float64(b.N*len(words))/b.Elapsed().Seconds(), "words/s")
}
