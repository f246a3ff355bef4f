package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const (
	actionBrakesPurged  = "job_watch.brakes_purged"
	actionSourcesPurged = "job_watch.sources_purged"
)

const sqlCountDueBrakes = `
SELECT count(*)
  FROM job_watch_brake
 WHERE sent_at <= $2
   AND keeping_end(sent_at, $3, $4, $5) <= $1`

const sqlDeleteDueBrakes = `
DELETE FROM job_watch_brake
 WHERE address_index IN (SELECT address_index
                           FROM job_watch_brake
                          WHERE sent_at <= $2
                            AND keeping_end(sent_at, $3, $4, $5) <= $1
                          ORDER BY sent_at
                          LIMIT $6
                            FOR UPDATE SKIP LOCKED)`

const sqlCountDueSources = `
SELECT count(*)
  FROM job_watch_source
 WHERE last_at <= $2
   AND keeping_end(last_at, $3, $4, $5) <= $1`

const sqlDeleteDueSources = `
DELETE FROM job_watch_source
 WHERE source_index IN (SELECT source_index
                          FROM job_watch_source
                         WHERE last_at <= $2
                           AND keeping_end(last_at, $3, $4, $5) <= $1
                         ORDER BY last_at
                         LIMIT $6
                           FOR UPDATE SKIP LOCKED)`

// Purges returns how watches are given up that have ended, orders that were not
// confirmed in time, and what only bounds the orders of a day. Expire, Confirmations
// and the subscribers themselves do so sooner; this is what holds when they fail.
func (w *Watches) Purges() []keeping.Purge {
	return []keeping.Purge{
		w.ended("job_watch", false),
		w.ended("job_watch_unconfirmed", true),
		purge.Rows{
			Kind: "job_watch_brake", Count: sqlCountDueBrakes, Delete: sqlDeleteDueBrakes,
			Action: actionBrakesPurged, Subject: "job_watch", Fixed: true,
		}.Purge(w.db),
		purge.Rows{
			Kind: "job_watch_source", Count: sqlCountDueSources, Delete: sqlDeleteDueSources,
			Action: actionSourcesPurged, Subject: "job_watch", Fixed: true,
		}.Purge(w.db),
	}
}

const sqlCountEnded = `SELECT count(*) FROM job_watch WHERE ends_at <= $1 AND (state = 'pending') = $2`

const sqlSelectEndedOf = `
SELECT id
  FROM job_watch
 WHERE ends_at <= $1
   AND (state = 'pending') = $2
 ORDER BY ends_at, id
 LIMIT $3`

// ended is the purge of watches by the end that their subscribers were told: a
// rule that changes holds for those that are ordered or renewed after it.
func (w *Watches) ended(kind string, pending bool) keeping.Purge {
	until := func(tx *postgres.Tx) time.Time {
		if pending {
			return tx.Now
		}
		return tx.Now.Add(-deletedAfter)
	}
	return keeping.Purge{
		Kind: kind, Fixed: true,
		Due: func(ctx context.Context, tx *postgres.Tx, _ keeping.Rule) (int, error) {
			var n int
			if err := tx.QueryRow(ctx, sqlCountEnded, until(tx), pending).Scan(&n); err != nil {
				return 0, fmt.Errorf("count job watches that have ended: %w", err)
			}
			return n, nil
		},
		Run: func(ctx context.Context, r keeping.Rule, limit int) (int, error) {
			var ids []int64
			err := w.db.InTx(ctx, func(tx *postgres.Tx) error {
				// The lock lets nobody renew a watch between the look and the deletion.
				if _, err := lockCursor(ctx, tx); err != nil {
					return err
				}
				rows, err := tx.Query(ctx, sqlSelectEndedOf, until(tx), pending, min(limit, endsAtOnce))
				if err != nil {
					return fmt.Errorf("select job watches that have ended: %w", err)
				}
				ids, err = collect(rows, func(row scanner) (id int64, err error) { return id, row.Scan(&id) })
				if err != nil {
					return fmt.Errorf("select job watches that have ended: %w", err)
				}
				if len(ids) == 0 {
					return nil
				}
				if err := w.erase(ctx, tx, ids, false); err != nil {
					return err
				}
				return audit.Record(ctx, tx, audit.Event{
					Actor: audit.System(keeping.Task), Action: actionExpired, Subject: audit.Ref{Kind: "job_watch", ID: "*"},
					Detail: map[string]any{"count": len(ids), "rule": r.Version},
				})
			})
			return len(ids), err
		},
	}
}
