package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectRules = `
  WITH rule AS (SELECT DISTINCT ON (kind)
                       kind, version, trigger, months, days, hours, action, ground, warn_days, goes_with, reason, in_force_from
                  FROM retention_rule
                 ORDER BY kind, version DESC)
SELECT r.kind, r.goes_with, h.version, h.trigger, h.months, h.days, h.hours, h.action, h.ground, h.warn_days, h.reason, h.in_force_from
  FROM rule AS r
  JOIN rule AS h ON h.kind = coalesce(nullif(r.goes_with, ''), r.kind)
 ORDER BY r.kind`

func selectRules(ctx context.Context, q postgres.Querier) ([]Rule, error) {
	rows, err := q.Query(ctx, sqlSelectRules)
	if err != nil {
		return nil, fmt.Errorf("select retention rules: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Rule, error) {
		var r Rule
		err := row.Scan(&r.Kind, &r.With, &r.Version, &r.Trigger, &r.Period.Months, &r.Period.Days, &r.Period.Hours,
			&r.Action, &r.Ground, &r.WarnDays, &r.Reason, &r.InForceFrom)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read retention rules: %w", err)
	}
	return all, nil
}

const sqlLockRules = `SELECT pg_advisory_xact_lock(hashtextextended('retention_rule', 0))`

// lockRules lets one officer at a time change rules.
func lockRules(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlLockRules); err != nil {
		return fmt.Errorf("lock retention rules: %w", err)
	}
	return nil
}

const sqlInsertRule = `
INSERT INTO retention_rule (kind, version, trigger, months, days, hours, action, ground, warn_days, reason, in_force_from, proposed_by, approved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func insertRule(ctx context.Context, tx *postgres.Tx, r keeping.Rule, p Proposal, approver identity.PersonID) error {
	_, err := tx.Exec(ctx, sqlInsertRule, r.Kind, r.Version, r.Trigger, r.Period.Months, r.Period.Days, r.Period.Hours,
		r.Action, r.Ground, r.WarnDays, p.Reason, tx.Now, p.ProposedBy, approver)
	if err != nil {
		return fmt.Errorf("insert retention rule: %w", err)
	}
	return nil
}

const sqlSelectHistory = `
SELECT version, months, days, hours, warn_days, reason, in_force_from
  FROM retention_rule
 WHERE kind = $1
 ORDER BY version DESC`

func selectHistory(ctx context.Context, q postgres.Querier, kind string) ([]Rule, error) {
	rows, err := q.Query(ctx, sqlSelectHistory, kind)
	if err != nil {
		return nil, fmt.Errorf("select versions of a retention rule: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Rule, error) {
		r := Rule{Rule: keeping.Rule{Kind: kind}}
		err := row.Scan(&r.Version, &r.Period.Months, &r.Period.Days, &r.Period.Hours, &r.WarnDays, &r.Reason, &r.InForceFrom)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read versions of a retention rule: %w", err)
	}
	return all, nil
}

const sqlSelectProposals = `
SELECT kind, base, months, days, hours, warn_days, reason, due, due_now, proposed_by, proposed_at
  FROM retention_proposal
 WHERE $1 IN ('', kind)
   AND proposed_at > $2
 ORDER BY kind`

// selectProposals leaves out those that nobody approved in time.
func selectProposals(ctx context.Context, q postgres.Querier, kind string, now time.Time) ([]Proposal, error) {
	rows, err := q.Query(ctx, sqlSelectProposals, kind, now.Add(-identity.RequestLife))
	if err != nil {
		return nil, fmt.Errorf("select proposals for retention: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Proposal, error) {
		var p Proposal
		err := row.Scan(&p.Kind, &p.Base, &p.Period.Months, &p.Period.Days, &p.Period.Hours, &p.WarnDays, &p.Reason,
			&p.Forecast.Due, &p.Forecast.DueNow, &p.ProposedBy, &p.ProposedAt)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read proposals for retention: %w", err)
	}
	return all, nil
}

func selectProposal(ctx context.Context, q postgres.Querier, kind string, now time.Time) (Proposal, error) {
	all, err := selectProposals(ctx, q, kind, now)
	if err != nil {
		return Proposal{}, err
	}
	if len(all) == 0 || kind == "" {
		return Proposal{}, fmt.Errorf("proposal for retention: %w", fault.ErrNotFound)
	}
	return all[0], nil
}

const sqlInsertProposal = `
INSERT INTO retention_proposal (kind, base, months, days, hours, warn_days, reason, due, due_now, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT ON CONSTRAINT retention_proposal_pkey DO UPDATE
   SET base = $2, months = $3, days = $4, hours = $5, warn_days = $6, reason = $7, due = $8, due_now = $9, proposed_by = $10, proposed_at = $11
 WHERE retention_proposal.proposed_at <= $12`

// insertProposal returns false when one waits already.
func insertProposal(ctx context.Context, tx *postgres.Tx, p Proposal) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsertProposal, p.Kind, p.Base, p.Period.Months, p.Period.Days, p.Period.Hours, p.WarnDays,
		p.Reason, p.Forecast.Due, p.Forecast.DueNow, p.ProposedBy, p.ProposedAt, tx.Now.Add(-identity.RequestLife))
	if err != nil {
		return false, fmt.Errorf("insert proposal for retention: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlDeleteProposal = `DELETE FROM retention_proposal WHERE kind = $1`

func deleteProposal(ctx context.Context, tx *postgres.Tx, kind string) error {
	if _, err := tx.Exec(ctx, sqlDeleteProposal, kind); err != nil {
		return fmt.Errorf("delete proposal for retention: %w", err)
	}
	return nil
}

const sqlSelectRunning = `
SELECT id, figures, beat_at
  FROM retention_run
 WHERE state = 'running'
   FOR UPDATE`

// selectRunning returns the run that is under way, or seems to be; its ID is 0
// when there is none.
func selectRunning(ctx context.Context, tx *postgres.Tx) (run Run, beat time.Time, err error) {
	err = tx.QueryRow(ctx, sqlSelectRunning).Scan(&run.ID, &run.Figures, &beat)
	if errors.Is(err, pgx.ErrNoRows) {
		return Run{}, time.Time{}, nil
	}
	if err != nil {
		return Run{}, time.Time{}, fmt.Errorf("select the run of retention: %w", err)
	}
	return run, beat, nil
}

const sqlInsertRun = `
INSERT INTO retention_run (state, started_at, beat_at)
VALUES ('running', $1, $1)
    ON CONFLICT (state) WHERE state = 'running' DO NOTHING
RETURNING id`

// insertRun returns 0 when another process has just begun one.
func insertRun(ctx context.Context, tx *postgres.Tx) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertRun, tx.Now).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("insert a run of retention: %w", err)
	}
	return id, nil
}

const sqlForgetRuns = `DELETE FROM retention_run WHERE finished_at <= $1`

// forgetRuns forgets runs of more than thirteen months ago, whose figures the audit
// log keeps.
func forgetRuns(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlForgetRuns, tx.Now.AddDate(0, -13, 0)); err != nil {
		return fmt.Errorf("forget old runs of retention: %w", err)
	}
	return nil
}

const sqlUpdateBeat = `
UPDATE retention_run
   SET figures = $2, beat_at = $3
 WHERE id = $1
   AND state = 'running'`

// updateBeat tells whether the run is still its own.
func updateBeat(ctx context.Context, db *postgres.DB, run Run) (bool, error) {
	tag, err := db.Exec(ctx, sqlUpdateBeat, run.ID, run.Figures, db.Now())
	if err != nil {
		return false, fmt.Errorf("keep the figures of a run of retention: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlSelectLastDone = `
SELECT finished_at
  FROM retention_run
 WHERE state = 'done'
 ORDER BY id DESC
 LIMIT 1`

// LastDone returns when a run last gave up all that was due, zero when none has.
func (r *Retention) LastDone(ctx context.Context) (at time.Time, err error) {
	err = r.db.QueryRow(ctx, sqlSelectLastDone).Scan(&at)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, fmt.Errorf("select the last run of retention that was done: %w", err)
	}
	return at, nil
}

const sqlFinishRun = `
UPDATE retention_run
   SET state = $2, figures = $3, finished_at = $4
 WHERE id = $1
   AND state = 'running'`

func finishRun(ctx context.Context, tx *postgres.Tx, run Run) (bool, error) {
	tag, err := tx.Exec(ctx, sqlFinishRun, run.ID, run.State, run.Figures, tx.Now)
	if err != nil {
		return false, fmt.Errorf("finish a run of retention: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlSelectRuns = `
SELECT id, state, figures, started_at, coalesce(finished_at, '0001-01-01 00:00:00+00')
  FROM retention_run
 WHERE $1::bigint = 0 OR id < $1
 ORDER BY id DESC
 LIMIT $2`

func selectRuns(ctx context.Context, q postgres.Querier, before int64, limit int) ([]Run, error) {
	rows, err := q.Query(ctx, sqlSelectRuns, before, limit)
	if err != nil {
		return nil, fmt.Errorf("select runs of retention: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Run, error) {
		var r Run
		err := row.Scan(&r.ID, &r.State, &r.Figures, &r.StartedAt, &r.FinishedAt)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read runs of retention: %w", err)
	}
	return all, nil
}
