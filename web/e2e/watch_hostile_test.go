package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// answersCalmly fails when an answer is a failure of ours or not a page.
func (a *answer) answersCalmly(t *testing.T, statuses ...int) {
	t.Helper()
	if !slices.Contains(statuses, a.status) {
		t.Errorf("want %v: %.400s", statuses, a)
	}
}

// TestJobWatchOpensToItsTokensOnly tries rubbish, other purposes' tokens and
// tokens as people type them on every page behind one.
func TestJobWatchOpensToItsTokensOnly(t *testing.T) {
	t.Parallel()

	s := theWatching(t)
	w := s.subscriber(t, i18n.Finnish, everyday, "avaimet@tokenit.example", nil)
	own, confirm := path.Base(w.own), path.Base(w.confirm)
	anybody := s.visitor(from(50))
	pages := []paths.Pair{paths.WatchConfirm, paths.WatchOwn, paths.WatchChange, paths.WatchCancel}
	for _, token := range []string{
		"x", strings.Repeat("0", 64), strings.Repeat("a", 1500), "0000-0000-0000-0000", "%00", "%ff%fe", "..%2f..%2fetc", "%27%20OR%201=1--",
		"%C3%A4%C3%A4%C3%A4%C3%A4", "%0d%0aSet-Cookie:a=b", own[:len(own)-1], own + "0",
	} {
		for _, pair := range pages {
			for i, pattern := range []string{pair.Fi, pair.Sv} {
				to := strings.Replace(pattern, "{token}", token, 1)
				a := anybody.open(t, to)
				a.answersCalmly(t, http.StatusNotFound, http.StatusBadRequest)
				if !strings.Contains(a.body, `<html lang="`+[]string{"fi", "sv"}[i]+`"`) {
					t.Errorf("%s is not a page in its language: %.300s", to, a)
				}
				anybody.submit(t, to, url.Values{"act": {"confirm"}, "order": {"1"}}).
					answersCalmly(t, http.StatusNotFound, http.StatusBadRequest, http.StatusForbidden)
			}
		}
		end := strings.Replace(paths.WatchEnd.Fi, "{token}", token, 1)
		anybody.open(t, end).answersCalmly(t, http.StatusOK, http.StatusBadRequest, http.StatusNotFound)
		anybody.submit(t, end, nil).answersCalmly(t, http.StatusSeeOther, http.StatusBadRequest, http.StatusNotFound)
	}
	for _, wrong := range []string{
		paths.Fill(paths.WatchOwn, i18n.Finnish, confirm), paths.Fill(paths.WatchConfirm, i18n.Finnish, own), paths.Fill(paths.WatchChange, i18n.Finnish, confirm),
	} {
		anybody.open(t, wrong).answersCalmly(t, http.StatusNotFound)
	}
	for _, other := range []string{own, confirm} { // no tokens of the end
		anybody.submit(t, paths.Fill(paths.WatchEnd, i18n.Finnish, other), nil).answersCalmly(t, http.StatusSeeOther)
	}
	for _, typed := range []string{strings.ToUpper(own), strings.ReplaceAll(own, "-", ""), strings.ReplaceAll(own, "-", " "), strings.ReplaceAll(own, "0", "o"), strings.ReplaceAll(own, "1", "l")} {
		anybody.open(t, paths.Fill(paths.WatchOwn, i18n.Swedish, typed)).answersCalmly(t, http.StatusOK)
	}
	if n := s.watches(t, w.address, "active"); n != 1 {
		t.Errorf("%d watches are in force, want 1", n)
	}
}

// TestJobWatchTakesNoForgedAddress orders with addresses that would be headers,
// lists or files elsewhere, and with those that are only rare.
func TestJobWatchTakesNoForgedAddress(t *testing.T) {
	t.Parallel()

	s := theWatching(t)
	before := s.number(t, `SELECT count(*) FROM job_watch`)
	for i, wrong := range []string{
		"", "@", "a@", "@b.example", "kaino", "a@b@c.example", "a b@c.example", `"a b"@c.example`, `"a\"b"@c.example`, "a@b.example,c@d.example",
		"a@b.example\r\nBcc: c@d.example", "a@b.example%0d%0aBcc:c@d.example", "a@b.example\nSubject: x", "a\u2028b@c.example", "a\x00b@c.example",
		"a\u202eb@c.example", "a@b..example", "a@-b.example", "a@b.example-", "a@[127.0.0.1]", "<a@b.example>", "Kaino <a@b.example>", "a@b.example>",
		"mailto:a@b.example", "../../etc/passwd", strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b.", 130) + "example", "\xff\xfe@b.example",
		strings.Repeat("a", 40_000) + "@b.example",
	} {
		v := s.visitor(from(300 + i))
		a := v.orders(t, i18n.Finnish, everyday, wrong, nil)
		a.answersCalmly(t, http.StatusUnprocessableEntity)
		if typed := strings.TrimSpace(wrong); i > 0 && i < 10 && !strings.Contains(a.page(t).Body()+a.body, strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace(typed)) {
			t.Errorf("the page does not show %q again", wrong)
		}
	}
	if after := s.number(t, `SELECT count(*) FROM job_watch WHERE address LIKE '%b.example%' OR address LIKE '%c.example%'`); after != 0 {
		t.Errorf("%d of them are kept (%d watches before)", after, before)
	}
	for i, rare := range []string{"o'neill+vahti=a@osoite.example", "Öykkä.Äyrämö@työ.example", "a!#$%&*/?^_`{|}~-@osoite.example", "kaino@xn--ty-gka.example", "x@a.b.c.d.e.example"} {
		a := s.visitor(from(340+i)).orders(t, i18n.Finnish, everyday, rare, nil)
		a.answersCalmly(t, http.StatusSeeOther)
		if n := s.number(t, fmt.Sprintf(`SELECT count(*) FROM job_watch WHERE address = '%s'`, strings.ReplaceAll(rare, "'", "''"))); n != 1 {
			t.Errorf("%q is not kept as it was typed", rare)
		}
	}
}

// TestJobWatchTakesAnyForm fills each field of each form with 40,000 characters
// and with rubbish.
func TestJobWatchTakesAnyForm(t *testing.T) {
	t.Parallel()

	s := theWatching(t)
	w := s.subscriber(t, i18n.Finnish, everyday, "lomake@roskaa.example", nil)
	cancel := paths.Fill(paths.WatchCancel, i18n.Finnish, path.Base(w.own))
	change := paths.Fill(paths.WatchChange, i18n.Finnish, path.Base(w.own))
	state := func() string {
		return s.text(t, `SELECT state || criteria::text || rhythm FROM job_watch WHERE address = '`+w.address+`'`)
	}
	before := state()
	n := 400
	for _, form := range []struct{ page, action string }{
		{paths.Watch.Fi + "?" + everyday, paths.Watch.Fi}, {w.confirm, w.confirm}, {w.own, w.own}, {change, change},
	} {
		page := w.see(t, form.page)
		fields, _ := formOf(page.body, form.action)
		for _, name := range controls(page.body, form.action) {
			for _, value := range []string{strings.Repeat("ä", 20_000), "\x00", "9999999999999999999999' OR 1=1--<script>alert(1)</script>"} {
				n++
				wrong := maps.Clone(fields)
				wrong.Set("email", "roska@roskaa.example")
				wrong.Set("act", "nothing")
				wrong.Set(name, value)
				a := w.submit(t, form.action, wrong, "X-Forwarded-For", from(n))
				if a.status >= http.StatusInternalServerError || strings.Contains(a.body, "<script>alert") {
					t.Errorf("%s=%.20q: %.300s", name, value, a)
				}
			}
		}
	}
	w.submit(t, cancel, url.Values{"form_token": {"x"}}).answersCalmly(t, http.StatusForbidden)
	if after := state(); after != before {
		t.Errorf("the watch was %s and is %s", before, after)
	}
	s.execute(t, `DELETE FROM job_watch WHERE address = 'roska@roskaa.example'`)
}

// TestJobWatchTwice does everything twice: sends forms again and at once, goes
// back, and acts in a second tab on what has ended in the first.
func TestJobWatchTwice(t *testing.T) {
	t.Parallel()

	s := theWatching(t)
	const address = "kahdesti@kahdesti.example"
	w := &watcher{visitor: s.visitor(from(700)), address: address}
	w.see(t, paths.Watch.Fi+"?"+everyday)
	order := w.form(t, paths.Watch.Fi)
	maps.Copy(order, url.Values{"email": {address}, "rhythm": {"daily"}, "terms": {"yes"}})
	var again sync.WaitGroup
	for range 8 {
		tab := w.copied()
		again.Go(func() {
			if a, err := tab.post(t.Context(), paths.Watch.Fi, order, "X-Forwarded-For", w.key); err != nil || a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
				t.Errorf("an order sent again: %v %v", a, err)
			}
		})
	}
	again.Wait()
	w.submit(t, paths.Watch.Fi, order, "X-Forwarded-For", w.key).answersCalmly(t, http.StatusSeeOther)
	if n := s.watches(t, address, ""); n != 1 {
		t.Fatalf("one form makes %d orders", n)
	}
	w.confirm = w.linked(t, paths.Fill(paths.WatchConfirm, i18n.Finnish, ""))
	w.see(t, w.confirm)
	confirm := w.form(t, w.confirm)
	for range 2 { // and back again
		confirm.Set("act", "confirm")
		w.submit(t, w.confirm, confirm).answersCalmly(t, http.StatusSeeOther)
		w.own = w.at.place()
	}
	confirm.Set("act", "decline") // from the page of before
	w.submit(t, w.confirm, confirm).answersCalmly(t, http.StatusSeeOther)
	if n := s.watches(t, address, "active"); n != 1 {
		t.Errorf("%d watches are in force, want 1", n)
	}

	w.see(t, w.own)
	renew, change := w.form(t, w.own), paths.Fill(paths.WatchChange, i18n.Finnish, path.Base(w.own))
	pause := maps.Clone(renew)
	maps.Copy(pause, url.Values{"act": {"pause"}, "until": {time.Now().AddDate(0, 0, 9).Format("2.1.2006")}})
	for _, fields := range []url.Values{renew, pause, pause, renew} {
		w.submit(t, w.own, fields).answersCalmly(t, http.StatusSeeOther)
	}
	if n := s.watches(t, address, "paused"); n != 1 {
		t.Errorf("%d watches are paused, want 1", n)
	}
	w.see(t, change)
	edit := w.form(t, change)
	cancel := paths.Fill(paths.WatchCancel, i18n.Finnish, path.Base(w.own))
	w.see(t, cancel)
	end := w.form(t, cancel)
	for range 2 {
		w.submit(t, cancel, end).answersCalmly(t, http.StatusSeeOther)
	}
	lapsed := speak(t, i18n.Finnish).say("watches.lapsed.title")
	for page, fields := range map[string]url.Values{w.own: pause, change: edit, w.confirm: confirm} {
		if a := w.submit(t, page, fields); a.status >= http.StatusInternalServerError || a.status == http.StatusOK {
			t.Errorf("in another tab: %.300s", a)
		}
		if a := w.open(t, page); a.status != http.StatusNotFound || !strings.Contains(a.body, lapsed) {
			t.Errorf("afterwards: %.300s", a)
		}
	}
	s.forgets(t, address)
}
