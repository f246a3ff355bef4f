// Package purge gives up rows that go by themselves, one transaction and one
// audit event for each batch.
package purge

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Rows is the purge of rows that go by themselves. Both statements take now, the
// period's Latest, and its months, days and hours as $1 to $5. A row is due when
//
//	at <= $2 AND keeping_end(at, $3, $4, $5) <= $1
//
// of which the first half is for the index.
type Rows struct {
	Kind string
	// Count counts what is due.
	Count string
	// Delete gives up at most $6 of it, leaving alone what others have locked.
	Delete string
	// Action and Subject are of the audit event, which holds the count.
	Action, Subject string
	// Fixed is that of keeping.Purge.
	Fixed bool
}

// Purge returns the purge of r's rows in db.
func (r Rows) Purge(db *postgres.DB) keeping.Purge {
	return keeping.Purge{
		Kind: r.Kind, Fixed: r.Fixed,
		Due: func(ctx context.Context, tx *postgres.Tx, rule keeping.Rule) (int, error) {
			var n int
			if err := tx.QueryRow(ctx, r.Count, dueAt(tx, rule)...).Scan(&n); err != nil {
				return 0, fmt.Errorf("count what is due of %s: %w", r.Kind, err)
			}
			return n, nil
		},
		Run: func(ctx context.Context, rule keeping.Rule, limit int) (int, error) {
			n := 0
			err := db.InTx(ctx, func(tx *postgres.Tx) error {
				tag, err := tx.Exec(ctx, r.Delete, append(dueAt(tx, rule), limit)...)
				if err != nil {
					return fmt.Errorf("give up what is due of %s: %w", r.Kind, err)
				}
				if n = int(tag.RowsAffected()); n == 0 {
					return nil
				}
				return audit.Record(ctx, tx, audit.Event{
					Actor: audit.System(keeping.Task), Action: r.Action, Subject: audit.Ref{Kind: r.Subject, ID: "*"},
					Detail: map[string]any{"count": n, "rule": rule.Version},
				})
			})
			return n, err
		},
	}
}

// dueAt are the arguments that say when a row is due under r.
func dueAt(tx *postgres.Tx, r keeping.Rule) []any {
	return []any{tx.Now, r.Period.Latest(tx.Now), r.Period.Months, r.Period.Days, r.Period.Hours}
}
