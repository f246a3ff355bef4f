package lexis_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

func texts(text string) []string {
	list := []string{}
	for _, w := range lexis.Words(text) {
		list = append(list, w.Text)
	}
	return list
}

func TestWords(t *testing.T) {
	t.Parallel()

	tests := map[string][]string{
		"":                              {},
		"Kokki, keittiöön!":             {"kokki", "keittiöön"},
		"C++ C# F# .NET":                {"c++", "c#", "f#", ".net"},
		"ASP.NET/Node.js, vue.js.":      {"asp.net", "node.js", "vue.js"},
		"3D 24/7 C1E B2B":               {"3d", "24", "7", "c1e", "b2b"},
		"IT-tuki työ- ja -tuki":         {"it-tuki", "työ", "ja", "tuki"},
		"EU:n huom:Tämä klo 8:30":       {"eu:n", "huom", "tämä", "klo", "8", "30"},
		"vaa'an vaa’an 'niin'":          {"vaa'an", "vaa'an", "niin"},
		"H&M R&D myynti&markkinointi":   {"h&m", "r&d", "myynti", "markkinointi"},
		"lause.Toinen esim. 2.5 18+ a+": {"lause", "toinen", "esim", "2", "5", "18", "a"},
		"hoitaja/sjukskötare":           {"hoitaja", "sjukskötare"},
		"ÄÄKKÖSET ÅBO":                  {"ääkköset", "åbo"},
		"a\u2011b c\u2010d":             {"a-b", "c-d"},
		"' OR 1=1-- %_ & ! ( |":         {"or", "1", "1"},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, texts(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	long := texts(strings.Repeat("ä", 500))
	if len(long) != 1 || len(long[0]) > 120 || !utf8.ValidString(long[0]) {
		t.Errorf("a long word becomes %q", long)
	}
}

func TestWordsTellWhereTheyStand(t *testing.T) {
	t.Parallel()

	text := "Kokki, C++ ja IT-tuki"
	var got []string
	for _, w := range lexis.Words(text) {
		got = append(got, text[w.Start:w.End])
	}
	if diff := cmp.Diff([]string{"Kokki", "C++", "ja", "IT-tuki"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()

	tests := map[string]string{
		"kokki":                   "kokki",
		"a\u0308iti":              "äiti",
		"a\x00b\u202ec\u200bd":    "abcd",
		"siivous\u00adtyö":        "siivoustyö",
		"a\r\nb\tc\u00a0d":        "a  b c d",
		"\xff\xfeko\xed\xa0\x80k": " ko k",
	}
	for text, want := range tests {
		if got := lexis.Clean(text); got != want {
			t.Errorf("Clean(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()

	tests := map[string]string{
		"<p>Kokki</p><p>Turku</p>":                 "kokki turku",
		"<b>ko</b>kki":                             "kokki",
		"a < b, c > d":                             "a b c d",
		"**kokki** [haku](https://x.fi/siivooja)":  "kokki haku",
		"katso https://x.fi/siivooja tai www.y.fi": "katso tai",
		"kirjoita etu.suku@example.org nyt":        "kirjoita nyt",
		"K&auml;yt&auml;nn&ouml;n &lt;ty&ouml;":    "käytännön työ",
		"<script>x()</script":                      "x script",
		"<!-- ei --> on":                           "on",
	}
	for text, want := range tests {
		if got := strings.Join(texts(lexis.Clean(lexis.Plain(text))), " "); got != want {
			t.Errorf("Plain(%q) has the words %q, want %q", text, got, want)
		}
	}
}

func TestLexemes(t *testing.T) {
	t.Parallel()

	a := lexis.NewAnalyser(finnishtest.Open(t))
	tests := []struct {
		language    lexis.Language
		word        string
		base, parts []string
	}{
		{lexis.Finnish, "lähihoitajien", []string{"lähihoitaja"}, []string{"hoitaja"}},
		{lexis.Finnish, "c++", []string{"c++"}, nil},
		{lexis.Finnish, "3d", []string{"3d"}, nil},
		{lexis.Swedish, "närvårdarnas", []string{"närvårdare"}, []string{"vårdare"}},
		{lexis.Swedish, "it-chefens", []string{"it-chef"}, []string{"it", "chef"}},
		{lexis.English, "engineers", []string{"engin"}, nil},
		{lexis.Other, "повара", []string{"повара"}, nil},
	}
	for _, tt := range tests {
		for range 2 { // the second time from the cache
			l := a.Lexemes(tt.language, tt.word)
			for _, base := range tt.base {
				if !slices.Contains(l.Base, base) {
					t.Errorf("%q: base forms %q, want %q among them", tt.word, l.Base, base)
				}
			}
			for _, part := range tt.parts {
				if !slices.Contains(l.Parts, part) {
					t.Errorf("%q: parts %q, want %q among them", tt.word, l.Parts, part)
				}
			}
		}
	}
}

func TestWithoutADictionaryStemsServe(t *testing.T) {
	t.Parallel()

	a := lexis.NewAnalyser(nil)
	if with := lexis.NewAnalyser(finnishtest.Open(t)); with.Version() == a.Version() {
		t.Error("the versions are the same with and without a dictionary")
	}
	if diff := cmp.Diff(a.Lexemes(lexis.Finnish, "asentajan"), a.Lexemes(lexis.Finnish, "asentajalle")); diff != "" {
		t.Errorf("two forms differ:\n%s", diff)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("C++ EU:n a--b '' .net H&M <b>&amp;")
	f.Add("\xff\u202e<a href='")
	f.Fuzz(func(t *testing.T, text string) {
		text = lexis.Clean(lexis.Plain(text))
		if !utf8.ValidString(text) || lexis.Clean(text) != text {
			t.Fatalf("%q is not clean", text)
		}
		at := 0
		for _, w := range lexis.Words(text) {
			if w.Start < at || w.End <= w.Start || w.End > len(text) || w.Text == "" || !utf8.ValidString(w.Text) {
				t.Fatalf("word %+v of %q", w, text)
			}
			at = w.End
		}
	})
}
