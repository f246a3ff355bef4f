package casework_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

func TestTwentyOfficersAtTheirDesksGetTwentyCases(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	const officers = 20
	browsers := make([]*sessiontest.Browser, officers)
	for n := range browsers {
		d.waiting(n)
		browsers[n] = d.officer(identity.GroupApplications)
		good(t, browsers[n].Get("/fi/virkailija/hakemukset"), http.StatusOK, "fi")
	}
	var mu sync.Mutex
	taken := map[string]int{}
	var wg sync.WaitGroup
	for _, b := range browsers {
		wg.Go(func() {
			// Whoever meets only cases that others lock at that moment presses again.
			for range officers {
				page := b.Last
				a := b.Post("/fi/virkailija/hakemukset/seuraava", nil)
				if a.Code == http.StatusSeeOther {
					mu.Lock()
					defer mu.Unlock()
					taken[a.Location()]++
					return
				}
				b.Last = page
			}
			t.Error("an officer got no case")
		})
	}
	wg.Wait()
	for path, n := range taken {
		if n != 1 {
			t.Errorf("%s went to %d officers", path, n)
		}
	}
	if len(taken) != officers {
		t.Errorf("%d cases were taken", len(taken))
	}
	for _, b := range browsers {
		good(t, b.Get("/fi/virkailija/hakemukset"), http.StatusOK, "fi")
		if rows := b.Last.Page.Elements("main"); !strings.Contains(htmltest.Text(rows[0]), "Varattu") {
			t.Error("an officer does not see what is in hand")
		}
	}
}

func TestAFormSentTwiceHasOneEffect(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, app, path := d.taken()
	b.Get(path + "/yhteydenotto")
	page := b.Last
	for range 3 {
		b.Last = page
		leadsTo(t, b.Post(path+"/yhteydenotto", url.Values{"note": {"Soitettu hakijalle."}}), path)
	}
	if n := d.count("SELECT count(*) FROM review_note"); n != 1 {
		t.Errorf("%d notes", n)
	}
	b.Get(path + "/hyvaksy")
	page = b.Last
	for range 3 {
		b.Last = page
		leadsTo(t, b.Post(path+"/hyvaksy", nil), path)
	}
	if n := d.count("SELECT count(*) FROM audit_event WHERE action = 'case.approved' AND subject_id = $1", strconv.FormatInt(app.ID, 10)); n != 1 {
		t.Errorf("%d approvals in the audit log", n)
	}
	// The token of one form opens no other.
	other := d.waiting(2)
	b.Get("/fi/virkailija/hakemukset")
	leadsTo(t, b.Post("/fi/virkailija/hakemukset/seuraava", nil), fmt.Sprintf("/fi/virkailija/hakemukset/%d", other.ID))
	b.Last = page
	forged := url.Values{}
	for _, n := range page.Page.Elements("input") {
		forged.Set(htmltest.Attr(n, "name"), htmltest.Attr(n, "value"))
	}
	if a := b.Send(fmt.Sprintf("/fi/virkailija/hakemukset/%d/hyvaksy", other.ID), forged); a.Code < 400 {
		t.Errorf("a spent form approved another case: %d to %s", a.Code, a.Location())
	}
	if n := d.count("SELECT count(*) FROM partner"); n != 1 {
		t.Errorf("%d partners", n)
	}
}

func TestHandingBackLeavesANoteForTheNextOfficer(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	b, _, path := d.taken()
	empty := b.Post(path+"/palauta", url.Values{"note": {"  "}})
	good(t, empty, http.StatusUnprocessableEntity, "fi")
	has(t, empty, "Kirjoita muistiinpano.")
	leadsTo(t, b.Post(path+"/palauta", url.Values{"note": {"Olen esteellinen.\nKatso liite."}}), "/fi/virkailija/hakemukset")
	has(t, b.Get("/fi/virkailija/hakemukset"), "Sinulla ei ole hakemusta käsittelyssä.")
	next := d.officer(identity.GroupApplications)
	next.Get("/sv/handlaggare")
	a := next.Post("/sv/handlaggare/ansokningar/nasta", nil)
	leadsTo(t, a, strings.NewReplacer("/fi/virkailija/hakemukset", "/sv/handlaggare/ansokningar").Replace(path))
	page := next.Follow()
	good(t, page, http.StatusOK, "sv")
	has(t, page, "Olen esteellinen.")
	nothing := d.officer(identity.GroupApplications)
	nothing.Get("/fi/virkailija/hakemukset")
	none := nothing.Post("/fi/virkailija/hakemukset/seuraava", nil)
	good(t, none, http.StatusOK, "fi")
	has(t, none, "Jonossa ei ole hakemuksia")
}

func TestTheCountsTellWhatIsLateAndWhatHasComeBack(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.waiting(1)
	d.waiting(2)
	d.Pass(8 * 24 * time.Hour) // more than five working days
	d.waiting(3)
	b := d.officer(identity.GroupApplications)
	page := b.Get("/fi/virkailija")
	good(t, page, http.StatusOK, "fi")
	tallies := map[string]string{}
	for _, n := range page.Page.Elements("li") {
		number, label, _ := strings.Cut(htmltest.Text(n), " ")
		tallies[label] = number
	}
	for label, want := range map[string]string{"odottaa käsittelyä": "3", "myöhässä": "2", "hakija on vastannut": "0"} {
		if tallies[label] != want {
			t.Errorf("%s: %q, want %s", label, tallies[label], want)
		}
	}
	team := b.Get("/fi/virkailija/hakemukset/tiimi")
	good(t, team, http.StatusOK, "fi")
	has(t, team, "Myöhässä: odottanut", "Odottanut 0 työpäivää")
	good(t, b.Get("/sv/handlaggare/ansokningar/teamet"), http.StatusOK, "sv")
}

func TestACorrectionIsShownBesideWhatItWas(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	app, who := partnertest.Submitted(t, d.stack, business(1))
	b := d.officer(identity.GroupApplications)
	b.Get("/fi/virkailija/hakemukset")
	path := fmt.Sprintf("/fi/virkailija/hakemukset/%d", app.ID)
	leadsTo(t, b.Post("/fi/virkailija/hakemukset/seuraava", nil), path)
	b.Get(path + "/hylkaa")
	old := b.Last
	leadsTo(t, b.Post(path+"/tasmennys", url.Values{
		"fields": {"description"}, "message": {"Kuvaus on liian lyhyt."}, "due_on": {"2026-03-16"},
	}), "/fi/virkailija/hakemukset")

	form := app.Form
	form.DescriptionFi = "Valmennamme ja ohjaamme työnhakijoita Helsingissä."
	draft, err := d.stack.Drafts.Save(t.Context(), who, app.ID, i18n.Finnish, 0, partner.PartDescription, form, app.Form)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.stack.Applications.Revise(t.Context(), who, app.ID, "correction", draft.Version); err != nil {
		t.Fatal(err)
	}
	front := b.Get("/fi/virkailija/hakemukset")
	has(t, front, "hakija on vastannut")
	leadsTo(t, b.Post("/fi/virkailija/hakemukset/seuraava", nil), path)
	for address, lang := range map[string]string{path: "fi", "/sv/handlaggare/ansokningar/" + strconv.FormatInt(app.ID, 10): "sv"} {
		page := b.Get(address)
		good(t, page, http.StatusOK, lang)
		has(t, page, form.DescriptionFi, app.Form.DescriptionFi)
	}
	has(t, b.Get(path), "Mikä muuttui edellisestä versiosta", "Lähetetty hakemus, versio 2", "Hakija on vastannut", "Kuvaus on liian lyhyt.")

	b.Last = old
	late := b.Post(path+"/hylkaa", url.Values{"grounds": {"no_services"}, "reasons": {"Kirjoitettu ennen korjausta."}, "step": {"confirm"}})
	good(t, late, http.StatusConflict, "fi")
	has(t, late, "Hakemus on muuttunut", "Mitä hakija on muuttanut", form.DescriptionFi, "Kirjoitettu ennen korjausta.", "Hakija ei ole palveluja tuottava organisaatio")
	forged := b.Get(path + "/hyvaksy")
	fields := url.Values{"revision": {"99"}}
	if a := b.Post(path+"/hyvaksy", fields); a.Code != http.StatusConflict {
		t.Errorf("a revision that nobody has sent: %d", a.Code)
	}
	b.Last = forged
	leadsTo(t, b.Post(path+"/hyvaksy", nil), path)
}

func TestApprovingAgainstARuleTakesAReason(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.stack.Told[organisation.BusinessID(business(1))] = organisation.Organisation{
		BusinessID: organisation.BusinessID(business(1)), Name: "Konkurssi Oy", Form: "OY", Bankruptcy: true,
	}
	b, _, path := d.taken()
	page := b.Get(path + "/hyvaksy")
	good(t, page, http.StatusOK, "fi")
	has(t, page, "Hyväksymistä vastaan puhuu", "Organisaation tila")
	bad := b.Post(path+"/hyvaksy", url.Values{"why": {"Koska."}})
	good(t, bad, http.StatusUnprocessableEntity, "fi")
	if typed(bad, "why") != "Koska." {
		t.Errorf("kept %q", typed(bad, "why"))
	}
	why := "Konkurssi on rauennut, ja rekisteri päivittyy huomenna."
	leadsTo(t, b.Post(path+"/hyvaksy", url.Values{"why": {why}}), path)
	has(t, b.Get(path), why, "Hyväksyntä")
	if n := d.count(`SELECT count(*) FROM audit_event WHERE action = 'case.approved' AND detail -> 'against' @> '["organisation"]'`); n != 1 {
		t.Errorf("%d such approvals in the audit log", n)
	}
}

func TestAChangeIsShownAgainstTheDataInForce(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	p, who := partnertest.Approved(t, d.stack, business(1))
	form := p.Form
	form.ServiceAreas = []string{"job_search", "work_ability"}
	changed, err := partner.NewDesk(d.DB, d.stack.Applications).Change(t.Context(), who, i18n.Swedish, "change",
		partner.PartServiceAreas, p.Form.Fingerprint(partner.PartServiceAreas), form)
	if err != nil || changed.Application == nil {
		t.Fatalf("got %+v, %v", changed, err)
	}
	b := d.officer(identity.GroupApplications)
	b.Get("/fi/virkailija/hakemukset")
	path := fmt.Sprintf("/fi/virkailija/hakemukset/%d", changed.Application.ID)
	leadsTo(t, b.Post("/fi/virkailija/hakemukset/seuraava", nil), path)
	page := b.Get(path)
	good(t, page, http.StatusOK, "fi")
	has(t, page, "Mitä muuttuisi nykyisiin tietoihin verrattuna", "Työkyvyn tuki")
	has(t, b.Get(path+"/hyvaksy"), "Muutetut tiedot tulevat voimaan heti.")
	b.Get(path + "/hylkaa")
	check := b.Post(path+"/hylkaa", url.Values{"grounds": {"requirements"}, "reasons": {"Partnern har inte de lokaler som krävs."}, "step": {"check"}})
	good(t, check, http.StatusOK, "fi")
	has(t, check, "Beslut om ändring av en samarbetspartners uppgifter", "De tidigare uppgifterna gäller fortfarande.", "inom 30 dagar")
}
