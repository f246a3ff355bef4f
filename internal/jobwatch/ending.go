package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectEnding = `
SELECT id, address, language, seed, ends_at
  FROM job_watch
 WHERE ends_at <= $1
   AND ends_at > $2
   AND state <> 'pending'
   AND warned_at IS NULL
 ORDER BY ends_at, id
 LIMIT $3
   FOR UPDATE SKIP LOCKED`

const sqlMarkWarned = `UPDATE job_watch SET warned_at = $2 WHERE id = $1`

// endsAtOnce is how many watches one transaction warns or deletes.
const endsAtOnce = 200

// Warn tells the subscribers of watches that end within a week, once for each
// end, and returns how many it has told.
func (w *Watches) Warn(ctx context.Context) (int, error) {
	return w.inBatches(ctx, func(tx *postgres.Tx) (int, error) {
		rows, err := tx.Query(ctx, sqlSelectEnding, tx.Now.Add(warnedBefore), tx.Now, endsAtOnce)
		if err != nil {
			return 0, fmt.Errorf("select job watches that end: %w", err)
		}
		ending, err := collect(rows, func(row scanner) (s Subscription, err error) {
			return s, row.Scan(&s.ID, &s.Address, &s.Language, &s.seed, &s.EndsAt)
		})
		if err != nil {
			return 0, fmt.Errorf("select job watches that end: %w", err)
		}
		for _, s := range ending {
			if _, err := tx.Exec(ctx, sqlMarkWarned, s.ID, tx.Now); err != nil {
				return 0, fmt.Errorf("mark job watch as warned: %w", err)
			}
			err := mail.Enqueue(ctx, tx, mail.Message{
				Kind: KindEnds, To: s.Address, Lang: s.Language, Key: endKey(s), Priority: mail.PriorityNormal,
				Data: map[string]string{
					"link": w.link(ToManage, s.Language, w.token(ToManage, s.seed)),
					"end":  w.link(ToEnd, s.Language, w.token(ToEnd, s.seed)),
					"date": s.EndsAt.In(i18n.Helsinki).Format(time.RFC3339),
				},
				ExpiresAt: s.EndsAt,
			})
			if err != nil {
				return 0, err
			}
		}
		return len(ending), nil
	})
}

const sqlSelectEnded = `
SELECT id
  FROM job_watch
 WHERE ends_at <= $1
   AND (state = 'pending' OR ends_at <= $3)
 ORDER BY ends_at, id
 LIMIT $2`

// deletedAfter is how long after its end a watch is deleted. From its end on
// nothing opens it and nothing is sent; but a clock that is an hour ahead must
// delete nothing that is still in force.
const deletedAfter = 2 * time.Hour

// Expire deletes the watches that have ended and the orders that were not
// confirmed in time, with everything about them. It returns how many.
func (w *Watches) Expire(ctx context.Context, actor audit.Ref) (int, error) {
	return w.inBatches(ctx, func(tx *postgres.Tx) (int, error) {
		// The lock lets nobody renew a watch between the look and the deletion.
		if _, err := lockCursor(ctx, tx); err != nil {
			return 0, err
		}
		rows, err := tx.Query(ctx, sqlSelectEnded, tx.Now, endsAtOnce, tx.Now.Add(-deletedAfter))
		if err != nil {
			return 0, fmt.Errorf("select job watches that have ended: %w", err)
		}
		ids, err := collect(rows, func(row scanner) (id int64, err error) { return id, row.Scan(&id) })
		if err != nil {
			return 0, fmt.Errorf("select job watches that have ended: %w", err)
		}
		if len(ids) == 0 {
			return 0, nil
		}
		if err := w.erase(ctx, tx, ids, false); err != nil {
			return 0, err
		}
		return len(ids), audit.Record(ctx, tx, audit.Event{
			Actor: actor, Action: actionExpired, Subject: audit.Ref{Kind: "job_watch", ID: "*"}, Detail: map[string]any{"count": len(ids)},
		})
	})
}

// inBatches runs fn in transactions until it has less than a batch to do.
func (w *Watches) inBatches(ctx context.Context, fn func(tx *postgres.Tx) (int, error)) (int, error) {
	total := 0
	for ctx.Err() == nil {
		n := 0
		err := w.db.InTx(ctx, func(tx *postgres.Tx) error {
			var err error
			n, err = fn(tx)
			return err
		})
		total += n
		if err != nil || n < endsAtOnce {
			return total, err
		}
	}
	return total, nil
}

// matchesKept is how long matches are kept: longer than any watch waits.
const matchesKept = 100 * 24 * time.Hour

const sqlMoveHorizon = `
UPDATE job_watch_cursor
   SET kept_from = greatest(kept_from, least(
           (SELECT coalesce(max(e.seq), 0) FROM job_watch_event AS e WHERE e.occurred_at <= $1),
           (SELECT coalesce(min(w.done_seq), seq) FROM job_watch AS w WHERE w.state <> 'pending')))
RETURNING kept_from`

const sqlDeleteMatches = `DELETE FROM job_watch_match WHERE upto <= $1`

const sqlDeleteEvents = `DELETE FROM job_watch_event WHERE seq <= $1`

// Purge deletes matches that no watch needs any more.
func (w *Watches) Purge(ctx context.Context) error {
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := takeTime(ctx, tx); err != nil {
			return err
		}
		if _, err := lockCursor(ctx, tx); err != nil {
			return err
		}
		var from int64
		if err := tx.QueryRow(ctx, sqlMoveHorizon, tx.Now.Add(-matchesKept)).Scan(&from); err != nil {
			return fmt.Errorf("move the horizon of job watches: %w", err)
		}
		if _, err := tx.Exec(ctx, sqlDeleteMatches, from); err != nil {
			return fmt.Errorf("delete matches of job watches: %w", err)
		}
		if _, err := tx.Exec(ctx, sqlDeleteEvents, from); err != nil {
			return fmt.Errorf("delete events of job watches: %w", err)
		}
		return nil
	})
}
