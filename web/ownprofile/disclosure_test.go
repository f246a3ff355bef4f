package ownprofile_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestDisclosureIsTold with each value, whether it would be given now, and by
// which consent; data on health stand apart.
func TestDisclosureIsTold(t *testing.T) {
	t.Parallel()

	p := open(t)
	p.disclosing = true
	v := p.visitor(t, i18n.Finnish, aino)
	for s, form := range answers() {
		v.write(s, form)
	}
	page := v.path(paths.Disclosure)
	a := v.see(page, "Voidaan antaa nyt. Suostumus: Tietojeni antaminen työnantajille.", "Aino", "aino@example.fi", "Asevelvollisuus", "Ensiapu 1",
		"Et ole antanut yhtään suostumusta terveystietoihin.")
	for _, private := range []string{"Asuinmaa", "Nainen", "Ei anneta nyt"} {
		if strings.Contains(a.Page.Body(), private) {
			t.Errorf("an employer would be given %q", private)
		}
	}
	p.disclosing = false
	a = v.see(page, "Nyt mitään ei anneta, koska et ole antanut suostumusta.", "Ei anneta nyt. Tähän tarvitaan voimassa oleva suostumus")
	if strings.Contains(a.Page.Body(), "Voidaan antaa nyt") {
		t.Error("something would be given without a consent")
	}
	p.profiles.Restricted = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return true, nil }
	a = v.see(page, "koska tietojesi käyttöä on rajoitettu pyynnöstäsi", "Ei anneta nyt, koska tietojesi käyttöä on rajoitettu.")
	if strings.Contains(a.Page.Body(), "Tähän tarvitaan") {
		t.Error("a restriction is told as a consent that lacks")
	}
	p.profiles.Restricted = nil
	p.pages.Health = func(context.Context, identity.Session) ([]string, error) { return []string{"Varasto Oy"}, nil }
	v.see(page, "Suostumuksesi on voimassa näille työnantajille: Varasto Oy.")

	p.pages.Health = nil
	other := p.visitor(t, i18n.Swedish, eino)
	p.disclosing = true
	a = other.see(other.path(paths.Disclosure), "Kan lämnas ut nu.", "Du har inte berättat det här")
	if strings.Contains(a.Page.Body(), "aino@") {
		t.Error("somebody else's data are shown")
	}
	if _, err := p.DB.Exec(t.Context(), `UPDATE person SET non_disclosure = true, email = 'eino@example.fi', municipality = '', country = ''`); err != nil {
		t.Fatal(err)
	}
	a = other.see(other.path(paths.Disclosure), "Du har spärrmarkering.")
	if strings.Contains(a.Page.Body(), "eino@") {
		t.Error("contact data under a protection order")
	}
}

// TestContradictionsAreSaid at the field, and kept to be mended.
func TestContradictionsAreSaid(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Swedish, aino)
	s := profile.SectionLanguages
	v.write(s, url.Values{"language": {"fi"}, "level": {"native"}})
	v.see(v.form(s, 0))
	a := v.check(v.Post(v.form(s, 0), url.Values{"language": {"fi"}, "level": {"A1"}}), http.StatusUnprocessableEntity)
	if n := strings.Count(a.Page.Body(), "Språket finns redan i listan."); n < 2 {
		t.Errorf("said %d times, want in the summary and at the field:\n%s", n, a.Page.Body())
	}
}

// TestListsReadAsSentences without loose dashes and capitals, and with what has
// expired.
func TestListsReadAsSentences(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	v.write(profile.SectionEducation, url.Values{"name": {"Merkonomi"}, "state": {"done"}, "ended": {"2019"}})
	v.write(profile.SectionWork, url.Values{"title": {"Kokki"}, "begun": {"8/2021"}, "ongoing": {"yes"}})
	v.write(profile.SectionLanguages, url.Values{"language": {"fi"}, "level": {"native"}})
	v.write(profile.SectionCards, url.Values{"name": {"Hygieniapassi"}, "valid_until": {"1.1.2020"}})
	a := v.see(v.path(paths.Profile), "Merkonomi, 2019 asti", "Kokki, 8/2021 alkaen", "Suomi, äidinkieli", "Hygieniapassi, vanhentunut")
	if strings.Contains(a.Page.Body(), "–2019") || strings.Contains(a.Page.Body(), "8/2021–") {
		t.Errorf("a loose dash:\n%s", a.Page.Body())
	}
	v.see(v.section(profile.SectionCards), "1.1.2020", "vanhentunut")
}

// TestEuresFormWithoutItsButton changes nothing and says nothing that is not so.
func TestEuresFormWithoutItsButton(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures} {
		v.write(s, answers()[s])
	}
	page := v.path(paths.Eures)
	v.see(page)
	a := v.check(v.Post(page, nil), http.StatusUnprocessableEntity, "Mitään ei muutettu.")
	if strings.Contains(a.Page.Body(), "Profiilista puuttuu") {
		t.Error("it says that something is missing, and nothing is")
	}
	if p.count(`SELECT count(*) FROM eures_publication`) != 0 {
		t.Error("published without a choice")
	}
}

// TestRestrictedEuresIsSaid on its page, which offers to take back and not to
// publish.
func TestRestrictedEuresIsSaid(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures} {
		v.write(s, answers()[s])
	}
	page := v.path(paths.Eures)
	v.see(page)
	v.send(page, url.Values{"go": {"publish"}}, page+"?done=published")
	p.profiles.Restricted = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return true, nil }
	a := v.see(page, "EURES-profiilisi ei siksi näy muille nyt.", "ei näy rajoituksen aikana")
	if got := buttons(a); len(got) != 1 || got[0] != "withdraw" || strings.Contains(a.Page.Body(), "näkyy nyt") {
		t.Errorf("buttons %v:\n%s", got, a.Page.Body())
	}
	v.write(profile.SectionEures, url.Values{"sex": {"male"}, "working_languages_1": {"sv"}, "citizenship_1": {"FI"}})
	if got := buttons(v.see(page)); len(got) != 1 || got[0] != "withdraw" {
		t.Errorf("a change can be published under a restriction: %v", got)
	}
}

// TestAllMistakesAreSaidAtOnce, what was cleaned among them, and by the names that
// were typed.
func TestAllMistakesAreSaidAtOnce(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, i18n.Finnish, aino)
	page := v.form(profile.SectionEducation, 0)
	v.see(page)
	v.check(v.Post(page, url.Values{"name": {"Merkonomi"}, "school": {"a\u202eb"}, "state": {"done"}, "begun": {"13/2021"}}),
		http.StatusUnprocessableEntity, "Poistimme tekstistä näkymättömiä merkkejä.", "Kirjoita kuukausi ja vuosi")
	wishes := v.section(profile.SectionWishes)
	v.see(wishes)
	v.check(v.Post(wishes, url.Values{"municipalities": {"Vasa, Narnia"}}), http.StatusUnprocessableEntity, "Emme tunne kuntaa Narnia.")
	cards := v.form(profile.SectionCards, 0)
	v.see(cards, "Valitse luettelosta tai kirjoita nimi seuraavaan kohtaan.")
}
