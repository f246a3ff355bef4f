package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Figures are what a reconciliation comes to: what the searches have found for
// the watches in force against what the ledger knows of it.
type Figures struct {
	// Watches are in force. Matched is how many postings, by revision, have
	// been found for them.
	Watches int `json:"watches"`
	Matched int `json:"matched"`
	// Sent has been taken by the mail server, Queued is in a mail on its way,
	// Pending waits for the next mail.
	Sent    int `json:"sent"`
	Queued  int `json:"queued"`
	Pending int `json:"pending"`
	// Skipped counts by reason what was not sent.
	Skipped map[Reason]int `json:"skipped"`
	// Missing is matched and neither in the ledger nor waiting. Unfounded
	// stands in the ledger and was never matched. Uneven mails stand for
	// another number of postings than the ledger says. All are 0, or something
	// is broken.
	Missing   int `json:"missing"`
	Unfounded int `json:"unfounded"`
	Uneven    int `json:"uneven"`
	// Faulty searches cannot be understood any more and find nothing.
	Faulty int `json:"faulty"`
}

// Sound tells whether everything matched has been sent, has been skipped for a
// reason, or waits.
func (f Figures) Sound() bool {
	skipped := 0
	for _, n := range f.Skipped {
		skipped += n
	}
	return f.Missing == 0 && f.Unfounded == 0 && f.Uneven == 0 && f.Faulty == 0 &&
		f.Matched == f.Sent+f.Queued+f.Pending+skipped
}

// sqlReconcile looks at what was matched since each watch began and at the
// ledger, each from its own side.
const sqlReconcile = `
  WITH matched AS (
         SELECT w.id AS watch_id, w.done_seq, e.posting_id, e.revision, max(e.seq) AS last
           FROM job_watch AS w
          CROSS JOIN job_watch_cursor AS c
           JOIN job_watch_match AS m ON m.search_id = w.search_id AND m.upto > greatest(w.start_seq, c.kept_from)
          CROSS JOIN unnest(m.seqs) AS s (seq)
           JOIN job_watch_event AS e ON e.seq = s.seq
          WHERE w.state <> 'pending'
            AND e.seq > greatest(w.start_seq, c.kept_from)
          GROUP BY w.id, w.done_seq, e.posting_id, e.revision
         HAVING bool_or(e.kind <> 'edited' OR e.opened_seq > w.start_seq)),
       ledger AS (
         SELECT m.watch_id AS matched_for, m.last > m.done_seq AS waits, e.watch_id, e.state, e.reason
           FROM matched AS m
           LEFT JOIN job_watch_entry AS e ON e.watch_id = m.watch_id AND e.posting_id = m.posting_id AND e.revision = m.revision)
SELECT CASE WHEN l.watch_id IS NOT NULL THEN l.state WHEN l.waits THEN 'pending' ELSE 'missing' END,
       coalesce(l.reason, ''), count(*)
  FROM ledger AS l
 GROUP BY 1, 2
 UNION ALL
SELECT 'unfounded', '', count(*)
  FROM job_watch_entry AS e
  JOIN job_watch AS w ON w.id = e.watch_id
 CROSS JOIN job_watch_cursor AS c
 WHERE e.seq > greatest(w.start_seq, c.kept_from)
   AND NOT EXISTS (SELECT FROM matched AS m WHERE m.watch_id = e.watch_id AND m.posting_id = e.posting_id AND m.revision = e.revision)
 UNION ALL
SELECT 'uneven', '', count(*)
  FROM job_watch_mail AS m
 WHERE m.postings <> (SELECT count(*) FROM job_watch_entry AS e WHERE e.mail_id = m.id)
 UNION ALL
SELECT 'watches', '', count(*)
  FROM job_watch
 WHERE state <> 'pending'
 UNION ALL
SELECT 'faulty', '', count(*)
  FROM job_watch_search
 WHERE fault <> ''`

const sqlTakeTime = `SELECT set_config('statement_timeout', '5min', true)`

// takeTime lets the statements of tx run longer than those that a page waits
// for: they look at every watch.
func takeTime(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlTakeTime); err != nil {
		return fmt.Errorf("take time for all job watches: %w", err)
	}
	return nil
}

// Reconcile counts, on one snapshot, what was matched and what became of it.
func (w *Watches) Reconcile(ctx context.Context) (Figures, error) {
	f := Figures{Skipped: map[Reason]int{}}
	err := w.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		if err := takeTime(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sqlReconcile)
		if err != nil {
			return fmt.Errorf("reconcile job watches: %w", err)
		}
		counts, err := collect(rows, func(row scanner) (c figure, err error) { return c, row.Scan(&c.what, &c.reason, &c.n) })
		if err != nil {
			return fmt.Errorf("reconcile job watches: %w", err)
		}
		for _, c := range counts {
			f.add(c)
		}
		return nil
	})
	return f, err
}

type figure struct {
	what   string
	reason Reason
	n      int
}

func (f *Figures) add(c figure) {
	switch c.what {
	case "watches":
		f.Watches = c.n
		return
	case "unfounded":
		f.Unfounded = c.n
		return
	case "uneven":
		f.Uneven = c.n
		return
	case "faulty":
		f.Faulty = c.n
		return
	}
	f.Matched += c.n
	switch c.what {
	case stateSent:
		f.Sent += c.n
	case stateQueued:
		f.Queued += c.n
	case "pending":
		f.Pending += c.n
	case "missing":
		f.Missing += c.n
	case stateSkipped:
		f.Skipped[c.reason] += c.n
	}
}

// Reconciled are the figures of one day.
type Reconciled struct {
	Day, At time.Time
	Sound   bool
	Figures
}

const sqlInsertFigures = `
INSERT INTO job_watch_figures (day, at, sound, figures)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (day) DO UPDATE
   SET at = excluded.at, sound = job_watch_figures.sound AND excluded.sound, figures = excluded.figures`

// sqlWakeForgotten is for what must not be: matches that wait for a watch that
// nothing will look at.
const sqlWakeForgotten = `
UPDATE job_watch AS w
   SET next_at = $1
 WHERE w.state = 'active'
   AND w.next_at IS NULL
   AND EXISTS (SELECT FROM job_watch_match AS m WHERE m.search_id = w.search_id AND m.upto > w.done_seq)`

func (w *Watches) wakeForgotten(ctx context.Context) error {
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := takeTime(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlWakeForgotten, tx.Now); err != nil {
			return fmt.Errorf("wake forgotten job watches: %w", err)
		}
		return nil
	})
}

// Report wakes what was forgotten, reconciles and keeps the figures of the day; a day on which one report
// was not sound stays so. It tells whether this one is, and leaves an audit
// event when it is not.
func (w *Watches) Report(ctx context.Context) (Figures, error) {
	if err := w.wakeForgotten(ctx); err != nil {
		return Figures{}, err
	}
	f, err := w.Reconcile(ctx)
	if err != nil {
		return f, err
	}
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		y, m, d := tx.Now.In(i18n.Helsinki).Date()
		_, err := tx.Exec(ctx, sqlInsertFigures, time.Date(y, m, d, 0, 0, 0, 0, time.UTC), tx.Now, f.Sound(), f)
		if err != nil {
			return fmt.Errorf("keep figures of job watches: %w", err)
		}
		if f.Sound() {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System("jobwatch.reconcile"), Action: actionBroken, Subject: audit.Ref{Kind: "job_watch", ID: "*"},
			Detail: map[string]any{"missing": f.Missing, "unfounded": f.Unfounded, "uneven": f.Uneven, "faulty": f.Faulty},
		})
	})
	return f, err
}

const sqlSelectFigures = `
SELECT day, at, sound, figures
  FROM job_watch_figures
 ORDER BY day DESC
 LIMIT $1`

// Reports returns the figures of the last days, newest first.
func (w *Watches) Reports(ctx context.Context, days int) ([]Reconciled, error) {
	rows, err := w.db.Query(ctx, sqlSelectFigures, days)
	if err != nil {
		return nil, fmt.Errorf("select figures of job watches: %w", err)
	}
	all, err := collect(rows, func(row scanner) (r Reconciled, err error) {
		return r, row.Scan(&r.Day, &r.At, &r.Sound, &r.Figures)
	})
	if err != nil {
		return nil, fmt.Errorf("select figures of job watches: %w", err)
	}
	return all, nil
}
