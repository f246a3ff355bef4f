package review

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// PostReview notes what an officer of supervision has seen of an application
// that the sample took, and ends its post-supervision.
func (r *Reviews) PostReview(ctx context.Context, a Act, text string) error {
	if !a.Officer.In(identity.GroupSupervision) {
		return fmt.Errorf("supervise an application: %w", fault.ErrForbidden)
	}
	text, err := checkNote(text)
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		first, err := insertAct(ctx, tx, a, "post_review")
		if err != nil || !first {
			return err
		}
		if err := insertNote(ctx, tx, a.ID, notePostReview, text, a.Officer.PersonID); err != nil {
			return err
		}
		if err := r.applications.MarkSupervised(ctx, tx, a.Officer.Actor(), a.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: a.Officer.Actor(), Action: actionLookedAt, Subject: applicationRef(a.ID)})
	})
}
