package viewing

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

const actionPurged = "viewing.purged"

const sqlCountDueViewings = `
SELECT count(*)
  FROM viewing
 WHERE looked_at <= $2
   AND keeping_end(looked_at, $3, $4, $5) <= $1`

const sqlDeleteDueViewings = `
DELETE FROM viewing
 WHERE (officer_id, subject_kind, subject_id) IN (SELECT officer_id, subject_kind, subject_id
                                                    FROM viewing
                                                   WHERE looked_at <= $2
                                                     AND keeping_end(looked_at, $3, $4, $5) <= $1
                                                   LIMIT $6
                                                     FOR UPDATE SKIP LOCKED)`

// Purges returns how looks are forgotten, outside the audit log, that no limit
// counts any more.
func (l *Looks) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "viewing", Count: sqlCountDueViewings, Delete: sqlDeleteDueViewings, Action: actionPurged, Subject: "viewing", Fixed: true,
	}.Purge(l.db)}
}
