package datarequests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

const newCode = "030594W903B"

var recodePages = map[string]string{
	"fi": search + "/henkilotunnus", "sv": "/sv/handlaggare/personsokning/personbeteckning",
}

// TestACodeThatTheAuthorityHasChanged goes from the search to the new code.
func TestACodeThatTheAuthorityHasChanged(t *testing.T) {
	t.Parallel()

	for lang, path := range recodePages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()

			o := newOffice(t)
			aino := o.Browser().LogInAs(ainosCode)
			officer := o.officer()
			o.good(found(officer, lang, ainosCode), http.StatusOK, lang)
			o.good(officer.Post(path, nil), http.StatusUnprocessableEntity, lang, "020594X••••")
			o.good(officer.Post(path, url.Values{"new_code": {"030594W903"}, "evidence": {"hearsay"}}), http.StatusUnprocessableEntity, lang)
			o.good(officer.Post(path, url.Values{"new_code": {ainosCode}, "evidence": {"identity_card"}}), http.StatusUnprocessableEntity, lang)
			if a := officer.Post(path, url.Values{"new_code": {newCode}, "evidence": {"register_extract"}}); a.Code != http.StatusSeeOther || strings.Contains(a.Location(), newCode) {
				t.Fatalf("got %d to %s:\n%s", a.Code, a.Location(), a.Page.Body())
			}
			o.good(officer.Follow(), http.StatusOK, lang, map[string]string{"fi": "Henkilötunnus on vaihdettu.", "sv": "Personbeteckningen har bytts."}[lang])
			if s := o.Browser().LogInAs(newCode); s.PersonID != aino.PersonID {
				t.Errorf("the new code leads to %d, want %d", s.PersonID, aino.PersonID)
			}
			if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'person_code.changed' AND actor_kind = 'staff' AND subject_id = $1 AND detail = '{\"evidence\": \"register_extract\"}'", aino.PersonID.String()); n != 1 {
				t.Errorf("%d changes audited", n)
			}
		})
	}
}

// TestANewCodeThatHasAnAccountAlready is of somebody who has logged in with the
// new code before the officer knew of it.
func TestANewCodeThatHasAnAccountAlready(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	old, anew := o.Browser().LogInAs(ainosCode), o.Browser().LogInAs(newCode)
	if old.PersonID == anew.PersonID {
		t.Fatal("an unknown code has led to an old account")
	}
	officer := o.officer()
	for lang, path := range recodePages {
		found(officer, lang, ainosCode)
		officer.Post(path, url.Values{"new_code": {newCode}, "evidence": {"authority_notice"}})
		o.good(officer.Last, http.StatusUnprocessableEntity, lang, map[string]string{
			"fi": "Pyydä henkilöä kirjautumaan uudella tunnuksella ja poistamaan uusi tili", "sv": "Be personen logga in med den nya beteckningen och radera det nya kontot",
		}[lang], "030594W••••")
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND subject_id = $1 AND detail->>'reason' = 'identity'", anew.PersonID.String()); n != 2 {
		t.Errorf("whoever has the new code sees %d looks, want 2", n)
	}

	err := o.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		return o.People.Keeper().Erase(t.Context(), tx, int64(anew.PersonID))
	})
	if err != nil {
		t.Fatal(err)
	}
	found(officer, "sv", ainosCode)
	if a := officer.Post(recodePages["sv"], url.Values{"new_code": {newCode}, "evidence": {"authority_notice"}}); a.Code != http.StatusSeeOther {
		t.Errorf("once the new account is gone: %d", a.Code)
	}
}

// TestOnlyTheCodeOfWhoWasFoundIsChanged: no number in a form leads to anybody
// else, and nobody changes their own.
func TestOnlyTheCodeOfWhoWasFoundIsChanged(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.Browser().LogInAs(ainosCode)
	other := o.Browser().LogInAs("010594Y9032")
	path := recodePages["fi"]
	officer := o.officer()
	found(officer, "fi", ainosCode)
	change := url.Values{"new_code": {newCode}, "evidence": {"identity_card"}}
	if a := officer.Post(path, url.Values{"person": {other.PersonID.String()}, "new_code": {newCode}, "evidence": {"identity_card"}}); a.Code != http.StatusForbidden {
		t.Errorf("somebody who was not found: %d", a.Code)
	}
	clerk := o.Browser()
	clerk.LogInStaff(identity.GroupApplications, identity.GroupMain)
	if a := clerk.Send(path, change); a.Code != http.StatusForbidden {
		t.Errorf("another group: %d", a.Code)
	}

	code := identitytest.Code(t, 7)
	identitytest.GrantTo(t, o.DB, code, identity.GroupDataProtection)
	token, _ := identitytest.LogInStaff(t, o.DB, code.Reveal())
	own := o.Browser()
	for name := range officer.Cookies {
		own.Cookies[name] = token
	}
	if a := found(own, "fi", code.Reveal()); a.Code != http.StatusOK || strings.Contains(a.Page.Body(), path) {
		t.Errorf("one's own code: %d, and the form is there", a.Code)
	}

	found(officer, "fi", ainosCode)
	o.Pass(6 * time.Minute)
	if a := officer.Post(path, change); a.Code != http.StatusSeeOther || !strings.Contains(a.Location(), "fresh=1") {
		t.Errorf("identified long ago: %d to %s", a.Code, a.Location())
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'person_code.changed'"); n != 0 {
		t.Errorf("%d codes were changed", n)
	}
}

// TestSomebodyWithoutAFinnishCodeIsFound by the whole identifier alone, and a
// letter of theirs becomes their request.
func TestSomebodyWithoutAFinnishCodeIsFound(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	const foreign = "EE/FI/a1b2c3d4e5f6g7"
	who := o.Person(ainosCode, "Jürgen", "Weiß")
	who.Code, who.ForeignID = identity.Code{}, foreign
	s := o.Browser().LogIn(who)
	officer := o.officer()
	for id, want := range map[string]bool{foreign: true, "EE/FI/a1b2c3d4e5f6g": false} {
		officer.Get(search)
		a := officer.Post(search, url.Values{"code": {""}, "foreign_id": {id}, "reason": {"identity"}})
		o.good(a, http.StatusOK, "fi")
		if strings.Contains(a.Page.Body(), "Jürgen") != want || strings.Contains(a.Page.Body(), id) {
			t.Errorf("%s: found %v", id, !want)
		}
	}
	officer.Get(search)
	o.good(officer.Post(search, url.Values{"code": {"12"}, "foreign_id": {foreign}, "reason": {"identity"}}), http.StatusUnprocessableEntity, "fi")

	officer.Get(queue + "/uusi")
	officer.Post(queue+"/uusi", url.Values{
		"kind": {"inspection"}, "channel": {"post"}, "language": {"fi"}, "received": {"1.3.2026"}, "requester": {"Jürgen Weiß"},
		"message": {"Mitä tiedätte?"}, "identification": {"document"}, "foreign_id": {foreign},
	})
	if n := o.count("SELECT count(*) FROM data_request WHERE person_id = $1", s.PersonID); n != 1 {
		t.Errorf("%d requests are theirs: %d\n%s", n, officer.Last.Code, officer.Last.Page.Body())
	}
}

// found searches for the person with code, in lang.
func found(b *sessiontest.Browser, lang, code string) *sessiontest.Answer {
	b.TB.Helper()
	path := map[string]string{"fi": search, "sv": "/sv/handlaggare/personsokning"}[lang]
	b.Get(path)
	return b.Post(path, url.Values{"code": {code}, "reason": {"identity"}})
}
