package postings_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// FuzzParameters asks for the listing by any query string: it is answered with a
// page or a refusal, and brings no script onto it.
func FuzzParameters(f *testing.F) {
	p := newPortal(f)
	p.receive(nurse("1"), nurse("2"))
	for _, seed := range []string{
		"", "q=sairaanhoitaja+turku", "q=%22a+b%22+-c+d*", "municipality=091&municipality=999", "occupation=2&occupation=http://data.europa.eu/esco/isco/C2221",
		"since=2026-03-01&sort=closing&after=x", "literal=turku&q=turku&all=region", "where=%00&q=%ff", "flexible_location=true&employer=1234567-1", "%zz=%", "q=a;b&&=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/fi/tyopaikat", http.NoBody)
		r.URL.RawQuery = raw
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusSeeOther:
			if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/fi/tyopaikat?") {
				t.Errorf("%q leads to %q", raw, to)
			}
			return
		case http.StatusOK, http.StatusBadRequest:
		default:
			t.Fatalf("%q answers %d", raw, w.Code)
		}
		root, err := html.Parse(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		scripts := 0
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "script" {
				scripts++
			}
		}
		if scripts != 1 {
			t.Errorf("%q makes %d scripts", raw, scripts)
		}
	})
}
