package jobwatch

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlReleaseEntries = `
   WITH freed AS (DELETE FROM job_watch_entry WHERE mail_id = $1 RETURNING seq, state, watch_id)
 UPDATE job_watch AS w
    SET done_seq = least(w.done_seq, (SELECT min(seq) FROM freed) - 1),
        next_at = CASE WHEN w.state = 'active' THEN $2 ELSE w.next_at END,
        regular_at = CASE WHEN w.regular_at IS NOT NULL AND w.state = 'active' THEN $2 ELSE w.regular_at END
   FROM (SELECT DISTINCT watch_id FROM freed) AS f
  WHERE w.id = f.watch_id`

const sqlDeleteMail = `DELETE FROM job_watch_mail WHERE id = $1`

// release takes a mail back that will not be sent: what it was to tell waits
// again, for the next mail, which is due at once if the watch is in force. The
// watch must be locked.
func release(ctx context.Context, tx *postgres.Tx, s Subscription, id int64) error {
	if _, err := tx.Exec(ctx, sqlReleaseEntries, id, tx.Now); err != nil {
		return fmt.Errorf("release postings of job watch %d: %w", s.ID, err)
	}
	if _, err := tx.Exec(ctx, sqlDeleteMail, id); err != nil {
		return fmt.Errorf("delete mail of job watch %d: %w", s.ID, err)
	}
	return nil
}

const sqlFinishMail = `
UPDATE job_watch_mail
   SET state = $2, finished_at = $3
 WHERE id = $1
   AND state = 'queued'`

func finishMail(ctx context.Context, tx *postgres.Tx, id int64, state string) error {
	if _, err := tx.Exec(ctx, sqlFinishMail, id, state, tx.Now); err != nil {
		return fmt.Errorf("finish mail of a job watch: %w", err)
	}
	return nil
}

const sqlSelectQueued = `
SELECT id, watch_id
  FROM job_watch_mail
 WHERE state = 'queued'
   AND id > $1
 ORDER BY id
 LIMIT $2`

// settledAtOnce is how many mails one transaction settles.
const settledAtOnce = 500

// Settle writes down which mails the mail server has taken, and takes back those
// that were given up after 72 hours, and those of which the outbox knows nothing
// any more. It returns how many it has settled.
func (w *Watches) Settle(ctx context.Context) (int, error) {
	settled := 0
	for after := int64(0); ctx.Err() == nil; {
		queued, err := w.selectQueued(ctx, after)
		if err != nil {
			return settled, err
		}
		n, err := w.settle(ctx, queued)
		settled += n
		if err != nil {
			return settled, fmt.Errorf("settle mails of job watches: %w", err)
		}
		if len(queued) < settledAtOnce {
			break
		}
		after = queued[len(queued)-1].id
	}
	return settled, nil
}

type queuedMail struct{ id, watch int64 }

func (w *Watches) selectQueued(ctx context.Context, after int64) ([]queuedMail, error) {
	rows, err := w.db.Query(ctx, sqlSelectQueued, after, settledAtOnce)
	if err != nil {
		return nil, fmt.Errorf("select mails of job watches: %w", err)
	}
	queued, err := collect(rows, func(row scanner) (m queuedMail, err error) { return m, row.Scan(&m.id, &m.watch) })
	if err != nil {
		return nil, fmt.Errorf("select mails of job watches: %w", err)
	}
	return queued, nil
}

func (w *Watches) settle(ctx context.Context, queued []queuedMail) (int, error) {
	keys := make([]string, len(queued))
	for i, m := range queued {
		keys[i] = digestKey(m.id)
	}
	outcomes, err := mail.Outcomes(ctx, w.db, keys)
	if err != nil {
		return 0, err
	}
	var sent, back []queuedMail
	for i, m := range queued {
		switch outcomes[keys[i]] {
		case mail.OutcomeSent:
			sent = append(sent, m)
		case mail.OutcomeGivenUp, mail.OutcomeDropped, "":
			back = append(back, m)
		case mail.OutcomeWaiting, mail.OutcomeRefused:
		}
	}
	settled := 0
	if len(sent) > 0 {
		err := w.db.InTx(ctx, func(tx *postgres.Tx) (err error) {
			settled, err = markSent(ctx, tx, sent)
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	for _, m := range back {
		if err := w.takeBack(ctx, m); err != nil {
			return settled, err
		}
		settled++
	}
	return settled, nil
}

// Whoever matches waits for many watches in no order, so that nobody else may
// wait for one and hold another: the others come with the next run.
const sqlLockFreeSubscriptions = `
SELECT id
  FROM job_watch
 WHERE id = ANY($1)
   FOR UPDATE SKIP LOCKED`

const sqlMarkMailsSent = `
UPDATE job_watch_mail
   SET state = 'sent', finished_at = $2
 WHERE id = ANY($1)
   AND state = 'queued'`

const sqlMarkEntriesSent = `
UPDATE job_watch_entry
   SET state = 'sent', at = $2
 WHERE mail_id = ANY($1)
   AND state = 'queued'`

func markSent(ctx context.Context, tx *postgres.Tx, all []queuedMail) (int, error) {
	watches := make([]int64, len(all))
	for i, m := range all {
		watches[i] = m.watch
	}
	rows, err := tx.Query(ctx, sqlLockFreeSubscriptions, watches)
	if err != nil {
		return 0, fmt.Errorf("lock job watches: %w", err)
	}
	free := map[int64]bool{}
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { free[id] = true; return nil }); err != nil {
		return 0, fmt.Errorf("lock job watches: %w", err)
	}
	var mails []int64
	for _, m := range all {
		if free[m.watch] {
			mails = append(mails, m.id)
		}
	}
	if _, err := tx.Exec(ctx, sqlMarkMailsSent, mails, tx.Now); err != nil {
		return 0, fmt.Errorf("mark mails of job watches as sent: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlMarkEntriesSent, mails, tx.Now); err != nil {
		return 0, fmt.Errorf("mark postings of job watches as sent: %w", err)
	}
	return len(mails), nil
}

func (w *Watches) takeBack(ctx context.Context, m queuedMail) error {
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockSubscriptions, []int64{m.watch}); err != nil {
			return fmt.Errorf("lock job watch: %w", err)
		}
		var state string
		var made any
		err := tx.QueryRow(ctx, sqlLockMail, m.id).Scan(&state, &made)
		if isNoRows(err) || err == nil && state != stateQueued {
			return nil // somebody else has seen to it
		}
		if err != nil {
			return fmt.Errorf("lock mail of a job watch: %w", err)
		}
		return release(ctx, tx, Subscription{ID: m.watch}, m.id)
	})
}

const sqlSuspend = `
UPDATE job_watch
   SET state = 'suspended', suspended_at = $2, next_at = NULL
 WHERE id = $1
   AND state IN ('active', 'paused')`

const sqlRefuseEntries = `
UPDATE job_watch_entry
   SET state = 'skipped', reason = 'refused', at = $2
 WHERE mail_id = $1
   AND state = 'queued'`

// Refused is what a mail.Outbox is to call when the mail server has refused an
// address for good: the watch stops until its subscriber has seen to it, and
// says so on its page. An order whose confirmation was refused is deleted. Mails
// of other kinds are left alone.
func (w *Watches) Refused(ctx context.Context, tx *postgres.Tx, m mail.Message) error {
	if id := numberIn(m.Key, confirmationPrefix); id != 0 && m.Kind == KindConfirmation {
		if _, err := tx.Exec(ctx, sqlDeleteOrder, id); err != nil {
			return fmt.Errorf("delete order of a job watch: %w", err)
		}
		return nil
	}
	var watch, mailID int64
	switch m.Kind {
	case KindDigest:
		mailID = numberIn(m.Key, digestPrefix)
		err := tx.QueryRow(ctx, sqlSelectMailWatch, mailID).Scan(&watch)
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("select mail of a job watch: %w", err)
		}
	case KindEnds:
		watch = numberIn(m.Key, endPrefix)
	case KindBegun:
		watch = numberIn(m.Key, begunPrefix)
	default:
		return nil
	}
	if _, err := tx.Exec(ctx, sqlLockSubscriptions, []int64{watch}); err != nil {
		return fmt.Errorf("lock job watch: %w", err)
	}
	tag, err := tx.Exec(ctx, sqlSuspend, watch, tx.Now)
	if err != nil {
		return fmt.Errorf("suspend job watch: %w", err)
	}
	if mailID != 0 {
		if _, err := tx.Exec(ctx, sqlRefuseEntries, mailID, tx.Now); err != nil {
			return fmt.Errorf("refuse postings of a job watch: %w", err)
		}
		if err := finishMail(ctx, tx, mailID, mailRefused); err != nil {
			return err
		}
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System("mail.send"), Action: actionSuspended,
		Subject: audit.Ref{Kind: "job_watch", ID: strconv.FormatInt(watch, 10)},
	})
}
