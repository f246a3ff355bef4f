package viewing

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps for two days who looked at whom. A person reads it in the audit
// log, which holds every look.
func (l *Looks) Keeper() keeping.Keeper {
	return keeping.Keeper{
		Name:   "viewing",
		Export: func(context.Context, *postgres.Tx, int64) ([]keeping.Record, error) { return nil, nil },
		Erase:  erase,
	}
}

const sqlEraseViewings = `
DELETE FROM viewing
 WHERE officer_id = $1
    OR subject_kind = 'person' AND subject_id = $1::bigint::text`

func erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	if _, err := tx.Exec(ctx, sqlEraseViewings, person); err != nil {
		return fmt.Errorf("erase looks: %w", err)
	}
	return nil
}
