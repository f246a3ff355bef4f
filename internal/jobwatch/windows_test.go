package jobwatch_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobwatch"
)

// TestWindowsThatAreLateMissedDoubledOrCutOff runs the matching as it should not
// be run, and counts.
func TestWindowsThatAreLateMissedDoubledOrCutOff(t *testing.T) {
	t.Parallel()

	const n = 60
	p := newPortal(t)
	p.watchCapped(jobwatch.AtOnce, "kokki", jobwatch.MaxCap)
	p.watch(jobwatch.Daily)
	run := []func(ctx context.Context){p.processAt(0), p.processAt(0), p.processAt(0)}
	for i := range n {
		p.publishCook(i)
		switch i % 6 {
		case 0: // three at once, and again
			for range 2 {
				var working sync.WaitGroup
				for _, f := range run {
					working.Go(func() { f(t.Context()) })
				}
				working.Wait()
			}
		case 3: // cut off somewhere
			for cut := range 5 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(cut*cut)*time.Millisecond)
				run[cut%3](ctx)
				cancel()
			}
			// Claims go by the database's clock, which does not move with this one.
			_, err := p.db.Exec(t.Context(), "UPDATE mail_outbox SET claimed_until = clock_timestamp() WHERE claimed_until IS NOT NULL")
			p.do(err)
		default: // missed
		}
		p.now = p.now.Add(5 * time.Hour)
	}
	p.wait(72*time.Hour, 12*time.Hour)
	texts := map[string][]string{}
	for _, l := range p.server.taken {
		texts[l.To] = append(texts[l.To], l.Text)
	}
	for _, to := range []string{"aino1@person.example", "aino2@person.example"} {
		p.hasOnce(texts[to], n, "")
	}
	if f := p.sound(); f.Sent != 2*n {
		t.Errorf("figures %+v", f)
	}
	if events := p.count("SELECT count(*) FROM job_watch_event"); events != n {
		t.Errorf("%d events of %d changes", events, n)
	}
}

// TestWhatIsChangedByHandIsNoticed changes the records behind the portal's back,
// each way by itself.
func TestWhatIsChangedByHandIsNoticed(t *testing.T) {
	t.Parallel()

	for name, statement := range map[string]string{
		"a sent posting is deleted":    `DELETE FROM job_watch_entry WHERE ctid = (SELECT min(ctid) FROM job_watch_entry WHERE state = 'sent')`,
		"a skipped posting is deleted": `DELETE FROM job_watch_entry WHERE state = 'skipped'`,
		"a match is deleted":           `DELETE FROM job_watch_match WHERE ctid = (SELECT min(ctid) FROM job_watch_match)`,
		"an event is deleted":          `DELETE FROM job_watch_event WHERE seq = (SELECT min(seq) FROM job_watch_event WHERE kind = 'new' AND seq IN (SELECT seq FROM job_watch_entry))`,
		"a mail is said to have more":  `UPDATE job_watch_mail SET postings = postings + 1`,
		"a posting is made up": `INSERT INTO job_watch_entry (watch_id, posting_id, revision, seq, changed, state, reason, at)
		                         SELECT watch_id, posting_id, revision + 7, seq, changed, 'skipped', 'closed', at FROM job_watch_entry LIMIT 1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			p.watch(jobwatch.Daily)
			p.publish("1", "Kokki n1")
			p.publish("2", "Kokki n2")
			p.publish("3", "Kokki n3")
			p.work()
			p.remove("3")
			p.wait(24*time.Hour, 6*time.Hour)
			if f := p.sound(); f.Sent != 2 || f.Skipped["closed"] != 1 {
				t.Fatalf("figures %+v", f)
			}
			tag, err := p.db.Exec(t.Context(), statement)
			if err != nil || tag.RowsAffected() != 1 {
				t.Fatalf("%d rows changed, %v", tag.RowsAffected(), err)
			}
			f, err := p.watches.Report(t.Context())
			p.do(err)
			if f.Sound() {
				t.Errorf("nothing is noticed: %+v", f)
			}
			reports, err := p.watches.Reports(t.Context(), 1)
			if err != nil || len(reports) != 1 || reports[0].Sound {
				t.Errorf("the day passes for sound: %+v, %v", reports, err)
			}
			if !strings.Contains(string(p.dump()), "job_watch.reconciliation_failed") {
				t.Error("no audit event tells of it")
			}
		})
	}
}

// What README tells operators to do about a ledger row that is missing.
const (
	sqlFindMissing = `
		SELECT w.id, min(e.seq)
		  FROM job_watch AS w
		 CROSS JOIN job_watch_cursor AS c
		  JOIN job_watch_match AS m ON m.search_id = w.search_id AND m.upto > greatest(w.start_seq, c.kept_from)
		 CROSS JOIN unnest(m.seqs) AS s (seq)
		  JOIN job_watch_event AS e ON e.seq = s.seq AND e.seq > greatest(w.start_seq, c.kept_from) AND e.seq <= w.done_seq
		 WHERE w.state <> 'pending'
		   AND (e.kind <> 'edited' OR e.opened_seq > w.start_seq)
		   AND NOT EXISTS (SELECT FROM job_watch_entry AS x WHERE x.watch_id = w.id AND x.posting_id = e.posting_id AND x.revision = e.revision)
		 GROUP BY w.id`
	sqlTellAgain = `UPDATE job_watch SET done_seq = least(done_seq, $2::bigint - 1), next_at = $3 WHERE id = $1 AND state = 'active'`
	sqlRecount   = `UPDATE job_watch_mail AS m SET postings = (SELECT count(*) FROM job_watch_entry AS e WHERE e.mail_id = m.id)`
)

// TestAMissingRowCanBeMended does as README says: what is missing is told once
// more, and nothing else is.
func TestAMissingRowCanBeMended(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.AtOnce)
	for i := range 3 {
		p.publishCook(i)
	}
	p.work()
	p.server.bodies()
	_, err := p.db.Exec(t.Context(), `DELETE FROM job_watch_entry WHERE seq = (SELECT min(seq) FROM job_watch_entry)`)
	p.do(err)
	var watch, seq int64
	p.do(p.db.QueryRow(t.Context(), sqlFindMissing).Scan(&watch, &seq))
	_, err = p.db.Exec(t.Context(), sqlTellAgain, watch, seq, p.now)
	p.do(err)
	_, err = p.db.Exec(t.Context(), sqlRecount)
	p.do(err)
	p.work()
	p.want("watch_digest: Kokki n0")
	p.sound()
}
