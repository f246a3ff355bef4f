package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// jobSeeker is somebody at a browser who wants a job watch.
type jobSeeker struct {
	name    string
	r       *reader
	s       tongue
	address string
	// confirm, own and end are the paths that the mails lead to.
	confirm, own, end string
	// mails is how many had come when the pause began.
	mails int
}

// jobSeekers are one in each language with scripts, and one without.
func jobSeekers(t *testing.T, site *site) []*jobSeeker {
	t.Helper()
	var all []*jobSeeker
	for _, scripts := range []bool{true, false} {
		first := newReader(t, site, scripts)
		for i, lang := range i18n.Langs {
			r := first
			if i > 0 {
				r = first.another(t)
				call(t, r.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
			}
			// Each tab is to behave as the one in front.
			call(t, r.tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
			r.comesFrom(t, from(100+len(all)))
			k := &jobSeeker{name: fmt.Sprintf("%s, scripts %t", lang, scripts), r: r, s: speak(t, lang)}
			k.address = fmt.Sprintf("Kaino.%s-%t+Vahti@Hakijat.example", lang, scripts)
			r.secrets = []string{"Kaino", "kaino", "akijat.example", "%40"}
			all = append(all, k)
		}
	}
	return all
}

// comesFrom has what the reader asks for seem to come from an address.
func (r *reader) comesFrom(t *testing.T, address string) {
	t.Helper()
	call(t, r.tab, network.Enable, network.EnableParams{})
	call(t, r.tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"X-Forwarded-For": address}})
}

// unfold opens what the words stand on.
func (r *reader) unfold(t *testing.T, words string) {
	t.Helper()
	if !eval[bool](t, r.tab, fmt.Sprintf(`(() => { const e = %s("summary", %q); if (e) e.parentElement.open = true; return !!e })()`, find, words)) {
		t.Fatalf("at %s nothing unfolds: %s", r.path(t), r.said(t))
	}
}

// watchWord is a word that most postings of the simulated TE system hold.
const watchWord = "työ"

// TestJobWatchFromSearchToEnd goes the whole way of a job watch in both
// languages, with scripts and without. Those who wait for mails wait together.
func TestJobWatchFromSearchToEnd(t *testing.T) {
	t.Parallel()

	site := theWatching(t)
	seekers := jobSeekers(t, site)
	each := func(step string, do func(k *jobSeeker, t *testing.T)) {
		t.Helper()
		for _, k := range seekers {
			if !t.Run(step+" "+k.name, func(t *testing.T) { do(k, t) }) {
				t.FailNow()
			}
		}
	}
	each("order", (*jobSeeker).order)
	each("confirm", (*jobSeeker).confirms)
	site.control(t, "publish?n=5")
	each("mail", (*jobSeeker).readsMail)
	site.work(t, "job_watch.settle")
	each("own page", (*jobSeeker).pauses)
	for _, k := range seekers {
		k.mails = len(site.mails(t, k.address))
	}
	site.control(t, "publish?n=5")
	eventually(t, "the new postings have been matched", func() bool {
		return site.number(t, `SELECT (SELECT seq FROM job_watch_cursor) - (SELECT last FROM change_sequence)`) == 0 &&
			site.openPostings(t) == site.openAtSource(t)
	})
	each("change", (*jobSeeker).changes)
	each("end", (*jobSeeker).ends)
	t.Run("mails", func(t *testing.T) { seekers[0].r.inspectMails(t, seekers) })
	site.forgets(t, seekers[0].address, seekers[1].address, seekers[2].address, seekers[3].address)
	site.isSound(t)
}

// order orders from a search, first wrongly.
func (k *jobSeeker) order(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	r.visit(t, s.path(paths.JobSearch))
	r.fill(t, s.say("search.what"), watchWord)
	r.press(t, s.say("search.submit"))
	r.leave(t, fmt.Sprintf(`document.querySelector("main a[href^='%s?']")`, s.path(paths.Watch)), "the job watch")
	r.sees(t, s.say("watches.order.title"), watchWord, s.say("watches.preview"), s.say("watches.rhythm.at_once")+":")
	r.press(t, s.say("watches.order.send"))
	r.sees(t, s.say("ui.error_summary"), s.say("watches.email.invalid"), s.say("watches.terms.missing"), watchWord)
	r.choose(t, s.say("watches.rhythm.at_once"))
	r.fill(t, s.say("watches.email"), "Kaino Hakija <"+k.address+">")
	r.choose(t, s.say("watches.terms_accept"))
	r.press(t, s.say("watches.order.send"))
	r.sees(t, s.say("ui.error_summary"), s.say("watches.email.invalid"))
	if got := r.holds(t, s.say("watches.email")); got != "Kaino Hakija <"+k.address+">" {
		t.Errorf("the address is not as it was typed: %q", got)
	}
	r.fill(t, s.say("watches.email"), k.address)
	r.press(t, s.say("watches.order.send"))
	r.sees(t, s.say("watches.ordered.title"))
	r.lacks(t, k.address)
}

// confirms opens the mail's link after scanners have, and presses the button.
func (k *jobSeeker) confirms(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	text := r.site.mailed(t, k.address, s.say("letters.watch_confirmation.subject"))
	if strings.Contains(text, watchWord+" ") || strings.Contains(text, "Kaino") {
		t.Errorf("the confirmation repeats what was typed: %s", text)
	}
	r.site.scan(t, k.address, text)
	k.confirm = pathOf(t, linkIn(t, text))
	r.visit(t, k.confirm)
	r.sees(t, s.say("watches.confirm.title"), watchWord, s.say("watches.rhythm.at_once"))
	if n := r.site.watches(t, k.address, "pending"); n != 1 {
		t.Errorf("%d orders wait for their confirmation, want 1", n)
	}
	r.press(t, s.say("watches.confirm.yes"))
	k.own = r.path(t)
	r.sees(t, s.say("watches.own.title"), s.say("watches.state.active"), watchWord, s.say("watches.own.nothing"))
	r.visit(t, k.confirm)
	r.sees(t, s.say("watches.confirm.done"))
}

// readsMail reads the first mail with postings, after scanners have.
func (k *jobSeeker) readsMail(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	var m message
	eventually(t, "a mail with postings comes", func() bool {
		for _, m = range r.site.mails(t, k.address) {
			if m.header("List-Unsubscribe") != "" {
				return true
			}
		}
		return false
	})
	r.site.scan(t, k.address, m.Text)
	k.end = pathOf(t, strings.Trim(m.header("List-Unsubscribe"), "<>"))
	if got := m.header("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" || m.MessageID == "" {
		t.Errorf("List-Unsubscribe-Post is %q, Message-ID %q", got, m.MessageID)
	}
	for _, want := range []string{k.own, k.end, s.path(paths.JobSearch) + "/", watchWord, s.say("letters.watch_digest.why")} {
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			t.Errorf("the mail does not say %q: %s", want, m.Text)
		}
	}
	r.visit(t, k.end)
	r.sees(t, s.say("watches.cancel.title"))
}

// pauses looks at what was sent and pauses the watch, first wrongly.
func (k *jobSeeker) pauses(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	r.visit(t, k.own)
	r.sees(t, s.say("watches.told.sent"), s.say("watches.own.next_at_once"))
	for _, wrong := range []string{"", "huomenna", "1.1.2020", "31.2.2027", "1.1.2999"} {
		r.fill(t, s.say("watches.own.until"), wrong)
		r.press(t, s.say("watches.own.pause"))
		r.sees(t, s.say("ui.error_summary"), s.say("watches.pause.until"))
		if got := r.holds(t, s.say("watches.own.until")); got != wrong {
			t.Errorf("the field holds %q, not %q", got, wrong)
		}
	}
	until := time.Now().AddDate(0, 0, 20).Format("2.1.2006")
	r.fill(t, s.say("watches.own.until"), until)
	r.press(t, s.say("watches.own.pause"))
	r.sees(t, s.say("watches.state.paused"), until)
}

// changes resumes the watch, says that a posting did not suit, changes the watch,
// first to what cannot be, and renews it.
func (k *jobSeeker) changes(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	if n := len(r.site.mails(t, k.address)) - k.mails; n != 0 {
		t.Errorf("%d mails in the pause", n)
	}
	r.visit(t, k.own)
	r.press(t, s.say("watches.own.resume"))
	r.sees(t, s.say("watches.state.active"))

	about := s.path(paths.WatchPosting, path.Base(k.own), "")
	r.leave(t, fmt.Sprintf(`document.querySelector("main a[href^='%s']")`, about), "why a posting was sent")
	r.sees(t, s.say("watches.about.title"), s.say("watches.about.matches"), watchWord)
	r.press(t, s.say("watches.about.propose"))
	r.sees(t, s.say("ui.error_summary"), s.say("watches.reason.missing"))
	r.choose(t, s.say("watches.reason.continuity"))
	r.press(t, s.say("watches.about.propose"))
	r.sees(t, s.say("watches.change.title"), watchWord)

	r.visit(t, k.own)
	r.press(t, s.say("watches.own.change"))
	r.unfold(t, s.say("watches.edit"))
	r.fill(t, s.say("search.what"), "")
	r.press(t, s.say("watches.change.save"))
	r.sees(t, s.say("ui.error_summary"), s.say("watches.criteria.empty"))
	r.fill(t, s.say("search.what"), "sairaanhoitaja")
	r.choose(t, s.say("watches.rhythm.weekly"))
	r.press(t, s.say("watches.change.save"))
	r.sees(t, s.say("watches.change.difference"), watchWord, "sairaanhoitaja")
	r.press(t, s.say("watches.change.accept"))
	r.sees(t, s.say("watches.own.title"), "sairaanhoitaja")
	r.lacks(t, s.say("watches.own.next_at_once"))
	r.press(t, s.say("watches.own.renew"))
	r.sees(t, s.say("watches.own.title"))

	old := k.own
	r.press(t, s.say("watches.own.links"))
	if k.own = r.path(t); k.own == old {
		t.Fatal("the own page has no new address")
	}
	r.visit(t, old)
	r.sees(t, s.say("watches.lapsed.title"))
}

// ends gives the watch up by page or by the mail program's one click, and comes back
// to every link.
func (k *jobSeeker) ends(t *testing.T) {
	t.Helper()
	r, s := k.r, k.s
	// The links of before were closed: this click must do nothing.
	r.site.click(t, k.end)
	r.visit(t, k.own)
	if r.scripts {
		r.press(t, s.say("watches.cancel"))
		r.sees(t, s.say("watches.ended.title"))
	} else {
		// A warning of the end has the new link.
		r.site.execute(t, `UPDATE job_watch SET ends_at = ends_at - interval '85 days' WHERE address = '`+k.address+`'`)
		r.site.work(t, "job_watch.expire")
		text := r.site.mailed(t, k.address, s.say("letters.watch_ends.subject"))
		for _, m := range r.site.mails(t, k.address) {
			if m.Subject == s.say("letters.watch_ends.subject") {
				k.end = pathOf(t, strings.Trim(m.header("List-Unsubscribe"), "<>"))
			}
		}
		r.site.scan(t, k.address, text)
		r.site.click(t, k.end)
		r.site.click(t, k.end)
	}
	for _, gone := range []string{k.own, s.path(paths.WatchChange, path.Base(k.own)), k.confirm} {
		r.visit(t, gone)
		r.sees(t, s.say("watches.lapsed.title"))
	}
	if n := r.site.watches(t, k.address, ""); n != 0 {
		t.Errorf("%d watches are left", n)
	}
	r.visit(t, s.path(paths.WatchEnded))
	r.visit(t, s.path(paths.WatchQuality))
}

// click is a mail program's one click (RFC 8058): no cookie, no origin.
func (s *site) click(t *testing.T, end string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+end, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, _, body := s.do(t, req); status >= http.StatusBadRequest {
		t.Errorf("one click answers %d: %.300s", status, body)
	}
}

// scan does what scanners of mail do: it fetches every link thrice, with what
// methods there are. Nothing may change of the watches of its receiver.
func (s *site) scan(t *testing.T, of, text string) {
	t.Helper()
	all := `SELECT coalesce(string_agg(md5(w::text), ',' ORDER BY id), '') FROM job_watch AS w WHERE address = '` + of + `'`
	before := s.text(t, all)
	links := address.FindAllString(text, -1)
	for _, link := range links {
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} {
			req, err := http.NewRequestWithContext(t.Context(), method, link, nil)
			if err != nil {
				t.Fatal(err)
			}
			if status, header, _ := s.do(t, req); status != http.StatusOK || len(header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s %s answers %d to a scanner", method, link, status)
			}
		}
	}
	if after := s.text(t, all); after != before {
		t.Error("what scanners fetch changes something")
	}
	if len(links) == 0 {
		t.Errorf("no links in %s", text)
	}
}

func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		t.Fatalf("no link: %q", link)
	}
	return u.Path
}
