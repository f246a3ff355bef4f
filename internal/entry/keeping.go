package entry

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

// actionLoginsPurged is audited by count.
const actionLoginsPurged = "login.purged"

const sqlCountDueForms = `
SELECT count(*)
  FROM parked_form
 WHERE parked_at <= $2
   AND keeping_end(parked_at, $3, $4, $5) <= $1`

const sqlDeleteDueForms = `
DELETE FROM parked_form
 WHERE id IN (SELECT id
                FROM parked_form
               WHERE parked_at <= $2
                 AND keeping_end(parked_at, $3, $4, $5) <= $1
               ORDER BY parked_at
               LIMIT $6
                 FOR UPDATE SKIP LOCKED)`

// Purges returns how forms are given up that have waited long enough.
func (s *Forms) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "parked_form", Count: sqlCountDueForms, Delete: sqlDeleteDueForms, Action: actionPurged, Subject: "form", Fixed: true,
	}.Purge(s.db)}
}

const sqlCountDueLogins = `
SELECT count(*)
  FROM signin_transaction
 WHERE begun_at <= $2
   AND keeping_end(begun_at, $3, $4, $5) <= $1`

const sqlDeleteDueLogins = `
DELETE FROM signin_transaction
 WHERE state_hash IN (SELECT state_hash
                        FROM signin_transaction
                       WHERE begun_at <= $2
                         AND keeping_end(begun_at, $3, $4, $5) <= $1
                       ORDER BY begun_at
                       LIMIT $6
                         FOR UPDATE SKIP LOCKED)`

// Purges returns how log-ins are given up that were begun long ago. Until then
// one that is over is told from a forged one.
func (l *Logins) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "sign_in", Count: sqlCountDueLogins, Delete: sqlDeleteDueLogins, Action: actionLoginsPurged, Subject: "login", Fixed: true,
	}.Purge(l.db)}
}
