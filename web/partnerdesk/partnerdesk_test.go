package partnerdesk_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

func TestDeskShowsWhatThePartnerHas(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	says(t, b.Get(desk), "Omat tiedot", "Palvelualueet", "Työnhakuvalmennus", "aino@example.fi", "Helsinki", "Muuta")
	says(t, b.Get(deskIn), "Egna uppgifter", "Serviceområden", "Jobbsökarträning", "Helsingfors")
	says(t, b.Get(desk+"/edustajat"), "Edustajat ja ehdot", "Aino Korhonen", "yksin nimenkirjoitukseen oikeutettu", "versio 1", "Hyväksytty liityttäessä")
	says(t, b.Get(deskIn+"/foretradare"), "Företrädare och villkor", "Aino Korhonen")
	says(t, b.Get(desk+"/viestit"), "Päätökset ja viestit", "Ratkaistu automaattisesti. Tarkistettu: Oikeus edustaa, ", "Liittymishakemus: hyväksytty", "Liittymishakemus: vastaanotettu")
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
		if part == partner.PartServiceAreas {
			a = b.Post(path, checked(t, a, path))
		}
		if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), desk+"?saved=") {
			t.Errorf("%s: %d to %q\n%s", part, a.Code, a.Location(), a.Page.Body())
			continue
		}
		says(t, b.Follow(), "Tallennettu")
	}
	says(t, b.Get(desk), "Ng", "ng@example.fi", "Koko maa", "Vi hjälper.", "Nuorten palvelut")
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

// checked is the form of the check page that a shows.
func checked(t *testing.T, a *sessiontest.Answer, path string) url.Values {
	t.Helper()
	if a.Code != http.StatusOK || !strings.Contains(a.Page.Title(), "Tarkista muutos") {
		t.Fatalf("%s: %d, want the page to check on:\n%s", path, a.Code, a.Page.Body())
	}
	return values(a, path)
}

func TestDeskChangeThatWaits(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("service_areas").Fi
	form := values(b.Get(path), path)
	form["service_areas"] = []string{"work_ability"}
	a := b.Post(path, form)
	says(t, a, "Työnhakuvalmennus", "Työkyvyn tuki", "ei ole vielä lähetetty")
	back := checked(t, a, path)
	if strings.Contains(b.Get(desk).Page.Body(), "Muutos odottaa käsittelyä") {
		t.Error("the page to check on sends the change")
	}
	back["go"] = []string{"edit"}
	a = b.Post(path, back)
	if got := values(a, path)["service_areas"]; a.Code != http.StatusOK || len(got) != 1 || got[0] != "work_ability" {
		t.Errorf("back from the check: %d, ticked %v", a.Code, got)
	}
	a = b.Post(path, checked(t, b.Post(path, values(a, path)), path))
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

func TestDeskHasANewNameSeen(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	path := paths.DeskPart("organisation").Fi
	form := values(b.Get(path), path)
	form["correct_name"] = []string{"KEHA-keskus"}
	a := b.Post(path, checked(t, b.Post(path, form), path))
	if a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "/fi/liity/hakemukset/") {
		t.Fatalf("another name: %d to %q", a.Code, a.Location())
	}
	if strings.Contains(b.Get(desk).Page.Body(), "KEHA-keskus"+"Osoite") {
		t.Error("the name shows before an officer has seen it")
	}
}

func TestFormsBindTheOrganisationThatTheyName(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	form := values(b.Get(leavePath), leavePath)
	if form.Get("organisation") != ours {
		t.Fatalf("the form names %q", form.Get("organisation"))
	}
	form["understood"] = []string{"yes"}
	other := b.Act(theirs, theirName)
	p.stack.Answer(t, theirs)
	p.stack.Submit(t, other, partnertest.Form())
	form.Del("form_owner") // the check before this one
	if a := b.Send(leavePath, form); a.Code != http.StatusConflict {
		t.Errorf("a form of another organisation: %d", a.Code)
	}
	for _, business := range []organisation.BusinessID{ours, theirs} {
		if _, err := p.stack.Partners.ByBusinessID(t.Context(), business); err != nil {
			t.Errorf("%s has left: %v", business, err)
		}
	}
}

func TestDeskAsksForTheRightAnewBeforeAChange(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	p.Manager.RepresentEnded, p.Manager.Represent, p.Manager.RepresentAgain = paths.RepresentEnded, paths.Represent, paths.RepresentAgain
	p.Manager.Recheck = func(context.Context, identity.Session) error { return fault.ErrForbidden }
	path := paths.DeskPart("description").Fi
	form := values(b.Get(path), path)
	form["description_fi"] = []string{"Uusi teksti."}
	if a := b.Post(path, form); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), paths.RepresentEnded.Fi) {
		t.Errorf("a change without the right: %d to %q", a.Code, a.Location())
	}
	if mine, err := p.stack.Partners.ByBusinessID(t.Context(), ours); err != nil || mine.Form.DescriptionFi == "Uusi teksti." {
		t.Errorf("it was saved: %v", err)
	}
	form = values(b.Get(leavePath), leavePath)
	form["understood"] = []string{"yes"}
	if a := b.Post(leavePath, form); !strings.HasPrefix(a.Location(), paths.RepresentEnded.Fi) {
		t.Errorf("leaving without the right: %d to %q", a.Code, a.Location())
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
	if a := b.Post(path, checked(t, b.Post(path, form), path)); a.Code != http.StatusSeeOther {
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
