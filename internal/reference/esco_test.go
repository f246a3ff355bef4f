package reference_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/reference"
)

const (
	nurse   = "http://data.europa.eu/esco/occupation/aaaa"
	officer = "http://data.europa.eu/esco/occupation/bbbb"
	own     = "http://data.tyomarkkinatori.fi/esco/occupation/cccc"
)

// table is the tab-separated form: two occupations, one of Finland's own, a
// group and a field of education.
func table() string {
	return strings.Join([]string{
		"uri\tnotation\tfi\tsv\ten",
		nurse + "\t2221.2\tsairaanhoitaja\tsjukskötare\tnurse",
		officer + "\t110.1\tupseeri\t\tofficer",
		own + "\t5321.9\tmuistihoitaja\tminnesvårdare\t",
		"http://data.europa.eu/esco/isco/C2221\t2221\tYlihoitajat\tÖverskötare\tNursing professionals",
		"http://data.europa.eu/esco/isced-f/0913\t0913\tHoitotyö\tVård\tNursing",
		"",
	}, "\r\n")
}

const official = `conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status
Occupation,` + nurse + `,2221,sjukskötare,"sjuksköterska
avdelningssköterska
sjuksköterska",released
Occupation,` + officer + `,C0110,officer,,released
KnowledgeSkillCompetence,http://data.europa.eu/esco/skill/dddd,,vård,,released
`

var staff = audit.Ref{Kind: "staff", ID: "7"}

func load(t *testing.T, db *postgres.DB, files ...reference.ESCOFile) reference.ESCOReport {
	t.Helper()
	report, err := reference.LoadESCO(t.Context(), db, staff, files...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func file(name, content string) reference.ESCOFile {
	return reference.ESCOFile{Name: name, Content: strings.NewReader(content)}
}

func concepts(t *testing.T, db *postgres.DB) []reference.Concept {
	t.Helper()
	all, err := reference.ESCOConcepts(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLoadESCOTable(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)

	got := load(t, db, file("esco.tsv", table()))

	want := reference.ESCOReport{Added: 3, Ignored: 2}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	none := map[string][]string{}
	wantConcepts := []reference.Concept{
		{URI: nurse, ISCO: "2221", Name: reference.Text{Fi: "sairaanhoitaja", Sv: "sjukskötare", En: "nurse"}, Alt: none},
		{URI: officer, ISCO: "0110", Name: reference.Text{Fi: "upseeri", En: "officer"}, Alt: none},
		{URI: own, ISCO: "5321", Name: reference.Text{Fi: "muistihoitaja", Sv: "minnesvårdare"}, Alt: none},
	}
	if d := cmp.Diff(wantConcepts, concepts(t, db)); d != "" {
		t.Errorf("concepts (-want +got):\n%s", d)
	}
}

func TestLoadESCOOfficialForm(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	load(t, db, file("esco.tsv", table()))

	got := load(t, db, file("/x/occupations_sv.csv", "\ufeff"+official))

	want := reference.ESCOReport{Changed: 2, Ignored: 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	first := concepts(t, db)[0]
	wantFirst := reference.Concept{
		URI: nurse, ISCO: "2221", Name: reference.Text{Fi: "sairaanhoitaja", Sv: "sjukskötare", En: "nurse"},
		Alt: map[string][]string{"sv": {"avdelningssköterska", "sjuksköterska"}},
	}
	if d := cmp.Diff(wantFirst, first); d != "" {
		t.Errorf("concept (-want +got):\n%s", d)
	}
	// The other form has no synonyms, so it takes none away.
	if d := cmp.Diff(reference.ESCOReport{Unchanged: 3, Ignored: 2}, load(t, db, file("esco.tsv", table()))); d != "" {
		t.Errorf("third load (-want +got):\n%s", d)
	}
	if d := cmp.Diff(wantFirst, concepts(t, db)[0]); d != "" {
		t.Errorf("concept after the third load (-want +got):\n%s", d)
	}
}

func TestLoadESCOTwiceChangesNothing(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	load(t, db, file("a.tsv", table()), file("occupations_sv.csv", official))
	before := concepts(t, db)

	got := load(t, db, file("a.tsv", table()), file("occupations_sv.csv", official))

	if d := cmp.Diff(reference.ESCOReport{Unchanged: 3, Ignored: 3}, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	if d := cmp.Diff(before, concepts(t, db)); d != "" {
		t.Errorf("concepts (-first +second):\n%s", d)
	}
}

func TestLoadESCORenamesAndKeeps(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	load(t, db, file("a.tsv", table()))

	got := load(t, db, file("b.tsv", "uri\tnotation\tfi\tsv\ten\n"+nurse+"\t3221.1\tsairaanhoitaja\tsjuksköterska\t\n"))

	if d := cmp.Diff(reference.ESCOReport{Changed: 1}, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	all := concepts(t, db)
	want := reference.Text{Fi: "sairaanhoitaja", Sv: "sjuksköterska", En: "nurse"}
	if len(all) != 3 || all[0].ISCO != "3221" || all[0].Name != want {
		t.Errorf("got %+v", all)
	}
}

func TestLoadESCOReportsRows(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tabs := strings.Join([]string{
		"uri\tnotation\tfi\tsv\ten",
		"http://example.com/occupation/1\t2221.2\ta\tb\tc",
		nurse + "\t9999.1\ta\tb\tc",
		nurse,
		nurse + "\t2221.1\t\t \t",
		nurse + "\t2221.1\tNUL\x00\tb\tc",
		nurse + "\t2221.1\t" + strings.Repeat("å", 301) + "\tb\tc",
		nurse + "\t2221.1\t\xff\tb\tc",
		"",
		officer + "\t0110.1\tupseeri\tofficer\tarmed forces officer",
	}, "\n")
	sheet := "conceptUri,iscoGroup,preferredLabel\n" +
		nurse + ",2221,\"line\nbreak\"\n" +
		nurse + ",2221,a \"bare\" quote\n" +
		own + ",5321\n" +
		own + ",5321,minnesvårdare\n"

	got := load(t, db, file("t.tsv", tabs), reference.ESCOFile{Name: "x", Lang: "sv", Content: strings.NewReader(sheet)})

	address, group, text := "not the address of an ESCO concept", "no unit group of ISCO-08", "a name that is too long or not text"
	want := reference.ESCOReport{Added: 2, Faults: []reference.ESCOFault{
		{File: "t.tsv", Line: 2, Reason: address},
		{File: "t.tsv", Line: 3, Reason: group},
		{File: "t.tsv", Line: 4, Reason: "1 columns"},
		{File: "t.tsv", Line: 5, Reason: "no name"},
		{File: "t.tsv", Line: 6, Reason: text},
		{File: "t.tsv", Line: 7, Reason: text},
		{File: "t.tsv", Line: 8, Reason: text},
		{File: "x", Line: 2, Reason: text},
		{File: "x", Line: 4, Reason: "not valid CSV"},
		{File: "x", Line: 5, Reason: "2 columns"},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	if got, want := got.Faults[0].String(), "t.tsv:2: "+address; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLoadESCORefuses(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	cases := map[string]reference.ESCOFile{
		"an empty file":          file("a.tsv", ""),
		"other columns":          file("a.tsv", "synonym\toccupation_name\n3D\tgrafiker\n"),
		"another CSV":            file("occupations_fi.csv", "a,b\n1,2\n"),
		"no language":            file("occupations.csv", official),
		"a language not kept":    file("occupations_de.csv", official),
		"a file that breaks off": {Name: "a.tsv", Content: broken{}},
		"a web page":             file("a.html", "<!DOCTYPE html>\n<title>ESCO</title>\n"),
		"another table":          file("b.tsv", "x\ty\n"),
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := reference.LoadESCO(t.Context(), db, staff, file("good.tsv", table()), bad)

			if err == nil || !strings.Contains(err.Error(), bad.Name) {
				t.Errorf("got %v", err)
			}
			if all := concepts(t, db); len(all) > 0 {
				t.Errorf("%d concepts were loaded", len(all))
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestLoadESCOIsAudited(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	load(t, db, file("a.tsv", table()))
	load(t, db, file("a.tsv", table()))

	var n, added int
	var actor string
	err := db.QueryRow(t.Context(), `
SELECT count(*), sum((detail->>'added')::int), min(actor_kind || ':' || actor_id)
  FROM audit_event
 WHERE action = $1`, reference.ESCOLoaded).Scan(&n, &added, &actor)
	if err != nil {
		t.Fatal(err)
	}
	if n != 2 || added != 3 || actor != "staff:7" {
		t.Errorf("%d events by %s with %d added", n, actor, added)
	}
}

func FuzzLoadESCO(f *testing.F) {
	f.Add("esco.tsv", table())
	f.Add("occupations_sv.csv", official)
	f.Add("occupations_fi.csv", "conceptUri,iscoGroup,preferredLabel,altLabels\n\"\n")
	f.Add("x.tsv", "uri\tnotation\tfi\tsv\ten\n\x00\t\t\t\t")
	db := pgtest.New(f)
	f.Fuzz(func(t *testing.T, name, content string) {
		first, err := reference.LoadESCO(t.Context(), db, staff, file(name, content))
		if err != nil {
			if errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "load ESCO") {
				t.Fatal(err)
			}
			return
		}
		second, err := reference.LoadESCO(t.Context(), db, staff, file(name, content))
		if err != nil {
			t.Fatal(err)
		}
		if second.Added+second.Changed > 0 || second.Unchanged != first.Added+first.Changed+first.Unchanged {
			t.Errorf("first %+v, second %+v", first, second)
		}
		for _, c := range concepts(t, db) {
			if o, ok := reference.OccupationByCode(c.ISCO); !ok || o.Level != 4 || c.Name == (reference.Text{}) {
				t.Errorf("loaded %+v", c)
			}
		}
	})
}
