package viewing

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlLockOfficer = `SELECT pg_advisory_xact_lock(hashtextextended('viewing:' || $1::bigint, 0))`

// lockOfficer lets one look of an officer be counted at a time.
func lockOfficer(ctx context.Context, tx *postgres.Tx, officer identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlLockOfficer, officer); err != nil {
		return fmt.Errorf("lock an officer's looks: %w", err)
	}
	return nil
}

const sqlCountOthers = `
SELECT count(*)
  FROM viewing
 WHERE officer_id = $1
   AND looked_at > $2
   AND (subject_kind, subject_id) NOT IN (SELECT kind, id FROM unnest($3::text[], $4::text[]) AS p (kind, id))`

// countOthers counts the people other than these that officer has looked at
// since then.
func countOthers(ctx context.Context, tx *postgres.Tx, officer identity.PersonID, since time.Time, people []audit.Ref) (int, error) {
	kinds, ids := names(people)
	var n int
	if err := tx.QueryRow(ctx, sqlCountOthers, officer, since, kinds, ids).Scan(&n); err != nil {
		return 0, fmt.Errorf("count an officer's looks: %w", err)
	}
	return n, nil
}

const sqlUpsertViewings = `
INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at)
SELECT $1, kind, id, $2
  FROM unnest($3::text[], $4::text[]) AS p (kind, id)
    ON CONFLICT (officer_id, subject_kind, subject_id) DO UPDATE SET looked_at = excluded.looked_at`

func upsertViewings(ctx context.Context, tx *postgres.Tx, officer identity.PersonID, people []audit.Ref) error {
	kinds, ids := names(people)
	if _, err := tx.Exec(ctx, sqlUpsertViewings, officer, tx.Now, kinds, ids); err != nil {
		return fmt.Errorf("upsert an officer's looks: %w", err)
	}
	return nil
}
