package document

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlForgetDocuments = `
DELETE FROM document
 WHERE subject_kind = $1
   AND subject_id = ANY($2)`

// Forget removes all documents of the matters of a kind for good. It records
// nothing: the caller, who gives up the matters with them, does so at the end.
func (d *Documents) Forget(ctx context.Context, tx *postgres.Tx, kind string, ids []string) error {
	if _, err := tx.Exec(ctx, sqlForgetDocuments, kind, ids); err != nil {
		return fmt.Errorf("delete documents: %w", err)
	}
	return nil
}
