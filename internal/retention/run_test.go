package retention_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/retention"
)

// TestRuleChangesDuringRun makes a period longer while a run is under way: from
// then on nothing goes that is not due by the new rule.
func TestRuleChangesDuringRun(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	fill(d, 300)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	d.Batch = 100
	d.Rest = func(context.Context, time.Duration) {
		d.exec(`INSERT INTO retention_rule (kind, version, trigger, months, action, ground, reason, in_force_from, proposed_by, approved_by)
		        SELECT kind, 2, trigger, 24, action, ground, 'x', $1, 1, 2 FROM retention_rule WHERE kind = 'feedback' AND version = 1
		            ON CONFLICT DO NOTHING`, d.db.Now())
	}
	d.run()
	if n := d.count(`SELECT count(*) FROM feedback`); n != 200 {
		t.Errorf("%d left, want what the first batch left", n)
	}
	if n := d.count(`SELECT count(*) FROM audit_event WHERE action = 'feedback.purged' AND detail ->> 'rule' = '1'`); n != 1 {
		t.Errorf("%d batches under the first rule", n)
	}
}

// TestWarningFails gives up what is due though nobody can be warned, and tells.
func TestWarningFails(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	fill(d, 10)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	p := feedback.New(d.db).Purges()[0]
	p.Warn = func(context.Context, keeping.Rule, int) (int, error) { return 0, errors.New("no mail") }
	d.Retention = retention.New(d.db, []keeping.Purge{p})
	if err := d.Run(t.Context()); err == nil {
		t.Error("the run says nothing of the warning")
	}
	runs, err := d.Runs(t.Context(), 0, 1)
	if err != nil || runs[0].State != retention.Failed || !runs[0].Figures["feedback"].Failed || runs[0].Total() != 10 {
		t.Errorf("runs: %+v, %v", runs, err)
	}
}

// TestRunsAreForgotten after thirteen months.
func TestRunsAreForgotten(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.run()
	for _, step := range []struct {
		at   time.Time
		want int
	}{{pgtest.Now.AddDate(0, 13, 0).Add(-time.Second), 2}, {pgtest.Now.AddDate(0, 13, 0), 2}} {
		d.set(step.at)
		d.run()
		if n := d.count(`SELECT count(*) FROM retention_run`); n != step.want {
			t.Errorf("at %v %d runs, want %d", step.at, n, step.want)
		}
	}
}
