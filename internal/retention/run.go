package retention

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// State is how a run stands.
type State string

// The states. A run that was killed is found and called interrupted by the next.
const (
	Running     State = "running"
	Done        State = "done"
	Failed      State = "failed"
	Interrupted State = "interrupted"
)

// Figure is what a run has come to for one kind.
type Figure struct {
	Done   int  `json:"done,omitempty"`
	Warned int  `json:"warned,omitempty"`
	Failed bool `json:"failed,omitempty"`
}

// Run is one run of retention over all kinds.
type Run struct {
	ID         int64
	State      State
	Figures    map[string]Figure
	StartedAt  time.Time
	FinishedAt time.Time
}

// Kinds returns the kinds of which there are figures, in order.
func (r Run) Kinds() []string { return slices.Sorted(maps.Keys(r.Figures)) }

// Total is how much the run gave up.
func (r Run) Total() int {
	n := 0
	for _, f := range r.Figures {
		n += f.Done
	}
	return n
}

// Runs returns at most limit runs, the newest first, those before the run with
// ID before unless that is 0.
func (r *Retention) Runs(ctx context.Context, before int64, limit int) ([]Run, error) {
	return selectRuns(ctx, r.db, before, limit)
}

// silence is how long nothing is heard of a run that is taken for dead. It is
// longer than any batch.
const silence = 10 * time.Minute

// errTaken ends a run that was taken for dead and replaced meanwhile.
var errTaken = errors.New("another process has taken over")

// Run gives up all that is due. It is a periodic task: one process runs at a
// time, and one that is killed is made good by the next, which the rows tell what
// is left. A kind that fails does not hold up the others.
func (r *Retention) Run(ctx context.Context) error {
	run, err := r.begin(ctx)
	if err != nil || run.ID == 0 {
		return err
	}
	rules, err := selectRules(ctx, r.db)
	if err != nil {
		return errors.Join(err, r.end(ctx, run, Failed))
	}
	if err := r.known(rules); err != nil {
		return errors.Join(err, r.end(ctx, run, Failed))
	}
	var failed error
	for _, rule := range rules {
		for _, p := range r.purges[rule.Kind] {
			err := r.work(ctx, run, p)
			if errors.Is(err, errTaken) {
				return nil
			}
			if ctx.Err() != nil {
				return errors.Join(ctx.Err(), r.end(ctx, run, Interrupted))
			}
			if err != nil {
				f := run.Figures[rule.Kind]
				f.Failed = true
				run.Figures[rule.Kind] = f
				failed = errors.Join(failed, fmt.Errorf("give up %s: %w", rule.Kind, err))
			}
		}
	}
	state := Done
	if failed != nil {
		state = Failed
	}
	return errors.Join(failed, r.end(ctx, run, state))
}

// known fails when something is given up of which the table says nothing.
func (r *Retention) known(rules []Rule) error {
	for kind := range r.purges {
		if !slices.ContainsFunc(rules, func(rule Rule) bool { return rule.Kind == kind }) {
			return fmt.Errorf("there is no retention rule for %q", kind)
		}
	}
	return nil
}

// begin returns a run, with ID 0 when one is under way.
func (r *Retention) begin(ctx context.Context) (Run, error) {
	var run Run
	err := r.db.InTx(ctx, func(tx *postgres.Tx) error {
		dead, beat, err := selectRunning(ctx, tx)
		if err != nil {
			return err
		}
		if dead.ID != 0 {
			if tx.Now.Sub(beat).Abs() < silence {
				return nil
			}
			dead.State = Interrupted
			if err := r.record(ctx, tx, dead); err != nil {
				return err
			}
		}
		if err := forgetRuns(ctx, tx); err != nil {
			return err
		}
		id, err := insertRun(ctx, tx)
		run = Run{ID: id, State: Running, Figures: map[string]Figure{}}
		return err
	})
	return run, err
}

// work warns and gives up until nothing is due of p. Who cannot be warned is no
// reason to keep what is due of others.
func (r *Retention) work(ctx context.Context, run Run, p keeping.Purge) error {
	var warned error
	if p.Warn != nil {
		warned = r.repeat(ctx, run, p.Kind, p.Warn, func(f *Figure, n int) { f.Warned += n })
		if errors.Is(warned, errTaken) {
			return warned
		}
	}
	return errors.Join(warned, r.repeat(ctx, run, p.Kind, p.Run, func(f *Figure, n int) { f.Done += n }))
}

// repeat calls do, each time under the rule that is then in force, until it has
// nothing to do.
func (r *Retention) repeat(
	ctx context.Context, run Run, kind string, do func(ctx context.Context, rule keeping.Rule, limit int) (int, error), count func(f *Figure, n int),
) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rule, err := r.Rule(ctx, r.db, kind)
		if err != nil {
			return err
		}
		began := r.db.Now()
		n, err := do(ctx, rule.Rule, r.Batch)
		if err != nil || n == 0 {
			return err
		}
		f := run.Figures[kind]
		count(&f, n)
		run.Figures[kind] = f
		own, err := updateBeat(ctx, r.db, run)
		if err != nil {
			return err
		}
		if !own {
			return errTaken
		}
		r.Rest(ctx, r.db.Now().Sub(began))
	}
}

// end writes down how the run ended. It must do so when the run is cut off too.
func (r *Retention) end(ctx context.Context, run Run, state State) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	run.State = state
	return r.db.InTx(ctx, func(tx *postgres.Tx) error { return r.record(ctx, tx, run) })
}

// record finishes run and tells the audit log what it came to.
func (r *Retention) record(ctx context.Context, tx *postgres.Tx, run Run) error {
	own, err := finishRun(ctx, tx, run)
	if err != nil || !own {
		return err
	}
	detail := map[string]any{"total": run.Total()}
	if len(run.Figures) > 0 {
		detail["figures"] = run.Figures
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System(keeping.Task), Action: "retention." + string(run.State),
		Subject: audit.Ref{Kind: "retention_run", ID: strconv.FormatInt(run.ID, 10)}, Detail: detail,
	})
}
