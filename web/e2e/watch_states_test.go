package e2e_test

import (
	"fmt"
	"net/url"
	"path"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// nothing is a search that finds no posting.
const nothing = "q=xyzzyqwerty"

// TestJobWatchStates looks at the states of the pages that the way of a watch
// does not come by.
func TestJobWatchStates(t *testing.T) {
	t.Parallel()

	site := theWatching(t)
	first := newReader(t, site, true)
	for i, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			s, r := speak(t, lang), first
			address := "tilat." + string(lang) + "@tilat.example"
			w := &watcher{visitor: site.visitor(from(800 + 10*i)), address: address}
			order := func(search string) {
				t.Helper()
				if a := w.orders(t, lang, search, address, nil); a.status >= 400 {
					t.Fatalf("no watch is ordered: %s", a)
				}
			}
			for _, search := range []string{nothing, "municipality=999", "q=" + url.QueryEscape("työ & <b>")} {
				r.visit(t, s.path(paths.Watch)+"?"+search)
			}
			order(nothing)
			order("q=kokki")
			w.confirm = w.linked(t, s.path(paths.WatchConfirm, ""))
			r.visit(t, w.confirm)
			r.sees(t, s.say("watches.confirm.order", "Number", "1"), s.say("watches.confirm.order", "Number", "2"))
			forged := `document.querySelectorAll("main [name=form_token]").forEach(e => e.value = "x")`
			eval[bool](t, r.tab, forged+"; true")
			r.press(t, s.say("watches.confirm.yes"))
			r.sees(t, s.say("watches.confirm.title"))
			r.press(t, s.say("watches.confirm.yes"))
			own := r.path(t)
			r.visit(t, s.path(paths.WatchCancel, path.Base(own)))
			r.visit(t, s.path(paths.WatchPosting, path.Base(own), "1"))

			r.visit(t, s.path(paths.WatchChange, path.Base(own)))
			eval[bool](t, r.tab, forged+"; true")
			r.press(t, s.say("watches.change.save"))
			r.sees(t, s.say("ui.error_summary"), s.say("watches.old_form"))

			state := func(set string) {
				t.Helper()
				site.execute(t, fmt.Sprintf(`UPDATE job_watch SET %s WHERE address = '%s' AND state <> 'pending'`, set, address))
				r.visit(t, own)
			}
			state(`state = 'suspended', suspended_at = confirmed_at, next_at = NULL`)
			r.sees(t, s.say("watches.own.suspended_title"))
			state(`params_version = 99`)
			r.sees(t, s.say("watches.own.unreadable"))
			site.execute(t, `DELETE FROM job_watch WHERE address = '`+address+`'`)
		})
	}
}
