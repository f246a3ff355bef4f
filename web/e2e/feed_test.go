package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPostingLivesAsTheSourceSays follows postings of the TE system through the
// portal: published, changed and archived there, they are shown, shown changed
// and gone here.
func TestPostingLivesAsTheSourceSays(t *testing.T) {
	t.Parallel()

	s := newSite(t, 60)
	t.Cleanup(s.stop)
	before := s.openPostings(t)
	s.control(t, "publish?n=7")
	started := time.Now()
	eventually(t, "the portal shows what the source has", func() bool { return s.openPostings(t) == before+7 && s.shown(t) == before+7 })
	t.Logf("published to shown: %s", time.Since(started).Round(10*time.Millisecond))

	s.control(t, "archive?n=5")
	started = time.Now()
	eventually(t, "the portal shows what the source has", func() bool { return s.openPostings(t) == before+2 && s.shown(t) == before+2 })
	t.Logf("archived to gone: %s", time.Since(started).Round(10*time.Millisecond))

	closed := s.number(t, `SELECT id FROM job_posting WHERE status = 'closed' AND close_reason = 'archived' LIMIT 1`)
	for _, path := range []string{"/fi/tyopaikat/", "/sv/lediga-jobb/"} {
		status, _, body := s.get(t, fmt.Sprint(path, closed))
		if status != http.StatusGone {
			t.Errorf("a closed posting answers %d, want 410", status)
		}
		if strings.Contains(body, "application/ld+json") || strings.Contains(body, "mailto:") {
			t.Error("a closed posting's page holds structured data or a contact")
		}
		if _, _, sitemap := s.get(t, "/sitemap-1.xml"); strings.Contains(sitemap, fmt.Sprintf("%s%d<", path, closed)) {
			t.Error("a closed posting stands in the sitemap")
		}
	}
	if n := s.number(t, `SELECT count(*) FROM job_posting WHERE status = 'closed' AND people IS NOT NULL`); n != 0 {
		t.Errorf("%d closed postings still hold persons", n)
	}
	if n := s.number(t, `SELECT count(*) FROM (SELECT seq - row_number() OVER (ORDER BY seq) AS gap FROM posting_change) AS s WHERE gap <> 0`); n != 0 {
		t.Errorf("the change sequence has %d gaps", n)
	}
}
