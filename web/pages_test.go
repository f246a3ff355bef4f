package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/site"
)

// routed reports whether a GET route has the path of address.
func (p *portal) routed(tb testing.TB, address string) bool {
	tb.Helper()
	path, _, _ := strings.Cut(address, "?")
	router, ok := p.handler.(chi.Routes)
	if !ok {
		tb.Fatal("the handler is no router")
	}
	return router.Match(chi.NewRouteContext(), http.MethodGet, path)
}

// pages lists every page that the router knows, with its language.
func (p *portal) pages() map[string]string {
	all := map[string]string{}
	for _, r := range p.routes {
		if r.Method != http.MethodGet || strings.ContainsAny(r.Pattern, "{*.") || strings.HasSuffix(r.Pattern, "/") {
			continue
		}
		for _, l := range i18n.Langs {
			lang := string(l)
			if strings.HasPrefix(r.Pattern+"/", "/"+lang+"/") {
				all[r.Pattern] = lang
			}
		}
	}
	all["/dev/components"], all["/dev/components/sv"] = "fi", "sv"
	return all
}

// isElsewhere tells addresses of sections that this portal does not have; the
// tests of the whole follow them.
func isElsewhere(link string) bool {
	for _, p := range []paths.Pair{
		paths.Join, paths.Terms, paths.OwnFront, paths.SignIn, paths.StaffSignIn, paths.Watch, paths.WatchQuality,
		paths.Profile, paths.OwnData, paths.OwnDataRequests, paths.Keeping,
	} {
		if link == p.Fi || link == p.Sv {
			return true
		}
	}
	return false
}

func TestPages(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	pages := p.pages()
	if len(pages) < 20 {
		t.Fatalf("found %d pages", len(pages))
	}
	titles := map[string]string{}
	for path, lang := range pages {
		w := p.get(path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d", path, w.Code)
			continue
		}
		page := parse(t, w)
		for _, fault := range page.Faults(lang) {
			t.Errorf("%s: %s", path, fault)
		}
		for _, link := range page.Links() {
			if !p.routed(t, link) && !isElsewhere(link) {
				t.Errorf("%s: leads to %s, which is no route", path, link)
			}
		}
		if cookies := w.Result().Cookies(); len(cookies) > 0 {
			t.Errorf("%s: sets %v", path, cookies)
		}
		if !strings.HasPrefix(path, "/fi/tyopaikat") && !strings.HasPrefix(path, "/sv/lediga") {
			if other := titles[page.Title()]; other != "" {
				t.Errorf("%s and %s have the same title", path, other)
			}
			titles[page.Title()] = path
		}
		if strings.Contains(w.Body.String(), "ui.") || strings.Contains(page.Body(), "site.") {
			t.Errorf("%s: shows the ID of a message", path)
		}
	}
}

func TestLanguageSwitchKeepsPageAndQuery(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	tests := []struct{ from, to string }{
		{"/fi", "/sv"},
		{"/sv/lediga-jobb?q=sk%C3%B6tare&region=01&region=02", "/fi/tyopaikat?q=sk%C3%B6tare&region=01&region=02"},
		{"/fi/tyopaikat/17", "/sv/lediga-jobb/17"},
		{"/fi/palaute?topic=privacy", "/sv/respons?topic=privacy"},
		{"/fi/ei-ole", "/sv"},
	}
	for _, tt := range tests {
		page := parse(t, p.get(tt.from))
		var got []string
		for _, a := range page.Elements("a") {
			if htmltest.Attr(a, "class") == "language" {
				got = append(got, htmltest.Attr(a, "href"), htmltest.Attr(a, "lang"), htmltest.Attr(a, "hreflang"))
			}
		}
		other := tt.to[1:3]
		if want := []string{tt.to, other, other}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.from, got, want)
		}
	}
}

func TestFooterIsTheSameEverywhere(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	for _, lang := range i18n.Langs {
		want := ""
		for _, path := range []string{"/" + string(lang), "/" + string(lang) + "/no-such-page", "/" + string(lang) + "/probe"} {
			footer := htmltest.Text(parse(t, p.get(path)).Elements("footer")[0])
			if want == "" {
				want = footer
			}
			if footer != want {
				t.Errorf("%s: got %q, want %q", path, footer, want)
			}
		}
	}
}

func TestNoticeStandsOnEveryPage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	before := p.get("/fi/tietosuoja")
	_, err := p.db.Exec(t.Context(), `
INSERT INTO service_notice (kind, text_fi, text_sv, shown_from, shown_to)
VALUES ('break', 'Katko sunnuntaina', 'Avbrott på söndag', $1, $2)`, pgtest.Now.Add(-time.Hour), pgtest.Now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.notices.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}

	for path, want := range map[string]string{"/fi/tietosuoja": "HuoltokatkoKatko sunnuntaina", "/sv": "ServiceavbrottAvbrott på söndag", "/sv/no-such-page": "Avbrott på söndag"} {
		page := parse(t, p.get(path, "If-None-Match", before.Header().Get("Etag")))
		if !strings.Contains(page.Body(), want) {
			t.Errorf("%s does not say %q: %.300s", path, want, page.Body())
		}
		for _, fault := range page.Faults(path[1:3]) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

func TestErrorPages(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	tests := []struct {
		path   string
		status int
	}{
		{"/probe/missing", http.StatusNotFound},
		{"/probe/forbidden", http.StatusForbidden},
		{"/probe/conflict", http.StatusConflict},
		{"/probe/gone", http.StatusGone},
		{"/probe/invalid", http.StatusBadRequest},
		{"/probe/busy", http.StatusServiceUnavailable},
		{"/probe/deadline", http.StatusServiceUnavailable},
		{"/probe/bug", http.StatusInternalServerError},
		{"/probe/panic", http.StatusInternalServerError},
		{"/probe/kept/missing", http.StatusNotFound},
		{"/probe/kept/panic", http.StatusInternalServerError},
		{"/no-such-page", http.StatusNotFound},
	}
	for _, tt := range tests {
		for _, lang := range i18n.Langs {
			w := p.get(tt.path, "Accept-Language", string(lang))
			if w.Code != tt.status {
				t.Errorf("%s: got %d, want %d", tt.path, w.Code, tt.status)
				continue
			}
			page := parse(t, w)
			for _, fault := range page.Faults(string(lang)) {
				t.Errorf("%s: %s", tt.path, fault)
			}
			id := w.Header().Get("X-Request-Id")
			if id == "" || !strings.Contains(page.Body(), id) {
				t.Errorf("%s: the page does not tell the request's ID %q", tt.path, id)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control is %q", tt.path, got)
			}
			if tt.status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", tt.path)
			}
			if strings.Contains(w.Body.String(), "canary-91f3") || strings.Contains(w.Body.String(), "planted") {
				t.Errorf("%s: tells what went wrong inside", tt.path)
			}
		}
	}
}

func TestEveryErrorStatusHasItsOwnWords(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	titles := map[string]int{}
	for _, status := range site.ErrorStatuses() {
		for _, lang := range i18n.Langs {
			ctx := i18n.With(t.Context(), catalogue(t), lang)
			var b strings.Builder
			if err := site.ErrorPage(ctx, status).Render(ctx, &b); err != nil {
				t.Fatal(err)
			}
			page := htmltest.Parse(t, strings.NewReader(b.String()))
			for _, fault := range page.Faults(string(lang)) {
				t.Errorf("%d: %s", status, fault)
			}
			if strings.Contains(page.Body(), "error."+strconv.Itoa(status)) {
				t.Errorf("%d has no words in %s", status, lang)
			}
			for _, link := range page.Links() {
				if !p.routed(t, link) {
					t.Errorf("%d: leads to %s, which is no route", status, link)
				}
			}
			if other, ok := titles[page.Title()]; ok {
				t.Errorf("%d and %d have the same title", status, other)
			}
			titles[page.Title()] = status
		}
	}
}

func TestErrorLanguage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	tests := []struct{ path, accept, want string }{
		{"/fi/x", "sv", "fi"},
		{"/sv/x", "fi", "sv"},
		{"/svx", "", "fi"},
		{"/x", "sv-FI,fi;q=0.8", "sv"},
		{"/x", "en,sv;q=0.2,fi;q=0.1", "sv"},
		{"/x", "fi;q=0.5,sv;q=0", "fi"},
		{"/x", strings.Repeat("x,", 3000) + "sv", "fi"},
	}
	for _, tt := range tests {
		html := parse(t, p.get(tt.path, "Accept-Language", tt.accept)).Elements("html")[0]
		if got := htmltest.Attr(html, "lang"); got != tt.want {
			t.Errorf("%s with %.20q: got %s, want %s", tt.path, tt.accept, got, tt.want)
		}
	}
}

func TestStartLeadsToTheReadersLanguage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	for accept, want := range map[string]string{"": "/fi", "sv": "/sv", "en-GB": "/fi", "sv-SE;q=0.9,fi;q=0.8": "/sv"} {
		w := p.get("/", "Accept-Language", accept)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%q: got %d %s, want %s", accept, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestSlashAtTheEndLeadsToThePage(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for path, want := range map[string]string{
		"/sv/": "/sv", "/fi//": "/fi", "/fi/tyopaikat/": "/fi/tyopaikat", "/sv/lediga-jobb/7/": "/sv/lediga-jobb/7",
		"/fi/tyopaikat/?q=a+b&region=01": "/fi/tyopaikat?q=a+b&region=01", "/fi/tietosuoja/": "/fi/tietosuoja",
		"/sv/respons/": "/sv/respons", "/fi/tyopaikat.atom/": "/fi/tyopaikat.atom",
	} {
		if w := p.get(path); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s: got %d %s, want %s", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, path := range []string{"/fi/no-such-page/", "//evil.example/", "//evil.example//", "/x/%2F/"} {
		if w := p.get(path); w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s: got %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := p.post("/fi/palaute/", nil); w.Code == http.StatusPermanentRedirect {
		t.Error("a form is sent elsewhere")
	}
}

func catalogue(tb testing.TB) *i18n.Catalogue {
	tb.Helper()
	c, err := i18n.Load(locales.FS)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
