package audit_test

import (
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestRelease lets the beginning of the log go when its time is up, and holds the
// rest to being one chain as before.
func TestRelease(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	start := time.Date(2028, time.February, 29, 10, 0, 0, 0, time.UTC)
	now := start
	db.Now = func() time.Time { return now }
	record := func() {
		t.Helper()
		err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return audit.Record(t.Context(), tx, audit.Event{Actor: audit.System("test"), Action: "thing.done", Subject: audit.Ref{Kind: "thing", ID: "1"}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		record()
	}
	now = start.AddDate(2, 0, 0)
	record()
	rule := keeping.Rule{Kind: "audit", Period: keeping.Period{Months: 60}}
	release := func(limit, want, left int) {
		t.Helper()
		n, err := audit.Purges(db)[0].Run(t.Context(), rule, limit)
		if err != nil || n != want {
			t.Errorf("at %v: %d went, %v, want %d", now, n, err, want)
		}
		var events int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action = 'thing.done'`).Scan(&events); err != nil || events != left {
			t.Errorf("%d events left, %v, want %d", events, err, left)
		}
		if broken, err := audit.Verify(t.Context(), db); broken != 0 || err != nil {
			t.Errorf("the rest of the chain is broken at %d, %v", broken, err)
		}
	}
	now = rule.Period.End(start).Add(-time.Second)
	release(100, 0, 6)
	now = now.Add(time.Second)
	release(3, 3, 3)
	release(3, 2, 1)
	release(3, 0, 1)

	if _, err := db.Exec(t.Context(), `DELETE FROM audit_event`); err == nil {
		t.Error("events can be deleted whose time is not up")
	}
	if _, err := db.Exec(t.Context(), `SELECT release_audit_events((SELECT max(id) FROM audit_event))`); err == nil {
		t.Error("the database lets events of the last year go")
	}
	if _, err := db.Exec(t.Context(), `UPDATE audit_head SET base_hash = 'x'`); err != nil {
		t.Fatal(err)
	}
	if broken, err := audit.Verify(t.Context(), db); broken == 0 || err != nil {
		t.Errorf("a beginning that was changed is not found: %v", err)
	}
}
