package jobwatch

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// windowSize is how many changes one transaction matches: few enough to keep
// the cursor's lock short, and no more than matcher.MaxBatch.
const windowSize = 500

// Match matches what has changed since it was last run, in windows that each
// begin where the one before ended, until there is nothing more. A window's
// matches and the new place of the cursor commit together, and the cursor's lock
// lets one process at a time do it. A call while another of this process is at
// it returns at once.
func (w *Watches) Match(ctx context.Context) (events int, err error) {
	if !w.matching.TryLock() {
		return 0, nil
	}
	defer w.matching.Unlock()
	if w.set == nil || w.set.Wasteful() {
		if err := w.prepare(ctx); err != nil {
			return 0, err
		}
	}
	for {
		n, more, err := w.window(ctx)
		events += n
		if err != nil || !more {
			return events, err
		}
	}
}

func (w *Watches) window(ctx context.Context) (n int, more bool, err error) {
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		// One window can concern most watches there are.
		if err := takeTime(ctx, tx); err != nil {
			return err
		}
		from, err := lockCursor(ctx, tx)
		if err != nil {
			return err
		}
		if err := w.learn(ctx, tx); err != nil {
			return err
		}
		changes, err := jobposting.ChangesAfter(ctx, tx, from, windowSize)
		if err != nil || len(changes) == 0 {
			return err
		}
		more = len(changes) == windowSize
		upto := changes[len(changes)-1].Seq
		events, err := w.events(ctx, tx, changes)
		if err != nil {
			return err
		}
		n = len(events)
		if err := insertEvents(ctx, tx, events); err != nil {
			return err
		}
		if err := w.matchEvents(ctx, tx, upto, events); err != nil {
			return err
		}
		return moveCursor(ctx, tx, upto)
	})
	if err != nil {
		return 0, false, fmt.Errorf("match job watches: %w", err)
	}
	w.faulty = nil
	return n, more, nil
}

const sqlMoveCursor = `UPDATE job_watch_cursor SET seq = $1`

func moveCursor(ctx context.Context, tx *postgres.Tx, upto int64) error {
	if _, err := tx.Exec(ctx, sqlMoveCursor, upto); err != nil {
		return fmt.Errorf("move the cursor of job watches: %w", err)
	}
	return nil
}

// An event is a posting that changed, as it is now.
type event struct {
	jobposting.Change

	kind      string
	openedSeq int64
	expiresAt time.Time
	document  *document.Document
}

// The kinds of event: published, for the first time or anew; changed in what
// readers must be told of; changed in something else.
const (
	eventNew     = "new"
	eventChanged = "changed"
	eventEdited  = "edited"
)

// events returns an event for each posting of the changes that is open now. One
// that has closed meanwhile is nobody's match any more.
func (w *Watches) events(ctx context.Context, tx *postgres.Tx, changes []jobposting.Change) ([]*event, error) {
	byPosting := map[int64]*event{}
	var ids []int64
	for _, c := range changes {
		e := byPosting[c.PostingID]
		if e == nil {
			e = &event{kind: eventEdited}
			byPosting[c.PostingID] = e
			ids = append(ids, c.PostingID)
		}
		e.Change = c
		switch {
		case c.Kind == jobposting.KindPublished:
			e.kind = eventNew
		case c.Material && e.kind == eventEdited:
			e.kind = eventChanged
		}
	}
	stale, err := w.readDocuments(ctx, tx, ids, byPosting)
	if err != nil {
		return nil, err
	}
	postings, err := jobposting.Open(ctx, tx, stale)
	if err != nil {
		return nil, err
	}
	for i := range postings {
		d := w.analyser.Document(&postings[i])
		byPosting[postings[i].ID].document = &d
	}
	events := make([]*event, 0, len(ids))
	for _, id := range ids {
		if e := byPosting[id]; e.document != nil {
			events = append(events, e)
		}
	}
	return events, nil
}

const sqlSelectEventDocuments = `
SELECT p.id, p.revision, p.expires_at, coalesce(s.analyser, ''), s.document,
       (SELECT coalesce(max(c.seq), 0) FROM posting_change AS c WHERE c.posting_id = p.id AND c.kind = 'published')
  FROM job_posting AS p
  LEFT JOIN search_document AS s ON s.posting_id = p.id
 WHERE p.id = ANY($1)
   AND p.status = 'open'
   AND (p.expires_at IS NULL OR p.expires_at > $2)`

// readDocuments reads what the search knows of the open postings, and returns
// those of which it knows nothing that this analyser has made.
func (w *Watches) readDocuments(ctx context.Context, tx *postgres.Tx, ids []int64, byPosting map[int64]*event) (stale []int64, err error) {
	rows, err := tx.Query(ctx, sqlSelectEventDocuments, ids, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	current := w.analyser.Version()
	var id, opened int64
	var revision int
	var expires *time.Time
	var analyser string
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &revision, &expires, &analyser, &data, &opened}, func() error {
		e := byPosting[id]
		e.Revision, e.expiresAt, e.openedSeq = revision, orZero(expires), opened
		d, err := document.Decode(data)
		if err != nil || analyser != current {
			stale = append(stale, id)
			return nil //nolint:nilerr // it is analysed anew
		}
		e.document = d
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	return stale, nil
}

func insertEvents(ctx context.Context, tx *postgres.Tx, events []*event) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"job_watch_event"},
		[]string{"seq", "posting_id", "revision", "kind", "opened_seq", "occurred_at"},
		pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
			e := events[i]
			return []any{e.Seq, e.PostingID, e.Revision, e.kind, e.openedSeq, e.OccurredAt}, nil
		}))
	if err != nil {
		return fmt.Errorf("insert events of job watches: %w", err)
	}
	return nil
}

// sqlInsertMatches leaves out searches that are gone. Arrays of different
// lengths cannot stand in one array, so they come as texts.
const sqlInsertMatches = `
INSERT INTO job_watch_match (search_id, upto, seqs)
SELECT s.id, $1, n.seqs::bigint[]
  FROM unnest($2::bigint[], $3::text[]) AS n (search_id, seqs)
  JOIN job_watch_search AS s ON s.id = n.search_id
RETURNING search_id`

// insertMatches writes what each search has found in the window that ends at
// upto, and takes searches that are gone out of the set.
func (w *Watches) insertMatches(ctx context.Context, tx *postgres.Tx, upto int64, searches []int64, seqs []string) error {
	rows, err := tx.Query(ctx, sqlInsertMatches, upto, searches, seqs)
	if err != nil {
		return fmt.Errorf("insert matches of job watches: %w", err)
	}
	there := make(map[int64]bool, len(searches))
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { there[id] = true; return nil }); err != nil {
		return fmt.Errorf("insert matches of job watches: %w", err)
	}
	for _, id := range searches {
		if !there[id] {
			w.set.Remove(id)
		}
	}
	return nil
}

// matchEvents writes down which searches have found which events, and wakes the
// watches that are not to wait for their regular mail.
func (w *Watches) matchEvents(ctx context.Context, tx *postgres.Tx, upto int64, events []*event) error {
	batch := make([]*document.Document, len(events))
	for i, e := range events {
		batch[i] = e.document
	}
	var searches []int64
	var seqs []string
	closing := map[int64]time.Time{}
	var text []byte
	w.set.Match(batch, func(id int64, places []int) {
		text = append(text[:0], '{')
		for _, at := range places {
			e := events[at]
			if len(text) > 1 {
				text = append(text, ',')
			}
			text = strconv.AppendInt(text, e.Seq, 10)
			if first, ok := closing[id]; !e.expiresAt.IsZero() && (!ok || e.expiresAt.Before(first)) {
				closing[id] = e.expiresAt
			}
		}
		searches, seqs = append(searches, id), append(seqs, string(append(text, '}')))
	})
	if len(searches) == 0 {
		return nil
	}
	if err := w.insertMatches(ctx, tx, upto, searches, seqs); err != nil {
		return err
	}
	return wake(ctx, tx, searches, closing)
}

// A mail may be in the making for a watch at this moment, without the matches
// that are just being written. So rows are waited for whatever their times say
// yet, and what is to be done is decided on what they say then. A posting that
// stays open until well after the mail that follows the one in the making need
// not wait.
const sqlWakeAtOnce = `
UPDATE job_watch
   SET next_at = coalesce(next_at, $2)
 WHERE search_id = ANY($1)
   AND state = 'active'
   AND rhythm = 'at_once'`

const sqlWakeEarly = `
UPDATE job_watch AS w
   SET next_at = CASE WHEN w.regular_at >= c.expires_at AND w.next_at > c.at THEN c.at ELSE w.next_at END
  FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS c (search_id, expires_at, at)
 WHERE w.search_id = c.search_id
   AND w.state = 'active'
   AND w.rhythm <> 'at_once'
   AND (w.regular_at >= c.expires_at AND w.next_at > c.at
     OR w.next_at <= $4 AND c.expires_at <= $4 + CASE w.rhythm WHEN 'weekly' THEN interval '8 days' ELSE interval '2 days' END)`

// underWay is how far the clocks of two processes may be apart: a watch that is
// due within it may have its mail in the making.
const underWay = 2 * time.Hour

// wake sees to it that watches are looked at: those at once now, others before
// the first of the new matches closes, if it does before the next regular mail.
func wake(ctx context.Context, tx *postgres.Tx, searches []int64, closing map[int64]time.Time) error {
	if _, err := tx.Exec(ctx, sqlWakeAtOnce, searches, tx.Now); err != nil {
		return fmt.Errorf("wake job watches: %w", err)
	}
	var ids []int64
	var expires, at []time.Time
	for id, t := range closing {
		ids, expires, at = append(ids, id), append(expires, t), append(at, inTime(tx.Now, t))
	}
	if _, err := tx.Exec(ctx, sqlWakeEarly, ids, expires, at, tx.Now.Add(underWay)); err != nil {
		return fmt.Errorf("wake job watches early: %w", err)
	}
	return nil
}
