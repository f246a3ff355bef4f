package review

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

const actionActsPurged = "act.purged"

const sqlCountDueActs = `
SELECT count(*)
  FROM review_act
 WHERE done_at <= $2
   AND keeping_end(done_at, $3, $4, $5) <= $1`

const sqlDeleteDueActs = `
DELETE FROM review_act
 WHERE submission IN (SELECT submission
                        FROM review_act
                       WHERE done_at <= $2
                         AND keeping_end(done_at, $3, $4, $5) <= $1
                       ORDER BY done_at
                       LIMIT $6
                         FOR UPDATE SKIP LOCKED)`

// Purges returns how forms are forgotten that had their effect. Until then one
// that is sent again is known.
func (r *Reviews) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "review_act", Count: sqlCountDueActs, Delete: sqlDeleteDueActs, Action: actionActsPurged, Subject: "act", Fixed: true,
	}.Purge(r.db)}
}
