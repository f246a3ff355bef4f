package document

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Remove removes a document of subject for good. One that is not there is
// removed already.
func (d *Documents) Remove(ctx context.Context, tx *postgres.Tx, actor, subject audit.Ref, key string) error {
	removed, err := deleteDocument(ctx, tx, subject, key)
	if err != nil || !removed {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Actor: actor, Action: actionRemoved, Subject: subject})
}

const sqlDeleteDocument = `
DELETE FROM document
 WHERE subject_kind = $1
   AND subject_id = $2
   AND key = $3`

func deleteDocument(ctx context.Context, tx *postgres.Tx, subject audit.Ref, key string) (bool, error) {
	tag, err := tx.Exec(ctx, sqlDeleteDocument, subject.Kind, subject.ID, key)
	if err != nil {
		return false, fmt.Errorf("delete document: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}
