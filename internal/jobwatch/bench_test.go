package jobwatch_test

import (
	"context"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobwatch"
)

// BenchmarkDigests makes the mails of many watches for one posting, and has the
// ledger follow what the mail server takes. The clock stands, so that the run
// does not rest between its transactions.
func BenchmarkDigests(b *testing.B) {
	const n, leastMade = 20_000, 500
	for b.Loop() {
		p := newPortal(b)
		p.watch(jobwatch.AtOnce)
		_, err := p.db.Exec(b.Context(), `
			INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
			                       search_id, terms_version, terms_hash, seed, created_at, confirmed_at, ends_at, start_seq, done_seq)
			SELECT 'bench ' || i, state, 'seeker' || i || '@person.example', sha256(i::text::bytea), language, rhythm, daily_cap, weekday, params_version, criteria,
			       search_id, terms_version, terms_hash, sha256(i::text::bytea), created_at, confirmed_at, ends_at, start_seq, done_seq
			  FROM job_watch, generate_series(2, $1) AS i`, n)
		p.do(err)
		if _, err := p.db.Exec(b.Context(), "ANALYSE"); err != nil {
			b.Fatal(err)
		}
		p.publish("1", "Kokki")
		took := func(name string, work func(context.Context) (int, error)) {
			start := time.Now()
			_, err := work(b.Context())
			p.do(err)
			rate := n / time.Since(start).Seconds()
			b.ReportMetric(rate, name+"/s")
			if name == "made" && rate < leastMade {
				b.Errorf("%.0f mails made a second, fewer than %d", rate, leastMade)
			}
		}
		took("matched", p.watches.Match)
		took("made", p.watches.Digests)
		took("sent", func(ctx context.Context) (int, error) { return 0, p.outbox.Work(ctx) })
		took("settled", p.watches.Settle)
		start := time.Now()
		p.sound()
		b.ReportMetric(time.Since(start).Seconds(), "reconcile-s")
		if got := len(p.server.bodies()); got != n {
			b.Errorf("%d mails, want %d", got, n)
		}
	}
}
