package e2e_test

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// ownForms are the forms of own data that take free text: where they are, the
// field, and what else they need.
func ownForms() []struct {
	page, field string
	more        url.Values
} {
	skills, work := paths.Fill(paths.ProfileNew("skills"), i18n.Finnish), paths.Fill(paths.ProfileNew("work"), i18n.Finnish)
	return []struct {
		page, field string
		more        url.Values
	}{
		{paths.Fill(paths.ProfileSection("presentation"), i18n.Finnish), "text", nil},
		{work, "description", url.Values{"title": {"Kuski"}}},
		{skills, "name", nil},
		{paths.Fill(paths.ProfileSection("wishes"), i18n.Finnish), "description", nil},
		{paths.Fill(paths.OwnDataRequestNew, i18n.Finnish), "message", url.Values{"kind": {"correction"}}},
		{paths.Fill(paths.Consents, i18n.Finnish), "matter", url.Values{"purpose": {"health"}, "receiver": {"Oy Ab"}}},
	}
}

// TestOwnDataTakesNoHarm sends identity codes of other people, unseen characters
// and 40,000 characters to every form of own data: each is refused with every
// visible character still there, and nothing is kept.
func TestOwnDataTakesNoHarm(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	v, code := site.visitor("long").logIn(t), world.Default().Person("twin").Code
	long := strings.TrimSpace(strings.Repeat("Äyrämö & <b>ånger</b> 40 000 ", 1400))
	for _, f := range ownForms() {
		for what, text := range map[string]string{
			"an identity code": "Tunnus " + code + " kuuluu muulle", "a hidden identity code": "Tunnus " + code[:4] + "\u200b" + code[4:],
			"40,000 characters": long,
		} {
			fields := v.form(t, f.page)
			maps.Copy(fields, f.more)
			fields.Set(f.field, text)
			a := v.submit(t, f.page, fields)
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s in %s of %s: %.400s", what, f.field, f.page, a)
				continue
			}
			back, _ := formOf(a.body, f.page)
			if strings.HasSuffix(f.page, "suostumukset") {
				continue // its forms have one address; the field is looked for below
			}
			if got := strings.ReplaceAll(back.Get(f.field), "\r\n", "\n"); got != text && got != strings.ReplaceAll(text, "\u200b", "") {
				t.Errorf("%s in %s comes back as %.100q", what, f.page, got)
			}
		}
	}
	for _, table := range []string{"data_request", "consent"} {
		if n := site.number(t, `SELECT count(*) FROM `+table+` WHERE person_id = `+v.person(t)); n != 0 {
			t.Errorf("%d rows of %s are kept", n, table)
		}
	}
	v.see(t, paths.Fill(paths.Profile, i18n.Finnish))
	if body := v.at.body; strings.Contains(body, code) || strings.Contains(body, "ånger") {
		t.Error("the profile shows what was refused")
	}

	// What turns writing around is taken out, and the writer looks at the rest.
	page := paths.Fill(paths.ProfileNew("skills"), i18n.Finnish)
	a := v.send(t, page, url.Values{"name": {"hitsaus\u202egnidlew"}})
	if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "\u202e") {
		t.Errorf("a right-to-left override: %s", a)
	}
	if a := v.send(t, page, nil); a.status != http.StatusSeeOther {
		t.Errorf("the cleaned text is not taken: %s", a)
	}
	for _, address := range []string{
		paths.Fill(paths.ProfileEntry("skills"), i18n.Finnish, code), paths.Fill(paths.OwnDataRequest, i18n.Finnish, code),
		paths.Fill(paths.OwnData, i18n.Finnish) + "/" + code,
	} {
		if a := v.open(t, address); a.status != http.StatusNotFound || strings.Contains(a.page(t).Body(), code) {
			t.Errorf("an identity code in an address: %s", a)
		}
	}
	for _, query := range []string{"?code=" + code, "?person=" + code + "&id=1"} {
		a := v.see(t, paths.Fill(paths.OwnData, i18n.Finnish)+query)
		if strings.Contains(a.page(t).Body(), world.Default().Person("twin").FamilyName) {
			t.Errorf("%s shows somebody else", query)
		}
	}
}

// person is the number of the account that the visitor is logged in to.
func (v *visitor) person(t *testing.T) string {
	t.Helper()
	return v.site.text(t, `SELECT max(person_id)::text FROM session WHERE token_hash = sha256('`+v.cookies["session"]+`')`)
}

// TestDeletionWinsOverOtherTabs edits an entry that another tab removes, and then
// deletes the account while other tabs write and copies are made.
func TestDeletionWinsOverOtherTabs(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	v := site.visitor("bankrupt").logIn(t)
	fill := func(p paths.Pair, values ...string) string { return paths.Fill(p, i18n.Finnish, values...) }
	if a := v.send(t, fill(paths.ProfileNew("skills")), url.Values{"name": {"Poistuva taito"}}); a.status != http.StatusSeeOther {
		t.Fatalf("no entry is written: %s", a)
	}
	id := ""
	for _, link := range v.see(t, fill(paths.ProfileSection("skills"))).page(t).Links() {
		if of, ok := strings.CutSuffix(link, "/poisto"); ok {
			id = path.Base(of)
		}
	}
	entry := fill(paths.ProfileEntry("skills"), id)
	edits, removes := v.copied(), v.copied()
	edits.see(t, entry)
	removes.send(t, fill(paths.ProfileRemove("skills"), id), nil)
	a := edits.send(t, entry, url.Values{"name": {"Toisessa ikkunassa"}})
	if a.status != http.StatusGone || !strings.Contains(a.body, "Toisessa ikkunassa") {
		t.Errorf("an entry that another tab has removed: %s", a)
	}
	if a := edits.send(t, fill(paths.ProfileNew("skills")), nil); a.status != http.StatusSeeOther {
		t.Errorf("what was typed is not saved as a new entry: %s", a)
	}

	person := v.person(t)
	var work sync.WaitGroup
	for _, page := range []string{fill(paths.OwnDataCopyJSON), fill(paths.OwnDataCopyHTML), fill(paths.OwnData), fill(paths.OwnDataCopyJSON)} {
		work.Go(func() {
			a, err := v.copied().get(t.Context(), page)
			// It came before the deletion, after it, or in its midst.
			if err != nil || !slices.Contains([]int{http.StatusOK, http.StatusSeeOther, http.StatusGone}, a.status) {
				t.Errorf("beside a deletion: %v %s", err, a)
			}
		})
	}
	for range 3 {
		tab := v.copied()
		fields := tab.form(t, fill(paths.ProfileNew("skills")))
		fields.Set("name", "Kesken poiston")
		work.Go(func() {
			if a, err := tab.post(t.Context(), fill(paths.ProfileNew("skills")), fields); err != nil || a.status != http.StatusSeeOther && a.status != http.StatusGone {
				t.Errorf("beside a deletion: %v %s", err, a)
			}
		})
	}
	confirm := fill(paths.OwnDataDeleteConfirm)
	v.see(t, confirm)
	if a := v.send(t, confirm, url.Values{"sure": {"yes"}}); a.place() != fill(paths.OwnDataDeleted) {
		t.Errorf("the account is not deleted: %s", a)
	}
	work.Wait()
	for _, table := range []string{"person WHERE id", "profile_entry WHERE person_id", "session WHERE person_id", "parked_form WHERE person_id"} {
		if n := site.number(t, `SELECT count(*) FROM `+table+` = `+person); n != 0 {
			t.Errorf("%d rows are left of %s", n, table)
		}
	}
}

// TestDeletionTakesBackMails deletes an account whose mail waits for a server that
// is away: it is never sent.
func TestDeletionTakesBackMails(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	v := site.visitor("reorganised").logIn(t)
	fill := func(p paths.Pair, values ...string) string { return paths.Fill(p, i18n.Finnish, values...) }
	const address = "saneeraaja@jonossa.example"
	v.send(t, fill(paths.ProfileSection("contact")), url.Values{"email": {address}})
	person := v.person(t)
	site.execute(t, `INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, expires_at, person_id)
		SELECT 'data_request_answered', 'jonossa', 1, 'fi', '`+address+`', '{}', now(), now() + interval '5 seconds', now() + interval '1 day', `+person)
	confirm := fill(paths.OwnDataDeleteConfirm)
	v.see(t, confirm)
	if a := v.send(t, confirm, url.Values{"sure": {"yes"}}); a.place() != fill(paths.OwnDataDeleted) {
		t.Fatalf("the account is not deleted: %s", a)
	}
	site.forgets(t, address)
	// By then a mail of the same time has come.
	site.execute(t, `INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, expires_at)
		SELECT 'data_request_answered', 'jonossa-2', 1, 'fi', 'toinen@jonossa.example', '{}', now(), now() + interval '6 seconds', now() + interval '1 day'`)
	site.mailed(t, "toinen@jonossa.example", speak(t, i18n.Finnish).say("datarequests.mail_answered.subject"))
	if n := len(site.mails(t, address)); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

// TestEndedSessionLosesNoProfile ends the session while an entry is written: every
// character is there after the next log-in.
func TestEndedSessionLosesNoProfile(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()

			s, r := speak(t, lang), newReader(t, site, i == 0)
			key := []string{"liquidator", "ceased"}[i]
			r.logIn(t, s, key)
			text := "Äyrämö & O'Neill <b>\"tekstiä\"</b> 100 % + 1 = ? € 😀 " + string(lang)
			r.visit(t, s.path(paths.ProfileNew("work")))
			r.fill(t, s.say("profile.field.work.title"), "Kuski "+string(lang))
			r.fill(t, s.say("profile.field.work.description"), text)
			if i == 0 {
				site.execute(t, `DELETE FROM session WHERE token_hash = sha256('`+r.visitor(t).cookies["session"]+`')`)
			} else {
				call(t, r.tab, network.DeleteCookies, network.DeleteCookiesParams{Name: "session", URL: site.url + "/"})
			}
			r.press(t, s.say("profile.save"))
			r.sees(t, s.say("signin.kept.title"))
			r.identify(t, s, key)
			r.sees(t, s.say("signin.unsent.title"))
			r.press(t, s.say("signin.unsent.go_on"))
			r.sees(t, "Kuski "+string(lang), text)
			r.visit(t, s.path(paths.ProfileSection("work")))
			r.sees(t, text)
		})
	}
}
