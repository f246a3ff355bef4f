package consent

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

const sqlInsertConsent = `
INSERT INTO consent (person_id, purpose, receiver, matter, words, language, submission, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING
RETURNING id`

// insertConsent returns 0 when the consent is in force already, or when the form
// has had its effect.
func insertConsent(ctx context.Context, tx *postgres.Tx, person identity.PersonID, g Giving) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertConsent, person, g.Purpose, g.Receiver, g.Matter, g.Words, g.Language, g.Submission, tx.Now).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("insert consent: %w", err)
	}
	return id, nil
}

const sqlLockConsent = `
SELECT id, purpose, receiver, matter, words, language, given_at, withdrawn_at
  FROM consent
 WHERE person_id = $1
   AND id = $2
   FOR UPDATE`

func lockConsent(ctx context.Context, tx *postgres.Tx, person identity.PersonID, id int64) (Consent, error) {
	rows, err := tx.Query(ctx, sqlLockConsent, person, id)
	if err != nil {
		return Consent{}, fmt.Errorf("lock consent: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanConsent)
	if errors.Is(err, pgx.ErrNoRows) {
		return Consent{}, fmt.Errorf("lock consent: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Consent{}, fmt.Errorf("lock consent: %w", err)
	}
	return c, nil
}

const sqlSetWithdrawn = `UPDATE consent SET withdrawn_at = $2 WHERE id = $1`

func setWithdrawn(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlSetWithdrawn, id, tx.Now); err != nil {
		return fmt.Errorf("withdraw consent: %w", err)
	}
	return nil
}

const sqlSelectConsents = `
SELECT id, purpose, receiver, matter, words, language, given_at, withdrawn_at
  FROM consent
 WHERE person_id = $1
 ORDER BY id DESC`

func selectConsents(ctx context.Context, q postgres.Querier, person identity.PersonID) ([]Consent, error) {
	rows, err := q.Query(ctx, sqlSelectConsents, person)
	if err != nil {
		return nil, fmt.Errorf("select consents: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanConsent)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return all, nil
}

const sqlSelectGiven = `
SELECT EXISTS (
       SELECT FROM consent
        WHERE person_id = $1
          AND purpose = $2
          AND receiver = $3
          AND withdrawn_at IS NULL)`

func selectGiven(ctx context.Context, q postgres.Querier, person identity.PersonID, purpose Purpose, receiver string) (bool, error) {
	var given bool
	if err := q.QueryRow(ctx, sqlSelectGiven, person, purpose, receiver).Scan(&given); err != nil {
		return false, fmt.Errorf("select consent: %w", err)
	}
	return given, nil
}

func scanConsent(row pgx.CollectableRow) (Consent, error) {
	var c Consent
	var withdrawn *time.Time
	err := row.Scan(&c.ID, &c.Purpose, &c.Receiver, &c.Matter, &c.Words, &c.Language, &c.GivenAt, &withdrawn)
	if withdrawn != nil {
		c.WithdrawnAt = *withdrawn
	}
	return c, err
}
