package partner

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

const sqlCountDueDrafts = `
SELECT count(*)
  FROM application_draft
 WHERE saved_at <= $2
   AND keeping_end(saved_at, $3, $4, $5) <= $1`

const sqlDeleteDueDrafts = `
DELETE FROM application_draft
 WHERE id IN (SELECT id
                FROM application_draft
               WHERE saved_at <= $2
                 AND keeping_end(saved_at, $3, $4, $5) <= $1
               ORDER BY saved_at
               LIMIT $6
                 FOR UPDATE SKIP LOCKED)`

// Purges gives up drafts that nobody has gone on with. Their writers are told
// before.
func (d *Drafts) Purges() []keeping.Purge {
	p := purge.Rows{
		Kind: "draft", Count: sqlCountDueDrafts, Delete: sqlDeleteDueDrafts, Action: actionDraftsPurged, Subject: "draft",
	}.Purge(d.db)
	p.Fixed = true // the end stands in the row, and on the page
	p.Warn = func(ctx context.Context, _ keeping.Rule, _ int) (int, error) {
		return d.Warn(ctx, audit.System(keeping.Task))
	}
	return []keeping.Purge{p}
}
