package datarequest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlInsertRequest = `
INSERT INTO data_request
    (submission, person_id, kind, channel, language, requester, address, message, identification, state, received_at, due_at, entered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $11, $12)
    ON CONFLICT (submission) DO NOTHING
RETURNING id`

const sqlSelectSubmitted = `
SELECT id
  FROM data_request
 WHERE submission = $1
   AND person_id IS NOT DISTINCT FROM $2
   AND entered_by IS NOT DISTINCT FROM $3`

// insertRequest returns the request that the form has made before, and false, when
// it is sent again. The form of somebody else is fault.ErrConflict.
func insertRequest(ctx context.Context, tx *postgres.Tx, submission string, q Request) (int64, bool, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertRequest, submission, orNull(q.Person), q.Kind, q.Channel, q.Language, q.Requester, q.Address,
		q.Message, q.Identification, q.ReceivedAt, q.DueAt, orNull(q.EnteredBy)).Scan(&id)
	if err == nil {
		return id, true, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, false, fmt.Errorf("insert data request: %w", err)
	}
	err = tx.QueryRow(ctx, sqlSelectSubmitted, submission, orNull(q.Person), orNull(q.EnteredBy)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, fmt.Errorf("data request sent again by another: %w", fault.ErrConflict)
	}
	if err != nil {
		return 0, false, fmt.Errorf("select data request: %w", err)
	}
	return id, false, nil
}

func orNull(id identity.PersonID) *identity.PersonID {
	if id == 0 {
		return nil
	}
	return &id
}

const sqlCountWaiting = `
SELECT count(*)
  FROM data_request
 WHERE person_id = $1
   AND state = 'waiting'
   AND submission <> $2`

func countWaiting(ctx context.Context, tx *postgres.Tx, person identity.PersonID, submission string) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlCountWaiting, person, submission).Scan(&n); err != nil {
		return 0, fmt.Errorf("count waiting data requests: %w", err)
	}
	return n, nil
}

const sqlSelectRequest = `
SELECT id, coalesce(person_id, 0), kind, channel, language, requester, address, message, identification, state, outcome,
       received_at, due_at, coalesce(entered_by, 0), coalesce(claimed_by, 0), claimed_until, answer, coalesce(settled_by, 0),
       settled_at, lifted_at, erased_at
  FROM data_request
 WHERE id = $1
   AND ($2::bigint IS NULL OR person_id = $2)`

// selectRequest returns a request, unless owner is nil only if it is theirs: it does
// no more for one of somebody else than for none.
func selectRequest(ctx context.Context, q postgres.Querier, id int64, owner *identity.PersonID) (Request, error) {
	rows, err := q.Query(ctx, sqlSelectRequest, id, owner)
	if err != nil {
		return Request{}, fmt.Errorf("select data request: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		return Request{}, fmt.Errorf("select data request: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Request{}, fmt.Errorf("read data request: %w", err)
	}
	return found, nil
}

const sqlLockRequest = `SELECT id FROM data_request WHERE id = $1 FOR UPDATE`

func lockRequest(ctx context.Context, tx *postgres.Tx, id int64) (Request, error) {
	if _, err := tx.Exec(ctx, sqlLockRequest, id); err != nil {
		return Request{}, fmt.Errorf("lock data request: %w", err)
	}
	return selectRequest(ctx, tx, id, nil)
}

const sqlHoldPersonOf = `
SELECT id
  FROM person
 WHERE id = (SELECT person_id FROM data_request WHERE id = $1)
   FOR KEY SHARE`

// holdPersonOf keeps the person who asks from being deleted until tx ends.
func holdPersonOf(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlHoldPersonOf, id); err != nil {
		return fmt.Errorf("hold whoever asks: %w", err)
	}
	return nil
}

const sqlSelectOfPerson = `
SELECT id, coalesce(person_id, 0), kind, channel, language, requester, address, message, identification, state, outcome,
       received_at, due_at, coalesce(entered_by, 0), coalesce(claimed_by, 0), claimed_until, answer, coalesce(settled_by, 0),
       settled_at, lifted_at, erased_at
  FROM data_request
 WHERE person_id = $1
 ORDER BY id DESC`

func selectOfPerson(ctx context.Context, q postgres.Querier, person identity.PersonID) ([]Request, error) {
	return manyRequests(q.Query(ctx, sqlSelectOfPerson, person))
}

const sqlSelectWaiting = `
SELECT id, coalesce(person_id, 0), kind, channel, language, requester, address, message, identification, state, outcome,
       received_at, due_at, coalesce(entered_by, 0), coalesce(claimed_by, 0), claimed_until, answer, coalesce(settled_by, 0),
       settled_at, lifted_at, erased_at
  FROM data_request
 WHERE state = 'waiting'
 ORDER BY due_at, id`

func selectWaiting(ctx context.Context, q postgres.Querier) ([]Request, error) {
	return manyRequests(q.Query(ctx, sqlSelectWaiting))
}

const sqlClaimNext = `
UPDATE data_request
   SET claimed_by = $1, claimed_until = $2
 WHERE id = (
       SELECT id
         FROM data_request
        WHERE state = 'waiting'
          AND person_id IS DISTINCT FROM $1
          AND (claimed_by IS NULL OR claimed_by = $1 OR claimed_until <= $3)
        ORDER BY CASE WHEN claimed_by = $1 AND claimed_until > $3 THEN 0 ELSE 1 END, due_at, id
        LIMIT 1
          FOR UPDATE SKIP LOCKED)
RETURNING id`

// claimNext is fault.ErrNotFound when nothing waits that the officer may take.
func claimNext(ctx context.Context, tx *postgres.Tx, officer identity.PersonID, until time.Time) (Request, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlClaimNext, officer, until, tx.Now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Request{}, fmt.Errorf("claim the next data request: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Request{}, fmt.Errorf("claim the next data request: %w", err)
	}
	return selectRequest(ctx, tx, id, nil)
}

const sqlSetClaim = `UPDATE data_request SET claimed_by = $2, claimed_until = $3 WHERE id = $1`

func setClaim(ctx context.Context, tx *postgres.Tx, id int64, officer identity.PersonID, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlSetClaim, id, officer, until); err != nil {
		return fmt.Errorf("claim data request: %w", err)
	}
	return nil
}

const sqlClearClaim = `UPDATE data_request SET claimed_by = NULL, claimed_until = NULL WHERE id = $1`

func clearClaim(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlClearClaim, id); err != nil {
		return fmt.Errorf("hand back data request: %w", err)
	}
	return nil
}

const sqlSetIdentified = `
UPDATE data_request
   SET identification = $2, person_id = coalesce(person_id, $3), address = CASE WHEN $4 THEN '' ELSE address END
 WHERE id = $1`

func setIdentified(ctx context.Context, tx *postgres.Tx, id int64, how Identification, person identity.PersonID, protected bool) error {
	if _, err := tx.Exec(ctx, sqlSetIdentified, id, how, orNull(person), protected); err != nil {
		return fmt.Errorf("identify whose data request: %w", err)
	}
	return nil
}

const sqlSetSettled = `
UPDATE data_request
   SET state = 'settled', outcome = $2, answer = $3, settled_by = $4, settled_at = $5, claimed_by = NULL, claimed_until = NULL
 WHERE id = $1
   AND state = 'waiting'`

func setSettled(ctx context.Context, tx *postgres.Tx, id int64, o Outcome, answer string, officer identity.PersonID) error {
	tag, err := tx.Exec(ctx, sqlSetSettled, id, o, answer, orNull(officer), tx.Now)
	if err != nil {
		return fmt.Errorf("settle data request: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return errors.New("settle data request: it was not locked")
	}
	return nil
}

func manyRequests(rows pgx.Rows, err error) ([]Request, error) {
	if err != nil {
		return nil, fmt.Errorf("select data requests: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("read data requests: %w", err)
	}
	return all, nil
}

func scanRequest(row pgx.CollectableRow) (Request, error) {
	var q Request
	var until, settled, lifted, erased *time.Time
	err := row.Scan(&q.ID, &q.Person, &q.Kind, &q.Channel, &q.Language, &q.Requester, &q.Address, &q.Message, &q.Identification, &q.State, &q.Outcome,
		&q.ReceivedAt, &q.DueAt, &q.EnteredBy, &q.ClaimedBy, &until, &q.Answer, &q.SettledBy, &settled, &lifted, &erased)
	for to, from := range map[*time.Time]*time.Time{&q.ClaimedUntil: until, &q.SettledAt: settled, &q.LiftedAt: lifted, &q.ErasedAt: erased} {
		if from != nil {
			*to = *from
		}
	}
	return q, err
}
