package reference_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/reference"
)

// golden reads a tab-separated file of testdata; # begins a comment.
func golden(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all [][]string
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			all = append(all, strings.Split(s.Text(), "\t"))
		}
	}
	return all
}

func TestTablesAreWhole(t *testing.T) {
	t.Parallel()

	tables := map[string][]reference.Entry{
		"regions": reference.Regions(), "countries": reference.Countries(), "languages": reference.Languages(),
	}
	for _, name := range listNames {
		tables[string(name)] = reference.List(name)
	}
	for _, m := range reference.Municipalities() {
		tables["municipalities"] = append(tables["municipalities"], reference.Entry{Code: m.Code, Name: m.Name})
	}
	for _, o := range reference.Occupations() {
		tables["occupations"] = append(tables["occupations"], reference.Entry{Code: o.Code, Name: o.Name})
	}
	want := map[string]int{
		"regions": 19, "municipalities": 308 + 137, "countries": 249, "languages": 184 + 8, "occupations": 619,
		"employer_type": 2, "continuity": 4, "work_time": 2, "hours_period": 2, "start": 3, "wage_basis": 7,
		"work_hours": 8, "shift": 4, "employment": 4, "language_level": 5, "education": 7, "driving_licence": 7,
		"card": 95, "industry": 111,
	}
	got := map[string]int{}
	for name, entries := range tables {
		got[name] = len(entries)
		seen := map[string]bool{}
		for _, e := range entries {
			if seen[e.Code] {
				t.Errorf("%s: code %s stands twice", name, e.Code)
			}
			seen[e.Code] = true
			for _, s := range []string{e.Code, e.Name.Fi, e.Name.Sv, e.Name.En} {
				if s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, "\t\r*\"") {
					t.Errorf("%s: %q has the name %q", name, e.Code, s)
				}
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("entries of each table (-want +got):\n%s", d)
	}
}

var listNames = []reference.ListName{
	reference.EmployerType, reference.Continuity, reference.WorkTime, reference.HoursPeriod, reference.Start,
	reference.WageBasis, reference.WorkHours, reference.Shift, reference.Employment, reference.LanguageLevel,
	reference.Education, reference.DrivingLicence, reference.Card, reference.Industry,
}

func TestMunicipalitiesLieInRegions(t *testing.T) {
	t.Parallel()

	present := 0
	for _, m := range reference.Municipalities() {
		if _, ok := reference.RegionByCode(m.Region); !ok {
			t.Errorf("%s lies in region %q", m.Code, m.Region)
		}
		if m.MergedInto == "" {
			present++
			continue
		}
		into, ok := reference.MunicipalityByCode(m.MergedInto)
		if !ok || into.MergedInto != "" || into.Region != m.Region {
			t.Errorf("%s %s merged into %q, which is no present municipality of region %s", m.Code, m.Name.Fi, m.MergedInto, m.Region)
		}
	}
	if present != 308 {
		t.Errorf("%d present municipalities, want 308", present)
	}
}

func TestCodesKeepTheirZeros(t *testing.T) {
	t.Parallel()

	helsinki, _ := reference.MunicipalityByCode("091")
	pertunmaa, _ := reference.MunicipalityByCode("588")
	officers, _ := reference.OccupationByCode("0110")
	season, _ := reference.Lookup(reference.Continuity, "0201")
	summer, _ := reference.Lookup(reference.Continuity, "0202")
	hours, _ := reference.Lookup(reference.HoursPeriod, "0201")
	got := []string{
		helsinki.Name.In("sv"), pertunmaa.MergedInto, officers.Name.In("fi"),
		season.Name.In("fi"), summer.Name.In("sv"), hours.Name.In("en"),
	}
	want := []string{"Helsingfors", "507", "Upseerit", "kausityö", "sommarjobb", "hours a week"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, ok := reference.MunicipalityByCode("91"); ok {
		t.Error("91 without its zero is a municipality")
	}
	if got := reference.List("nothing"); got != nil {
		t.Errorf("a list that is not there has %v", got)
	}
}

func TestTextInFallsBack(t *testing.T) {
	t.Parallel()

	cases := []struct {
		text       reference.Text
		lang, want string
	}{
		{reference.Text{Fi: "Turku", Sv: "Åbo", En: "Turku"}, "sv", "Åbo"},
		{reference.Text{Fi: "Turku"}, "sv", "Turku"},
		{reference.Text{Sv: "Åbo", En: "Turku"}, "fi", "Åbo"},
		{reference.Text{Sv: "Åbo"}, "en", "Åbo"},
		{reference.Text{En: "Turku"}, "fi", "Turku"},
		{reference.Text{Fi: "Turku", Sv: "Åbo"}, "de", "Turku"},
	}
	for _, c := range cases {
		if got := c.text.In(c.lang); got != c.want {
			t.Errorf("%+v in %s: got %q, want %q", c.text, c.lang, got, c.want)
		}
	}
}

func TestOccupationsHaveParents(t *testing.T) {
	t.Parallel()

	levels := map[int]int{}
	for _, o := range reference.Occupations() {
		levels[o.Level]++
		if o.Level == 1 {
			continue
		}
		if parent, ok := reference.OccupationByCode(o.Code[:o.Level-1]); !ok || parent.Level != o.Level-1 {
			t.Errorf("%s has no parent", o.Code)
		}
	}
	if d := cmp.Diff(map[int]int{1: 10, 2: 43, 3: 130, 4: 436}, levels); d != "" {
		t.Errorf("groups of each level (-want +got):\n%s", d)
	}
}

func TestIndustriesStandInSections(t *testing.T) {
	t.Parallel()

	all := reference.List(reference.Industry)
	if all[0].Code != "A" {
		t.Fatalf("the list begins with %s", all[0].Code)
	}
	for _, e := range all {
		letter := len(e.Code) == 1 && strings.Contains("ABCDEFGHIJKLMNOPQRSTUX", e.Code)
		digits := len(e.Code) == 2 && strings.Trim(e.Code, "0123456789") == ""
		if letter == digits {
			t.Errorf("%q is neither a section nor a division", e.Code)
		}
	}
}

func TestJobTitles(t *testing.T) {
	t.Parallel()

	all := reference.JobTitles()
	if len(all) < 700 {
		t.Errorf("%d job titles, want 700", len(all))
	}
	main := map[string]bool{}
	heads := 0
	for _, j := range all {
		if len(j.Codes) == 0 || j.Codes[0] != j.Code {
			t.Errorf("%v has the code %q and the codes %q", j.Fi, j.Code, j.Codes)
		}
		for i, code := range j.Codes {
			if _, ok := reference.OccupationByCode(code); !ok {
				t.Errorf("%v has the code %q", j.Fi, code)
			}
			for k, other := range j.Codes {
				if i != k && strings.HasPrefix(other, code) {
					t.Errorf("%v has the code %q, and with it %q", j.Fi, code, other)
				}
			}
		}
		if len(j.Code) < 4 {
			heads++
		}
		if main[j.Code+j.Fi[0]] {
			t.Errorf("%s stands twice under %s", j.Fi[0], j.Code)
		}
		main[j.Code+j.Fi[0]] = true
		for lang, words := range map[string][]string{"fi": j.Fi, "sv": j.Sv} {
			if len(words) == 0 || len(slices.Compact(slices.Sorted(slices.Values(words)))) != len(words) {
				t.Errorf("%s %v has no word or one twice in %s", j.Code, j.Fi, lang)
			}
			for _, w := range words {
				if w == "" || w != strings.TrimSpace(w) || strings.ContainsAny(w, ",;()") {
					t.Errorf("%s has the word %q", j.Code, w)
				}
			}
		}
	}
	if heads < 25 {
		t.Errorf("%d words head the names of many occupations, want 25", heads)
	}
}

func TestOccupationPairs(t *testing.T) {
	t.Parallel()

	fi, sv := map[string][]string{}, map[string][]string{}
	note := func(codes map[string][]string, words, more []string) {
		for _, w := range words {
			for _, code := range more {
				if !slices.Contains(codes[w], code) {
					codes[w] = append(codes[w], code)
				}
			}
		}
	}
	for _, j := range reference.JobTitles() {
		note(fi, j.Fi, j.Codes)
		note(sv, j.Sv, j.Codes)
	}
	pairs := golden(t, "occupation_pairs.tsv")
	if len(pairs) < 110 {
		t.Errorf("%d pairs, want 110", len(pairs))
	}
	for _, p := range pairs {
		if len(fi[p[0]]) == 0 || !slices.Equal(fi[p[0]], sv[p[1]]) {
			t.Errorf("%s is %v, %s is %v", p[0], fi[p[0]], p[1], sv[p[1]])
		}
	}
}

func TestFinlandsSwedish(t *testing.T) {
	t.Parallel()

	// The first word is Finland's, Sweden's is a synonym.
	cases := map[string]string{
		"undersköterska": "närvårdare", "sjuksköterska": "sjukskötare", "arbetsterapeut": "ergoterapeut",
		"VVS-montör": "rörmontör", "ambulanssjukvårdare": "förstavårdare", "logoped": "talterapeut",
		"receptarie": "farmaceut", "journalist": "redaktör",
	}
	for sweden, finland := range cases {
		i := slices.IndexFunc(reference.JobTitles(), func(j reference.JobTitle) bool { return slices.Contains(j.Sv, sweden) })
		if i < 0 || reference.JobTitles()[i].Sv[0] != finland {
			t.Errorf("%s is no synonym of %s", sweden, finland)
		}
	}
}
