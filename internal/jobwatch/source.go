package jobwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ErrTooMany means that a source has ordered as much as it may for now.
var ErrTooMany = errors.New("too many orders of job watches from one source")

const (
	// perSource is how many orders a source may make within sourceWindow.
	perSource    = 5
	sourceWindow = time.Hour
)

const sqlTakeSource = `
INSERT INTO job_watch_source AS s (source_index, times, last_at)
VALUES ($1, ARRAY[$2::timestamptz], $2)
    ON CONFLICT (source_index) DO UPDATE
   SET times = ARRAY(SELECT t FROM unnest(s.times) AS t WHERE t > $3) || $2::timestamptz, last_at = $2
RETURNING cardinality(times)`

// takeSource counts an order of a source, which is ErrTooMany beyond the limit.
// The row's lock makes orders of one source take turns. An order that is sent
// again is not counted again.
func (w *Watches) takeSource(ctx context.Context, tx *postgres.Tx, source string) error {
	if source == "" {
		return nil
	}
	var n int
	err := tx.QueryRow(ctx, sqlTakeSource, w.keys.Index("job_watch.source", source), tx.Now, tx.Now.Add(-sourceWindow)).Scan(&n)
	if err != nil {
		return fmt.Errorf("count orders of a source: %w", err)
	}
	if n > perSource {
		return ErrTooMany
	}
	return nil
}

const sqlDeleteSources = `DELETE FROM job_watch_source WHERE last_at <= $1`

func forgetSources(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlDeleteSources, tx.Now.Add(-sourceWindow)); err != nil {
		return fmt.Errorf("delete sources of job watches: %w", err)
	}
	return nil
}
