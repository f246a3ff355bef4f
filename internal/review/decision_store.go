package review

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlNextSerial = `
INSERT INTO decision_sequence (year, last)
VALUES ($1, 1)
    ON CONFLICT (year) DO UPDATE SET last = decision_sequence.last + 1
RETURNING last`

// nextSerial gives out the next number of a year. The row stays locked until tx
// ends, so that a number that was given to nothing is given again.
func nextSerial(ctx context.Context, tx *postgres.Tx, year int) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlNextSerial, year).Scan(&n); err != nil {
		return 0, fmt.Errorf("number a decision: %w", err)
	}
	return n, nil
}

const sqlInsertDecision = `
INSERT INTO decision (year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id`

func insertDecision(ctx context.Context, tx *postgres.Tx, d Decision) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertDecision, d.Year, d.Serial, d.Kind, d.ApplicationID, d.BusinessID, d.Organisation,
		d.Language, d.Grounds, d.Wording, d.MadeBy, d.MadeAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("insert decision: %w", err)
	}
	return id, nil
}

const sqlSelectDecision = `
SELECT id, year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at
  FROM decision
 WHERE id = $1`

func selectDecision(ctx context.Context, q postgres.Querier, id int64) (Decision, error) {
	return oneDecision(q.Query(ctx, sqlSelectDecision, id))
}

const sqlSelectRejection = `
SELECT id, year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at
  FROM decision
 WHERE application_id = $1
   AND kind = 'rejection'`

func selectRejection(ctx context.Context, q postgres.Querier, application int64) (Decision, error) {
	return oneDecision(q.Query(ctx, sqlSelectRejection, application))
}

const sqlSelectDecisions = `
SELECT id, year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at
  FROM decision
 WHERE business_id = $1
 ORDER BY id DESC`

func selectDecisions(ctx context.Context, q postgres.Querier, id organisation.BusinessID) ([]Decision, error) {
	return manyDecisions(q.Query(ctx, sqlSelectDecisions, id))
}

const sqlSelectNewestDecisions = `
SELECT id, year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at
  FROM decision
 ORDER BY id DESC
 LIMIT 200`

func selectNewestDecisions(ctx context.Context, q postgres.Querier) ([]Decision, error) {
	return manyDecisions(q.Query(ctx, sqlSelectNewestDecisions))
}

func manyDecisions(rows pgx.Rows, err error) ([]Decision, error) {
	if err != nil {
		return nil, fmt.Errorf("select decisions: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanDecision)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return all, nil
}

func oneDecision(rows pgx.Rows, err error) (Decision, error) {
	if err != nil {
		return Decision{}, fmt.Errorf("select decision: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDecision)
	if errors.Is(err, pgx.ErrNoRows) {
		return Decision{}, fmt.Errorf("select decision: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Decision{}, fmt.Errorf("read decision: %w", err)
	}
	return d, nil
}

func scanDecision(row pgx.CollectableRow) (Decision, error) {
	var d Decision
	var application *int64
	err := row.Scan(&d.ID, &d.Year, &d.Serial, &d.Kind, &application, &d.BusinessID, &d.Organisation, &d.Language,
		&d.Grounds, &d.Wording, &d.MadeBy, &d.MadeAt)
	if application != nil {
		d.ApplicationID = *application
	}
	return d, err
}
