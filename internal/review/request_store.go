package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlInsertRequest = `
INSERT INTO review_request (application_id, revision, kind, fields, message, due_on, state, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6::date, $7, $8, $9)
RETURNING id`

func insertRequest(ctx context.Context, tx *postgres.Tx, q Request) (int64, error) {
	var id int64
	day := q.DueOn.In(i18n.Helsinki).Format(time.DateOnly)
	err := tx.QueryRow(ctx, sqlInsertRequest, q.ApplicationID, q.Revision, q.Kind, q.Fields, q.Message, day, q.State, q.MadeBy, q.MadeAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("insert request: %w", err)
	}
	return id, nil
}

const sqlSelectRequests = `
SELECT id, application_id, revision, kind, fields, message, due_on, state, made_by, made_at, settled_at
  FROM review_request
 WHERE application_id = $1
 ORDER BY id`

func selectRequests(ctx context.Context, q postgres.Querier, application int64) ([]Request, error) {
	rows, err := q.Query(ctx, sqlSelectRequests, application)
	if err != nil {
		return nil, fmt.Errorf("select requests: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	return all, nil
}

const sqlSelectRequest = `
SELECT id, application_id, revision, kind, fields, message, due_on, state, made_by, made_at, settled_at
  FROM review_request
 WHERE id = $1`

func selectRequest(ctx context.Context, q postgres.Querier, id int64) (Request, error) {
	return oneRequest(q.Query(ctx, sqlSelectRequest, id))
}

const sqlLockRequest = `
SELECT id, application_id, revision, kind, fields, message, due_on, state, made_by, made_at, settled_at
  FROM review_request
 WHERE id = $1
   FOR UPDATE`

func lockRequest(ctx context.Context, tx *postgres.Tx, id int64) (Request, error) {
	return oneRequest(tx.Query(ctx, sqlLockRequest, id))
}

func oneRequest(rows pgx.Rows, err error) (Request, error) {
	if err != nil {
		return Request{}, fmt.Errorf("select request: %w", err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		return Request{}, fmt.Errorf("select request: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	return q, nil
}

func scanRequest(row pgx.CollectableRow) (Request, error) {
	var q Request
	var due time.Time
	var settled *time.Time
	err := row.Scan(&q.ID, &q.ApplicationID, &q.Revision, &q.Kind, &q.Fields, &q.Message, &due, &q.State, &q.MadeBy, &q.MadeAt, &settled)
	y, m, d := due.Date()
	q.DueOn = time.Date(y, m, d, 0, 0, 0, 0, i18n.Helsinki)
	if settled != nil {
		q.SettledAt = *settled
	}
	return q, err
}

const sqlSettleRequest = `
UPDATE review_request
   SET state = $2, settled_at = $3
 WHERE id = $1
   AND state = 'open'`

func settleRequest(ctx context.Context, tx *postgres.Tx, id int64, state RequestState) error {
	if _, err := tx.Exec(ctx, sqlSettleRequest, id, state, tx.Now); err != nil {
		return fmt.Errorf("settle request: %w", err)
	}
	return nil
}

const sqlSettleRequests = `
UPDATE review_request
   SET state = $2, settled_at = $3
 WHERE application_id = $1
   AND state = 'open'`

// settleRequests settles whatever is open about an application.
func settleRequests(ctx context.Context, tx *postgres.Tx, application int64, state RequestState) error {
	if _, err := tx.Exec(ctx, sqlSettleRequests, application, state, tx.Now); err != nil {
		return fmt.Errorf("settle requests: %w", err)
	}
	return nil
}

const sqlMarkReminded = `
UPDATE review_request
   SET reminded_at = $2
 WHERE id = $1
   AND reminded_at IS NULL`

func markReminded(ctx context.Context, tx *postgres.Tx, id int64) (bool, error) {
	tag, err := tx.Exec(ctx, sqlMarkReminded, id, tx.Now)
	if err != nil {
		return false, fmt.Errorf("mark request reminded: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlSelectDue = `
SELECT id
  FROM review_request
 WHERE state = 'open'
   AND (due_on < $2::date OR due_on <= $1::date AND reminded_at IS NULL)
 ORDER BY id`

// selectDue returns the open requests that are over at now, and those that are
// by until and have had no reminder.
func selectDue(ctx context.Context, q postgres.Querier, until, now time.Time) ([]int64, error) {
	rows, err := q.Query(ctx, sqlSelectDue, until.In(i18n.Helsinki).Format(time.DateOnly), now.In(i18n.Helsinki).Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("select due requests: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read due requests: %w", err)
	}
	return ids, nil
}
