package partner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// DryRunResult is what changed rules would have made of an application when it
// was sent.
type DryRunResult struct {
	Application Application
	// Before and After are Approved, InReview, or Submitted for a wait.
	Before, After Status
	// SupervisedBefore and SupervisedAfter tell whether the sample took it.
	SupervisedBefore, SupervisedAfter bool
	// Rules are those whose outcome differs.
	Rules []string
}

// Differs tells whether the change would have mattered.
func (r DryRunResult) Differs() bool {
	return r.Before != r.After || r.SupervisedBefore != r.SupervisedAfter
}

// DryRun tells, oldest first, what changed would have made of the applications
// sent since. It changes nothing. What only that time could know, such as the
// right to act and other applications, is taken from the verdicts of that time.
func (a *Applications) DryRun(ctx context.Context, changed Rules, since time.Time) ([]DryRunResult, error) {
	var results []DryRunResult
	err := a.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		areas, err := selectServiceAreas(ctx, tx)
		if err != nil {
			return err
		}
		runs, err := selectFirstRuns(ctx, tx, since)
		if err != nil {
			return err
		}
		for _, app := range runs {
			results = append(results, changed.rerun(app, areas))
		}
		return nil
	})
	return results, err
}

// rerun judges an application anew from what was kept of its first run.
func (r Rules) rerun(app Application, areas []ServiceArea) DryRunResult {
	f := facts{application: app, areas: areas, answer: answer{told: true, organisation: app.Organisation}}
	after := r.judge(f, app.SubmittedAt)
	for i, v := range after {
		before, ok := verdictOf(app.Verdicts, v.Rule)
		if !ok || v.Rule == RuleServiceAreas || v.Rule == RuleSample {
			continue
		}
		after[i].Outcome = before.Outcome
		if was := Outcome(before.Evidence["off"]); was != "" {
			after[i].Outcome = was
		}
		if slices.Contains(r.Off, v.Rule) {
			after[i].Outcome = Pass
		}
	}
	result := DryRunResult{
		Application: app, Before: conclude(app.Verdicts), After: conclude(after),
	}
	result.SupervisedBefore = result.Before == Approved && sampled(app.Verdicts)
	result.SupervisedAfter = result.After == Approved && sampled(after)
	for _, v := range after {
		if before, ok := verdictOf(app.Verdicts, v.Rule); !ok || before.Outcome != v.Outcome {
			result.Rules = append(result.Rules, v.Rule)
		}
	}
	return result
}

func verdictOf(all []Verdict, rule string) (Verdict, bool) {
	i := slices.IndexFunc(all, func(v Verdict) bool { return v.Rule == rule })
	if i < 0 {
		return Verdict{}, false
	}
	return all[i], true
}

const sqlSelectFirstRuns = `
SELECT a.id, a.kind, a.business_id, a.status, r.number, r.form, a.language, r.submitted_by, r.authority, a.authority_at,
       r.organisation, a.editable, a.supervise, a.supervised_at, r.submitted_at, a.changed_at, a.decided_at,
       (SELECT jsonb_agg(jsonb_build_object('rule', v.rule, 'outcome', v.outcome, 'evidence', v.evidence, 'at', v.decided_at) ORDER BY v.place)
          FROM application_verdict AS v
         WHERE v.application_id = a.id
           AND v.run = 1)
  FROM application AS a
  JOIN application_revision AS r ON r.application_id = a.id AND r.number = 1
 WHERE a.submitted_at >= $1
 ORDER BY a.submitted_at, a.id`

func selectFirstRuns(ctx context.Context, q postgres.Querier, since time.Time) ([]Application, error) {
	rows, err := q.Query(ctx, sqlSelectFirstRuns, since)
	if err != nil {
		return nil, fmt.Errorf("select first runs of the rules: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanApplication)
	if err != nil {
		return nil, fmt.Errorf("read first runs of the rules: %w", err)
	}
	return all, nil
}
