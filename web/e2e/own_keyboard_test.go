package e2e_test

import (
	"fmt"
	"path"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// typist does everything by keyboard alone.
type typist struct {
	*reader

	s tongue
}

// goes follows the link or presses the button that matches, and comes to a page
// whose address begins with path and holds query.
func (k *typist) goes(t *testing.T, selector, path, query string) {
	t.Helper()
	k.tabTo(t, "main "+selector, 160)
	k.tab.press(t, kb.Enter)
	k.arrive(t, path, query)
}

// shows waits until the page says so, at whose address the last one was too.
func (k *typist) shows(t *testing.T, words string) {
	t.Helper()
	eventually(t, "the page says "+words, func() bool {
		return eval[bool](t, k.tab, fmt.Sprintf(`!!document.body && document.body.innerText.includes(%q)`, words))
	})
}

// follows goes along the link to a page.
func (k *typist) follows(t *testing.T, to string) {
	t.Helper()
	k.goes(t, "a[href='"+to+"']", to, "")
}

// types writes into the field of that name, ticks the box or takes the radio
// button that matches.
func (k *typist) types(t *testing.T, selector, text string) {
	t.Helper()
	k.tabTo(t, "main "+selector, 60)
	if text == " " {
		k.tab.press(t, text)
		return
	}
	k.enter(t, text)
}

// TestOwnDataByKeyboard manages the own data, and answers a request about it, by
// keyboard alone, with scripts off, on a narrow screen, in both languages.
func TestOwnDataByKeyboard(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			s, who := speak(t, lang), crowd(140+i)
			k := &typist{newReader(t, site, false), s}
			k.come(t, s, who)
			k.keepsProfile(t)
			k.decides(t)
			id := k.asks(t)
			clerk := &typist{newReader(t, site, false), s}
			clerk.secrets = []string{who.FamilyName, who.Code}
			clerk.logInStaff(t, s, dataProtection[6])
			clerk.answers(t, id)
			clerk.enters(t)
			clerk.searches(t, who.Code)
			k.visit(t, s.path(paths.OwnDataRequests))
			k.follows(t, s.path(paths.OwnDataRequest, id))
			k.sees(t, "Kaikki kunnossa")
			k.savesCopy(t)
			k.deletes(t)
		})
	}
}

// keepsProfile writes two entries, the first wrongly, and orders them.
func (k *typist) keepsProfile(t *testing.T) {
	t.Helper()
	list, form := k.s.path(paths.ProfileSection("skills")), k.s.path(paths.ProfileNew("skills"))
	k.visit(t, list)
	k.follows(t, form)
	k.goes(t, "#send", form, "")
	k.focuses(t, ".error-summary")
	k.tabTo(t, ".error-summary a", 3)
	k.strike(t, "Enter", 13)
	k.focuses(t, "input[name=name]")
	k.enter(t, "Snickeri")
	k.goes(t, "#send", list, "done=saved")
	k.follows(t, form)
	k.types(t, "input[name=name]", "Körsång")
	k.goes(t, "#send", list, "done=saved")
	k.tabTo(t, "main button[value=up]", 40)
	k.tab.press(t, kb.Enter)
	eventually(t, "the second stands first", func() bool { return k.path(t) == list && k.entries(t) == "Körsång; Snickeri" })
}

// decides gives a consent and withdraws it, and publishes the EURES profile and
// takes it back.
func (k *typist) decides(t *testing.T) {
	t.Helper()
	s, consents, eures := k.s, k.s.path(paths.Consents), k.s.path(paths.Eures)
	k.visit(t, consents)
	k.goes(t, "form[action='"+consents+"'] button", consents, "done=given")
	k.goes(t, "form[action='"+s.path(paths.ConsentWithdraw)+"'] button", consents, "done=withdrawn")
	k.visitor(t).tellsEures(t, s.lang)
	k.visit(t, eures)
	k.goes(t, "button[value=publish]", eures, "done=published")
	k.goes(t, "button[value=withdraw]", eures, "done=withdrawn")
}

// asks files a request and returns its number.
func (k *typist) asks(t *testing.T) string {
	t.Helper()
	k.visit(t, k.s.path(paths.OwnDataRequests))
	k.follows(t, k.s.path(paths.OwnDataRequestNew))
	k.types(t, "input[name=kind]", " ")
	k.types(t, "textarea", "Vad finns om mig?")
	k.goes(t, "#send", k.s.path(paths.OwnDataRequests)+"/", "done=filed")
	return path.Base(k.path(t))
}

// answers takes a request from the queue and answers it.
func (k *typist) answers(t *testing.T, id string) {
	t.Helper()
	s, page := k.s, k.s.path(paths.DataRequest, id)
	k.visit(t, s.path(paths.DataRequests))
	k.follows(t, page)
	k.goes(t, "form[action='"+s.path(paths.DataRequestClaim, id)+"'] button", page, "done=claimed")
	k.stayFresh(t)
	k.goes(t, "button[value=attach]", page, "done=attached")
	k.follows(t, s.path(paths.DataRequestAnswer, id))
	k.types(t, "input[name=outcome]", " ")
	k.types(t, "textarea", "Kaikki kunnossa")
	k.goes(t, "#send", s.path(paths.DataRequestAnswer, id), "")
	k.shows(t, s.say("datarequests.preview.lead"))
	k.goes(t, "button[value=send]", page, "done=answered")
}

// enters takes in a letter.
func (k *typist) enters(t *testing.T) {
	t.Helper()
	s := k.s
	k.stayFresh(t)
	k.visit(t, s.path(paths.DataRequests))
	k.follows(t, s.path(paths.DataRequestNew))
	for _, f := range [][2]string{
		{"input[name=kind]", " "},
		{"input[name=channel]", " "},
		{"input[name=received]", today()},
		{"input[name=requester]", "Kirjeen kirjoittaja"},
		{"input[name=identification]", " "},
	} {
		k.types(t, f[0], f[1])
	}
	k.goes(t, "#send", s.path(paths.DataRequests)+"/", "done=entered")
	k.sees(t, "Kirjeen kirjoittaja", s.say("datarequests.case.unknown"))
}

// searches finds a person.
func (k *typist) searches(t *testing.T, code string) {
	t.Helper()
	k.stayFresh(t)
	k.visit(t, k.s.path(paths.PersonSearch))
	k.types(t, "input[name=code]", code)
	k.types(t, "input[name=reason]", " ")
	k.goes(t, "#send", k.s.path(paths.PersonSearch), "")
	k.shows(t, k.s.say("datarequests.search.found"))
}

// savesCopy takes a copy.
func (k *typist) savesCopy(t *testing.T) {
	t.Helper()
	folder := k.downloads(t)
	k.stayFresh(t)
	k.visit(t, k.s.path(paths.OwnData))
	k.follows(t, k.s.path(paths.OwnDataCopy))
	k.tabTo(t, "main a[href='"+k.s.path(paths.OwnDataCopyJSON)+"']", 40)
	k.tab.press(t, kb.Enter)
	saved(t, folder, "json")
}

// deletes takes the account away.
func (k *typist) deletes(t *testing.T) {
	t.Helper()
	s, who := k.s, k.person(t)
	k.stayFresh(t)
	k.visit(t, s.path(paths.OwnDataDelete))
	k.follows(t, s.path(paths.OwnDataDeleteConfirm))
	k.types(t, "input[name=sure]", " ")
	k.goes(t, fmt.Sprintf("form[action='%s'] button", s.path(paths.OwnDataDeleteConfirm)), s.path(paths.OwnDataDeleted), "")
	if n := k.site.number(t, `SELECT count(*) FROM person WHERE id = `+strconv.FormatInt(who, 10)); n != 0 {
		t.Error("the account is still there")
	}
}
