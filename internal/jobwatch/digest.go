package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// KindDigest is the mail with postings, KindEnds the one that tells that a watch
// ends soon.
const (
	KindDigest mail.Kind = "watch_digest"
	KindEnds   mail.Kind = "watch_ends"
)

// digestsAtOnce is how many watches one transaction makes mails for.
const digestsAtOnce = 200

const sqlSelectDue = `
SELECT w.id
  FROM job_watch AS w
 WHERE w.state IN ('active', 'paused')
   AND w.next_at <= $1
   AND w.ends_at > $1
   AND NOT EXISTS (SELECT FROM job_watch_mail AS m WHERE m.watch_id = w.id AND m.state = 'queued')
 ORDER BY w.next_at, w.id
 LIMIT $2
   FOR UPDATE OF w SKIP LOCKED`

// Digests makes the mails that are due and returns how many. A watch has one
// mail on its way at a time: what comes meanwhile goes with the next, so that a
// mail server that was away is not met with a heap. The ledger rows, the mail
// and the time of the next one commit together.
func (w *Watches) Digests(ctx context.Context) (int, error) {
	made := 0
	for ctx.Err() == nil {
		watches, mails, err := w.digests(ctx)
		made += mails
		if err != nil {
			return made, fmt.Errorf("make mails of job watches: %w", err)
		}
		if watches < digestsAtOnce {
			break
		}
	}
	return made, nil
}

const sqlSelectCursor = `SELECT seq FROM job_watch_cursor`

func (w *Watches) digests(ctx context.Context) (watches, mails int, err error) {
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		mails = 0
		rows, err := tx.Query(ctx, sqlSelectDue, tx.Now, digestsAtOnce)
		if err != nil {
			return fmt.Errorf("select due watches: %w", err)
		}
		ids, err := collect(rows, func(row scanner) (id int64, err error) { return id, row.Scan(&id) })
		if err != nil {
			return fmt.Errorf("select due watches: %w", err)
		}
		watches = len(ids)
		if watches == 0 {
			return nil
		}
		mails, err = w.digestAll(ctx, tx, ids)
		return err
	})
	return watches, mails, err
}

func (w *Watches) digestAll(ctx context.Context, tx *postgres.Tx, ids []int64) (mails int, err error) {
	// The place is read before the matches: those that commit in between have
	// their ledger rows all the same, as they are looked for by these.
	var seq int64
	if err := tx.QueryRow(ctx, sqlSelectCursor).Scan(&seq); err != nil {
		return 0, fmt.Errorf("select the cursor of job watches: %w", err)
	}
	all, err := selectSubscriptions(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	waiting, err := selectMatches(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	var entries []entry
	for i := range all {
		s := &all[i]
		sent, left, skips, err := w.due(ctx, tx, s, waiting[s.ID])
		if err != nil {
			return 0, err
		}
		entries = append(entries, skipped(skips)...)
		if len(sent) > 0 {
			mailID, err := enqueueDigest(ctx, tx, s, len(sent))
			if err != nil {
				return 0, err
			}
			for _, m := range sent {
				entries = append(entries, entry{match: m, state: stateQueued, mailID: mailID})
			}
			mails++
		}
		if err := s.reschedule(ctx, tx, doneBefore(seq, left)); err != nil {
			return 0, err
		}
	}
	return mails, insertEntries(ctx, tx, entries)
}

const sqlCountToday = `
SELECT count(*)
  FROM job_watch_mail
 WHERE watch_id = $1
   AND made_at >= $2
   AND state <> 'empty'`

// due decides what of what waits goes into a mail now, what is left for a later
// one and what is not sent at all, and when the watch is due again.
func (w *Watches) due(ctx context.Context, tx *postgres.Tx, s *Subscription, waiting []match) (sent, left []match, skips []skip, err error) {
	sent, skips = sift(s, waiting)
	if s.State == Paused {
		s.State = Active // it is due, so its pause has ended
	}
	s.pausedAt, s.PausedUntil = time.Time{}, time.Time{}
	if s.Schedule.Rhythm == AtOnce {
		s.NextAt = time.Time{}
		if len(sent) == 0 {
			return nil, nil, skips, nil
		}
		var today int
		if err := tx.QueryRow(ctx, sqlCountToday, s.ID, dayOf(tx.Now)).Scan(&today); err != nil {
			return nil, nil, nil, fmt.Errorf("count mails of a job watch: %w", err)
		}
		if today >= s.Schedule.Cap {
			s.NextAt = nextMorning(dayOf(tx.Now).AddDate(0, 0, 1))
			return nil, sent, skips, nil
		}
		return sent, nil, skips, nil
	}
	if s.regularAt.IsZero() || !tx.Now.Before(s.regularAt) {
		s.regularAt = nextRegular(s.Schedule.Rhythm, s.Weekday, tx.Now)
		s.NextAt = s.regularAt
		return sent, nil, skips, nil
	}
	// A look ahead of the regular mail is for what closes before it.
	s.NextAt = s.regularAt
	var closing []match
	for _, m := range sent {
		if m.expiresAt.IsZero() || m.expiresAt.After(s.regularAt) {
			left = append(left, m)
		} else {
			closing = append(closing, m)
		}
	}
	return closing, left, skips, nil
}

const sqlReschedule = `
UPDATE job_watch
   SET state = $2, done_seq = $3, next_at = $4, regular_at = $5, paused_at = NULL, paused_until = NULL
 WHERE id = $1`

func (s *Subscription) reschedule(ctx context.Context, tx *postgres.Tx, done int64) error {
	_, err := tx.Exec(ctx, sqlReschedule, s.ID, s.State, max(done, s.doneSeq), orNull(s.NextAt), orNull(s.regularAt))
	if err != nil {
		return fmt.Errorf("reschedule job watch: %w", err)
	}
	return nil
}

const sqlInsertMail = `
INSERT INTO job_watch_mail (watch_id, made_at, postings)
VALUES ($1, $2, $3)
RETURNING id`

func enqueueDigest(ctx context.Context, tx *postgres.Tx, s *Subscription, postings int) (int64, error) {
	var id int64
	if err := tx.QueryRow(ctx, sqlInsertMail, s.ID, tx.Now, postings).Scan(&id); err != nil {
		return 0, fmt.Errorf("insert mail of a job watch: %w", err)
	}
	return id, mail.Enqueue(ctx, tx, mail.Message{
		Kind: KindDigest, To: s.Address, Lang: s.Language, Key: digestKey(id), Priority: mail.PriorityBulk,
	})
}
