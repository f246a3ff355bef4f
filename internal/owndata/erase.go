package owndata

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Forecast is what a deletion would do.
type Forecast struct {
	// Goes counts by group what would go at once.
	Goes []Count
	// Stays is what the law keeps, and until when.
	Stays []keeping.Kept
	// Officer tells that the account cannot be deleted before a main user has
	// withdrawn the groups of staff.
	Officer bool
	// Organisations tells that the person has organisations' matters here, which go
	// on without them.
	Organisations bool
	// Archived are the kinds of data that go to the National Archives for good when
	// their time is over, as opposed to those that are deleted.
	Archived map[string]bool
}

// Count is how many entries of a group there are.
type Count struct {
	Group string
	N     int
}

// Forecast tells what a deletion of the person's account would do now.
func (o *OwnData) Forecast(ctx context.Context, person identity.PersonID) (Forecast, error) {
	var f Forecast
	err := o.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		all, err := o.everything(ctx, tx, person)
		if err != nil {
			return err
		}
		account, err := o.people.Account(ctx, tx, person)
		if err != nil {
			return err
		}
		f.Officer = account.Officer
		staying := map[string]bool{}
		for _, k := range o.keepers {
			if k.Stays == nil {
				continue
			}
			kept, err := k.Stays(ctx, tx, int64(person))
			if err != nil {
				return err
			}
			f.Stays = append(f.Stays, kept...)
		}
		for _, k := range f.Stays {
			staying[k.Kind] = true
			f.Organisations = f.Organisations || k.Kind != "audit"
		}
		f.Goes, f.Archived = goes(all, staying), map[string]bool{}
		for kind := range all.Rules {
			f.Archived[kind] = all.RuleOf(kind).Action == keeping.HandOver
		}
		return nil
	})
	return f, err
}

// goes counts what is of no rule that keeps.
func goes(all Everything, staying map[string]bool) []Count {
	var counts []Count
	for _, g := range all.Groups {
		n := 0
		for _, e := range g.Entries {
			if !e.stays(staying) {
				n++
			}
		}
		if n > 0 {
			counts = append(counts, Count{g.Code, n})
		}
	}
	return counts
}

func (e Entry) stays(kinds map[string]bool) bool {
	for _, i := range e.Items {
		if i.Personal {
			return kinds[i.Rule]
		}
	}
	return false
}

// Why an account went, as the table of erasures has it.
const (
	causePerson  = "person"
	causeExpiry  = "expiry"
	causeRequest = "request"
	causeReplay  = "replay"
	causeOther   = "other" // what is no account
)

// Delete deletes the account of the person whose session s is, who was identified
// within identity.Fresh: everything at once, all sessions too, but for what
// Forecast has told. An account that is gone already is fault.ErrGone, one of an
// officer identity.ErrOfficer.
func (o *OwnData) Delete(ctx context.Context, s identity.Session) error {
	if s.Kind != identity.KindPerson || !s.FreshAt(o.db.Now()) {
		return fmt.Errorf("delete an account without a fresh identification: %w", fault.ErrForbidden)
	}
	return o.delete(ctx, s.PersonID, erasure{cause: causePerson, actor: audit.Ref{Kind: "person", ID: s.PersonID.String()}})
}

// DeleteFor deletes the account of a person who has asked for it outside of the
// portal. officer is of data protection and was identified within identity.Fresh;
// nobody deletes their own account so. settle runs in the same transaction, once
// the person is held and before anything goes, and returns what is to be told of
// the case that asked for it.
func (o *OwnData) DeleteFor(ctx context.Context, officer identity.Session, person identity.PersonID, settle Settle) error {
	if !officer.In(identity.GroupDataProtection) || !officer.FreshAt(o.db.Now()) || officer.PersonID == person {
		return fmt.Errorf("delete somebody's account: %w", fault.ErrForbidden)
	}
	return o.delete(ctx, person, erasure{cause: causeRequest, actor: officer.Actor(), settle: settle})
}

// Settle settles the case because of which an account goes.
type Settle = func(ctx context.Context, tx *postgres.Tx) ([]audit.Event, error)

func (o *OwnData) delete(ctx context.Context, person identity.PersonID, e erasure) error {
	err := o.inErasure(ctx, func(tx *postgres.Tx) error {
		account, err := o.people.Hold(ctx, tx, person)
		if err != nil {
			return err
		}
		if err := o.people.CheckOfficer(ctx, tx, person); err != nil {
			return err
		}
		return o.erase(ctx, tx, account, e)
	})
	if errors.Is(err, fault.ErrNotFound) {
		return fmt.Errorf("delete an account twice: %w", fault.ErrGone)
	}
	return err
}

// erasure is why and by whom an account goes.
type erasure struct {
	cause  string
	actor  audit.Ref
	detail map[string]any
	settle Settle
}

// inErasure runs fn again when Postgres has chosen it as the victim of two that
// wait for each other.
func (o *OwnData) inErasure(ctx context.Context, fn func(tx *postgres.Tx) error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := o.db.InTx(ctx, fn)
		pgErr, ok := errors.AsType[*pgconn.PgError](err)
		if try == tries || !ok || pgErr.Code != "40P01" {
			return err
		}
	}
}

const sqlInsertErasure = `
INSERT INTO erasure (key, cause, erased_at)
VALUES ($1::uuid, $2, $3)
    ON CONFLICT (key) DO NOTHING`

func insertErasure(ctx context.Context, tx *postgres.Tx, key, cause string) error {
	if _, err := tx.Exec(ctx, sqlInsertErasure, key, cause, tx.Now); err != nil {
		return fmt.Errorf("insert erasure: %w", err)
	}
	return nil
}

// erase takes an account away that the caller holds. The journal has it before
// the database does: should the commit fail for want of a database, Replay does
// what the person was promised. The audit log comes last, as all that write wait
// for the end of its chain.
func (o *OwnData) erase(ctx context.Context, tx *postgres.Tx, account identity.Account, e erasure) error {
	var events []audit.Event
	if e.settle != nil {
		var err error
		if events, err = e.settle(ctx, tx); err != nil {
			return err
		}
	}
	for _, k := range o.keepers {
		if err := k.Erase(ctx, tx, int64(account.Person)); err != nil {
			return err
		}
	}
	if err := insertErasure(ctx, tx, account.Key, e.cause); err != nil {
		return err
	}
	if o.journal != nil && e.cause != causeReplay {
		if err := o.journal.append(tx.Now, account.Key); err != nil {
			return err
		}
	}
	detail := map[string]any{"cause": e.cause}
	maps.Copy(detail, e.detail)
	events = append(events, audit.Event{Actor: e.actor, Action: actionErased, Subject: personRef(account.Person), Detail: detail})
	for _, event := range events {
		if err := audit.Record(ctx, tx, event); err != nil {
			return err
		}
	}
	return nil
}
