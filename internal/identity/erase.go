package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ErrOfficer means that the person is in a group of staff, or is about to be let
// into one: a main user must withdraw that before the account can go. It is a
// fault.ErrConflict.
var ErrOfficer = fmt.Errorf("an officer's account: %w", fault.ErrConflict)

// Account is what an erasure must know of a person whom it holds.
type Account struct {
	Person PersonID
	// Key stands for the person in the journal of erasures.
	Key string
	// LoggedInAt is the newest log-in, or when the account came about.
	LoggedInAt time.Time
	// Officer tells that the person is in a group of staff. Hold leaves it out.
	Officer bool
}

const sqlSelectAccount = `
SELECT id, coalesce(logged_in_at, created_at),
       EXISTS (SELECT FROM staff_grant WHERE person_id = $1 AND status = 'granted')
  FROM person
 WHERE id = $1`

// Account returns a person's account without its key, or fault.ErrNotFound.
func (p *People) Account(ctx context.Context, q postgres.Querier, person PersonID) (Account, error) {
	var a Account
	err := q.QueryRow(ctx, sqlSelectAccount, person).Scan(&a.Person, &a.LoggedInAt, &a.Officer)
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, mustBe(false, "person")
	}
	if err != nil {
		return Account{}, fmt.Errorf("select account: %w", err)
	}
	return a, nil
}

const sqlHoldPerson = `
SELECT id, erasure_key::text, coalesce(logged_in_at, created_at)
  FROM person
 WHERE id = $1
   FOR UPDATE`

// Hold keeps everything else from touching a person until tx ends: log-ins wait,
// and so does whatever would be tied to the person. A person who is gone is
// fault.ErrNotFound.
func (p *People) Hold(ctx context.Context, tx *postgres.Tx, person PersonID) (Account, error) {
	return scanAccount(tx.QueryRow(ctx, sqlHoldPerson, person))
}

const sqlHoldByKey = `
SELECT id, erasure_key::text, coalesce(logged_in_at, created_at)
  FROM person
 WHERE erasure_key = $1::uuid
   FOR UPDATE`

// HoldByKey is Hold for the key of an Account.
func (p *People) HoldByKey(ctx context.Context, tx *postgres.Tx, key string) (Account, error) {
	return scanAccount(tx.QueryRow(ctx, sqlHoldByKey, key))
}

func scanAccount(row pgx.Row) (Account, error) {
	var a Account
	err := row.Scan(&a.Person, &a.Key, &a.LoggedInAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, mustBe(false, "person")
	}
	if err != nil {
		return Account{}, fmt.Errorf("hold person: %w", err)
	}
	return a, nil
}

const sqlHoldMember = `SELECT person_id FROM staff_member WHERE person_id = $1 FOR UPDATE`

const sqlSelectOpenDuty = `SELECT EXISTS (SELECT FROM staff_grant WHERE person_id = $1 AND status IN ('requested', 'granted'))`

// CheckOfficer is ErrOfficer for a person who is in a group of staff or about to
// be. The caller holds the person.
func (p *People) CheckOfficer(ctx context.Context, tx *postgres.Tx, person PersonID) error {
	if _, err := tx.Exec(ctx, sqlHoldMember, person); err != nil {
		return fmt.Errorf("hold staff member: %w", err)
	}
	if err := expireRequests(ctx, &change{Tx: tx}, person); err != nil {
		return err
	}
	var open bool
	if err := tx.QueryRow(ctx, sqlSelectOpenDuty, person).Scan(&open); err != nil {
		return fmt.Errorf("select open duty: %w", err)
	}
	if open {
		return ErrOfficer
	}
	return nil
}

const sqlSelectSessionIDs = `SELECT id FROM session WHERE person_id = $1`

const sqlDeletePerson = `DELETE FROM person WHERE id = $1`

// erase takes the person away with all sessions. Whoever asked to hear of ended
// sessions does.
func (p *People) erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	rows, err := tx.Query(ctx, sqlSelectSessionIDs, person)
	if err != nil {
		return fmt.Errorf("select sessions: %w", err)
	}
	sessions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("select sessions: %w", err)
	}
	if len(sessions) > 0 {
		for _, ended := range p.onEnd {
			if err := ended(ctx, tx, sessions); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(ctx, sqlDeletePerson, person); err != nil {
		return fmt.Errorf("delete person: %w", err)
	}
	return nil
}
