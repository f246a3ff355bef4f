package watches_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// publishIn publishes a posting of part-time work in a municipality.
func (g *rig) publishIn(id, title, municipality string) {
	g.t.Helper()
	now := g.Now()
	g.do(g.postings.Receive(g.t.Context(), audit.System("test"), jobposting.SourceTE, []jobposting.Incoming{{
		ExternalID: id, CreatedAt: now, ModifiedAt: now, PublishedAt: now,
		Content: jobposting.Content{
			Languages: []string{"fi"}, Title: jobposting.Localised{"fi": title}, Positions: 1,
			Municipalities: []string{municipality}, WorkTime: "02",
		},
	}}))
	g.work()
}

// words returns the criteria that a page tells.
func words(a *sessiontest.Answer) string {
	for _, n := range a.Page.Elements("ul") {
		if htmltest.Attr(n, "class") == "watch-words" {
			return htmltest.Text(n)
		}
	}
	return ""
}

func TestCriteriaAreBuiltOnTheOrdersPage(t *testing.T) {
	t.Parallel()

	for _, lang := range []struct{ path, city string }{{"/fi/tyopaikkavahti", "Helsinki"}, {"/sv/platsvakt", "Helsingfors"}} {
		g := newRig(t)
		g.publishIn("1", "Kokki", "091")
		b := g.Browser()
		a := g.visit(b, lang.path, http.StatusOK)
		look := url.Values{"look": {"1"}, "email": {address}}
		a = b.Send(lang.path, filled(a, look))
		if a.Code != http.StatusUnprocessableEntity || len(words(a)) > 0 {
			t.Errorf("a look at nothing: %d", a.Code)
		}
		g.check(lang.path, a)

		look["q"], look["where"] = []string{"kokki"}, []string{lang.city}
		a = b.Send(lang.path, filled(a, look))
		if a.Code != http.StatusOK || words(a) == "" || filled(a, nil).Get("where") != lang.city || filled(a, nil).Get("email") != address {
			t.Errorf("a look: %d, %q, %v", a.Code, words(a), filled(a, nil))
		}
		g.check(lang.path, a)

		more := filled(a, url.Values{"municipality": {"091"}, "working_time": {"02"}, "rhythm": {"weekly"}, "terms": {"yes"}})
		a = b.Send(lang.path, more)
		if text := words(a); a.Code != http.StatusOK || !strings.Contains(text, lang.city) || count(g, "SELECT count(*) FROM job_watch") != 0 {
			t.Errorf("criteria that were not shown: %d, %q", a.Code, text)
		}
		g.check(lang.path, a)
		if a = b.Send(lang.path, filled(a, nil)); a.Code != http.StatusSeeOther {
			t.Fatalf("order: %d %s", a.Code, a.Page.Body())
		}
		if n := count(g, `SELECT count(*) FROM job_watch WHERE rhythm = 'weekly' AND criteria @> '{"municipality": ["091"], "working_time": ["02"]}'`); n != 1 {
			t.Errorf("%d orders with the criteria", n)
		}
		if strings.Contains(g.Log.String(), "person.example") {
			t.Error("the log holds the address")
		}
	}
}

func TestAnOrderTellsWhatIsWrongWithItsCriteria(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	g.publishIn("1", "Kokki", "091")
	b := g.Browser()
	a := g.visit(b, "/fi/tyopaikkavahti?q=kokki&municipality=853", http.StatusOK)
	if body := a.Page.Body(); !strings.Contains(body, "90 päivän") || !strings.Contains(body, "Ilman ehtoa: Turku (1 ilmoitus)") {
		t.Errorf("no advice on what brings nothing: %s", body)
	}
	many := make([]jobposting.Incoming, 610)
	for i := range many {
		many[i] = jobposting.Incoming{
			ExternalID: fmt.Sprint("many", i), CreatedAt: g.Now(), ModifiedAt: g.Now(), PublishedAt: g.Now(),
			Content: jobposting.Content{Languages: []string{"fi"}, Title: jobposting.Localised{"fi": "Siivooja"}, Positions: 1},
		}
	}
	g.do(g.postings.Receive(t.Context(), audit.System("test"), jobposting.SourceTE, many))
	g.work()
	a = g.visit(b, "/fi/tyopaikkavahti?q=siivooja", http.StatusOK)
	if body := a.Page.Body(); !strings.Contains(body, "yli 20 päivässä") {
		t.Errorf("no advice on what brings too much: %s", body)
	}
	a = b.Send("/fi/tyopaikkavahti", filled(a, url.Values{"email": {address}, "terms": {"yes"}}))
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), "610") {
		t.Errorf("too much was taken: %d %s", a.Code, a.Page.Body())
	}
	g.check("/fi/tyopaikkavahti", a)
}

func TestASourceOrdersNoMoreThanItMay(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	for i := range 6 {
		a := b.Get("/fi/tyopaikkavahti?q=kokki")
		a = b.Send("/fi/tyopaikkavahti", filled(a, url.Values{"email": {"seeker" + string(rune('a'+i)) + "@person.example"}, "terms": {"yes"}}))
		want := http.StatusSeeOther
		if i == 5 {
			want = http.StatusTooManyRequests
			g.check("/fi/tyopaikkavahti", a)
			if filled(a, nil).Get("email") != "seekerf@person.example" {
				t.Error("what was typed is lost")
			}
		}
		if a.Code != want {
			t.Errorf("order %d: %d", i, a.Code)
		}
	}
}

func TestWithoutAMailServerNoOrderIsTaken(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	g.pages.Closed = true
	b := g.Browser()
	for _, path := range []string{"/fi/tyopaikkavahti?q=kokki", "/sv/platsvakt"} {
		a := g.visit(b, path, http.StatusOK)
		if len(filled(a, nil)) != 0 {
			t.Errorf("%s: offers to order", path)
		}
	}
	if a := b.Send("/fi/tyopaikkavahti", url.Values{"q": {"kokki"}}); a.Code != http.StatusServiceUnavailable {
		t.Errorf("an order: %d", a.Code)
	}
}

func TestFeedbackProposesAChange(t *testing.T) {
	t.Parallel()

	for _, lang := range []struct{ order, espoo string }{
		{"/fi/tyopaikkavahti?q=kokki&municipality=049&municipality=091", "Espoo"},
		{"/sv/platsvakt?q=kokki&municipality=049&municipality=091", "Esbo"},
	} {
		g := newRig(t)
		b := g.Browser()
		own := g.ordered(b, lang.order)
		g.Pass(time.Minute)
		g.publishIn("1", "Kokki", "049")
		mail := g.mails[len(g.mails)-1]
		if !strings.Contains(mail.Text, ": ”kokki”, "+lang.espoo) {
			t.Errorf("the mail does not tell why: %s", mail.Text)
		}
		about := g.path(1)
		if !strings.HasPrefix(about, own+"/") {
			t.Fatalf("the mail's second link is %s", about)
		}
		for range 3 { // scanners visit every link
			g.visit(g.Browser(), about, http.StatusOK)
		}
		b.Get(about)
		a := b.Post(about, url.Values{"reason": {"weather"}})
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("no reason: %d", a.Code)
		}
		g.check(about, a)
		if a = b.Post(about, url.Values{"reason": {"place"}}); a.Code != http.StatusSeeOther {
			t.Fatalf("feedback: %d", a.Code)
		}
		change, _, _ := strings.Cut(a.Location(), "?")
		a = g.visit(b, a.Location(), http.StatusOK)
		if words(a) != lang.espoo {
			t.Errorf("the proposal takes off %q", words(a))
		}
		if n := count(g, `SELECT count(*) FROM job_watch WHERE criteria @> '{"municipality": ["049"]}'`); n != 1 {
			t.Error("a look changes the watch")
		}
		if a = b.Send(change, filled(a, nil)); a.Code != http.StatusSeeOther {
			t.Fatalf("accept: %d %s", a.Code, a.Page.Body())
		}
		if n := count(g, `SELECT count(*) FROM job_watch WHERE criteria @> '{"municipality": ["091"]}' AND NOT criteria @> '{"municipality": ["049"]}'`); n != 1 {
			t.Error("the change was not made")
		}
		g.visit(b, about, http.StatusOK)
		g.visit(b, strings.TrimRight(about, "0123456789")+"987654", http.StatusNotFound)
	}
}

// ordered orders and confirms a watch from the page at that address, and returns
// its own page.
func (g *rig) ordered(b *sessiontest.Browser, order string) string {
	g.t.Helper()
	page, _, _ := strings.Cut(order, "?")
	a := b.Get(order)
	a = b.Send(page, filled(a, url.Values{"email": {address}, "terms": {"yes"}, "rhythm": {"at_once"}}))
	if a.Code != http.StatusSeeOther {
		g.t.Fatalf("order: %d %s", a.Code, a.Page.Body())
	}
	g.work()
	confirm := g.path(0)
	b.Get(confirm)
	own, _, _ := strings.Cut(b.Post(confirm, url.Values{"act": {"confirm"}}).Location(), "?")
	return own
}

func TestAnExpiredFormCancelsNothing(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	own := g.ordered(b, "/fi/tyopaikkavahti?q=kokki")
	a := b.Send(own+"/peruutus", url.Values{})
	if a.Code != http.StatusForbidden || count(g, "SELECT count(*) FROM job_watch") != 1 {
		t.Errorf("cancelled without the form's token: %d", a.Code)
	}
	g.check(own, a)
}
