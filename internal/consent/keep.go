package consent

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper keeps what persons have consented to. It goes with the account.
func (c *Consents) Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "consent", Export: export, Erase: erase}
}

const sqlExportConsents = `
SELECT id, purpose, receiver, matter, words, language, given_at, withdrawn_at
  FROM consent
 WHERE person_id = $1
 ORDER BY id DESC`

func export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportConsents, person)
	if err != nil {
		return nil, fmt.Errorf("export consents: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		given, _ := row["given_at"].(time.Time)
		r := keeping.Record{Table: "consent", Row: fmt.Sprint(row["id"]), At: given, Source: keeping.SourcePerson, Values: row}
		delete(row, "id")
		all = append(all, r)
	}
	return all, nil
}

const sqlEraseConsents = `DELETE FROM consent WHERE person_id = $1`

func erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	if _, err := tx.Exec(ctx, sqlEraseConsents, person); err != nil {
		return fmt.Errorf("erase consents: %w", err)
	}
	return nil
}
