package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
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
	// is on its way; else Reason says why it was not sent.
	Sent, Queued bool
	Reason       Reason
	At           time.Time
}

const sqlSelectHistory = `
SELECT e.posting_id, p.card -> 'title', p.status = 'open', e.changed, e.state = 'sent', e.state = 'queued', e.reason, e.at
  FROM job_watch_entry AS e
  JOIN job_posting AS p ON p.id = e.posting_id
 WHERE e.watch_id = $1
 ORDER BY e.at DESC, e.seq DESC
 LIMIT $2`

// History returns what became of the last matches of a watch, newest first.
func (w *Watches) History(ctx context.Context, watch int64, limit int) ([]Told, error) {
	rows, err := w.db.Query(ctx, sqlSelectHistory, watch, limit)
	if err != nil {
		return nil, fmt.Errorf("select history of a job watch: %w", err)
	}
	all, err := collect(rows, func(row scanner) (t Told, err error) {
		return t, row.Scan(&t.PostingID, &t.Title, &t.Open, &t.Changed, &t.Sent, &t.Queued, &t.Reason, &t.At)
	})
	if err != nil {
		return nil, fmt.Errorf("select history of a job watch: %w", err)
	}
	return all, nil
}
