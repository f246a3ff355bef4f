// Package audit records who did what, in the transaction that did it. Events
// are append-only and chained by hash: the database refuses to change or delete
// one, and Verify finds a change made behind its back.
package audit

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Ref names a person, organisation or thing by kind and ID. An event outlives
// what it refers to, so there is no foreign key behind it.
type Ref struct{ Kind, ID string }

// System is the actor of what the portal does by itself; task names the kind
// of task.
func System(task string) Ref { return Ref{Kind: "system", ID: task} }

// Event is one audited action. Action is noun.past_participle. Detail must hold
// no personal data: identifiers, codes, counts.
type Event struct {
	Actor   Ref
	Action  string
	Subject Ref
	Detail  map[string]any
}

const sqlInsertEvent = `
INSERT INTO audit_event
    (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::jsonb, '{}'))`

// Record writes e as part of tx. Call it last: it holds the end of the chain
// until tx ends.
func Record(ctx context.Context, tx *postgres.Tx, e Event) error {
	_, err := tx.Exec(ctx, sqlInsertEvent, tx.Now,
		e.Actor.Kind, e.Actor.ID, e.Action, e.Subject.Kind, e.Subject.ID, e.Detail)
	if err != nil {
		return fmt.Errorf("record audit event %s: %w", e.Action, err)
	}
	return nil
}
