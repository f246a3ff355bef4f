package identity

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlCountEnded = `
SELECT count(*)
  FROM session
 WHERE ended_at <= $1`

// Purges gives up sessions that have ended. The end itself is no affair of
// retention: Purge of People sees to it every minute.
func (p *People) Purges() []keeping.Purge {
	return []keeping.Purge{{
		Kind: "session", Fixed: true,
		Due: func(ctx context.Context, tx *postgres.Tx, _ keeping.Rule) (int, error) {
			var n int
			if err := tx.QueryRow(ctx, sqlCountEnded, tx.Now.Add(-endedKept)).Scan(&n); err != nil {
				return 0, fmt.Errorf("count ended sessions: %w", err)
			}
			return n, nil
		},
		Run: func(ctx context.Context, _ keeping.Rule, _ int) (int, error) {
			return p.Purge(ctx, audit.System(keeping.Task))
		},
	}}
}
