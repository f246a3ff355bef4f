package jobposting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// FeedState is how far a source's feed has been read. Times are zero until the
// thing they tell of has happened.
type FeedState struct {
	// Watermark is the newest modification that is surely stored.
	Watermark time.Time
	// SnapshotAt is when the last whole snapshot began, ReadAt when the last
	// whole run ended.
	SnapshotAt, ReadAt time.Time
	// RetryAt is before when the source has asked not to be called.
	RetryAt time.Time
	// Outcome is a code of how the last run ended and Failures how many runs in
	// a row have failed.
	Outcome  string
	Failures int
	// Doubted is how many postings the last snapshot lacked if they were too
	// many to be believed, else 0.
	Doubted int
}

// Reject is a record of a feed that could not be used. ExternalID is a line
// number ("line 7") when the record does not say who it is.
type Reject struct {
	ExternalID string
	// Reason is a code and, after a space, the field that it is about.
	Reason string
}

const sqlSelectFeedState = `
SELECT watermark, snapshot_at, read_at, retry_at, outcome, failures, doubted
  FROM feed_state
 WHERE source = $1`

// FeedState returns how far the feed of source has been read; the zero state if
// it never was.
func (p *Postings) FeedState(ctx context.Context, source Source) (FeedState, error) {
	rows, err := p.db.Query(ctx, sqlSelectFeedState, source)
	if err != nil {
		return FeedState{}, fmt.Errorf("select feed state: %w", err)
	}
	states, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (FeedState, error) {
		var s FeedState
		var watermark, snapshot, read, retry *time.Time
		err := row.Scan(&watermark, &snapshot, &read, &retry, &s.Outcome, &s.Failures, &s.Doubted)
		s.Watermark, s.SnapshotAt = orZero(watermark), orZero(snapshot)
		s.ReadAt, s.RetryAt = orZero(read), orZero(retry)
		return s, err
	})
	if err != nil {
		return FeedState{}, fmt.Errorf("select feed state: %w", err)
	}
	if len(states) == 0 {
		return FeedState{}, nil
	}
	return states[0], nil
}

const sqlUpsertFeedState = `
INSERT INTO feed_state AS f
       (source, watermark, snapshot_at, read_at, retry_at, outcome, failures, doubted)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (source) DO UPDATE
   SET watermark = excluded.watermark, snapshot_at = excluded.snapshot_at, read_at = excluded.read_at,
       retry_at = excluded.retry_at, outcome = excluded.outcome, failures = excluded.failures,
       doubted = excluded.doubted`

// SaveFeedState keeps how far the feed of source has been read.
func (p *Postings) SaveFeedState(ctx context.Context, source Source, s FeedState) error {
	_, err := p.db.Exec(ctx, sqlUpsertFeedState, source, orNull(s.Watermark), orNull(s.SnapshotAt),
		orNull(s.ReadAt), orNull(s.RetryAt), s.Outcome, s.Failures, s.Doubted)
	if err != nil {
		return fmt.Errorf("save feed state: %w", err)
	}
	return nil
}

const sqlUpsertRejects = `
INSERT INTO feed_reject AS f
       (source, external_id, reason, first_at, last_at)
SELECT $1, r.external_id, min(r.reason), $2, $2
  FROM unnest($3::text[], $4::text[]) AS r (external_id, reason)
 GROUP BY r.external_id
    ON CONFLICT (source, external_id) DO UPDATE
   SET reason = excluded.reason, last_at = excluded.last_at`

const sqlDeleteRejects = `
DELETE FROM feed_reject
 WHERE source = $1
   AND external_id = ANY($2)`

// SetAside keeps which records of a feed could not be used, and forgets those
// that now could.
func (p *Postings) SetAside(ctx context.Context, source Source, rejects []Reject, usable []string) error {
	err := p.db.InTx(ctx, func(tx *postgres.Tx) error {
		if len(usable) > 0 {
			if _, err := tx.Exec(ctx, sqlDeleteRejects, source, usable); err != nil {
				return err
			}
		}
		if len(rejects) == 0 {
			return nil
		}
		ids := make([]string, len(rejects))
		reasons := make([]string, len(rejects))
		for i, r := range rejects {
			ids[i], reasons[i] = r.ExternalID, r.Reason
		}
		_, err := tx.Exec(ctx, sqlUpsertRejects, source, tx.Now, ids, reasons)
		return err
	})
	if err != nil {
		return fmt.Errorf("set feed records aside: %w", err)
	}
	return nil
}

const sqlDeleteOldRejects = `
DELETE FROM feed_reject
 WHERE source = $1
   AND last_at < $2`

// ForgetRejects forgets the records of a feed that were last set aside before
// a time: a whole snapshot no longer has them.
func (p *Postings) ForgetRejects(ctx context.Context, source Source, before time.Time) error {
	if _, err := p.db.Exec(ctx, sqlDeleteOldRejects, source, before); err != nil {
		return fmt.Errorf("forget rejected feed records: %w", err)
	}
	return nil
}

const sqlSelectMissing = `
SELECT count(*),
       coalesce(array_agg(p.external_id ORDER BY p.external_id) FILTER (WHERE seen.id IS NULL), '{}')
  FROM job_posting AS p
  LEFT JOIN unnest($2::text[]) AS seen (id) ON seen.id = p.external_id
 WHERE p.source = $1
   AND p.status <> 'closed'`

// Missing returns the external IDs of the postings of source that are not
// closed and not among seen, and how many are not closed in all. The IDs in
// seen must be distinct.
func (p *Postings) Missing(ctx context.Context, source Source, seen []string) (missing []string, of int, err error) {
	if err := p.db.QueryRow(ctx, sqlSelectMissing, source, seen).Scan(&of, &missing); err != nil {
		return nil, 0, fmt.Errorf("select missing postings: %w", err)
	}
	return missing, of, nil
}
