package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// verifiedAtOnce is how many events one statement verifies: a log of years takes
// longer than any statement may, and old snapshots slow down whoever writes.
const verifiedAtOnce = 10_000

// The first event follows the last one that was verified, or the beginning that
// was released meanwhile.
const sqlVerify = `
SELECT id, hash,
       previous_hash = lag(hash, 1, CASE WHEN base_id >= $1 THEN base_hash ELSE $2 END) OVER (ORDER BY id)
       AND hash = audit_hash(previous_hash, occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
  FROM (SELECT e.id, e.hash, e.previous_hash, e.occurred_at, e.actor_kind, e.actor_id, e.action,
               e.subject_kind, e.subject_id, e.detail, h.base_id, h.base_hash
          FROM audit_head AS h
          JOIN audit_event AS e ON e.id > $1
         ORDER BY e.id
         LIMIT $3) AS chain
 ORDER BY id`

const sqlSelectHead = `
SELECT (SELECT hash FROM audit_head) = coalesce((SELECT hash FROM audit_event ORDER BY id DESC LIMIT 1), (SELECT base_hash FROM audit_head))`

// Verify returns the ID of the first event that does not fit the chain, 0 when
// all do, or -1 when events are missing from the end.
func Verify(ctx context.Context, q postgres.Querier) (int64, error) {
	var last int64
	hash := []byte{}
	for {
		rows, err := q.Query(ctx, sqlVerify, last, hash, verifiedAtOnce)
		if err != nil {
			return 0, fmt.Errorf("verify audit events: %w", err)
		}
		var broken int64
		var fits bool
		n := 0
		_, err = pgx.ForEachRow(rows, []any{&last, &hash, &fits}, func() error {
			n++
			if !fits && broken == 0 {
				broken = last
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("verify audit events: %w", err)
		}
		if broken != 0 {
			return broken, nil
		}
		if n < verifiedAtOnce {
			break
		}
	}
	var whole bool
	if err := q.QueryRow(ctx, sqlSelectHead).Scan(&whole); err != nil {
		return 0, fmt.Errorf("verify the last audit event: %w", err)
	}
	if !whole {
		return -1, nil
	}
	return 0, nil
}
