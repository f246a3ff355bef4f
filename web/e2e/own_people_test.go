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
