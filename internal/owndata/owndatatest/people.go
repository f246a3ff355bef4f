// Package owndatatest gives tests people by the hundred who have something in
// every table that a deletion empties, and counts what is left of them.
package owndatatest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// belongings are the tables of a person: how p.n gets rows there at p.at, how
// many, and which number each row there belongs to.
//
//nolint:dupword // values of SQL
func belongings() []belonging {
	return []belonging{
		{"person", 1, `SELECT id FROM person`, `
			INSERT INTO person (id, foreign_index, foreign_sealed, key_id, first_names, call_name, family_name, source, sourced_at, language, created_at, logged_in_at)
			SELECT p.n, int8send(p.n), '', 'test', 'Aino Eveliina', 'Aino', 'Esimerkki', 'identification', p.at, 'fi', p.at - interval '9 years', p.at FROM p`},
		{"session", 2, `SELECT id / 2 FROM session`, `
			INSERT INTO session (id, token_hash, person_id, kind, level, language, created_at, identified_at, seen_at, ended_at, end_reason)
			SELECT 2 * p.n + i, int8send(2 * p.n + i), p.n, 'person', 'high', 'fi', p.at, p.at, p.at, CASE i WHEN 1 THEN p.at END, CASE i WHEN 1 THEN 'log_out' ELSE '' END
			  FROM p, generate_series(0, 1) AS i`},
		{"mandate_session", 1, `SELECT session_id / 2 FROM mandate_session`, `
			INSERT INTO mandate_session (session_id, state_hash, begun, begun_at) SELECT 2 * p.n, int8send(p.n), '', p.at FROM p`},
		{"mandate_leaving", 1, `SELECT session_id / 2 FROM mandate_leaving`, `
			INSERT INTO mandate_leaving (session_id, visit, next_try_at) SELECT 2 * p.n, '', p.at FROM p`},
		{"parked_form", 1, `SELECT person_id FROM parked_form`, `
			INSERT INTO parked_form (id, person_id, kind, content, parked_at) SELECT 'own' || p.n, p.n, 'person', '', p.at FROM p`},
		{"staff_member", 1, `SELECT person_id FROM staff_member`, `
			INSERT INTO staff_member (person_id, registered_at) SELECT p.n, p.at FROM p`},
		{"staff_grant", 1, `SELECT person_id FROM staff_grant`, `
			INSERT INTO staff_grant (person_id, staff_group, status, requested_at, withdrawn_at) SELECT p.n, 'content', 'withdrawn', p.at, p.at FROM p`},
		{"application_draft", 1, `SELECT person_id FROM application_draft`, `
			INSERT INTO application_draft (person_id, business_id, language, form, created_at, saved_at, expires_at) SELECT p.n, '1234567-1', 'fi', '{}', p.at, p.at, p.at + interval '7 days' FROM p`},
		{"mail_outbox", 1, `SELECT person_id FROM mail_outbox WHERE key LIKE 'own:%'`, `
			INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, person_id)
			SELECT 'request_answered', 'own:' || p.n, 0, 'fi', 'aino@example.com', '{}', p.at, p.at, p.n FROM p`},
		{"profile", 1, `SELECT person_id FROM profile`, `
			INSERT INTO profile (person_id, created_at, changed_at) SELECT p.n, p.at, p.at FROM p`},
		{"profile_entry", 6, `SELECT person_id FROM profile_entry`, `
			INSERT INTO profile_entry (person_id, section, place, fields, created_at, changed_at)
			SELECT p.n, s, i, '{}', p.at, p.at FROM p, unnest('{work,education,skills}'::text[]) AS s, generate_series(1, 2) AS i`},
		{"profile_draft", 1, `SELECT person_id FROM profile_draft`, `
			INSERT INTO profile_draft (person_id, section, seen, fields, saved_at, expires_at) SELECT p.n, 'presentation', '', '{}', p.at, p.at FROM p`},
		{"eures_publication", 2, `SELECT person_id FROM eures_publication`, `
			INSERT INTO eures_publication (person_id, version, sex, country, languages, citizenship, published_at, withdrawn_at)
			SELECT p.n, i, '', 'FI', '{}', '{}', p.at, CASE i WHEN 1 THEN p.at END FROM p, generate_series(1, 2) AS i`},
		{"consent", 2, `SELECT person_id FROM consent`, `
			INSERT INTO consent (person_id, purpose, words, language, submission, given_at)
			SELECT p.n, s, 'x', 'fi', s || p.n, p.at FROM p, unnest('{employer,survey}'::text[]) AS s`},
		{"data_request", 2, `SELECT id / 2 FROM data_request WHERE erased_at IS NULL`, `
			INSERT INTO data_request (id, submission, person_id, kind, channel, language, identification, state, outcome, received_at, due_at, settled_at)
			OVERRIDING SYSTEM VALUE
			SELECT 2 * p.n + i, 'own' || 2 * p.n + i, p.n, CASE i WHEN 0 THEN 'correction' ELSE 'deletion' END, 'page', 'fi', 'strong',
			       CASE i WHEN 0 THEN 'settled' ELSE 'waiting' END, CASE i WHEN 0 THEN 'refused' ELSE '' END, p.at, p.at, CASE i WHEN 0 THEN p.at - interval '20 months' END
			  FROM p, generate_series(0, 1) AS i`},
		{"data_request_note", 1, `SELECT request_id / 2 FROM data_request_note`, `
			INSERT INTO data_request_note (request_id, kind, note, made_by, made_at) SELECT 2 * p.n, 'contact', 'x', 1, p.at FROM p`},
		{"data_request_act", 1, `SELECT request_id / 2 FROM data_request_act`, `
			INSERT INTO data_request_act (submission, request_id, act, done_by, done_at) SELECT 'own' || p.n, 2 * p.n + 1, 'claim', 1, p.at FROM p`},
		{"data_certificate", 1, `SELECT request_id / 2 FROM data_certificate`, `
			INSERT INTO data_certificate (request_id, year, serial, language, wording, hash, made_by, made_at)
			SELECT 2 * p.n, 2026, p.n, 'fi', 'x', sha256('x'), 1, p.at FROM p`},
		{"document", 1, `SELECT subject_id::bigint / 2 FROM document WHERE subject_kind = 'data_request_answer'`, `
			INSERT INTO document (key, subject_kind, subject_id, submission, type, size, name, content, uploaded_by, uploaded_at)
			SELECT 'own' || p.n, 'data_request_answer', (2 * p.n)::text, 'own' || p.n, 'application/pdf', 1, 'x', 'x', 1, p.at FROM p`},
		{"viewing", 1, `SELECT subject_id::bigint FROM viewing WHERE subject_kind = 'person' AND officer_id = 1`, `
			INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) SELECT 1, 'person', p.n::text, p.at FROM p`},
		{"viewing", 1, `SELECT officer_id FROM viewing WHERE subject_kind = 'application'`, `
			INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) SELECT p.n, 'application', '1', p.at FROM p`},
	}
}

type belonging struct {
	table        string
	rows         int
	find, insert string
}

// Tables are those in which people have something.
func Tables() map[string]bool {
	all := map[string]bool{}
	for _, b := range belongings() {
		all[b.table] = true
	}
	return all
}

// Insert makes the people with the numbers from first to last. Everything of
// theirs is of the time at, the last log-in too.
func Insert(ctx context.Context, tx *postgres.Tx, first, last int64, at time.Time) error {
	for _, b := range belongings() {
		query := `WITH p AS (SELECT n, $3::timestamptz AS at FROM generate_series($1::bigint, $2::bigint) AS n)` + b.insert
		if _, err := tx.Exec(ctx, query, first, last, at); err != nil {
			return fmt.Errorf("make people in %s: %w", b.table, err)
		}
	}
	return nil
}

// Count tells how many of the people with the numbers from first to last have all
// that they had, and how many have some of it. It sees one moment of the database.
func Count(ctx context.Context, q postgres.Querier, first, last int64) (whole, half int, err error) {
	var all []string
	rows := 0
	for _, b := range belongings() {
		all, rows = append(all, b.find), rows+b.rows
	}
	query := `
		SELECT count(*) FILTER (WHERE rows = $3), count(*) FILTER (WHERE rows <> $3)
		  FROM (SELECT n, count(*) AS rows FROM (` + strings.Join(all, " UNION ALL ") + `) AS every (n) WHERE n BETWEEN $1 AND $2 GROUP BY n) AS one`
	if err := q.QueryRow(ctx, query, first, last, rows).Scan(&whole, &half); err != nil {
		return 0, 0, fmt.Errorf("count people: %w", err)
	}
	return whole, half, nil
}
