package jobwatch

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
const digestsAtOnce = 50

// A run could make several times as many mails, at the cost of those who wait for
// pages: it takes this time for a mail, and for a watch that has nothing to tell.
const (
	timeOfMail    = time.Second / 800
	timeOfNothing = time.Second / 4000
)

const sqlSelectDue = `
SELECT w.id
  FROM job_watch AS w
 WHERE w.state IN ('active', 'paused')
   AND w.next_at <= $1
   AND w.ends_at > $1
   AND NOT EXISTS (SELECT FROM job_watch_mail AS m WHERE m.watch_id = w.id AND m.state = 'queued')
 ORDER BY w.next_at
 LIMIT $2
   FOR UPDATE OF w SKIP LOCKED`

// Digests makes the mails that are due and returns how many. A watch has one
// mail on its way at a time: what comes meanwhile goes with the next, so that a
// mail server that was away is not met with a heap. The ledger rows, the mail
// and the time of the next one commit together. A call while another of this
// process is at it returns at once.
func (w *Watches) Digests(ctx context.Context) (int, error) {
	if !w.digesting.TryLock() {
		return 0, nil
	}
	defer w.digesting.Unlock()
	made := 0
	for ctx.Err() == nil {
		begun := w.db.Now()
		watches, mails, err := w.digests(ctx)
		made += mails
		if err != nil {
			return made, fmt.Errorf("make mails of job watches: %w", err)
		}
		if watches < digestsAtOnce {
			break
		}
		turn := time.Duration(mails)*timeOfMail + time.Duration(watches-mails)*timeOfNothing
		rest(ctx, w.db.Now().Sub(begun), turn)
	}
	return made, nil
}

// rest leaves the processors to others until the end of a turn of which so much
// is over.
func rest(ctx context.Context, took, turn time.Duration) {
	if took <= 0 {
		return // the clock stands or was put back
	}
	select {
	case <-ctx.Done():
	case <-time.After(turn - took):
	}
}

const sqlSelectCursor = `SELECT seq FROM job_watch_cursor`

const sqlKeepToIndexes = `
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`

// keepToIndexes has the statements of tx, which ask for a few watches of very
// many, find them by indexes. A run changes so much in a minute that the planner
// is behind, and what it then thinks best looks at all watches for each batch.
func keepToIndexes(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlKeepToIndexes); err != nil {
		return fmt.Errorf("keep to the indexes of job watches: %w", err)
	}
	return nil
}

func (w *Watches) digests(ctx context.Context) (watches, mails int, err error) {
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		mails = 0
		if err := keepToIndexes(ctx, tx); err != nil {
			return err
		}
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
		mails, err = digestAll(ctx, tx, ids)
		return err
	})
	return watches, mails, err
}

func digestAll(ctx context.Context, tx *postgres.Tx, ids []int64) (made int, err error) {
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
	today, err := mailsToday(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	var entries []entry
	var sending []*Subscription
	sent := map[int64][]match{}
	for i := range all {
		s := &all[i]
		send, left, skips := s.due(waiting[s.ID], tx.Now, today[s.ID])
		s.doneSeq = max(s.doneSeq, doneBefore(seq, left))
		entries = append(entries, skipped(skips)...)
		if len(send) > 0 {
			sending = append(sending, s)
			sent[s.ID] = send
		}
	}
	mails, err := enqueueDigests(ctx, tx, sending, sent)
	if err != nil {
		return 0, err
	}
	for _, s := range sending {
		for _, m := range sent[s.ID] {
			entries = append(entries, entry{match: m, state: stateQueued, mailID: mails[s.ID]})
		}
	}
	if err := reschedule(ctx, tx, all); err != nil {
		return 0, err
	}
	return len(sending), insertEntries(ctx, tx, entries)
}

const sqlCountToday = `
SELECT watch_id, count(*)
  FROM job_watch_mail
 WHERE watch_id = ANY($1)
   AND made_at >= $2
   AND state <> 'empty'
 GROUP BY watch_id`

// mailsToday counts the mails that watches have had today.
func mailsToday(ctx context.Context, tx *postgres.Tx, ids []int64) (map[int64]int, error) {
	rows, err := tx.Query(ctx, sqlCountToday, ids, dayOf(tx.Now))
	if err != nil {
		return nil, fmt.Errorf("count mails of job watches: %w", err)
	}
	today := map[int64]int{}
	var id int64
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error { today[id] = n; return nil }); err != nil {
		return nil, fmt.Errorf("count mails of job watches: %w", err)
	}
	return today, nil
}

// due decides what of what waits goes into a mail now, what is left for a later
// one and what is not sent at all, and when the watch is due again. today is how
// many mails it has had today.
func (s *Subscription) due(waiting []match, now time.Time, today int) (sent, left []match, skips []skip) {
	sent, skips = sift(s, waiting)
	if s.State == Paused {
		s.State = Active // it is due, so its pause has ended
	}
	if s.Schedule.Rhythm == AtOnce {
		s.NextAt = time.Time{}
		if len(sent) > 0 && today >= s.Schedule.Cap {
			s.NextAt = nextMorning(dayOf(now).AddDate(0, 0, 1))
			return nil, sent, skips
		}
		return sent, nil, skips
	}
	if s.regularAt.IsZero() || !now.Before(s.regularAt) {
		s.regularAt = nextRegular(s.Schedule.Rhythm, s.Weekday, now)
		s.NextAt = s.regularAt
		return sent, nil, skips
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
	return closing, left, skips
}

const sqlReschedule = `
UPDATE job_watch AS w
   SET state = n.state, done_seq = n.done_seq, next_at = n.next_at, regular_at = n.regular_at, paused_at = NULL, paused_until = NULL
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
    AS n (id, state, done_seq, next_at, regular_at)
 WHERE w.id = n.id`

// reschedule keeps how far watches are done and when they are due again.
func reschedule(ctx context.Context, tx *postgres.Tx, all []Subscription) error {
	n := len(all)
	ids, states, done := make([]int64, n), make([]string, n), make([]int64, n)
	next, regular := make([]*time.Time, n), make([]*time.Time, n)
	for i, s := range all {
		ids[i], states[i], done[i], next[i], regular[i] = s.ID, string(s.State), s.doneSeq, orNull(s.NextAt), orNull(s.regularAt)
	}
	if _, err := tx.Exec(ctx, sqlReschedule, ids, states, done, next, regular); err != nil {
		return fmt.Errorf("reschedule job watches: %w", err)
	}
	return nil
}

const sqlInsertMails = `
INSERT INTO job_watch_mail (watch_id, made_at, postings)
SELECT n.watch_id, $1, n.postings
  FROM unnest($2::bigint[], $3::integer[]) AS n (watch_id, postings)
RETURNING id, watch_id`

// enqueueDigests puts a mail out for each watch and returns their numbers by
// watch.
func enqueueDigests(ctx context.Context, tx *postgres.Tx, sending []*Subscription, sent map[int64][]match) (map[int64]int64, error) {
	mails := map[int64]int64{}
	if len(sending) == 0 {
		return mails, nil
	}
	var ids []int64
	var postings []int
	for _, s := range sending {
		ids, postings = append(ids, s.ID), append(postings, len(sent[s.ID]))
	}
	rows, err := tx.Query(ctx, sqlInsertMails, tx.Now, ids, postings)
	if err != nil {
		return nil, fmt.Errorf("insert mails of job watches: %w", err)
	}
	var id, watch int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &watch}, func() error { mails[watch] = id; return nil }); err != nil {
		return nil, fmt.Errorf("insert mails of job watches: %w", err)
	}
	bulk := mail.Bulk{Kind: KindDigest, Priority: mail.PriorityBulk}
	for _, s := range sending {
		bulk.To = append(bulk.To, s.Address)
		bulk.Lang = append(bulk.Lang, s.Language)
		bulk.Key = append(bulk.Key, digestKey(mails[s.ID]))
	}
	return mails, mail.EnqueueAll(ctx, tx, bulk)
}
