package review

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const (
	sqlCollectCases = `
SELECT to_jsonb(c)
  FROM review_case AS c
  JOIN application AS a ON a.id = c.application_id
 WHERE a.business_id = $1
 ORDER BY c.application_id`

	sqlCollectRequests = `
SELECT to_jsonb(q)
  FROM review_request AS q
  JOIN application AS a ON a.id = q.application_id
 WHERE a.business_id = $1
 ORDER BY q.id`

	sqlCollectNotes = `
SELECT to_jsonb(n)
  FROM review_note AS n
  JOIN application AS a ON a.id = n.application_id
 WHERE a.business_id = $1
 ORDER BY n.id`

	sqlCollectDecisions = `SELECT to_jsonb(d) FROM decision AS d WHERE d.business_id = $1 ORDER BY d.id`
)

const sqlSelectRequestsOf = `
SELECT q.id
  FROM review_request AS q
  JOIN application AS a ON a.id = q.application_id
 WHERE a.business_id = $1
 ORDER BY q.id`

const (
	sqlDropRequests = `
DELETE FROM review_request
 USING application AS a
 WHERE a.id = application_id
   AND a.business_id = $1`

	sqlDropCases = `
DELETE FROM review_case
 USING application AS a
 WHERE a.id = application_id
   AND a.business_id = $1`
)

// HandOver is what is kept of the officers' work on an organisation, with the
// documents that it sent. Notes and decisions, which the portal has no right to
// delete, are released by the database itself.
func (r *Reviews) HandOver() keeping.Part {
	return keeping.Part{Name: "review", Collect: r.collect, Drop: r.drop}
}

func (r *Reviews) collect(ctx context.Context, tx *postgres.Tx, organisation string) (keeping.Contents, error) {
	var c keeping.Contents
	for _, t := range []struct{ name, query string }{
		{"review_case", sqlCollectCases},
		{"review_request", sqlCollectRequests},
		{"review_note", sqlCollectNotes},
		{"decision", sqlCollectDecisions},
	} {
		table, err := keeping.ReadTable(ctx, tx, t.name, t.query, organisation)
		if err != nil {
			return keeping.Contents{}, err
		}
		c.Tables = append(c.Tables, table)
	}
	ids, err := requestsOf(ctx, tx, organisation)
	if err != nil {
		return keeping.Contents{}, err
	}
	documents := keeping.Table{Name: "document"}
	for _, id := range ids {
		rows, files, err := r.documents.Collect(ctx, tx, Request{ID: id}.Ref())
		if err != nil {
			return keeping.Contents{}, err
		}
		documents.Rows = append(documents.Rows, rows...)
		c.Files = append(c.Files, files...)
	}
	c.Tables = append(c.Tables, documents)
	return c, nil
}

func (r *Reviews) drop(ctx context.Context, tx *postgres.Tx, organisation string) (int, error) {
	ids, err := requestsOf(ctx, tx, organisation)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, id := range ids {
		n, err := r.documents.Drop(ctx, tx, Request{ID: id}.Ref())
		if err != nil {
			return 0, err
		}
		total += n
	}
	for _, query := range []string{sqlDropRequests, sqlDropCases} {
		tag, err := tx.Exec(ctx, query, organisation)
		if err != nil {
			return 0, fmt.Errorf("delete what was handed over of reviews: %w", err)
		}
		total += int(tag.RowsAffected())
	}
	return total, nil
}

func requestsOf(ctx context.Context, tx *postgres.Tx, organisation string) ([]int64, error) {
	rows, err := tx.Query(ctx, sqlSelectRequestsOf, organisation)
	if err != nil {
		return nil, fmt.Errorf("select requests of an organisation: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read requests of an organisation: %w", err)
	}
	return ids, nil
}
