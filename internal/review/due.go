package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/workday"
)

// settleDue reminds the applicant, or takes the case back when the time is over.
func (r *Reviews) settleDue(ctx context.Context, id int64) error {
	q, err := selectRequest(ctx, r.db, id)
	if err != nil {
		return err
	}
	app, err := r.applications.ByID(ctx, q.ApplicationID)
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := r.applications.Lock(ctx, tx, q.ApplicationID); err != nil {
			return err
		}
		c, err := lockCase(ctx, tx, q.ApplicationID)
		if err != nil {
			return err
		}
		if q, err = lockRequest(ctx, tx, id); err != nil || q.State != RequestOpen {
			return err
		}
		if workdayOver(q.DueOn, tx.Now) {
			return r.lapse(ctx, tx, c, q)
		}
		return r.remind(ctx, tx, app, q)
	})
}

func workdayOver(day, now time.Time) bool { return i18n.DaysUntil(now, day) < 0 }

// TaskDue is the system's name where it acts on requests.
const TaskDue = "review_due"

func (r *Reviews) lapse(ctx context.Context, tx *postgres.Tx, c Case, q Request) error {
	if err := settleRequest(ctx, tx, q.ID, RequestLapsed); err != nil {
		return err
	}
	if err := r.backToQueue(ctx, tx, c, c.Revision, Lapsed); err != nil {
		return err
	}
	if _, err := r.applications.BackToReview(ctx, tx, audit.System(TaskDue), c.ApplicationID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System(TaskDue), Action: actionLapsed, Subject: c.Ref(), Detail: map[string]any{"request": q.ID},
	})
}

func (r *Reviews) remind(ctx context.Context, tx *postgres.Tx, app partner.Application, q Request) error {
	first, err := markReminded(ctx, tx, q.ID)
	if err != nil || !first {
		return err
	}
	if err := r.tell(ctx, tx, News{Kind: MailReminder, Application: app, Request: q}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System(TaskDue), Action: actionReminded, Subject: app.Ref(), Detail: map[string]any{"request": q.ID},
	})
}

// Work reminds applicants whose time to answer is nearly over, and takes back into
// the queue the cases whose time is over. It is a
// periodic task; a run that is cut off is made good by the next.
func (r *Reviews) Work(ctx context.Context) error {
	now := r.db.Now()
	ids, err := selectDue(ctx, r.db, workday.Add(now, r.options.ReminderDays), now)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		if err := r.settleDue(ctx, id); err != nil {
			failed = errors.Join(failed, fmt.Errorf("request %d: %w", id, err))
		}
	}
	return failed
}
