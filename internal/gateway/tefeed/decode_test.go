package tefeed_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func serve(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

func (h *harness) posting(tb testing.TB, externalID string) jobposting.Posting {
	tb.Helper()
	var id int64
	if err := h.db.QueryRow(tb.Context(), "SELECT id FROM job_posting WHERE external_id = $1", externalID).Scan(&id); err != nil {
		tb.Fatal(err)
	}
	p, err := jobposting.ByID(tb.Context(), h.db, id)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

type text = jobposting.Localised

// TestP67EveryField reads a record that holds every known field, many of them
// in their unusual forms.
func TestP67EveryField(t *testing.T) {
	t.Parallel()

	h := newHarness(t, newTESystem(t, serve(file(t, "p67.ndjson"))), tefeed.KindP67, nil)
	h.sync(t)
	got := h.posting(t, "9d3c1a52-0000-4000-8000-000000000001")
	want := jobposting.Posting{
		ID: got.ID, Source: jobposting.SourceTE, ExternalID: "9d3c1a52-0000-4000-8000-000000000001",
		Status: jobposting.StatusOpen, Revision: 1, ChangedAt: pgtest.Now, Seq: 1,
		CreatedAt: at("2026-01-10T08:00:00Z"), ModifiedAt: at("2026-02-20T10:11:12.123456Z"),
		PublishedAt: at("2026-02-01T04:00:00Z"), ExpiresAt: at("2026-04-30T20:59:00Z"),
		People: jobposting.People{Contacts: []jobposting.Contact{
			{FirstName: "Malin", LastName: "Modell", Email: "malin@example.invalid", Phone: "+358 40 000 0001"},
		}},
		Content: jobposting.Content{
			Languages: []string{"sv", "fi"}, Markdown: true, EmployerType: "01",
			Advertiser: jobposting.Organisation{
				BusinessID: "8765432-1", Name: text{"sv": "Bemanning Skärgård Ab"}, Office: "Åbo", Reference: "B-17", Industry: "78200",
			},
			Client:   jobposting.Organisation{BusinessID: "2345678-0", Name: text{"sv": "Rederiet Ab"}, Industry: "50101"},
			Homepage: "https://www.bemanning.example.invalid",
			Title:    text{"sv": "Däcksman", "fi": "Kansimies"}, Summary: text{"sv": "Till sjöss"},
			Description: text{"sv": "Jobba **ombord**.\n- vakt", "fi": "Töitä laivalla."},
			Marketing:   text{"sv": "Ett familjerederi."}, Positions: 3,
			Employment: jobposting.Employment{Type: "01"}, Continuity: []string{"02", "0202"}, EndsOn: "2026-08-31",
			WorkTime: "02", PartTimeInfo: text{"sv": "20 h/vecka"}, HoursPeriod: "0201", HoursMin: 18.5, HoursMax: 22.5,
			WorkHours: []string{"03", "08"}, Shifts: []string{"0802"}, Travel: true, Start: "02", StartsOn: "2026-05-01",
			WageBasis: "05", WageInfo: text{"sv": "Enligt kollektivavtal"}, WageRange: "2 400–2 900 €/mån",
			Occupations: []string{
				"http://data.europa.eu/esco/isco/C8350", "http://data.tyomarkkinatori.fi/esco/occupation/kansimies",
				"http://data.europa.eu/esco/isco/C8332",
			},
			Skills: []string{
				"http://data.europa.eu/esco/isced-f/1041",
				"http://data.europa.eu/esco/skill/11111111-2222-3333-4444-555555555555",
			},
			WorkLanguages: []string{"sv", "fi"}, LanguageSkills: []jobposting.LanguageSkill{{Code: "fi", Level: "B1"}},
			Licences: []string{"B"}, Cards: []string{"045", "064"}, CardInfo: text{"sv": "Sjömansintyg"}, Education: "32",
			Countries: []string{"FI", "AX"}, Regions: []string{"21"}, Municipalities: []string{"478"},
			Workplace: jobposting.Workplace{
				Name: text{"sv": "M/S Exempel"}, Address: "Hamngatan 1", PostalCode: "22100", PostOffice: "MARIEHAMN",
			},
			ApplyURL: text{"sv": "https://sok.example.invalid/17"}, ApplyElsewhere: true, ApplyInfo: text{"sv": "Ring Malin."},
			Links: []jobposting.Link{{URL: "https://rederiet.example.invalid", Description: "Rederiet"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posting (-want +got):\n%s", diff)
	}
}

// TestV1EveryField reads a page with a record that holds every field, one that
// holds next to nothing, and one that cannot be used.
func TestV1EveryField(t *testing.T) {
	t.Parallel()

	h := newHarness(t, newTESystem(t, serve(file(t, "v1.json"))), tefeed.KindV1, nil)
	report := h.sync(t)
	wantReport := tefeed.Report{
		Outcome: tefeed.OutcomeRead, Snapshot: true, Records: 3, Rejected: 1, Stored: jobposting.Report{New: 2},
	}
	if diff := cmp.Diff(wantReport, report); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	if got, want := h.rejects(t), "9d3c1a52-0000-4000-8000-000000000013: no_title"; got != want {
		t.Errorf("rejects = %q, want %q", got, want)
	}

	got := h.posting(t, "9d3c1a52-0000-4000-8000-000000000011")
	want := jobposting.Posting{
		ID: got.ID, Source: jobposting.SourceTE, ExternalID: "9d3c1a52-0000-4000-8000-000000000011",
		Status: jobposting.StatusOpen, Revision: 1, ChangedAt: pgtest.Now, Seq: got.Seq,
		CreatedAt: at("2026-01-05T10:00:00Z"), ModifiedAt: at("2026-01-06T10:00:00Z"),
		PublishedAt: at("2026-01-06T10:00:00Z"), ExpiresAt: at("2026-05-15T12:00:00Z"),
		People: jobposting.People{Contacts: []jobposting.Contact{{Email: "leipomo@example.invalid", Phone: "+358 40 000 0002"}}},
		Content: jobposting.Content{
			Languages: []string{"fi", "sv"}, EmployerType: "01",
			Advertiser: jobposting.Organisation{BusinessID: "7654321-7", Name: text{"fi": "Koeleipomo Oy", "sv": "Provbageriet Ab"}},
			Homepage:   "https://leipomo.example.invalid",
			Title:      text{"fi": "Leipuri", "sv": "Bagare"}, Summary: text{"fi": "Yötyötä"},
			Description: text{"fi": "Leivo.", "sv": "Baka."}, Marketing: text{"fi": "Leipää vuodesta 1950."}, Positions: 4,
			Employment: jobposting.Employment{
				Type: "01", Apprenticeship: true, Internship: true, AgencyWork: true, AgencyClient: "Kahvila Oy",
				Recruitment: true, RecruitmentClient: "Konditoria Oy", AlternationLeave: true, Franchising: true,
				FranchisingTerm: text{"fi": "5 vuotta"}, OwnCapital: true, OwnCapitalInfo: text{"fi": "10 000 €"},
			},
			Continuity: []string{"0202"}, EndsOn: "2026-08-31", FixedTermReason: text{"fi": "Kesä"},
			WorkTime: "02", HoursPeriod: "0202", HoursMin: 60, HoursMax: 80.5, WorkHours: []string{"03", "08"}, Shifts: []string{"0801"},
			OnCall: true, Travel: true, Start: "02", StartsOn: "2026-05-01", StartInfo: text{"fi": "Perehdytys huhtikuussa"},
			WageBasis: "06", WageInfo: text{"fi": "TES"},
			Occupations:   []string{"http://data.europa.eu/esco/isco/C7512"},
			Skills:        []string{"http://data.europa.eu/esco/skill/aaaaaaaa-0000-0000-0000-000000000001"},
			WorkLanguages: []string{"fi", "en"},
			LanguageSkills: []jobposting.LanguageSkill{
				{Code: "http://data.europa.eu/esco/skill/bbbbbbbb-0000-0000-0000-000000000002", Level: "B1", Info: text{"fi": "Asiakaspalvelu"}},
				{Code: "fse", Level: "A1"},
			},
			Licences: []string{"B"}, LicenceInfo: text{"fi": "Jakelu"}, Cards: []string{"022"}, CardInfo: text{"fi": "Hygienia"},
			Education: "32", CriminalRecord: true,
			Countries: []string{"FI"}, Regions: []string{"01"}, Municipalities: []string{"049"}, Flexible: true,
			Workplace: jobposting.Workplace{
				Name: text{"fi": "Tapiola"}, Address: "Koekatu 2", PostalCode: "02100", PostOffice: "ESPOO",
			},
			ApplyURL: text{"fi": "https://haku.example.invalid/leipuri"}, ApplyElsewhere: true, ApplyInfo: text{"fi": "Soita."},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posting (-want +got):\n%s", diff)
	}

	got = h.posting(t, "9d3c1a52-0000-4000-8000-000000000012")
	sparse := jobposting.Content{Languages: []string{"fi"}, EmployerType: "02", Title: text{"fi": "Puutarha-apu"}, Positions: 1}
	if diff := cmp.Diff(sparse, got.Content); diff != "" {
		t.Errorf("sparse posting (-want +got):\n%s", diff)
	}
	if got.People.Household != "Koetalous" || !got.PublishedAt.Equal(at("2026-02-05T10:00:00Z")) {
		t.Errorf("sparse posting = %+v", got)
	}
}

func TestEmployerTypes(t *testing.T) {
	t.Parallel()

	// Each title says what type its posting must come out as.
	cases := map[string]string{
		"01": "01", "02": "02", "Organization": "01", //nolint:misspell // the TE system's spelling
		"Household": "02", "International": "01", "COMPANY": "01", "YRITYS": "01", "FT": "01",
	}
	var all []string
	for code := range cases {
		line := p67Line(code, 60, code)
		all = append(all, replace(t, line, `"employerType":"01"`, `"employerType":"`+code+`"`))
	}
	all = append(all, replace(t, p67Line("unknown household", 60, "x"), `"employerType":"01"`, `"employerType":"KT","householdEmployer":"Koetalous"`))
	h := newHarness(t, newTESystem(t, lines(all...)), tefeed.KindP67, nil)
	h.sync(t)

	cases["unknown household"] = "02"
	for id, want := range cases {
		p := h.posting(t, id)
		if p.Content.EmployerType != want {
			t.Errorf("%s = %q, want %q", id, p.Content.EmployerType, want)
		}
		if want == "02" && (len(p.Content.Advertiser.Name) > 0 || p.People.Household == "") {
			t.Errorf("%s: a household's name must be kept with the people: %+v", id, p.Content.Advertiser)
		}
	}
}
