package datarequest

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// RuleKind is the rule of retention that requests follow.
const RuleKind = "data_request"

// Keeper keeps the requests of persons. Erasing settles what still waits, a
// request for deletion as granted, and leaves of each request what statistics
// need, which tells of nobody.
func (r *Requests) Keeper(periods keeping.Periods) keeping.Keeper {
	return keeping.Keeper{
		Name: "datarequest",
		Export: func(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
			return export(ctx, tx, periods, person)
		},
		Erase: func(ctx context.Context, tx *postgres.Tx, person int64) error {
			ids, err := selectIDsOfPerson(ctx, tx, person)
			if err != nil {
				return err
			}
			return r.erase(ctx, tx, ids)
		},
	}
}

// Purges returns how requests are given up whose time is over.
func (r *Requests) Purges() []keeping.Purge {
	return []keeping.Purge{{
		Kind: RuleKind,
		Due: func(ctx context.Context, tx *postgres.Tx, rule keeping.Rule) (int, error) {
			return countDue(ctx, tx, rule)
		},
		Run: func(ctx context.Context, rule keeping.Rule, limit int) (int, error) {
			n := 0
			err := r.DB.InTx(ctx, func(tx *postgres.Tx) error {
				ids, err := selectDue(ctx, tx, rule, limit)
				if n = len(ids); err != nil || n == 0 {
					return err
				}
				if err := r.erase(ctx, tx, ids); err != nil {
					return err
				}
				return audit.Record(ctx, tx, audit.Event{
					Actor: audit.System(keeping.Task), Action: actionErased, Subject: audit.Ref{Kind: "data_request", ID: "*"},
					Detail: map[string]any{"count": n, "rule": rule.Version},
				})
			})
			return n, err
		},
	}}
}

// erase takes out of requests all that tells of somebody. It records nothing, so
// that a deletion holds the end of the audit log only when all is done.
func (r *Requests) erase(ctx context.Context, tx *postgres.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var keys, names []string
	for _, id := range ids {
		keys = append(keys, News{Kind: MailAnswered, Request: Request{ID: id}}.Key())
		names = append(names, ref(id).ID)
	}
	for _, kind := range []string{ref(0).Kind, answerRef(0).Kind} {
		if err := r.Documents.Forget(ctx, tx, kind, names); err != nil {
			return err
		}
	}
	if err := mail.Withdraw(ctx, tx, keys); err != nil {
		return err
	}
	return eraseRequests(ctx, tx, ids)
}

// Key makes the mail unique, among those to one receiver.
func (n News) Key() string { return fmt.Sprintf("%s:%d", n.Kind, n.Request.ID) }

const sqlSelectIDsOfPerson = `SELECT id FROM data_request WHERE person_id = $1 ORDER BY id FOR UPDATE`

func selectIDsOfPerson(ctx context.Context, tx *postgres.Tx, person int64) ([]int64, error) {
	return manyIDs(tx.Query(ctx, sqlSelectIDsOfPerson, person))
}

const sqlCountDue = `
SELECT count(*)
  FROM data_request
 WHERE state = 'settled'
   AND erased_at IS NULL
   AND settled_at <= $2
   AND (kind <> 'restriction' OR outcome NOT IN ('granted', 'partly') OR lifted_at IS NOT NULL)
   AND keeping_end(coalesce(lifted_at, settled_at), $3, $4, $5) <= $1`

func countDue(ctx context.Context, tx *postgres.Tx, rule keeping.Rule) (int, error) {
	p := rule.Period
	var n int
	err := tx.QueryRow(ctx, sqlCountDue, tx.Now, p.Latest(tx.Now), p.Months, p.Days, p.Hours).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count data requests that are due: %w", err)
	}
	return n, nil
}

// A restriction in force is never due.
const sqlSelectDue = `
SELECT id
  FROM data_request
 WHERE state = 'settled'
   AND erased_at IS NULL
   AND settled_at <= $2
   AND (kind <> 'restriction' OR outcome NOT IN ('granted', 'partly') OR lifted_at IS NOT NULL)
   AND keeping_end(coalesce(lifted_at, settled_at), $3, $4, $5) <= $1
 ORDER BY settled_at, id
 LIMIT $6
   FOR UPDATE SKIP LOCKED`

func selectDue(ctx context.Context, tx *postgres.Tx, rule keeping.Rule, limit int) ([]int64, error) {
	p := rule.Period
	return manyIDs(tx.Query(ctx, sqlSelectDue, tx.Now, p.Latest(tx.Now), p.Months, p.Days, p.Hours, limit))
}

func manyIDs(rows pgx.Rows, err error) ([]int64, error) {
	if err != nil {
		return nil, fmt.Errorf("select data requests: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read data requests: %w", err)
	}
	return ids, nil
}

const sqlEraseRequests = `
UPDATE data_request
   SET state = 'settled',
       outcome = CASE WHEN state = 'settled' THEN outcome WHEN kind = 'deletion' THEN 'granted' ELSE 'withdrawn' END,
       settled_at = coalesce(settled_at, $2),
       person_id = NULL, requester = '', address = '', message = '', answer = '',
       claimed_by = NULL, claimed_until = NULL, erased_at = $2
 WHERE id = ANY($1)`

const sqlEraseNotes = `DELETE FROM data_request_note WHERE request_id = ANY($1)`

const sqlEraseActs = `DELETE FROM data_request_act WHERE request_id = ANY($1)`

const sqlEraseCertificates = `DELETE FROM data_certificate WHERE request_id = ANY($1)`

func eraseRequests(ctx context.Context, tx *postgres.Tx, ids []int64) error {
	for _, query := range []string{sqlEraseNotes, sqlEraseActs, sqlEraseCertificates} {
		if _, err := tx.Exec(ctx, query, ids); err != nil {
			return fmt.Errorf("erase what belongs to data requests: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, sqlEraseRequests, ids, tx.Now); err != nil {
		return fmt.Errorf("erase data requests: %w", err)
	}
	return nil
}

// A request that came by post arrived on one day and was written down on another,
// which the log alone tells. One that restricts is kept from the end of that.
const sqlExportRequests = `
SELECT q.id, q.kind, q.channel, q.language, q.requester, q.address, q.message, q.identification, q.state, q.outcome,
       q.received_at, q.due_at, q.answer, q.settled_at, q.lifted_at,
       CASE WHEN q.kind = 'restriction' AND q.outcome IN ('granted', 'partly') THEN q.lifted_at ELSE q.settled_at END AS kept_from,
       coalesce((SELECT min(e.occurred_at)
                   FROM audit_event AS e
                  WHERE e.subject_kind = 'data_request'
                    AND e.subject_id = q.id::text
                    AND e.action = 'data_request.entered'),
                q.received_at) AS made_at
  FROM data_request AS q
 WHERE q.person_id = $1
 ORDER BY q.id DESC`

const sqlExportNotes = `
SELECT n.id, n.kind, n.note, n.made_at,
       CASE WHEN q.kind = 'restriction' AND q.outcome IN ('granted', 'partly') THEN q.lifted_at ELSE q.settled_at END AS kept_from
  FROM data_request_note AS n
  JOIN data_request AS q ON q.id = n.request_id
 WHERE q.person_id = $1
 ORDER BY n.id DESC`

const sqlExportCertificates = `
SELECT c.id, c.year, c.serial, c.language, c.wording, c.hash, c.made_at,
       CASE WHEN q.kind = 'restriction' AND q.outcome IN ('granted', 'partly') THEN q.lifted_at ELSE q.settled_at END AS kept_from
  FROM data_certificate AS c
  JOIN data_request AS q ON q.id = c.request_id
 WHERE q.person_id = $1
 ORDER BY c.id DESC`

func export(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, person int64) ([]keeping.Record, error) {
	var all []keeping.Record
	for _, part := range []struct{ table, query string }{
		{"data_request", sqlExportRequests},
		{"data_request_note", sqlExportNotes},
		{"data_certificate", sqlExportCertificates},
	} {
		rows, err := postgres.Rows(ctx, tx, part.query, person)
		if err != nil {
			return nil, fmt.Errorf("export %s: %w", part.table, err)
		}
		for _, row := range rows {
			r, err := record(ctx, tx, periods, part.table, row)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	return all, nil
}

func record(ctx context.Context, tx *postgres.Tx, periods keeping.Periods, table string, row map[string]any) (keeping.Record, error) {
	r := keeping.Record{Table: table, Row: fmt.Sprint(row["id"]), Source: keeping.SourceOfficer, By: "data_protection", Values: row}
	r.At, _ = row["made_at"].(time.Time)
	if row["channel"] == string(Page) {
		r.Source, r.By = keeping.SourcePerson, ""
	}
	if hash, ok := row["hash"].([]byte); ok {
		row["hash"] = hex.EncodeToString(hash)
	}
	var from *time.Time
	if t, ok := row["kept_from"].(time.Time); ok {
		from = &t
	}
	delete(row, "id")
	delete(row, "kept_from")
	if table == "data_request" {
		delete(row, "made_at")
	}
	var err error
	r.Ends, err = periods.End(ctx, tx, RuleKind, from)
	return r, err
}
