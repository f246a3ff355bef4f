package owndatatest_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// elsewhere are tables with personal data that a deletion leaves as they are,
// with the reason.
func elsewhere() map[string]string {
	return map[string]string{
		"application": "kept by law", "application_revision": "kept by law", "partner": "kept by law",
		"partner_departure": "kept by law", "partner_duty": "kept by law", "terms_acceptance": "kept by law", "terms_told": "kept by law",
		"review_case": "kept by law", "review_request": "kept by law", "review_note": "kept by law", "decision": "kept by law",
		"handover": "kept by law", "audit_event": "kept by law", "review_act": "who did it is a number, for a week",
		"organisation": "a public register's", "retention_rule": "two officers", "retention_proposal": "two officers",
		"terms_draft": "two officers", "terms_version": "two officers",
		"feedback": "of nobody's account", "job_watch": "of nobody's account", "job_watch_search": "of nobody's account",
		"job_watch_token": "of nobody's account", "job_watch_mail": "of nobody's account", "job_watch_entry": "of nobody's account",
		"job_watch_brake": "of nobody's account", "job_watch_source": "of nobody's account",
		"job_posting": "of nobody's account",
	}
}

// TestPeopleHaveEverything holds the people to every table with personal data.
func TestPeopleHaveEverything(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	columns, err := inventory.Columns(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	tables := owndatatest.Tables()
	personal := map[string]bool{}
	for _, c := range columns {
		if c.Personal && !tables[c.Table] && elsewhere()[c.Table] == "" && !personal[c.Table] {
			t.Errorf("%s has personal data, and the people have nothing there", c.Table)
		}
		personal[c.Table] = personal[c.Table] || c.Personal
	}
	for table := range elsewhere() {
		if !personal[table] || tables[table] {
			t.Errorf("%s needs no reason", table)
		}
	}

	err = db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return owndatatest.Insert(t.Context(), tx, 1000, 1004, pgtest.Now)
	})
	if err != nil {
		t.Fatal(err)
	}
	count := func(wantWhole, wantHalf int) {
		t.Helper()
		whole, half, err := owndatatest.Count(t.Context(), db, 1000, 1004)
		if err != nil || whole != wantWhole || half != wantHalf {
			t.Errorf("%d whole and %d half, %v, want %d and %d", whole, half, err, wantWhole, wantHalf)
		}
	}
	count(5, 0)
	if _, err := db.Exec(t.Context(), `DELETE FROM consent WHERE person_id = 1002 AND purpose = 'survey'`); err != nil {
		t.Fatal(err)
	}
	count(4, 1)
}
