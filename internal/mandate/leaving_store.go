package mandate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// leaving is a visit to close.
type leaving struct {
	id, sessionID int64
	visit         []byte
	tries         int
}

const sqlInsertLeaving = `
INSERT INTO mandate_leaving (session_id, visit, next_try_at)
VALUES ($1, $2, $3)`

func insertLeaving(ctx context.Context, tx *postgres.Tx, sessionID int64, visit []byte) error {
	if _, err := tx.Exec(ctx, sqlInsertLeaving, sessionID, visit, tx.Now); err != nil {
		return fmt.Errorf("leave a visit: %w", err)
	}
	return nil
}

const sqlSelectLeaving = `
SELECT id, session_id, visit, tries
  FROM mandate_leaving
 WHERE next_try_at <= $1
 ORDER BY next_try_at
 LIMIT $2`

func selectLeaving(ctx context.Context, q postgres.Querier, now time.Time) ([]leaving, error) {
	rows, err := q.Query(ctx, sqlSelectLeaving, now, closeBatch)
	if err != nil {
		return nil, fmt.Errorf("select visits to close: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (leaving, error) {
		var l leaving
		err := row.Scan(&l.id, &l.sessionID, &l.visit, &l.tries)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("select visits to close: %w", err)
	}
	return all, nil
}

const sqlDeleteLeaving = `
DELETE FROM mandate_leaving
 WHERE id = $1`

func deleteLeaving(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlDeleteLeaving, id); err != nil {
		return fmt.Errorf("forget a closed visit: %w", err)
	}
	return nil
}

const sqlUpdateLeaving = `
UPDATE mandate_leaving
   SET tries = tries + 1, next_try_at = $2
 WHERE id = $1`

func updateLeaving(ctx context.Context, tx *postgres.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlUpdateLeaving, id, at); err != nil {
		return fmt.Errorf("put off closing a visit: %w", err)
	}
	return nil
}

const sqlSelectOld = `
SELECT session_id
  FROM mandate_session
 WHERE greatest(begun_at, checked_at) < $1`

// takeOld takes away what is older than any session.
func (m *Mandates) takeOld(ctx context.Context, tx *postgres.Tx, until time.Time) error {
	rows, err := tx.Query(ctx, sqlSelectOld, until)
	if err != nil {
		return fmt.Errorf("select old visits: %w", err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("select old visits: %w", err)
	}
	if len(old) == 0 {
		return nil
	}
	return m.takeAway(ctx, tx, old)
}
