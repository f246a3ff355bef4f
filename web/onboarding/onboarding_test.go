package onboarding_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/onboarding"
	"tyomarkkinatori.fi/portal/web/paths"
)

func TestTheWholeWay(t *testing.T) {
	t.Parallel()

	for _, l := range []lang{fi, sv} {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()

			p := open(t)
			anybody := visitor{p.Browser(), t, l}
			anybody.see(l.path(paths.Join))
			v := p.visitor(t, l, ourCode, "", "")
			v.see(l.path(paths.Join))
			v.Act(ours, ourName)
			p.stack.Answer(t, ours)
			v.see(l.path(paths.Join))
			if a := v.Get(l.part(partner.PartContacts)); a.Code != http.StatusSeeOther || a.Location() != l.path(paths.Join) {
				t.Errorf("a part before the terms: %d to %q", a.Code, a.Location())
			}
			v.accept()
			v.fill(answers())
			v.see(l.path(paths.JoinCheck), "Siobhán O'Neill-Äyrämö", "https://example.fi/")
			v.send(l.path(paths.JoinCheck), nil, l.path(paths.JoinReceipt, "1"))
			v.see(l.path(paths.JoinApplication, "1"))
			v.see(l.path(paths.JoinApplications))
			v.see(l.path(paths.Join), ourName)

			mine, err := p.stack.Partners.ByBusinessID(t.Context(), ours)
			if err != nil || mine.Form.Contacts[0].Name != "Siobhán O'Neill-Äyrämö" {
				t.Errorf("partner = %+v, %v", mine, err)
			}
			if a := v.Get(l.part(partner.PartContacts)); a.Code != http.StatusSeeOther {
				t.Errorf("a part of a partner: %d", a.Code)
			}
		})
	}
}

func TestPageThatIsAlwaysTrue(t *testing.T) {
	t.Parallel()

	promised := time.Date(2026, 3, 10, 0, 0, 0, 0, i18n.Helsinki)
	p := open(t, func(p *portal) {
		p.pages.WorkingDays = 5
		p.pages.Promised = func(context.Context, partner.Application) (time.Time, error) { return promised, nil }
	})
	join := fi.path(paths.Join)
	anybody := visitor{p.Browser(), t, fi}
	a := anybody.see(join, "Tee tämä", "Myöhemmin", "5 työpäivän")
	if !slices.Contains(a.Page.Links(), "/fi/kirjaudu?return=%2Ffi%2Fliity") {
		t.Errorf("no link to log in: %v", a.Page.Links())
	}
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.see(join, "Aloita hakemus", "Myöhemmin")
	v.accept()
	v.send(fi.part(partner.PartOrganisation), url.Values{"go": {"later"}}, join)
	v.see(join, "Jatka hakemusta", "Luonnos on tallennettu ma 2.3.2026 klo 11.30. Se säilyy ma 9.3.2026 klo 11.30 asti")
	forms := answers()
	forms[partner.PartServiceAreas] = url.Values{"service_areas": {"work_ability"}}
	p.stack.Answer(t, ours)
	v.fill(forms)
	v.send(fi.path(paths.JoinCheck), nil, fi.path(paths.JoinReceipt, "1"))
	v.see(fi.path(paths.JoinReceipt, "1"), "Virkailija katsoo aina näitä palvelualueita koskevat hakemukset: Työkyvyn tuki", "viimeistään ma 9.3.2026 klo 24")
	v.see(join, "Odottaa virkailijaa", "Virkailija katsoo viimeistään ma 9.3.2026 klo 24")
	promised = time.Date(2026, 2, 28, 0, 0, 0, 0, i18n.Helsinki)
	v.see(join, "Käsittely on myöhässä, ja pahoittelemme sitä")
	v.see(fi.path(paths.JoinApplication, "1"), "Käsittely on myöhässä, ja pahoittelemme sitä")
}

func TestFaultsAreShownAndEverythingTypedStays(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		part  partner.Part
		field string
		form  url.Values
		says  string
	}{
		{partner.PartOrganisation, "correct_address", url.Values{"correct_address": {strings.Repeat("ä", 201)}}, "Lyhennä tekstiä 1 merkillä"},
		{partner.PartContacts, "contact_name_1", url.Values{"contact_name_1": {""}, "contact_email_1": {"a@example.fi"}, "contact_language_1": {"fi"}}, "Kirjoita yhteyshenkilön nimi."},
		{partner.PartContacts, "contact_email_1", url.Values{"contact_name_1": {"Ng"}, "contact_email_1": {"ng@example.fi\r\nBcc: x@example.fi"}, "contact_language_1": {"fi"}}, "Kirjoita sähköpostiosoite muodossa"},
		{partner.PartContacts, "contact_phone_1", url.Values{"contact_name_1": {"Ng"}, "contact_email_1": {"ng@example.fi"}, "contact_phone_1": {"soita"}, "contact_language_1": {"fi"}}, "Kirjoita puhelinnumero numeroin"},
		{partner.PartContacts, "contact_language_1", url.Values{"contact_name_1": {"Ng"}, "contact_email_1": {"ng@example.fi"}, "contact_language_1": {"role=admin"}}, "suomeksi vai ruotsiksi"},
		{partner.PartServiceAreas, "service_areas", url.Values{}, "Valitse ainakin yksi palvelualue."},
		{partner.PartServiceAreas, "service_areas", url.Values{"service_areas": {"tax_haven"}}, "ei ole enää käytössä"},
		{partner.PartPlaces, "places", url.Values{"municipalities": {"999"}}, "tuntematon"},
		{partner.PartDescription, "description_fi", url.Values{"description_fi": {" \n"}}, "Kirjoita kuvaus suomeksi tai ruotsiksi."},
		{partner.PartDescription, "description_fi", url.Values{"description_fi": {strings.Repeat("pitkä ", 40000/6)}}, "Lyhennä tekstiä"},
		{partner.PartDescription, "website", url.Values{"description_fi": {"Kuvaus"}, "website": {"javascript:alert(1)"}}, "https:// tai http://"},
		{partner.PartDescription, "website", url.Values{"description_fi": {"Kuvaus"}, "website": {"https:/example.fi"}}, "https:// tai http://"},
		{partner.PartLanguages, "languages", url.Values{}, "Valitse ainakin yksi palvelukieli."},
		{partner.PartDeclarations, "declaration_correct", url.Values{"declaration_law": {"yes"}, "declaration_current": {"yes"}, "declaration_contents": {"yes"}}, "Vahvista, että antamanne tiedot ovat oikein."},
	} {
		t.Run(string(test.part)+" "+test.field, func(t *testing.T) {
			t.Parallel()

			p := open(t)
			v := p.visitor(t, fi, ourCode, ours, ourName)
			v.accept()
			path := fi.part(test.part)
			v.see(path)
			a := v.check(v.Post(path, test.form), http.StatusUnprocessableEntity, test.says)
			if !strings.HasPrefix(a.Page.Title(), "Virhe:") {
				t.Errorf("title = %q", a.Page.Title())
			}
			again := v.see(path)
			for name, want := range test.form {
				if name == "service_areas" || name == "municipalities" || strings.HasPrefix(name, "contact_language") || strings.HasPrefix(name, "declaration") {
					continue
				}
				for _, page := range []string{value(a, name), value(again, name)} {
					if strings.ReplaceAll(page, "\r\n", "\n") != strings.ReplaceAll(want[0], "\r\n", "\n") {
						t.Errorf("%s = %.60q, want %.60q", name, page, want[0])
					}
				}
			}
			if strings.HasPrefix(test.field, "declaration") && !slices.Equal(ticked(again, "declaration_law"), []string{"yes"}) {
				t.Error("what was ticked is not ticked any more")
			}
			v.see(fi.path(paths.Join), "Kesken")
		})
	}
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	path := fi.part(partner.PartDescription)
	first := v.see(path)
	form := func(a string, text string) url.Values {
		return url.Values{"form_token": {a}, "version": {"0"}, "description_fi": {text}}
	}
	second := v.see(path)
	if a := v.Send(path, form(token(first, path), "Ensimmäinen teksti")); a.Code != http.StatusSeeOther {
		t.Fatalf("first tab: %d", a.Code)
	}

	a := v.check(v.Send(path, form(token(second, path), "Toinen teksti")), http.StatusConflict, "Ensimmäinen teksti", "Toinen teksti")

	if kept := v.see(path); value(kept, "description_fi") != "Ensimmäinen teksti" {
		t.Errorf("after the conflict: %q", value(kept, "description_fi"))
	}
	v.Last = a
	v.send(path, nil, fi.part(partner.PartLanguages))
	if kept := v.see(path); value(kept, "description_fi") != "Toinen teksti" {
		t.Errorf("after the choice: %q", value(kept, "description_fi"))
	}

	// Two tabs at different parts do not meet.
	contacts := v.see(fi.part(partner.PartContacts))
	v.send(path, url.Values{"description_fi": {"Kolmas teksti"}}, fi.part(partner.PartLanguages))
	v.Last = contacts
	v.send(fi.part(partner.PartContacts), answers()[partner.PartContacts], fi.part(partner.PartServiceAreas))
}

func TestDraftIsItsWritersAlone(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	v.send(fi.part(partner.PartDescription), url.Values{"description_fi": {"Salainen luonnos"}}, fi.part(partner.PartLanguages))

	for _, other := range []visitor{p.visitor(t, fi, colleague, ours, ourName), p.visitor(t, fi, theirCode, theirs, theirName), p.visitor(t, fi, ourCode, theirs, theirName)} {
		other.accept()
		if a := other.see(fi.part(partner.PartDescription)); strings.Contains(a.Body.String(), "Salainen") {
			t.Error("another sees the draft")
		}
		if a := other.see(fi.path(paths.JoinCheck)); strings.Contains(a.Body.String(), "Salainen") {
			t.Error("another sees the draft at the check")
		}
	}
	same := p.visitor(t, sv, ourCode, ours, ourName)
	if a := same.see(sv.part(partner.PartDescription)); value(a, "description_fi") != "Salainen luonnos" {
		t.Error("its writer does not see it after another log-in")
	}
}

func TestApplicationsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()

	p := open(t)
	app, _ := partnertest.Submitted(t, p.stack, theirs)
	id := strconv.FormatInt(app.ID, 10)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	for _, page := range []paths.Pair{paths.JoinApplication, paths.JoinReceipt, paths.JoinWithdraw, paths.JoinCorrectionCheck, paths.JoinCorrection("places")} {
		missing := v.Get(fi.path(page, "9")).Body.Len()
		if a := v.Get(fi.path(page, id)); a.Code != http.StatusNotFound || a.Body.Len() != missing {
			t.Errorf("GET %s: %d, %d bytes, want 404 like a missing one's %d", page.Fi, a.Code, a.Body.Len(), missing)
		}
	}
	own := v.see(fi.part(partner.PartPlaces))
	for _, page := range []paths.Pair{paths.JoinWithdraw, paths.JoinCorrectionCheck, paths.JoinCorrection("places")} {
		a := v.Send(fi.path(page, id), url.Values{"form_token": {token(own, fi.part(partner.PartPlaces))}, "whole_country": {"yes"}, "version": {"0"}})
		if a.Code != http.StatusNotFound {
			t.Errorf("POST %s: %d, want 404", page.Fi, a.Code)
		}
	}
	if got, err := p.stack.Applications.ByID(t.Context(), app.ID); err != nil || got.Status != partner.InReview || got.Revision != 1 {
		t.Errorf("application = %+v, %v", got, err)
	}
}

func TestSentOnceHoweverOften(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	v.fill(answers())
	a := v.see(fi.path(paths.JoinCheck))
	form := url.Values{"form_token": {token(a, fi.path(paths.JoinCheck))}, "version": {value(a, "version")}}
	locations := make([]string, 12)
	var wg sync.WaitGroup
	for i := range locations {
		copied := *v.Browser
		copied.Cookies = map[string]string{}
		maps.Copy(copied.Cookies, v.Cookies)
		wg.Go(func() { locations[i] = copied.Send(fi.path(paths.JoinCheck), form).Location() })
	}
	wg.Wait()
	if slices.Sort(locations); len(slices.Compact(locations)) != 1 || locations[0] != fi.path(paths.JoinReceipt, "1") {
		t.Errorf("led to %q", slices.Compact(locations))
	}
	if n := p.count(t, `SELECT count(*) FROM application`); n != 1 {
		t.Errorf("applications = %d, want 1", n)
	}
}

func TestRightToActIsAskedAgain(t *testing.T) {
	t.Parallel()

	for want, reason := range map[int]error{http.StatusForbidden: fault.ErrForbidden, http.StatusServiceUnavailable: errors.New("planted outage")} {
		var failing error
		p := open(t, func(p *portal) {
			recheck := func(context.Context, identity.Session) error { return failing }
			p.pages.Recheck, p.stack.Applications.Recheck = recheck, recheck
		})
		v := p.visitor(t, fi, ourCode, ours, ourName)
		failing = reason
		v.see(fi.path(paths.JoinTerms))
		v.check(v.Post(fi.path(paths.JoinTerms), url.Values{"read": {"1"}}), want)
		if n := p.count(t, `SELECT count(*) FROM terms_acceptance`); n != 0 {
			t.Errorf("acceptances = %d, want none", n)
		}
		failing = nil
		v.accept()
		v.fill(answers())
		failing = reason
		v.see(fi.path(paths.JoinCheck))
		v.check(v.Post(fi.path(paths.JoinCheck), nil), want, "Luonnos on tallessa")
		if n := p.count(t, `SELECT count(*) FROM application`); n != 0 {
			t.Errorf("applications = %d, want none", n)
		}
		failing = nil
		v.see(fi.path(paths.JoinCheck), "Siobhán O'Neill-Äyrämö")
	}
}

func TestSessionThatEndsLosesNothing(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	for _, part := range partner.Parts() {
		page := v.see(fi.part(part))
		p.Pass(31 * time.Minute)
		v.Last = page
		a := v.Post(fi.part(part), answers()[part])
		if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/kirjaudu") {
			t.Fatalf("%s after the session: %d to %q", part, a.Code, a.Location())
		}
		v.LogInAs(ourCode)
		v.Act(ours, ourName)
		front := v.see(fi.path(paths.OwnFront))
		kept := slices.IndexFunc(front.Page.Links(), func(l string) bool { return strings.HasPrefix(l, "/fi/asiointi/lahettamatta/") })
		if kept < 0 {
			t.Fatalf("%s: no form waits", part)
		}
		v.see(front.Page.Links()[kept])
		if a := v.Post(fi.part(part), nil); a.Code != http.StatusSeeOther {
			t.Fatalf("%s sent again: %d", part, a.Code)
		}
	}
	v.see(fi.path(paths.JoinCheck), "Siobhán O'Neill-Äyrämö", "Valmennamme työnhakijoita.", "Lähetä hakemus")
}

func TestCorrection(t *testing.T) {
	t.Parallel()

	p := open(t, func(p *portal) {
		p.pages.Requests = func(context.Context, int64) ([]onboarding.Request, error) {
			return []onboarding.Request{{Kind: onboarding.RequestCorrection, Message: "Kertokaa enemmän.", At: p.Now(), DueOn: p.Now().Add(240 * time.Hour)}}, nil
		}
	})
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	p.stack.Answer(t, ours)
	forms := answers()
	forms[partner.PartServiceAreas] = url.Values{"service_areas": {"work_ability"}}
	v.fill(forms)
	v.send(fi.path(paths.JoinCheck), nil, fi.path(paths.JoinReceipt, "1"))
	err := p.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := p.stack.Applications.AskToSpecify(t.Context(), tx, partnertest.Officer(), 1, []string{"description", "contacts"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	status := fi.path(paths.JoinApplication, "1")
	a := v.see(status, "Odottaa täydennystä", "Kertokaa enemmän.", "Vastaa viimeistään to 12.3.2026")
	first := fi.path(paths.JoinCorrection("description"), "1")
	if !slices.Contains(a.Page.Links(), first) {
		t.Fatalf("links = %v, want %s", a.Page.Links(), first)
	}
	if a := v.Get(fi.path(paths.JoinCorrection("places"), "1")); a.Code != http.StatusNotFound {
		t.Errorf("a part that was not asked for: %d", a.Code)
	}
	v.see(first, "Kertokaa enemmän.")
	v.send(first, url.Values{"description_fi": {"Paljon enemmän"}}, fi.path(paths.JoinCorrection("contacts"), "1"))
	v.see(fi.path(paths.JoinCorrectionCheck, "1"), "Paljon enemmän", "Valmennamme työnhakijoita.")
	v.send(fi.path(paths.JoinCorrectionCheck, "1"), nil, fi.path(paths.JoinReceipt, "1"))
	v.see(status, "Virkailijan käsittelyssä", "2. lähetys")
	if a := v.Get(first); a.Code != http.StatusSeeOther || a.Location() != status {
		t.Errorf("a correction after it was sent: %d to %q", a.Code, a.Location())
	}
}

func TestWithdrawAndDiscard(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	v.fill(answers())
	v.see(fi.path(paths.JoinDiscard))
	v.send(fi.path(paths.JoinDiscard), nil, fi.path(paths.Join))
	v.see(fi.path(paths.Join), "Aloita hakemus")
	v.fill(answers())
	v.send(fi.path(paths.JoinCheck), nil, fi.path(paths.JoinReceipt, "1"))
	v.see(fi.path(paths.Join), "Odottaa yritysrekisteriä")
	v.see(fi.path(paths.JoinWithdraw, "1"))
	v.send(fi.path(paths.JoinWithdraw, "1"), nil, fi.path(paths.JoinApplication, "1"))
	v.see(fi.path(paths.JoinApplication, "1"), "Peruutettu")
	v.see(fi.path(paths.Join), "Edellinen hakemus. Tila: Peruutettu", "Aloita hakemus")
}

func TestSearchAndRowsWithoutScripts(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, sv, ourCode, ours, ourName)
	v.accept()
	places := sv.part(partner.PartPlaces)
	v.send(places, url.Values{"regions": {"01"}, "q": {"Esb"}, "go": {"search"}}, places+"?q=Esb")
	a := v.see(places+"?q=Esb", "1 kommun hittades.", "Esbo")
	if got := ticked(a, "regions"); !slices.Equal(got, []string{"01"}) {
		t.Errorf("regions = %v", got)
	}
	v.send(places, url.Values{"regions": {"01"}, "municipalities": {"049"}}, sv.part(partner.PartDescription))
	if got := ticked(v.see(places), "municipalities"); !slices.Equal(got, []string{"049"}) {
		t.Errorf("municipalities = %v", got)
	}

	contacts := sv.part(partner.PartContacts)
	form := answers()[partner.PartContacts]
	form.Set("go", "add")
	v.see(contacts)
	v.send(contacts, form, contacts+"?rows=2")
	a = v.see(contacts + "?rows=2")
	if value(a, "contact_name_1") != "Siobhán O'Neill-Äyrämö" || !strings.Contains(a.Body.String(), "contact_name_2") {
		t.Error("no room for a second contact beside the first")
	}
}

func TestFormsOfOthersAreRefused(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	path := fi.part(partner.PartDescription)
	for _, token := range []string{"", "x", token(v.see(fi.part(partner.PartContacts)), fi.part(partner.PartContacts))} {
		a := v.Send(path, url.Values{"form_token": {token}, "version": {"0"}, "description_fi": {"Kirjoitettu"}})
		v.check(a, http.StatusForbidden)
		if value(a, "description_fi") != "Kirjoitettu" {
			t.Errorf("the text is gone: %q", value(a, "description_fi"))
		}
	}
	if n := p.count(t, `SELECT count(*) FROM application_draft`); n != 0 {
		t.Errorf("drafts = %d, want none", n)
	}
	page := v.see(path)
	for _, version := range []string{"-1", "x", "99999999999999999999"} {
		a := v.Send(path, url.Values{"form_token": {token(page, path)}, "version": {version}, "role": {"admin"}, "person_id": {"1"}, "description_fi": {"Kirjoitettu"}})
		if a.Code != http.StatusSeeOther && a.Code != http.StatusConflict {
			t.Errorf("version %s: %d", version, a.Code)
		}
	}
}

func TestAMunicipalityThatIsTypedIsTaken(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, ours, ourName)
	v.accept()
	places, after := fi.part(partner.PartPlaces), fi.part(partner.PartDescription)

	v.see(places)
	v.send(places, url.Values{"regions": {"02"}, "q": {" tampere, Nystad "}}, after)
	if got := ticked(v.see(places), "municipalities"); !slices.Equal(got, []string{"837", "895"}) {
		t.Errorf("municipalities = %q, want Tampere and Uusikaupunki", got)
	}

	// as the page that v sees would be sent
	boxes := func() url.Values {
		return url.Values{"municipalities": ticked(v.Last, "municipalities"), "q": {value(v.Last, "q")}}
	}
	for text, says := range map[string]string{"Tam": "Valitse kunta hakutuloksista", "Qwxz": "Tämännimistä kuntaa ei ole"} {
		v.see(places)
		form := boxes()
		form.Set("q", text)
		a := v.check(v.Post(places, form), http.StatusUnprocessableEntity, says)
		if value(a, "q") != text || len(ticked(a, "municipalities")) != 2 {
			t.Errorf("after %q: the field holds %q, ticked are %q", text, value(a, "q"), ticked(a, "municipalities"))
		}
		// Now that it has said so, the boxes tell what is meant.
		v.send(places, boxes(), after)
	}

	v.see(places)
	form := boxes()
	form["q"], form["go"] = []string{"Salo"}, []string{"search"}
	v.see(v.Post(places, form).Location())
	v.send(places, boxes(), after)
	if got := ticked(v.see(places), "municipalities"); !slices.Contains(got, "734") {
		t.Errorf("municipalities = %q, want Salo, which was searched for by its whole name", got)
	}
}
