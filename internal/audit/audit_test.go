package audit_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
)

func TestChain(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	record := func(n int) {
		t.Helper()
		for range n {
			err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
				return audit.Record(t.Context(), tx, audit.Event{
					Actor: audit.System("test"), Action: "test.done",
					Subject: audit.Ref{Kind: "test", ID: "1"}, Detail: map[string]any{"n": 1},
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	verify := func(want int64) {
		t.Helper()
		got, err := audit.Verify(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("Verify = %d, want %d", got, want)
		}
	}

	verify(0)
	record(5)
	verify(0)
	for _, q := range []string{
		"UPDATE audit_event SET action = 'test.undone' WHERE id = 3",
		"DELETE FROM audit_event WHERE id = 3",
		"TRUNCATE audit_event",
	} {
		if _, err := db.Exec(t.Context(), q); err == nil {
			t.Errorf("%s was allowed", q)
		}
	}

	// Whoever owns the table can switch the guard off; the chain still tells.
	forge := func(q string) {
		t.Helper()
		for _, q := range []string{"ALTER TABLE audit_event DISABLE TRIGGER USER", q, "ALTER TABLE audit_event ENABLE TRIGGER USER"} {
			if _, err := db.Exec(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
	forge("UPDATE audit_event SET detail = '{\"n\": 2}' WHERE id = 3")
	verify(3)
	forge("UPDATE audit_event SET detail = '{\"n\": 1}' WHERE id = 3")
	verify(0)
	forge("DELETE FROM audit_event WHERE id = 5")
	verify(-1)
	forge("DELETE FROM audit_event WHERE id = 2")
	verify(3)
}

// Numbers are given in the order of the chain, however many record at once.
func TestChainOfManyAtOnce(t *testing.T) {
	t.Parallel()

	const writers, each = 12, 25
	db := pgtest.New(t)
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
					return audit.Record(t.Context(), tx, audit.Event{Actor: audit.System("test"), Action: "test.done", Subject: audit.Ref{Kind: "test", ID: "1"}})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	if broken, err := audit.Verify(t.Context(), db); broken != 0 || err != nil {
		t.Errorf("the chain does not fit at event %d: %v", broken, err)
	}
	entries, err := audit.Entries(t.Context(), db, audit.Filter{}, 2*writers*each)
	if err != nil || len(entries) != writers*each || entries[0].ID != writers*each {
		t.Errorf("%d events up to number %d, want %d without gaps: %v", len(entries), entries[0].ID, writers*each, err)
	}
}

// TestVerifyGoesOn verifies a log that is longer than one statement reads, and
// finds a forgery on both sides of the cut.
func TestVerifyGoesOn(t *testing.T) {
	t.Parallel()

	const many = 10_500
	db := pgtest.New(t)
	for range many / 500 {
		_, err := db.Exec(t.Context(), `
			INSERT INTO audit_event (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
			SELECT $1, 'system', 'test', 'test.done', 'test', '1', '{}' FROM generate_series(1, 500)`, pgtest.Now)
		if err != nil {
			t.Fatal(err)
		}
	}
	if broken, err := audit.Verify(t.Context(), db); broken != 0 || err != nil {
		t.Fatalf("Verify = %d, %v", broken, err)
	}
	if _, err := db.Exec(t.Context(), "ALTER TABLE audit_event DISABLE TRIGGER USER"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{many, 10_001, 10_000, 1} {
		if _, err := db.Exec(t.Context(), "UPDATE audit_event SET detail = '{\"n\": 2}' WHERE id = $1", id); err != nil {
			t.Fatal(err)
		}
		if broken, err := audit.Verify(t.Context(), db); broken != id || err != nil {
			t.Errorf("Verify = %d, %v, want %d", broken, err, id)
		}
	}
}

// TestThePortalsRoleReleasesNothing does as somebody who has stolen the portal's
// own role: a time that it writes itself opens neither the log nor what was decided.
func TestThePortalsRoleReleasesNothing(t *testing.T) {
	t.Parallel()

	db, address := pgtest.NewWithURL(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	exec := func(query string, args ...any) error {
		_, err := conn.Exec(t.Context(), query, args...)
		return err
	}
	role := "thief_" + strings.ToLower(rand.Text())
	today := time.Now()
	for _, query := range []string{
		`CREATE ROLE ` + role, `SELECT grant_app_rights('` + role + `')`, `SET SESSION AUTHORIZATION ` + role,
	} {
		if err := exec(query); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, query := range []string{`RESET SESSION AUTHORIZATION`, `DROP OWNED BY ` + role, `DROP ROLE ` + role} {
			if _, err := conn.Exec(context.Background(), query); err != nil {
				t.Error(err)
			}
		}
	})
	for _, at := range []time.Time{today.AddDate(-2, 0, 0), today, today.AddDate(80, 0, 0)} {
		if err := exec(`INSERT INTO audit_event (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
			VALUES ($1, 'system', 'test', 'test.done', 'test', '1', '{}')`, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := exec(`SELECT release_audit_events(1)`); err != nil {
		t.Errorf("an event of two years ago: %v", err)
	}
	if err := exec(`SELECT release_audit_events(2)`); err == nil {
		t.Error("an event of today was released because of one that says it is far in the future")
	}
	if err := exec(`DELETE FROM audit_event`); err == nil {
		t.Error("events can be deleted")
	}
	termstest.Seed(t, db)
	if err := exec(`INSERT INTO terms_acceptance (kind, number, language, hash, how, person_id, person_name, business_id, organisation_name, authority, accepted_at)
		SELECT kind, number, 'fi', 'h', 'accepted', 1, 'A', '1234567-1', 'B', 'NIMKO', $1 FROM terms_version LIMIT 1`, today); err != nil {
		t.Fatal(err)
	}
	if err := exec(`INSERT INTO handover (kind, subject, package, digest, started_at, written_at) VALUES ('customership', '1234567-1', 'p', 'd', $1, $1)`, today.AddDate(80, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := exec(`SELECT release_handed_over('1234567-1')`); err == nil {
		t.Error("an acceptance of today was released because of a package that nobody has made")
	}
	var left int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM terms_acceptance`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d acceptances are left: %v", left, err)
	}
}
