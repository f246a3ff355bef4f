package identity

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// The audited actions on persons.
const (
	actionRegistered = "person.registered"
	actionUpdated    = "person.updated"
	actionBlocked    = "person.blocked"
	actionUnblocked  = "person.unblocked"
)

// People keeps persons and their sessions.
type People struct {
	db   *postgres.DB
	keys *secret.Keyring
	// mainUsers are the indexes of the codes that the configuration names.
	mainUsers map[string]bool
	onEnd     []func(ctx context.Context, tx *postgres.Tx, sessions []int64) error
	onProtect []func(ctx context.Context, tx *postgres.Tx, person PersonID) error
	onLogIn   []func(ctx context.Context, tx *postgres.Tx, person PersonID) error
}

// NewPeople returns the people kept in db; keys seal their identity codes.
func NewPeople(db *postgres.DB, keys *secret.Keyring) *People {
	return &People{db: db, keys: keys}
}

// OnEnd has fn called in the transaction that ends sessions, whatever ends them.
// An unused session ends when Purge finds it. Call OnEnd before the first log-in.
func (p *People) OnEnd(fn func(ctx context.Context, tx *postgres.Tx, sessions []int64) error) {
	p.onEnd = append(p.onEnd, fn)
}

// OnProtect has fn called in the transaction of each log-in that tells of a
// protection order (turvakielto): what says where the person is must go, however
// long it has been there. Call OnProtect before the first log-in.
func (p *People) OnProtect(fn func(ctx context.Context, tx *postgres.Tx, person PersonID) error) {
	p.onProtect = append(p.onProtect, fn)
}

// OnLogIn has fn called in the transaction of each log-in of somebody who is known
// already. Call OnLogIn before the first log-in.
func (p *People) OnLogIn(fn func(ctx context.Context, tx *postgres.Tx, person PersonID) error) {
	p.onLogIn = append(p.onLogIn, fn)
}

// change is a transaction that remembers which sessions it has ended and what
// is to be recorded of it.
type change struct {
	*postgres.Tx

	ended  []int64
	events []audit.Event
}

func (c *change) record(actor audit.Ref, action string, subject audit.Ref, detail map[string]any) {
	c.events = append(c.events, audit.Event{Actor: actor, Action: action, Subject: subject, Detail: detail})
}

// inTx runs fn and then, at the very end because it holds everybody up, records
// its events.
func (p *People) inTx(ctx context.Context, fn func(c *change) error) error {
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		c := &change{Tx: tx}
		if err := fn(c); err != nil {
			return err
		}
		if len(c.ended) > 0 {
			for _, ended := range p.onEnd {
				if err := ended(ctx, tx, c.ended); err != nil {
					return err
				}
			}
		}
		for _, e := range c.events {
			if err := audit.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// now is the time as the database keeps it.
func (p *People) now() time.Time { return p.db.Now().UTC().Truncate(time.Microsecond) }

func personRef(id PersonID) audit.Ref { return audit.Ref{Kind: "person", ID: id.String()} }

// ByID returns a person, or fault.ErrNotFound.
func (p *People) ByID(ctx context.Context, id PersonID) (Person, error) {
	return selectPerson(ctx, p.db, id)
}

// Block ends every session of a person and lets them in no more until Unblock.
// Main users may do it, but not to themselves.
func (p *People) Block(ctx context.Context, officer Session, id PersonID) error {
	return p.inTx(ctx, func(c *change) error {
		if err := checkMain(ctx, c, officer); err != nil {
			return err
		}
		if id == officer.PersonID {
			return fmt.Errorf("block oneself: %w", fault.ErrForbidden)
		}
		changed, err := updateBlocked(ctx, c, id, true)
		if err != nil || !changed {
			return err
		}
		c.record(officer.Actor(), actionBlocked, personRef(id), nil)
		return endSessionsOf(ctx, c, officer.Actor(), id, endBlocked)
	})
}

// Unblock lets a person in again.
func (p *People) Unblock(ctx context.Context, officer Session, id PersonID) error {
	return p.inTx(ctx, func(c *change) error {
		if err := checkMain(ctx, c, officer); err != nil {
			return err
		}
		changed, err := updateBlocked(ctx, c, id, false)
		if err != nil || !changed {
			return err
		}
		c.record(officer.Actor(), actionUnblocked, personRef(id), nil)
		return nil
	})
}
