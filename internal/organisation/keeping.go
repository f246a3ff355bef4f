package organisation

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

const actionPurged = "organisation.purged"

const sqlCountDueOrganisations = `
SELECT count(*)
  FROM organisation
 WHERE asked_at <= $2
   AND keeping_end(asked_at, $3, $4, $5) <= $1`

const sqlDeleteDueOrganisations = `
DELETE FROM organisation
 WHERE business_id IN (SELECT business_id
                         FROM organisation
                        WHERE asked_at <= $2
                          AND keeping_end(asked_at, $3, $4, $5) <= $1
                        LIMIT $6
                          FOR UPDATE SKIP LOCKED)`

// Purges returns how answers of the business register are given up that nobody
// has asked for again.
func (r *Register) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "register_entry", Count: sqlCountDueOrganisations, Delete: sqlDeleteDueOrganisations,
		Action: actionPurged, Subject: "organisation",
	}.Purge(r.db)}
}
