package mail

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// longestPause is how long a mail server is left alone at most. A pause that
// seems longer is of a clock that was ahead, and does not count.
const longestPause = 5 * time.Minute

const sqlSelectFailing = `
SELECT failures, coalesce(failing_since, $1), coalesce(paused_until > $1 AND paused_until <= $2, false)
  FROM mail_pace
   FOR UPDATE`

const sqlPause = `UPDATE mail_pace SET failures = $1, failing_since = $2, paused_until = $3`

const sqlGiveUpMails = `
   WITH hopeless AS (SELECT id
                       FROM mail_outbox
                      WHERE status = 'waiting'
                        AND created_at <= $1
                        AND expires_at IS NULL
                        AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                        FOR UPDATE SKIP LOCKED)
 UPDATE mail_outbox AS m
    SET status = 'given_up', finished_at = $2, claimed_until = NULL, address = '', data = '{}'
   FROM hopeless
  WHERE m.id = hopeless.id`

// pause leaves a mail server alone that does not answer, twice as long each
// time. Mails that have waited for it for 72 hours are given up, but for those
// with an end of their own.
func (o *Outbox) pause(ctx context.Context) error {
	return o.db.InTx(ctx, func(tx *postgres.Tx) error {
		var failures int
		var since time.Time
		var paused bool
		if err := tx.QueryRow(ctx, sqlSelectFailing, tx.Now, tx.Now.Add(longestPause)).Scan(&failures, &since, &paused); err != nil {
			return fmt.Errorf("select mail pace: %w", err)
		}
		if paused {
			return nil // another connection has just seen the same
		}
		failures++
		until := tx.Now.Add(backOff(failures, 2*time.Second, longestPause))
		if _, err := tx.Exec(ctx, sqlPause, failures, since, until); err != nil {
			return fmt.Errorf("pause mails: %w", err)
		}
		if tx.Now.Sub(since) < patience {
			return nil
		}
		tag, err := tx.Exec(ctx, sqlGiveUpMails, tx.Now.Add(-patience), tx.Now)
		if err != nil {
			return fmt.Errorf("give up mails: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System("mail.send"), Action: actionGivenUp, Subject: audit.Ref{Kind: "mail", ID: "*"},
			Detail: map[string]any{"count": tag.RowsAffected()},
		})
	})
}

const sqlEndPause = `UPDATE mail_pace SET failures = 0, failing_since = NULL, paused_until = NULL, refusals = 0`

// resume ends the waiting for a server that has taken a mail, and the suspicion
// that it refuses everybody.
func (o *Outbox) resume(ctx context.Context) error {
	if _, err := o.db.Exec(ctx, sqlEndPause); err != nil {
		return fmt.Errorf("end pause of mails: %w", err)
	}
	return nil
}
