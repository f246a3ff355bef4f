package datarequests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

func TestARefusalIsLookedAtAndThenCertified(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	aino, officer, path := o.taken("correction")
	page := own + path[strings.LastIndex(path, "/"):]
	o.good(officer.Get(path), http.StatusOK, "fi", "Aino Korhonen", "020594X••••", "Tutkintoni on väärin.")
	o.good(officer.Get(path+"/vastaa"), http.StatusOK, "fi", "kirjallinen todistus")
	o.good(officer.Post(path+"/vastaa", url.Values{"outcome": {"refused"}, "answer": {"Ei."}}), http.StatusUnprocessableEntity, "fi", "vähintään 20 merkkiä")
	reasons := "Oppilaitos on ilmoittanut tutkinnon näin.\n\nPyydä korjausta sieltä."
	o.good(officer.Post(path+"/vastaa", url.Values{"outcome": {"refused"}, "answer": {reasons}}), http.StatusOK, "fi",
		"Todistus, joka annetaan", "Aino Korhonen", "tietosuojavaltuutetulle", "Pyydä korjausta sieltä.")
	if o.count("SELECT count(*) FROM data_certificate") != 0 {
		t.Error("looking at it made a certificate")
	}
	form := url.Values{"go": {"send"}}
	o.goesOn(officer.Post(path+"/vastaa", form), path)
	o.good(officer.Follow(), http.StatusOK, "fi", "Vastaus on annettu.", "Avaa todistus")
	o.good(officer.Get(path+"/todistus"), http.StatusOK, "fi", "2026/000001")

	o.good(aino.Get(page), http.StatusOK, "fi", "Ei tehty", "Avaa todistus")
	o.good(aino.Get(page+"/todistus"), http.StatusOK, "fi", "2026/000001", "Tietoa ei korjata.", "Oppilaitos on ilmoittanut", "Pyydä korjausta", "tietosuojavaltuutetulle", "SHA-256")
	o.good(aino.Get(strings.Replace(page, own, "/sv/mina-sidor/begaran-om-uppgifter", 1)+"/intyg"), http.StatusOK, "sv", "Tietoa ei korjata.")

	var kind, address, data string
	err := o.DB.QueryRow(t.Context(), "SELECT kind, address, data::text FROM mail_outbox WHERE kind LIKE 'data_request%'").Scan(&kind, &address, &data)
	if err != nil || kind != "data_request_answered" || address != "aino@example.com" || strings.Contains(data, "Oppilaitos") || strings.Contains(data, "Aino") {
		t.Errorf("mail %s to %s: %s, %v", kind, address, data, err)
	}
}

func TestTheQueueTellsOfNobody(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	aino := o.aino()
	o.filed(aino, "inspection")
	o.Pass(40 * 24 * time.Hour)
	officer := o.officer()
	for lang, path := range map[string]string{"fi": queue, "sv": "/sv/handlaggare/begaran-om-uppgifter"} {
		o.good(officer.Get(path), http.StatusOK, lang)
		body := officer.Last.Page.Body()
		if strings.Contains(body, "Korhonen") || strings.Contains(body, "Tutkintoni") || strings.Contains(body, "020594") {
			t.Errorf("the queue says %s", body)
		}
		if n := len(officer.Last.Page.All(func(n *html.Node) bool { return htmltest.Attr(n, "role") == "alert" })); n != 1 {
			t.Errorf("%d alarms", n)
		}
	}
	if err := o.requests.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := o.count("SELECT count(*) FROM mail_outbox WHERE kind = 'data_request_late' AND address = 'outi@example.com'"); n != 1 {
		t.Errorf("%d mails", n)
	}
	officer.Get(queue)
	officer.Post(queue+"/seuraava", nil)
	o.good(officer.Follow(), http.StatusOK, "fi", "Myöhässä", "Pyyntö on sinulla")
	other := o.officer()
	other.Get(queue)
	o.good(other.Post(queue+"/seuraava", nil), http.StatusOK, "fi", "Jonossa ei ole pyyntöä")
	o.good(other.Get(queue+"/tilastot"), http.StatusOK, "fi", "ei näytetä", "odottaa", "myöhässä")
	o.good(other.Get("/sv/handlaggare/begaran-om-uppgifter/statistik"), http.StatusOK, "sv", "visas inte")
}

func entered() url.Values {
	return url.Values{
		"kind": {"deletion"}, "channel": {"post"}, "language": {"sv"}, "received": {"1.3.2026"}, "requester": {"Aino Korhonen"},
		"address": {"Gränden 1, Esbo"}, "message": {"Radera mina uppgifter."}, "identification": {"signature"}, "code": {ainosCode},
	}
}

func TestALetterIsEnteredAndTheAccountDeleted(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.aino()
	officer := o.officer()
	o.good(officer.Get(queue+"/uusi"), http.StatusOK, "fi")
	o.good(officer.Post(queue+"/uusi", url.Values{}), http.StatusUnprocessableEntity, "fi")
	form := entered()
	form.Set("received", o.Now().Format("2.1.2006"))
	a := officer.Post(queue+"/uusi", form)
	path, _, _ := strings.Cut(a.Location(), "?")
	o.good(officer.Follow(), http.StatusOK, "fi", "Gränden 1, Esbo", "Aino Korhonen", "Allekirjoitettu pyyntö")
	officer.Post(path+"/ota", nil)
	o.good(officer.Get(path+"/tunnistus"), http.StatusOK, "fi")
	o.goesOn(officer.Post(path+"/tunnistus", url.Values{"identification": {"document"}, "note": {"Näytti passin."}}), path)
	o.good(officer.Follow(), http.StatusOK, "fi", "Passi, henkilökortti", "Näytti passin.")
	o.good(officer.Get(path+"/yhteydenotto"), http.StatusOK, "fi")
	o.goesOn(officer.Post(path+"/yhteydenotto", url.Values{"note": {"Soitettu."}}), path)
	officer.Get(path)
	if a := officer.Post(path+"/jaljennos", url.Values{"act": {"download"}}); a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("copy: got %d", a.Code)
	}
	if !strings.Contains(officer.Last.Body.String(), " sv<") {
		t.Errorf("the copy for a Swedish request: %s", officer.Last.Body)
	}
	if o.count("SELECT count(*) FROM audit_event WHERE action = 'person_data.copied'") != 1 {
		t.Error("the copy is not in the log")
	}
	o.good(officer.Get(path+"/vastaa"), http.StatusOK, "fi", "Lähetä vastaus myös sähköpostilla tai kirjeellä", "Gränden 1, Esbo")
	if strings.Contains(officer.Last.Page.Body(), "Tehty pyynnön mukaan") {
		t.Error("a deletion can be granted without deleting")
	}
	o.good(officer.Get(path+"/poista-tiedot"), http.StatusOK, "fi", "Tätä ei voi perua")
	o.good(officer.Post(path+"/poista-tiedot", nil), http.StatusUnprocessableEntity, "fi", "merkitse rasti")
	o.goesOn(officer.Post(path+"/poista-tiedot", url.Values{"told": {"yes"}}), queue)
	o.good(officer.Follow(), http.StatusOK, "fi", "Henkilön tiedot on poistettu.")
	if o.count("SELECT count(*) FROM person WHERE family_name = 'Korhonen'")+o.count("SELECT count(*) FROM data_request WHERE address <> '' OR erased_at IS NULL") != 0 {
		t.Error("something is left")
	}
}

func TestWhereAProtectedPersonLivesIsNeverShown(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	b := o.Browser()
	who := o.Person(ainosCode, "Aino", "Korhonen")
	who.NonDisclosure, who.Municipality, who.Country = true, "", ""
	s := b.LogIn(who)
	if err := o.People.SetContact(t.Context(), s.Actor(), s.PersonID, "piilo@example.com", "040 1234567"); err != nil {
		t.Fatal(err)
	}
	officer := o.officer()
	officer.Get(queue + "/uusi")
	form := entered()
	form.Set("received", o.Now().Format("2.1.2006"))
	officer.Post(queue+"/uusi", form)
	o.good(officer.Follow(), http.StatusOK, "fi", "turvakielto")
	bodies := officer.Last.Page.Body()
	officer.Get(search)
	o.good(officer.Post(search, url.Values{"code": {ainosCode}, "reason": {"identity"}}), http.StatusOK, "fi", "turvakielto")
	bodies += officer.Last.Page.Body()
	for _, secret := range []string{"Esbo", "piilo@example.com", "040 1234567"} {
		if strings.Contains(bodies, secret) {
			t.Errorf("the pages tell %q", secret)
		}
	}
	if o.count("SELECT count(*) FROM data_request WHERE address <> ''") != 0 {
		t.Error("the address was kept")
	}
}

func TestWhoLosesTheRequestLosesNoText(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	_, officer, path := o.taken("inspection")
	officer.Get(path + "/yhteydenotto")
	o.Exec("UPDATE data_request SET claimed_until = claimed_until - interval '1 hour'")
	o.good(officer.Post(path+"/yhteydenotto", url.Values{"note": {"Soitettu kahdesti."}}), http.StatusConflict, "fi", "Soitettu kahdesti.", "Ota se uudelleen")
	other := o.officer()
	other.Get(path)
	o.goesOn(other.Post(path+"/ota", nil), path)
	o.good(officer.Get(path), http.StatusOK, "fi", "Pyyntö on käsittelijällä")
}

func TestARestrictionIsLifted(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	_, officer, path := o.taken("restriction")
	officer.Get(path + "/vastaa")
	draft := url.Values{"outcome": {"granted"}, "answer": {"Rajoitimme tietojesi käyttöä."}}
	o.good(officer.Post(path+"/vastaa", draft), http.StatusOK, "fi", "Lähettäminen rajoittaa tietojen käytön heti.", "Ei liitteitä.")
	o.good(officer.Post(path+"/vastaa", url.Values{"go": {"edit"}}), http.StatusOK, "fi", "Rajoitimme tietojesi käyttöä.", "Vastaus henkilölle")
	if o.count("SELECT count(*) FROM data_request WHERE state = 'settled'") != 0 {
		t.Error("going back to the answer sends it")
	}
	officer.Post(path+"/vastaa", draft)
	o.goesOn(officer.Post(path+"/vastaa", url.Values{"go": {"send"}}), path)
	officer.Get(search)
	o.good(officer.Post(search, url.Values{"code": {ainosCode}, "reason": {"authority"}}), http.StatusOK, "fi", "käyttö on rajoitettu")
	o.good(officer.Get(path+"/lopeta-rajoitus"), http.StatusOK, "fi")
	o.good(officer.Post(path+"/lopeta-rajoitus", url.Values{"note": {""}}), http.StatusUnprocessableEntity, "fi")
	untold := officer.Post(path+"/lopeta-rajoitus", url.Values{"note": {"Tieto on korjattu."}})
	o.good(untold, http.StatusUnprocessableEntity, "fi")
	if !strings.Contains(untold.Page.Body(), "Kerro henkilölle ensin, että rajoitus päättyy, ja merkitse rasti.") {
		t.Error("lifted without telling the person")
	}
	o.goesOn(officer.Post(path+"/lopeta-rajoitus", url.Values{"note": {"Tieto on korjattu."}, "told": {"yes"}}), path)
	o.good(officer.Follow(), http.StatusOK, "fi", "Rajoitus on päättynyt.", "Rajoitus päättyi")
}

func TestOnlyDataProtectionComesHere(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	aino := o.aino()
	id := o.filed(aino, "inspection")
	other := o.Browser()
	other.LogInStaff(identity.GroupApplications, identity.GroupMain, identity.GroupSupervision)
	for _, r := range o.Routes {
		if r.Method != http.MethodGet || !strings.Contains(r.Pattern, "/virkailija/tietopyynnot") && !strings.Contains(r.Pattern, "/virkailija/henkilohaku") || strings.Contains(r.Pattern, "tilastot") {
			continue
		}
		path := strings.NewReplacer("{id}", id, "{key}", "x").Replace(r.Pattern)
		if a := other.Get(path); a.Code != http.StatusForbidden {
			t.Errorf("another group at %s: got %d", path, a.Code)
		}
		if a := aino.Get(path); a.Code != http.StatusSeeOther {
			t.Errorf("the person at %s: got %d", path, a.Code)
		}
	}
}

// TestTheAnswerHoldsTheCopy that the portal makes: one button puts it there, and
// the person reads it on the page of the request.
func TestTheAnswerHoldsTheCopy(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	aino, officer, path := o.taken("inspection")
	officer.Get(path)
	o.good(officer.Post(path+"/jaljennos", nil), http.StatusUnprocessableEntity, "fi", "Valitse, liitätkö")
	officer.Get(path)
	o.goesOn(officer.Post(path+"/jaljennos", url.Values{"act": {"attach"}}), path)
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'person_data.copied'"); n != 1 {
		t.Errorf("the copy is %d times in the log", n)
	}
	officer.Get(path + "/vastaa")
	o.good(officer.Post(path+"/vastaa", url.Values{"outcome": {"granted"}, "answer": {"Liitteessä on kopio."}}), http.StatusOK, "fi", "kopio-tiedoista.html")
	o.goesOn(officer.Post(path+"/vastaa", url.Values{"go": {"send"}}), path)

	page := aino.Get(own + path[strings.LastIndex(path, "/"):])
	o.good(page, http.StatusOK, "fi", "kopio-tiedoista.html")
	for _, link := range page.Page.Links() {
		if !strings.Contains(link, "/vastaus/") {
			continue
		}
		a := aino.Get(link)
		if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment") ||
			!strings.HasPrefix(a.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("the copy: got %d, %v", a.Code, a.Header())
		}
		return
	}
	t.Error("the answer has no link to the copy")
}
