package owndata_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const selectRelations = `
SELECT c.oid::regclass::text, pg_read_binary_file(pg_relation_filepath(c.oid))
  FROM pg_class AS c
 WHERE pg_relation_filepath(c.oid) IS NOT NULL
   AND NOT c.relisshared
   AND c.relname <> 'pg_statistic'
   AND c.relkind IN ('r', 'i', 't', 'm', 'S')`

// holdRelations reads the files of the database itself: tables, indexes and what is
// stored apart. What has been deleted lies in the free space of a file until
// something is written over it, so the files are written anew first. The
// write-ahead log is not looked at: the server keeps it as long as it is told to.
func (w *world) holdRelations(t *testing.T, looked traces) {
	t.Helper()
	var found []string
	// What another transaction may still see is not left out; the server itself
	// looks at tables now and then.
	for range 20 {
		if found = w.inRelations(t, looked); len(found) == 0 {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	for _, one := range found {
		t.Error(one)
	}
}

func (w *world) inRelations(t *testing.T, looked traces) (found []string) {
	t.Helper()
	for _, query := range []string{`VACUUM FULL`, `CHECKPOINT`} {
		if _, err := w.db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := w.db.Query(t.Context(), selectRelations)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var name string
	var content []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &content}, func() error {
		n++
		for _, what := range looked.in(string(content)) {
			found = append(found, "the file of "+name+" holds "+what)
		}
		return nil
	})
	if err != nil || n < 300 {
		t.Errorf("read %d files of the database: %v", n, err)
	}
	return found
}

const selectCounted = `
SELECT s.tablename || '.' || s.attname
  FROM pg_stats AS s
  JOIN pg_class AS c ON c.relname = s.tablename AND c.relnamespace = 'public'::regnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = s.attname
 WHERE s.schemaname = 'public'
   AND col_description(c.oid, a.attnum) LIKE 'personal: %'
   AND a.atttypid NOT IN ('timestamptz'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'boolean'::regtype, 'bigint[]'::regtype)`

// counted are the personal columns of which the planner may know values, none of
// which tells of anybody by itself: codes of closed lists; numbers of rows, the
// hash of terms, a day and a random key; the IDs of organisations.
func counted() []string {
	return strings.Fields(`
		application.authority application.kind application.language application.status application_draft.language application_revision.authority
		audit_event.action audit_event.subject_kind consent.language consent.purpose data_certificate.language data_request.channel
		data_request.identification data_request.kind data_request.language data_request.outcome data_request.state data_request_note.kind
		decision.grounds decision.kind document.type eures_publication.citizenship eures_publication.country eures_publication.languages
		eures_publication.sex job_watch.language job_watch.rhythm mail_outbox.kind mail_outbox.language mail_outbox.status parked_form.kind
		partner_departure.authority partner_departure.language partner_duty.answer partner_duty.authority partner_duty.code person.country
		person.language person.municipality profile.citizenship profile.country profile.military_service profile.nationality profile.sex
		profile.working_languages profile_draft.section profile_entry.section review_request.fields review_request.kind review_request.state
		session.acting_authority session.acting_roles session.end_reason session.kind session.language session.level staff_grant.staff_group
		staff_grant.status terms_acceptance.authority terms_acceptance.how terms_acceptance.kind terms_acceptance.language

		audit_event.actor_id audit_event.subject_id job_watch.erasure_key review_request.due_on terms_acceptance.hash terms_told.receiver
		viewing.subject_id

		application.business_id application_draft.business_id decision.business_id organisation.business_id partner.business_id
		partner_departure.business_id session.acting_business_id terms_acceptance.business_id`)
}

// holdStatistics holds what the planner knows to what tells of nobody: it outlives
// the rows.
func (w *world) holdStatistics(t *testing.T) {
	t.Helper()
	if _, err := w.db.Exec(t.Context(), `ANALYZE`); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	rows, err := w.db.Query(t.Context(), selectCounted)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(columns) < 20 {
		t.Fatalf("the planner knows of %d columns: %v", len(columns), err)
	}
	for _, c := range columns {
		if !slices.Contains(counted(), c) {
			t.Errorf("the planner knows values of %s; the migration that makes the column must say SET STATISTICS 0, or this test why not", c)
		}
	}
}
