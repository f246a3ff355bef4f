package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/workday"
)

// Follow keeps the case of an application in step with it. It is the hook
// OnStatus of partner.Applications: the application is locked, and the events of
// the audit log are the partner's.
func (r *Reviews) Follow(ctx context.Context, tx *postgres.Tx, a partner.Application) error {
	c, err := lockCase(ctx, tx, a.ID)
	if errors.Is(err, fault.ErrNotFound) {
		if a.Status != partner.InReview {
			return nil // decided without an officer
		}
		return insertCase(ctx, tx, Case{
			ApplicationID: a.ID, Revision: a.Revision, State: Waiting, ArrivedAt: a.SubmittedAt,
			WaitingSince: a.SubmittedAt, DueAt: workday.Due(a.SubmittedAt, r.options.WorkingDays),
		})
	}
	if err != nil {
		return err
	}
	switch a.Status {
	case partner.InReview:
		if c.State != Asked {
			return nil
		}
		if err := settleRequests(ctx, tx, a.ID, RequestAnswered); err != nil {
			return err
		}
		return r.backToQueue(ctx, tx, c, a.Revision, Resubmitted)
	case partner.Withdrawn:
		if c.State == Withdrawn {
			return nil
		}
		if err := settleRequests(ctx, tx, a.ID, RequestWithdrawn); err != nil {
			return err
		}
		return setState(ctx, tx, c, Withdrawn, "")
	case partner.Submitted, partner.Specify, partner.Approved, partner.Rejected:
		return nil // the officer's own acts
	}
	return fmt.Errorf("application in status %q", a.Status)
}

// backToQueue puts an asked case back where it was in the queue and starts the
// clock anew.
func (r *Reviews) backToQueue(ctx context.Context, tx *postgres.Tx, c Case, revision int, mark Mark) error {
	if err := setState(ctx, tx, c, Waiting, mark); err != nil {
		return err
	}
	return restartClock(ctx, tx, c.ApplicationID, revision, workday.Due(tx.Now, r.options.WorkingDays))
}

const sqlInsertCase = `
INSERT INTO review_case (application_id, revision, state, arrived_at, waiting_since, due_at)
VALUES ($1, $2, $3, $4, $5, $6)`

func insertCase(ctx context.Context, tx *postgres.Tx, c Case) error {
	_, err := tx.Exec(ctx, sqlInsertCase, c.ApplicationID, c.Revision, c.State, c.ArrivedAt, c.WaitingSince, c.DueAt)
	if err != nil {
		return fmt.Errorf("insert case: %w", err)
	}
	return nil
}

const sqlRestartClock = `
UPDATE review_case
   SET revision = $2, waiting_since = $3, due_at = $4
 WHERE application_id = $1`

func restartClock(ctx context.Context, tx *postgres.Tx, id int64, revision int, due time.Time) error {
	if _, err := tx.Exec(ctx, sqlRestartClock, id, revision, tx.Now, due); err != nil {
		return fmt.Errorf("restart a case's clock: %w", err)
	}
	return nil
}
