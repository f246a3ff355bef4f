package datarequest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// readDays is how long people have to read an answer, in days, before their
// accounts may go.
const readDays = 30

const sqlSelectHeld = `
SELECT DISTINCT person_id
  FROM data_request
 WHERE person_id IS NOT NULL
   AND ($1::bigint = 0 OR person_id = $1)
   AND kind <> 'deletion'
   AND (   state = 'waiting'
        OR greatest(settled_at, lifted_at) > $2
        OR kind = 'restriction' AND outcome IN ('granted', 'partly') AND lifted_at IS NULL)`

// Held returns the people whose data must not go by itself, or only that person
// unless it is 0: what they have asked is not answered yet, or was just now, or
// their data is to be kept and not used. Who waits for a deletion is none of them.
func (r *Requests) Held(ctx context.Context, tx *postgres.Tx, only identity.PersonID) ([]identity.PersonID, error) {
	rows, err := tx.Query(ctx, sqlSelectHeld, only, tx.Now.AddDate(0, 0, -readDays))
	if err != nil {
		return nil, fmt.Errorf("select people who wait for an answer: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[identity.PersonID])
	if err != nil {
		return nil, fmt.Errorf("read people who wait for an answer: %w", err)
	}
	return people, nil
}
