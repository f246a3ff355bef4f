package jobposting

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// What identifies persons goes when a posting closes, and with it the hashes:
// the same content coming again is then not taken for what is stored.
const sqlClosePostings = `
UPDATE job_posting AS p
   SET status = 'closed', close_reason = $3, closed_at = $4, changed_at = $4,
       people = NULL, content_hash = '', source_hash = NULL
  FROM (SELECT id
          FROM job_posting
         WHERE source = $1
           AND external_id = ANY($2)
           AND status <> 'closed'
         ORDER BY external_id
           FOR UPDATE) AS due
 WHERE p.id = due.id
RETURNING p.id, p.source, p.external_id, p.revision, p.close_reason`

func closePostings(ctx context.Context, tx *postgres.Tx, source Source, ids []string, reason CloseReason) ([]write, error) {
	rows, err := tx.Query(ctx, sqlClosePostings, source, ids, reason, tx.Now)
	return collectClosed(tx, rows, err)
}

const sqlCloseExpired = `
UPDATE job_posting AS p
   SET status = 'closed', close_reason = 'expired', closed_at = $1, changed_at = $1,
       people = NULL, content_hash = '', source_hash = NULL
  FROM (SELECT id
          FROM job_posting
         WHERE status <> 'closed'
           AND expires_at <= $1
         ORDER BY expires_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED) AS due
 WHERE p.id = due.id
RETURNING p.id, p.source, p.external_id, p.revision, p.close_reason`

func closeExpired(ctx context.Context, tx *postgres.Tx) ([]write, error) {
	rows, err := tx.Query(ctx, sqlCloseExpired, tx.Now, BatchSize)
	return collectClosed(tx, rows, err)
}

func collectClosed(tx *postgres.Tx, rows pgx.Rows, err error) ([]write, error) {
	if err != nil {
		return nil, fmt.Errorf("close postings: %w", err)
	}
	closed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (write, error) {
		w := write{Posting: Posting{Status: StatusClosed, ClosedAt: tx.Now, ChangedAt: tx.Now}, kind: KindClosed}
		err := row.Scan(&w.ID, &w.Source, &w.ExternalID, &w.Revision, &w.CloseReason)
		return w, err
	})
	if err != nil {
		return nil, fmt.Errorf("close postings: %w", err)
	}
	return closed, nil
}

const sqlOpenScheduled = `
UPDATE job_posting AS p
   SET status = 'open', changed_at = $1
  FROM (SELECT id
          FROM job_posting
         WHERE status = 'scheduled'
           AND published_at <= $1
           AND (expires_at IS NULL OR expires_at > $1)
         ORDER BY published_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED) AS due
 WHERE p.id = due.id
RETURNING p.id, p.source, p.external_id, p.status, p.close_reason, p.revision, p.content, coalesce(p.people, '{}'),
          p.created_at, p.modified_at, p.published_at, p.expires_at, p.closed_at, p.changed_at, 0::bigint`

func openScheduled(ctx context.Context, tx *postgres.Tx) ([]write, error) {
	rows, err := tx.Query(ctx, sqlOpenScheduled, tx.Now, BatchSize)
	if err != nil {
		return nil, fmt.Errorf("open scheduled postings: %w", err)
	}
	opened, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (write, error) {
		p, err := scanPosting(row)
		return write{Posting: p, kind: KindPublished}, err
	})
	if err != nil {
		return nil, fmt.Errorf("open scheduled postings: %w", err)
	}
	return opened, nil
}
