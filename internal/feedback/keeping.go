package feedback

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

// RuleKind is the rule of retention that feedback follows.
const RuleKind = "feedback"

const sqlCountDueFeedback = `
SELECT count(*)
  FROM feedback
 WHERE received_at <= $2
   AND keeping_end(received_at, $3, $4, $5) <= $1`

const sqlDeleteDueFeedback = `
DELETE FROM feedback
 WHERE id IN (SELECT id
                FROM feedback
               WHERE received_at <= $2
                 AND keeping_end(received_at, $3, $4, $5) <= $1
               ORDER BY received_at
               LIMIT $6
                 FOR UPDATE SKIP LOCKED)`

// Purges returns how feedback is given up whose time is over.
func (f *Feedback) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: RuleKind, Count: sqlCountDueFeedback, Delete: sqlDeleteDueFeedback,
		Action: actionPurged, Subject: "feedback",
	}.Purge(f.db)}
}
