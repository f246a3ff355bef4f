package datarequest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Settling is the answer to a request.
type Settling struct {
	Outcome Outcome
	// Answer is what the person reads. Where it refuses, it says why.
	Answer string
}

// minReasons is the length of the shortest reasons of a refusal, in characters: a
// refusal without reasons is none.
const minReasons = 20

func (s Settling) tidied() Settling {
	s.Answer = i18n.VisibleText(s.Answer)
	return s
}

// Check returns what is wrong with the answer to q as *fault.InvalidError, or nil.
func (s Settling) Check(q Request) error {
	s = s.tidied()
	var c fault.Checker
	c.Check(slices.Contains(q.Open(), s.Outcome), "outcome", "datarequests.outcome.missing")
	n := utf8.RuneCountInString(s.Answer)
	switch {
	case s.deletes(q):
	case s.Outcome.Refuses():
		c.Check(n >= minReasons, "answer", "datarequests.reasons.missing")
	default:
		c.Check(n > 0, "answer", "datarequests.answer.missing")
	}
	checkText(&c, "answer", s.Answer)
	return c.Err()
}

// deletes tells that nobody will be there to read an answer.
func (s Settling) deletes(q Request) bool { return q.Kind == Deletion && s.Outcome == Granted }

// Certifies tells whether the answer to q takes a certificate: what is asked to be
// corrected is not, or not all of it.
func (s Settling) Certifies(q Request) bool { return q.Kind == Correction && s.Outcome.Refuses() }

// Restricts tells whether the answer to q restricts the use of the person's data.
func (s Settling) Restricts(q Request) bool {
	return q.Kind == Restriction && (s.Outcome == Granted || s.Outcome == Partly)
}

// Settle answers a request in hand. The person is told by a mail that there is an
// answer. A refusal to correct makes a certificate, which word writes once its
// number is known. A deletion that is granted deletes the account at once; nothing
// but figures is left of the request.
func (r *Requests) Settle(ctx context.Context, a Act, s Settling, word Word) error {
	if err := mayHandle(a.Officer); err != nil {
		return err
	}
	s = s.tidied()
	q, err := selectRequest(ctx, r.DB, a.ID, nil)
	if err != nil {
		return err
	}
	if q.State == Waiting {
		if err := s.Check(q); err != nil {
			return err
		}
	}
	if s.deletes(q) {
		return r.delete(ctx, a, q)
	}
	person, err := r.personOf(ctx, q)
	if err != nil {
		return err
	}
	return r.act(ctx, a, "settle", func(tx *postgres.Tx, q Request) error {
		if q.Person != person.ID {
			return fmt.Errorf("whose data request it is has changed: %w", fault.ErrConflict)
		}
		if err := s.Check(q); err != nil {
			return err
		}
		return r.settle(ctx, tx, a, q, s, person, word)
	})
}

func (r *Requests) settle(ctx context.Context, tx *postgres.Tx, a Act, q Request, s Settling, person identity.Person, word Word) error {
	if s.Restricts(q) {
		restricted, err := r.Restricted(ctx, tx, q.Person)
		if err != nil {
			return err
		}
		if restricted {
			return &fault.InvalidError{Fields: []fault.FieldError{{Field: "outcome", MessageID: "datarequests.outcome.restricted"}}}
		}
	}
	if err := setSettled(ctx, tx, q.ID, s.Outcome, s.Answer, a.Officer.PersonID); err != nil {
		return err
	}
	events := []audit.Event{q.answered(a.Officer, s.Outcome, tx.Now)}
	q.Outcome, q.Answer = s.Outcome, s.Answer
	if s.Certifies(q) {
		c, err := certify(ctx, tx, a, q, person, word)
		if err != nil {
			return err
		}
		events = append(events, audit.Event{Action: actionCertified, Subject: c.Ref(), Detail: map[string]any{"number": c.Number(), "hash": c.HexHash(), "request": q.ID}})
	}
	if q.Restricts() {
		events = append(events, audit.Event{Action: actionImposed, Subject: personRef(q.Person), Detail: map[string]any{"request": q.ID}})
	}
	if mail.ValidAddress(person.Email) {
		if err := r.Tell(ctx, tx, News{Kind: MailAnswered, Request: q.outline(), Person: person}); err != nil {
			return err
		}
	}
	for _, e := range events {
		e.Actor = a.Officer.Actor()
		if err := audit.Record(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// personOf is the zero person when nobody in the portal has asked.
func (r *Requests) personOf(ctx context.Context, q Request) (identity.Person, error) {
	if q.Person == 0 {
		return identity.Person{}, nil
	}
	p, err := r.People.ByID(ctx, q.Person)
	if errors.Is(err, fault.ErrNotFound) {
		return identity.Person{}, fmt.Errorf("whoever asked is gone: %w", fault.ErrConflict)
	}
	return p, err
}

// delete deletes the account; with it, in the same transaction, goes what the
// request says, and it is settled.
func (r *Requests) delete(ctx context.Context, a Act, q Request) error {
	if r.Delete == nil {
		return fmt.Errorf("nobody can delete accounts: %w", fault.ErrForbidden)
	}
	if q.State == Settled && q.Outcome == Granted {
		return nil // pressed twice
	}
	if err := r.inHand(q, a.Officer, r.Now()); err != nil {
		return err
	}
	return r.Delete(ctx, a.Officer, q.Person, func(ctx context.Context, tx *postgres.Tx) ([]audit.Event, error) {
		person := q.Person
		q, err := lockRequest(ctx, tx, a.ID)
		if err != nil {
			return nil, err
		}
		if q.Person != person {
			return nil, fmt.Errorf("whose data request it is has changed: %w", fault.ErrConflict)
		}
		if err := r.inHand(q, a.Officer, tx.Now); err != nil {
			return nil, err
		}
		return []audit.Event{q.answered(a.Officer, Granted, tx.Now)}, setSettled(ctx, tx, q.ID, Granted, "", a.Officer.PersonID)
	})
}

// answered is what the audit log is told of an answer.
func (q Request) answered(officer identity.Session, outcome Outcome, now time.Time) audit.Event {
	return audit.Event{
		Actor: officer.Actor(), Action: actionAnswered, Subject: q.Ref(),
		Detail: map[string]any{"kind": q.Kind, "outcome": outcome, "late": q.Late(now)},
	}
}
