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
// asked for in, and stay or go with it. A letter that an officer has attached to a
// request is the person's.
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

// A restriction and its documents stay while it is in force.
const sqlExportDocuments = `
SELECT d.key AS id, d.subject_kind, d.type, d.size, d.name, d.content, d.uploaded_by, d.uploaded_at,
       CASE WHEN p.id IS NULL THEN customership_end(a.business_id)
            WHEN p.kind = 'restriction' AND p.outcome IN ('granted', 'partly') THEN p.lifted_at
            ELSE p.settled_at
        END AS ended_at,
       CASE WHEN p.id IS NULL THEN customership_kind(a.business_id) ELSE 'data_request' END AS rule
  FROM document AS d
  LEFT JOIN data_request AS p ON d.subject_kind IN ('data_request', 'data_request_answer') AND p.id::text = d.subject_id
  LEFT JOIN review_request AS q ON d.subject_kind = 'request' AND q.id::text = d.subject_id
  LEFT JOIN application AS a ON a.id = q.application_id
 WHERE p.person_id = $1
    OR d.uploaded_by = $1
   AND d.subject_kind NOT IN ('data_request', 'data_request_answer')
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
		r := keeping.Record{Table: "document", At: at, Source: keeping.SourcePerson, Use: useOf(row)}
		if row["uploaded_by"] != person {
			r.Source, r.By = keeping.SourceOfficer, "data_protection"
		}
		delete(row, "subject_kind")
		delete(row, "uploaded_by")
		r, err := periods.Customer(ctx, tx, r, row)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// useOf is what the document of a data request is kept for; the columns' classes
// say it of all others.
func useOf(row map[string]any) keeping.Use {
	switch row["subject_kind"] {
	case "data_request", "data_request_answer":
		return keeping.Use{Purpose: "own_data", Ground: "legal_obligation", Rule: "data_request"}
	}
	return keeping.Use{}
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
