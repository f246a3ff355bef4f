package task_test

import (
	"context"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/task"
)

// TestStatementsOfTasksMayTakeLonger runs a statement that a page would not wait
// for.
func TestStatementsOfTasksMayTakeLonger(t *testing.T) {
	t.Parallel()

	_, url := pgtest.NewWithURL(t)
	db, err := postgres.Open(t.Context(), url, time.Now, postgres.Options{MaxConns: 3, StatementTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	slow := func(ctx context.Context) error {
		return db.InTx(ctx, func(tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `SELECT pg_sleep(0.3)`)
			return err
		})
	}
	if slow(t.Context()) == nil {
		t.Error("a page's statement is not cut off")
	}
	r, err := task.NewRunner(db, logtest.New(t), []task.Periodic{{Kind: "test.slow", Every: time.Hour, Timeout: time.Minute, Run: slow}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context(), "test.slow"); err != nil {
		t.Errorf("a task's statement: %v", err)
	}
	if slow(t.Context()) == nil {
		t.Error("a page's statement is not cut off after a task's")
	}
}
