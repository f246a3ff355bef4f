package postings_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
)

func jobPath(lang string, id int64) string {
	if lang == "sv" {
		return "/sv/lediga-jobb/" + strconv.FormatInt(id, 10)
	}
	return "/fi/tyopaikat/" + strconv.FormatInt(id, 10)
}

func TestPosting(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	id := p.receive(nurse("uuid-1"))[0]

	fi := p.page(jobPath("fi", id))
	fi.has("Sairaanhoitaja", "Esimerkkikunta", "Turku", "Hakuaika päättyy ma 16.3.2026 klo 16.00", "Vuodeosastolle", "<strong>meille</strong>",
		"Työsuhde", "Vakituinen", "Kokoaikatyö", "30–38,25 tuntia viikossa", "Ke 1.4.2026", "2 900–3 300 €/kk", "Ruotsi: hyvä",
		"Esimerkkikatu 1", "20100 TURKU", "Varsinais-Suomi", "Y-tunnus 1234567-1", "Terveyspalvelut (86101)", "(ISCO 2221)",
		"Siirryt työnantajan sivulle: rekry.example.invalid", "Aino Esimerkki", `href="mailto:aino@example.invalid"`, `href="tel:+358401234567"`,
		"Lähde: Työmarkkinatorin asiakastietojärjestelmä", "uuid-1", "ma 2.3.2026 klo 8.30", "ma 2.3.2026 klo 9.30",
		`<link rel="canonical" href="`+origin+jobPath("fi", id)+`"`, `hreflang="sv" href="`+origin+jobPath("sv", id)+`"`)
	fi.hasNot("Sjukskötare", "noindex", "tiettynä päivänä")

	sv := p.page(jobPath("sv", id))
	sv.has("Sjukskötare", "Exempelkommunen", "Åbo", "Ansökningstiden går ut må 16.3.2026 kl. 16.00", "Till bäddavdelningen", "<strong>oss</strong>",
		"2 900–3 300 €/mån", "Svenska: god", "Egentliga Finland", "Du kommer till arbetsgivarens webbplats: rekry.example.invalid",
		"Källa: Jobbmarknad Finlands kundinformationssystem")
	sv.hasNot("Sairaanhoitaja", "meille")

	buttons := 0
	for _, n := range fi.all("a", "button") {
		if attribute(n, "href") == "https://rekry.example.invalid/1" && attribute(n, "rel") == "nofollow noopener" {
			buttons++
		}
	}
	if buttons != 1 {
		t.Errorf("%d buttons to apply, want 1", buttons)
	}
}

func TestPostingMarksItsLanguage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	in := nurse("english")
	in.Content.Title = jobposting.Localised{"en": "Registered nurse"}
	in.Content.Summary = nil
	in.Content.Description = jobposting.Localised{"en": "Join **us**."}
	in.Content.WageInfo = jobposting.Localised{"en": "by agreement with you"}
	both := nurse("both")
	both.Content.Description = jobposting.Localised{"fi": "Tule meille.", "en": "Join us, in *English*."}
	ids := p.receive(in, both)

	page := p.page(jobPath("fi", ids[0]))
	page.has("Ilmoituksen kieli on englanti. Suomenkielistä tekstiä ei ole.")
	if h1 := page.all("h1", "")[0]; attribute(h1, "lang") != "en" {
		t.Error("the heading does not say its language")
	}
	if text := page.all("div", "rich")[0]; attribute(text, "lang") != "en" {
		t.Error("the text does not say its language")
	}
	if !strings.Contains(page.Body, `<span lang="en">by agreement with you</span>`) {
		t.Error("the fact does not say its language")
	}
	if listed := p.page("/fi/tyopaikat"); !strings.Contains(listed.Body, `lang="en">Registered nurse</a>`) {
		t.Error("the card does not say its language")
	}

	page = p.page(jobPath("fi", ids[1]))
	page.has("Ilmoitus muulla kielellä: englanti", "<em>English</em>", "Läs annonsen på svenska")
	if got := page.link("Läs annonsen på svenska"); got != jobPath("sv", ids[1]) {
		t.Errorf("the Swedish text is at %s", got)
	}
}

// TestPostingSaysEverything fills every field of a posting with a mark of its
// own and looks for it on the page, so that a field that is added and shown
// nowhere fails.
func TestPostingSaysEverything(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, lang := range []string{"fi", "en"} {
		in := nurse("full-" + lang)
		marks := map[string]string{}
		in.Content, in.People = jobposting.Content{}, jobposting.People{}
		fill(t, reflect.ValueOf(&in.Content).Elem(), "Content", lang, marks)
		fill(t, reflect.ValueOf(&in.People).Elem(), "People", lang, marks)
		if len(marks) < 60 {
			t.Fatalf("found %d fields", len(marks))
		}
		id := p.receive(in)[0]
		page := p.page(jobPath("fi", id))
		page.tree()
		for field, mark := range marks {
			if !strings.Contains(page.Body, mark) {
				t.Errorf("%s in %s is shown nowhere", field, lang)
			}
		}
	}
	// What a language says that the page is not in is shown beside it.
	in := nurse("two languages")
	first, second := map[string]string{}, map[string]string{}
	var english jobposting.Content
	in.Content = jobposting.Content{}
	fill(t, reflect.ValueOf(&in.Content).Elem(), "Content", "fi", first)
	fill(t, reflect.ValueOf(&english).Elem(), "English", "en", second)
	merge(reflect.ValueOf(&in.Content).Elem(), reflect.ValueOf(&english).Elem())
	page := p.page(jobPath("fi", p.receive(in)[0]))
	// Names are names in any language, and one is enough.
	one := map[string]bool{"English.Advertiser.Name": true, "English.Client.Name": true, "English.Workplace.Name": true}
	for field, mark := range second {
		if strings.HasPrefix(mark, "text") && !one[field] && !strings.Contains(page.Body, mark) {
			t.Errorf("%s is shown nowhere beside the Finnish text", field)
		}
	}
}

// TestPostingSaysEveryFlag sets each flag alone: it must change the page.
func TestPostingSaysEveryFlag(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, employment := range []bool{false, true} {
		typ := reflect.TypeFor[jobposting.Content]()
		if employment {
			typ = reflect.TypeFor[jobposting.Employment]()
		}
		for i := range typ.NumField() {
			if typ.Field(i).Type.Kind() != reflect.Bool {
				continue
			}
			name := typ.Field(i).Name
			set := func(on bool) string {
				in := nurse("flags")
				in.Content.Description = jobposting.Localised{"fi": "*a*"}
				v := reflect.ValueOf(&in.Content).Elem()
				if employment {
					v = reflect.ValueOf(&in.Content.Employment).Elem()
				}
				v.Field(i).SetBool(on)
				return p.page(jobPath("fi", p.receive(in)[0])).Body
			}
			if set(true) == set(false) {
				t.Errorf("%s changes nothing on the page", name)
			}
		}
	}
}

// fill puts a mark into every field under v that can say something. Flags are
// left alone.
func fill(t *testing.T, v reflect.Value, path, lang string, marks map[string]string) {
	t.Helper()
	mark := func(kind string) string {
		m := fmt.Sprintf("%s%dq%s", kind, len(marks), lang)
		marks[path] = m
		return m
	}
	if l, ok := reflect.TypeAssert[*jobposting.Localised](v.Addr()); ok {
		*l = jobposting.Localised{lang: mark("text")}
		return
	}
	switch v.Kind() { //nolint:exhaustive // the rest fails the test
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name, lang, marks)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), path, lang, marks)
	case reflect.String:
		v.SetString(mark("word"))
	case reflect.Int:
		n := 100 + len(marks)
		v.SetInt(int64(n))
		marks[path] = strconv.Itoa(n)
	case reflect.Float64:
		n := float64(len(marks)) + 0.125
		v.SetFloat(n)
		marks[path] = strings.Replace(strconv.FormatFloat(n, 'f', -1, 64), ".", ",", 1)
	case reflect.Bool:
	default:
		t.Fatalf("%s is of a kind that is not filled: %s", path, v.Kind())
	}
}

// merge adds the texts of other to those of v.
func merge(v, other reflect.Value) {
	if l, ok := reflect.TypeAssert[*jobposting.Localised](v.Addr()); ok {
		if more, ok := reflect.TypeAssert[*jobposting.Localised](other.Addr()); ok {
			maps.Copy(*l, *more)
		}
		return
	}
	switch v.Kind() { //nolint:exhaustive // the kinds that can hold texts
	case reflect.Struct:
		for i := range v.NumField() {
			merge(v.Field(i), other.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			merge(v.Index(i), other.Index(i))
		}
	}
}

func TestClosedPosting(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	household := nurse("household")
	household.Content.EmployerType = "02"
	household.Content.Advertiser = jobposting.Organisation{}
	household.Content.Homepage = ""
	household.People.Household = "Matti Meikäläinen"
	expired := nurse("expired")
	ids := p.receive(nurse("archived"), household, expired, nurse("open"))
	p.page(jobPath("fi", ids[1])).has("Matti Meikäläinen", "Kotitalous")
	p.close("archived")
	p.close("household")

	for _, id := range ids[:2] {
		for _, lang := range []string{"fi", "sv"} {
			got := p.get(jobPath(lang, id))
			if got.Status != http.StatusGone {
				t.Errorf("posting %d answers %d, want 410", id, got.Status)
			}
			got.tree()
			got.has("noindex", "request-1")
			got.hasNot("Aino", "aino@example.invalid", "401234567", "Meikäläinen", "ld+json", "mailto:", "rekry.example.invalid")
			if n := len(got.all("article", "card")); n != 2 {
				t.Errorf("%d similar postings, want the 2 open ones", n)
			}
		}
	}
	p.get(jobPath("fi", ids[0])).has("Työpaikka ei ole enää haettavana", "Sairaanhoitaja", "Esimerkkikunta", "Samanlaisia työpaikkoja")
	p.get(jobPath("sv", ids[1])).has("Jobbet går inte längre att söka", "Hushåll")

	// The deadline closes a posting before anybody has noted that it passed.
	p.now = expired.ExpiresAt
	if got := p.get(jobPath("fi", ids[2])); got.Status != http.StatusGone {
		t.Errorf("a posting at its deadline answers %d, want 410", got.Status)
	}
}

func TestPostingNotFound(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	scheduled := nurse("scheduled")
	scheduled.PublishedAt = p.now.Add(time.Hour)
	id := p.receive(scheduled)[0]
	for _, path := range []string{
		jobPath("fi", id), "/fi/tyopaikat/999999", "/fi/tyopaikat/0", "/fi/tyopaikat/-1", "/fi/tyopaikat/+1", "/fi/tyopaikat/01",
		"/fi/tyopaikat/abc", "/fi/tyopaikat/99999999999999999999", "/sv/lediga-jobb/1%00", "/fi/tyopaikat/%3Cscript%3E",
	} {
		if got := p.get(path); got.Status != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, got.Status)
		}
	}
}

func TestDeadlineAtMidnightIsTheEndOfADay(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	in := nurse("1")
	in.ExpiresAt = time.Date(2026, time.March, 24, 0, 0, 0, 0, i18n.Helsinki)
	tonight := nurse("2")
	tonight.ExpiresAt = time.Date(2026, time.March, 3, 0, 0, 0, 0, i18n.Helsinki)
	ids := p.receive(in, tonight)
	p.page(jobPath("fi", ids[0])).has("Hakuaika päättyy ma 23.3.2026 klo 24", "<dd>Ma 23.3.2026 klo 24</dd>", "<dd>Ke 1.4.2026</dd>")
	p.page(jobPath("sv", ids[0])).has("Ansökningstiden går ut må 23.3.2026 kl. 24")
	p.page(jobPath("fi", ids[1])).has("Hakuaika päättyy tänään klo 24")
	p.page(jobPath("sv", ids[1])).has("Ansökningstiden går ut i dag kl. 24")
	if body := p.page("/fi/tyopaikat").Body; !strings.Contains(body, "klo\u00a024") || strings.Contains(body, "klo ") {
		t.Error("a time of day may break")
	}
}

func TestPostingNamesConcepts(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	const uri = "http://data.europa.eu/esco/occupation/8d3e8aaa"
	p.pages.Concepts = map[string]reference.Concept{
		uri: {URI: uri, ISCO: "2221", Name: reference.Text{Fi: "kätilö", Sv: "barnmorska"}},
	}
	in := nurse("1")
	in.Content.Occupations = []string{uri, "http://data.tyomarkkinatori.fi/esco/occupation/unknown"}
	in.Content.Skills = []string{"http://data.europa.eu/esco/skill/abc", "javascript:alert(1)"}
	page := p.page(jobPath("fi", p.receive(in)[0]))
	if got := page.link("Kätilö (ISCO 2221)"); got != "/fi/tyopaikat?occupation=2221" {
		t.Errorf("the occupation leads to %s", got)
	}
	if got := page.link("http://data.europa.eu/esco/skill/abc"); got != "http://data.europa.eu/esco/skill/abc" {
		t.Errorf("the skill leads to %s", got)
	}
	page.has("http://data.tyomarkkinatori.fi/esco/occupation/unknown", "javascript:alert(1)")
}

// TestHostileTexts publishes what an attacker would: it is read as text, on the
// page, on the cards, in the structured data, in the feed and in the calendar.
func TestHostileTexts(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var ids []int64
	for i, evil := range []string{
		`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `<!--<script>`, `javascript:alert(1)`, `[x](javascript:alert(1))`,
		`]]><script>alert(1)</script>`, "\u202egnp.exe", "BEGIN:VEVENT\r\nX:1", `data:text/html,<script>alert(1)</script>`, `<svg/onload=alert(1)>`, `{{.Title}}`,
	} {
		in := nurse(fmt.Sprint("evil ", i, evil))
		plant(reflect.ValueOf(&in.Content).Elem(), evil)
		plant(reflect.ValueOf(&in.People).Elem(), evil)
		in.Content.Markdown = i%2 == 0
		ids = append(ids, p.receive(in)...)
	}
	for _, id := range ids {
		for _, lang := range []string{"fi", "sv"} {
			page := p.page(jobPath(lang, id))
			scripts := page.all("script", "")
			if len(scripts) != 2 {
				t.Errorf("posting %d has %d scripts, want the layout's and the data", id, len(scripts))
			}
			for _, tag := range []string{"img", "iframe", "object"} {
				if n := len(page.all(tag, "")); n != 0 {
					t.Errorf("posting %d has %d %s", id, n, tag)
				}
			}
			var data map[string]any
			if err := json.Unmarshal([]byte(page.structured()), &data); err != nil {
				t.Errorf("posting %d: its structured data is broken: %v", id, err)
			}
		}
	}
	listed := p.page("/fi/tyopaikat")
	if n := len(listed.all("script", "")); n != 1 {
		t.Errorf("the listing has %d scripts", n)
	}
	p.wellFormed("/fi/tyopaikat.atom")
	for line := range strings.SplitSeq(p.page("/fi/tyopaikat.ics").Body, "\r\n") {
		if line == "X:1" {
			t.Error("a text has made a line of its own in the calendar")
		}
	}
}

// plant puts a text into every field under v that holds one.
func plant(v reflect.Value, s string) {
	if l, ok := reflect.TypeAssert[*jobposting.Localised](v.Addr()); ok {
		*l = jobposting.Localised{"fi": s, "en": s}
		return
	}
	switch v.Kind() { //nolint:exhaustive // the kinds that can hold texts
	case reflect.Struct:
		for _, field := range v.Fields() {
			plant(field, s)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), s)
	case reflect.String:
		v.SetString(s)
	}
}

// structured is the structured data on a page, as it stands there.
func (a answer) structured() string {
	a.t.Helper()
	for _, n := range a.all("script", "") {
		if attribute(n, "type") == "application/ld+json" {
			return n.FirstChild.Data
		}
	}
	a.t.Fatal("no structured data")
	return ""
}
