package owndata_test

import (
	"fmt"
	"testing"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// fillMore makes a canary a person who has used the portal a lot, among many
// others.
func (c *canary) fillMore() {
	c.tb.Helper()
	for _, statement := range []string{
		`INSERT INTO person (foreign_index, foreign_sealed, key_id, first_names, call_name, family_name, source, sourced_at, language, created_at)
		 SELECT int4send(n), '', 'test', 'A', '', 'B', 'identification', $2, 'fi', $2 FROM generate_series(1, 50000) AS n WHERE $1::bigint > 0`,
		`INSERT INTO session (token_hash, person_id, kind, level, language, created_at, identified_at, seen_at)
		 SELECT int4send(n), $1::bigint, 'person', 'high', 'fi', $2, $2, $2 FROM generate_series(1, 50) AS n`,
		`INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, person_id)
		 SELECT 'account_ends', 'bench' || n, 0, 'fi', 'a@example.com', '{}', $2, $2, $1::bigint FROM generate_series(1, 200) AS n`,
		`INSERT INTO profile_entry (person_id, section, place, fields, created_at, changed_at)
		 SELECT $1::bigint, 'work', n, jsonb_build_object('text', repeat('kokemusta ', 200)), $2, $2 FROM generate_series(1, 60) AS n`,
		`INSERT INTO application_revision (application_id, number, form, organisation, submission, submitted_by, authority, submitted_at)
		 SELECT id, n, jsonb_build_object('text', repeat('kuvaus ', 500)), '{}', n::text, $1::bigint, 'NIMKO', $2
		   FROM application, generate_series(2, 60) AS n WHERE submitted_by = $1::bigint`,
	} {
		c.exec(statement, c.id, pgtest.Now)
	}
	for range 24 { // the chain makes long transactions slow
		c.exec(`INSERT INTO audit_event (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
		        SELECT $2, 'person', ($1::bigint + n % 4)::text, 'session.started', 'session', n::text, '{}' FROM generate_series(1, 500) AS n`, c.id, pgtest.Now)
	}
	for n := range 10 {
		key := fmt.Sprint("bench", c.id, n)
		c.exec(`INSERT INTO document (key, subject_kind, subject_id, submission, type, size, name, content, uploaded_by, uploaded_at)
		        VALUES ($1, 'request', $2, $1, 'application/pdf', 1000000, $3, $4, $5, $6)`,
			key, fmt.Sprint(c.ids["review_request"]), c.keys.Seal([]byte("a.pdf"), "document.name:"+key),
			c.keys.Seal(make([]byte, 1_000_000), "document.content:"+key), c.id, pgtest.Now)
	}
}

// BenchmarkOwnData takes a copy of somebody of whom much is kept, and deletes
// them; both may take 2 s.
func BenchmarkOwnData(b *testing.B) {
	w := newWorld(b)
	var people []*canary
	for n := range b.N {
		people = append(people, newCanary(b, w.db, []string{"010594Y9032", "010594Y9021", "020594X903P"}[n%3], "A"))
		people[n].fillMore()
	}
	b.ResetTimer()
	for _, c := range people {
		all, err := w.Copy(b.Context(), w.fresh(c.id), "json")
		if err != nil {
			b.Fatal(err)
		}
		file, err := all.JSON()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds()), "copy-ms")
		b.ReportMetric(float64(len(file))/1e6, "copy-MB")
		before := b.Elapsed()
		if err := w.Delete(b.Context(), w.fresh(c.id)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64((b.Elapsed() - before).Milliseconds()), "delete-ms")
		if _, err := w.people.ByID(b.Context(), c.id); err == nil {
			b.Fatal("still there")
		}
	}
}
