package terms

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps acceptances. They are the organisation's evidence and outlive the
// person's account: nothing of them is erased before the time of the
// organisation's customership, which periods tells, is up.
func (t *Terms) Keeper(periods keeping.Periods) keeping.Keeper {
	return keeping.Keeper{
		Name: "terms",
		Export: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
			return exportAcceptances(ctx, tx, periods, person)
		},
		Erase: func(context.Context, *postgres.Tx, int64) error { return nil },
		Stays: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Kept, error) {
			all, err := exportAcceptances(ctx, tx, periods, person)
			return keeping.Staying("acceptance", all), err
		},
	}
}

const sqlExportAcceptances = `
SELECT id, kind, number, language, hash, how, person_name, business_id, organisation_name, authority, accepted_at,
       customership_end(business_id) AS ended_at, customership_kind(business_id) AS rule
  FROM terms_acceptance
 WHERE person_id = $1
 ORDER BY accepted_at DESC, id DESC`

func exportAcceptances(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportAcceptances, person)
	if err != nil {
		return nil, fmt.Errorf("export acceptances: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		at, _ := row["accepted_at"].(time.Time)
		r := keeping.Record{Table: "terms_acceptance", At: at, Source: keeping.SourcePerson}
		if r, err = periods.Customer(ctx, tx, r, row); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
