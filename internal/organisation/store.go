package organisation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectOrganisation = `
SELECT found, entry
  FROM organisation
 WHERE business_id = $1`

func selectOrganisation(ctx context.Context, q postgres.Querier, id BusinessID) (Organisation, bool, error) {
	var found *bool
	var entry *Organisation
	err := q.QueryRow(ctx, sqlSelectOrganisation, id).Scan(&found, &entry)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && found == nil:
		return Organisation{}, false, nil
	case err != nil:
		return Organisation{}, false, fmt.Errorf("select organisation: %w", err)
	case !*found:
		return Organisation{}, false, fmt.Errorf("organisation in the business register: %w", fault.ErrNotFound)
	}
	return *entry, true, nil
}

const sqlUpsertAsked = `
INSERT INTO organisation (business_id, asked_at, next_try_at)
VALUES ($1, $2, $2)
    ON CONFLICT (business_id) DO UPDATE SET asked_at = excluded.asked_at`

func upsertAsked(ctx context.Context, tx *postgres.Tx, id BusinessID) error {
	if _, err := tx.Exec(ctx, sqlUpsertAsked, id, tx.Now); err != nil {
		return fmt.Errorf("ask for an organisation: %w", err)
	}
	return nil
}

// due is a look-up to do.
type due struct {
	id    BusinessID
	tries int
}

const sqlSelectDue = `
SELECT business_id, tries
  FROM organisation
 WHERE next_try_at <= $1
 ORDER BY found IS NOT NULL, next_try_at
 LIMIT $2`

// selectDue returns the look-ups of organisations of which nothing is known
// before others.
func selectDue(ctx context.Context, q postgres.Querier, now time.Time) ([]due, error) {
	rows, err := q.Query(ctx, sqlSelectDue, now, batch)
	if err != nil {
		return nil, fmt.Errorf("select organisations to look up: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (due, error) {
		var d due
		err := row.Scan(&d.id, &d.tries)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("select organisations to look up: %w", err)
	}
	return all, nil
}

const sqlUpdateFetched = `
UPDATE organisation
   SET found = $2, entry = $3, fetched_at = $4, next_try_at = $5, tries = 0
 WHERE business_id = $1`

func updateFetched(ctx context.Context, tx *postgres.Tx, id BusinessID, o *Organisation) error {
	if _, err := tx.Exec(ctx, sqlUpdateFetched, id, o != nil, o, tx.Now, tx.Now.Add(fresh)); err != nil {
		return fmt.Errorf("keep an organisation: %w", err)
	}
	return nil
}

const sqlUpdateDelayed = `
UPDATE organisation
   SET next_try_at = $2, tries = tries + 1
 WHERE business_id = $1`

func updateDelayed(ctx context.Context, tx *postgres.Tx, id BusinessID, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlUpdateDelayed, id, until); err != nil {
		return fmt.Errorf("delay a look-up: %w", err)
	}
	return nil
}

const sqlUpdateResting = `
UPDATE organisation
   SET next_try_at = $1
 WHERE next_try_at < $1`

func updateResting(ctx context.Context, tx *postgres.Tx, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlUpdateResting, until); err != nil {
		return fmt.Errorf("delay every look-up: %w", err)
	}
	return nil
}
