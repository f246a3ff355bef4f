package jobwatch_test

import (
	"context"
	"slices"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// TestAnEndedWatchEndsAgain brings the rows of a watch back, as a restore from
// backup does, and ends it by the key that was noted.
func TestAnEndedWatchEndsAgain(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.AtOnce)
	exec := func(query string) {
		t.Helper()
		_, err := p.db.Exec(t.Context(), query)
		p.do(err)
	}
	kept := []string{"job_watch_search", "job_watch", "job_watch_token"}
	for _, table := range kept {
		exec("CREATE TABLE kept_" + table + " AS TABLE " + table)
	}
	var keys []string
	ending := jobwatch.New(jobwatch.Deps{DB: p.db, Keys: identitytest.Keyring(t), Gone: func(_ context.Context, _ *postgres.Tx, key string) error {
		keys = append(keys, key)
		return nil
	}})
	if ended, err := ending.Cancel(t.Context(), jobwatch.ToManage, token); err != nil || !ended || len(keys) != 1 {
		t.Fatalf("ended %t, noted %d keys: %v", ended, len(keys), err)
	}
	if _, err := ending.Cancel(t.Context(), jobwatch.ToManage, token); err != nil || len(keys) != 1 {
		t.Errorf("ended twice, noted %d keys: %v", len(keys), err)
	}
	for _, table := range kept {
		exec("INSERT INTO " + table + " OVERRIDING SYSTEM VALUE SELECT * FROM kept_" + table)
		exec("DROP TABLE kept_" + table)
	}
	if _, err := p.watches.Manage(t.Context(), token); err != nil {
		t.Fatalf("the watch is not back, so this shows nothing: %v", err)
	}
	var there []bool
	for range 2 {
		p.do(p.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			ended, err := p.watches.EndAgain(t.Context(), tx, keys[0])
			there = append(there, ended)
			return err
		}))
	}
	if !slices.Equal(there, []bool{true, false}) || p.holds(address) || p.count("SELECT count(*) FROM job_watch") != 0 {
		t.Errorf("ended again: %v, %d watches are left", there, p.count("SELECT count(*) FROM job_watch"))
	}
}
