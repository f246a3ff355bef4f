package agreements_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/web/agreements"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
	"tyomarkkinatori.fi/portal/web/site"
)

const (
	aino       = "010190-900P"
	matti      = "020285-901W"
	business   = "1234567-1"
	publicText = "/fi/ehdot/partner/1/teksti.md"
	confirm    = "/fi/ehtojen-vahvistus"
	desk       = "/fi/tietoa-palvelusta"
)

type portal struct {
	*sessiontest.Portal

	terms *terms.Terms
	pages agreements.Pages
}

// newPortal serves the pages of the terms and one page behind their gate.
func newPortal(t *testing.T) *portal {
	t.Helper()
	p := &portal{Portal: sessiontest.New(t)}
	p.terms = termstest.Seed(t, p.DB)
	p.pages = agreements.Pages{
		AuthorityName: func(context.Context, string) string { return "nimenkirjoittaja" },
		Terms:         p.terms, Looks: viewing.New(p.DB, viewing.DefaultLimits(), nil), Return: p.Manager.Return, OwnFront: paths.OwnFront,
	}
	p.Limits.Pages = 100
	p.Manager.PartnerGate = p.pages.Gate
	partner := route.Class{Audience: route.Partner, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	show := func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, site.ErrorPage(r.Context(), http.StatusOK))
	}
	p.Serve(p.pages, sessiontest.Page{Pair: paths.About, Class: partner, Func: show},
		sessiontest.Page{Pair: paths.DeskLeave, Class: partner, Func: show})
	return p
}

func (p *portal) representative(code string) *sessiontest.Browser {
	b := p.Browser()
	b.LogInAs(code)
	b.Act(business, "Äyrämö Oy")
	return b
}

// publish puts a version with one more paragraph into force.
func (p *portal) publish(t *testing.T, after int) terms.Version {
	t.Helper()
	ctx := t.Context()
	officer := func(id identity.PersonID) identity.Session {
		return identity.Session{ID: 1, PersonID: id, Kind: identity.KindStaff, Groups: []identity.Group{identity.GroupContent}}
	}
	if err := p.terms.StartDraft(ctx, officer(901), terms.Partner); err != nil {
		t.Fatal(err)
	}
	d, err := p.terms.Draft(ctx, terms.Partner)
	if err != nil {
		t.Fatal(err)
	}
	text := map[i18n.Lang]string{}
	for _, lang := range i18n.Langs {
		text[lang] = strings.Replace(d.Text[lang], "434/2003", "435/2004", 1) + "\n## 22 Lisä\n\nAivan uusi kappale."
	}
	d, err = p.terms.SaveDraft(ctx, officer(901), terms.Edit{
		Kind: terms.Partner, Revision: d.Revision, Title: d.Title, Text: text,
		EffectiveOn: p.Now().AddDate(0, 0, after).Format(time.DateOnly),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.terms.RequestPublication(ctx, officer(901), terms.Partner, d.Revision); err != nil {
		t.Fatal(err)
	}
	v, err := p.terms.Publish(ctx, officer(902), terms.Partner, d.Revision)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (p *portal) count(t *testing.T, query string) int {
	t.Helper()
	var n int
	if err := p.DB.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func wants(t *testing.T, a *sessiontest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Code != status {
		t.Errorf("answer %d, want %d: %s", a.Code, status, a.Location())
	}
	for _, text := range texts {
		if !strings.Contains(a.Page.Body(), text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}

func TestTheTextsAreReadableForEverybody(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.publish(t, 40)
	b := p.Browser()
	for _, path := range []string{
		"/fi/ehdot", "/fi/ehdot/partner/1", "/fi/ehdot/partner/2", "/fi/ehdot/tyopaikkavahti/1", "/fi/ehdot/partner/1/rinnakkain", "/fi/ehdot/partner/2/muutokset",
		"/sv/villkor", "/sv/villkor/granssnitt/1", "/sv/villkor/platsvakten/1", "/sv/villkor/partner/2/andringar", "/sv/villkor/partner/2/jamsides",
	} {
		a := b.Get(path)
		wants(t, a, http.StatusOK)
		for _, f := range a.Page.Faults(path[1:3]) {
			t.Errorf("%s: %s", path, f)
		}
		if strings.Contains(a.Body.String(), "terms.") {
			t.Errorf("%s shows the ID of a message", path)
		}
	}
	for _, path := range []string{"/fi/ehdot/partner/3", "/fi/ehdot/partner/01", "/fi/ehdot/henkilotietojen-kasittely/1", "/fi/ehdot/cookies/1", "/fi/ehdot/henkilotietojen-kasittely", "/fi/ehdot/partner/x/teksti.md"} {
		wants(t, b.Get(path), http.StatusNotFound)
	}
	if to := b.Get("/fi/ehdot/partner").Location(); to != "/fi/ehdot/partner/1" {
		t.Errorf("the terms in force are at %q", to)
	}
	for old, now := range map[string]string{
		"/fi/ehdot/job-watch/1?from=mail": "/fi/ehdot/tyopaikkavahti/1?from=mail", "/sv/villkor/tyopaikkavahti/1": "/sv/villkor/platsvakten/1",
		"/fi/ehdot/job-watch/1/teksti.md": "/fi/ehdot/tyopaikkavahti/1/teksti.md", "/sv/villkor/interface": "/sv/villkor/granssnitt",
	} {
		if a := b.Get(old); a.Code != http.StatusMovedPermanently || a.Location() != now {
			t.Errorf("%s answers %d to %q, want %q", old, a.Code, a.Location(), now)
		}
	}
	if text := b.Get("/fi/ehdot/tyopaikkavahti/1").Body.String(); !strings.Contains(text, `href="/sv/villkor/platsvakten/1"`) {
		t.Error("the other language is at another word")
	}
	wants(t, b.Get("/fi/ehdot/partner/2"), http.StatusOK, "Tämä versio ei ole vielä voimassa", "Esittelyteksti")
}

func TestTheHashIsThatOfTheDownload(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.Browser()
	text := b.Get(publicText).Body.String()
	if got := b.Last.Header().Get("Content-Type"); got != "text/markdown; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	wants(t, b.Get("/fi/ehdot/partner/1"), http.StatusOK, terms.Hash(text))
}

func TestADifferenceIsMarkedInWords(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.publish(t, 40)
	a := p.Browser().Get("/fi/ehdot/partner/2/muutokset")
	wants(t, a, http.StatusOK, "[lisätty: (435/2004)", "[poistettu: (434/2003)", "Muutettuja kohtia: 1. Lisättyjä: 2. Poistettuja: 0.", "kohdassa ”19 Oikaisun vaatiminen”")
	if len(a.Page.Elements("ins")) < 2 || len(a.Page.Elements("del")) < 2 {
		t.Error("no ins and del elements")
	}
}

func TestAFurtherRepresentativeConfirmsBeforeAnythingElseOpens(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.representative(aino)
	if to := b.Get(desk + "?a=1").Location(); to != confirm+"?return=%2Ffi%2Ftietoa-palvelusta%3Fa%3D1" {
		t.Fatalf("the first visit leads to %q", to)
	}
	a := b.Get(confirm + "?return=" + url.QueryEscape(desk))
	wants(t, a, http.StatusOK, "Vahvista ehdot", "Äyrämö Oy", "1 Mistä näissä ehdoissa on kyse")
	for _, f := range a.Page.Faults("fi") {
		t.Error(f)
	}
	if n := p.count(t, "SELECT count(*) FROM terms_acceptance"); n != 0 {
		t.Errorf("looking at the terms accepted them: %d", n)
	}
	wants(t, b.Post(confirm, nil), http.StatusUnprocessableEntity, "Merkitse rasti, kun olet lukenut ehdot")
	wants(t, b.Post(confirm, url.Values{"read": {"2"}}), http.StatusUnprocessableEntity)
	wants(t, b.Send(confirm, url.Values{"read": {"1"}, "number": {"1"}}), http.StatusForbidden)
	b.Get(confirm + "?return=" + url.QueryEscape(desk))
	if a := b.Post(confirm, url.Values{"read": {"1"}}); a.Code != http.StatusSeeOther || a.Location() != desk {
		t.Errorf("confirming answers %d and leads to %q", a.Code, a.Location())
	}
	wants(t, b.Get(desk), http.StatusOK)
	if n := p.count(t, "SELECT count(*) FROM terms_acceptance WHERE how = 'confirmed' AND language = 'fi' AND authority = 'NIMKO'"); n != 1 {
		t.Errorf("%d confirmations", n)
	}
	if to := b.Get(confirm).Location(); to != paths.OwnFront.Fi {
		t.Errorf("who has confirmed is led to %q", to)
	}

	other := p.representative(matti)
	if to := other.Get(desk).Location(); !strings.HasPrefix(to, confirm) {
		t.Errorf("the next representative is led to %q", to)
	}
}

func TestAConfirmationLeadsNowhereElse(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for i, bad := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/fi/../../x", "javascript:alert(1)"} {
		b := p.representative(aino)
		b.Act(business[:6]+strconv.Itoa(i)+"-1", "Muu Oy")
		b.Get(confirm)
		b.Post(confirm, url.Values{"read": {"1"}, "return": {bad}})
		if to := b.Last.Location(); to != paths.OwnFront.Fi {
			t.Errorf("%s answers %d and leads to %q", bad, b.Last.Code, to)
		}
	}
}

func TestGoingOnAfterANewVersionIsAskedOnce(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.representative(aino)
	b.Get(confirm)
	b.Post(confirm, url.Values{"read": {"1"}})
	v := p.publish(t, 31)
	wants(t, b.Get(desk), http.StatusOK)

	p.Pass(v.InForceSince().Sub(p.Now()))
	b = p.representative(aino)
	if to := b.Get(desk).Location(); !strings.HasPrefix(to, confirm) {
		t.Fatalf("after the effect: %q", to)
	}
	// Whoever does not accept can leave without accepting first.
	wants(t, b.Get(paths.DeskLeave.Fi), http.StatusOK)
	a := b.Get(confirm + "?return=" + url.QueryEscape(desk))
	wants(t, a, http.StatusOK, "Ehdot ovat muuttuneet", "Mitä muuttui versiosta 1", "Lähde palvelusta", "[lisätty: Aivan uusi kappale.")
	for _, f := range a.Page.Faults("fi") {
		t.Error(f)
	}
	wants(t, b.Post(confirm, url.Values{"number": {"1"}}), http.StatusConflict)
	b.Get(confirm + "?return=" + url.QueryEscape(desk))
	if a := b.Post(confirm, nil); a.Location() != desk {
		t.Errorf("going on leads to %q, %d", a.Location(), a.Code)
	}
	wants(t, b.Get(desk), http.StatusOK)
	if n := p.count(t, "SELECT count(*) FROM terms_acceptance WHERE how = 'continued' AND number = 2"); n != 1 {
		t.Errorf("%d acceptances by going on", n)
	}
}

func TestFiftyCopiesOfAConfirmationAreOne(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.representative(aino)
	page := b.Get(confirm).Page
	form := url.Values{"read": {"1"}}
	for _, n := range page.Elements("input") {
		if htmltest.Attr(n, "type") == "hidden" {
			form.Set(htmltest.Attr(n, "name"), htmltest.Attr(n, "value"))
		}
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			copied := p.Browser()
			maps.Copy(copied.Cookies, b.Cookies)
			if a := copied.Send(confirm, form); a.Code != http.StatusSeeOther && a.Code != http.StatusTooManyRequests {
				t.Errorf("answer %d", a.Code)
			}
		})
	}
	wg.Wait()
	if n := p.count(t, "SELECT count(*) FROM terms_acceptance"); n != 1 {
		t.Errorf("%d acceptances", n)
	}
}

func TestEvidenceIsForBothSidesAndNobodyElse(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.representative(aino)
	b.Get(confirm)
	b.Post(confirm, url.Values{"read": {"1"}})
	a := b.Get("/fi/ehtojen-hyvaksynnat")
	wants(t, a, http.StatusOK, "Aino Korhonen", "Vahvisti ensimmäisellä kirjautumisella")
	own := "/fi/ehtojen-hyvaksynnat/1"
	a = b.Get(own)
	hash := terms.Hash(b.Get(publicText).Body.String())
	wants(t, a, http.StatusOK, "Todiste ehtojen hyväksymisestä", hash, "Äyrämö Oy (1234567-1)", "nimenkirjoittaja (NIMKO)")
	for _, f := range a.Page.Faults("fi") {
		t.Error(f)
	}

	stranger := p.Browser()
	stranger.LogInAs(matti)
	stranger.Act("7654321-0", "Muu Oy")
	wants(t, stranger.Get(own), http.StatusNotFound)

	staff := "/sv/handlaggare/godkannanden-av-villkor/" + business
	for group, want := range map[identity.Group]int{
		identity.GroupApplications: http.StatusOK, identity.GroupSupervision: http.StatusOK, identity.GroupContent: http.StatusOK,
		identity.GroupInterfaces: http.StatusForbidden, identity.GroupMain: http.StatusForbidden,
	} {
		officer := p.Browser()
		officer.LogInStaff(group)
		for _, path := range []string{staff, staff + "/1"} {
			if got := officer.Get(path).Code; got != want {
				t.Errorf("%s at %s: %d, want %d", group, path, got, want)
			}
		}
	}
	if n := p.count(t, "SELECT count(*) FROM audit_event WHERE subject_kind = 'person' AND detail->>'reason' = 'terms_acceptance'"); n != 6 {
		t.Errorf("%d audited looks, want one for each of six pages", n)
	}
}

func TestOfficersWriteAndPublish(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	const kind, draft, check = "/fi/virkailija/ehdot/partner", "/fi/virkailija/ehdot/partner/luonnos", "/fi/virkailija/ehdot/partner/luonnos/tarkistus"
	first, second := p.Browser(), p.Browser()
	first.LogInStaff(identity.GroupContent)
	second.LogInStaff(identity.GroupContent)

	wants(t, first.Get("/fi/virkailija/ehdot"), http.StatusOK, "Käyttöehtojen ylläpito", "Henkilötietojen käsittelijäsopimus")
	wants(t, first.Get(kind), http.StatusOK, "Aloita uusi versio")
	if a := first.Post(kind, nil); a.Location() != draft {
		t.Fatalf("starting a draft leads to %q", a.Location())
	}
	wants(t, first.Get(draft), http.StatusOK, "Teksti ruotsiksi")
	long := "## Otsikko\n\n" + strings.Repeat("Pitkä kappale, jossa on ääkkösiä.\n\n", 1650) // 58,000 characters
	form := url.Values{
		"title_fi": {"Ehdot"}, "title_sv": {"Villkor"}, "text_fi": {long}, "text_sv": {long + "<script>alert(1)</script>"},
		"effective_on": {"2026-06-01"}, "act": {"preview"},
	}
	a := first.Post(draft, form)
	wants(t, a, http.StatusOK, "Esikatselu")
	for _, f := range a.Page.Faults("fi") {
		t.Error(f)
	}
	if p.count(t, "SELECT revision FROM terms_draft") != 1 {
		t.Error("a preview saved the draft")
	}

	second.Get(draft)
	form.Set("act", "save")
	if a := first.Post(draft, form); a.Location() != check {
		t.Fatalf("saving answers %d and leads to %q", a.Code, a.Location())
	}
	form.Set("text_fi", "Toisen virkailijan teksti")
	a = second.Post(draft, form)
	wants(t, a, http.StatusConflict, "Toinen virkailija on muuttanut luonnosta", "Toisen virkailijan teksti", "Pitkä kappale")
	for _, f := range a.Page.Faults("fi") {
		t.Error(f)
	}
	form.Set("effective_on", "2026-03-20")
	if a := second.Post(draft, form); a.Location() != check {
		t.Errorf("saving over what was seen answers %d", a.Code)
	}

	wants(t, second.Get(check), http.StatusOK, "Pyydä julkaisua", "Muutokset versioon 1", "Ennen julkaisun pyytämistä", "eri määrä otsikoita")
	wants(t, second.Post(check, url.Values{"act": {"request"}}), http.StatusUnprocessableEntity, "Vahvista, että kieliversiot tarkoittavat samaa")
	wants(t, second.Post(check, url.Values{"act": {"request"}, "same": {"yes"}}), http.StatusUnprocessableEntity, "Valitse voimaantulopäiväksi 1.4.2026 tai myöhempi päivä")
	form.Set("effective_on", "1.4.2026")
	second.Get(draft)
	second.Post(draft, form)
	second.Get(check)
	if a := second.Post(check, url.Values{"act": {"request"}, "same": {"yes"}}); a.Location() != kind {
		t.Errorf("requesting answers %d", a.Code)
	}
	a = second.Get(check)
	wants(t, a, http.StatusOK, "Toisen virkailijan on hyväksyttävä se")
	wants(t, second.Post(check, url.Values{"act": {"publish"}, "same": {"yes"}}), http.StatusForbidden)
	if to := first.Get(draft).Location(); to != kind {
		t.Errorf("a draft that waits can be edited: %q", to)
	}
	first.Get(check)
	wants(t, first.Post(check, url.Values{"act": {"publish"}}), http.StatusUnprocessableEntity, "Vahvista, että kieliversiot tarkoittavat samaa")
	if a := first.Post(check, url.Values{"act": {"publish"}, "same": {"yes"}}); a.Location() != kind {
		t.Errorf("publishing answers %d", a.Code)
	}
	wants(t, p.Browser().Get("/sv/villkor/partner/2"), http.StatusOK, "träder i kraft on 1.4.2026")
	if strings.Contains(p.Browser().Get("/sv/villkor/partner/2").Body.String(), "alert(1)") {
		t.Error("a script came through")
	}
}

func TestDecidingTakesAFreshIdentification(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.Browser()
	b.LogInStaff(identity.GroupContent)
	b.Get("/fi/virkailija/ehdot/rajapinta")
	b.Post("/fi/virkailija/ehdot/rajapinta", nil)
	const check = "/fi/virkailija/ehdot/rajapinta/luonnos/tarkistus"
	b.Get(check)
	p.Pass(6 * time.Minute)
	if a := b.Post(check, url.Values{"act": {"request"}}); !strings.HasPrefix(a.Location(), paths.StaffSignIn.Fi) {
		t.Errorf("answer %d leads to %q", a.Code, a.Location())
	}
}

func TestADraftCanBeWithdrawn(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	b := p.Browser()
	b.LogInStaff(identity.GroupContent)
	const kind = "/fi/virkailija/ehdot/tyopaikkavahti"
	b.Get(kind)
	b.Post(kind, nil)
	a := b.Get(kind + "/luonnos/poisto")
	wants(t, a, http.StatusOK, "Luonnosta ei voi palauttaa")
	if n := p.count(t, "SELECT count(*) FROM terms_draft"); n != 1 {
		t.Errorf("asking whether to withdraw withdrew: %d", n)
	}
	if a := b.Post(kind+"/luonnos/poisto", nil); a.Location() != kind {
		t.Errorf("withdrawing answers %d", a.Code)
	}
	if n := p.count(t, "SELECT count(*) FROM terms_draft"); n != 0 {
		t.Errorf("%d drafts", n)
	}
}

func TestHostileNumbersAreNotFound(t *testing.T) {
	t.Parallel()

	b := newPortal(t).Browser()
	for _, n := range []string{"0", "-1", "+1", "1.0", "99999999999999999999", strconv.Itoa(1 << 40), "%31"} {
		if got := b.Get("/fi/ehdot/partner/" + n).Code; n != "%31" && got != http.StatusNotFound {
			t.Errorf("%s: %d", n, got)
		}
	}
}
