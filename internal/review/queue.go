package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Counts are the queue in figures.
type Counts struct {
	// Waiting counts the cases that wait for an officer; Late, Resubmitted,
	// Lapsed and Held are some of them.
	Waiting, Late, Resubmitted, Lapsed, Held int
	// Asked counts those that wait for their applicant.
	Asked int
}

// Counts returns the queue in figures.
func (r *Reviews) Counts(ctx context.Context) (Counts, error) {
	return countCases(ctx, r.db, r.db.Now())
}

// Now is the time by which claims and clocks are told.
func (r *Reviews) Now() time.Time { return r.db.Now() }

// ByID returns the case of an application, or fault.ErrNotFound when no officer
// has anything to do with it.
func (r *Reviews) ByID(ctx context.Context, id int64) (Case, error) { return selectCase(ctx, r.db, id) }

// Team lists the cases that are not settled, in the order of the queue.
func (r *Reviews) Team(ctx context.Context) ([]Case, error) { return selectCases(ctx, r.db) }

// Take gives officer the next case to work on: the one already in hand, else the
// oldest whose claim has run out, else the oldest that nobody has. Two officers
// never get the same one, and nobody gets one's own application. fault.ErrNotFound means that there is nothing to do.
func (r *Reviews) Take(ctx context.Context, officer identity.Session) (Case, error) {
	if err := mayReview(officer); err != nil {
		return Case{}, err
	}
	for {
		c, err := r.take(ctx, officer)
		if err != nil {
			return Case{}, err
		}
		own, err := r.own(ctx, officer.PersonID, c.ApplicationID)
		if err != nil || !own {
			return c, err
		}
		if err := r.keepFrom(ctx, officer, c); err != nil {
			return Case{}, err
		}
	}
}

func (r *Reviews) take(ctx context.Context, officer identity.Session) (Case, error) {
	var c Case
	err := r.db.InTx(ctx, func(tx *postgres.Tx) error {
		// Somebody who presses twice gets the same case twice.
		if err := lockTaker(ctx, tx, officer.PersonID); err != nil {
			return err
		}
		var err error
		if c, err = claimNext(ctx, tx, officer.PersonID, tx.Now.Add(r.options.Claim)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: officer.Actor(), Action: actionClaimed, Subject: c.Ref()})
	})
	return c, err
}

// Claim gives officer a certain case, or more time for the one in hand.
// fault.ErrConflict means that somebody else has it, that it waits for no
// officer, or that it is ErrOwn.
func (r *Reviews) Claim(ctx context.Context, officer identity.Session, id int64) error {
	if err := r.mayDecide(ctx, officer, id); err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		c, err := lockCase(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.State != Waiting || c.Held(tx.Now) && c.ClaimedBy != officer.PersonID {
			return fmt.Errorf("claim a case: %w", fault.ErrConflict)
		}
		if err := setClaim(ctx, tx, id, officer.PersonID, tx.Now.Add(r.options.Claim)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: officer.Actor(), Action: actionClaimed, Subject: c.Ref()})
	})
}

// HandBack gives a case in hand back to the queue, with a note for whoever takes
// it next.
func (r *Reviews) HandBack(ctx context.Context, a Act, note string) error {
	note, err := checkNote(note)
	if err != nil {
		return err
	}
	return r.act(ctx, a, "hand_back", func(tx *postgres.Tx, _ Case) error {
		return r.unclaim(ctx, tx, a, noteHandedBack, note, actionHandedBack)
	})
}

// Release takes a case from the officer who has it in hand. It is for those who
// lead the work.
func (r *Reviews) Release(ctx context.Context, a Act, note string) error {
	if !a.Officer.In(identity.GroupMain) {
		return fmt.Errorf("release a case: %w", fault.ErrForbidden)
	}
	note, err := checkNote(note)
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		first, err := insertAct(ctx, tx, a, "release")
		if err != nil || !first {
			return err
		}
		c, err := lockCase(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if !c.Held(tx.Now) {
			return fmt.Errorf("release a case that nobody has: %w", fault.ErrConflict)
		}
		return r.unclaim(ctx, tx, a, noteReleased, note, actionReleased)
	})
}

func (r *Reviews) unclaim(ctx context.Context, tx *postgres.Tx, a Act, kind NoteKind, note, action string) error {
	if err := clearClaim(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := insertNote(ctx, tx, a.ID, kind, note, a.Officer.PersonID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Actor: a.Officer.Actor(), Action: action, Subject: applicationRef(a.ID)})
}

func mayReview(officer identity.Session) error {
	if !officer.In(identity.GroupApplications) {
		return fmt.Errorf("review applications: %w", fault.ErrForbidden)
	}
	return nil
}

const sqlCountCases = `
SELECT count(*) FILTER (WHERE state = 'waiting'),
       count(*) FILTER (WHERE state = 'waiting' AND due_at <= $1),
       count(*) FILTER (WHERE state = 'waiting' AND mark = 'resubmitted'),
       count(*) FILTER (WHERE state = 'waiting' AND mark = 'lapsed'),
       count(*) FILTER (WHERE state = 'waiting' AND claimed_until > $1),
       count(*) FILTER (WHERE state = 'asked')
  FROM review_case
 WHERE state IN ('waiting', 'asked')`

func countCases(ctx context.Context, q postgres.Querier, now time.Time) (Counts, error) {
	var c Counts
	err := q.QueryRow(ctx, sqlCountCases, now).Scan(&c.Waiting, &c.Late, &c.Resubmitted, &c.Lapsed, &c.Held, &c.Asked)
	if err != nil {
		return Counts{}, fmt.Errorf("count cases: %w", err)
	}
	return c, nil
}

const sqlLockTaker = `SELECT pg_advisory_xact_lock(hashtextextended('review:' || $1::bigint, 0))`

func lockTaker(ctx context.Context, tx *postgres.Tx, officer identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlLockTaker, officer); err != nil {
		return fmt.Errorf("lock a taker: %w", err)
	}
	return nil
}

const sqlClaimNext = `
UPDATE review_case
   SET claimed_by = $1, claimed_until = $2
 WHERE application_id = (
       SELECT application_id
         FROM review_case
        WHERE state = 'waiting'
          AND $1 <> ALL (kept_from)
          AND (claimed_by IS NULL OR claimed_by = $1 OR claimed_until <= $3)
        ORDER BY CASE WHEN claimed_by = $1 AND claimed_until > $3 THEN 0
                      WHEN claimed_by IS NOT NULL THEN 1
                      ELSE 2 END,
                 arrived_at, application_id
        LIMIT 1
          FOR UPDATE SKIP LOCKED)
RETURNING application_id, revision, state, mark, arrived_at, waiting_since, due_at, claimed_by, claimed_until, settled_at`

func claimNext(ctx context.Context, tx *postgres.Tx, officer identity.PersonID, until time.Time) (Case, error) {
	return oneCase(tx.Query(ctx, sqlClaimNext, officer, until, tx.Now))
}

const sqlSetClaim = `UPDATE review_case SET claimed_by = $2, claimed_until = $3 WHERE application_id = $1`

func setClaim(ctx context.Context, tx *postgres.Tx, id int64, officer identity.PersonID, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlSetClaim, id, officer, until); err != nil {
		return fmt.Errorf("claim a case: %w", err)
	}
	return nil
}

const sqlClearClaim = `UPDATE review_case SET claimed_by = NULL, claimed_until = NULL WHERE application_id = $1`

func clearClaim(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlClearClaim, id); err != nil {
		return fmt.Errorf("hand a case back: %w", err)
	}
	return nil
}

const sqlSelectCase = `
SELECT application_id, revision, state, mark, arrived_at, waiting_since, due_at, claimed_by, claimed_until, settled_at
  FROM review_case
 WHERE application_id = $1`

func selectCase(ctx context.Context, q postgres.Querier, id int64) (Case, error) {
	return oneCase(q.Query(ctx, sqlSelectCase, id))
}

const sqlLockCase = `
SELECT application_id, revision, state, mark, arrived_at, waiting_since, due_at, claimed_by, claimed_until, settled_at
  FROM review_case
 WHERE application_id = $1
   FOR UPDATE`

func lockCase(ctx context.Context, tx *postgres.Tx, id int64) (Case, error) {
	return oneCase(tx.Query(ctx, sqlLockCase, id))
}

const sqlSelectCases = `
SELECT application_id, revision, state, mark, arrived_at, waiting_since, due_at, claimed_by, claimed_until, settled_at
  FROM review_case
 WHERE state IN ('waiting', 'asked')
 ORDER BY state DESC, arrived_at, application_id`

func selectCases(ctx context.Context, q postgres.Querier) ([]Case, error) {
	rows, err := q.Query(ctx, sqlSelectCases)
	if err != nil {
		return nil, fmt.Errorf("select cases: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanCase)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return all, nil
}

func oneCase(rows pgx.Rows, err error) (Case, error) {
	if err != nil {
		return Case{}, fmt.Errorf("select case: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCase)
	if errors.Is(err, pgx.ErrNoRows) {
		return Case{}, fmt.Errorf("select case: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Case{}, fmt.Errorf("read case: %w", err)
	}
	return c, nil
}

func scanCase(row pgx.CollectableRow) (Case, error) {
	var c Case
	var by *identity.PersonID
	var until, settled *time.Time
	err := row.Scan(&c.ApplicationID, &c.Revision, &c.State, &c.Mark, &c.ArrivedAt, &c.WaitingSince, &c.DueAt, &by, &until, &settled)
	if by != nil && until != nil {
		c.ClaimedBy, c.ClaimedUntil = *by, *until
	}
	if settled != nil {
		c.SettledAt = *settled
	}
	return c, err
}
