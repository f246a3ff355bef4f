package e2e_test

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// asker is a person without a browser who wants to be forgotten.
type asker struct {
	*visitor

	s         tongue
	id, email string
	person    int64
	due       time.Time // the last day
}

// TestOfficersDeleteOnRequest has an officer delete the accounts of persons who
// ask for it, after the 30 days that there are, when the requests are shown as
// late; in both languages, with scripts and without.
func TestOfficersDeleteOnRequest(t *testing.T) {
	t.Parallel()

	site := newSite(t, 5)
	t.Cleanup(site.stop)
	site.protect(t)
	var all []*asker
	for i, lang := range i18n.Langs {
		all = append(all, site.asksDeletion(t, speak(t, lang), i))
	}
	const day = 24 * time.Hour
	site.move(t, 31*day)
	for i, a := range all {
		s, c := a.s, &clerk{reader: newReader(t, site, i == 0), s: a.s}
		c.secrets = []string{a.email}
		elsewhere := site.visitor(a.key).logIn(t)
		c.logInStaff(t, s, dataProtection[i])
		c.visit(t, s.path(paths.DataRequests))
		late := s.say("datarequests.clock_late", "Date", i18n.Date(s, a.due))
		c.sees(t, late)
		if n := eval[int](t, c.tab, `document.querySelectorAll("main [role=alert]").length`); n != 1 {
			t.Errorf("%d alarms about late requests, want 1", n)
		}
		c.follow(t, s.path(paths.DataRequest, a.id))
		c.sees(t, late)
		c.takes(t, a.id)
		c.visit(t, s.path(paths.DataRequestAnswer, a.id))
		c.lacks(t, s.say("datarequests.outcome.granted")) // granting is deleting
		c.visit(t, s.path(paths.DataRequest, a.id))
		c.press(t, s.say("datarequests.delete.title"))
		c.sees(t, s.say("datarequests.delete.lead"), "Joukkonen")
		c.choose(t, s.say("datarequests.delete.told"))
		c.growOld(t)
		c.press(t, s.say("datarequests.delete.send"))
		c.sees(t, s.say("signin.fresh.title"))
		if n := site.number(t, `SELECT count(*) FROM person WHERE id = `+strconv.FormatInt(a.person, 10)); n != 1 {
			t.Fatal("an old identification deletes an account")
		}
		c.identify(t, s, dataProtection[i])
		c.choose(t, s.say("datarequests.delete.told"))
		c.press(t, s.say("datarequests.delete.send"))
		c.sees(t, s.say("datarequests.done.deleted"))
		if n := eval[int](t, c.tab, `document.querySelectorAll("main tbody tr").length`); n != len(all)-1-i {
			t.Errorf("%d requests wait, want %d", n, len(all)-1-i)
		}
		a.isGone(t, elsewhere)
	}
}

// asksDeletion has the n-th person ask for deletion from the page, and sees by
// when it must be done.
func (s *site) asksDeletion(t *testing.T, words tongue, n int) *asker {
	t.Helper()
	a := &asker{visitor: s.visitor("crowd-" + strconv.Itoa(n)).logIn(t), s: words, email: "poistettava" + string(words.lang) + "@poistettava" + string(words.lang) + ".example"}
	contact := words.path(paths.ProfileSection("contact"))
	a.see(t, contact)
	if b := a.send(t, contact, url.Values{"email": {a.email}}); b.status != http.StatusSeeOther {
		t.Fatalf("no address is told: %s", b)
	}
	form := words.path(paths.OwnDataRequestNew)
	b := a.send(t, form, url.Values{"kind": {"deletion"}})
	if b.status != http.StatusSeeOther {
		t.Fatalf("no request is made: %s", b)
	}
	a.id = path.Base(b.place())
	a.due = time.Now().In(i18n.Helsinki).AddDate(0, 0, 30)
	a.see(t, words.path(paths.OwnDataRequest, a.id), words.say("datarequests.own.waits", "Date", i18n.Date(words, a.due)))
	a.person = s.number(t, `SELECT person_id FROM data_request WHERE id = `+a.id)
	return a
}

// isGone fails unless nothing is left of the person.
func (a *asker) isGone(t *testing.T, elsewhere *visitor) {
	t.Helper()
	person := strconv.FormatInt(a.person, 10)
	for _, of := range []string{"person WHERE id", "session WHERE person_id", "profile_entry WHERE person_id", "data_request WHERE person_id"} {
		if n := a.site.number(t, `SELECT count(*) FROM `+of+` = `+person); n != 0 {
			t.Errorf("%d rows are left of %s", n, of)
		}
	}
	if n := a.site.number(t, `SELECT count(*) FROM data_request WHERE id = `+a.id+` AND outcome = 'granted' AND message = ''`); n != 1 {
		t.Error("the figures of the request are gone with it")
	}
	a.site.forgets(t, a.email)
	if b := elsewhere.open(t, a.s.path(paths.OwnFront)); b.status != http.StatusSeeOther {
		t.Errorf("the session lives on: %s", b)
	}
	again := a.site.visitor(a.key).logIn(t)
	again.see(t, a.s.path(paths.OwnDataRequests), a.s.say("datarequests.own.none"))
}

// deletes takes the account away, first without saying so, and finds a new one
// behind the next log-in.
func (o *owner) deletes(t *testing.T) {
	t.Helper()
	s, who, elsewhere := o.s, o.person(t), o.site.visitor(o.key).logIn(t)
	o.visit(t, s.path(paths.OwnData))
	o.press(t, s.say("owndata.delete.title"))
	o.sees(t, s.say("owndata.delete.goes"), s.say("owndata.delete.stays"))
	o.press(t, s.say("owndata.delete.go_on"))
	o.sees(t, s.say("signin.fresh.title"))
	o.identify(t, s, o.key)
	o.sees(t, s.say("owndata.delete.confirm"))
	o.press(t, s.say("owndata.delete.button"))
	o.sees(t, s.say("ui.error_summary"), s.say("owndata.delete.sure_missing"))
	o.choose(t, s.say("owndata.delete.sure"))
	o.press(t, s.say("owndata.delete.button"))
	o.sees(t, s.say("owndata.deleted.title"))
	o.lacks(t, world.Default().Person(o.key).FamilyName, o.mark)
	if v := o.visitor(t); v.cookies["session"] != "" {
		t.Error("the browser keeps its session")
	}
	if a := elsewhere.open(t, s.path(paths.OwnFront)); a.status != http.StatusSeeOther {
		t.Errorf("the session in another browser lives on: %s", a)
	}
	if n := o.site.number(t, `SELECT count(*) FROM person WHERE id = `+strconv.FormatInt(who, 10)); n != 0 {
		t.Error("the account is still there")
	}
	o.site.forgets(t, o.email())
	o.logIn(t, s, o.key)
	if again := o.person(t); again == who || again == 0 {
		t.Errorf("the next log-in leads to account %d, the deleted one was %d", again, who)
	}
	o.visit(t, s.path(paths.Profile))
	o.sees(t, s.say("profile.empty.work"), s.say("profile.empty.skills"))
}
