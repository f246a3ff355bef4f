package jobposting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

func scanPosting(row pgx.CollectableRow) (Posting, error) {
	var p Posting
	var expires, closed *time.Time
	err := row.Scan(&p.ID, &p.Source, &p.ExternalID, &p.Status, &p.CloseReason, &p.Revision, &p.Content, &p.People,
		&p.CreatedAt, &p.ModifiedAt, &p.PublishedAt, &expires, &closed, &p.ChangedAt, &p.Seq)
	p.ExpiresAt, p.ClosedAt = orZero(expires), orZero(closed)
	return p, err
}

const sqlSelectPosting = `
SELECT p.id, p.source, p.external_id, p.status, p.close_reason, p.revision, p.content, coalesce(p.people, '{}'),
       p.created_at, p.modified_at, p.published_at, p.expires_at, p.closed_at, p.changed_at,
       (SELECT max(c.seq) FROM posting_change AS c WHERE c.posting_id = p.id)
  FROM job_posting AS p
 WHERE p.id = $1`

// ByID returns one posting, whatever its status, or fault.ErrNotFound.
func ByID(ctx context.Context, q postgres.Querier, id int64) (Posting, error) {
	rows, err := q.Query(ctx, sqlSelectPosting, id)
	if err != nil {
		return Posting{}, fmt.Errorf("select posting: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPosting)
	if errors.Is(err, pgx.ErrNoRows) {
		return Posting{}, fmt.Errorf("posting %d: %w", id, fault.ErrNotFound)
	}
	if err != nil {
		return Posting{}, fmt.Errorf("select posting: %w", err)
	}
	return p, nil
}

const sqlSelectOpenPage = `
SELECT p.id, p.source, p.external_id, p.status, p.close_reason, p.revision, p.content, '{}'::jsonb,
       p.created_at, p.modified_at, p.published_at, p.expires_at, p.closed_at, p.changed_at,
       (SELECT max(c.seq) FROM posting_change AS c WHERE c.posting_id = p.id)
  FROM job_posting AS p
 WHERE p.status = 'open'
   AND p.id > $1
 ORDER BY p.id
 LIMIT $2`

// OpenPage returns open postings by ascending ID, those after afterID, without
// the people in them. The last page is shorter than limit.
func OpenPage(ctx context.Context, q postgres.Querier, afterID int64, limit int) ([]Posting, error) {
	rows, err := q.Query(ctx, sqlSelectOpenPage, afterID, limit)
	if err != nil {
		return nil, fmt.Errorf("select open postings: %w", err)
	}
	page, err := pgx.CollectRows(rows, scanPosting)
	if err != nil {
		return nil, fmt.Errorf("select open postings: %w", err)
	}
	return page, nil
}

const sqlSelectOpen = `
SELECT p.id, p.source, p.external_id, p.status, p.close_reason, p.revision, p.content, '{}'::jsonb,
       p.created_at, p.modified_at, p.published_at, p.expires_at, p.closed_at, p.changed_at,
       (SELECT max(c.seq) FROM posting_change AS c WHERE c.posting_id = p.id)
  FROM job_posting AS p
 WHERE p.status = 'open'
   AND p.id = ANY($1)
 ORDER BY p.id`

// Open returns those of the postings that are open, by ascending ID, without
// the people in them.
func Open(ctx context.Context, q postgres.Querier, ids []int64) ([]Posting, error) {
	rows, err := q.Query(ctx, sqlSelectOpen, ids)
	if err != nil {
		return nil, fmt.Errorf("select open postings by ID: %w", err)
	}
	page, err := pgx.CollectRows(rows, scanPosting)
	if err != nil {
		return nil, fmt.Errorf("select open postings by ID: %w", err)
	}
	return page, nil
}

const sqlSelectCards = `
SELECT p.id, p.status, p.published_at, p.expires_at, p.card
  FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, n)
  JOIN job_posting AS p ON p.id = wanted.id
 ORDER BY wanted.n`

// Cards returns the cards of the postings in the order of ids. Those that do
// not exist are left out.
func Cards(ctx context.Context, q postgres.Querier, ids []int64) ([]Card, error) {
	rows, err := q.Query(ctx, sqlSelectCards, ids)
	if err != nil {
		return nil, fmt.Errorf("select posting cards: %w", err)
	}
	cards, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Card, error) {
		var c Card
		var expires *time.Time
		err := row.Scan(&c.ID, &c.Status, &c.PublishedAt, &expires, &c.CardContent)
		c.ExpiresAt = orZero(expires)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("select posting cards: %w", err)
	}
	return cards, nil
}

const sqlSelectChanges = `
SELECT seq, posting_id, kind, revision, material, occurred_at
  FROM posting_change
 WHERE seq > $1
 ORDER BY seq
 LIMIT $2`

// ChangesAfter returns the changes that follow place seq, in order.
func ChangesAfter(ctx context.Context, q postgres.Querier, seq int64, limit int) ([]Change, error) {
	rows, err := q.Query(ctx, sqlSelectChanges, seq, limit)
	if err != nil {
		return nil, fmt.Errorf("select posting changes: %w", err)
	}
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Change])
	if err != nil {
		return nil, fmt.Errorf("select posting changes: %w", err)
	}
	return changes, nil
}

const sqlSelectLastSeq = `
SELECT last
  FROM change_sequence`

// LastSeq returns the last place given in the sequence of changes, 0 before the
// first.
func LastSeq(ctx context.Context, q postgres.Querier) (int64, error) {
	var last int64
	if err := q.QueryRow(ctx, sqlSelectLastSeq).Scan(&last); err != nil {
		return 0, fmt.Errorf("select the last place of the change sequence: %w", err)
	}
	return last, nil
}

const sqlSelectSitemapParts = `
SELECT (id - 1) / $1, count(*), max(changed_at)
  FROM job_posting
 WHERE status = 'open'
 GROUP BY 1
 ORDER BY 1`

// SitemapParts returns the parts that hold open postings, each of size IDs.
func SitemapParts(ctx context.Context, q postgres.Querier, size int64) ([]SitemapPart, error) {
	rows, err := q.Query(ctx, sqlSelectSitemapParts, size)
	if err != nil {
		return nil, fmt.Errorf("select sitemap parts: %w", err)
	}
	parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SitemapPart])
	if err != nil {
		return nil, fmt.Errorf("select sitemap parts: %w", err)
	}
	return parts, nil
}

const sqlSelectSitemapPage = `
SELECT id, changed_at
  FROM job_posting
 WHERE status = 'open'
   AND id > $1
   AND id <= $2
 ORDER BY id`

// SitemapPage returns the open postings of one part of size IDs.
func SitemapPage(ctx context.Context, q postgres.Querier, part, size int64) ([]SitemapEntry, error) {
	rows, err := q.Query(ctx, sqlSelectSitemapPage, part*size, (part+1)*size)
	if err != nil {
		return nil, fmt.Errorf("select sitemap page: %w", err)
	}
	page, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SitemapEntry])
	if err != nil {
		return nil, fmt.Errorf("select sitemap page: %w", err)
	}
	return page, nil
}

const sqlSelectStats = `
SELECT count(*) FILTER (WHERE status = 'scheduled'),
       count(*) FILTER (WHERE status = 'open'),
       count(*) FILTER (WHERE status = 'closed'),
       (SELECT last FROM change_sequence)
  FROM job_posting`

// Count counts the postings.
func Count(ctx context.Context, q postgres.Querier) (Stats, error) {
	var s Stats
	if err := q.QueryRow(ctx, sqlSelectStats).Scan(&s.Scheduled, &s.Open, &s.Closed, &s.LastSeq); err != nil {
		return Stats{}, fmt.Errorf("count postings: %w", err)
	}
	return s, nil
}
