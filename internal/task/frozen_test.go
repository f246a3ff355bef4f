package task_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/logline"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/task"
)

// frozenDatabase makes this test's program a process that is to be frozen in
// the midst of a task.
const frozenDatabase = "TASK_TEST_DATABASE"

const silence = 400 * time.Millisecond

func TestMain(m *testing.M) {
	if url := os.Getenv(frozenDatabase); url != "" {
		fmt.Println("the task ended:", beFrozen(context.Background(), url))
		return
	}
	os.Exit(m.Run())
}

func beFrozen(ctx context.Context, url string) error {
	db, err := postgres.Open(ctx, url, time.Now, postgres.Options{MaxConns: 3})
	if err != nil {
		return err
	}
	defer db.Close()
	return runner(db, logline.New(os.Stderr), func(ctx context.Context) error {
		fmt.Println("inside")
		<-ctx.Done()
		return ctx.Err()
	}).Run(ctx, "test.slow")
}

func runner(db *postgres.DB, log *slog.Logger, run func(ctx context.Context) error) *task.Runner {
	r, err := task.NewRunner(db, log, []task.Periodic{{Kind: "test.slow", Every: time.Hour, Timeout: time.Minute, Run: run}})
	if err != nil {
		panic(err)
	}
	r.Silence = silence
	return r
}

func TestAFrozenProcessHoldsNobodyUp(t *testing.T) {
	t.Parallel()

	db, url := pgtest.NewWithURL(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), frozenDatabase+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "inside" {
		t.Fatalf("the other process says %q", lines.Text())
	}
	var runs atomic.Int32
	mine := runner(db, logtest.New(t), func(context.Context) error { runs.Add(1); return nil })
	time.Sleep(3 * silence)
	if err := mine.Run(t.Context(), "test.slow"); err != nil || runs.Load() != 0 {
		t.Fatalf("%d runs beside a process at work, %v", runs.Load(), err)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); runs.Load() == 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := mine.Run(t.Context(), "test.slow"); err != nil {
			t.Fatal(err)
		}
	}
	if runs.Load() == 0 {
		t.Error("a frozen process keeps its task for ever")
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), "lock was lost") {
		t.Errorf("the process that woke up says %q", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAFailedRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	broken := errors.New("broken")
	r := runner(db, logtest.New(t), func(context.Context) error { return broken })
	for range 3 {
		if err := r.Run(t.Context(), "test.slow"); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
	time.Sleep(2 * silence)
	for range 6 { // every connection of the pool is still good
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("after a run: %v", err)
		}
	}
}
