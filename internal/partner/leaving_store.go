package partner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlEndPartner = `
UPDATE partner
   SET status = 'left', left_at = $2, changed_at = $2, form = $3, version = version + 1
 WHERE id = $1
   AND status = 'active'`

// endPartner ends a partnership and erases the people in its data; the caller
// has locked it.
func endPartner(ctx context.Context, tx *postgres.Tx, p Partner) error {
	p.Form.Contacts = nil
	if _, err := tx.Exec(ctx, sqlEndPartner, p.ID, tx.Now, p.Form); err != nil {
		return fmt.Errorf("end partner: %w", err)
	}
	return nil
}

const sqlInsertDeparture = `
INSERT INTO partner_departure (partner_id, business_id, name, submission, noticed_by, authority, language, email, joined_at, left_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id`

const sqlInsertDuty = `INSERT INTO partner_duty (departure_id, code, due_on) VALUES ($1, $2, $3)`

func insertDeparture(ctx context.Context, tx *postgres.Tx, s identity.Session, submission string, d Departure) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertDeparture, d.partnerID, d.BusinessID, d.Name, submission, s.PersonID, s.Acting.Authority,
		d.language, d.email, d.JoinedAt, d.LeftAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("insert departure: %w", err)
	}
	for _, duty := range d.Duties {
		if _, err := tx.Exec(ctx, sqlInsertDuty, id, duty.Code, duty.DueOn); err != nil {
			return 0, fmt.Errorf("insert duty: %w", err)
		}
	}
	return id, nil
}

// departureFilter chooses departures; its zero fields choose all.
type departureFilter struct {
	id       int64
	business organisation.BusinessID
}

const sqlSelectDepartures = `
SELECT d.id, d.partner_id, d.business_id, d.name, d.language, d.email, d.joined_at, d.left_at, d.settled_at,
       y.code, y.due_on, y.answer, y.ground, y.confirmed_at
  FROM partner_departure AS d
  JOIN partner_duty AS y ON y.departure_id = d.id
 WHERE ($1::bigint = 0 OR d.id = $1)
   AND ($2 = '' OR d.business_id = $2)
 ORDER BY d.left_at DESC, d.id, array_position(ARRAY['processing', 'personal_data', 'copies'], y.code)`

func selectDepartures(ctx context.Context, q postgres.Querier, f departureFilter) ([]Departure, error) {
	rows, err := q.Query(ctx, sqlSelectDepartures, f.id, f.business)
	if err != nil {
		return nil, fmt.Errorf("select departures: %w", err)
	}
	defer rows.Close()
	var all []Departure
	for rows.Next() {
		var d Departure
		var duty Duty
		var settled, confirmed *time.Time
		err := rows.Scan(&d.ID, &d.partnerID, &d.BusinessID, &d.Name, &d.language, &d.email, &d.JoinedAt, &d.LeftAt, &settled,
			&duty.Code, &duty.DueOn, &duty.Answer, &duty.Ground, &confirmed)
		if err != nil {
			return nil, fmt.Errorf("read departure: %w", err)
		}
		d.SettledAt, duty.ConfirmedAt, d.Mailed = orZero(settled), orZero(confirmed), d.email != ""
		if len(all) == 0 || all[len(all)-1].ID != d.ID {
			all = append(all, d)
		}
		last := &all[len(all)-1]
		last.Duties = append(last.Duties, duty)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read departures: %w", err)
	}
	return all, nil
}

func oneDeparture(all []Departure, err error) (Departure, error) {
	if err != nil {
		return Departure{}, err
	}
	if len(all) != 1 {
		return Departure{}, fmt.Errorf("departure: %w", fault.ErrNotFound)
	}
	return all[0], nil
}

const sqlSelectDepartureSent = `
SELECT id
  FROM partner_departure
 WHERE business_id = $1
   AND submission = $2`

// selectDepartureSent finds the departure that a form made.
func selectDepartureSent(ctx context.Context, q postgres.Querier, business organisation.BusinessID, submission string) (Departure, error) {
	var id int64
	err := q.QueryRow(ctx, sqlSelectDepartureSent, business, submission).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Departure{}, fmt.Errorf("departure: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Departure{}, fmt.Errorf("select departure: %w", err)
	}
	return oneDeparture(selectDepartures(ctx, q, departureFilter{business: business, id: id}))
}

const sqlLockDeparture = `
SELECT id
  FROM partner_departure
 WHERE id = $1
   AND business_id = $2
   FOR UPDATE`

func lockDeparture(ctx context.Context, tx *postgres.Tx, business organisation.BusinessID, id int64) error {
	err := tx.QueryRow(ctx, sqlLockDeparture, id, business).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("departure: %w", fault.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("lock departure: %w", err)
	}
	return nil
}

const sqlUpdateDuty = `
UPDATE partner_duty
   SET answer = $3, ground = $4, confirmed_at = $5, confirmed_by = $6, authority = $7
 WHERE departure_id = $1
   AND code = $2`

const sqlSettleDeparture = `
UPDATE partner_departure
   SET settled_at = $2, email = ''
 WHERE id = $1`

// updateDuty stores a duty that was just confirmed. With the last one the
// address to remind is erased.
func updateDuty(ctx context.Context, tx *postgres.Tx, s identity.Session, d Departure, duty Duty) error {
	_, err := tx.Exec(ctx, sqlUpdateDuty, d.ID, duty.Code, duty.Answer, duty.Ground, tx.Now, s.PersonID, s.Acting.Authority)
	if err != nil {
		return fmt.Errorf("update duty: %w", err)
	}
	if d.SettledAt.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlSettleDeparture, d.ID, tx.Now); err != nil {
		return fmt.Errorf("settle departure: %w", err)
	}
	return nil
}

const sqlMarkReminded = `
   UPDATE partner_departure
      SET reminded_at = $1
    WHERE settled_at IS NULL
      AND reminded_at IS NULL
      AND left_at <= $2
RETURNING id`

func markReminded(ctx context.Context, tx *postgres.Tx, leftBefore time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, sqlMarkReminded, tx.Now, leftBefore)
	if err != nil {
		return nil, fmt.Errorf("mark departures as reminded: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read departures: %w", err)
	}
	return ids, nil
}
