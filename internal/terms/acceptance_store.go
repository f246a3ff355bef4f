package terms

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

const sqlSelectLastNumber = `
SELECT coalesce(max(number), 0)
  FROM terms_acceptance
 WHERE business_id = $1
   AND person_id = $2
   AND kind = $3`

func selectLastNumber(ctx context.Context, q postgres.Querier, person identity.PersonID, businessID string, kind Kind) (int, error) {
	var n int
	if err := q.QueryRow(ctx, sqlSelectLastNumber, businessID, person, kind).Scan(&n); err != nil {
		return 0, fmt.Errorf("select the last acceptance: %w", err)
	}
	return n, nil
}

const sqlSelectNumbers = `
SELECT coalesce((SELECT max(number)
                   FROM terms_acceptance
                  WHERE business_id = $1
                    AND person_id = $2
                    AND kind = $3), 0),
       coalesce((SELECT max(number)
                   FROM terms_version
                  WHERE kind = $3
                    AND effective_on <= $4), 0)`

// selectNumbers returns the version accepted last and the one in force on a
// day, 0 for none.
func selectNumbers(ctx context.Context, q postgres.Querier, person identity.PersonID, businessID string, kind Kind, on time.Time) (before, current int, err error) {
	if err := q.QueryRow(ctx, sqlSelectNumbers, businessID, person, kind, on).Scan(&before, &current); err != nil {
		return 0, 0, fmt.Errorf("select the numbers of terms: %w", err)
	}
	return before, current, nil
}

const sqlSelectAcceptances = `
SELECT id, kind, number, language, hash, how, person_id, person_name,
       business_id, organisation_name, authority, accepted_at
  FROM terms_acceptance
 WHERE business_id = $1
   AND ($2 = '' OR kind = $2)
 ORDER BY accepted_at DESC, id DESC`

// Accepted lists an organisation's acceptances of kind, newest first; of every
// kind when kind is "".
func (t *Terms) Accepted(ctx context.Context, businessID string, kind Kind) ([]Acceptance, error) {
	rows, err := t.db.Query(ctx, sqlSelectAcceptances, businessID, string(kind))
	if err != nil {
		return nil, fmt.Errorf("select acceptances: %w", err)
	}
	all, err := pgx.CollectRows(rows, acceptance)
	if err != nil {
		return nil, fmt.Errorf("read acceptances: %w", err)
	}
	return all, nil
}

const sqlSelectAcceptance = `
SELECT id, kind, number, language, hash, how, person_id, person_name,
       business_id, organisation_name, authority, accepted_at
  FROM terms_acceptance
 WHERE business_id = $1
   AND id = $2`

// Acceptance returns one acceptance of an organisation; one of another
// organisation is fault.ErrNotFound too.
func (t *Terms) Acceptance(ctx context.Context, businessID string, id AcceptanceID) (Acceptance, error) {
	rows, err := t.db.Query(ctx, sqlSelectAcceptance, businessID, id)
	if err != nil {
		return Acceptance{}, fmt.Errorf("select acceptance: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, acceptance)
	if errors.Is(err, pgx.ErrNoRows) {
		return Acceptance{}, fmt.Errorf("acceptance: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Acceptance{}, fmt.Errorf("read acceptance: %w", err)
	}
	return a, nil
}

// TextOf returns the version that was accepted, of a kind that is no longer open
// too.
func (t *Terms) TextOf(ctx context.Context, a Acceptance) (Version, error) {
	return selectVersion(ctx, t.db, a.Kind, a.Number)
}

func acceptance(row pgx.CollectableRow) (Acceptance, error) {
	var a Acceptance
	err := row.Scan(&a.ID, &a.Kind, &a.Number, &a.Language, &a.Hash, &a.How, &a.PersonID, &a.PersonName,
		&a.BusinessID, &a.OrganisationName, &a.Authority, &a.At)
	return a, err
}

const sqlInsertAcceptance = `
INSERT INTO terms_acceptance
    (kind, number, language, hash, how, person_id, person_name,
     business_id, organisation_name, authority, accepted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT ON CONSTRAINT terms_acceptance_once_key DO NOTHING
RETURNING id`

const sqlSelectSameAcceptance = `
SELECT id
  FROM terms_acceptance
 WHERE business_id = $1
   AND person_id = $2
   AND kind = $3
   AND number = $4`

// insertAcceptance returns the one that is there already when there is one.
func insertAcceptance(ctx context.Context, tx *postgres.Tx, a Acceptance) (id AcceptanceID, isNew bool, err error) {
	err = tx.QueryRow(ctx, sqlInsertAcceptance, a.Kind, a.Number, a.Language, a.Hash, a.How, a.PersonID, a.PersonName,
		a.BusinessID, a.OrganisationName, a.Authority, a.At).Scan(&id)
	if err == nil {
		return id, true, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, false, fmt.Errorf("insert acceptance: %w", err)
	}
	if err := tx.QueryRow(ctx, sqlSelectSameAcceptance, a.BusinessID, a.PersonID, a.Kind, a.Number).Scan(&id); err != nil {
		return 0, false, fmt.Errorf("select the acceptance that is there: %w", err)
	}
	return id, false, nil
}
