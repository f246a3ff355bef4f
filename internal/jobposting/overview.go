package jobposting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Week is a calendar week in Finland and how many of the postings published in
// it are still open.
type Week struct {
	// Number is that of ISO 8601.
	Number    int
	Published int
}

const sqlSelectWeeks = `
SELECT extract(week FROM w.begins)::integer, count(p.id)
  FROM generate_series(date_trunc('week', $1::timestamptz AT TIME ZONE 'Europe/Helsinki') - ($2::integer - 1) * interval '1 week',
                       date_trunc('week', $1::timestamptz AT TIME ZONE 'Europe/Helsinki'), interval '1 week') AS w (begins)
  LEFT JOIN job_posting AS p
    ON p.status = 'open'
   AND p.published_at >= w.begins AT TIME ZONE 'Europe/Helsinki'
   AND p.published_at < (w.begins + interval '1 week') AT TIME ZONE 'Europe/Helsinki'
 GROUP BY w.begins
 ORDER BY w.begins`

// Weeks returns the last n weeks up to the one of now, oldest first.
func Weeks(ctx context.Context, q postgres.Querier, now time.Time, n int) ([]Week, error) {
	rows, err := q.Query(ctx, sqlSelectWeeks, now, n)
	if err != nil {
		return nil, fmt.Errorf("count postings by week: %w", err)
	}
	weeks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Week])
	if err != nil {
		return nil, fmt.Errorf("count postings by week: %w", err)
	}
	return weeks, nil
}

const sqlCountRejects = `
SELECT count(*)
  FROM feed_reject
 WHERE source = $1`

// CountRejects counts the records of a feed that are set aside.
func CountRejects(ctx context.Context, q postgres.Querier, source Source) (int, error) {
	var n int
	if err := q.QueryRow(ctx, sqlCountRejects, source).Scan(&n); err != nil {
		return 0, fmt.Errorf("count rejected feed records: %w", err)
	}
	return n, nil
}
