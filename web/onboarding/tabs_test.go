package onboarding_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// TestTwoTabsOfTwoOrganisations sends forms of one organisation while the
// session acts for another one, which was chosen in a second tab.
func TestTwoTabsOfTwoOrganisations(t *testing.T) {
	t.Parallel()

	p := open(t)
	v := p.visitor(t, fi, ourCode, theirs, theirName)
	v.accept()
	v.Act(ours, ourName)

	description := fi.part(partner.PartDescription)
	terms := fi.path(paths.JoinTerms)
	tab := v.see(terms)
	v.Act(theirs, theirName)
	v.Last = tab
	v.waits(v.Post(terms, url.Values{"read": {"1"}}))
	if n := p.count(t, `SELECT count(*) FROM terms_acceptance`); n != 1 {
		t.Errorf("acceptances = %d, want that of the other organisation alone", n)
	}

	v.Act(ours, ourName)
	v.accept()
	tab = v.see(description)
	v.Act(theirs, theirName)
	v.Last = tab
	waits := v.waits(v.Post(description, url.Values{"description_fi": {"Meidän salainen tekstimme"}}))
	if a := v.see(description); strings.Contains(a.Body.String(), "salainen") {
		t.Error("the text went into the other organisation's draft")
	}

	v.Act(ours, ourName)
	v.see(waits)
	v.send(description, nil, fi.part(partner.PartLanguages))
	if a := v.see(description); value(a, "description_fi") != "Meidän salainen tekstimme" {
		t.Errorf("sent at last, the draft says %q", value(a, "description_fi"))
	}
}

// waits fails unless the form that was answered waits for our organisation, and
// returns where.
func (v visitor) waits(a *sessiontest.Answer) string {
	v.t.Helper()
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/asiointi/lahettamatta/") {
		v.t.Fatalf("%d to %q", a.Code, a.Location())
	}
	to := a.Location()
	v.see(to, "Valitse "+ourName, "Asioit nyt organisaation "+theirName+" puolesta")
	return to
}
