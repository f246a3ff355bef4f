package review

import (
	"context"
	"fmt"
	"slices"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ErrOwn means that the officer has sent the application as an applicant. It is
// a fault.ErrConflict.
var ErrOwn = fmt.Errorf("the officer's own application: %w", fault.ErrConflict)

// own tells whether officer has sent any revision of an application.
func (r *Reviews) own(ctx context.Context, officer identity.PersonID, id int64) (bool, error) {
	all, err := r.applications.Revisions(ctx, id)
	return SentBy(all, officer), err
}

// SentBy tells whether officer has sent any of the revisions as an applicant;
// who has may not decide the application.
func SentBy(revisions []partner.Application, officer identity.PersonID) bool {
	return slices.ContainsFunc(revisions, func(a partner.Application) bool { return a.SubmittedBy == officer })
}

func (r *Reviews) mayDecide(ctx context.Context, officer identity.Session, id int64) error {
	if err := mayReview(officer); err != nil {
		return err
	}
	own, err := r.own(ctx, officer.PersonID, id)
	if err == nil && own {
		return ErrOwn
	}
	return err
}

// keepFrom gives a case that was taken back and keeps it from the officer for
// good.
func (r *Reviews) keepFrom(ctx context.Context, officer identity.Session, c Case) error {
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := keepFrom(ctx, tx, c.ApplicationID, officer.PersonID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: officer.Actor(), Action: actionHandedBack, Subject: c.Ref(), Detail: map[string]any{"own": true},
		})
	})
}

const sqlKeepFrom = `
UPDATE review_case
   SET kept_from = array_append(kept_from, $2), claimed_by = NULL, claimed_until = NULL
 WHERE application_id = $1
   AND claimed_by = $2`

func keepFrom(ctx context.Context, tx *postgres.Tx, id int64, officer identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlKeepFrom, id, officer); err != nil {
		return fmt.Errorf("keep a case from an officer: %w", err)
	}
	return nil
}
