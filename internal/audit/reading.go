package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Entry is an event as the log holds it.
type Entry struct {
	ID int64
	At time.Time
	Event
}

// Filter chooses entries; empty fields choose all. Actor and Subject may name a
// kind alone.
type Filter struct {
	Actor, Subject Ref
	Action         string
	// From and To are the first moment and the one after the last.
	From, To time.Time
	// Before is the ID of the entry after the newest one that is wanted, 0 for
	// the end of the log.
	Before int64
}

const sqlSelectEntries = `
SELECT id, occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail
  FROM audit_event
 WHERE ($1 = '' OR actor_kind = $1)
   AND ($2 = '' OR actor_id = $2)
   AND ($3 = '' OR subject_kind = $3)
   AND ($4 = '' OR subject_id = $4)
   AND ($5 = '' OR action = $5)
   AND ($6::timestamptz IS NULL OR occurred_at >= $6)
   AND ($7::timestamptz IS NULL OR occurred_at < $7)
   AND ($8::bigint = 0 OR id < $8)
 ORDER BY id DESC
 LIMIT $9`

// Entries returns at most limit entries that f chooses, the newest first.
func Entries(ctx context.Context, q postgres.Querier, f Filter, limit int) ([]Entry, error) {
	rows, err := q.Query(ctx, sqlSelectEntries, f.Actor.Kind, f.Actor.ID, f.Subject.Kind, f.Subject.ID, f.Action,
		orNull(f.From), orNull(f.To), f.Before, limit)
	if err != nil {
		return nil, fmt.Errorf("select audit events: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Entry, error) {
		var e Entry
		err := row.Scan(&e.ID, &e.At, &e.Actor.Kind, &e.Actor.ID, &e.Action, &e.Subject.Kind, &e.Subject.ID, &e.Detail)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit events: %w", err)
	}
	return all, nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Check is what verifying the log has found. The zero value is that nobody has.
type Check struct {
	At time.Time
	// Events is how many there were, Broken what Verify returned.
	Events, Broken int64
}

const sqlUpsertCheck = `
INSERT INTO audit_check (single, checked_at, events, broken_id)
VALUES (true, $1, (SELECT count(*) FROM audit_event), $2)
    ON CONFLICT (single) DO UPDATE SET checked_at = excluded.checked_at, events = excluded.events, broken_id = excluded.broken_id`

// CheckAll verifies the whole log and keeps what it has found for LastCheck. It
// reads everything, so it is for a task.
func CheckAll(ctx context.Context, db *postgres.DB) (int64, error) {
	broken, err := Verify(ctx, db)
	if err != nil {
		return 0, err
	}
	err = db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, sqlUpsertCheck, tx.Now, broken); err != nil {
			return fmt.Errorf("keep what verifying found: %w", err)
		}
		return nil
	})
	return broken, err
}

const sqlSelectCheck = `SELECT checked_at, events, broken_id FROM audit_check`

// LastCheck returns what the last CheckAll has found.
func LastCheck(ctx context.Context, q postgres.Querier) (Check, error) {
	var c Check
	err := q.QueryRow(ctx, sqlSelectCheck).Scan(&c.At, &c.Events, &c.Broken)
	if errors.Is(err, pgx.ErrNoRows) {
		return Check{}, nil
	}
	if err != nil {
		return Check{}, fmt.Errorf("read what verifying found: %w", err)
	}
	return c, nil
}
