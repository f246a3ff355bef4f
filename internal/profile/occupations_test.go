package profile_test

import (
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/reference"
)

const (
	esco = "http://data.europa.eu/esco/occupation/"
	// table is a table of ESCO of three occupations.
	table = "uri\tnotation\tfi\tsv\ten\n" +
		esco + "n1\t5321.1\tlähihoitaja\tnärvårdare\tpractical nurse\n" +
		esco + "n2\t2221.1\tsairaanhoitaja\tsjukskötare\tnurse\n" +
		esco + "n3\t5321.2\tvanhusten lähihoitaja\tnärvårdare för äldre\telderly carer\n"
)

func (w *world) loadESCO() {
	w.t.Helper()
	report, err := reference.LoadESCO(w.t.Context(), w.db, audit.System("test"), reference.ESCOFile{Name: "occupations.tsv", Content: strings.NewReader(table)})
	if err != nil || report.Added != 3 {
		w.t.Fatalf("loaded %+v, %v", report, err)
	}
}

func TestOccupationsAreFoundInBothLanguages(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.loadESCO()
	for text, want := range map[string]string{
		"lähihoitaja": "n1 n3", "LÄHIHOI": "n1 n3", "närvårdare": "n1 n3", "sjukskö": "n2", "nurse": "n2 n1", "x": "", "qwerty": "", "hoitaja": "n1 n2 n3", "vårdare": "n1 n3",
		strings.Repeat("a", 40000): "",
	} {
		found, err := w.Occupations.Find(t.Context(), text, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range found {
			got = append(got, strings.TrimPrefix(o.Code, esco))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%.20s: %q, want %q", text, got, want)
		}
	}
}

func TestOccupationsWithoutESCO(t *testing.T) {
	t.Parallel()

	w := open(t)
	for _, text := range []string{"lähihoitaja", "närvårdare"} {
		found, err := w.Occupations.Find(t.Context(), text, 5)
		if err != nil || len(found) == 0 || !strings.HasPrefix(found[0].Code, "5") {
			t.Errorf("%s: %v, %v", text, found, err)
		}
	}
	w.loadESCO()
	w.pass(time.Hour)
	if found, err := w.Occupations.Find(t.Context(), "sjukskötare", 5); err != nil || len(found) != 1 {
		t.Errorf("after a load: %v, %v", found, err)
	}
}

func TestNameOfAnOccupationIsUnderstood(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.loadESCO()
	for name, want := range map[string]string{"Närvårdare": esco + "n1", "lähi": "", "oma taito": ""} {
		if got := w.add(profile.SectionSkills, skill(name)).Values.Get("occupation"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	name, err := w.Occupations.Name(t.Context(), esco+"n1")
	if err != nil || name.Sv != "närvårdare" {
		t.Errorf("name = %v, %v", name, err)
	}
}
