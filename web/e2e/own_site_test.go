package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// owners is a portal of people who manage their own data, with officers of data
// protection.
var owners struct {
	sharedSite

	set sync.Once
}

// dataProtection are the officers of data protection there. Nobody has more than
// five sessions, so that tests that run at the same time take different ones.
var dataProtection = []string{"dataprotection", "interfaces", "applications", "applications2", "supervision", "content", "content2", "audit"}

// theOwners returns that portal.
func theOwners(t *testing.T) *site {
	t.Helper()
	owners.once.Do(func() { owners.site = newSite(t, 5) })
	if owners.site == nil {
		t.Fatal("the portal did not start; the first test says why")
	}
	owners.set.Do(func() { owners.site.protect(t) })
	return owners.site
}

// protect has the main users take the officers of data protection into the staff
// register.
func (s *site) protect(t *testing.T) {
	t.Helper()
	one, two := s.visitor("main").logInStaff(t), s.visitor("main2").logInStaff(t)
	for _, key := range dataProtection {
		p := world.Default().Person(key)
		one.send(t, paths.Fill(paths.StaffRegister, i18n.Finnish)+"/uusi", url.Values{"code": {p.Code}, "first_names": {p.FirstNames}, "family_name": {p.FamilyName}})
		member := one.at.place()
		one.see(t, member)
		one.send(t, member+"/pyynto", url.Values{"group": {"data_protection"}})
		two.see(t, member)
		if a := two.send(t, member+"/oikeus", url.Values{"act": {"approve"}}); a.status != http.StatusSeeOther {
			t.Fatalf("%s gets into no group: %s", key, a)
		}
	}
}

// growOld makes the identification of the reader's session old.
func (r *reader) growOld(t *testing.T) {
	t.Helper()
	r.site.execute(t, `UPDATE session SET identified_at = identified_at - interval '6 minutes' WHERE token_hash = sha256('`+r.visitor(t).cookies["session"]+`')`)
}

// stayFresh makes the identification of the reader's session as young as its last
// use: on a slow machine it grows old between two pages.
func (r *reader) stayFresh(t *testing.T) {
	t.Helper()
	r.site.execute(t, `UPDATE session SET identified_at = seen_at WHERE token_hash = sha256('`+r.visitor(t).cookies["session"]+`')`)
}

// crowd is the n-th of the many people of whom no other test knows.
func crowd(n int) world.Person { return world.Crowd(n + 1)[n] }

// come logs in as somebody whom the identification service does not list.
func (r *reader) come(t *testing.T, s tongue, who world.Person) {
	t.Helper()
	r.visit(t, s.path(paths.SignIn))
	r.identifyAs(t, s, who)
}

// identifyAs goes through identification as who, from the page that leads there.
func (r *reader) identifyAs(t *testing.T, s tongue, who world.Person) {
	t.Helper()
	r.press(t, s.say("signin.start"))
	r.secrets = append(r.secrets, who.Code, who.FamilyName)
	for id, text := range map[string]string{"first_names": who.FirstNames, "family_name": who.FamilyName, "code": who.Code} {
		eval[bool](t, r.tab, fmt.Sprintf("document.getElementById(%q).value = %q, true", id, text))
	}
	r.leave(t, `document.getElementById("code").form.querySelector("button")`, who.Key)
}

// person is the number of the account that the reader is logged in to, 0 for none.
func (r *reader) person(t *testing.T) int64 {
	t.Helper()
	v := r.visitor(t)
	return r.site.number(t, `SELECT coalesce(max(person_id), 0) FROM session WHERE token_hash = sha256('`+v.cookies["session"]+`')`)
}

// visitor is the reader without the browser, in the same session.
func (r *reader) visitor(t *testing.T) *visitor {
	t.Helper()
	v := r.site.visitor("")
	all := call(t, r.tab, network.GetCookies, network.GetCookiesParams{URLs: []string{r.site.url + "/"}})
	for _, c := range all.Cookies {
		v.cookies[c.Name] = c.Value
	}
	return v
}

// follow follows the first link to a page of the portal.
func (r *reader) follow(t *testing.T, to string) {
	t.Helper()
	r.leave(t, fmt.Sprintf(`document.querySelector("main a[href='%s']")`, to), to)
}

// submit presses the button of the form that is sent to a page; what tells it from
// others is part of a selector.
func (r *reader) submit(t *testing.T, to, which string) {
	t.Helper()
	r.leave(t, fmt.Sprintf(`document.querySelector("main form[action='%s'] button%s")`, to, which), to+" "+which)
}

// pick takes an option of the list with that label.
func (r *reader) pick(t *testing.T, label, option string) {
	t.Helper()
	if !eval[bool](t, r.tab, fmt.Sprintf(`(() => {
		const l = %s("label", %q), o = l && l.control && [...l.control.options].find(o => o.textContent.trim() === %q);
		if (o) o.selected = true;
		return !!o;
	})()`, find, label, option)) {
		t.Fatalf("at %s there is no %q in %q; the page says: %s", r.path(t), option, label, r.said(t))
	}
}

// entries are the headings of the entries of a list.
func (r *reader) entries(t *testing.T) string {
	t.Helper()
	return eval[string](t, r.tab, `[...document.querySelectorAll(".profile-entries h2")].map(h => h.innerText.trim()).join("; ")`)
}
