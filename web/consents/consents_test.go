package consents_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/consents"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const (
	fi, fiWithdraw = "/fi/omat-sivut/suostumukset", "/fi/omat-sivut/suostumukset/peru"
	sv, svWithdraw = "/sv/mina-sidor/samtycken", "/sv/mina-sidor/samtycken/aterkalla"
)

func serve(t *testing.T) (*sessiontest.Portal, *consents.Pages) {
	t.Helper()
	p := sessiontest.New(t)
	pages := &consents.Pages{Consents: consent.New(p.DB)}
	return p.Serve(pages), pages
}

func person(p *sessiontest.Portal) *sessiontest.Browser {
	p.TB.Helper()
	b := p.Browser()
	b.LogInAs("010594Y9032")
	return b
}

func good(t *testing.T, a *sessiontest.Answer, status int, lang string) {
	t.Helper()
	if a.Code != status {
		t.Fatalf("got %d to %s, want %d:\n%s", a.Code, a.Location(), status, a.Page.Body())
	}
	if faults := a.Page.Faults(lang); len(faults) > 0 {
		t.Errorf("%s: %s", a.Page.Title(), strings.Join(faults, "\n"))
	}
	if a.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
}

// buttons counts the buttons that say what, hidden words left out.
func buttons(a *sessiontest.Answer, what string) int {
	return len(slices.DeleteFunc(a.Page.Elements("button"), func(n *html.Node) bool { return !strings.HasPrefix(htmltest.Text(n), what) }))
}

func TestGivingAndWithdrawingTakeOneButtonEach(t *testing.T) {
	t.Parallel()

	for lang, w := range map[string]struct{ page, withdraw, give, take, given, withdrawn string }{
		"fi": {fi, fiWithdraw, "Annan suostumuksen", "Perun suostumuksen", "Olet antanut suostumuksen", "Suostumus on peruttu"},
		"sv": {sv, svWithdraw, "Jag ger mitt samtycke", "Jag återkallar samtycket", "Du har gett ditt samtycke", "Samtycket är återkallat"},
	} {
		p, pages := serve(t)
		b := person(p)
		good(t, b.Get(w.page), http.StatusOK, lang)
		if n := buttons(b.Last, w.give); n != 3 || buttons(b.Last, w.take) != 0 {
			t.Errorf("%s: %d to give, %d to withdraw", lang, n, buttons(b.Last, w.take))
		}
		a := b.Post(w.page, url.Values{"purpose": {"employer"}})
		if a.Code != http.StatusSeeOther {
			t.Fatalf("%s: giving: got %d", lang, a.Code)
		}
		good(t, b.Follow(), http.StatusOK, lang)
		if !strings.Contains(b.Last.Page.Body(), w.given) || buttons(b.Last, w.take) != 1 || buttons(b.Last, w.give) != 2 {
			t.Errorf("%s: after giving: %s", lang, b.Last.Page.Body())
		}
		if a := b.Post(w.withdraw, nil); a.Code != http.StatusSeeOther {
			t.Fatalf("%s: withdrawing: got %d", lang, a.Code)
		}
		good(t, b.Follow(), http.StatusOK, lang)
		if !strings.Contains(b.Last.Page.Body(), w.withdrawn) || buttons(b.Last, w.give) != 3 {
			t.Errorf("%s: after withdrawing: %s", lang, b.Last.Page.Body())
		}
		history, err := pages.Consents.History(t.Context(), b.LogInAs("010594Y9032"))
		if err != nil || len(history) != 1 || history[0].InForce() || string(history[0].Language) != lang || strings.Count(history[0].Words, "\n") != 2 {
			t.Errorf("%s: history %+v: %v", lang, history, err)
		}
	}
}

func TestHealthNamesAnEmployer(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := person(p)
	b.Get(fi)
	form := url.Values{"purpose": {"health"}, "receiver": {""}, "matter": {"Olen 010594Y9032"}}
	good(t, b.Post(fi, form), http.StatusUnprocessableEntity, "fi")
	for _, want := range []string{"Kirjoita työnantajan nimi", "Poista henkilötunnus (010594Y••••)", "Olen 010594Y9032"} {
		if !strings.Contains(b.Last.Page.Body(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.HasPrefix(b.Last.Page.Title(), "Virhe:") {
		t.Errorf("titled %q", b.Last.Page.Title())
	}
	for _, employer := range []string{"Leipomo Oy", "Saha Oy"} {
		a := b.Post(fi, url.Values{"purpose": {"health"}, "receiver": {employer}, "matter": {"Selkä"}})
		if a.Code != http.StatusSeeOther {
			t.Fatalf("%s: got %d", employer, a.Code)
		}
		b.Follow()
	}
	if n := buttons(b.Last, "Perun suostumuksen"); n != 2 {
		t.Errorf("%d can be withdrawn", n)
	}
}

func TestTheSwitchOpensServiceAreas(t *testing.T) {
	t.Parallel()

	p, pages := serve(t)
	b := person(p)
	b.Get(fi)
	if strings.Contains(b.Last.Page.Body(), "palvelualueeseen") {
		t.Error("offered while it is off")
	}
	if a := b.Post(fi, url.Values{"purpose": {"partner_area"}, "receiver": {"coaching"}}); a.Code != http.StatusNotFound {
		t.Errorf("given while it is off: %d", a.Code)
	}

	areas := []partner.ServiceArea{{Code: "coaching", Name: map[i18n.Lang]string{"fi": "Valmennus", "sv": "Träning"}}}
	pages.Areas = func(context.Context) ([]partner.ServiceArea, error) { return areas, nil }
	pages.Consents.Areas = func(_ context.Context, code string) (bool, error) { return code == "coaching", nil }
	p.Serve(pages)
	good(t, b.Get(fi), http.StatusOK, "fi")
	if a := b.Post(fi, url.Values{"purpose": {"partner_area"}, "receiver": {"coaching"}}); a.Code != http.StatusSeeOther {
		t.Fatalf("giving: got %d: %s", a.Code, a.Page.Body())
	}
	good(t, b.Get(sv), http.StatusOK, "sv")
	if !strings.Contains(b.Last.Page.Body(), "Intresse för serviceområdet Träning") {
		t.Errorf("the page says %s", b.Last.Page.Body())
	}
	pages.Consents.Areas = nil // off again: what was given can still be taken back
	good(t, b.Get(fi), http.StatusOK, "fi")
	if buttons(b.Last, "Perun suostumuksen") != 1 || buttons(b.Last, "Annan suostumuksen") != 3 {
		t.Errorf("off again: %s", b.Last.Page.Body())
	}
}

func TestNobodySeesOrEndsConsentsOfOthers(t *testing.T) {
	t.Parallel()

	p, pages := serve(t)
	aino := person(p)
	aino.Get(fi)
	aino.Post(fi, url.Values{"purpose": {"employer"}})
	history, err := pages.Consents.History(t.Context(), aino.LogInAs("010594Y9032"))
	if err != nil {
		t.Fatal(err)
	}
	other := p.Browser()
	other.LogInAs("020594X903P")
	other.Get(fi)
	other.Post(fi, url.Values{"purpose": {"survey"}})
	other.Follow()
	for _, id := range []string{"999999", "1"} {
		if a := other.Post(fiWithdraw, url.Values{"consent": {id}}); a.Code != http.StatusNotFound {
			t.Errorf("withdrawing %s: got %d", id, a.Code)
		}
		other.Get(fi)
	}
	if history[0].ID != 1 {
		t.Fatalf("the consent is %d", history[0].ID)
	}
	nobody := p.Browser()
	if a := nobody.Get(fi); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/kirjaudu") {
		t.Errorf("nobody: got %d to %s", a.Code, a.Location())
	}
}

// TestSuspendedConsentsAreSaid to count for nothing while a restriction is in
// force.
func TestSuspendedConsentsAreSaid(t *testing.T) {
	t.Parallel()

	p, pages := serve(t)
	b := person(p)
	const page, said = "/fi/omat-sivut/suostumukset", "mikään niistä ei ole voimassa rajoituksen aikana"
	if strings.Contains(b.Get(page).Page.Body(), said) {
		t.Error("suspended without a restriction")
	}
	pages.Consents.Restricted = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return true, nil }
	a := b.Get(page)
	good(t, a, http.StatusOK, "fi")
	if !strings.Contains(a.Page.Body(), said) {
		t.Error("the restriction is not told")
	}
}
