// Package task works off what the portal does by itself: feeds, sweeps,
// deletions, mails. The queue is River's, in the portal's own database, so that
// a task is enqueued in the transaction that calls for it.
package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Periodic is a task that runs again and again. Run must leave a whole state
// behind whenever it is cut off, since a process may be killed at any instant.
type Periodic struct {
	// Kind names the task in the queue, the log and the audit events.
	Kind string
	// Every is the time between two starts, at least a second.
	Every time.Duration
	// Timeout ends a run that hangs.
	Timeout time.Duration
	// Shared lets several processes run the task at the same time, for one that
	// keeps its runs apart by itself. A frozen process then holds nobody up.
	Shared bool
	Run    func(ctx context.Context) error
}

// ErrUnknown means that there is no task of that kind.
var ErrUnknown = errors.New("no such task")

// Runner works off tasks until it is stopped.
type Runner struct {
	db     *postgres.DB
	log    *slog.Logger
	client *river.Client[pgx.Tx]

	// Silence is how long a process may say nothing, frozen or cut off, before its
	// tasks are free for others.
	Silence time.Duration
	tasks   map[string]Periodic
	failed  map[string]*atomic.Int64
}

// NewRunner returns a runner of tasks over db. It does nothing until Start.
func NewRunner(db *postgres.DB, log *slog.Logger, tasks []Periodic) (*Runner, error) {
	r := &Runner{db: db, log: log, tasks: map[string]Periodic{}, Silence: defaultSilence, failed: map[string]*atomic.Int64{}}
	workers := river.NewWorkers()
	var periodic []*river.PeriodicJob
	for _, t := range tasks {
		r.tasks[t.Kind], r.failed[t.Kind] = t, new(atomic.Int64)
		args := periodicArgs{t.Kind}
		river.AddWorkerArgs(workers, args, &worker{runner: r, timeout: t.Timeout})
		periodic = append(periodic, river.NewPeriodicJob(
			river.PeriodicInterval(t.Every),
			func() (river.JobArgs, *river.InsertOpts) { return args, &river.InsertOpts{MaxAttempts: 1} },
			&river.PeriodicJobOpts{ID: t.Kind, RunOnStart: true},
		))
	}
	client, err := river.NewClient(riverpgxv5.New(db.Pool), &river.Config{
		Logger:       slog.New(slog.DiscardHandler), // runs are logged here, in the portal's own words
		Queues:       map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}},
		Workers:      workers,
		PeriodicJobs: periodic,
		// Finished runs are history that the log keeps better.
		CompletedJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 24 * time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("make the task runner: %w", err)
	}
	r.client = client
	return r, nil
}

// Start begins to work off tasks in the background.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("start the task runner: %w", err)
	}
	return nil
}

// Stop takes no more tasks and waits for those that run; when ctx ends first it
// cuts them off.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		cut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = r.client.StopAndCancel(cut)
	}
	if err != nil {
		return fmt.Errorf("stop the task runner: %w", err)
	}
	return nil
}

// Run does one run of the task of that kind now, unless another process is at
// it. It fails with ErrUnknown when there is no such task.
func (r *Runner) Run(ctx context.Context, kind string) error {
	t, ok := r.tasks[kind]
	if !ok {
		return fmt.Errorf("task %q: %w", kind, ErrUnknown)
	}
	return r.alone(ctx, t)
}

// Failures counts by kind the runs that have failed in this process since its
// start.
func (r *Runner) Failures() map[string]int64 {
	all := map[string]int64{}
	for kind, n := range r.failed {
		all[kind] = n.Load()
	}
	return all
}

type periodicArgs struct{ kind string }

// Kind is River's name for the task.
func (a periodicArgs) Kind() string { return a.kind }

// MarshalJSON writes nothing: a periodic task needs no arguments.
func (a periodicArgs) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

type worker struct {
	river.WorkerDefaults[periodicArgs]

	runner  *Runner
	timeout time.Duration
}

// Timeout is River's question for the time limit of a run.
func (w *worker) Timeout(*river.Job[periodicArgs]) time.Duration { return w.timeout }

// errFailed is all that the queue is told: it keeps the texts of errors in the
// database, and the log has said why already.
var errFailed = errors.New("task failed")

// Work runs the task. It and the HTTP edge are the only places that log errors.
func (w *worker) Work(ctx context.Context, job *river.Job[periodicArgs]) (err error) {
	t := w.runner.tasks[job.Kind]
	failed := func(why ...any) {
		w.runner.failed[t.Kind].Add(1)
		w.runner.log.With("kind", t.Kind).ErrorContext(ctx, "task failed", why...)
		err = errFailed
	}
	defer func() {
		if p := recover(); p != nil {
			failed("panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := w.runner.alone(ctx, t); err != nil {
		failed("error", err)
	}
	return err
}
