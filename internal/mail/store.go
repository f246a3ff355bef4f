package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// What becomes of a mail that is not sent.
const (
	statusRefused = "refused"
	statusGivenUp = "given_up"
	statusDropped = "dropped"
)

// The audited actions.
const (
	actionRefused = "mail.refused"
	actionGivenUp = "mail.given_up"
)

// queued is a mail of the outbox under a claim.
type queued struct {
	Message

	id, claim    int64
	tries, lost  int
	createdAt    time.Time
	firstTriedAt *time.Time
}

// hopeless tells that m has been tried for long enough. A mail with an end of
// its own is tried until then.
func (m queued) hopeless(now time.Time) bool {
	return m.ExpiresAt.IsZero() && m.firstTriedAt != nil && now.Sub(*m.firstTriedAt) >= patience
}

// nextTry is when m goes again after a try that failed. One whose answer was
// lost may be in the receiver's hands: it goes twice more, and then not before
// it is given up.
func (m queued) nextTry(now time.Time) time.Time {
	switch {
	case m.lost >= mostCopies && m.firstTriedAt != nil:
		return m.firstTriedAt.Add(patience)
	case m.lost >= mostCopies:
		return now.Add(patience)
	case m.lost > 1:
		return now.Add(backOff(1, time.Hour, time.Hour))
	}
	return now.Add(backOff(m.tries+1, 30*time.Second, time.Hour))
}

// messageID is the same whenever the mail is sent, and tells nothing of it.
func (m queued) messageID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", m.id, m.Key, m.createdAt.UnixMicro()))
	return hex.EncodeToString(sum[:16])
}

// batch is what one claim holds.
type batch struct {
	claim int64
	mails []queued
	// failing means that the server did not answer the last time, refusals how
	// many addresses it has refused for good since it last took a mail.
	failing  bool
	refusals int
}

const sqlSelectPace = `
SELECT allowance, refilled_at, coalesce(paused_until > $1 AND paused_until <= $2, false), failures > 0, refusals
  FROM mail_pace
   FOR UPDATE`

const sqlUpdateAllowance = `UPDATE mail_pace SET allowance = $1, refilled_at = $2`

// Whether a claim holds is a matter between processes, whose clocks may differ:
// it goes by the database's own. A mail whose answer was lost twice does not try out a server that is failing,
// unless there is nobody else to try for a day.
const sqlClaimMails = `
  WITH next AS (SELECT nextval('mail_claim') AS claim),
       due AS (SELECT id, claimed_until IS NOT NULL AS left_behind
                 FROM mail_outbox
                WHERE status = 'waiting'
                  AND due_at <= $1
                  AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                  AND (lost < 2 OR NOT $4 OR due_at <= $5)
                ORDER BY priority DESC, due_at, id
                LIMIT $3
                  FOR UPDATE SKIP LOCKED)
UPDATE mail_outbox AS m
   SET claim = next.claim, claimed_until = clock_timestamp() + $2::interval, doubtful = m.doubtful OR due.left_behind
  FROM due, next
 WHERE m.id = due.id
RETURNING m.id, m.claim, m.kind, m.key, m.priority, m.language, m.address, m.data, m.tries, m.lost, m.created_at, m.expires_at, m.first_tried_at, m.doubtful`

// claim takes the mails that go next, none while the server is left alone or
// the limit is reached.
func (o *Outbox) claim(ctx context.Context) (batch, error) {
	var b batch
	err := o.db.InTx(ctx, func(tx *postgres.Tx) error {
		var allowance float64
		var refilled time.Time
		var paused bool
		err := tx.QueryRow(ctx, sqlSelectPace, tx.Now, tx.Now.Add(longestPause)).Scan(&allowance, &refilled, &paused, &b.failing, &b.refusals)
		if err != nil {
			return fmt.Errorf("select mail pace: %w", err)
		}
		if paused {
			return nil
		}
		n := batchSize
		if o.PerMinute > 0 {
			allowance = refill(allowance, tx.Now.Sub(refilled), o.PerMinute)
			n = min(n, int(allowance))
		}
		if n > 0 {
			if err := o.fill(ctx, tx, &b, n); err != nil {
				return err
			}
		}
		if o.PerMinute > 0 {
			_, err = tx.Exec(ctx, sqlUpdateAllowance, allowance-float64(len(b.mails)), tx.Now)
		}
		if err != nil {
			return fmt.Errorf("update mail allowance: %w", err)
		}
		return nil
	})
	return b, err
}

// refill adds what may go after the time that has passed. A twelfth of the
// limit may go at once and the rest is spread over the minute, so that no
// minute, wherever it begins, has more than the limit.
func refill(allowance float64, passed time.Duration, perMinute int) float64 {
	burst := max(1, float64(perMinute)/12)
	rate := (float64(perMinute) - burst) / 60
	if passed > 0 { // a clock that was put back gives nothing
		allowance += max(rate, 1.0/60) * passed.Seconds()
	}
	return min(burst, allowance)
}

func (o *Outbox) fill(ctx context.Context, tx *postgres.Tx, b *batch, n int) error {
	rows, err := tx.Query(ctx, sqlClaimMails, tx.Now, o.Lease, n, b.failing, tx.Now.Add(-24*time.Hour))
	if err != nil {
		return fmt.Errorf("claim mails: %w", err)
	}
	b.mails, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (queued, error) {
		var m queued
		var expires *time.Time
		err := row.Scan(&m.id, &b.claim, &m.Kind, &m.Key, &m.Priority, &m.Lang, &m.To, &m.Data, &m.tries, &m.lost, &m.createdAt, &expires, &m.firstTriedAt, &m.Again)
		if expires != nil {
			m.ExpiresAt = *expires
		}
		m.claim = b.claim
		return m, err
	})
	if err != nil {
		return fmt.Errorf("claim mails: %w", err)
	}
	return nil
}

const sqlRenewClaim = `
UPDATE mail_outbox
   SET claimed_until = clock_timestamp() + $2::interval
 WHERE claim = $1
   AND status = 'waiting'
   AND claimed_until IS NOT NULL`

// renew prolongs a claim and tells whether there is one.
func (o *Outbox) renew(ctx context.Context, claim int64) (bool, error) {
	tag, err := o.db.Exec(ctx, sqlRenewClaim, claim, o.Lease)
	if err != nil {
		return false, fmt.Errorf("renew claim of mails: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlReleaseClaim = `UPDATE mail_outbox SET claimed_until = NULL WHERE claim = $1 AND status = 'waiting'`

// giveBack frees the mails of a claim that nothing was done about.
func (o *Outbox) giveBack(ctx context.Context, claim int64) error {
	if _, err := o.db.Exec(ctx, sqlReleaseClaim, claim); err != nil {
		return fmt.Errorf("give back mails: %w", err)
	}
	return nil
}

const sqlMarkSent = `
UPDATE mail_outbox
   SET status = 'sent', reply = 250, tries = tries + 1, finished_at = $3, first_tried_at = coalesce(first_tried_at, $3),
       claimed_until = NULL, address = '', data = '{}'
 WHERE id = $1
   AND claim = $2
   AND status = 'waiting'`

// sent records that the server has taken m and erases its content, in one
// statement: until it is done, a crash sends the mail again. It tells whether
// the claim still held; when it did not, nothing was recorded. A database that
// is away for a moment is waited for.
func (o *Outbox) sent(ctx context.Context, m queued) (held bool, err error) {
	for try := 1; ; try++ {
		tag, err := o.db.Exec(ctx, sqlMarkSent, m.id, m.claim, o.db.Now())
		if err == nil {
			return tag.RowsAffected() > 0, nil
		}
		if try == 6 || !postgres.IsUnavailable(err) {
			return false, fmt.Errorf("mark mail as sent: %w", err)
		}
		time.Sleep(backOff(try, 100*time.Millisecond, o.Lease/4))
	}
}

const sqlEndMail = `
UPDATE mail_outbox
   SET status = $3, reply = $4, tries = tries + 1, finished_at = $5, first_tried_at = coalesce(first_tried_at, $5),
       claimed_until = NULL, address = '', data = '{}'
 WHERE id = $1
   AND claim = $2
   AND status = 'waiting'`

// end records that m is not sent, and erases its content.
func (o *Outbox) end(ctx context.Context, m queued, status string, reply int) (held bool, err error) {
	err = o.db.InTx(ctx, func(tx *postgres.Tx) error {
		held, err = o.endIn(ctx, tx, m, status, reply)
		return err
	})
	return held, err
}

func (o *Outbox) endIn(ctx context.Context, tx *postgres.Tx, m queued, status string, reply int) (held bool, err error) {
	tag, err := tx.Exec(ctx, sqlEndMail, m.id, m.claim, status, reply, tx.Now)
	if err != nil {
		return false, fmt.Errorf("end mail: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	if status == statusRefused && o.OnRefused != nil {
		if err := o.OnRefused(ctx, tx, m.Message); err != nil {
			return false, err
		}
	}
	if status == statusRefused {
		if err := countRefusal(ctx, tx); err != nil {
			return false, err
		}
	}
	return true, recordEnd(ctx, tx, m, status, reply)
}

// recordEnd audits the end of a mail that was not sent.
func recordEnd(ctx context.Context, tx *postgres.Tx, m queued, status string, reply int) error {
	var action string
	switch status {
	case statusRefused:
		action = actionRefused
	case statusGivenUp:
		action = actionGivenUp
	default:
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System("mail.send"), Action: action,
		Subject: audit.Ref{Kind: "mail", ID: strconv.FormatInt(m.id, 10)},
		Detail:  map[string]any{"kind": m.Kind, "reply": reply},
	})
}

const sqlPutOffMail = `
UPDATE mail_outbox
   SET tries = tries + 1, lost = $6::smallint, doubtful = doubtful OR $6::smallint > 0, reply = $3, due_at = $4, first_tried_at = coalesce(first_tried_at, $5), claimed_until = NULL
 WHERE id = $1
   AND claim = $2
   AND status = 'waiting'`

// putOff keeps m for a later try, or gives it up when it has been tried for long
// enough.
func (o *Outbox) putOff(ctx context.Context, m queued, reply int) (held bool, err error) {
	err = o.db.InTx(ctx, func(tx *postgres.Tx) error {
		if m.hopeless(tx.Now) {
			held, err = o.endIn(ctx, tx, m, statusGivenUp, reply)
			return err
		}
		tag, err := tx.Exec(ctx, sqlPutOffMail, m.id, m.claim, reply, m.nextTry(tx.Now), tx.Now, m.lost)
		if err != nil {
			return fmt.Errorf("put off mail: %w", err)
		}
		held = tag.RowsAffected() > 0
		return nil
	})
	return held, err
}
