package keeping

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Part is what one capability adds to a package for the National Archives, and
// deletes here once the package is written: all that it keeps of one
// organisation.
type Part struct {
	Name string
	// Collect returns everything, always in the same order.
	Collect func(ctx context.Context, tx *postgres.Tx, organisation string) (Contents, error)
	// Drop deletes as many rows as Collect returned and says how many those were.
	Drop func(ctx context.Context, tx *postgres.Tx, organisation string) (int, error)
}

// Contents is what a package holds.
type Contents struct {
	Tables []Table
	Files  []File
}

// Table is rows as they stand in the database, each a JSON object by column.
type Table struct {
	Name string
	Rows []json.RawMessage
}

// File is a document, opened.
type File struct {
	Name    string
	Content []byte
}

// ReadTable reads the rows of table name. The query selects one JSON value for
// each.
func ReadTable(ctx context.Context, q postgres.Querier, name, query string, args ...any) (Table, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return Table{}, fmt.Errorf("collect %s: %w", name, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	if err != nil {
		return Table{}, fmt.Errorf("collect %s: %w", name, err)
	}
	return Table{Name: name, Rows: all}, nil
}
