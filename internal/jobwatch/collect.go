package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Reason says why a match was not sent.
type Reason string

// The reasons: the posting had closed; the watch was paused, or stopped since
// its address was refused; the posting had changed once more, and only the last
// change is told; it had changed so that it matches no longer; the mail server
// refused the address; the criteria were changed before the mail went.
const (
	reasonClosed     Reason = "closed"
	reasonPaused     Reason = "paused"
	reasonSuspended  Reason = "suspended"
	reasonSuperseded Reason = "superseded"
	reasonNoLonger   Reason = "no_longer"
	reasonRefused    Reason = "refused"
	reasonEdited     Reason = "edited"
)

// A match is a posting at a revision that a watch has found and that has no
// ledger row yet.
type match struct {
	watchID, postingID int64
	revision           int
	// first and last are the first and the last of the events that were matched.
	first, last int64
	// latest is the posting's last event, be it matched or not.
	latest     int64
	changed    bool
	occurredAt time.Time
	open       bool
	expiresAt  time.Time
}

const sqlSelectMatches = `
  WITH found AS (
         SELECT w.id AS watch_id, e.posting_id, e.revision, min(e.seq) AS first, max(e.seq) AS last,
                bool_or(e.kind = 'changed') AS changed, min(e.occurred_at) AS occurred_at
           FROM job_watch AS w
           JOIN job_watch_match AS m ON m.search_id = w.search_id AND m.upto > w.done_seq
          CROSS JOIN unnest(m.seqs) AS s (seq)
           JOIN job_watch_event AS e ON e.seq = s.seq
          WHERE w.id = ANY($1)
            AND e.seq > w.done_seq
          GROUP BY w.id, e.posting_id, e.revision
         HAVING bool_or(e.kind <> 'edited' OR e.opened_seq > w.start_seq))
SELECT f.watch_id, f.posting_id, f.revision, f.first, f.last,
       (SELECT max(l.seq) FROM job_watch_event AS l WHERE l.posting_id = f.posting_id),
       f.changed, f.occurred_at, p.status = 'open' AND (p.expires_at IS NULL OR p.expires_at > $2), p.expires_at
  FROM found AS f
  JOIN job_posting AS p ON p.id = f.posting_id
 WHERE NOT EXISTS (SELECT
                     FROM job_watch_entry AS x
                    WHERE x.watch_id = f.watch_id
                      AND x.posting_id = f.posting_id
                      AND x.revision = f.revision
                      AND (x.state <> 'skipped' OR x.reason NOT IN ('closed', 'no_longer') OR x.seq >= f.last))
 ORDER BY f.watch_id, f.last DESC`

// selectMatches returns what waits for these watches, by watch, newest first.
func selectMatches(ctx context.Context, tx *postgres.Tx, ids []int64) (map[int64][]match, error) {
	rows, err := tx.Query(ctx, sqlSelectMatches, ids, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("select matches of job watches: %w", err)
	}
	all, err := collect(rows, func(row scanner) (m match, err error) {
		var expires *time.Time
		err = row.Scan(&m.watchID, &m.postingID, &m.revision, &m.first, &m.last, &m.latest, &m.changed, &m.occurredAt, &m.open, &expires)
		m.expiresAt = orZero(expires)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("select matches of job watches: %w", err)
	}
	byWatch := map[int64][]match{}
	for _, m := range all {
		byWatch[m.watchID] = append(byWatch[m.watchID], m)
	}
	return byWatch, nil
}

// skip is a match that is not sent, and why.
type skip struct {
	match

	reason Reason
}

// sift parts what waits for one watch into what can be sent and what cannot.
func sift(s *Subscription, waiting []match) (send []match, skips []skip) {
	newest := map[int64]int64{}
	for _, m := range waiting {
		newest[m.postingID] = max(newest[m.postingID], m.last)
	}
	for _, m := range waiting {
		silence := s.silence(m.occurredAt)
		switch {
		case silence != "":
			skips = append(skips, skip{m, silence})
		case !m.open:
			skips = append(skips, skip{m, reasonClosed})
		case m.last < newest[m.postingID]:
			skips = append(skips, skip{m, reasonSuperseded})
		case m.last < m.latest:
			skips = append(skips, skip{m, reasonNoLonger})
		default:
			send = append(send, m)
		}
	}
	return send, skips
}

// silence tells why what happened at a time is not told: the watch was paused or
// suspended then. It is empty when it was not.
func (s *Subscription) silence(at time.Time) Reason {
	switch {
	case s.State == Suspended && !at.Before(s.SuspendedAt):
		return reasonSuspended
	case !s.pausedAt.IsZero() && !at.Before(s.pausedAt) && at.Before(s.PausedUntil):
		return reasonPaused
	}
	return ""
}

// entry is a row of the ledger to be.
type entry struct {
	match

	state  string
	reason Reason
	mailID int64
}

func skipped(skips []skip) []entry {
	entries := make([]entry, len(skips))
	for i, s := range skips {
		entries[i] = entry{match: s.match, state: stateSkipped, reason: s.reason}
	}
	return entries
}

// The states of a ledger row.
const (
	stateQueued  = "queued"
	stateSent    = "sent"
	stateSkipped = "skipped"
)

// A posting that was not open, or did not match, when its turn came may come
// back at the same revision: its row is written anew. No other row ever is.
const sqlInsertEntries = `
INSERT INTO job_watch_entry AS old (watch_id, posting_id, revision, seq, changed, state, reason, mail_id, at)
SELECT n.watch_id, n.posting_id, n.revision, n.seq, n.changed, n.state, n.reason, nullif(n.mail_id, 0), $1
  FROM unnest($2::bigint[], $3::bigint[], $4::integer[], $5::bigint[], $6::boolean[], $7::text[], $8::text[], $9::bigint[])
    AS n (watch_id, posting_id, revision, seq, changed, state, reason, mail_id)
    ON CONFLICT ON CONSTRAINT job_watch_entry_pkey DO UPDATE
   SET seq = excluded.seq, changed = excluded.changed, state = excluded.state, reason = excluded.reason,
       mail_id = excluded.mail_id, at = excluded.at
 WHERE old.state = 'skipped'
   AND old.reason IN ('closed', 'no_longer')`

// insertEntries writes ledger rows. A match that has a row already would be told
// twice, which is a fault of this package: the transaction fails.
func insertEntries(ctx context.Context, tx *postgres.Tx, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	n := len(entries)
	watches, postings, revisions, seqs := make([]int64, n), make([]int64, n), make([]int, n), make([]int64, n)
	changed, states, reasons, mails := make([]bool, n), make([]string, n), make([]string, n), make([]int64, n)
	for i, e := range entries {
		watches[i], postings[i], revisions[i], seqs[i] = e.watchID, e.postingID, e.revision, e.last
		changed[i], states[i], reasons[i], mails[i] = e.changed, e.state, string(e.reason), e.mailID
	}
	tag, err := tx.Exec(ctx, sqlInsertEntries, tx.Now, watches, postings, revisions, seqs, changed, states, reasons, mails)
	if err != nil {
		return fmt.Errorf("write the ledger of job watches: %w", err)
	}
	if int(tag.RowsAffected()) != n {
		return fmt.Errorf("write the ledger of job watches: %d of %d rows are there already", n-int(tag.RowsAffected()), n)
	}
	return nil
}

// doneBefore is the place up to which everything has its ledger row when these
// matches are left, seq being the place up to which postings have been matched.
func doneBefore(seq int64, left []match) int64 {
	for _, m := range left {
		seq = min(seq, m.first-1)
	}
	return seq
}

// skipSilence writes off what came during a pause or a suspension and returns
// how far the watch is done.
func skipSilence(ctx context.Context, tx *postgres.Tx, s Subscription, seq int64) (int64, error) {
	waiting, err := selectMatches(ctx, tx, []int64{s.ID})
	if err != nil {
		return 0, err
	}
	if s.PausedUntil.After(tx.Now) {
		s.PausedUntil = tx.Now // it ends now
	}
	var left []match
	var skips []skip
	for _, m := range waiting[s.ID] {
		if silence := s.silence(m.occurredAt); silence != "" {
			skips = append(skips, skip{m, silence})
		} else {
			left = append(left, m)
		}
	}
	return doneBefore(seq, left), insertEntries(ctx, tx, skipped(skips))
}

// skipAll writes off everything that waits for a watch.
func skipAll(ctx context.Context, tx *postgres.Tx, s Subscription, reason Reason) error {
	waiting, err := selectMatches(ctx, tx, []int64{s.ID})
	if err != nil {
		return err
	}
	var skips []skip
	for _, m := range waiting[s.ID] {
		skips = append(skips, skip{m, reason})
	}
	return insertEntries(ctx, tx, skipped(skips))
}
