package partner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlInsertApplication = `
INSERT INTO application
    (kind, business_id, status, revision, language, submission, submitted_by, authority, authority_at, organisation, submitted_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
RETURNING id`

// insertApplication fails with fault.ErrConflict when the organisation has an
// open application.
func insertApplication(ctx context.Context, tx *postgres.Tx, submission string, a Application) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertApplication, a.Kind, a.BusinessID, a.Status, a.Revision, a.Language, submission,
		a.SubmittedBy, a.Authority, a.AuthorityAt, a.Organisation, tx.Now).Scan(&id)
	if violates(err, "application_open_key") || violates(err, "application_submission_key") {
		return 0, fmt.Errorf("second open application: %w", fault.ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("insert application: %w", err)
	}
	return id, nil
}

func violates(err error, constraint string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.ConstraintName == constraint
}

const sqlInsertRevision = `
INSERT INTO application_revision
    (application_id, number, form, organisation, submission, submitted_by, authority, submitted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func insertRevision(ctx context.Context, tx *postgres.Tx, s identity.Session, submission string, a Application) error {
	_, err := tx.Exec(ctx, sqlInsertRevision, a.ID, a.Revision, a.Form, a.Organisation, submission, s.PersonID, s.Acting.Authority, tx.Now)
	if err != nil {
		return fmt.Errorf("insert revision: %w", err)
	}
	return nil
}

const sqlInsertVerdict = `
INSERT INTO application_verdict (application_id, run, place, rule, outcome, evidence, decided_at)
SELECT $1, a.run + 1, $2, $3, $4, $5, $6
  FROM application AS a
 WHERE a.id = $1`

const sqlRaiseRun = `
UPDATE application
   SET run = run + 1
 WHERE id = $1`

func insertVerdicts(ctx context.Context, tx *postgres.Tx, a *Application) error {
	for i, v := range a.Verdicts {
		if _, err := tx.Exec(ctx, sqlInsertVerdict, a.ID, i, v.Rule, v.Outcome, v.Evidence, v.At); err != nil {
			return fmt.Errorf("insert verdict of rule %s: %w", v.Rule, err)
		}
	}
	if _, err := tx.Exec(ctx, sqlRaiseRun, a.ID); err != nil {
		return fmt.Errorf("count the run of the rules: %w", err)
	}
	return nil
}

const sqlUpdateApplication = `
UPDATE application
   SET status = $3, revision = $4, organisation = $5, editable = $6, supervise = $7,
       supervised_at = $8, changed_at = $9, decided_at = $10
 WHERE business_id = $1
   AND id = $2`

// updateApplication stores an application that the caller has locked.
func updateApplication(ctx context.Context, tx *postgres.Tx, a Application) error {
	editable := a.Editable
	if editable == nil {
		editable = []Part{}
	}
	_, err := tx.Exec(ctx, sqlUpdateApplication, a.BusinessID, a.ID, a.Status, a.Revision, a.Organisation, editable, a.Supervise,
		orNull(a.SupervisedAt), a.ChangedAt, orNull(a.DecidedAt))
	if err != nil {
		return fmt.Errorf("update application: %w", err)
	}
	return nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// filter chooses applications; its zero fields do not.
type filter struct {
	id        int64
	business  organisation.BusinessID
	statuses  []Status
	supervise bool
}

const sqlSelectApplications = `
SELECT a.id, a.kind, a.business_id, a.status, a.revision, r.form, a.language, a.submitted_by, a.authority, a.authority_at,
       a.organisation, a.editable, a.supervise, a.supervised_at, a.submitted_at, a.changed_at, a.decided_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('rule', v.rule, 'outcome', v.outcome, 'evidence', v.evidence, 'at', v.decided_at) ORDER BY v.place)
                   FROM application_verdict AS v
                  WHERE v.application_id = a.id
                    AND v.run = a.run), '[]')
  FROM application AS a
  JOIN application_revision AS r ON r.application_id = a.id AND r.number = a.revision
 WHERE ($1::bigint = 0 OR a.id = $1)
   AND ($2 = '' OR a.business_id = $2)
   AND ($3::text[] IS NULL OR a.status = ANY ($3))
   AND (NOT $4 OR a.supervise AND a.supervised_at IS NULL AND a.status = 'approved')
 ORDER BY a.submitted_at, a.id`

func selectApplications(ctx context.Context, q postgres.Querier, f filter) ([]Application, error) {
	rows, err := q.Query(ctx, sqlSelectApplications, f.id, string(f.business), f.statuses, f.supervise)
	if err != nil {
		return nil, fmt.Errorf("select applications: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanApplication)
	if err != nil {
		return nil, fmt.Errorf("read applications: %w", err)
	}
	return all, nil
}

func scanApplication(row pgx.CollectableRow) (Application, error) {
	var a Application
	var supervised, decided *time.Time
	err := row.Scan(&a.ID, &a.Kind, &a.BusinessID, &a.Status, &a.Revision, &a.Form, &a.Language, &a.SubmittedBy, &a.Authority, &a.AuthorityAt,
		&a.Organisation, &a.Editable, &a.Supervise, &supervised, &a.SubmittedAt, &a.ChangedAt, &decided, &a.Verdicts)
	a.SupervisedAt, a.DecidedAt = orZero(supervised), orZero(decided)
	return a, err
}

const sqlLockApplication = `
SELECT id
  FROM application
 WHERE id = $1
   AND ($2 = '' OR business_id = $2)
   FOR UPDATE`

func lockApplication(ctx context.Context, tx *postgres.Tx, id int64) (Application, error) {
	return lockOwnApplication(ctx, tx, "", id)
}

func lockOwnApplication(ctx context.Context, tx *postgres.Tx, business organisation.BusinessID, id int64) (Application, error) {
	err := tx.QueryRow(ctx, sqlLockApplication, id, string(business)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Application{}, fmt.Errorf("application: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Application{}, fmt.Errorf("lock application: %w", err)
	}
	return one(selectApplications(ctx, tx, filter{id: id}))
}

const sqlSelectSubmission = `
SELECT a.id
  FROM application AS a
  JOIN application_revision AS r ON r.application_id = a.id
 WHERE a.business_id = $1
   AND r.submission = $2`

// selectSubmission returns the application that a submission has made or
// revised, or fault.ErrNotFound.
func selectSubmission(ctx context.Context, q postgres.Querier, business organisation.BusinessID, submission string) (Application, error) {
	var id int64
	err := q.QueryRow(ctx, sqlSelectSubmission, string(business), submission).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Application{}, fmt.Errorf("submission: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Application{}, fmt.Errorf("select submission: %w", err)
	}
	return one(selectApplications(ctx, q, filter{id: id, business: business}))
}

const sqlSelectRevisions = `
SELECT a.id, a.kind, a.business_id, a.status, r.number, r.form, a.language, r.submitted_by, r.authority, a.authority_at,
       r.organisation, a.editable, a.supervise, a.supervised_at, r.submitted_at, a.changed_at, a.decided_at, '[]'::jsonb
  FROM application AS a
  JOIN application_revision AS r ON r.application_id = a.id
 WHERE a.id = $1
 ORDER BY r.number`

func selectRevisions(ctx context.Context, q postgres.Querier, id int64) ([]Application, error) {
	rows, err := q.Query(ctx, sqlSelectRevisions, id)
	if err != nil {
		return nil, fmt.Errorf("select revisions: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanApplication)
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return all, nil
}

const sqlSelectStanding = `
SELECT (SELECT count(*)
          FROM application AS a
         WHERE a.business_id = $1
           AND a.id <> $2
           AND a.status IN ('submitted', 'in_review', 'specify')),
       EXISTS (SELECT FROM partner AS p
                WHERE p.business_id = $1
                  AND p.status = 'active'),
       r.business_id IS NOT NULL, r.barred_until,
       (SELECT max(a.decided_at)
          FROM application AS a
         WHERE a.business_id = $1
           AND a.status = 'rejected'
           AND a.decided_at > $4
           AND NOT EXISTS (SELECT FROM application AS b
                            WHERE b.business_id = $1
                              AND b.status = 'approved'
                              AND b.decided_at > a.decided_at))
  FROM (VALUES (1)) AS one
  LEFT JOIN (SELECT p.business_id, p.barred_until
               FROM partner AS p
              WHERE p.business_id = $1
                AND p.status = 'removed'
                AND (p.barred_until IS NULL OR p.barred_until > $3)
              ORDER BY p.barred_until DESC NULLS FIRST
              LIMIT 1) AS r ON true`

// selectStanding fills in what else there is of the organisation.
func selectStanding(ctx context.Context, tx *postgres.Tx, a Application, f *facts) error {
	var barred, rejected *time.Time
	err := tx.QueryRow(ctx, sqlSelectStanding, string(a.BusinessID), a.ID, tx.Now, tx.Now.AddDate(0, -remembered, 0)).
		Scan(&f.open, &f.partner, &f.removed, &barred, &rejected)
	if err != nil {
		return fmt.Errorf("select what else there is of the organisation: %w", err)
	}
	f.barredUntil, f.rejectedAt = orZero(barred), orZero(rejected)
	return nil
}
