package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Rows returns the rows of query, each by the names of its columns.
func Rows(ctx context.Context, q Querier, query string, args ...any) ([]map[string]any, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToMap)
}
