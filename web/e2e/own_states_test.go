package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/web/paths"
)

// inspector looks at pages in every state, in light and dark, narrow and wide.
type inspector struct {
	*reader

	s tongue
	// document is the request that the open page has answered.
	document atomic.Value
}

// newInspector opens a browser that looks at pages only when it is told to: its
// scripts are on, but what it comes by is not looked at with one.
func newInspector(t *testing.T, site *site) *inspector {
	t.Helper()
	x := &inspector{reader: newReader(t, site, true)}
	x.scripts = false
	x.keepSource(t)
	return x
}

// judge holds the page that is open to what every page promises. It is looked at
// narrow and light in one language, wide and dark in the other, and is never too
// wide for the narrow screen.
func (x *inspector) judge(t *testing.T, state string) {
	t.Helper()
	all := views()
	v := all[0]
	if x.s.lang == i18n.Swedish {
		v = all[2]
	}
	at := x.path(t)
	t.Run(short(at)+", "+state, func(t *testing.T) {
		x.isWhole(t, string(x.s.lang))
		x.fits(t)
		x.look(t, v)
		x.picture(t, at+" "+state, v)
		x.inspect(t)
	})
	x.look(t, all[0])
}

// at opens a page and judges it.
func (x *inspector) at(t *testing.T, state string, to paths.Pair, values ...string) {
	t.Helper()
	x.visit(t, x.s.path(to, values...))
	x.judge(t, state)
}

// after presses what the expression finds and judges the page behind it.
func (x *inspector) after(t *testing.T, state, expression string) {
	t.Helper()
	x.leave(t, expression, state)
	x.judge(t, state)
}

// sends presses the button of the form that is sent to a page; what tells it from
// others is part of a selector.
func (x *inspector) sends(t *testing.T, state string, which string, to paths.Pair, values ...string) {
	t.Helper()
	x.after(t, state, fmt.Sprintf(`document.querySelector("main form[action='%s'] button%s")`, x.s.path(to, values...), which))
}

// spoils writes what is refused into every text field of the main form.
func (x *inspector) spoils(t *testing.T) {
	t.Helper()
	eval[bool](t, x.tab, `document.querySelectorAll("main textarea, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=file])")
		.forEach(e => { e.value = "Tunnus 010594Y9032 " + "ä".repeat(9000) }), true`)
}

// both does something once in each language.
func (x *inspector) both(t *testing.T, do func()) {
	t.Helper()
	for _, lang := range i18n.Langs {
		x.s = speak(t, lang)
		do()
	}
}

// personPages are those that a person comes to without having done anything.
func personPages() []paths.Pair {
	all := []paths.Pair{
		paths.OwnFront, paths.OwnSessions, paths.Profile, paths.Eures, paths.OwnData, paths.OwnDataLooks, paths.OwnDataCopy, paths.OwnDataDelete,
		paths.OwnDataDeleteConfirm, paths.OwnDataDeleted, paths.Consents, paths.Disclosure, paths.OwnDataRequests, paths.OwnDataRequestNew, paths.Keeping,
	}
	for _, section := range profile.Sections() {
		all = append(all, paths.ProfileSection(string(section)))
	}
	return all
}

// formPages are those on which something is written into the profile.
func formPages() []paths.Pair {
	var all []paths.Pair
	for _, s := range profile.Sections() {
		if s.Many() > 1 {
			all = append(all, paths.ProfileNew(string(s)))
		} else {
			all = append(all, paths.ProfileSection(string(s)))
		}
	}
	return all
}

// TestPersonsPagesInEveryState looks at every page of a person's own data while
// there is nothing, when a form is refused, when there is much, and when something
// has been done.
func TestPersonsPagesInEveryState(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	x := newInspector(t, site)
	x.come(t, speak(t, i18n.Finnish), crowd(150))
	x.both(t, func() {
		x.stayFresh(t)
		for _, p := range personPages() {
			x.at(t, "empty", p)
		}
		x.errorsOfPerson(t)
	})
	v := x.visitor(t)
	answered, waiting := v.fillsOwnData(t, site.visitor(dataProtection[7]).logInStaff(t))
	x.both(t, func() {
		x.stayFresh(t)
		for _, p := range append(personPages(), paths.ProfileSection("employer"), paths.ProfileSection("eures")) {
			x.visit(t, x.s.path(p))
			eval[bool](t, x.tab, openAll)
			x.judge(t, "filled")
		}
		for _, s := range profile.Sections() {
			if s.Many() > 1 {
				x.visit(t, x.s.path(paths.ProfileSection(string(s))))
				x.after(t, "an entry", `document.querySelector("main .profile-entries a")`)
				x.visit(t, x.s.path(paths.ProfileSection(string(s))))
				x.after(t, "a removal", `document.querySelector("main .profile-entries a[href$='/poisto'], main .profile-entries a[href$='/radering']")`)
			}
		}
		for outcome, id := range answered {
			x.at(t, outcome, paths.OwnDataRequest, id)
		}
		x.at(t, "certificate", paths.OwnDataRequestProof, answered["refused"])
		x.at(t, "waiting", paths.OwnDataRequest, waiting)
		x.sends(t, "no document", "", paths.OwnDataRequestFile, waiting)
		for _, done := range []struct {
			page paths.Pair
			deed string
		}{
			{paths.ProfileSection("work"), "saved"},
			{paths.ProfileSection("work"), "removed"},
			{paths.Profile, "saved"},
			{paths.Eures, "published"},
			{paths.Eures, "withdrawn"},
			{paths.Consents, "given"},
			{paths.Consents, "withdrawn"},
			{paths.OwnDataRequests, "withdrawn"},
		} {
			x.visit(t, x.s.path(done.page)+"?done="+done.deed)
			if n := eval[int](t, x.tab, `document.querySelectorAll("main [role=status]").length`); n == 0 {
				t.Errorf("at %s nothing says %s", x.path(t), done.deed)
			}
			x.judge(t, done.deed)
		}
	})
}

// errorsOfPerson has every form refused.
func (x *inspector) errorsOfPerson(t *testing.T) {
	t.Helper()
	for _, p := range formPages() {
		x.visit(t, x.s.path(p))
		x.spoils(t)
		x.leave(t, `document.querySelector("main #send")`, "save")
		if eval[bool](t, x.tab, `!!document.querySelector(".error-summary")`) {
			x.judge(t, "refused")
		}
	}
	x.visit(t, x.s.path(paths.OwnDataRequestNew))
	x.spoils(t)
	x.sends(t, "refused", "", paths.OwnDataRequestNew)
	x.visit(t, x.s.path(paths.Consents))
	x.after(t, "refused", `document.querySelector("main input[name=purpose][value=health]").form.querySelector("button")`)
	x.spoils(t)
	x.after(t, "refused for long", `document.querySelector("main input[name=purpose][value=health]").form.querySelector("button")`)
	x.visit(t, x.s.path(paths.OwnDataDeleteConfirm))
	x.sends(t, "refused", "", paths.OwnDataDeleteConfirm)
}

// awkward is a text that is hard to show: markup, a word that has no end, another
// direction, and a character of two.
var awkward = `<b>&"'</b> ` + strings.Repeat("W", 75) + " עבודה 😀"

// fillsOwnData writes everything that there is to write, and has an officer answer
// requests in every way. It returns the answered requests by outcome, and one that
// waits.
func (v *visitor) fillsOwnData(t *testing.T, officer *visitor) (answered map[string]string, waiting string) {
	t.Helper()
	must := func(a *answer) {
		t.Helper()
		if a.status != http.StatusSeeOther {
			t.Fatalf("%s", a)
		}
	}
	write := func(section string, isNew bool, fields url.Values) {
		t.Helper()
		p := paths.ProfileSection(section)
		if isNew {
			p = paths.ProfileNew(section)
		}
		page := paths.Fill(p, i18n.Finnish)
		v.see(t, page)
		must(v.send(t, page, fields))
	}
	must(v.gives(t, url.Values{"purpose": {"employer"}}))
	must(v.gives(t, url.Values{"purpose": {"health"}, "receiver": {awkward}, "matter": {awkward}}))
	for _, name := range []string{awkward, "toinen"} {
		write("work", true, url.Values{"title": {name}, "description": {awkward}, "begun": {"8/2019"}, "ongoing": {"yes"}})
		write("education", true, url.Values{"name": {name}, "state": {"done"}})
		write("skills", true, url.Values{"name": {name}, "description": {awkward}})
		write("cards", true, url.Values{"name": {name}})
		write("wished_work", true, url.Values{"name": {name}})
	}
	write("languages", true, url.Values{"language": {"sv"}, "level": {"B2"}})
	write("presentation", false, url.Values{"headline": {awkward}, "text": {awkward}})
	write("wishes", false, url.Values{"description": {awkward}, "municipalities": {"Vasa, Turku"}})
	write("contact", false, url.Values{"email": {strings.Repeat("pitka.", 9) + "osoite@tilat.example"}})
	v.tellsEures(t, i18n.Finnish)
	eures := paths.Fill(paths.Eures, i18n.Finnish)
	v.see(t, eures)
	must(v.send(t, eures, url.Values{"go": {"publish"}}))

	answered = map[string]string{}
	for outcome, kind := range map[string]string{"granted": "inspection", "refused": "correction", "partly": "restriction"} {
		answered[outcome] = v.asksAbout(t, kind, awkward)
		at := requestCases + "/" + answered[outcome]
		officer.see(t, at)
		must(officer.send(t, at+"/ota", nil))
		officer.see(t, at)
		must(officer.upload(t, at+"/vastauksen-liitteet", strings.Repeat("pitka", 15)+".pdf", "application/pdf", pdf))
		officer.see(t, at+"/vastaa")
		officer.send(t, at+"/vastaa", url.Values{"outcome": {outcome}, "answer": {"Vastaus: " + awkward}})
		must(officer.send(t, at+"/vastaa", url.Values{"go": {"send"}}))
	}
	answered["withdrawn"] = v.asksAbout(t, "deletion", awkward)
	at := requestPages + "/" + answered["withdrawn"]
	v.see(t, at)
	must(v.send(t, at+"/peru", nil))
	waiting = v.asksAbout(t, "inspection", awkward)
	at = requestPages + "/" + waiting
	v.see(t, at)
	must(v.upload(t, at+"/liitteet", strings.Repeat("pitka", 15)+".pdf", "application/pdf", pdf))
	return answered, waiting
}

// gives sends the form of a consent.
func (v *visitor) gives(t *testing.T, fields url.Values) *answer {
	t.Helper()
	page := paths.Fill(paths.Consents, i18n.Finnish)
	v.see(t, page)
	return v.send(t, page, fields)
}
