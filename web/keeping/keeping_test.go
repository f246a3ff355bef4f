package keeping_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/keeping"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const (
	rules    = "/fi/virkailija/sailytysajat"
	feedbk   = rules + "/feedback"
	decide   = feedbk + "/ratkaisu"
	public   = "/fi/tietosuoja/sailytysajat"
	publicSv = "/sv/dataskydd/forvaringstider"
)

func newPortal(t *testing.T) (*sessiontest.Portal, *retention.Retention) {
	t.Helper()
	p := sessiontest.New(t)
	r := retention.New(p.DB, feedback.New(p.DB).Purges())
	p.Serve(keeping.Pages{DB: p.DB, Retention: r, HandOver: retention.NewHandOver(p.DB, ""), Staff: identity.NewStaff(p.People, nil)})
	return p, r
}

func TestPublicPage(t *testing.T) {
	t.Parallel()

	p, _ := newPortal(t)
	b := p.Browser()
	for path, wants := range map[string][]string{
		public: {
			"1 vuosi viimeisestä kirjautumisesta", "Muistutamme 30 ja 7 päivää ennen poistoa.", "180 päivää keskustelusta", "5 vuotta asiakkuuden päättymisestä", "3 kuukautta vahdin",
			"2 vuotta merkinnän tekemisestä", "Kansallisarkistoon", "henkilötunnus tai eIDAS-tunniste", "turvakielto",
		},
		publicSv: {"1 år från den senaste inloggningen", "180 dagar från samtalet", "Riksarkivet", "spärrmarkering"},
	} {
		a := b.Get(path)
		if a.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, a.Code)
		}
		body := a.Page.Body()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
		for _, raw := range []string{"keeping.", "inventory."} {
			if strings.Contains(body, raw) {
				t.Errorf("%s shows the name of a message that is missing: %s", path, body[strings.Index(body, raw):][:60])
			}
		}
		for _, fault := range a.Page.Faults(path[1:3]) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

// TestPublicPageFollows holds the page to the table and the schema: a rule that
// changes, and a column that is classed anew, show at once.
func TestPublicPageFollows(t *testing.T) {
	t.Parallel()

	p, _ := newPortal(t)
	p.Exec(`INSERT INTO retention_rule (kind, version, trigger, months, action, ground, reason, in_force_from, proposed_by, approved_by)
	        SELECT kind, 2, trigger, 11, action, ground, 'x', in_force_from, 1, 2 FROM retention_rule WHERE kind = 'feedback'`)
	p.Exec(`COMMENT ON COLUMN feedback.topic IS 'personal: category=health purpose=feedback ground=consent rule=feedback withheld=unlinked'`)
	body := p.Browser().Get(public).Page.Body()
	_, feedback, _ := strings.Cut(body, "Palaute")
	feedback, _, _ = strings.Cut(feedback, "yhteyshenkilöt")
	for _, want := range []string{"11 kuukautta saapumisesta", "terveydentila", "Henkilön suostumus"} {
		if !strings.Contains(feedback, want) {
			t.Errorf("the page does not say %q of feedback: %s", want, feedback)
		}
	}
}

func TestTwoOfficersChangeARule(t *testing.T) {
	t.Parallel()

	p, _ := newPortal(t)
	first, second, other := p.Browser(), p.Browser(), p.Browser()
	first.LogInStaff(identity.GroupDataProtection)
	second.LogInStaff(identity.GroupDataProtection)
	other.LogInStaff(identity.GroupContent)
	p.Exec(`INSERT INTO feedback (submission, topic, language, message, received_at)
	        SELECT i::text, 'service', 'fi', 'Kiitos', $1::timestamptz - interval '7 months' FROM generate_series(1, 12) AS i`, p.DB.Now())

	if a := other.Get(rules); a.Code != http.StatusForbidden {
		t.Errorf("an officer of another group: %d", a.Code)
	}
	for _, path := range []string{rules, rules + "/ajot", feedbk, rules + "/account"} {
		a := first.Get(path)
		if a.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, a.Code)
		}
		if faults := a.Page.Faults("fi"); len(faults) > 0 || strings.Contains(a.Page.Body(), "keeping.") {
			t.Errorf("%s: %v", path, faults)
		}
	}

	tried := first.Get(feedbk + "?amount=6&unit=months&warn_days=")
	if body := tried.Page.Body(); !strings.Contains(body, "erääntyneitä tietoja olisi heti 12") || !strings.Contains(body, "Ehdota: 6 kuukautta") {
		t.Fatalf("no forecast: %s", body)
	}
	for query, want := range map[string]string{
		"amount=kuusi&unit=months": "kokonaislukuna", "amount=0&unit=months": "suurempi kuin nolla", "amount=12&unit=months": "on jo tämä",
		"amount=6&unit=weeks": "Valitse yksikkö", "amount=6&unit=months&warn_days=7,30": "suurin ensin", "amount=99999&unit=months": "liian pitkä",
		"amount=27&unit=days": "vähimmäisaika", "amount=6&unit=months&warn_days=7": "ei lähetetä muistutuksia",
	} {
		if a := first.Get(feedbk + "?" + query); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), want) {
			t.Errorf("%s: %d, want it to say %q", query, a.Code, want)
		}
	}
	change := url.Values{"amount": {"6"}, "unit": {"months"}, "warn_days": {""}, "base": {"1"}, "reason": {""}}
	first.Get(feedbk + "?amount=6&unit=months&warn_days=")
	if a := first.Post(feedbk, change); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), "mihin muutos perustuu") {
		t.Errorf("without a reason: %d", a.Code)
	}
	change.Set("reason", "Päätös 12/2026")
	first.Get(feedbk + "?amount=6&unit=months&warn_days=")
	if a := first.Post(feedbk, change); a.Code != http.StatusSeeOther || a.Location() != feedbk+"?done=proposed" {
		t.Fatalf("proposed: %d %s", a.Code, a.Page.Body())
	}

	waiting := first.Follow()
	if a := first.Post(decide, url.Values{"go": {"approve"}}); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), "Peru ehdotus") {
		t.Errorf("a decision without its button: %d, want 422 and the proposal as it was", a.Code)
	}
	if body := waiting.Page.Body(); strings.Contains(body, "Hyväksy muutos") || !strings.Contains(body, "Toisen virkailijan") {
		t.Errorf("one's own proposal: %s", body)
	}
	proposed := hidden(waiting.Page, "proposed")
	if a := first.Post(decide, url.Values{"proposed": {proposed}, "act": {"approve"}}); a.Code != http.StatusForbidden {
		t.Errorf("one's own proposal approved: %d", a.Code)
	}
	second.Get(feedbk)
	if a := second.Post(decide, url.Values{"proposed": {p.DB.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)}, "act": {"approve"}}); a.Code != http.StatusConflict {
		t.Errorf("a proposal that nobody has seen: %d", a.Code)
	}
	second.Get(feedbk)
	if a := second.Post(decide, url.Values{"proposed": {proposed}, "act": {"approve"}}); a.Code != http.StatusSeeOther {
		t.Fatalf("approved: %d %s", a.Code, a.Page.Body())
	}
	if body := second.Follow().Page.Body(); !strings.Contains(body, "Uusi sääntö on voimassa") || !strings.Contains(body, "Päätös 12/2026") {
		t.Errorf("after the change: %s", body)
	}
	var events int
	if err := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action IN ('retention_rule.proposed', 'retention_rule.changed') AND detail->>'due' = '12'`).Scan(&events); err != nil || events != 2 {
		t.Errorf("%d events with the forecast, %v", events, err)
	}
}

func TestWithdrawal(t *testing.T) {
	t.Parallel()

	p, r := newPortal(t)
	b := p.Browser()
	b.LogInStaff(identity.GroupDataProtection)
	b.Get(feedbk + "?amount=40&unit=days&warn_days=")
	b.Post(feedbk, url.Values{"amount": {"40"}, "unit": {"days"}, "warn_days": {""}, "base": {"1"}, "reason": {"Kokeilu"}})
	page := b.Follow().Page
	if a := b.Post(decide, url.Values{"proposed": {hidden(page, "proposed")}, "act": {"withdraw"}}); a.Code != http.StatusSeeOther {
		t.Fatalf("withdrawn: %d", a.Code)
	}
	rule, err := r.Rule(t.Context(), p.DB, "feedback")
	if err != nil || rule.Version != 1 || rule.Period.Months != 12 {
		t.Errorf("after a withdrawal: %+v, %v", rule, err)
	}
	for _, fixed := range []string{"ruling", "acceptance", "posting_contact"} {
		if body := b.Get(rules + "/" + fixed).Page.Body(); !strings.Contains(body, "ei voi muuttaa") {
			t.Errorf("%s can be changed", fixed)
		}
	}
	if a := b.Get(rules + "/nothing"); a.Code != http.StatusNotFound {
		t.Errorf("a kind that is not: %d", a.Code)
	}
}

func hidden(page *htmltest.Page, name string) string {
	for _, n := range page.Elements("input") {
		if htmltest.Attr(n, "name") == name {
			return htmltest.Attr(n, "value")
		}
	}
	return ""
}
