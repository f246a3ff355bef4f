package postings_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

func TestListing(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	soon := nurse("soon")
	soon.ExpiresAt = time.Date(2026, time.March, 3, 14, 0, 0, 0, time.UTC)
	old := nurse("old")
	old.PublishedAt = p.now.Add(-50 * time.Hour)
	old.ExpiresAt = time.Time{}
	p.receive(soon, old)

	fi := p.page("/fi/tyopaikat")
	fi.has("2 ilmoitusta, yhteensä 4 avointa paikkaa", "Sairaanhoitaja", "Esimerkkikunta", "Turku",
		"Hakuaika päättyy huomenna klo 16.00", "Julkaistu tänään klo 8.30", "Työkieli: suomi", "Kokoaikatyö",
		"Hakuajan päättymistä ei ole kerrottu", "Julkaistu la 28.2.2026")
	if n := len(fi.all("span", "tag-new")); n != 1 {
		t.Errorf("%d postings are marked new, want 1", n)
	}
	if n := len(fi.all("p", "card-soon")); n != 1 {
		t.Errorf("%d postings are marked as closing soon, want 1", n)
	}

	sv := p.page("/sv/lediga-jobb")
	sv.has("2 annonser, sammanlagt 4 platser", "Sjukskötare", "Exempelkommunen", "Åbo",
		"Ansökningstiden går ut i morgon kl. 16.00", "Publicerad i dag kl. 8.30", "Arbetsspråk: finska", "Heltid")
}

func TestListingAnnouncesItsCount(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	page := p.page("/fi/tyopaikat" + query("q", "sairaanhoitaja"))
	heading := page.all("h2", "status-line")
	if len(heading) != 1 || attribute(heading[0], "tabindex") != "-1" || attribute(heading[0], "id") != "results" {
		t.Fatal("the count is no heading that can take the focus")
	}
	if got := text(heading[0]); got != "1 ilmoitus, yhteensä 2 avointa paikkaa" {
		t.Errorf("the heading says %q", got)
	}
	if got := text(page.all("title", "")[0]); !strings.HasPrefix(got, "1 ilmoitus, yhteensä 2 avointa paikkaa: sairaanhoitaja") {
		t.Errorf("the title %q does not begin with the count", got)
	}
	status := 0
	for _, n := range page.all("span", "") {
		if attribute(n, "role") == "status" {
			status++
		}
	}
	if status != 1 {
		t.Errorf("%d status messages, want 1", status)
	}
	if got := attribute(page.all("form", "")[0], "action"); got != "/fi/tyopaikat#results" {
		t.Errorf("the form leads to %q", got)
	}
}

func TestListingFilters(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	vaasa := nurse("vaasa")
	vaasa.Content.Title = jobposting.Localised{"fi": "Opettaja", "sv": "Lärare"}
	vaasa.Content.Municipalities, vaasa.Content.Regions = []string{"905"}, []string{"15"}
	vaasa.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C2341"}
	vaasa.Content.WorkTime = "02"
	vaasa.Content.Flexible = true
	p.receive(nurse("turku"), vaasa)

	for _, test := range []struct{ name, value string }{
		{"municipality", "905"},
		{"region", "15"},
		{"occupation", "23"},
		{"occupation", "2341"},
		{"occupation", "http://data.europa.eu/esco/isco/C2341"},
		{"working_time", "02"},
		{"flexible_location", "true"},
		{"q", "opettaja"},
	} {
		page := p.page("/fi/tyopaikat" + query(test.name, test.value))
		if diff := cmp.Diff(page.titles(), []string{"Opettaja"}); diff != "" {
			t.Errorf("%s=%s (-got +want):\n%s", test.name, test.value, diff)
		}
		if test.name == "q" {
			continue
		}
		chips := page.all("a", "chip")
		if len(chips) != 1 {
			t.Errorf("%s=%s has %d chips, want 1", test.name, test.value, len(chips))
			continue
		}
		if got := p.page(attribute(chips[0], "href")).titles(); len(got) != 2 {
			t.Errorf("without %s=%s there are %d postings, want 2", test.name, test.value, len(got))
		}
	}

	page := p.page("/fi/tyopaikat" + query("municipality", "905", "region", "15", "employer", "Esimerkkikunta", "since", "2026-03-01"))
	for _, want := range []struct{ id, count string }{{"municipality-905", "1"}, {"region-15", "1"}, {"working_time-02", "1"}} {
		if got := page.optionCount(want.id); got != want.count {
			t.Errorf("%s counts %s, want %s", want.id, got, want.count)
		}
	}
	page.has("Julkaistu su 1.3.2026 tai myöhemmin", "Työnantaja: Esimerkkikunta", "4 valittu")
	// The values of a filter count what they would give in its own place.
	if got := p.page("/fi/tyopaikat" + query("region", "15")).optionCount("region-02"); got != "1" {
		t.Errorf("the other region counts %s, want 1", got)
	}
}

// optionCount is the count that stands behind an option of a filter.
func (a answer) optionCount(id string) string {
	a.t.Helper()
	for _, n := range a.all("label", "") {
		if attribute(n, "for") != id {
			continue
		}
		for d := range n.Descendants() {
			if attribute(d, "class") == "option-note" {
				return text(d)
			}
		}
	}
	return "no such option"
}

func TestListingKeepsEveryChoice(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	address := query("q", "sairaanhoitaja", "literal", "sairaanhoitaja", "municipality", "853", "region", "02", "country", "FI",
		"occupation", "http://data.europa.eu/esco/occupation/x", "occupation", "2221", "continuity", "01", "working_time", "01", "employment", "01",
		"posting_language", "fi", "work_language", "fi", "flexible_location", "true", "employer", "kunta", "since", "2026-01-15", "sort", "closing")
	page := p.page("/fi/tyopaikat" + address)
	sent := page.submitted()
	for pair := range strings.SplitSeq(strings.TrimPrefix(address, "?"), "&") {
		if !slices.Contains(sent, pair) {
			t.Errorf("sending the form loses %s", pair)
		}
	}
	if got := attribute(page.all("a", "language")[0], "href"); got != "/sv/lediga-jobb"+address {
		t.Errorf("the language switch leads to %s", got)
	}
}

func TestListingPages(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var batch []jobposting.Incoming
	for i := range 45 {
		in := nurse(strconv.Itoa(i))
		in.PublishedAt = p.now.Add(-time.Duration(i) * time.Hour)
		in.Content.Title = jobposting.Localised{"fi": fmt.Sprintf("Työ %02d", i)}
		batch = append(batch, in)
	}
	p.receive(batch...)

	first := p.page("/fi/tyopaikat")
	first.has("1–20 / 45")
	second := p.page(first.link("Seuraava sivu"))
	second.has("21–40 / 45")
	// What arrives meanwhile moves nothing that the reader has not seen yet.
	late := nurse("late")
	late.PublishedAt = p.now
	p.receive(late)
	third := p.page(second.link("Seuraava sivu"))
	seen := slices.Concat(first.titles(), second.titles(), third.titles())
	if len(seen) != 45 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 45 {
		t.Errorf("%d titles on the pages, want 45 different ones", len(seen))
	}
	if diff := cmp.Diff(p.page(third.link("Edellinen sivu")).titles(), second.titles()); diff != "" {
		t.Errorf("going back (-got +want):\n%s", diff)
	}
	if got := attribute(third.all("link", "")[0], "href"); got == "" {
		t.Error("no links in the head")
	}
	third.has(`<link rel="canonical" href="`+origin+`/fi/tyopaikat"`, `<meta name="robots" content="noindex"`)
	first.hasNot("noindex")
	p.page("/fi/tyopaikat"+query("municipality", "853")).has(`hreflang="sv" href="`+origin+`/sv/lediga-jobb?municipality=853"`,
		`<link rel="canonical" href="`+origin+`/fi/tyopaikat?municipality=853"`, "<title>46 ilmoitusta, yhteensä 92 avointa paikkaa: Turku – Avoimet työpaikat")
	if got := p.get("/fi/tyopaikat" + query("after", "nonsense")).Status; got != http.StatusBadRequest {
		t.Errorf("a cursor that is none answers %d", got)
	}
}

func TestListingSorts(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	late := nurse("late")
	late.Content.Title = jobposting.Localised{"fi": "Myöhempi"}
	late.ExpiresAt = late.ExpiresAt.Add(24 * time.Hour)
	late.PublishedAt = p.now.Add(-time.Hour)
	early := nurse("early")
	early.Content.Title = jobposting.Localised{"fi": "Aiempi"}
	p.receive(late, early)
	if diff := cmp.Diff(p.page("/fi/tyopaikat").titles(), []string{"Myöhempi", "Aiempi"}); diff != "" {
		t.Errorf("by itself (-got +want):\n%s", diff)
	}
	page := p.page(p.page("/fi/tyopaikat").link("Hakuaika päättyy ensin"))
	if diff := cmp.Diff(page.titles(), []string{"Aiempi", "Myöhempi"}); diff != "" {
		t.Errorf("by deadline (-got +want):\n%s", diff)
	}
	for _, n := range page.all("a", "") {
		if current := attribute(n, "aria-current"); current == "true" && text(n) != "Hakuaika päättyy ensin" && text(n) != "Avoimet työpaikat" {
			t.Errorf("%q is marked as the order", text(n))
		}
	}
	if got := p.get("/fi/tyopaikat" + query("sort", "random")).Status; got != http.StatusBadRequest {
		t.Errorf("an unknown order answers %d, want 400", got)
	}
}

func TestListingTellsWhatItUnderstood(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	teacher := nurse("teacher")
	teacher.Content.Title = jobposting.Localised{"sv": "Klasslärare"}
	teacher.Content.Description = nil
	teacher.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C2341"}
	p.receive(nurse("1"), teacher)

	page := p.page("/fi/tyopaikat" + query("q", "sairaanhoitaja Turussa"))
	if got := text(page.all("div", "interpretation")[0]); !strings.Contains(got, "ammatti Sairaanhoitaja") && !strings.Contains(got, "ammatti sairaanhoitaja") {
		t.Errorf("the interpretation is %q", got)
	}
	page.has("paikka", "Turku")
	if got := attribute(page.field("q"), "value"); got != "sairaanhoitaja" {
		t.Errorf("what: %q", got)
	}
	if got := attribute(page.field("where"), "value"); got != "Turussa" {
		t.Errorf("where: %q", got)
	}
	undone := p.page(page.link("hae sanana ”Turussa”"))
	undone.has("”Turussa” haetaan sanana")
	if got := attribute(undone.field("q"), "value"); got != "sairaanhoitaja Turussa" {
		t.Errorf("after undoing it: %q", got)
	}
	again := p.page(undone.link("tulkitse taas"))
	if diff := cmp.Diff(again.titles(), page.titles()); diff != "" {
		t.Errorf("understood again (-got +want):\n%s", diff)
	}
}

func TestListingTakesThePlaceIntoTheQuery(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	sent := p.get("/fi/tyopaikat" + query("q", "sairaanhoitaja", "where", "Turku", "region", "02", "employer", ""))
	if want := "/fi/tyopaikat" + query("q", "sairaanhoitaja Turku", "region", "02"); sent.Status != http.StatusSeeOther || sent.Header.Get("Location") != want {
		t.Errorf("leads to %d %s, want %s", sent.Status, sent.Header.Get("Location"), want)
	}
}

func TestListingHelpsWhenNothingIsFound(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"), nurse("2"))
	page := p.page("/fi/tyopaikat" + query("q", "sairaanhoitaja", "municipality", "905", "working_time", "01"))
	page.has("0 ilmoitusta", "Haulla ei löytynyt avoimia työpaikkoja", "(2 ilmoitusta)", "noindex")
	if got := p.page(page.link("Hae ilman: Vaasa")).titles(); len(got) != 2 {
		t.Errorf("without it there are %d postings, want 2", len(got))
	}
	if got := page.link("Aloita haku alusta"); got != "/fi/tyopaikat" {
		t.Errorf("starting anew leads to %s", got)
	}

	typo := p.page("/fi/tyopaikat" + query("q", "sairanhoitaja"))
	typo.has("Tarkoititko:")
	if got := p.page(typo.link("sairaanhoitaja")).titles(); len(got) != 2 {
		t.Errorf("the corrected search finds %d, want 2", len(got))
	}
	if got := p.page("/sv/lediga-jobb" + query("q", "xyzzyqwerty")); len(got.titles()) != 0 {
		t.Error("a word of no language finds something")
	}
}

func TestListingRefuses(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	for _, test := range []struct {
		name, address string
		has           []string
	}{
		{"a name in the place of a code", "/fi/tyopaikat" + query("municipality", "Turkku"), []string{"Kunta: koodia ”Turkku” ei ole.", "Turku (853)", "Virhe:", "request-1"}},
		{"a code of no municipality", "/sv/lediga-jobb" + query("municipality", "999"), []string{"Kommun: koden ”999” finns inte.", "Fel:"}},
		{"an unknown occupation", "/fi/tyopaikat" + query("occupation", "9999"), []string{"Ammattiala: koodia ”9999” ei ole."}},
		{"a long query", "/fi/tyopaikat" + query("q", strings.Repeat("a", 10_000)), []string{"Haku on liian pitkä", strings.Repeat("a", 10_000)}},
		{"a date that is none", "/fi/tyopaikat" + query("since", "eilen"), []string{"Päivää ei voitu lukea"}},
		{"too many values", "/fi/tyopaikat?municipality=853" + manyCodes(), []string{"Rajauksia on liian monta"}},
		{"an unknown code in a feed", "/fi/tyopaikat.atom" + query("municipality", "Turkku"), []string{"Kunta: koodia ”Turkku” ei ole.", "Turku (853)"}},
	} {
		got := p.get(test.address)
		if got.Status != http.StatusBadRequest {
			t.Errorf("%s answers %d, want 400", test.name, got.Status)
			continue
		}
		got.tree()
		got.has(test.has...)
		if n := len(got.all("div", "error-summary")); n != 1 {
			t.Errorf("%s: %d error summaries, want 1", test.name, n)
		}
	}
}

func manyCodes() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "&municipality=%03d", i)
	}
	return b.String()
}

// TestListingTakesAnything sends what no honest reader would: the answer is a
// page, soon, and nothing of it comes back as markup.
func TestListingTakesAnything(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	for _, q := range []string{
		"' OR 1=1--", "%_", "a & ! ( |", "\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202eevil\u202c", "<script>alert(1)</script>",
		`"><img src=x onerror=alert(1)>`, `"`, `"""`, "-", "--", "- -a", "*", "a*", "****", "((((", "C++ C# .NET", "-sairaanhoitaja", `"sairaanhoitaja`,
		strings.Repeat("sairaanhoitaja ", 33), strings.Repeat("a*", 200), strings.Repeat("-", 499), "😀😀", "\u0301\u0301", strings.Repeat("ä", 500),
	} {
		for _, name := range []string{"q", "employer", "municipality", "literal", "since", "sort", "after", "before", "all", "where"} {
			var got answer
			took := time.Hour
			for try := 0; try < 3 && took > time.Second; try++ { // one late answer is the machine's doing
				started := time.Now()
				got = p.get("/fi/tyopaikat" + query(name, q) + strings.Repeat("&", try))
				took = time.Since(started)
			}
			if got.Status != http.StatusOK && got.Status != http.StatusBadRequest && got.Status != http.StatusSeeOther {
				t.Errorf("%s=%.40q answers %d", name, q, got.Status)
			}
			if took > time.Second {
				t.Errorf("%s=%.40q took %s", name, q, took)
			}
			if got.Status == http.StatusSeeOther {
				continue
			}
			if n := len(got.all("script", "")); n != 1 {
				t.Errorf("%s=%.40q puts %d scripts on the page, want the one of the layout", name, q, n)
			}
			if n := len(got.all("img", "")); n != 0 {
				t.Errorf("%s=%.40q puts a picture on the page", name, q)
			}
		}
	}
}

func TestListingIsLight(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var batch []jobposting.Incoming
	for i := range 400 {
		in := nurse(strconv.Itoa(i))
		codes := []string{"091", "049", "092", "837", "564", "853", "179", "297", "398", "905", "109", "734", "609", "743", "405"}
		isco := []string{"1211", "2221", "2341", "3115", "4110", "5120", "5322", "7115", "8332", "9112", "2512", "3322"}
		in.Content.Municipalities = []string{codes[i%len(codes)]}
		in.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C" + isco[i%len(isco)]}
		in.Content.Title = jobposting.Localised{"fi": fmt.Sprintf("Tehtävä %d, yksikkö %d", i, i*7919%1000)}
		batch = append(batch, in)
	}
	p.receive(batch...)
	for _, address := range []string{
		"/fi/tyopaikat", "/sv/lediga-jobb", "/fi/tyopaikat" + query("all", "municipality", "occupation", "2", "occupation", "22", "occupation", "222"),
	} {
		page := p.page(address)
		page.tree()
		if got := page.compressed(); got > 20_000 {
			t.Errorf("%s is %d bytes on the wire, want at most 20,000 besides style and script", address, got)
		} else {
			t.Logf("%s: %d bytes, %d on the wire", address, len(page.Body), got)
		}
	}
}
