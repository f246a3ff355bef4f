package watches_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/letters"
	"tyomarkkinatori.fi/portal/web/postings"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
	"tyomarkkinatori.fi/portal/web/watches"
)

const address = "Aino.Vahti@person.example"

// A rig is a portal with postings, the pages of the job watch and a mail server.
type rig struct {
	*sessiontest.Portal

	t        *testing.T
	postings *jobposting.Postings
	follower *store.Follower
	watches  *jobwatch.Watches
	outbox   *mail.Outbox
	mails    []mail.Letter
	pages    *watches.Pages
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{Portal: sessiontest.New(t), t: t}
	analyser := search.NewAnalyser(nil, nil)
	documents := &store.Documents{Analyser: analyser}
	g.postings = jobposting.NewPostings(g.DB)
	g.postings.OnChange = documents.Write
	ix := index.New(analyser, g.Now)
	g.follower = &store.Follower{DB: g.DB, Index: ix, Analyser: analyser, Log: logtest.New(t)}
	terms := termstest.Seed(t, g.DB)
	g.watches = jobwatch.New(jobwatch.Deps{
		DB: g.DB, Keys: g.Keys, Analyser: analyser, Searcher: ix, Terms: terms, Link: watches.Link,
	})
	seeker := &postings.Pages{Analyser: analyser, Searcher: ix, DB: g.DB, Now: g.Now, PublicURL: sessiontest.Origin}
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	writer := letters.Writer{Catalogue: catalogue, Origin: sessiontest.Origin, Watch: g.watches.Compose, Card: seeker.Card, Label: seeker.Label}
	g.outbox = mail.NewOutbox(g.DB, writer.Render, g)
	g.outbox.OnRefused = g.watches.Refused
	g.pages = &watches.Pages{Watches: g.watches, Terms: terms, Tokens: g.Manager.Tokens, Cards: seeker.Cards, Label: seeker.Label, Fields: seeker.Fields}
	g.Serve(g.pages)
	g.work()
	return g
}

func (g *rig) Open(context.Context) (mail.Connection, error) { return g, nil }

func (g *rig) Close() error { return nil }

func (g *rig) Send(_ context.Context, l mail.Letter) error {
	g.mails = append(g.mails, l)
	return nil
}

func (g *rig) do(_ any, err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) work() {
	g.t.Helper()
	ctx := g.t.Context()
	if !g.follower.Loaded() {
		g.do(nil, g.follower.Load(ctx))
	}
	g.do(nil, g.follower.Step(ctx))
	g.do(g.watches.Confirmations(ctx))
	g.do(g.watches.Match(ctx))
	g.do(g.watches.Digests(ctx))
	g.outbox.Connections = 1
	g.do(nil, g.outbox.Work(ctx))
	g.do(g.watches.Settle(ctx))
	g.do(g.watches.Report(ctx))
}

func (g *rig) publish(id, title string) {
	g.t.Helper()
	now := g.Now()
	g.do(g.postings.Receive(g.t.Context(), audit.System("test"), jobposting.SourceTE, []jobposting.Incoming{{
		ExternalID: id, CreatedAt: now, ModifiedAt: now, PublishedAt: now.Add(-time.Minute),
		Content: jobposting.Content{Languages: []string{"fi"}, Title: jobposting.Localised{"fi": title}, Positions: 1},
	}}))
}

// visit opens a page and holds it to what every page is held to.
func (g *rig) visit(b *sessiontest.Browser, path string, status int) *sessiontest.Answer {
	g.t.Helper()
	a := b.Get(path)
	if a.Code != status {
		g.t.Fatalf("%s: %d\n%s", path, a.Code, htmltest.Text(a.Page.Elements("main")[0]))
	}
	g.check(path, a)
	return a
}

func (g *rig) check(path string, a *sessiontest.Answer) {
	g.t.Helper()
	for _, fault := range a.Page.Faults(path[1:3]) {
		g.t.Errorf("%s: %s", path, fault)
	}
	if text := a.Page.Body(); strings.Contains(text, "watches.") || strings.Contains(text, "no value") {
		g.t.Errorf("%s: a text is missing:\n%s", path, text)
	}
}

var link = regexp.MustCompile(`https://portal\.example(/\S+)`)

// path returns the n-th link of the last mail.
func (g *rig) path(n int) string {
	g.t.Helper()
	if len(g.mails) == 0 {
		g.t.Fatal("no mail has come")
	}
	links := link.FindAllStringSubmatch(g.mails[len(g.mails)-1].Text, -1)
	return links[n][1]
}

func TestAJobSeekerOrdersAndEndsAWatch(t *testing.T) {
	t.Parallel()

	for _, lang := range []struct{ order, next string }{
		{"/fi/tyopaikkavahti?q=kokki", "/fi/tyopaikkavahti"}, {"/sv/platsvakt?q=kokki", "/sv/platsvakt"},
	} {
		g := newRig(t)
		g.publish("1", "Vanha kokki")
		g.work()
		b := g.Browser()
		g.visit(b, lang.order, http.StatusOK)
		a := b.Post(lang.next, url.Values{"q": {"kokki"}, "rhythm": {"hourly"}, "cap": {"many"}, "email": {"x"}})
		if a.Code != http.StatusUnprocessableEntity || len(a.Page.Elements("li")) == 0 {
			t.Errorf("a wrong order: %d", a.Code)
		}
		g.check(lang.order, a)
		form := url.Values{
			"q": {"kokki"}, "rhythm": {"at_once"}, "cap": {"3"}, "language": {lang.order[1:3]}, "email": {address}, "terms": {"yes"},
		}
		b.Get(lang.order)
		if a = b.Post(lang.next, form); a.Code != http.StatusSeeOther {
			t.Fatalf("order: %d %s", a.Code, a.Page.Body())
		}
		g.check(lang.order, b.Follow())
		g.work()

		confirm := g.path(0)
		for range 3 { // scanners visit every link
			g.visit(g.Browser(), confirm, http.StatusOK)
		}
		if n := count(g, "SELECT count(*) FROM job_watch WHERE state = 'active'"); n != 0 {
			t.Error("a look confirms")
		}
		b.Get(confirm)
		if a = b.Post(confirm, url.Values{"act": {"confirm"}}); a.Code != http.StatusSeeOther {
			t.Fatalf("confirm: %d", a.Code)
		}
		own, _, _ := strings.Cut(a.Location(), "?")
		a = b.Follow()
		g.check(own, a)
		g.happened(a)
		if a = g.visit(g.Browser(), confirm, http.StatusOK); !slices.ContainsFunc(a.Page.Elements("a"), func(n *html.Node) bool { return htmltest.Attr(n, "href") == own }) {
			t.Error("a confirmed order does not lead to its own page")
		}
		g.work()
		if g.path(0) != own || g.mails[len(g.mails)-1].To != address {
			t.Errorf("the mail of the beginning is %q", g.mails[len(g.mails)-1].Text)
		}
		g.visit(g.Browser(), g.path(1), http.StatusOK)
		g.refuses(b, own)

		g.publish("2", "Kokki")
		g.work()
		if last := g.mails[len(g.mails)-1]; !strings.Contains(last.Text, "Kokki") || strings.Contains(last.Text, "Vanha") || last.To != address {
			t.Errorf("got %q", last.Text)
		}
		if a = g.visit(b, own, http.StatusOK); !strings.Contains(a.Page.Body(), "Kokki") {
			t.Error("the own page does not tell what was sent")
		}
		for _, act := range []url.Values{
			{"act": {"pause"}, "until": {g.Now().Add(72 * time.Hour).Format("2.1.2006")}}, {"act": {"resume"}}, {"act": {"renew"}},
		} {
			b.Get(own)
			if a = b.Send(own, with(b, own, act)); a.Code != http.StatusSeeOther {
				t.Errorf("%v: %d %s", act, a.Code, a.Page.Body())
			}
			a = b.Follow()
			g.check(own, a)
			g.happened(a)
			if a = g.visit(b, own, http.StatusOK); strings.Contains(a.Page.Body(), "klo 0.00") || strings.Contains(a.Page.Body(), "kl. 0.00") {
				t.Error("a pause ends at midnight in words")
			}
		}
		a = b.Send(own, with(b, own, url.Values{"act": {"pause"}, "until": {"joskus"}}))
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("a pause without end: %d", a.Code)
		}
		g.check(own, a)

		change := own + map[bool]string{true: "/muutos", false: "/andring"}[strings.HasPrefix(own, "/fi")]
		g.visit(b, change, http.StatusOK)
		to := url.Values{"q": {""}, "rhythm": {"weekly"}, "language": {"sv"}}
		if a = b.Post(change, to); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("a change to nothing: %d", a.Code)
		}
		g.check(change, a)
		to.Set("q", "siivooja")
		b.Get(change)
		if a = b.Post(change, to); a.Code != http.StatusOK || count(g, "SELECT count(*) FROM job_watch WHERE rhythm = 'weekly'") != 0 {
			t.Errorf("a change that has not been shown in words: %d", a.Code)
		}
		g.check(change, a)
		if a = b.Send(change, filled(a, to)); a.Code != http.StatusSeeOther {
			t.Errorf("a change: %d %s", a.Code, a.Page.Body())
		}
		if a = g.visit(b, own, http.StatusOK); !strings.Contains(a.Page.Body(), "siivooja") {
			t.Error("the change does not show")
		}

		g.visit(b, lang.next+map[bool]string{true: "/laatu", false: "/kvalitet"}[strings.HasPrefix(own, "/fi")], http.StatusOK)
		end := strings.TrimPrefix(g.mails[len(g.mails)-1].Unsubscribe, sessiontest.Origin)
		g.visit(g.Browser(), end, http.StatusOK)
		g.visit(b, own, http.StatusOK)
		for range 2 { // a mail program's one click, twice
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, end, strings.NewReader("List-Unsubscribe=One-Click"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if a = g.Browser().Do(r); a.Code != http.StatusSeeOther {
				t.Errorf("one click: %d", a.Code)
			}
		}
		g.visit(b, own, http.StatusNotFound)
		g.visit(b, confirm, http.StatusNotFound)
		g.visit(b, a.Location(), http.StatusOK)
		if n := count(g, "SELECT count(*) FROM job_watch"); n != 0 {
			t.Errorf("%d watches are left", n)
		}
		if strings.Contains(g.Log.String(), "person.example") {
			t.Error("the log holds the address")
		}
	}
}

// happened holds the own page to saying that what was sent has been done.
func (g *rig) happened(a *sessiontest.Answer) {
	g.t.Helper()
	if !slices.ContainsFunc(a.Page.Elements("div"), func(n *html.Node) bool { return htmltest.Attr(n, "role") == "status" }) {
		g.t.Error("the own page does not say what has happened")
	}
}

// refuses sends what no page of ours sends.
func (g *rig) refuses(b *sessiontest.Browser, own string) {
	g.t.Helper()
	about := own + map[bool]string{true: "/tyopaikka/", false: "/jobb/"}[strings.HasPrefix(own, "/fi")]
	for _, number := range []string{"99999999999999999999", "-1", "abc", "0", "20004", "9223372036854775808"} {
		g.visit(b, about+number, http.StatusNotFound)
	}
	b.Get(own)
	if a := b.Send(own, with(b, own, url.Values{"act": {"foo"}})); a.Code < 400 || a.Code >= 500 {
		g.t.Errorf("a button that there is not: %d", a.Code)
	}
}

// filled is what a browser sends of the page's form for a watch, with some fields
// filled in otherwise; its buttons are not among it.
func filled(a *sessiontest.Answer, other url.Values) url.Values {
	form := url.Values{}
	for _, n := range a.Page.Elements("input") {
		name, kind := htmltest.Attr(n, "name"), htmltest.Attr(n, "type")
		inside := htmltest.Attr(n, "form") == "watch"
		for p := n.Parent; p != nil && !inside; p = p.Parent {
			inside = p.Data == "form" && htmltest.Attr(p, "id") == "watch"
		}
		if inside && (kind != "radio" && kind != "checkbox" || has(n, "checked")) {
			form.Add(name, htmltest.Attr(n, "value"))
		}
	}
	for _, n := range a.Page.Elements("option") {
		if has(n, "selected") {
			form.Add(htmltest.Attr(n.Parent, "name"), htmltest.Attr(n, "value"))
		}
	}
	maps.Copy(form, other)
	return form
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// with adds a token of the page's forms to what a button sends.
func with(b *sessiontest.Browser, page string, form url.Values) url.Values {
	a := b.Get(page)
	for _, name := range []string{"form_token", "terms_version"} {
		for _, n := range a.Page.Elements("input") {
			if htmltest.Attr(n, "name") == name {
				form.Set(name, htmltest.Attr(n, "value"))
			}
		}
	}
	return form
}

func count(g *rig, query string) int {
	g.t.Helper()
	var n int
	if err := g.DB.QueryRow(g.t.Context(), query).Scan(&n); err != nil {
		g.t.Fatal(err)
	}
	return n
}

func TestAnOrderWithoutCriteriaOffersToChooseThem(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	for path, status := range map[string]int{
		"/fi/tyopaikkavahti": http.StatusOK, "/sv/platsvakt": http.StatusOK, "/fi/tyopaikkavahti?municipality=xyz": http.StatusBadRequest,
	} {
		a := g.visit(b, path, status)
		fields := filled(a, nil)
		if !fields.Has("q") || !fields.Has("where") || !fields.Has("employer") || fields.Has("email") {
			t.Errorf("%s: offers %v", path, fields)
		}
	}
}

func TestNoWatchSearchesForAPersonByCode(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	g.visit(b, "/fi/tyopaikkavahti?q=131052-308T+kokki", http.StatusBadRequest)
	g.visit(b, "/fi/tyopaikkavahti?q=kokki", http.StatusOK)
	for _, search := range []url.Values{{"q": {"010594Y9032 kokki"}}, {"q": {"kokki"}, "employer": {"131052-308T"}}} {
		form := url.Values{"rhythm": {"daily"}, "language": {"fi"}, "email": {address}, "terms": {"yes"}}
		maps.Copy(form, search)
		a := b.Post("/fi/tyopaikkavahti", form)
		if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Page.Body(), "henkilötunnus") {
			t.Errorf("%v: %d", search, a.Code)
		}
		g.check("/fi/tyopaikkavahti", a)
	}
	if n := count(g, "SELECT count(*) FROM job_watch"); n != 0 {
		t.Errorf("%d orders are kept", n)
	}
}

func TestCriteriaAreSaidInWords(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	for path, want := range map[string]string{
		"/fi/tyopaikkavahti?q=kokki+-Uusikaupunki": "”kokki”, ei ”Uusikaupunki”",
		"/sv/platsvakt?q=kock+-Vasa":               "”kock”, inte ”Vasa”",
		"/fi/tyopaikkavahti?q=kokki&where=Espoo":   "”kokki”, ”Espoo”",
	} {
		if a := g.visit(g.Browser(), path, http.StatusOK); !strings.Contains(a.Page.Body(), want) {
			t.Errorf("%s does not say %s", path, want)
		}
	}
}

func TestTheAnswerToAnOrderTellsNothing(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	var answers []string
	for i := range 4 {
		b.Get("/fi/tyopaikkavahti?q=kokki")
		to := address
		if i == 3 {
			to = "somebody.else@person.example"
		}
		a := b.Post("/fi/tyopaikkavahti", url.Values{"q": {"kokki"}, "rhythm": {"daily"}, "language": {"fi"}, "email": {to}, "terms": {"yes"}})
		answers = append(answers, fmt.Sprint(a.Code, a.Location(), a.Body.Len()))
		g.work()
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("answers differ: %q", answers)
		}
	}
	if len(g.mails) != 2 {
		t.Errorf("%d mails", len(g.mails))
	}
}

func TestTheQualityPageBreaksLoudly(t *testing.T) {
	t.Parallel()

	g := newRig(t)
	b := g.Browser()
	b.Get("/fi/tyopaikkavahti?q=kokki")
	b.Post("/fi/tyopaikkavahti", url.Values{"q": {"kokki"}, "rhythm": {"at_once"}, "language": {"fi"}, "email": {address}, "terms": {"yes"}})
	g.work()
	confirm := g.path(0)
	b.Get(confirm)
	b.Post(confirm, url.Values{"act": {"confirm"}})
	g.publish("1", "Kokki")
	g.work()
	if a := g.visit(b, "/fi/tyopaikkavahti/laatu", http.StatusOK); !strings.Contains(a.Page.Body(), "Kaikki täsmää") {
		t.Error("does not say that all is well")
	}
	g.Exec("DELETE FROM job_watch_entry")
	g.work()
	if a := g.visit(b, "/fi/tyopaikkavahti/laatu", http.StatusOK); !strings.Contains(a.Page.Body(), "ei täsmää") {
		t.Error("does not say that something is broken")
	}
}
