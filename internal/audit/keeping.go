package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const actionReleased = "audit_event.released"

const sqlCountDueEvents = `
SELECT count(*)
  FROM audit_event
 WHERE occurred_at <= $2
   AND keeping_end(occurred_at, $3, $4, $5) <= $1`

const sqlSelectOldest = `
SELECT id, occurred_at
  FROM audit_event
 ORDER BY id
 LIMIT $1`

const sqlRelease = `SELECT release_audit_events($1)`

// Purges returns how the oldest events are given up. The portal has no right to
// delete any: the database itself lets the beginning of the chain go, and keeps
// what the rest continues.
func Purges(db *postgres.DB) []keeping.Purge {
	return []keeping.Purge{{
		Kind: "audit",
		Due: func(ctx context.Context, tx *postgres.Tx, r keeping.Rule) (int, error) {
			var n int
			p := r.Period
			if err := tx.QueryRow(ctx, sqlCountDueEvents, tx.Now, p.Latest(tx.Now), p.Months, p.Days, p.Hours).Scan(&n); err != nil {
				return 0, fmt.Errorf("count audit events that are due: %w", err)
			}
			return n, nil
		},
		Run: func(ctx context.Context, r keeping.Rule, limit int) (int, error) {
			n := 0
			err := db.InTx(ctx, func(tx *postgres.Tx) error {
				var err error
				n, err = release(ctx, tx, r, limit)
				return err
			})
			return n, err
		},
	}}
}

// release gives up the beginning of the chain, up to the first event that is not
// due or has come since.
func release(ctx context.Context, tx *postgres.Tx, r keeping.Rule, limit int) (int, error) {
	rows, err := tx.Query(ctx, sqlSelectOldest, limit)
	if err != nil {
		return 0, fmt.Errorf("select the oldest audit events: %w", err)
	}
	var id, upto int64
	var at time.Time
	n, due := 0, true
	_, err = pgx.ForEachRow(rows, []any{&id, &at}, func() error {
		if due = due && !r.Period.End(at).After(tx.Now); due {
			upto = id
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the oldest audit events: %w", err)
	}
	if upto == 0 {
		return 0, nil
	}
	// The event comes first: the newest one tells the database what time it is.
	err = Record(ctx, tx, Event{
		Actor: System(keeping.Task), Action: actionReleased, Subject: Ref{Kind: "audit", ID: "*"},
		Detail: map[string]any{"count": n, "upto": upto, "rule": r.Version},
	})
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, sqlRelease, upto); err != nil {
		return 0, fmt.Errorf("release audit events: %w", err)
	}
	return n, nil
}
