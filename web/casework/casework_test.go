package casework_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

func TestAnOfficerTakesACaseAndApprovesIt(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	page := b.Get(path)
	good(t, page, http.StatusOK, "fi")
	has(t, page, "Esimerkki "+business(1)+" Oy", "aino@example.fi", "Sääntöjen tulokset", "Yritysrekisterin vastaus", "käsiteltävä viimeistään")
	if strings.Contains(page.Page.Title(), "Esimerkki") {
		t.Errorf("the title %q names the organisation", page.Page.Title())
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND subject_id = $1", app.SubmittedBy.String()); n != 1 {
		t.Errorf("%d looks at the applicant in the audit log", n)
	}
	for _, form := range []string{"/palauta", "/yhteydenotto", "/hyvaksy", "/tasmennys", "/asiakirjapyynto", "/hylkaa"} {
		good(t, b.Get(path+form), http.StatusOK, "fi")
	}
	swedish := strings.NewReplacer("/fi/virkailija/hakemukset", "/sv/handlaggare/ansokningar").Replace(path)
	good(t, b.Get(swedish), http.StatusOK, "sv")
	b.Get(path + "/hyvaksy")
	leadsTo(t, b.Post(path+"/hyvaksy", nil), path)
	has(t, b.Get(path), "hyväksytty")
	leadsTo(t, b.Get(path+"/hyvaksy"), path)
	if n := d.count("SELECT count(*) FROM partner WHERE status = 'active'"); n != 1 {
		t.Errorf("%d partners", n)
	}
}

func TestAQuestionAndItsForm(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	long := strings.Repeat("ä", 40_000)
	a := b.Post(path+"/tasmennys", url.Values{"message": {long}, "due_on": {"huomenna"}})
	good(t, a, http.StatusUnprocessableEntity, "fi")
	has(t, a, "Valitse ainakin yksi täsmennettävä kohta.", "Viesti on liian pitkä.", "Kirjoita viimeinen vastauspäivä")
	if typed(a, "message") != long || typed(a, "due_on") != "huomenna" {
		t.Errorf("kept %q and %q", cut(typed(a, "message")), typed(a, "due_on"))
	}
	if !strings.HasPrefix(a.Page.Title(), "Virhe:") {
		t.Errorf("title %q", a.Page.Title())
	}
	form := url.Values{"fields": {"contacts", "description"}, "message": {"Kertokaa <b>tarkemmin</b>."}, "due_on": {"16.3.2026"}}
	leadsTo(t, b.Post(path+"/tasmennys", form), "/fi/virkailija/hakemukset")
	has(t, b.Get(path), "Odottaa hakijan vastausta.", "Täsmennyspyyntö", "Kertokaa <b>tarkemmin</b>.", "ma 16.3.2026")
	if n := d.count(`SELECT count(*) FROM mail_outbox WHERE kind = 'application_specify' AND address = 'aino@example.fi' AND data ->> 'date' = '2026-03-16' AND data::text NOT LIKE '%tarkemmin%'`); n != 1 {
		t.Errorf("%d mails", n)
	}
	got, err := d.stack.Applications.ByID(t.Context(), app.ID)
	if err != nil || len(got.Editable) != 2 {
		t.Errorf("got %+v, %v", got.Editable, err)
	}
}

func TestARejectionIsSeenBeforeItIsMadeAndThenRead(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	good(t, b.Post(path+"/hylkaa", nil), http.StatusUnprocessableEntity, "fi")
	reasons := "Organisaatio ei tuota palveluja.\n\nHakija vahvisti asian puhelimessa. O'Neill & Äyrämö <script>"
	form := url.Values{"grounds": {"no_services", "data"}, "reasons": {reasons}, "step": {"check"}}
	check := b.Post(path+"/hylkaa", form)
	good(t, check, http.StatusOK, "fi")
	has(t, check, "Hakemus hylätään.", "O'Neill & Äyrämö <script>", "434/2003")
	if d.count("SELECT count(*) FROM decision") != 0 {
		t.Fatal("made before it was confirmed")
	}
	form.Set("step", "edit")
	has(t, b.Post(path+"/hylkaa", form), "Hakija vahvisti asian puhelimessa.")
	form.Set("step", "confirm")
	made := b.Post(path+"/hylkaa", form)
	leadsTo(t, made, "/fi/virkailija/paatokset/1")
	page := b.Get(made.Location())
	good(t, page, http.StatusOK, "fi")
	has(t, page, "2026/000001", "kirjaamo.keha@ely-keskus.fi", "PL 1000, 50101 Mikkeli", "hallintolaissa (434/2003)", "30 päivän kuluessa siitä, kun hakija on saanut päätöksestä tiedon", "0295 020 000", "annettu tiedoksi sähköisesti Työmarkkinatorilla 2.3.2026", business(1), "Hakija vahvisti asian puhelimessa.")
	good(t, b.Get("/fi/virkailija/paatokset"), http.StatusOK, "fi")

	own := d.representative(app)
	good(t, own.Get("/fi/paatokset/1"), http.StatusOK, "fi")
	swedish := own.Get("/sv/beslut/1")
	good(t, swedish, http.StatusOK, "sv")
	has(t, swedish, "Hakemus hylätään.")
	if article := swedish.Page.Elements("article"); len(article) != 1 || htmltest.Attr(article[0], "lang") != "fi" {
		t.Error("the decision is not in the language of its applicant")
	}
	other := d.Browser()
	other.LogInAs("020594X903P")
	other.Act(business(9), "Toinen Oy")
	missing, foreign := other.Get("/fi/paatokset/99"), other.Get("/fi/paatokset/1")
	if foreign.Code != http.StatusNotFound || foreign.Code != missing.Code {
		t.Errorf("another organisation: %d; a decision that is not there: %d", foreign.Code, missing.Code)
	}
	if n := d.count(`SELECT count(*) FROM mail_outbox WHERE kind = 'decision_waits' AND data ->> 'link' = '/fi/paatokset/1' AND data::text NOT LIKE '%puhelimessa%'`); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestACaseThatChangedMeanwhileShowsBoth(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	form := url.Values{"grounds": {"no_services"}, "reasons": {"Tämä on kirjoitettu turhaan, mutta säilyy."}, "step": {"confirm"}}
	b.Get(path + "/hylkaa")
	page := b.Last
	d.Pass(14 * 60e9)
	b.Get("/fi/virkailija/hakemukset") // keeps the session, not the claim
	d.Pass(10 * 60e9)
	b.Get("/fi/virkailija/hakemukset")
	d.Pass(10 * 60e9)
	second := d.officer(identity.GroupApplications)
	second.Get("/fi/virkailija")
	leadsTo(t, second.Post("/fi/virkailija/hakemukset/seuraava", nil), path)
	b.Last = page
	a := b.Post(path+"/hylkaa", form)
	good(t, a, http.StatusConflict, "fi")
	has(t, a, "Varauksesi on päättynyt", "Tämä on kirjoitettu turhaan, mutta säilyy.")
	if d.count("SELECT count(*) FROM decision") != 0 {
		t.Error("decided without having the case")
	}
	team := second.Get("/fi/virkailija/hakemukset/tiimi")
	good(t, team, http.StatusOK, "fi")
	has(t, team, "Hakemus "+strconv.FormatInt(app.ID, 10), "Varattu")
	lead := d.officer(identity.GroupMain)
	releasePath := path + "/vapauta"
	lead.Get("/fi/virkailija/hakemukset/tiimi")
	good(t, lead.Post(releasePath, nil), http.StatusUnprocessableEntity, "fi")
	leadsTo(t, lead.Post(releasePath, url.Values{"note-" + strconv.FormatInt(app.ID, 10): {"Loma"}}), "/fi/virkailija/hakemukset/tiimi")
	has(t, lead.Get("/fi/virkailija/hakemukset/tiimi"), "Ei kenelläkään")
}

func TestOtherGroupsOpenNothing(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	_, _, path := d.taken()
	pages := map[string][]identity.Group{
		"/fi/virkailija/hakemukset": {identity.GroupApplications}, path: {identity.GroupApplications},
		"/fi/virkailija/rekisteri": {identity.GroupMain}, "/fi/virkailija/rekisteri/uusi": {identity.GroupMain},
		"/fi/virkailija/palvelualueet": {identity.GroupContent}, "/fi/virkailija/jalkivalvonta": {identity.GroupSupervision},
		"/fi/virkailija/loki": {identity.GroupAudit}, "/fi/virkailija/hakemukset/saannot": {identity.GroupApplications, identity.GroupMain},
	}
	for _, g := range identity.Groups() {
		b := d.officer(g)
		front := b.Get("/fi/virkailija")
		good(t, front, http.StatusOK, "fi")
		for page, groups := range pages {
			want := http.StatusForbidden
			for _, may := range groups {
				if may == g {
					want = http.StatusOK
				}
			}
			if a := b.Get(page); a.Code != want {
				t.Errorf("%s for %s: got %d, want %d", page, g, a.Code, want)
			}
			linked := false
			for _, link := range front.Page.Links() {
				linked = linked || link == page
			}
			if linked && want != http.StatusOK {
				t.Errorf("the front page of %s links to %s", g, page)
			}
		}
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'access.refused'"); n == 0 {
		t.Error("refused, and not in the audit log")
	}
	person := d.Browser()
	person.LogInAs("010594Y9032")
	for page := range pages {
		if a := person.Get(page); a.Code != http.StatusSeeOther {
			t.Errorf("%s for a person: got %d", page, a.Code)
		}
	}
}

func TestAnOfficerIsStoppedAndTheMainUsersAreTold(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	d.officer(identity.GroupMain)
	d.Exec(`INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at)
	        SELECT p.id, 'person', 'x' || n, $1 FROM generate_series(1, 99) AS n, (SELECT claimed_by AS id FROM review_case WHERE application_id = $2) AS p`, d.Now(), app.ID)
	a := b.Get(path)
	good(t, a, http.StatusForbidden, "fi")
	has(t, a, "Katselu on pysäytetty")
	if strings.Contains(a.Page.Body(), "aino@example.fi") {
		t.Error("shown all the same")
	}
	b.Get(path)
	if n := d.count("SELECT count(*) FROM mail_outbox WHERE kind = 'staff_alarm'"); n == 0 || d.count("SELECT count(DISTINCT address || key) FROM mail_outbox WHERE kind = 'staff_alarm'") != n {
		t.Errorf("%d alarms", n)
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'viewing.stopped'"); n != 2 {
		t.Errorf("%d stops in the audit log", n)
	}
	d.Pass(14 * 60e9)
	for range 5 {
		b.Get("/fi/virkailija/hakemukset")
		d.Pass(10 * 60e9)
	}
	good(t, b.Get(path), http.StatusOK, "fi")
}
