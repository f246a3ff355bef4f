package e2e_test

import (
	"net/http"
	"testing"
	"time"
)

// BenchmarkStart measures what a whole feed takes to come in, and how soon a
// portal on the database that it leaves behind is ready.
func BenchmarkStart(b *testing.B) {
	const postings = 20_000

	s := newSurroundings(b, postings)
	b.Cleanup(s.stop)
	s.portal(b, "migrate")
	started := time.Now()
	s.portal(b, "work", "-run", "te_feed.sync")
	load := time.Since(started)
	if got, want := s.openPostings(b), s.openAtSource(b); got != want {
		b.Fatalf("%d postings came in, want %d", got, want)
	}
	started = time.Now()
	s.portal(b, "work", "-run", "te_feed.sync")
	b.Logf("full load of %d: %s; the next reading: %s", postings, load.Round(time.Millisecond), time.Since(started).Round(time.Millisecond))

	// The first portal on new postings analyses their words and writes them down.
	started = time.Now()
	s.serve(b)
	eventually(b, "the first portal is ready", s.ready)
	first := time.Since(started)
	eventually(b, "the words are written down", func() bool { return s.number(b, `SELECT count(*) FROM search_lexicon`) > 0 })
	s.endLast()

	var worst time.Duration
	for b.Loop() {
		started := time.Now()
		s.serve(b)
		for !s.ready() {
			time.Sleep(5 * time.Millisecond) // asking takes time from what is asked for
		}
		worst = max(worst, time.Since(started))
		s.endLast()
	}
	b.ReportMetric(load.Seconds(), "load-s")
	b.ReportMetric(float64(first.Milliseconds()), "first-ready-ms")
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ready-ms")
}

func (s *site) ready() bool {
	res, err := http.Get(s.url + "/health/ready")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// endLast ends the process that was started last.
func (s *site) endLast() {
	last := s.processes[len(s.processes)-1]
	_ = last.Process.Kill()
	_ = last.Wait()
	s.processes = s.processes[:len(s.processes)-1]
}
