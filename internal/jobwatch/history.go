package jobwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Told is what became of one match of a watch.
type Told struct {
	PostingID int64
	Title     jobposting.Localised
	// Open tells that the posting is still open.
	Open bool
	// Changed tells that it was a change of an open posting.
	Changed bool
	// Sent and Queued tell that a mail with it was taken by the mail server or
	// is on its way, and Waiting that it goes with the next one; else Reason says
	// why it was not sent.
	Sent, Queued, Waiting bool
	Reason                Reason
	At                    time.Time
	// AgainAt is when the posting matched once more without a change that is
	// told, zero when it did not: what has been sent is not sent twice.
	AgainAt time.Time
}

// sqlSelectHistory also looks for later matches at the same revision.
const sqlSelectHistory = `
  WITH again AS (
         SELECT e.posting_id, e.revision, max(e.seq) AS seq, max(e.occurred_at) AS at
           FROM job_watch AS w
           JOIN job_watch_match AS m ON m.search_id = w.search_id
          CROSS JOIN unnest(m.seqs) AS s (seq)
           JOIN job_watch_event AS e ON e.seq = s.seq
          WHERE w.id = $1
          GROUP BY e.posting_id, e.revision)
SELECT e.posting_id, p.card -> 'title', p.status = 'open', e.changed, e.state = 'sent', e.state = 'queued', e.reason, e.at, a.at
  FROM job_watch_entry AS e
  JOIN job_posting AS p ON p.id = e.posting_id
  LEFT JOIN again AS a ON a.posting_id = e.posting_id AND a.revision = e.revision AND a.seq > e.seq AND e.state = 'sent'
 WHERE e.watch_id = $1
   AND ($3::bigint = 0 OR e.posting_id = $3)
 ORDER BY e.at DESC, e.seq DESC
 LIMIT $2`

// History returns what waits for the next mail of a watch, and what became of
// its last matches, newest first.
func (w *Watches) History(ctx context.Context, s Subscription, limit int) ([]Told, error) {
	var all []Told
	err := w.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		waiting, err := tellWaiting(ctx, tx, s)
		if err != nil {
			return err
		}
		all, err = history(ctx, tx, s.ID, limit, 0)
		all = append(waiting, all...)
		return err
	})
	return all, err
}

func history(ctx context.Context, q postgres.Querier, watch int64, limit int, posting int64) ([]Told, error) {
	rows, err := q.Query(ctx, sqlSelectHistory, watch, limit, posting)
	if err != nil {
		return nil, fmt.Errorf("select history of a job watch: %w", err)
	}
	all, err := collect(rows, func(row scanner) (t Told, err error) {
		var again *time.Time
		err = row.Scan(&t.PostingID, &t.Title, &t.Open, &t.Changed, &t.Sent, &t.Queued, &t.Reason, &t.At, &again)
		t.AgainAt = orZero(again)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("select history of a job watch: %w", err)
	}
	return all, nil
}

// tellWaiting returns what goes with the next mail as things stand.
func tellWaiting(ctx context.Context, tx *postgres.Tx, s Subscription) ([]Told, error) {
	matches, err := selectMatches(ctx, tx, []int64{s.ID})
	if err != nil {
		return nil, err
	}
	waiting, _ := sift(&s, matches[s.ID])
	ids := make([]int64, len(waiting))
	for i, m := range waiting {
		ids[i] = m.postingID
	}
	cards, err := jobposting.Cards(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var all []Told
	for _, m := range waiting {
		if i := slices.IndexFunc(cards, func(c jobposting.Card) bool { return c.ID == m.postingID }); i >= 0 {
			all = append(all, Told{
				PostingID: m.postingID, Title: cards[i].Title, Open: true, Changed: m.changed, Waiting: true, At: m.occurredAt,
			})
		}
	}
	return all, nil
}

// About is what a watch has to do with one posting.
type About struct {
	Subscription

	Posting jobposting.Posting
	// Told is what became of it, newest first; empty when it is no match.
	Told []Told
	// Matches tells that the posting is open and matches now, Met and Unmet which
	// of the criteria it meets.
	Matches    bool
	Met, Unmet []Criterion
	// Proposals are the changes that would leave such postings out.
	Proposals []Proposal
}

// About tells what became of a posting that a watch has found. One that is no
// match of the watch and never was is fault.ErrNotFound.
func (w *Watches) About(ctx context.Context, token string, posting int64) (About, error) {
	var a About
	err := w.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		id, err := w.watchOf(ctx, tx, ToManage, token)
		if err != nil {
			return err
		}
		if a.Subscription, err = selectSubscription(ctx, tx, id); err != nil {
			return err
		}
		if a.Posting, err = jobposting.ByID(ctx, tx, posting); err != nil {
			return err
		}
		return w.about(ctx, tx, &a)
	})
	if err == nil && len(a.Told) == 0 && !a.Matches {
		return About{}, fmt.Errorf("posting %d of a job watch: %w", posting, fault.ErrNotFound)
	}
	return a, err
}

func (w *Watches) about(ctx context.Context, tx *postgres.Tx, a *About) error {
	waiting, err := tellWaiting(ctx, tx, a.Subscription)
	if err != nil {
		return err
	}
	past, err := history(ctx, tx, a.ID, 20, a.Posting.ID)
	if err != nil {
		return err
	}
	for _, t := range append(waiting, past...) {
		if t.PostingID == a.Posting.ID {
			a.Told = append(a.Told, t)
		}
	}
	if a.Unreadable {
		return nil
	}
	r, err := w.reasoner(a.Criteria)
	if err != nil {
		return err
	}
	d := w.analyser.Document(&a.Posting)
	view := w.analyser.View(&d)
	a.Met = r.why(view, false)
	for _, one := range r.all {
		if !slices.Contains(a.Met, one) {
			a.Unmet = append(a.Unmet, one)
		}
	}
	q, _, err := w.analyser.Compile(a.Criteria)
	if err != nil {
		return fmt.Errorf("criteria of a job watch: %w", err)
	}
	a.Matches = a.Posting.Status == jobposting.StatusOpen && q.Matches(view)
	a.Proposals, err = w.proposals(a.Criteria, a.Language, a.Posting, &d)
	return err
}
