package datarequest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectHeld = `
SELECT DISTINCT person_id
  FROM data_request
 WHERE person_id IS NOT NULL
   AND (   state = 'waiting' AND kind <> 'deletion'
        OR kind = 'restriction' AND outcome IN ('granted', 'partly') AND lifted_at IS NULL)`

// Held returns the people whose data must not go by itself: what they have asked
// is not answered yet, or their data is to be kept and not used. Who waits for a
// deletion is none of them.
func (r *Requests) Held(ctx context.Context, tx *postgres.Tx) ([]identity.PersonID, error) {
	rows, err := tx.Query(ctx, sqlSelectHeld)
	if err != nil {
		return nil, fmt.Errorf("select people who wait for an answer: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[identity.PersonID])
	if err != nil {
		return nil, fmt.Errorf("read people who wait for an answer: %w", err)
	}
	return people, nil
}
