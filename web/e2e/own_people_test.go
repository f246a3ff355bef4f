package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestTwoPeopleOfOneNameStayApart has two people of one name and birth date, whose
// identity codes differ in one sign, keep their data: an officer finds each by the
// whole code, a letter goes to whom it is of, no copy holds anything of the other,
// and a deletion takes one of them only.
func TestTwoPeopleOfOneNameStayApart(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	fill := func(p paths.Pair, values ...string) string { return paths.Fill(p, i18n.Finnish, values...) }
	officer := site.visitor(dataProtection[4]).logInStaff(t)
	type one struct {
		*visitor

		email, mark string
	}
	people := map[string]one{}
	for key, mark := range map[string]string{"aino": "Ainokainen", "twin": "Kaksonen"} {
		p := one{site.visitor(key).logIn(t), strings.ToLower(mark) + "@" + strings.ToLower(mark) + ".example", mark}
		for page, fields := range map[string]url.Values{
			fill(paths.ProfileSection("contact")): {"email": {p.email}}, fill(paths.ProfileNew("skills")): {"name": {mark}},
			fill(paths.OwnDataRequestNew): {"kind": {"inspection"}, "message": {mark}},
		} {
			p.see(t, page)
			if a := p.send(t, page, fields); a.status != http.StatusSeeOther {
				t.Fatalf("%s", a)
			}
		}
		people[key] = p
	}
	holds := func(a *answer, mine, foreign one) {
		t.Helper()
		if a.status != http.StatusOK || !strings.Contains(a.body, mine.mark) || strings.Contains(a.body, foreign.mark) || strings.Contains(a.body, foreign.email) {
			t.Errorf("%s of %s: %d, own data %t, the other's %t", a.path, mine.mark, a.status, strings.Contains(a.body, mine.mark), strings.Contains(a.body, foreign.mark))
		}
	}
	for key, p := range people {
		other, code := people[map[string]string{"aino": "twin", "twin": "aino"}[key]], world.Default().Person(key).Code
		officer.see(t, fill(paths.PersonSearch))
		a := officer.send(t, fill(paths.PersonSearch), url.Values{"code": {code}, "reason": {"identity"}})
		if !strings.Contains(a.body, p.email) || strings.Contains(a.body, other.email) {
			t.Errorf("the search for %s finds somebody else: %s", p.mark, a)
		}
		letter := url.Values{
			"kind": {"inspection"}, "channel": {"post"}, "language": {"fi"}, "received": {today()}, "requester": {"Aino Korhonen"},
			"message": {"Kirje " + p.mark}, "identification": {"signature"}, "code": {code},
		}
		officer.see(t, fill(paths.DataRequestNew))
		if a := officer.send(t, fill(paths.DataRequestNew), letter); a.status != http.StatusSeeOther {
			t.Fatalf("the letter is not entered: %s", a)
		}
		for _, page := range []paths.Pair{paths.OwnData, paths.OwnDataCopyJSON, paths.OwnDataCopyHTML} {
			a := p.open(t, fill(page))
			holds(a, p, other)
			if !strings.Contains(a.body, "Kirje "+p.mark) {
				t.Errorf("%s of %s lacks the letter", a.path, p.mark)
			}
		}
	}
	gone, stays := people["aino"], people["twin"]
	confirm := fill(paths.OwnDataDeleteConfirm)
	gone.see(t, confirm)
	if a := gone.send(t, confirm, url.Values{"sure": {"yes"}}); a.place() != fill(paths.OwnDataDeleted) {
		t.Fatalf("the account is not deleted: %s", a)
	}
	site.forgets(t, gone.email)
	holds(stays.open(t, fill(paths.OwnDataCopyJSON)), stays, gone)
	if got := site.visitor("twin").logIn(t).form(t, fill(paths.ProfileSection("contact"))).Get("email"); got != stays.email {
		t.Errorf("the other one has the address %q", got)
	}
}

// TestChangedCodeKeepsTheAccount has the authority give a person a new identity
// code: an officer changes it, though not while there is another account with it,
// and the person comes to the old account by the new code only.
func TestChangedCodeKeepsTheAccount(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			s, before, after := speak(t, lang), crowd(180+i), crowd(185+i)
			c := &clerk{newReader(t, site, i == 0), s}
			c.secrets = []string{before.Code, after.Code}
			v, address := site.visitor(before.Key).logIn(t), "tunnus."+string(lang)+"@vaihtuva.example"
			for page, fields := range map[string]url.Values{
				s.path(paths.ProfileNew("skills")): {"name": {"Säilyvä taito"}}, s.path(paths.ProfileSection("contact")): {"email": {address}},
			} {
				v.see(t, page)
				if a := v.send(t, page, fields); a.status != http.StatusSeeOther {
					t.Fatalf("%s", a)
				}
			}
			tooSoon := site.visitor(after.Key).logIn(t)
			if a := tooSoon.see(t, s.path(paths.Profile)); strings.Contains(a.body, "Säilyvä taito") {
				t.Error("an unknown code leads to somebody's account")
			}
			c.logInStaff(t, s, dataProtection[2+i])
			c.recodes(t, before.Code, before.Code[:10]+"?")
			c.sees(t, s.say("ui.error_summary"))
			c.lacks(t, before.Code)
			c.recodes(t, before.Code, after.Code)
			c.sees(t, s.say("datarequests.recode.taken_title"))
			confirm := s.path(paths.OwnDataDeleteConfirm)
			tooSoon.see(t, confirm)
			if a := tooSoon.send(t, confirm, url.Values{"sure": {"yes"}}); a.place() != s.path(paths.OwnDataDeleted) {
				t.Fatalf("the empty account is not deleted: %s", a)
			}
			c.recodes(t, before.Code, after.Code)
			c.sees(t, s.say("datarequests.done.recoded"))
			c.lacks(t, after.Code)
			if text := site.mailed(t, address, speak(t, i18n.Finnish).say("owndata.letter.code_changed.subject")); strings.Contains(text, after.Code) || strings.Contains(text, before.Code) {
				t.Error("the mail holds an identity code")
			}
			c.seeks(t, before.Code)
			c.sees(t, s.say("datarequests.search.nobody"))

			again := site.visitor(after.Key).logIn(t)
			again.see(t, s.path(paths.Profile), "Säilyvä taito")
			again.see(t, s.path(paths.OwnData), s.say("actions.person_code.changed"))
			if a := again.open(t, s.path(paths.OwnDataCopyJSON)); !strings.Contains(a.body, after.Code) || strings.Contains(a.body, before.Code) {
				t.Error("the copy has not the new code, or the old one")
			}
			if a := site.visitor(before.Key).logIn(t).see(t, s.path(paths.Profile)); strings.Contains(a.body, "Säilyvä taito") {
				t.Error("the old code still leads to the account")
			}
		})
	}
}

// seeks searches for a person by identity code.
func (c *clerk) seeks(t *testing.T, code string) {
	t.Helper()
	c.stayFresh(t)
	c.visit(t, c.s.path(paths.PersonSearch))
	c.choose(t, c.s.say("datarequests.reason.fault"))
	c.fill(t, c.s.say("datarequests.code"), code)
	c.press(t, c.s.say("datarequests.search.send"))
}

// recodes changes the identity code of a person, first without saying what stands
// behind the change.
func (c *clerk) recodes(t *testing.T, before, after string) {
	t.Helper()
	c.seeks(t, before)
	eval[bool](t, c.tab, openAll)
	c.fill(t, c.s.say("datarequests.recode.new_code"), after)
	c.submit(t, c.s.path(paths.PersonCode), "#recode")
	c.sees(t, c.s.say("ui.error_summary"))
	c.fill(t, c.s.say("datarequests.recode.new_code"), after)
	eval[bool](t, c.tab, `document.querySelector("main input[name=evidence]").click(), true`)
	c.submit(t, c.s.path(paths.PersonCode), "#recode")
}
