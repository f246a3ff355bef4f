package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// watching is for job seekers, whose watches no other test counts.
var watching sharedSite

// theWatching returns the shared portal of job seekers.
func theWatching(t *testing.T) *site {
	t.Helper()
	watching.once.Do(func() { watching.site = newWatching(t) })
	if watching.site == nil {
		t.Fatal("the portal did not start; the first test says why")
	}
	return watching.site
}

// newWatching starts a portal behind a proxy that tells where requests come
// from, so that tests can come from many places.
func newWatching(tb testing.TB, more ...string) *site {
	tb.Helper()
	s := newSurroundings(tb, 60, more...)
	s.env = append(s.env, "TRUSTED_PROXIES=127.0.0.1")
	s.begin(tb)
	return s
}

// everyday is a search that finds about every posting of the simulated TE
// system.
const everyday = "continuity=01&continuity=02"

// orders sends the order form of a search, filled in rightly but for changes,
// from a network of the visitor's own.
func (v *visitor) orders(tb testing.TB, lang i18n.Lang, search, address string, changes url.Values) *answer {
	tb.Helper()
	page := paths.Fill(paths.Watch, lang)
	v.see(tb, page+"?"+search)
	fields := v.form(tb, page)
	for name, value := range map[string]string{"email": address, "rhythm": "at_once", "language": string(lang), "terms": "yes"} {
		fields.Set(name, value)
	}
	maps.Copy(fields, changes)
	return v.submit(tb, page, fields, "X-Forwarded-For", v.key)
}

// from is the n-th of many addresses on the internet, each in a network of
// its own.
func from(n int) string { return fmt.Sprintf("2001:db8:%x:%x::1", n>>16, n&0xffff) }

// watcher is somebody who has a job watch and is known by an address that no
// other test uses.
type watcher struct {
	*visitor

	address, confirm, own string
}

// subscriber returns somebody who has ordered a watch and confirmed it.
func (s *site) subscriber(tb testing.TB, lang i18n.Lang, search, address string, changes url.Values) *watcher {
	tb.Helper()
	w := &watcher{visitor: s.visitor(from(len(address))), address: address}
	a := w.orders(tb, lang, search, address, changes)
	if a.status != http.StatusSeeOther {
		tb.Fatalf("no watch is ordered: %s", a)
	}
	w.confirm = w.linked(tb, paths.Fill(paths.WatchConfirm, lang, ""))
	w.open(tb, w.confirm)
	a = w.send(tb, w.confirm, url.Values{"act": {"confirm"}})
	if w.own = a.place(); a.status != http.StatusSeeOther || !strings.HasPrefix(w.own, paths.Fill(paths.WatchOwn, lang, "")) {
		tb.Fatalf("the watch is not confirmed: %s", a)
	}
	return w
}

// linked waits for a mail that leads to a page of that kind, and returns the
// path.
func (w *watcher) linked(tb testing.TB, page string) string {
	tb.Helper()
	var path string
	eventually(tb, "a mail with a link to "+page+" comes", func() bool {
		for _, m := range w.site.mails(tb, w.address) {
			for _, link := range address.FindAllString(m.Text, -1) {
				if rest, ok := strings.CutPrefix(link, w.site.url+page); ok && path == "" {
					path = page + rest
				}
			}
		}
		return path != ""
	})
	return path
}

// work runs a task that the portal would run by itself in a moment.
func (s *site) work(tb testing.TB, kind string) {
	tb.Helper()
	s.portal(tb, "work", "-run", kind)
}

// watches counts the watches of an address, in a state unless it is "".
func (s *site) watches(tb testing.TB, address, state string) int64 {
	tb.Helper()
	return s.number(tb, `SELECT count(*) FROM job_watch WHERE address = '`+address+`' AND ('`+state+`' = '' OR state = '`+state+`')`)
}

// forgets fails when the database or the log holds anything of the addresses.
func (s *site) forgets(t *testing.T, addresses ...string) {
	t.Helper()
	needles := map[string]string{}
	for _, address := range addresses {
		local, domain, _ := strings.Cut(address, "@")
		for _, part := range []string{address, local, domain} {
			for _, text := range []string{part, strings.ToLower(part), strings.ToUpper(part)} {
				for how, needle := range disguises(text) {
					needles[strings.ToLower(needle)] = "something of " + address + ", " + how
				}
			}
		}
	}
	holds := func(where, text string) {
		for needle, what := range needles {
			if strings.Contains(text, needle) {
				t.Errorf("%s holds %s: %.300s", where, what, text)
			}
		}
	}
	rows := 0
	s.dump(t, func(table, row string) {
		rows++
		holds(table, strings.ToLower(row))
	})
	lines := 0
	for _, name := range s.logs {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.ToLower(string(log))) {
			lines++
			holds("the log", line)
		}
	}
	if rows < 100 || lines < 10 {
		t.Errorf("only %d rows and %d lines of log", rows, lines)
	}
}

// isSound reconciles and fails unless everything fits.
func (s *site) isSound(t *testing.T) {
	t.Helper()
	s.work(t, "job_watch.reconcile")
}
