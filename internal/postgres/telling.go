package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Messages of failed statements quote the values that they failed over, and so do
// lines of statements that were logged on purpose unless parameters are left out.
const sqlSelectTelling = `
SELECT name
  FROM pg_settings
 WHERE (name = 'log_min_messages' AND setting NOT IN ('log', 'fatal', 'panic'))
    OR (name = 'log_parameter_max_length' AND setting <> '0')
 ORDER BY name`

// Telling returns the names of the server's settings because of which its own log
// may hold what people have told.
func (db *DB) Telling(ctx context.Context) ([]string, error) {
	rows, err := db.Query(ctx, sqlSelectTelling)
	if err != nil {
		return nil, fmt.Errorf("select settings of the server's log: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("select settings of the server's log: %w", err)
	}
	return names, nil
}
