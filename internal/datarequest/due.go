package datarequest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TaskDue is the system's name where it watches the time of requests.
const TaskDue = "data_request_due"

// actDays is how long a form that is sent again is known.
const actDays = 7

// Work tells the officers of requests whose time is nearly over, once, and again
// when it is over; and forgets old forms. It is a periodic task; a run that is cut
// off is made good by the next.
func (r *Requests) Work(ctx context.Context) error {
	now := r.Now()
	ids, err := selectAlarming(ctx, r.DB, now.AddDate(0, 0, r.Options.SoonDays), now)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		if err := r.alarm(ctx, id); err != nil {
			failed = errors.Join(failed, fmt.Errorf("data request %d: %w", id, err))
		}
	}
	return errors.Join(failed, r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		return deleteActs(ctx, tx, tx.Now.AddDate(0, 0, -actDays))
	}))
}

func (r *Requests) alarm(ctx context.Context, id int64) error {
	return r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		q, err := lockRequest(ctx, tx, id)
		if err != nil {
			return err
		}
		stage, kind := alarmNone, mail.Kind("")
		switch {
		case q.Late(tx.Now):
			stage, kind = alarmLate, MailLate
		case r.Options.soon(q, tx.Now):
			stage, kind = alarmSoon, MailSoon
		}
		raised, err := setAlarmed(ctx, tx, id, stage)
		if err != nil || !raised {
			return err
		}
		if err := r.Tell(ctx, tx, News{Kind: kind, Request: q.outline()}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System(TaskDue), Action: actionAlarmed, Subject: q.Ref(), Detail: map[string]any{"stage": stage},
		})
	})
}

// The alarms about a request.
const (
	alarmNone = ""
	alarmSoon = "soon"
	alarmLate = "late"
)

const sqlSelectAlarming = `
SELECT id
  FROM data_request
 WHERE state = 'waiting'
   AND (alarmed = '' AND due_at <= $1
    OR alarmed <> 'late' AND due_at <= $2)
 ORDER BY due_at, id`

func selectAlarming(ctx context.Context, q postgres.Querier, soon, late time.Time) ([]int64, error) {
	rows, err := q.Query(ctx, sqlSelectAlarming, soon, late)
	if err != nil {
		return nil, fmt.Errorf("select urgent data requests: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read urgent data requests: %w", err)
	}
	return ids, nil
}

const sqlSetAlarmed = `
UPDATE data_request
   SET alarmed = $2
 WHERE id = $1
   AND alarmed <> $2
   AND alarmed <> 'late'`

// setAlarmed returns false when that alarm, or the last one, has gone out before.
func setAlarmed(ctx context.Context, tx *postgres.Tx, id int64, stage string) (bool, error) {
	tag, err := tx.Exec(ctx, sqlSetAlarmed, id, stage)
	if err != nil {
		return false, fmt.Errorf("mark an urgent data request: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}
