package e2e_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestOwnDataByKeyboard writes two entries of a profile and orders them, gives and
// withdraws a consent and deletes the account by keyboard alone, with scripts off,
// on a narrow screen.
func TestOwnDataByKeyboard(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	s, r := speak(t, i18n.Swedish), newReader(t, site, false)
	r.logIn(t, s, "oneill")
	list := s.path(paths.ProfileSection("skills"))
	for _, name := range []string{"Snickeri", "Körsång"} {
		r.visit(t, list)
		r.tabTo(t, "main a[href='"+s.path(paths.ProfileNew("skills"))+"']", 40)
		r.tab.press(t, kb.Enter)
		r.arrive(t, s.path(paths.ProfileNew("skills")), "")
		r.tabTo(t, "main input[name=name]", 30)
		r.enter(t, name)
		r.tabTo(t, "#send", 20)
		r.tab.press(t, kb.Enter)
		r.arrive(t, list, "done=saved")
	}
	r.tabTo(t, "main button[value=up]", 40)
	r.tab.press(t, kb.Enter)
	eventually(t, "the second stands first", func() bool { return r.path(t) == list && r.entries(t) == "Körsång; Snickeri" })

	r.visit(t, s.path(paths.Consents))
	for _, page := range []string{s.path(paths.Consents), s.path(paths.ConsentWithdraw)} {
		r.tabTo(t, "main form[action='"+page+"'] button", 40)
		r.tab.press(t, kb.Enter)
		r.arrive(t, s.path(paths.Consents), map[bool]string{true: "done=given", false: "done=withdrawn"}[page == s.path(paths.Consents)])
	}

	who := r.person(t)
	r.visit(t, s.path(paths.OwnDataDelete))
	r.tabTo(t, "main a[href='"+s.path(paths.OwnDataDeleteConfirm)+"']", 40)
	r.tab.press(t, kb.Enter)
	r.arrive(t, s.path(paths.OwnDataDeleteConfirm), "")
	r.tabTo(t, "main input[name=sure]", 40)
	r.tab.press(t, " ")
	r.tabTo(t, "main button", 5)
	r.tab.press(t, kb.Enter)
	r.arrive(t, s.path(paths.OwnDataDeleted), "")
	if n := site.number(t, `SELECT count(*) FROM person WHERE id = `+strconv.FormatInt(who, 10)); n != 0 {
		t.Error("the account is still there")
	}
}
