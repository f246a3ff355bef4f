package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pages lists an address of every page that is open to everybody, and of the
// states that matter of some. The journeys look at the others.
func (s *site) pages(t *testing.T) []string {
	t.Helper()
	open := s.number(t, `SELECT id FROM job_posting WHERE status = 'open' ORDER BY length(content::text) DESC LIMIT 1`)
	household := s.number(t, `SELECT id FROM job_posting WHERE status = 'open' AND content->>'employer_type' = '02' LIMIT 1`)
	var pages []string
	for _, r := range s.routes(t) {
		if r.Method != http.MethodGet || r.Audience != "public" || !strings.HasPrefix(r.Pattern, "/fi") && !strings.HasPrefix(r.Pattern, "/sv") {
			continue
		}
		page := strings.NewReplacer("{id}", strconv.FormatInt(open, 10), "{kind}", "partner", "{number}", "1").Replace(r.Pattern)
		status, header, _ := s.get(t, page)
		if status == http.StatusOK && strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			pages = append(pages, page)
		}
	}
	if len(pages) < 20 {
		t.Fatalf("found %d pages", len(pages))
	}
	for _, list := range []string{"/fi/tyopaikat", "/sv/lediga-jobb"} {
		pages = append(pages,
			list+"/"+strconv.FormatInt(household, 10),
			list+"?q=sairaanhoitaja+helsinki&continuity=01&working_time=01",
			list+"?q=xyzzyqwerty&municipality=091&employment=01",
			list+"?municipality=999",
			list+"?q="+strings.Repeat("a", 600),
			list+"/999999999",
		)
	}
	return append(pages, "/fi/ei-ole", "/sv/finns-inte")
}

// TestPagesAreAccessible looks at every page in every view: axe finds nothing,
// nothing has to be scrolled sideways, and the browser has nothing to complain.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	b := openTab(t)
	for _, page := range s.pages(t) {
		for _, v := range views() {
			t.Run(v.name+" "+short(page), func(t *testing.T) {
				b.complaints()
				b.look(t, v)
				b.open(t, s.url+page)
				b.inspect(t)
			})
		}
	}
}

func short(page string) string {
	if len(page) > 60 {
		return page[:60] + "..."
	}
	return page
}

var (
	headings = regexp.MustCompile(`<h([1-6])[ >]`)
	links    = regexp.MustCompile(`(?:href|action|src)="(/[^"#]*)`)
)

// TestPagesAreWhole reads every page as text: one main heading, no level
// skipped, the right language, no cookie, the headers of every answer, and links
// that lead somewhere.
func TestPagesAreWhole(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	seen := map[string]bool{}
	for _, page := range s.pages(t) {
		status, header, body := s.get(t, page)
		fail := func(format string, args ...any) {
			t.Helper()
			t.Errorf("%s: %s", short(page), fmt.Sprintf(format, args...))
		}
		if want := `<html lang="` + page[1:3] + `"`; !strings.Contains(body, want) {
			fail("lacks %s", want)
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			fail("%d main headings, want 1", n)
		}
		last := 0
		for _, m := range headings.FindAllStringSubmatch(body, -1) {
			level, _ := strconv.Atoi(m[1])
			if level > last+1 {
				fail("heading of level %d after %d", level, last)
			}
			last = level
		}
		if got := header.Values("Set-Cookie"); len(got) > 0 {
			fail("sets a cookie")
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control", "X-Request-Id"} {
			if header.Get(name) == "" {
				fail("no %s", name)
			}
		}
		if strings.Contains(header.Get("Content-Security-Policy"), "unsafe") || strings.Contains(body, " style=") || strings.Contains(body, "<script>") {
			fail("style or script within the page, or a policy that allows it")
		}
		if status >= 400 && !strings.Contains(body, header.Get("X-Request-Id")) {
			fail("the error page does not show the request id")
		}
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			address := strings.ReplaceAll(m[1], "&amp;", "&")
			if seen[address] || len(seen) > 900 {
				continue
			}
			seen[address] = true
			// An error page's own language switch leads to the same error.
			if got, _, _ := s.get(t, address); got >= 400 && status < 400 {
				fail("its link %s answers %d", short(address), got)
			}
		}
	}
}
