package ownprofile_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/ownprofile"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// Artificial identity codes of two persons.
const (
	aino = "010594Y9032"
	eino = "010594Y9021"
)

// portal is the profile behind the real edge.
type portal struct {
	*sessiontest.Portal

	profiles *profile.Profiles
	pages    *ownprofile.Pages
	// disclosing tells whether data may go to employers.
	disclosing bool
}

func open(t *testing.T) *portal {
	t.Helper()
	p := &portal{Portal: sessiontest.New(t)}
	p.profiles = profile.New(p.DB, p.People)
	p.pages = &ownprofile.Pages{
		Profiles:   p.profiles,
		Disclosing: func(context.Context, identity.PersonID) (bool, error) { return p.disclosing, nil },
	}
	p.Serve(p.pages)
	return p
}

// visitor is a browser that checks each page it is shown.
type visitor struct {
	*sessiontest.Browser

	t    *testing.T
	lang i18n.Lang
}

func (p *portal) visitor(t *testing.T, lang i18n.Lang, code string) visitor {
	t.Helper()
	b := p.Browser()
	b.LogInAs(code)
	return visitor{b, t, lang}
}

func (v visitor) path(p paths.Pair, values ...string) string { return paths.Fill(p, v.lang, values...) }

func (v visitor) section(s profile.Section) string {
	return v.path(paths.ProfileSection(string(s)))
}

// form is the page on which an entry is written, a new one when id is 0.
func (v visitor) form(s profile.Section, id int64) string {
	switch {
	case s.Many() == 1:
		return v.section(s)
	case id == 0:
		return v.path(paths.ProfileNew(string(s)))
	}
	return v.path(paths.ProfileEntry(string(s)), number(id))
}

func (v visitor) see(path string, texts ...string) *sessiontest.Answer {
	v.t.Helper()
	return v.check(v.Get(path), http.StatusOK, texts...)
}

// check fails unless the page is what it should be, without faults.
func (v visitor) check(a *sessiontest.Answer, status int, texts ...string) *sessiontest.Answer {
	v.t.Helper()
	if a.Code != status {
		v.t.Fatalf("status = %d (to %q), want %d:\n%s", a.Code, a.Location(), status, a.Page.Body())
	}
	for _, fault := range a.Page.Faults(string(v.lang)) {
		v.t.Errorf("%s: %s", a.Page.Title(), fault)
	}
	for _, text := range texts {
		if !strings.Contains(a.Page.Body(), text) {
			v.t.Errorf("%s lacks %q:\n%s", a.Page.Title(), text, a.Page.Body())
		}
	}
	return a
}

// send posts the form at path and wants to be led to next.
func (v visitor) send(path string, form url.Values, next string) {
	v.t.Helper()
	a := v.Post(path, form)
	if a.Code != http.StatusSeeOther || a.Location() != next {
		v.t.Fatalf("POST %s: %d to %q, want %q:\n%s", path, a.Code, a.Location(), next, a.Page.Body())
	}
	if page, _, _ := strings.Cut(next, "#"); page != "" {
		v.see(page)
	}
}

// write fills in the form of a new entry.
func (v visitor) write(s profile.Section, form url.Values) {
	v.t.Helper()
	v.see(v.form(s, 0))
	v.send(v.form(s, 0), form, v.after(s)+"?done=saved")
}

// after is the page behind a form.
func (v visitor) after(s profile.Section) string {
	switch {
	case s == profile.SectionEures:
		return v.path(paths.Eures)
	case s.Many() == 1:
		return v.path(paths.Profile)
	}
	return v.section(s)
}

// entries are what is kept of aino.
func (p *portal) entries(s profile.Section) []profile.Entry {
	p.TB.Helper()
	own, err := p.profiles.Of(p.TB.Context(), p.session(aino))
	if err != nil {
		p.TB.Fatal(err)
	}
	return own.Entries[s]
}

// session is one of whoever has the code, without a log-in of its own.
func (p *portal) session(code string) identity.Session {
	p.TB.Helper()
	var id identity.PersonID
	who := p.Person(code, "Aino", "Korhonen")
	err := p.DB.QueryRow(p.TB.Context(), `SELECT id FROM person WHERE code_index = $1`, p.Keys.Index("person.code", who.Code.Reveal())).Scan(&id)
	if err != nil {
		p.TB.Fatal(err)
	}
	return identity.Session{ID: 1, PersonID: id, Kind: identity.KindPerson}
}

func (p *portal) count(query string) int {
	p.TB.Helper()
	var n int
	if err := p.DB.QueryRow(p.TB.Context(), query).Scan(&n); err != nil {
		p.TB.Fatal(err)
	}
	return n
}

// value is what the field of that name holds on the page.
func value(a *sessiontest.Answer, name string) string {
	for _, n := range a.Page.Elements("input", "textarea") {
		if htmltest.Attr(n, "name") != name {
			continue
		}
		if n.Data == "textarea" && n.FirstChild != nil {
			return n.FirstChild.Data
		}
		return htmltest.Attr(n, "value")
	}
	return ""
}

// answers are forms that break no rule.
func answers() map[profile.Section]url.Values {
	return map[profile.Section]url.Values{
		profile.SectionPresentation: {"headline": {"Tekijä & oppija"}, "text": {"Hei!\r\nOlen Aino."}},
		profile.SectionWork: {
			"title": {"Lähihoitaja"}, "employer": {"Esimerkki Oy"}, "begun": {"8.2019"}, "ongoing": {"yes"}, "description": {"Hoitotyötä."},
		},
		profile.SectionEducation:  {"name": {"Merkonomi"}, "level": {"32"}, "state": {"done"}, "begun": {"2015"}, "ended": {"6/2018"}},
		profile.SectionSkills:     {"name": {"Keramiikka"}},
		profile.SectionLanguages:  {"language": {"sv"}, "level": {"B2"}},
		profile.SectionLicences:   {"classes": {"B", "BE"}, "own_car": {"yes"}},
		profile.SectionCards:      {"card": {"013"}, "valid_until": {"1.12.2027"}},
		profile.SectionWishedWork: {"name": {"metsänhoito"}},
		profile.SectionWishes:     {"municipalities": {"Helsinki, Åbo"}, "regions": {"02"}, "countries_1": {"SE"}, "work_time": {"01"}, "from": {"1.1.2027"}},
		profile.SectionContact:    {"email": {"aino@example.fi"}, "phone": {"+358 40 123 4567"}},
		profile.SectionResidence:  {"country": {"FI"}},
		profile.SectionEmployer:   {"nationality_1": {"FI"}, "nationality_2": {"SE"}, "military_service": {"exempt"}},
		profile.SectionEures:      {"sex": {"female"}, "working_languages_1": {"fi"}, "working_languages_3": {"sv"}, "citizenship_1": {"FI"}},
	}
}

// TestProfileWithoutScripts fills in every section, reads it, changes it and
// empties it, in both languages.
func TestProfileWithoutScripts(t *testing.T) {
	t.Parallel()

	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			p.disclosing = true
			v := p.visitor(t, lang, aino)
			v.see(v.path(paths.Profile))
			for _, s := range profile.AllSections() {
				v.see(v.section(s))
				v.write(s, answers()[s])
				if len(p.entries(s)) != 1 {
					t.Fatalf("%s: %d entries", s, len(p.entries(s)))
				}
				v.see(v.section(s))
				// Sent again as the page fills it in, nothing changes.
				e := p.entries(s)[0]
				a := v.see(v.form(s, e.ID))
				v.send(v.form(s, e.ID), filled(a), v.after(s)+"?done=saved")
				if got := p.entries(s)[0]; got.Values.Mark() != e.Values.Mark() {
					t.Errorf("%s: %v became %v", s, e.Values, got.Values)
				}
			}
			v.see(v.path(paths.Profile), map[i18n.Lang]string{i18n.Finnish: "Turku", i18n.Swedish: "Åbo"}[lang], "8/2019", "1.1.2027", "aino@example.fi")
			v.see(v.section(profile.SectionCards), "1.12.2027", map[i18n.Lang]string{i18n.Finnish: "Ensiapu 1", i18n.Swedish: "Första hjälpen 1"}[lang])
		})
	}
}

// filled is what the page's form for writing an entry holds.
func filled(a *sessiontest.Answer) url.Values {
	form := url.Values{}
	for _, n := range a.Page.Elements("input", "textarea", "option") {
		name := htmltest.Attr(n, "name")
		switch {
		case n.Data == "option":
			if htmltest.Has(n, "selected") && htmltest.Attr(n, "value") != "" {
				form.Add(htmltest.Attr(n.Parent, "name"), htmltest.Attr(n, "value"))
			}
		case n.Data == "textarea":
			if n.FirstChild != nil {
				form.Add(name, n.FirstChild.Data)
			}
		case htmltest.Attr(n, "type") == "hidden":
		case slices.Contains([]string{"radio", "checkbox"}, htmltest.Attr(n, "type")):
			if htmltest.Has(n, "checked") {
				form.Add(name, htmltest.Attr(n, "value"))
			}
		case name != "":
			form.Add(name, htmltest.Attr(n, "value"))
		}
	}
	return form
}

func TestEntriesAreOrderedAndRemoved(t *testing.T) {
	t.Parallel()

	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, lang, aino)
			s := profile.SectionSkills
			for _, name := range []string{"Yksi", "Kaksi", "Kolme"} {
				v.write(s, url.Values{"name": {name}})
			}
			order := func() string {
				var all []string
				for _, e := range p.entries(s) {
					all = append(all, e.Values.Get("name"))
				}
				return strings.Join(all, " ")
			}
			last := p.entries(s)[2].ID
			for _, step := range []struct{ press, want string }{{"up", "Yksi Kolme Kaksi"}, {"up", "Kolme Yksi Kaksi"}, {"down", "Yksi Kolme Kaksi"}} {
				v.see(v.section(s))
				v.send(v.section(s), url.Values{"entry": {number(last)}, "go": {step.press}}, v.section(s)+"#entry-"+number(last))
				if got := order(); got != step.want {
					t.Errorf("%s: %q, want %q", step.press, got, step.want)
				}
			}
			remove := v.path(paths.ProfileRemove(string(s)), number(last))
			v.see(remove, "Kolme")
			if got := order(); got != "Yksi Kolme Kaksi" {
				t.Errorf("a look at the question removed: %q", got)
			}
			v.send(remove, nil, v.section(s)+"?done=removed")
			if got := order(); got != "Yksi Kaksi" {
				t.Errorf("removed: %q", got)
			}
			v.check(v.Get(remove), http.StatusNotFound)
		})
	}
}

func TestWhatIsWrongIsSaidAndKept(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("ä", 40000)
	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, lang, aino)
			for name, c := range map[string]struct {
				section profile.Section
				form    url.Values
				field   string
				fi, sv  string
			}{
				"nothing":           {profile.SectionWork, url.Values{}, "title", "Kirjoita tehtävä.", "Skriv uppgiften."},
				"40,000 characters": {profile.SectionPresentation, url.Values{"text": {long}}, "text", "40 000 merkkiä", "40 000 tecken"},
				"an identity code":  {profile.SectionSkills, url.Values{"name": {"a"}, "description": {"tunnus " + eino}}, "description", "henkilötunnus", "personbeteckning"},
				"turned text":       {profile.SectionCards, url.Values{"name": {"a\u202egpj.exe"}}, "name", "näkymättömiä", "osynliga"},
				"a place":           {profile.SectionWishes, url.Values{"municipalities": {"Helsinky"}}, "municipalities", "Helsinki / Helsingfors", "Helsinki / Helsingfors"},
				"an address":        {profile.SectionContact, url.Values{"email": {"aino"}, "phone": {"0401234567"}}, "email", "", ""},
				"a month":           {profile.SectionEducation, url.Values{"name": {"x"}, "state": {"done"}, "begun": {"99/9"}}, "begun", "8/2021", "8/2021"},
			} {
				want := map[i18n.Lang]string{i18n.Finnish: c.fi, i18n.Swedish: c.sv}[lang]
				v.see(v.form(c.section, 0))
				a := v.check(v.Post(v.form(c.section, 0), c.form), http.StatusUnprocessableEntity, want)
				if !has(a, c.field+"-error") {
					t.Errorf("%s: nothing is said at the field", name)
				}
				for field, values := range c.form {
					kept := strings.ReplaceAll(strings.ReplaceAll(values[0], "\u202e", ""), "\r\n", "\n")
					if got := value(a, field); field != "state" && got != kept {
						t.Errorf("%s: %s holds %.60q", name, field, got)
					}
				}
				if len(p.entries(c.section)) != 0 {
					t.Errorf("%s: saved", name)
				}
			}
			if n := p.count(`SELECT count(*) FROM profile_draft WHERE fields::text LIKE '%Y9021%'`); n != 0 {
				t.Error("a draft holds an identity code")
			}
			// What was wrong is a draft, and gone on with.
			a := v.see(v.form(profile.SectionPresentation, 0))
			if value(a, "text") != long {
				t.Error("the long text is lost")
			}
			v.send(v.form(profile.SectionPresentation, 0), url.Values{"text": {"Lyhyt"}}, v.path(paths.Profile)+"?done=saved")
			if a = v.see(v.form(profile.SectionPresentation, 0)); value(a, "text") != "Lyhyt" {
				t.Errorf("afterwards the page holds %q", value(a, "text"))
			}
		})
	}
}

func TestHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	text := `<script>alert("1")</script><img src=x onerror=alert(1)> "'&lt; javascript:alert(1)`
	v.write(profile.SectionPresentation, url.Values{"text": {text}})
	v.write(profile.SectionSkills, url.Values{"name": {text}})
	id := p.entries(profile.SectionSkills)[0].ID
	for _, path := range []string{
		v.path(paths.Profile), v.section(profile.SectionSkills), v.form(profile.SectionSkills, id), v.section(profile.SectionPresentation),
		v.path(paths.ProfileRemove("skills"), number(id)),
	} {
		a := v.see(path)
		for _, n := range a.Page.Elements("img", "script") {
			if !strings.HasPrefix(htmltest.Attr(n, "src"), "/static/") {
				t.Errorf("%s: an element of the text's", path)
			}
		}
	}
}

func TestForeignAddresses(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	v.write(profile.SectionSkills, url.Values{"name": {"oma"}})
	id := p.entries(profile.SectionSkills)[0].ID
	other := p.visitor(t, i18n.Finnish, eino)
	for _, path := range []string{
		v.form(profile.SectionSkills, id), v.path(paths.ProfileRemove("skills"), number(id)),
		v.section(profile.SectionSkills) + "/0", v.section(profile.SectionSkills) + "/01", v.section(profile.SectionSkills) + "/" + eino,
		v.form(profile.SectionWork, id),
	} {
		if a := other.Get(path); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	other.see(v.form(profile.SectionSkills, 0))
	if a := other.Post(v.form(profile.SectionSkills, 0), url.Values{"name": {"x"}, "id": {number(id)}}); a.Code != http.StatusSeeOther {
		t.Fatal(a.Code)
	}
	if got := p.entries(profile.SectionSkills); len(got) != 1 || got[0].Values.Get("name") != "oma" {
		t.Errorf("entries = %v", got)
	}
	if a := p.Browser().Get(v.path(paths.Profile)); a.Code == http.StatusOK {
		t.Error("nobody sees a profile")
	}
	if log := p.Log.String(); strings.Contains(log, eino) {
		t.Error("the log holds what was sent")
	}
}

// has tells whether the page has an element of that ID.
func has(a *sessiontest.Answer, id string) bool {
	return slices.ContainsFunc(a.Page.Elements("p", "input", "select", "textarea"), func(n *html.Node) bool { return htmltest.Attr(n, "id") == id })
}

func number(id int64) string { return strconv.FormatInt(id, 10) }
