package partnerdesk_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/paths"
)

func TestDeskShowsWhatThePartnerHas(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	says(t, b.Get(desk), "Omat tiedot", "Palvelualueet", "Työnhakuvalmennus", "aino@example.fi", "Helsinki", "Muuta")
	says(t, b.Get(deskIn), "Egna uppgifter", "Serviceområden", "Jobbsökarträning", "Helsingfors")
	says(t, b.Get(desk+"/edustajat"), "Edustajat ja ehdot", "Aino Korhonen", "yksin nimenkirjoitukseen oikeutettu", "versio 1", "Hyväksytty liityttäessä")
	says(t, b.Get(deskIn+"/foretradare"), "Företrädare och villkor", "Aino Korhonen")
	says(t, b.Get(desk+"/viestit"), "Päätökset ja viestit", "Päätöksiä ei ole.", "Liittymishakemus: hyväksytty", "Liittymishakemus: vastaanotettu")
	says(t, b.Get(deskIn+"/meddelanden"), "Beslut och meddelanden")
	for _, path := range []string{desk, desk + "/edustajat", desk + "/viestit", leavePath} {
		a := b.Get(path)
		if a.Code != http.StatusOK || a.Header().Get("Cache-Control") != "no-store" || !strings.Contains(a.Body.String(), `content="noindex"`) {
			t.Errorf("%s: %d, cache %q", path, a.Code, a.Header().Get("Cache-Control"))
		}
	}
}

func TestDeskChangesEachPart(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	for part, change := range map[partner.Part]url.Values{
		partner.PartOrganisation: {"correct_address": {"Äyrämö & O'Neill"}},
		partner.PartContacts:     {"contact_name_1": {"Ng"}, "contact_email_1": {"ng@example.fi"}},
		partner.PartPlaces:       {"whole_country": {"yes"}},
		partner.PartDescription:  {"description_sv": {"Vi hjälper."}},
		partner.PartLanguages:    {"languages": {"fi", "se"}},
		partner.PartServiceAreas: {"service_areas": {"youth"}},
	} {
		path := paths.DeskPart(string(part)).Fi
		page := b.Get(path)
		form := values(page, path)
		maps.Copy(form, change)
		a := b.Post(path, form)
		if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), desk+"?saved=") {
			t.Errorf("%s: %d to %q\n%s", part, a.Code, a.Location(), a.Page.Body())
			continue
		}
		says(t, b.Follow(), "Tallennettu")
	}
	says(t, b.Get(desk), "Äyrämö & O'Neill", "Ng", "ng@example.fi", "Koko maa", "Vi hjälper.", "Nuorten palvelut")
}

func TestDeskRefusesBadInputAndKeepsIt(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("contacts").Fi
	form := values(b.Get(path), path)
	form["contact_email_1"] = []string{"a@b.example, c@d.example"}
	a := b.Post(path, form)
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a second receiver: %d", a.Code)
	}
	says(t, a, "Korjaa nämä kohdat")
	if !strings.Contains(a.Body.String(), "a@b.example, c@d.example") || !strings.Contains(a.Page.Title(), "Virhe:") {
		t.Error("what was typed is gone, or the title hides the error")
	}
	description := paths.DeskPart("description").Fi
	form = values(b.Get(description), description)
	form["description_fi"] = []string{strings.Repeat("ä", 40_000)}
	if a := b.Post(description, form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("40,000 characters: %d", a.Code)
	}
	form = values(b.Get(path), path)
	form["role"], form["part"], form["business_id"] = []string{"admin"}, []string{"declarations"}, []string{theirs}
	form.Set("form_token", "AAAA")
	if a := b.Send(path, form); a.Code != http.StatusForbidden {
		t.Errorf("a forged token: %d", a.Code)
	}
}

func TestDeskSecondSaverSeesBoth(t *testing.T) {
	t.Parallel()

	p := open(t)
	first := p.partner(t, ourCode, ours, ourName)
	second := p.Browser()
	second.LogInAs(ourColleague)
	second.Act(ours, ourName)
	path := paths.DeskPart("description").Fi
	one, two := values(first.Get(path), path), values(second.Get(path), path)
	one["description_fi"], two["description_fi"] = []string{"Ensimmäisen teksti."}, []string{"Toisen teksti."}
	if a := first.Post(path, one); a.Code != http.StatusSeeOther {
		t.Fatalf("the first saver: %d", a.Code)
	}
	a := second.Post(path, two)
	if a.Code != http.StatusConflict {
		t.Fatalf("the second saver: %d", a.Code)
	}
	says(t, a, "Joku toinen on muuttanut", "Ensimmäisen teksti.", "Toisen teksti.")
	if a = second.Post(path, values(a, path)); a.Code != http.StatusSeeOther {
		t.Errorf("saving again, knowingly: %d", a.Code)
	}
	says(t, first.Get(desk), "Toisen teksti.")
}

func TestDeskChangeThatWaits(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("service_areas").Fi
	form := values(b.Get(path), path)
	form["service_areas"] = []string{"work_ability"}
	a := b.Post(path, form)
	if a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "/fi/liity/hakemukset/") {
		t.Fatalf("%d to %q", a.Code, a.Location())
	}
	says(t, b.Get(desk), "Muutos odottaa käsittelyä", "Työnhakuvalmennus")
	form = values(b.Get(path), path)
	form["service_areas"] = []string{"rehabilitation"}
	if a := b.Post(path, form); a.Code != http.StatusConflict {
		t.Errorf("a second change: %d", a.Code)
	}
}

func TestDeskButtonsWithinTheFields(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("contacts").Fi
	form := values(b.Get(path), path)
	form["contact_name_1"], form["go"] = []string{"Kesken"}, []string{"add"}
	a := b.Post(path, form)
	if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), `name="contact_name_2"`) || !strings.Contains(a.Body.String(), "Kesken") {
		t.Errorf("one more contact: %d", a.Code)
	}
	path = paths.DeskPart("places").Fi
	form = values(b.Get(path), path)
	form["q"], form["go"] = []string{"Esbo"}, []string{"search"}
	says(t, b.Post(path, form), "Espoo")
	if strings.Contains(b.Get(desk).Page.Body(), "Kesken") {
		t.Error("a button within the fields saved")
	}
}

func TestPersonalDataNeedsItsAgreement(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("personal_data").Fi
	form := values(b.Get(path), path)
	form["personal_data"] = []string{"yes"}
	if a := b.Post(path, form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the agreement: %d", a.Code)
	}
	form = values(b.Get(path), path)
	form["personal_data"], form["processor_read"] = []string{"yes"}, []string{"1"}
	if a := b.Post(path, form); a.Code != http.StatusSeeOther {
		t.Fatalf("with the agreement: %d\n%s", a.Code, a.Page.Body())
	}
	if mine, err := p.stack.Partners.ByBusinessID(t.Context(), ours); err != nil || !mine.Form.ProcessesPersonalData {
		t.Errorf("it is not kept: %v", err)
	}
	says(t, b.Get(leavePath), "Henkilötietojen käsittelyn lopettaminen")

	p.stack.Applications.PersonalData = false
	if a := b.Get(path); a.Code != http.StatusNotFound {
		t.Errorf("while it is off: %d", a.Code)
	}
}
