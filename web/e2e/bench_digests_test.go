package e2e_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkWatchAtOnce publishes postings at the TE system while 200,000 watches
// wait to be told at once, and looks when each mail was with the mail server.
func BenchmarkWatchAtOnce(b *testing.B) {
	const limit = time.Minute

	s := newSurroundings(b, 2000)
	b.Cleanup(s.stop)
	s.env = append(s.env, "MAILS_PER_MINUTE=1000000")
	s.portal(b, "migrate")
	s.portal(b, "work", "-run", "te_feed.sync")
	s.portal(b, "work", "-run", "job_watch.digests")
	s.orderMany(b, manyWatches, "at_once", time.Time{})
	s.serve(b)
	pid := s.processes[len(s.processes)-1].Process.Pid
	for b.Loop() {
		worst := 0.0
		for i := range 4 {
			before, server := cpuTime(b, pid), s.serverTime(b)
			mails := s.number(b, `SELECT count(*) FROM job_watch_mail`)
			seq := s.number(b, `SELECT last FROM change_sequence`)
			began := time.Now()
			s.control(b, "publish?n=1")
			eventually(b, "the posting comes in", func() bool { return s.number(b, `SELECT last FROM change_sequence`) > seq })
			for s.number(b, fmt.Sprintf(`SELECT seq FROM job_watch_cursor WHERE seq > %d UNION ALL SELECT 0 LIMIT 1`, seq)) == 0 {
				time.Sleep(100 * time.Millisecond)
			}
			matching := s.number(b, fmt.Sprintf(`SELECT count(*) FROM job_watch AS w JOIN job_watch_match AS m ON m.search_id = w.search_id WHERE m.upto > %d`, seq))
			for s.number(b, `SELECT count(*) FROM mail_outbox WHERE kind = 'watch_digest' AND status = 'sent'`) < mails+matching {
				if time.Since(began) > 4*time.Minute {
					b.Fatalf("%d of %d mails", s.number(b, `SELECT count(*) FROM mail_outbox WHERE kind = 'watch_digest' AND status = 'sent'`)-mails, matching)
				}
				time.Sleep(250 * time.Millisecond)
			}
			took := func(p float64) float64 {
				return float64(s.number(b, fmt.Sprintf(`
					SELECT (1000 * extract(epoch FROM percentile_disc(%f) WITHIN GROUP (ORDER BY o.finished_at - c.occurred_at)))::bigint
					  FROM (SELECT finished_at FROM mail_outbox WHERE kind = 'watch_digest' ORDER BY id DESC LIMIT %d) AS o,
					       (SELECT occurred_at FROM posting_change WHERE seq = %d) AS c`, p, matching, seq+1))) / 1000
			}
			p95 := took(0.95)
			fmt.Fprintf(os.Stderr, "posting %d: %d of %d watches match (%.1f %%); published to handed over: p50 %.1f s, p95 %.1f s, last %.1f s; CPU: portal %.1f s, Postgres %.1f s\n",
				i+1, matching, manyWatches, 100*float64(matching)/manyWatches, took(0.5), p95, took(1),
				(cpuTime(b, pid) - before).Seconds(), (s.serverTime(b) - server).Seconds())
			if p95 > limit.Seconds() {
				b.Errorf("p95 is %.1f s, more than %v", p95, limit)
			}
			worst = max(worst, p95)
		}
		b.ReportMetric(worst, "worst-p95-s")
	}
}

// A watch whose last mail is still on its way has its turn after it.
const sqlStillDue = `
SELECT count(*)
  FROM (SELECT
          FROM job_watch AS w
         WHERE w.next_at < '2001-01-01'
           AND w.state = 'active'
           AND NOT EXISTS (SELECT FROM job_watch_mail AS m WHERE m.watch_id = w.id AND m.state = 'queued')
         LIMIT 1) AS w`

// BenchmarkWatchDigests has the daily mails of 200,000 watches fall due, while
// people look at pages of the same process. They fall due in shares with a pause
// after each, so that neighbours on the machine slow pages down as much
// without the run as with it.
func BenchmarkWatchDigests(b *testing.B) {
	const leastRate, mostSlower, visitors, shares = 500, 1.2, 40, 10

	s := newSurroundings(b, 5_000)
	b.Cleanup(s.stop)
	s.env = append(s.env, "TE_FEED_INTERVAL=1h")
	s.portal(b, "migrate")
	s.portal(b, "work", "-run", "te_feed.sync")
	// A day's postings are new to the watches.
	s.alter(b, `UPDATE job_watch_cursor SET seq = (SELECT last - 400 FROM change_sequence)`)
	s.orderMany(b, manyWatches, "daily", time.Now().Add(3*time.Hour))
	s.serve(b)
	eventually(b, "the portal is ready", s.ready)
	eventually(b, "the postings are matched", func() bool {
		return s.number(b, `SELECT c.last - w.seq FROM change_sequence AS c, job_watch_cursor AS w`) == 0
	})
	pid := s.processes[len(s.processes)-1].Process.Pid
	paths := searches(50_000)
	s.during(b, visitors, paths, func() { time.Sleep(10 * time.Second) }) // the first are slower
	for b.Loop() {
		var without, with arrivals
		var spell, spent, server time.Duration
		var slower []float64
		for i := range shares {
			mails := s.number(b, `SELECT coalesce(max(id), 0) FROM job_watch_mail`)
			before, serverBefore, began := cpuTime(b, pid), s.serverTime(b), time.Now()
			during := s.during(b, visitors, paths[i*2500:], func() {
				s.alter(b, fmt.Sprintf(`UPDATE job_watch SET next_at = '2000-01-01', regular_at = '2000-01-01' WHERE id > %d AND id <= %d`,
					i*manyWatches/shares, (i+1)*manyWatches/shares))
				for s.number(b, sqlStillDue) > 0 {
					time.Sleep(500 * time.Millisecond)
				}
			})
			spent, server = spent+cpuTime(b, pid)-before, server+s.serverTime(b)-serverBefore
			spell += time.Duration(s.number(b, fmt.Sprintf(
				`SELECT (1000000 * extract(epoch FROM max(made_at) - min(made_at)))::bigint FROM job_watch_mail WHERE id > %d`, mails))) * time.Microsecond
			took := time.Since(began)
			after := s.during(b, visitors, paths[25_000+i*2500:], func() { time.Sleep(took) })
			with.add(during)
			without.add(after)
			slower = append(slower, float64(during.at(99))/float64(after.at(99)))
			fmt.Fprintf(os.Stderr, "share %d: %v; pages' p50 and p99: %v %v with, %v %v without\n", i+1, took.Round(time.Millisecond),
				during.at(50), during.at(99), after.at(50), after.at(99))
		}
		made := s.number(b, `SELECT count(*) FROM job_watch_mail`)
		rate := float64(made) / spell.Seconds()
		slices.Sort(slower)
		all, middle := float64(with.at(99))/float64(without.at(99)), slower[shares/2]
		fmt.Fprintf(os.Stderr, "%d mails of %d watches in %v: %.0f a second; CPU, pages included: portal %.1f s, Postgres %.1f s\n", made, manyWatches, spell, rate, spent.Seconds(), server.Seconds())
		fmt.Fprintf(os.Stderr, "pages, %d a second: without p50 %v p95 %v p99 %v (%d); with p50 %v p95 %v p99 %v (%d): p99 %.2f times over all, %.2f in the middle share of %.2f\n", visitors,
			without.at(50), without.at(95), without.at(99), len(without.took), with.at(50), with.at(95), with.at(99), len(with.took), all, middle, slower)
		b.ReportMetric(rate, "mails/s")
		b.ReportMetric(middle, "p99-times")
		if rate < leastRate {
			b.Errorf("%.0f mails a second, fewer than %d", rate, leastRate)
		}
		if middle > mostSlower {
			b.Errorf("pages take %.2f times as long, more than %.1f", middle, mostSlower)
		}
	}
}

// alter runs a statement on the portal's database.
func (s *site) alter(tb testing.TB, query string) {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context()))
	if _, err := conn.Exec(tb.Context(), query); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// serverTime is what the processes of the portal's connections to the database
// have used; it is 0 where the database runs elsewhere.
func (s *site) serverTime(tb testing.TB) time.Duration {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context()))
	rows, err := conn.Query(tb.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	var sum time.Duration
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			tb.Fatal(err)
		}
		if comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && strings.HasPrefix(string(comm), "postgres") {
			sum += cpuTime(tb, pid)
		}
	}
	return sum
}
