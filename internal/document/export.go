package document

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps the documents that a person has sent, and those that answer the
// person's requests about own data. They belong to the matter that they were
// asked for in, and stay or go with it.
func (d *Documents) Keeper(periods keeping.Periods) keeping.Keeper {
	return keeping.Keeper{
		Name: "document",
		Export: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
			return d.export(ctx, tx, periods, person)
		},
		Erase: func(context.Context, *postgres.Tx, int64) error { return nil },
		Stays: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Kept, error) {
			return stays(ctx, tx, periods, person)
		},
	}
}

const sqlExportDocuments = `
SELECT d.key AS id, d.subject_kind, d.type, d.size, d.name, d.content, d.uploaded_at,
       customership_end(a.business_id) AS ended_at, customership_kind(a.business_id) AS rule
  FROM document AS d
  LEFT JOIN review_request AS q ON d.subject_kind = 'request' AND q.id::text = d.subject_id
  LEFT JOIN application AS a ON a.id = q.application_id
 WHERE d.uploaded_by = $1
   AND d.subject_kind <> 'data_request_answer'
    OR d.subject_kind = 'data_request_answer'
   AND d.subject_id IN (SELECT id::text FROM data_request WHERE person_id = $1)
 ORDER BY d.uploaded_at DESC, d.key`

func (d *Documents) export(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportDocuments, person)
	if err != nil {
		return nil, fmt.Errorf("export documents: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		key, _ := row["id"].(string)
		for column, place := range map[string]string{"name": placeOfName(key), "content": placeOfContent(key)} {
			sealed, _ := row[column].([]byte)
			plain, err := d.keys.Open(sealed, place)
			if err != nil {
				return nil, fmt.Errorf("open %s of a document: %w", column, err)
			}
			row[column] = plain
		}
		name, _ := row["name"].([]byte)
		row["name"] = string(name)
		at, _ := row["uploaded_at"].(time.Time)
		source := keeping.SourcePerson
		if row["subject_kind"] == "data_request_answer" {
			source = keeping.SourceOfficer
		}
		delete(row, "subject_kind")
		r, err := periods.Customer(ctx, tx, keeping.Record{Table: "document", At: at, Source: source}, row)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

const sqlSelectStaying = `
SELECT d.key AS id,
       customership_end(a.business_id) AS ended_at, customership_kind(a.business_id) AS rule
  FROM document AS d
  LEFT JOIN review_request AS q ON d.subject_kind = 'request' AND q.id::text = d.subject_id
  LEFT JOIN application AS a ON a.id = q.application_id
 WHERE d.uploaded_by = $1
   AND d.subject_kind NOT IN ('data_request', 'data_request_answer')`

func stays(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Kept, error) {
	rows, err := postgres.Rows(ctx, tx, sqlSelectStaying, person)
	if err != nil {
		return nil, fmt.Errorf("select documents that stay: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		r, err := periods.Customer(ctx, tx, keeping.Record{}, row)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return keeping.Staying("document", all), nil
}
