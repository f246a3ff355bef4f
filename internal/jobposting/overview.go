package jobposting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Week is a calendar week in Finland and how many of the postings published in
// it are still open.
type Week struct {
	// Number is that of ISO 8601.
	Number    int
	Published int
}

const sqlCountPublished = `
SELECT width_bucket(published_at, $1::timestamptz[]), count(*)
  FROM job_posting
 WHERE status = 'open'
   AND published_at >= ($1::timestamptz[])[1]
 GROUP BY 1`

// Weeks returns the last n weeks up to the one of now, oldest first.
func Weeks(ctx context.Context, q postgres.Querier, now time.Time, n int) ([]Week, error) {
	begins := make([]time.Time, n+1)
	weeks := make([]Week, n)
	monday := mondayOf(now)
	for i := range begins {
		begins[i] = monday.AddDate(0, 0, 7*(i-n+1))
		if i < n {
			_, weeks[i].Number = begins[i].ISOWeek()
		}
	}
	rows, err := q.Query(ctx, sqlCountPublished, begins)
	if err != nil {
		return nil, fmt.Errorf("count postings by week: %w", err)
	}
	var bucket, published int
	_, err = pgx.ForEachRow(rows, []any{&bucket, &published}, func() error {
		// Above the last bucket lies what is published after this week.
		if bucket >= 1 && bucket <= n {
			weeks[bucket-1].Published = published
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count postings by week: %w", err)
	}
	return weeks, nil
}

// mondayOf is the first moment of the week of t in Finland.
func mondayOf(t time.Time) time.Time {
	t = t.In(i18n.Helsinki)
	return time.Date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, 0, 0, 0, 0, i18n.Helsinki)
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
