package owndata_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/viewing"
	pages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const (
	code    = "010594Y9032"
	confirm = "/fi/omat-sivut/tilin-hallinta/poisto/vahvistus"
)

func serve(t *testing.T) *sessiontest.Portal {
	t.Helper()
	p := sessiontest.New(t)
	journal, err := owndata.NewJournal(filepath.Join(t.TempDir(), "erasures"))
	if err != nil {
		t.Fatal(err)
	}
	o := owndata.New(p.DB, p.People, journal, p.Forms.Keeper(), mail.Keeper(), owndata.Log(nil))
	o.Rules = func(context.Context, *postgres.Tx) ([]keeping.Rule, error) {
		return []keeping.Rule{{Kind: "account", Trigger: "last_log_in", Period: keeping.Period{Months: 12}}}, nil
	}
	return p.Serve(pages.Pages{OwnData: o, Sessions: p.Manager, Profile: paths.OwnFront})
}

// TestAccountPage tells what is kept, where it came from and when it goes.
func TestAccountPage(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	s := b.LogInAs(code)
	p.Exec(`UPDATE person SET phone = '<script>040' WHERE id = $1`, s.PersonID)
	for _, lang := range []struct{ path, ends, source string }{
		{"/fi/omat-sivut/tilin-hallinta", "Tilisi poistuu 2.3.2027", "Lähde: väestötietojärjestelmä"},
		{"/sv/mina-sidor/kontohantering", "Ditt konto raderas 2.3.2027", "Källa: befolkningsdatasystemet"},
	} {
		a := b.Get(lang.path)
		text := a.Page.Body()
		for _, want := range []string{"010594Y••••", "Korhonen", "<script>040", lang.source, lang.ends[:len(lang.ends)-9]} {
			if a.Code != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%s answers %d without %q", lang.path, a.Code, want)
			}
		}
		if strings.Contains(a.Body.String(), code) {
			t.Errorf("%s shows the whole identity code", lang.path)
		}
		for _, id := range []string{"owndata.", "inventory."} {
			if strings.Contains(text, id) {
				t.Errorf("%s shows the ID of a message: %s", lang.path, text[strings.Index(text, id):][:40])
			}
		}
		for _, f := range a.Page.Faults(lang.path[1:3]) {
			t.Errorf("%s: %s", lang.path, f)
		}
	}
}

// TestLooksAreTold with the officer's task and reason, and without a name.
func TestLooksAreTold(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	s := b.LogInAs(code)
	if text := b.Get("/fi/omat-sivut/tilin-hallinta/katselut").Page.Body(); !strings.Contains(text, "Kukaan virkailija ei ole katsonut") {
		t.Error("nobody has looked, and the page does not say so")
	}
	officer := p.Browser().LogInStaff(identity.GroupApplications)
	looks := viewing.New(p.DB, viewing.DefaultLimits(), nil)
	for _, reason := range []string{"application/12", "identity"} {
		if err := looks.Look(t.Context(), officer, reason, audit.Ref{Kind: "person", ID: s.PersonID.String()}); err != nil {
			t.Fatal(err)
		}
	}
	text := b.Get("/fi/omat-sivut/tilin-hallinta/katselut").Page.Body()
	for _, want := range []string{"hakemusten käsittely", "Hakemuksen käsittely, numero 12", "Henkilöllisyyden varmistaminen"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "ensin") {
		t.Error("a single look is told as several")
	}
	if strings.Contains(text, "Virkailija, ") || strings.Contains(text, "Outi") {
		t.Error("the page names the officer")
	}
}

// TestLooksOfADayAreTogether when they are of one matter, and the copy has each.
func TestLooksOfADayAreTogether(t *testing.T) {
	t.Parallel()

	p := serve(t)
	now := time.Date(2026, time.November, 22, 10, 0, 0, 0, time.UTC)
	p.DB.Now = func() time.Time { return now }
	b := p.Browser()
	s := b.LogInAs(code)
	officer := p.Browser().LogInStaff(identity.GroupDataProtection)
	looks := viewing.New(p.DB, viewing.DefaultLimits(), nil)
	for _, l := range []struct {
		after  time.Duration
		reason string
	}{{0, "data_request/1"}, {3 * time.Minute, "data_request/2"}, {4 * time.Minute, "data_request/1"}, {24 * time.Hour, "data_request/1"}} {
		p.DB.Now = func() time.Time { return now.Add(l.after) }
		if err := looks.Look(t.Context(), officer, l.reason, audit.Ref{Kind: "person", ID: s.PersonID.String()}); err != nil {
			t.Fatal(err)
		}
	}
	p.DB.Now = func() time.Time { return now.Add(5 * time.Minute) }
	text := b.Get("/fi/omat-sivut/tilin-hallinta/katselut").Page.Body()
	for want, n := range map[string]int{
		"Tietopyynnön käsittely, numero 1": 2, "Tietopyynnön käsittely, numero 2": 1,
		"su 22.11.2026: ensin klo 12.00, viimeksi klo 12.04, 2 kertaa": 1, "su 22.11.2026 klo 12.03": 1, "ma 23.11.2026 klo 12.00": 1,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%q is said %d times, want %d:\n%s", want, got, n, text)
		}
	}
	_, told, _ := strings.Cut(b.Get("/fi/omat-sivut/tilin-hallinta/kopio.html").Body.String(), `id="looks"`)
	if got := strings.Count(told, "Tietopyynnön käsittely, numero"); got != 4 {
		t.Errorf("the copy has %d looks, want 4", got)
	}
}

// TestReceiptClaimsNothing to somebody who has an account.
func TestReceiptClaimsNothing(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	if text := b.Get("/fi/tili-poistettu").Page.Body(); !strings.Contains(text, "Jos tulit sivulle muualta") {
		t.Errorf("the receipt claims a deletion to anybody:\n%s", text)
	}
	b.LogInAs(code)
	if text := b.Get("/fi/tili-poistettu").Page.Body(); !strings.Contains(text, "Sitä ei ole poistettu") || strings.Contains(text, "Vahvistit poiston") {
		t.Errorf("the receipt claims a deletion to somebody who is logged in:\n%s", text)
	}
}

// TestCopy takes both files, and needs a fresh identification.
func TestCopy(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	b.LogInAs(code)
	if a := b.Get("/fi/omat-sivut/tilin-hallinta/kopio"); a.Code != http.StatusOK {
		t.Fatalf("the page of the copy answers %d", a.Code)
	}
	a := b.Get("/fi/omat-sivut/tilin-hallinta/kopio.json")
	var file map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &file); err != nil || file["service"] != "Työmarkkinatori" || !strings.Contains(a.Body.String(), code) {
		t.Errorf("the JSON copy, %v: %s", err, a.Body)
	}
	if got := a.Header().Get("Content-Disposition"); got != `attachment; filename="omat-tiedot.json"` {
		t.Errorf("the file is to be saved as %s", got)
	}
	if got := a.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("the copy may be kept: %s", got)
	}
	a = b.Get("/sv/mina-sidor/kontohantering/kopia.html")
	if !strings.Contains(a.Body.String(), code) || !strings.Contains(a.Body.String(), `lang="sv"`) {
		t.Errorf("the readable copy answers %d", a.Code)
	}
	p.Pass(6 * time.Minute)
	for _, path := range []string{"/fi/omat-sivut/tilin-hallinta/kopio", "/fi/omat-sivut/tilin-hallinta/kopio.json", "/fi/omat-sivut/tilin-hallinta/kopio.html"} {
		if a := b.Get(path); a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "fresh=1") {
			t.Errorf("%s without a fresh identification: %d %s", path, a.Code, a.Location())
		}
	}
}

// TestDelete deletes an account with a form of another window still open.
func TestDelete(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	s := b.LogInAs(code)
	phone := p.Browser()
	phone.LogInAs(code)
	if text := b.Get("/fi/omat-sivut/tilin-hallinta/poisto").Page.Body(); !strings.Contains(text, "Tapahtumalokin merkinnät ilman nimeä") {
		t.Error("nobody is told what stays")
	}
	// The other window has a form open that needs the same session.
	other := &sessiontest.Browser{Portal: p, Cookies: phone.Cookies, Header: phone.Header}
	other.Get("/fi/asiointi/istunnot")

	if a := b.Post(confirm, url.Values{}); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), "Vahvista, että haluat poistaa tilisi") {
		t.Errorf("without the box: %d", a.Code)
	}
	a := b.Post(confirm, url.Values{"sure": {"yes"}})
	if a.Code != http.StatusSeeOther || a.Location() != "/fi/tili-poistettu" || a.Header().Get("Clear-Site-Data") == "" {
		t.Fatalf("deleting answers %d to %q", a.Code, a.Location())
	}
	receipt := b.Follow()
	if receipt.Code != http.StatusOK || !strings.Contains(receipt.Page.Body(), "Tilisi ja sen tiedot on poistettu") || strings.Contains(receipt.Page.Body(), "Korhonen") {
		t.Errorf("the receipt answers %d", receipt.Code)
	}
	for _, f := range receipt.Page.Faults("fi") {
		t.Error(f)
	}
	var left int
	if err := p.DB.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM person WHERE id = $1) + (SELECT count(*) FROM session WHERE person_id = $1)`, s.PersonID).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left: %v", left, err)
	}
	// The other window's form is neither kept nor a fault.
	sent := other.Post("/fi/asiointi/istunnot/paata", url.Values{"session": {"1"}})
	if sent.Code != http.StatusSeeOther || !strings.Contains(sent.Location(), "lost=1") {
		t.Errorf("the other window's form: %d to %q", sent.Code, sent.Location())
	}
	if strings.Contains(p.Log.String(), "ERROR") {
		t.Errorf("the log: %s", p.Log)
	}
	for _, word := range []string{"Korhonen", code} {
		if strings.Contains(p.Log.String(), word) {
			t.Errorf("the log holds %s", word)
		}
	}
}

// TestOfficersKeepTheirAccounts until somebody has taken their groups away.
func TestOfficersKeepTheirAccounts(t *testing.T) {
	t.Parallel()

	p := serve(t)
	officer := p.Browser().LogInStaff(identity.GroupContent)
	b := p.Browser()
	if s := b.LogInAs(identitytest.Code(t, 1000).Reveal()); s.PersonID != officer.PersonID {
		t.Fatal("not the officer")
	}
	if text := b.Get("/fi/omat-sivut/tilin-hallinta/poisto").Page.Body(); !strings.Contains(text, "Virkailijan tiliä ei voi poistaa") {
		t.Errorf("an officer is not told: %s", text)
	}
	if a := b.Get(confirm); a.Code != http.StatusSeeOther {
		t.Errorf("the form answers an officer %d", a.Code)
	}
}

// TestHeldAccountHasNoEnd while a request of its person waits, and what goes to
// the National Archives is told before a deletion.
func TestHeldAccountHasNoEnd(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	stays := keeping.Keeper{
		Name:   "partner",
		Export: func(context.Context, *postgres.Tx, int64) ([]keeping.Record, error) { return nil, nil },
		Erase:  func(context.Context, *postgres.Tx, int64) error { return nil },
		Stays: func(context.Context, *postgres.Tx, int64) ([]keeping.Kept, error) {
			return []keeping.Kept{{Kind: "application", Count: 2}, {Kind: "audit", Count: 3, Until: time.Date(2031, time.March, 2, 10, 0, 0, 0, time.UTC)}}, nil
		},
	}
	o := owndata.New(p.DB, p.People, nil, stays)
	o.Rules = func(context.Context, *postgres.Tx) ([]keeping.Rule, error) {
		return []keeping.Rule{
			{Kind: "account", Trigger: "last_log_in", Period: keeping.Period{Months: 12}},
			{Kind: "customership", Action: keeping.HandOver},
			{Kind: "application", With: "customership"},
			{Kind: "audit", Action: keeping.Delete},
		}, nil
	}
	held := false
	o.Held = func(_ context.Context, _ *postgres.Tx, only identity.PersonID) ([]identity.PersonID, error) {
		if held {
			return []identity.PersonID{only}, nil
		}
		return nil, nil
	}
	p.Serve(pages.Pages{OwnData: o, Sessions: p.Manager, Profile: paths.OwnFront})
	b := p.Browser()
	b.LogInAs(code)
	const account, copied, stay = "/fi/omat-sivut/tilin-hallinta", "/fi/omat-sivut/tilin-hallinta/kopio.html", "/fi/omat-sivut/tilin-hallinta/poisto"
	for _, held = range []bool{false, true} {
		for _, path := range []string{account, copied} {
			text := b.Get(path).Body.String()
			if strings.Contains(text, "Poistuu tilin mukana") != held {
				t.Errorf("%s, held %t: the end of the account's data", path, held)
			}
			if strings.Contains(text, "Tilisi poistuu") == held || strings.Contains(text, "Tilisi ei poistu nyt itsestään") != held {
				t.Errorf("%s, held %t: %s", path, held, text)
			}
		}
	}
	text := b.Get(stay).Page.Body()
	if n := strings.Count(text, "Kansallisarkistoon"); n != 1 {
		t.Errorf("the National Archives are named %d times, want for the applications alone:\n%s", n, text)
	}
}
