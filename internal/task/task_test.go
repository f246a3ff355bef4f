package task_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/task"
)

func TestRunnerRunsPeriodicTasks(t *testing.T) {
	t.Parallel()

	var runs atomic.Int32
	r, err := task.NewRunner(pgtest.New(t), logtest.New(t), []task.Periodic{{
		Kind: "test.count", Every: time.Second, Timeout: time.Second,
		Run: func(context.Context) error { runs.Add(1); return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for runs.Load() < 2 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	if got := runs.Load(); got < 2 {
		t.Errorf("runs = %d, want at least 2", got)
	}
}

func TestRunIsAlone(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	var inside, most, runs atomic.Int32
	r, err := task.NewRunner(db, logtest.New(t), []task.Periodic{{
		Kind: "test.slow", Every: time.Hour, Timeout: time.Minute,
		Run: func(context.Context) error {
			runs.Add(1)
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(100 * time.Millisecond)
			inside.Add(-1)
			return nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- r.Run(t.Context(), "test.slow") }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("runs at the same time = %d, want 1", most.Load())
	}
	before := runs.Load()
	if err := r.Run(t.Context(), "test.slow"); err != nil {
		t.Error(err)
	}
	if got := runs.Load(); got != before+1 {
		t.Errorf("runs after the lock was given back = %d, want %d", got, before+1)
	}
	if err := r.Run(t.Context(), "test.nothing"); !errors.Is(err, task.ErrUnknown) {
		t.Errorf("Run of an unknown kind = %v, want ErrUnknown", err)
	}
}
