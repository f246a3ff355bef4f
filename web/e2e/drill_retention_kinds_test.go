//go:build drill

package e2e_test

// kept is a kind of data that a drill of retention plants. Each row has a number
// p.n by which it is known again.
type kept struct {
	kind, table string
	// key names the column of table by which a row is known, value what is there.
	key, value string
	// often is how many rows fall due in a step of the clock, rare in how many steps
	// one does instead.
	often, rare int
	// late is how long after the end of its period the kind goes.
	late string
	// tells is the audited action with which it goes.
	tells string
	// insert makes the rows p; p.began is when the period of each began.
	insert string
}

const (
	asBytes    = `'\x' || encode(int8send(n), 'hex')`
	asNumber   = `n::text`
	asBusiness = `lpad((n % 10000000)::text, 7, '0') || '-0'`
	// stayer is a person who stays for good, firstLeaver the first who does not.
	stayer, firstLeaver = 19_000_000, 20_000_000
)

// allKept are the kinds, in an order that gives each row its number: organisations
// have only seven digits.
//
//nolint:dupword // values of SQL
func allKept() []kept {
	const many = 4
	return []kept{
		{kind: "register_entry", table: "organisation", key: "business_id", value: asBusiness, often: many, tells: "organisation.purged", insert: `
			INSERT INTO organisation (business_id, asked_at, next_try_at) SELECT p.key, p.began, p.began FROM p`},
		{kind: "application", table: "application", key: "business_id", value: asBusiness, rare: 3, tells: "handover.finished", insert: ``},
		{kind: "customership", table: "application", key: "business_id", value: asBusiness, rare: 3, tells: "handover.finished", insert: ``},
		{kind: "draft", table: "application_draft", key: "business_id", value: asBusiness, often: many, tells: "draft.purged", insert: `
			INSERT INTO application_draft (person_id, business_id, language, form, created_at, saved_at, expires_at)
			SELECT 19000000, p.key, 'fi', jsonb_build_object('contacts', jsonb_build_array(jsonb_build_object('name', 'Aino', 'email', 'draft' || p.n || '@drill.example', 'language', 'fi'))), p.began, p.began, p.ends_at FROM p`},
		{kind: "feedback", table: "feedback", key: "submission", value: asNumber, often: many, tells: "feedback.purged", insert: `
			INSERT INTO feedback (submission, topic, language, message, received_at) SELECT p.key, 'service', 'fi', 'Kiitos', p.began FROM p`},
		{kind: "mail", table: "mail_outbox", key: "key", value: asNumber, often: many, tells: "mail.purged", insert: `
			INSERT INTO mail_outbox (kind, key, priority, language, address, data, status, created_at, due_at, finished_at)
			SELECT 'request_answered', p.key, 1, 'fi', '', '{}', 'sent', p.began, p.began, p.began FROM p`},
		{kind: "viewing", table: "viewing", key: "subject_id", value: asNumber, often: many, tells: "viewing.purged", insert: `
			INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) SELECT 1, 'application', p.key, p.began FROM p`},
		{kind: "parked_form", table: "parked_form", key: "id", value: asNumber, often: many, tells: "form.purged", insert: `
			INSERT INTO parked_form (id, person_id, kind, content, parked_at) SELECT p.key, 19000000, 'person', '', p.began FROM p`},
		{kind: "sign_in", table: "signin_transaction", key: "state_hash", value: asBytes, often: many, tells: "login.purged", insert: `
			INSERT INTO signin_transaction (state_hash, browser_hash, kind, language, return_path, sealed, begun_at)
			SELECT p.key::bytea, '', 'person', 'fi', '/', '', p.began FROM p`},
		{kind: "review_act", table: "review_act", key: "submission", value: asNumber, often: many, tells: "act.purged", insert: `
			INSERT INTO review_act (submission, application_id, act, done_by, done_at) SELECT p.key, 1, 'a', 1, p.began FROM p`},
		{kind: "job_watch", table: "job_watch", key: "submission", value: asNumber, often: many, late: "2 hours", tells: "job_watch.expired", insert: `
			, s AS (INSERT INTO job_watch_search (hash, params_version, criteria) SELECT p.key::bytea, 1, '{}' FROM p RETURNING id, hash)
			INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
			       terms_version, terms_hash, seed, created_at, ends_at, search_id, confirmed_at, start_seq, done_seq)
			SELECT p.key, 'active', 'a@drill.example', p.key::bytea, 'fi', 'daily', 1, 1, 1, '{}', 1, '', '', p.began, p.ends_at - interval '2 hours', s.id, p.began, 0, 0
			  FROM p JOIN s ON s.hash = p.key::bytea`},
		{kind: "job_watch_unconfirmed", table: "job_watch", key: "submission", value: asNumber, often: many, tells: "job_watch.expired", insert: `
			INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
			       terms_version, terms_hash, seed, created_at, ends_at)
			SELECT p.key, 'pending', 'a@drill.example', p.key::bytea, 'fi', 'daily', 1, 1, 1, '{}', 1, '', '', p.began, p.ends_at FROM p`},
		{kind: "job_watch_brake", table: "job_watch_brake", key: "address_index", value: asBytes, often: many, tells: "job_watch.brakes_purged", insert: `
			INSERT INTO job_watch_brake (address_index, sent_at) SELECT p.key::bytea, p.began FROM p`},
		{kind: "job_watch_source", table: "job_watch_source", key: "source_index", value: asBytes, often: many, tells: "job_watch.sources_purged", insert: `
			INSERT INTO job_watch_source (source_index, times, last_at) SELECT p.key::bytea, '{}', p.began FROM p`},
		{kind: "profile_draft", table: "profile_draft", key: "entry_id", value: asNumber, often: many, tells: "profile_draft.purged", insert: `
			INSERT INTO profile_draft (person_id, section, entry_id, seen, fields, saved_at, expires_at)
			SELECT 19000000, 'work', p.n, '', '{}', p.began, p.ends_at FROM p`},
		{kind: "session", table: "session", key: "token_hash", value: asBytes, often: many, tells: "session.purged", insert: `
			INSERT INTO session (token_hash, person_id, kind, level, language, created_at, identified_at, seen_at, ended_at, end_reason)
			SELECT p.key::bytea, 19000000, 'person', 'high', 'fi', p.began, p.began, p.began, p.began, 'log_out' FROM p`},
		{kind: "data_request", table: "data_request", key: "id", value: asNumber, often: many, tells: "data_request.erased", insert: `
			, q AS (INSERT INTO data_request (id, submission, kind, channel, language, requester, message, identification, state, outcome, received_at, due_at, settled_at)
			        OVERRIDING SYSTEM VALUE
			        SELECT p.n, p.key, 'inspection', 'post', 'fi', 'Aino Esimerkki', 'Mitä tiedätte?', 'document', 'settled', 'granted', p.began, p.began, p.began FROM p RETURNING id)
			INSERT INTO data_request_note (request_id, kind, note, made_by, made_at) SELECT p.n, 'contact', 'Soitettu', 1, p.began FROM p`},
		{kind: "audit", table: "audit_event", key: "id", value: asNumber, often: 2, tells: "audit_event.released", insert: ``},
		{kind: "account", table: "person", key: "id", value: asNumber, often: 1, tells: "account.erased", insert: ``},
	}
}

// customers are the tables of an organisation: what makes its row, how many
// there are of one that only applied and of one that was a partner, and the
// number of whose each row is.
//
//nolint:dupword // values of SQL
func customers() []struct {
	table            string
	applied, partner int
	insert, find     string
} {
	return []struct {
		table            string
		applied, partner int
		insert, find     string
	}{
		{
			"application", 1, 1, `
			INSERT INTO application (id, kind, business_id, status, language, submission, submitted_by, authority, authority_at, organisation, submitted_at, changed_at, decided_at)
			OVERRIDING SYSTEM VALUE
			SELECT p.n, 'join', p.key, CASE p.kind WHEN 'application' THEN 'rejected' ELSE 'approved' END, 'fi', 's', 1, 'NIMKO', p.began, '{}', p.began, p.began, p.began FROM p`,
			`SELECT id FROM application`,
		},
		{"application_revision", 1, 1, `
			INSERT INTO application_revision (application_id, number, form, organisation, submission, submitted_by, authority, submitted_at)
			SELECT p.n, 1, '{}', '{}', 's', 1, 'NIMKO', p.began FROM p`, `SELECT application_id FROM application_revision`},
		{"application_verdict", 1, 1, `
			INSERT INTO application_verdict (application_id, run, place, rule, outcome, evidence, decided_at)
			SELECT p.n, 1, 1, 'r', 'look', '{}', p.began FROM p`, `SELECT application_id FROM application_verdict`},
		{
			"review_case", 1, 1, `
			INSERT INTO review_case (application_id, revision, state, arrived_at, waiting_since, due_at, settled_at)
			SELECT p.n, 1, CASE p.kind WHEN 'application' THEN 'rejected' ELSE 'approved' END, p.began, p.began, p.began, p.began FROM p`,
			`SELECT application_id FROM review_case`,
		},
		{"review_request", 1, 1, `
			INSERT INTO review_request (id, application_id, revision, kind, fields, message, due_on, state, made_by, made_at, settled_at)
			OVERRIDING SYSTEM VALUE
			SELECT p.n, p.n, 1, 'documents', '{}', 'Lähettäkää ote.', '2020-01-01', 'answered', 1, p.began, p.began FROM p`, `SELECT id FROM review_request`},
		{
			"review_note", 1, 1, `
			INSERT INTO review_note (application_id, kind, note, made_by, made_at) SELECT p.n, 'contact', 'Soitettu', 1, p.began FROM p`,
			`SELECT application_id FROM review_note`,
		},
		{"decision", 1, 1, `
			INSERT INTO decision (year, serial, kind, application_id, business_id, organisation, language, grounds, document, made_by, made_at)
			SELECT 2020, p.n, 'restriction', p.n, p.key, 'Esimerkki Oy', 'fi', '{}', '{}', 1, p.began FROM p`, `SELECT application_id FROM decision`},
		{
			"terms_acceptance", 1, 1, `
			INSERT INTO terms_acceptance (kind, number, language, hash, how, person_id, person_name, business_id, organisation_name, authority, accepted_at)
			SELECT 'partner', 1, 'fi', '', 'accepted', 1, 'Aino Esimerkki', p.key, 'Esimerkki Oy', 'NIMKO', p.began FROM p`,
			`SELECT left(business_id, 7)::bigint FROM terms_acceptance`,
		},
		{"document", 1, 1, ``, `SELECT subject_id::bigint FROM document WHERE subject_kind = 'request'`},
		{"partner", 0, 1, `
			INSERT INTO partner (id, business_id, name, status, application_id, form, joined_at, changed_at, left_at)
			OVERRIDING SYSTEM VALUE
			SELECT p.n, p.key, 'Esimerkki Oy', 'left', p.n, '{}', p.began, p.began, p.began FROM p WHERE p.kind = 'customership'`, `SELECT id FROM partner`},
		{
			"partner_departure", 0, 1, `
			INSERT INTO partner_departure (id, partner_id, business_id, name, submission, noticed_by, authority, language, email, joined_at, left_at)
			OVERRIDING SYSTEM VALUE
			SELECT p.n, p.n, p.key, 'Esimerkki Oy', 's', 1, 'NIMKO', 'fi', 'a@example.fi', p.began, p.began FROM p WHERE p.kind = 'customership'`,
			`SELECT id FROM partner_departure`,
		},
		{"partner_duty", 0, 2, `
			INSERT INTO partner_duty (departure_id, code, due_on)
			SELECT p.n, c, '2020-01-01' FROM p, unnest('{copies,processing}'::text[]) AS c WHERE p.kind = 'customership'`, `SELECT departure_id FROM partner_duty`},
		{
			"terms_told", 0, 1, `
			INSERT INTO terms_told (kind, number, receiver, days_left, told_at)
			SELECT 'partner', 1, 'partner:' || p.n || ':1', 7, p.began FROM p WHERE p.kind = 'customership'`,
			`SELECT split_part(receiver, ':', 2)::bigint FROM terms_told`,
		},
	}
}
