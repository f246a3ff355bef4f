package casework_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// withButton returns the hidden fields of the form whose button says value, as
// one who presses it sends them.
func withButton(a *sessiontest.Answer, value string) url.Values {
	for _, f := range a.Page.Elements("form") {
		fields, found := url.Values{}, false
		for n := range f.Descendants() {
			switch {
			case n.Data == "input" && htmltest.Attr(n, "type") == "hidden":
				fields.Add(htmltest.Attr(n, "name"), htmltest.Attr(n, "value"))
			case n.Data == "button" && htmltest.Attr(n, "value") == value:
				found = true
				fields.Set(htmltest.Attr(n, "name"), value)
			}
		}
		if found {
			return fields
		}
	}
	return nil
}

func TestAGroupIsGivenByASecondMainUser(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	first, second := d.officer(identity.GroupMain), d.officer(identity.GroupMain)
	good(t, first.Get("/fi/virkailija/rekisteri"), http.StatusOK, "fi")
	good(t, first.Get("/sv/handlaggare/register"), http.StatusOK, "sv")
	good(t, first.Get("/fi/virkailija/rekisteri/uusi"), http.StatusOK, "fi")
	wrong := first.Post("/fi/virkailija/rekisteri/uusi", url.Values{"code": {"020594X9999"}, "first_names": {"Bo"}, "email": {"x"}})
	good(t, wrong, http.StatusUnprocessableEntity, "fi")
	if strings.Contains(wrong.Body.String(), "020594X9999") {
		t.Error("the identity code is shown again")
	}
	if typed(wrong, "first_names") != "Bo" || typed(wrong, "email") != "x" {
		t.Error("what was typed is gone")
	}
	added := first.Post("/fi/virkailija/rekisteri/uusi", url.Values{
		"code": {"020594X903P"}, "first_names": {"Bo"}, "family_name": {"O'Neill"}, "email": {"bo@example.fi"},
	})
	member, _, _ := strings.Cut(added.Location(), "?done=")
	has(t, first.Get(added.Location()), "Virkailija on lisätty rekisteriin.")
	if added.Code != http.StatusSeeOther || !strings.HasPrefix(member, "/fi/virkailija/rekisteri/") {
		t.Fatalf("got %d to %q\n%s", added.Code, member, added.Page.Body())
	}
	page := first.Get(member)
	good(t, page, http.StatusOK, "fi")
	has(t, page, "O'Neill", "020594X••••", "Virkailijalla ei ole oikeuksia.")
	leadsTo(t, first.Post(member+"/pyynto", url.Values{"group": {"applications"}}), member)
	page = first.Get(member)
	has(t, page, "Toisen pääkäyttäjän on hyväksyttävä tämä.")
	if withButton(page, "approve") != nil {
		t.Error("one may approve what one has asked for oneself")
	}

	has(t, second.Get("/fi/virkailija"), "Odottaa sinua", "Oikeuspyynnöt, jotka voit hyväksyä: 1")
	if strings.Contains(first.Get("/fi/virkailija").Page.Body(), "Odottaa sinua") {
		t.Error("one's own request waits for oneself")
	}
	seen := second.Get(member)
	good(t, seen, http.StatusOK, "fi")
	approval := withButton(seen, "approve")
	if approval == nil {
		t.Fatal("nothing to approve")
	}
	own := withButton(second.Get(member), "approve") // what the first sends in their own session
	page = first.Get(member)
	for _, n := range page.Page.Elements("form") {
		if htmltest.Attr(n, "action") == member+"/esto" {
			for in := range n.Descendants() {
				if htmltest.Attr(in, "name") == "form_token" {
					own.Set("form_token", htmltest.Attr(in, "value"))
				}
			}
		}
	}
	if a := first.Send(member+"/oikeus", own); a.Code < 400 {
		t.Errorf("approved one's own request: %d", a.Code)
	}
	d.Pass(6 * time.Minute) // the identification is too old by now
	if a := second.Send(member+"/oikeus", approval); a.Code != http.StatusSeeOther || strings.HasPrefix(a.Location(), member) {
		t.Errorf("approved without a new identification: %d to %s", a.Code, a.Location())
	}
	if d.count("SELECT count(*) FROM staff_grant WHERE staff_group = 'applications' AND status = 'granted'") != 0 {
		t.Fatal("granted")
	}
	third := d.officer(identity.GroupMain)
	leadsTo(t, third.Send(member+"/oikeus", withButton(third.Get(member), "approve")), member)
	has(t, third.Get(member), "Voimassa", "Ratkaisija")
	good(t, third.Get(strings.NewReplacer("/fi/virkailija/rekisteri", "/sv/handlaggare/register").Replace(member)), http.StatusOK, "sv")
	// What it takes two to undo is not done at one press.
	ask := third.Send(member+"/oikeus", withButton(third.Get(member), "withdraw"))
	good(t, ask, http.StatusOK, "fi")
	has(t, ask, "Poistetaanko oikeus: Hakemukset?")
	if d.count("SELECT count(*) FROM staff_grant WHERE staff_group = 'applications' AND status = 'granted'") != 1 {
		t.Fatal("withdrawn at one press")
	}
	leadsTo(t, third.Send(member+"/oikeus", withButton(ask, "withdraw_surely")), member)
	if d.count("SELECT count(*) FROM staff_grant WHERE staff_group = 'applications' AND status = 'withdrawn'") != 1 {
		t.Error("not withdrawn")
	}
	ask = third.Send(member+"/esto", withButton(third.Get(member), "block"))
	good(t, ask, http.StatusOK, "fi")
	done := third.Send(member+"/esto", withButton(ask, "block_surely"))
	leadsTo(t, done, member)
	has(t, third.Get(done.Location()), "Tunnus on estetty.")
	has(t, third.Get("/fi/virkailija/rekisteri"), "estetty")
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND detail ->> 'reason' = 'staff_register'"); n == 0 {
		t.Error("looks at officers are not in the audit log")
	}
}

func TestServiceAreasAreKeptByTwoWhoSeeEachOther(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, other := d.officer(identity.GroupContent), d.officer(identity.GroupContent)
	good(t, b.Get("/fi/virkailija/palvelualueet"), http.StatusOK, "fi")
	good(t, b.Get("/sv/handlaggare/serviceomraden"), http.StatusOK, "sv")
	bad := b.Post("/fi/virkailija/palvelualueet", url.Values{"code": {"Ä 1"}, "name_fi": {"Nimi"}})
	good(t, bad, http.StatusUnprocessableEntity, "fi")
	if typed(bad, "code") != "Ä 1" || typed(bad, "name_fi") != "Nimi" {
		t.Error("what was typed is gone")
	}
	area := url.Values{"code": {"green_jobs"}, "name_fi": {"Vihreä työ"}, "name_sv": {"Grönt arbete"}, "description_fi": {"Työtä."}, "description_sv": {"Arbete."}}
	b.Get("/fi/virkailija/palvelualueet")
	leadsTo(t, b.Post("/fi/virkailija/palvelualueet", area), "/fi/virkailija/palvelualueet")
	has(t, b.Get("/fi/virkailija/palvelualueet"), "green_jobs", "Grönt arbete")
	const page = "/fi/virkailija/palvelualueet/green_jobs"
	good(t, other.Get(page), http.StatusOK, "fi")
	good(t, b.Get(page), http.StatusOK, "fi")
	good(t, b.Get("/sv/handlaggare/serviceomraden/green_jobs"), http.StatusOK, "sv")
	b.Get(page)
	area.Set("name_fi", "Vihreät työpaikat")
	leadsTo(t, b.Post(page, area), "/fi/virkailija/palvelualueet")
	area.Set("name_fi", "Vihreät alat")
	late := other.Post(page, area)
	good(t, late, http.StatusConflict, "fi")
	has(t, late, "Vihreät työpaikat")
	if typed(late, "name_fi") != "Vihreät alat" {
		t.Errorf("kept %q", typed(late, "name_fi"))
	}
	b.Get(page)
	leadsTo(t, b.Send(page, withButton(b.Last, "retire")), "/fi/virkailija/palvelualueet")
	has(t, b.Get("/fi/virkailija/palvelualueet"), "Poistettu")
	if a := b.Get("/fi/virkailija/palvelualueet/nothing"); a.Code != http.StatusNotFound {
		t.Errorf("got %d", a.Code)
	}
}

func TestADryRunOfRulesChangesNothing(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	partnertest.Approved(t, d.stack, business(5))
	b := d.officer(identity.GroupApplications)
	good(t, b.Get("/fi/virkailija/hakemukset/saannot"), http.StatusOK, "fi")
	good(t, b.Get("/sv/handlaggare/ansokningar/regler"), http.StatusOK, "sv")
	before := d.count("SELECT count(*) FROM audit_event") + d.count("SELECT count(*) FROM application_verdict")
	tried := b.Get("/fi/virkailija/hakemukset/saannot?rate=100&look=job_search&since=1.1.2026")
	good(t, tried, http.StatusOK, "fi")
	has(t, tried, "Hakemuksia 1, joista 1 olisi muuttunut", "Esimerkki "+business(5)+" Oy")
	bad := b.Get("/fi/virkailija/hakemukset/saannot?rate=paljon&since=eilen")
	good(t, bad, http.StatusUnprocessableEntity, "fi")
	has(t, bad, "Kirjoita luku väliltä 0–100.", "Kirjoita päivä muodossa 1.6.2026.")
	if typed(bad, "rate") != "paljon" || typed(bad, "since") != "eilen" {
		t.Error("what was typed is gone")
	}
	if after := d.count("SELECT count(*) FROM audit_event") + d.count("SELECT count(*) FROM application_verdict"); after != before {
		t.Errorf("%d rows more", after-before)
	}
}

func TestTheSampleIsLookedAtAfterwards(t *testing.T) {
	t.Parallel()

	d := newDeskWith(t, partner.Rules{SampleRate: 1, SampleSeed: "seed"})
	partnertest.Approved(t, d.stack, business(5))
	b := d.officer(identity.GroupSupervision)
	list := b.Get("/fi/virkailija/jalkivalvonta")
	good(t, list, http.StatusOK, "fi")
	has(t, list, "Esimerkki "+business(5)+" Oy")
	has(t, b.Get("/sv/handlaggare"), "Ansökningar i efterhandstillsynen: 1")
	const page = "/fi/virkailija/jalkivalvonta/1"
	good(t, b.Get(page), http.StatusOK, "fi")
	good(t, b.Get("/sv/handlaggare/efterhandstillsyn/1"), http.StatusOK, "sv")
	b.Get(page)
	good(t, b.Post(page, url.Values{"note": {""}}), http.StatusUnprocessableEntity, "fi")
	leadsTo(t, b.Post(page, url.Values{"note": {"Tarkistettu rekistereistä."}}), "/fi/virkailija/jalkivalvonta")
	has(t, b.Get("/fi/virkailija/jalkivalvonta"), "Katsottavia hakemuksia ei ole.")
	if a := b.Get(page); a.Code != http.StatusNotFound {
		t.Errorf("got %d", a.Code)
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed'"); n == 0 {
		t.Error("the look is not in the audit log")
	}
}

func TestTheAuditLogIsReadByFilterAndItsReadingIsInIt(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	officer, _, path := d.taken()
	officer.Get(path)
	b := d.officer(identity.GroupAudit)
	const log = "/fi/virkailija/loki"
	page := b.Get(log)
	good(t, page, http.StatusOK, "fi")
	has(t, page, "Lokin eheyttä ei ole vielä tarkistettu.", "person.viewed", "case.claimed")
	good(t, b.Get("/sv/handlaggare/logg"), http.StatusOK, "sv")
	filtered := b.Get(log + "?actor=staff&subject=person&action=person.viewed&from=1.1.2026&to=31.12.2026")
	good(t, filtered, http.StatusOK, "fi")
	if strings.Contains(filtered.Page.Body(), "case.claimed") || !strings.Contains(filtered.Page.Body(), "person.viewed") {
		t.Error("the filter does not filter")
	}
	none := b.Get(log + "?from=1.1.2030")
	good(t, none, http.StatusOK, "fi")
	has(t, none, "Ehdoilla ei löytynyt tapahtumia.")
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'audit_log.read' AND detail ->> 'subject' = 'person'"); n != 1 {
		t.Errorf("%d readings with this filter in the audit log", n)
	}
	before := d.count("SELECT count(*) FROM audit_event")
	for _, query := range []string{
		"?actor=Aino+Esimerkki", "?subject=person/010594Y9032", "?action=Liisa", "?from=eilen", "?to=32.1.2026", "?before=x", "?subject=" + strings.Repeat("a", 500),
	} {
		good(t, b.Get(log+query), http.StatusUnprocessableEntity, "fi")
	}
	if n := d.count("SELECT count(*) FROM audit_event"); n != before {
		t.Errorf("%d events of filters that were refused", n-before)
	}

	looks := func() int {
		return d.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND detail ->> 'reason' = 'fault'")
	}
	for _, filter := range []string{"?subject=person/4711", "?actor=representative/4711/0201256-6", "?subject=profile/4711"} {
		refused := b.Get(log + filter)
		good(t, refused, http.StatusUnprocessableEntity, "fi")
		has(t, refused, "Valitse, miksi katsot yhden henkilön tapahtumia.")
		n := looks()
		good(t, b.Get(log+filter+"&reason=fault"), http.StatusOK, "fi")
		if looks() != n+1 {
			t.Errorf("%s: the person is not told of the look", filter)
		}
	}

	if _, err := audit.CheckAll(t.Context(), d.DB); err != nil {
		t.Fatal(err)
	}
	has(t, b.Get(log), "Loki on ehjä:")
	for range 60 {
		b.Get(log)
	}
	long := b.Get(log)
	next := ""
	for _, n := range long.Page.Elements("a") {
		if htmltest.Attr(n, "rel") == "next" {
			next = htmltest.Attr(n, "href")
		}
	}
	older := b.Get(next)
	good(t, older, http.StatusOK, "fi")
	has(t, older, "case.claimed")
	if a := officer.Get(log); a.Code != http.StatusForbidden {
		t.Errorf("an officer of another group got %d", a.Code)
	}
}

func TestTwoMainUsersAreLeft(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b := d.Browser()
	me, other := b.LogInStaff(identity.GroupMain), d.Browser().LogInStaff(identity.GroupMain)
	d.Exec("UPDATE staff_grant SET status = 'withdrawn', withdrawn_at = decided_at WHERE staff_group = 'main' AND person_id NOT IN ($1, $2)", me.PersonID, other.PersonID)
	member := "/fi/virkailija/rekisteri/" + other.PersonID.String()
	ask := withButton(b.Get(member), "withdraw")
	a := b.Send(member+"/oikeus", ask)
	good(t, a, http.StatusConflict, "fi")
	has(t, a, "Pääkäyttäjiä on oltava vähintään kaksi.")
	ask.Set("act", "withdraw_surely")
	good(t, b.Send(member+"/oikeus", ask), http.StatusConflict, "fi")
	d.Exec("UPDATE staff_grant SET status = 'granted', withdrawn_at = NULL WHERE staff_group = 'main' AND status = 'withdrawn'")
	leadsTo(t, b.Send(member+"/oikeus", ask), member)
}
