package datarequest

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Counts are the queue in figures; Late, Soon and Held are some of Waiting.
type Counts struct{ Waiting, Late, Soon, Held int }

// Counts returns the queue in figures.
func (r *Requests) Counts(ctx context.Context, officer identity.Session) (Counts, error) {
	all, err := r.Waiting(ctx, officer)
	if err != nil {
		return Counts{}, err
	}
	return count(all, r.Options, r.Now()), nil
}

// CountsOf returns the queue in figures to a page that does nothing else with
// requests.
func CountsOf(ctx context.Context, db *postgres.DB, officer identity.Session) (Counts, error) {
	if err := mayHandle(officer); err != nil {
		return Counts{}, err
	}
	return Backlog(ctx, db)
}

// Backlog returns the queue in figures to those who watch over the service.
func Backlog(ctx context.Context, db *postgres.DB) (Counts, error) {
	all, err := selectWaiting(ctx, db)
	return count(all, DefaultOptions(), db.Now()), err
}

func count(all []Request, o Options, now time.Time) Counts {
	c := Counts{Waiting: len(all)}
	for _, q := range all {
		switch {
		case q.Late(now):
			c.Late++
		case o.soon(q, now):
			c.Soon++
		}
		if q.Held(now) {
			c.Held++
		}
	}
	return c
}

// soon tells whether the day to answer is near and has not passed.
func (o Options) soon(q Request, now time.Time) bool {
	return q.State == Waiting && !q.Late(now) && !now.Before(q.DueAt.AddDate(0, 0, -o.SoonDays))
}

// Waiting lists the requests that wait for an answer, the most urgent first. What
// is in them is for Open.
func (r *Requests) Waiting(ctx context.Context, officer identity.Session) ([]Request, error) {
	if err := mayHandle(officer); err != nil {
		return nil, err
	}
	all, err := selectWaiting(ctx, r.DB)
	for i := range all {
		all[i] = all[i].outline()
	}
	return all, err
}

// outline leaves out who asks and what is written.
func (q Request) outline() Request {
	q.Person, q.Requester, q.Address, q.Message, q.Answer = 0, "", "", "", ""
	return q
}

// Take gives officer the request to answer next: the one already in hand, else
// the most urgent that nobody has. Nobody gets one's own. fault.ErrNotFound means
// that there is nothing to do.
func (r *Requests) Take(ctx context.Context, officer identity.Session) (Request, error) {
	if err := mayHandle(officer); err != nil {
		return Request{}, err
	}
	var q Request
	err := r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		// Somebody who presses twice gets the same request twice.
		if err := lockTaker(ctx, tx, officer.PersonID); err != nil {
			return err
		}
		var err error
		if q, err = claimNext(ctx, tx, officer.PersonID, tx.Now.Add(r.Options.Claim)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: officer.Actor(), Action: actionClaimed, Subject: q.Ref()})
	})
	return q.outline(), err
}

const sqlLockTaker = `SELECT pg_advisory_xact_lock(hashtextextended('data_request:' || $1::bigint, 0))`

func lockTaker(ctx context.Context, tx *postgres.Tx, officer identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlLockTaker, officer); err != nil {
		return fmt.Errorf("lock a taker: %w", err)
	}
	return nil
}

// Claim gives officer a certain request, or more time for the one in hand. One
// that somebody else has, or that is settled, is fault.ErrConflict.
func (r *Requests) Claim(ctx context.Context, officer identity.Session, id int64) error {
	if err := mayHandle(officer); err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		q, err := lockRequest(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case q.Person == officer.PersonID:
			return ErrOwn
		case q.State == Settled, q.Held(tx.Now) && q.ClaimedBy != officer.PersonID:
			return fmt.Errorf("claim a data request that is taken: %w", fault.ErrConflict)
		}
		if err := setClaim(ctx, tx, id, officer.PersonID, tx.Now.Add(r.Options.Claim)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: officer.Actor(), Action: actionClaimed, Subject: q.Ref()})
	})
}

// Open returns a request with all that is in it to an officer, and records the
// look at the person who asks. An officer's own request is ErrOwn.
func (r *Requests) Open(ctx context.Context, officer identity.Session, id int64) (Request, error) {
	if err := mayHandle(officer); err != nil {
		return Request{}, err
	}
	q, err := selectRequest(ctx, r.DB, id, nil)
	if err != nil {
		return Request{}, err
	}
	who := audit.Ref{Kind: "requester", ID: q.Ref().ID}
	if q.Person != 0 {
		who = personRef(q.Person)
	}
	if q.Person == officer.PersonID {
		return Request{}, ErrOwn
	}
	if err := r.Looks.Look(ctx, officer, q.Ref().Kind+"/"+q.Ref().ID, who); err != nil {
		return Request{}, err
	}
	return q, nil
}
