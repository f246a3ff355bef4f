package partnerdesk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
)

func TestLeaving(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	says(t, b.Get(leavePath), "Palvelusta lähteminen", "poistuvat näkyvistä", "Henkilötietojen poistaminen", "16.3.2026")
	if a := b.Post(leavePath, url.Values{}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", a.Code)
	}
	form := values(b.Get(leavePath), leavePath)
	form.Set("understood", "yes")
	a := b.Send(leavePath, form)
	receipt := a.Location()
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(receipt, "/fi/lahteminen/") {
		t.Fatalf("leaving: %d to %q", a.Code, receipt)
	}
	says(t, b.Follow(), "Kuittaus lähtemisestä", "Henkilötietojen poistaminen", "Odottaa vahvistusta", "Liity uudelleen")

	// The desk is closed and leads to what is left to do.
	for _, path := range []string{desk, desk + "/edustajat", leavePath} {
		if a := b.Get(path); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), receipt+"?") {
			t.Errorf("%s after leaving: %d to %q", path, a.Code, a.Location())
		}
	}

	duty := receipt + "/henkilotiedot"
	if a := b.Post(duty, url.Values{"answer": {"kept"}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("kept without a ground: %d", a.Code)
	}
	if a := b.Post(duty, url.Values{"answer": {"kept"}, "ground": {"Kirjanpitolaki 2:10"}}); a.Code != http.StatusSeeOther || a.Location() != receipt {
		t.Errorf("kept with a ground: %d to %q", a.Code, a.Location())
	}
	says(t, b.Follow(), "Kirjanpitolaki 2:10", "Vahvistettu")
	if a := b.Get(duty); a.Code != http.StatusSeeOther {
		t.Errorf("a duty that is confirmed: %d", a.Code)
	}
	if a := b.Get(receipt + "/kasittely"); a.Code != http.StatusNotFound {
		t.Errorf("a duty that it never had: %d", a.Code)
	}
	if a := b.Post(receipt+"/kopiot", url.Values{"answer": {"done"}}); a.Code != http.StatusSeeOther {
		t.Errorf("the last duty: %d", a.Code)
	}
	says(t, b.Follow(), "Kaikki kohdat on vahvistettu")
	says(t, b.Get(strings.Replace(receipt, "/fi/lahteminen/", "/sv/uttrade/", 1)), "Kvitto på utträdet")

	// And it may come back.
	s := b.Act(ours, ourName)
	if app := p.stack.Submit(t, s, partnertest.Form()); app.Status != partner.Approved {
		t.Fatalf("joining again: %s", app.Status)
	}
	says(t, b.Get(desk), "Omat tiedot")
}

func TestOthersSeeNothing(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	other := p.partner(t, theirCode, theirs, theirName)
	form := values(b.Get(leavePath), leavePath)
	form.Set("understood", "yes")
	receipt := b.Send(leavePath, form).Location()
	for _, path := range []string{receipt, receipt + "/henkilotiedot", receipt + "/kopiot", "/fi/lahteminen/999", "/fi/lahteminen/0", "/fi/lahteminen/01", "/fi/lahteminen/x"} {
		if a := other.Get(path); a.Code != http.StatusNotFound {
			t.Errorf("another partner's %s: %d", path, a.Code)
		}
	}
	duty := receipt + "/henkilotiedot"
	stolen := values(b.Get(duty), duty)
	stolen.Set("answer", "done")
	if a := other.Send(duty, stolen); a.Code != http.StatusForbidden {
		t.Errorf("another partner sends our form: %d", a.Code)
	}
	// With a good form of its own it gets no further.
	form = values(other.Get(leavePath), leavePath)
	form.Set("understood", "yes")
	own := other.Send(leavePath, form).Location() + "/henkilotiedot"
	form = values(other.Get(own), own)
	form.Set("answer", "done")
	if a := other.Send(duty, form); a.Code != http.StatusNotFound {
		t.Errorf("another partner confirms for us: %d", a.Code)
	}

	nobody := p.Browser()
	for _, path := range []string{desk, leavePath, receipt, duty} {
		if a := nobody.Get(path); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/kirjaudu") {
			t.Errorf("nobody at %s: %d to %q", path, a.Code, a.Location())
		}
	}
	stranger := p.Browser()
	stranger.LogInAs(ourColleague)
	stranger.Act("0737546-2", "Ei kumppani Oy")
	if a := stranger.Get(desk); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/liity?") {
		t.Errorf("a representative of no partner: %d to %q", a.Code, a.Location())
	}
}

func TestForeignCopyOfTheLeaveFormDoesNothing(t *testing.T) {
	t.Parallel()

	p := open(t)
	b := p.partner(t, ourCode, ours, ourName)
	other := p.partner(t, theirCode, theirs, theirName)
	form := values(b.Get(leavePath), leavePath)
	form.Set("understood", "yes")
	if a := other.Send(leavePath, form); a.Code != http.StatusForbidden {
		t.Errorf("another person's form: %d", a.Code)
	}
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := b.Send(leavePath, form); a.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", a.Code)
	}
	for _, id := range []organisation.BusinessID{ours, theirs} {
		if _, err := p.stack.Partners.ByBusinessID(t.Context(), id); err != nil {
			t.Errorf("%s left: %v", id, err)
		}
	}
}
