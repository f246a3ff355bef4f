package web_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tyomarkkinatori.fi/portal/web"
)

func TestNothingIsSaidOfPostingsBeforeTheyAreLoaded(t *testing.T) {
	t.Parallel()

	var loaded atomic.Bool
	p := newPortal(t, func(d *web.Deps) { d.Loaded = loaded.Load })
	data := []string{
		"/fi", "/sv", "/fi/tyopaikat", "/sv/lediga-jobb", "/fi/tyopaikat?q=x", "/fi/tyopaikat/1", "/sv/lediga-jobb/1",
		"/fi/tyopaikat.atom", "/fi/tyopaikat.ics",
	}
	for _, path := range data {
		w := p.get(path)
		title := "Palvelu on nyt ruuhkainen tai tauolla"
		if strings.HasPrefix(path, "/sv") {
			title = "Tjänsten är överbelastad eller har paus"
		}
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "<h1>"+title+"</h1>") {
			t.Errorf("%s: got %d, Retry-After %q", path, w.Code, w.Header().Get("Retry-After"))
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Etag") != "" {
			t.Errorf("%s may be kept: %q %q", path, w.Header().Get("Cache-Control"), w.Header().Get("Etag"))
		}
	}
	for _, path := range []string{"/fi/tietoa-palvelusta", "/sv/dataskydd", "/fi/saavutettavuus", "/fi/sivukartta", "/fi/palaute", "/health/live", "/robots.txt"} {
		if w := p.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: got %d while the postings are loading", path, w.Code)
		}
	}

	loaded.Store(true)
	for _, path := range data {
		if w := p.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: got %d afterwards", path, w.Code)
		}
	}
}
