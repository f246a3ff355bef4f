package terms

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlCollectAcceptances = `SELECT to_jsonb(a) FROM terms_acceptance AS a WHERE a.business_id = $1 ORDER BY a.id`

// HandOver is what an organisation has accepted. The texts stay published here;
// each acceptance names its text by number and hash. The database itself
// releases acceptances, which the portal has no right to delete.
func HandOver() keeping.Part {
	return keeping.Part{
		Name: "terms",
		Collect: func(ctx context.Context, tx *postgres.Tx, organisation string) (keeping.Contents, error) {
			table, err := keeping.ReadTable(ctx, tx, "terms_acceptance", sqlCollectAcceptances, organisation)
			return keeping.Contents{Tables: []keeping.Table{table}}, err
		},
		Drop: func(context.Context, *postgres.Tx, string) (int, error) { return 0, nil },
	}
}
