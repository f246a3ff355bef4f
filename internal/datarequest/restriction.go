package datarequest

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Restricted tells whether the use of a person's data is restricted now: it is
// kept, and nothing else is done with it but what the person asks for or the law
// demands.
func (r *Requests) Restricted(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (bool, error) {
	return selectRestricted(ctx, tx, person)
}

// Lift ends the restriction that a request has brought about, and notes why.
func (r *Requests) Lift(ctx context.Context, a Act, note string) error {
	if err := mayHandle(a.Officer); err != nil {
		return err
	}
	note, err := checkNote(note)
	if err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		q, err := lockRequest(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		first, err := insertAct(ctx, tx, a, "lift")
		if err != nil || !first {
			return err
		}
		switch {
		case q.Person == a.Officer.PersonID:
			return ErrOwn
		case !q.Restricts():
			return fmt.Errorf("lift a restriction that is none: %w", fault.ErrConflict)
		}
		if err := setLifted(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := insertNote(ctx, tx, a, noteLifted, note); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionLifted, Subject: personRef(q.Person), Detail: map[string]any{"request": q.ID},
		})
	})
}

const sqlSelectRestricted = `
SELECT EXISTS (
       SELECT FROM data_request
        WHERE person_id = $1
          AND kind = 'restriction'
          AND outcome IN ('granted', 'partly')
          AND lifted_at IS NULL)`

func selectRestricted(ctx context.Context, q postgres.Querier, person identity.PersonID) (bool, error) {
	var restricted bool
	if err := q.QueryRow(ctx, sqlSelectRestricted, person).Scan(&restricted); err != nil {
		return false, fmt.Errorf("select restriction: %w", err)
	}
	return restricted, nil
}

const sqlSetLifted = `UPDATE data_request SET lifted_at = $2 WHERE id = $1`

func setLifted(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlSetLifted, id, tx.Now); err != nil {
		return fmt.Errorf("lift restriction: %w", err)
	}
	return nil
}
