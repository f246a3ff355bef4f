package task_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
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

// TestFailuresTellNothing has tasks fail over what a person has told: the log says
// which task failed where, and neither it nor the queue says over what.
func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	var log lines
	fails := func(kind string, run func() error) task.Periodic {
		return task.Periodic{Kind: kind, Every: time.Hour, Timeout: time.Minute, Run: func(context.Context) error { return run() }}
	}
	_, number := strconv.Atoi("kanarialintu")
	r, err := task.NewRunner(db, logtest.New(t, &log), []task.Periodic{
		fails("test.fails", func() error { return fmt.Errorf("count: %w", number) }),
		fails("test.panics", func() error { panic("kanarialintu") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept string
	for try := 0; strings.Count(kept, "task failed") < 2 && try < 1000; try++ {
		time.Sleep(20 * time.Millisecond)
		if err := db.QueryRow(t.Context(), `SELECT coalesce(string_agg(errors::text, ' '), '') FROM river_job`).Scan(&kept); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	if strings.Count(kept, "task failed") != 2 || strings.Contains(kept, "kanarialintu") {
		t.Errorf("the queue keeps %s", kept)
	}
	told := log.String()
	for _, want := range []string{`"kind":"test.fails","error":"count: strconv.Atoi: invalid syntax"`, `"kind":"test.panics","panic":"string"`, "task_test.go"} {
		if !strings.Contains(told, want) {
			t.Errorf("the log lacks %s: %s", want, told)
		}
	}
	if strings.Contains(told, "kanarialintu") {
		t.Errorf("the log tells: %s", told)
	}
	if failures := r.Failures(); failures["test.fails"] != 1 || failures["test.panics"] != 1 {
		t.Errorf("failures %v, want one each", failures)
	}
}

// lines is a log that a test can read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
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
