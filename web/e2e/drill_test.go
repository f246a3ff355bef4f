//go:build drill

package e2e_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestDrillKillsDuringImport kills the importing process at random points while
// it loads, changes and archives postings, and then counts: every posting is
// whole, and each change has its place in the sequence exactly once.
func TestDrillKillsDuringImport(t *testing.T) {
	const postings, kills = 20_000, 200

	s := newSurroundings(t, postings)
	t.Cleanup(s.stop)
	s.portal(t, "migrate")

	killed := 0
	// killed counts runs that were cut off in their work, not those that had
	// finished before.
	killUntil := func(want int) {
		for tries := 0; killed < want; tries++ {
			if tries > 4*kills {
				t.Fatalf("only %d of %d kills met a running import", killed, want)
			}
			cmd := s.command(t, "portal", "work", "-run", "te_feed.sync")
			s.run(t, cmd)
			time.Sleep(time.Duration(50+rand.IntN(900)) * time.Millisecond)
			_ = cmd.Process.Signal(syscall.SIGKILL)
			if err := cmd.Wait(); err != nil {
				killed++
			}
		}
	}
	changes := func() int64 { return s.number(t, `SELECT count(*) FROM posting_change`) }

	killUntil(kills / 2)
	atLoad := changes()
	s.portal(t, "work", "-run", "te_feed.sync")
	loaded := changes()
	rows := s.number(t, `SELECT count(*) FROM job_posting`)
	if loaded != rows {
		t.Errorf("after the load: %d changes for %d postings, want one each", loaded, rows)
	}
	t.Logf("%d kills while loading; %d of %d changes were in when they ended", killed, atLoad, loaded)

	for round := range 10 {
		s.control(t, "change?n=200")
		s.control(t, "archive?n=100")
		killUntil(kills/2 + (round+1)*kills/20)
	}
	s.portal(t, "work", "-run", "te_feed.sync")

	open := s.openPostings(t)
	if want := s.openAtSource(t); open != want {
		t.Errorf("open postings = %d, the source has %d", open, want)
	}
	if n := s.number(t, `SELECT count(*) FROM (SELECT seq - row_number() OVER (ORDER BY seq) AS gap FROM posting_change) AS s WHERE gap <> 0`); n != 0 {
		t.Errorf("the change sequence has %d gaps", n)
	}
	if n := s.number(t, `SELECT count(*) FROM job_posting AS p LEFT JOIN search_document AS d ON d.posting_id = p.id WHERE (p.status = 'open') <> (d.posting_id IS NOT NULL)`); n != 0 {
		t.Errorf("%d postings are half there: open without a search document or the reverse", n)
	}
	if n := s.number(t, `SELECT count(*) FROM (SELECT kind, lag(kind) OVER (PARTITION BY posting_id ORDER BY seq) AS before FROM posting_change) AS c WHERE kind = before AND kind IN ('published', 'closed')`); n != 0 {
		t.Errorf("%d changes are repeated", n)
	}
	closed := s.number(t, `SELECT count(*) FROM posting_change WHERE kind = 'closed'`)
	if want := s.number(t, `SELECT count(*) FROM job_posting WHERE status = 'closed'`); closed != want {
		t.Errorf("%d closings for %d closed postings", closed, want)
	}
	// What an undisturbed import of the same source makes is the measure of all.
	undisturbed := &site{url: "http://" + freeAddr(t), simulator: s.simulator, world: s.world}
	undisturbed.settle(t)
	undisturbed.portal(t, "migrate")
	undisturbed.portal(t, "work", "-run", "te_feed.sync")
	const contents = `SELECT bit_xor(hashtextextended(external_id || encode(content_hash, 'hex') || coalesce(people::text, ''), 0)) FROM job_posting WHERE status = 'open'`
	if got, want := s.number(t, contents), undisturbed.number(t, contents); got != want {
		t.Error("the contents differ from an undisturbed import's")
	}
	t.Logf("%d kills in all, %d changes, %d open postings", killed, changes(), open)
}

// TestDrillDatabaseCrashesUnderSearch crashes Postgres again and again while
// people search: the portal answers at most a second after the database does.
func TestDrillDatabaseCrashesUnderSearch(t *testing.T) {
	const crashes = 20

	s := newSite(t, 2000)
	t.Cleanup(s.stop)
	stop := make(chan struct{})
	var answered, refused, broken atomic.Int64
	var searching sync.WaitGroup
	for i := range 4 {
		searching.Go(func() {
			client := &http.Client{Timeout: 5 * time.Second}
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Get(fmt.Sprintf("%s/fi/tyopaikat?q=hoitaja+-sana%dx%d", s.url, i, n))
				if err != nil {
					broken.Add(1)
					t.Logf("a search gets no answer: %v", err)
					continue
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				switch res.StatusCode {
				case http.StatusOK:
					answered.Add(1)
				case http.StatusServiceUnavailable:
					refused.Add(1)
				default:
					broken.Add(1)
					t.Logf("a search answers %s", res.Status)
				}
			}
		})
	}
	worst := time.Duration(0)
	id := s.number(t, `SELECT id FROM job_posting WHERE status = 'open' LIMIT 1`)
	for n := range crashes {
		s.crashDatabase(t)
		back := time.Now()
		// A page that nobody has kept: it needs the database.
		for page := 0; ; page++ {
			if status, _, _ := s.get(t, fmt.Sprintf("/fi/tyopaikat/%d?%d-%d", id, n, page)); status == http.StatusOK {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		worst = max(worst, time.Since(back))
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
	}
	close(stop)
	searching.Wait()
	t.Logf("%d crashes: the portal answered at most %s after the database; searches: %d answered, %d told to come again, %d broken",
		crashes, worst.Round(time.Millisecond), answered.Load(), refused.Load(), broken.Load())
	if worst > time.Second {
		t.Errorf("the portal took %s after the database was back, want at most 1s", worst)
	}
	if broken.Load() > 0 {
		t.Errorf("%d searches got neither an answer nor a 503", broken.Load())
	}
}

// crashDatabase ends Postgres at once, without a word to anybody, as a crash
// does; make drill starts it anew. It returns once Postgres has recovered and
// takes connections again.
func (s *site) crashDatabase(tb testing.TB) {
	tb.Helper()
	file := os.Getenv("TEST_POSTGRES_PIDFILE")
	if file == "" {
		tb.Fatal("nobody would start Postgres anew: run make drill")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		tb.Fatalf("end Postgres: %v", err)
	}
	for deadline := time.Now().Add(30 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("Postgres does not end")
		}
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		conn, err := s.connect(tb.Context())
		if err != nil {
			continue
		}
		err = conn.Ping(tb.Context())
		_ = conn.Close(tb.Context())
		if err == nil {
			return
		}
	}
	tb.Fatal("Postgres does not come back")
}
