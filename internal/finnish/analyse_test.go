package finnish_test

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
)

// rows reads a file of two columns from testdata.
func rows(tb testing.TB, name string) [][2]string {
	tb.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	var list [][2]string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		left, right, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			tb.Fatalf("%s: %q has no second column", name, lines.Text())
		}
		list = append(list, [2]string{left, right})
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

func baseForms(list []finnish.Analysis) []string {
	var forms []string
	for _, a := range list {
		if !slices.Contains(forms, a.BaseForm) {
			forms = append(forms, a.BaseForm)
		}
	}
	slices.Sort(forms)
	return forms
}

func TestFormsMeet(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	words, forms := 0, 0
	for _, row := range rows(t, "forms.tsv") {
		words++
		if got := baseForms(d.Analyse(row[0])); !slices.Contains(got, row[0]) {
			t.Errorf("base forms of %q = %q, want itself among them", row[0], got)
		}
		for form := range strings.FieldsSeq(row[1]) {
			forms++
			if got := baseForms(d.Analyse(form)); !slices.Contains(got, row[0]) {
				t.Errorf("base forms of %q = %q, want %q among them", form, got, row[0])
			}
		}
	}
	if words < 60 {
		t.Errorf("only %d words", words)
	}
	t.Logf("%d words, %d forms", words, forms)
}

func TestCompoundsShowTheirParts(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	list := rows(t, "compounds.tsv")
	for _, row := range list {
		found := false
		analyses := d.Analyse(row[0])
		for _, a := range analyses {
			found = found || slices.Contains(a.Parts, row[1]) || slices.Contains(a.Tails, row[1])
		}
		if !found {
			t.Errorf("Analyse(%q) = %+v, want the part %q", row[0], analyses, row[1])
		}
	}
	if len(list) < 60 {
		t.Errorf("only %d compounds", len(list))
	}
}

func TestAnalyse(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	for _, test := range []struct {
		word string
		want []finnish.Analysis
	}{
		{"hoitajan", []finnish.Analysis{{BaseForm: "hoitaja", Class: finnish.ClassNoun}}},
		{"töitä", []finnish.Analysis{{BaseForm: "työ", Class: finnish.ClassNoun}}},
		{"lastentarhanopettajille", []finnish.Analysis{{
			BaseForm: "lastentarhanopettaja",
			Class:    finnish.ClassNoun,
			Parts:    []string{"lapsi", "tarha", "opettaja"},
			Tails:    []string{"tarhanopettaja", "opettaja"},
		}}},
		{"rantatyö-", []finnish.Analysis{{
			BaseForm: "rantatyö",
			Class:    finnish.ClassNoun,
			Parts:    []string{"ranta"},
			Tails:    []string{"työ"},
		}}},
		{"-hoitajia", []finnish.Analysis{{BaseForm: "hoitaja", Class: finnish.ClassNoun}}},
		{"lto-asentajien", []finnish.Analysis{{
			BaseForm: "lto-asentaja",
			Class:    finnish.ClassNoun,
			Parts:    []string{"asentaja"},
			Tails:    []string{"asentaja"},
		}}},
		{"asiakas-qqxx", []finnish.Analysis{{BaseForm: "asiakas-qqx", Parts: []string{"asiakas"}}}},
		{"sql:ään", []finnish.Analysis{{BaseForm: "sql", Class: finnish.ClassAbbreviation}}},
		{"siivoaminen", []finnish.Analysis{{BaseForm: "siivota", Class: finnish.ClassVerb}}},
		{"kampaajat", []finnish.Analysis{{BaseForm: "kampaaja", Class: finnish.ClassNoun}}},
		{"fysioterapeutilla", []finnish.Analysis{{
			BaseForm: "fysioterapeutti",
			Class:    finnish.ClassNoun,
			Tails:    []string{"terapeutti"},
		}}},
		{"baarimikolle", []finnish.Analysis{{BaseForm: "baarimikko", Class: finnish.ClassNoun}}},
		{"frontendkehittäjien", []finnish.Analysis{{
			BaseForm: "frontendkehittäjä",
			Class:    finnish.ClassNoun,
			Parts:    []string{"kehittäjä"},
			Tails:    []string{"kehittäjä"},
		}}},
		{"biometrikko", nil},
		{"qwzx", nil},
		{"", nil},
		{"-", nil},
		{":", nil},
	} {
		if diff := cmp.Diff(d.Analyse(test.word), test.want); diff != "" {
			t.Errorf("Analyse(%q) (-got +want):\n%s", test.word, diff)
		}
	}
}

func TestUpperCaseIsTheSameWord(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	if diff := cmp.Diff(d.Analyse("LÄHIHOITAJIEN"), d.Analyse("lähihoitajien")); diff != "" {
		t.Error(diff)
	}
}

func TestAMissingHyphenHidesNothing(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	for _, a := range d.Analyse("linjaautonkuljettajia") {
		if slices.Contains(a.Tails, "autonkuljettaja") {
			return
		}
	}
	t.Error("linjaautonkuljettajia has no tail autonkuljettaja")
}

func TestPlacesAreNamesAndNotSplit(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	for form, place := range map[string]string{
		"helsingissä": "helsinki", "helsinkiin": "helsinki", "turussa": "turku", "tampereelta": "tampere",
		"hämeenlinnassa": "hämeenlinna", "pohjois-karjalassa": "pohjois-karjala", "oulusta": "oulu",
		"jyväskylään": "jyväskylä", "lahdessa": "lahti", "rovaniemellä": "rovaniemi", "lappeenrannasta": "lappeenranta",
	} {
		found := false
		for _, a := range d.Analyse(form) {
			if a.BaseForm != place {
				continue
			}
			found = found || a.Class == finnish.ClassPlace && a.Name
			if len(a.Parts) > 0 || len(a.Tails) > 0 {
				t.Errorf("Analyse(%q) splits %q: %q %q", form, place, a.Parts, a.Tails)
			}
		}
		if !found {
			t.Errorf("Analyse(%q) = %+v, want the place %q", form, d.Analyse(form), place)
		}
	}
}

func TestNamesOfPersonsAreNames(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	for form, want := range map[string]finnish.Analysis{
		"virtaselle": {BaseForm: "virtanen", Class: finnish.ClassSurname, Name: true},
		"matille":    {BaseForm: "matti", Class: finnish.ClassGivenName, Name: true},
	} {
		found := false
		for _, a := range d.Analyse(form) {
			found = found || cmp.Equal(a, want)
		}
		if !found {
			t.Errorf("Analyse(%q) = %+v, want %+v among them", form, d.Analyse(form), want)
		}
	}
	for _, a := range d.Analyse("kuorma-auton") {
		if a.Name {
			t.Errorf("kuorma-auton is read as the name %q", a.BaseForm)
		}
	}
}

// Words that are no compounds get no parts from chance.
func TestSimpleWordsHaveNoParts(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	wrong, all := 0, 0
	for _, row := range rows(t, "forms.tsv") {
		if len(d.Analyse(row[0])[0].Tails) > 0 {
			continue
		}
		for form := range strings.FieldsSeq(row[1]) {
			all++
			for _, a := range d.Analyse(form) {
				if len(a.Tails) > 0 {
					wrong++
					t.Logf("%s: %+v", form, a)
					break
				}
			}
		}
	}
	if wrong*100 > all {
		t.Errorf("%d of %d forms of simple words are split", wrong, all)
	}
}

func TestAnalyseIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()

	d := finnishtest.Open(t)
	list := rows(t, "compounds.tsv")
	want := make([][]finnish.Analysis, len(list))
	for i, row := range list {
		want[i] = d.Analyse(row[0])
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, row := range list {
				if got := d.Analyse(row[0]); !cmp.Equal(got, want[i]) {
					t.Errorf("Analyse(%q) = %+v, want %+v", row[0], got, want[i])
				}
			}
		})
	}
	group.Wait()
}

func TestStem(t *testing.T) {
	t.Parallel()

	for word, want := range map[string]string{"hoitajan": "hoitaj", "hoitajien": "hoitaj", "": ""} {
		if got := finnish.Stem(word); got != want {
			t.Errorf("Stem(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzAnalyse(f *testing.F) {
	d := finnishtest.Open(f)
	for _, row := range rows(f, "compounds.tsv") {
		f.Add(row[0])
	}
	for _, word := range []string{"", "-", "--:-", "a:b", "\xff\xfe", "\x00", "ääääääääääääääääääää", strings.Repeat("työ", 40), strings.Repeat("a-", 60), strings.Repeat("ahaa", 25)} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		for _, a := range d.Analyse(word) {
			if a.BaseForm == "" || slices.Contains(a.Parts, "") || slices.Contains(a.Tails, "") {
				t.Errorf("Analyse(%q) = %+v holds an empty text", word, a)
			}
		}
		finnish.Stem(word)
	})
}

func BenchmarkAnalyse(b *testing.B) {
	d := finnishtest.Open(b)
	var words []string
	for _, name := range []string{"forms.tsv", "compounds.tsv"} {
		for _, row := range rows(b, name) {
			words = append(words, row[0])
			words = append(words, strings.Fields(row[1])...)
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		d.Analyse(words[n%len(words)])
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "words/s")
}

func BenchmarkOpen(b *testing.B) {
	path := finnishtest.Path(b)
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var d *finnish.Dictionary
	for b.Loop() {
		var err error
		if d, err = finnish.Open(path); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "heap-MB")
	runtime.KeepAlive(d)
}
