package mail

import (
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
)

// actionPurged is audited by count: nothing else is left to tell.
const actionPurged = "mail.purged"

const sqlCountDueMails = `
SELECT count(*)
  FROM mail_outbox
 WHERE status <> 'waiting'
   AND finished_at <= $2
   AND keeping_end(finished_at, $3, $4, $5) <= $1`

const sqlDeleteDueMails = `
DELETE FROM mail_outbox
 WHERE id IN (SELECT id
                FROM mail_outbox
               WHERE status <> 'waiting'
                 AND finished_at <= $2
                 AND keeping_end(finished_at, $3, $4, $5) <= $1
               ORDER BY finished_at
               LIMIT $6
                 FOR UPDATE SKIP LOCKED)`

// Purges returns how that is given up which is known of mails that have ended.
// So long the key of a mail is taken.
func (o *Outbox) Purges() []keeping.Purge {
	return []keeping.Purge{purge.Rows{
		Kind: "mail", Count: sqlCountDueMails, Delete: sqlDeleteDueMails, Action: actionPurged, Subject: "mail",
	}.Purge(o.db)}
}
