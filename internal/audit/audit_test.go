package audit_test

import (
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
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
