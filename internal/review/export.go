package review

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps what officers asked and decided about the applications that a
// person sent. It belongs to the organisation's matter and stays with it.
func (r *Reviews) Keeper(periods keeping.Periods) keeping.Keeper {
	return keeping.Keeper{
		Name: "review",
		Export: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
			return exportMatters(ctx, tx, periods, person)
		},
		Erase: func(context.Context, *postgres.Tx, int64) error { return nil },
		Stays: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Kept, error) {
			all, err := exportMatters(ctx, tx, periods, person)
			if err != nil {
				return nil, err
			}
			var decisions []keeping.Record
			for _, record := range all {
				if record.Table == "decision" {
					decisions = append(decisions, record)
				}
			}
			return keeping.Staying("decision", decisions), nil
		},
	}
}

const sqlExportRequests = `
SELECT q.id, q.kind, q.fields, q.message, q.due_on, q.state, q.made_at, q.settled_at,
       customership_end(a.business_id) AS ended_at, customership_kind(a.business_id) AS rule
  FROM review_request AS q
  JOIN application AS a ON a.id = q.application_id
 WHERE a.submitted_by = $1
 ORDER BY q.made_at DESC, q.id DESC`

const sqlExportDecisions = `
SELECT d.id, d.kind, d.organisation, d.grounds, d.document, d.made_at,
       customership_end(d.business_id) AS ended_at, customership_kind(d.business_id) AS rule
  FROM decision AS d
  JOIN application AS a ON a.id = d.application_id
 WHERE a.submitted_by = $1
 ORDER BY d.made_at DESC, d.id DESC`

func exportMatters(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Record, error) {
	var all []keeping.Record
	for _, from := range []struct{ table, query string }{
		{"review_request", sqlExportRequests},
		{"decision", sqlExportDecisions},
	} {
		rows, err := postgres.Rows(ctx, tx, from.query, person)
		if err != nil {
			return nil, fmt.Errorf("export %s: %w", from.table, err)
		}
		for _, row := range rows {
			at, _ := row["made_at"].(time.Time)
			record, err := periods.Customer(ctx, tx, keeping.Record{
				Table: from.table, At: at, Source: keeping.SourceOfficer, By: string(identity.GroupApplications),
			}, row)
			if err != nil {
				return nil, err
			}
			all = append(all, record)
		}
	}
	return all, nil
}
