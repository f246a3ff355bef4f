package owndata_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/profile"
	pages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// TestCodesAreSaidInWords on the page and in the readable copy: what is kept as
// a code is read as people say it.
func TestCodesAreSaidInWords(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	o := owndata.New(p.DB, p.People, nil, profile.New(p.DB, p.People).Keeper(), p.Forms.Keeper(), owndata.Log(nil))
	p.Serve(pages.Pages{OwnData: o, Sessions: p.Manager})
	b := p.Browser()
	s := b.LogInAs(code)
	p.Exec(`UPDATE person SET municipality = '091' WHERE id = $1`, s.PersonID)
	p.Exec(`
INSERT INTO profile (person_id, sex, working_languages, citizenship, created_at, changed_at)
VALUES ($1, 'female', '{fi,sv}', '{FI}', $2, $2)`, s.PersonID, p.DB.Now())
	p.Exec(`
INSERT INTO profile_entry (person_id, section, place, fields, created_at, changed_at)
VALUES ($1, 'languages', 1, '{"language": ["fi"], "level": ["native"]}', $2, $2),
       ($1, 'work', 1, '{"title": ["native"], "begun": ["2021-08"], "ongoing": ["yes"]}', $2, $2),
       ($1, 'wishes', 1, '{"municipalities": ["091", "905"], "countries": ["SE"], "from": ["2026-12-01"]}', $2, $2)`, s.PersonID, p.DB.Now())
	_, err := p.Forms.Park(t.Context(), entry.OwnerOf(s), entry.Form{
		Path:   "/fi/omat-sivut/profiili/esittely",
		Values: url.Values{"form_token": {"K3x5ULTM"}, "seen": {"6a9df6f067d4c22f"}, "draft": {""}, "headline": {"Uusi otsikko"}, "text": {"Jatkan"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"fi": {
			"Kirjautuminen alkoi", "Tili luotiin", "Helsinki", "Nainen", "suomi, ruotsi", "Suomi", "Kielitaito", "Taso: äidinkieli",
			"Tehtävä: native", "Alkoi: 8/2021", "Oma esittely: Jatkan", "yhdellä rivillä: Uusi otsikko", "Kunnat: Helsinki, Vaasa", "Maa: Ruotsi", "1.12.2026",
		},
		"sv": {"Inloggning", "Kontot skapades", "Helsingfors", "Kvinna", "finska, svenska", "Modersmål", "Helsingfors, Vasa", "Sverige"},
	} {
		page := map[string]string{"fi": "/fi/omat-sivut/tilin-hallinta", "sv": "/sv/mina-sidor/kontohantering"}[lang]
		file := map[string]string{"fi": "/fi/omat-sivut/tilin-hallinta/kopio.html", "sv": "/sv/mina-sidor/kontohantering/kopia.html"}[lang]
		for _, path := range []string{page, file} {
			a := b.Get(path)
			text := a.Page.Body()
			for _, w := range want {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
					t.Errorf("%s does not say %q", path, w)
				}
			}
			for _, code := range []string{"session.started", "person.registered", "wished", "native.", "begun", "municipalities", "Tunnistuksen taso: native", "female", "091", "2021-08", "K3x5ULTM", "6a9df6f067d4c22f", "map["} {
				if strings.Contains(text, code) {
					t.Errorf("%s says the code %q", path, code)
				}
			}
			if got := regexp.MustCompile(`\b[a-z]+_[a-z_]+\b`).FindAllString(text, -1); got != nil && path == page {
				t.Errorf("%s says %v", path, got)
			}
		}
	}
}
