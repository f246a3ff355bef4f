package postings_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

func BenchmarkListing(b *testing.B) {
	p := newPortal(b)
	var batch []jobposting.Incoming
	for i := range 400 {
		in := nurse(strconv.Itoa(i))
		codes := []string{"091", "049", "092", "837", "564", "853", "179", "297", "398", "905", "109", "734", "609", "743", "405"}
		isco := []string{"1211", "2221", "2341", "3115", "4110", "5120", "5322", "7115", "8332", "9112", "2512", "3322"}
		in.Content.Municipalities = []string{codes[i%len(codes)]}
		in.Content.Occupations = []string{"http://data.europa.eu/esco/isco/C" + isco[i%len(isco)]}
		in.PublishedAt = p.now.Add(-time.Duration(i) * time.Hour)
		batch = append(batch, in)
	}
	ids := p.receive(batch...)
	for _, path := range []string{"/fi/tyopaikat", "/fi/tyopaikat?q=sairaanhoitaja+turku", jobPath("fi", ids[0]), "/fi/tyopaikat.atom"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				p.handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
