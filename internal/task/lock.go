package task

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// defaultSilence is a Runner's Silence.
const defaultSilence = 20 * time.Second

// statement is how long a task's statement may run: nobody waits for a page
// meanwhile, and one that always meets the limit of pages would never succeed.
const statement = time.Minute

// errLost ends a run whose lock may be another's by now.
var errLost = errors.New("the task's lock was lost")

const sqlTryLock = `SELECT pg_try_advisory_lock($1)`

const sqlUnlock = `SELECT pg_advisory_unlock($1)`

const sqlSetSilence = `SELECT set_config('idle_session_timeout', $1, false)`

const sqlSaySomething = `SELECT 1`

// alone runs t unless a run of it is under way somewhere, or may be. The lock
// belongs to the session, so it dies with the process that held it, and with one
// that is frozen: the database ends a session that says nothing for too long.
func (r *Runner) alone(ctx context.Context, t Periodic) error {
	ctx = postgres.WithPatience(ctx, statement)
	if t.Shared {
		return t.Run(ctx)
	}
	conn, err := r.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect for task %s: %w", t.Kind, err)
	}
	defer conn.Release()
	sum := fnv.New64a()
	_, _ = sum.Write([]byte("task:" + t.Kind))
	lock := int64(sum.Sum64()) //nolint:gosec // any 64 bits will do
	var got bool
	if err := conn.QueryRow(ctx, sqlTryLock, lock).Scan(&got); err != nil {
		return fmt.Errorf("lock task %s: %w", t.Kind, err)
	}
	if !got {
		return nil
	}
	defer conn.Exec(context.WithoutCancel(ctx), sqlUnlock, lock) //nolint:errcheck // the session's end unlocks too
	return r.heard(ctx, conn, t)
}

// heard runs t and lets the database hear of it all the while. It cuts the run
// off when the session has ended: the lock is gone with it.
func (r *Runner) heard(ctx context.Context, conn *pgxpool.Conn, t Periodic) error {
	whole := context.WithoutCancel(ctx)
	if _, err := conn.Exec(ctx, sqlSetSilence, strconv.FormatInt(r.Silence.Milliseconds(), 10)); err != nil {
		return fmt.Errorf("bound the silence of task %s: %w", t.Kind, err)
	}
	run, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	err := func() error {
		defer r.speak(whole, conn, cut)()
		return t.Run(run)
	}()
	if lost := context.Cause(run); errors.Is(lost, errLost) {
		return fmt.Errorf("task %s: %w", t.Kind, errors.Join(lost, err))
	}
	if _, failed := conn.Exec(whole, sqlSetSilence, "0"); failed != nil {
		err = errors.Join(err, fmt.Errorf("unbind task %s: %w", t.Kind, failed))
	}
	return err
}

// speak says something to the database again and again until it is stopped, and
// calls cut when nobody answers.
func (r *Runner) speak(ctx context.Context, conn *pgxpool.Conn, cut context.CancelCauseFunc) (stop func()) {
	over, stopped := make(chan struct{}), make(chan struct{})
	say := func() error {
		ctx, cancel := context.WithTimeout(ctx, r.Silence)
		defer cancel()
		_, err := conn.Exec(ctx, sqlSaySomething)
		return err
	}
	go func() {
		defer close(stopped)
		tick := time.NewTicker(r.Silence / 4)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				if say() != nil {
					cut(errLost)
					return
				}
			}
		}
	}()
	return func() { close(over); <-stopped }
}
