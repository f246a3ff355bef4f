package terms

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// How says in which way a version was accepted.
type How string

// Accepted is the acceptance when joining, Confirmed the one of a further
// representative at the first log-in for the organisation, Continued the one by
// going on using the service when a new version has taken effect.
const (
	HowAccepted  How = "accepted"
	HowConfirmed How = "confirmed"
	HowContinued How = "continued"
)

// actionAccepted is audited once for each acceptance.
const actionAccepted = "terms.accepted"

// AcceptanceID names an acceptance.
type AcceptanceID int64

// String is the ID in decimals.
func (id AcceptanceID) String() string { return strconv.FormatInt(int64(id), 10) }

// Acceptance is the evidence that a person accepted a version for an
// organisation.
type Acceptance struct {
	ID       AcceptanceID
	Kind     Kind
	Number   int
	Language i18n.Lang
	// Hash is that of the text in Language.
	Hash       string
	How        How
	PersonID   identity.PersonID
	PersonName string
	BusinessID string
	// OrganisationName and PersonName are those of that time.
	OrganisationName string
	// Authority is the role or mandate that gave the right to accept.
	Authority string
	At        time.Time
}

// Accept records, as part of the caller's transaction, that actor accepts a
// version for the organisation it acts for, having read it in lang. The same
// person, organisation and version a second time is the first acceptance. Only
// the version in force and coming ones can be accepted: another one is
// fault.ErrConflict, since the reader must be shown the right one.
func (t *Terms) Accept(ctx context.Context, tx *postgres.Tx, actor identity.Session, kind Kind, number int, lang i18n.Lang) (AcceptanceID, error) {
	return t.accept(ctx, tx, actor, kind, number, lang, HowAccepted)
}

// Confirm is Accept in a transaction of its own, for a representative's first
// log-in for an organisation (HowConfirmed).
func (t *Terms) Confirm(ctx context.Context, actor identity.Session, kind Kind, number int, lang i18n.Lang) (AcceptanceID, error) {
	return t.acceptAlone(ctx, actor, kind, number, lang, HowConfirmed)
}

// Continue is Accept in a transaction of its own, for a representative who goes
// on using the service after a new version has taken effect (HowContinued). It
// takes the version in force and returns it for the notice; fresh is false when
// it was recorded before.
func (t *Terms) Continue(ctx context.Context, actor identity.Session, kind Kind, lang i18n.Lang) (v Version, fresh bool, err error) {
	v, err = t.Current(ctx, kind)
	if err != nil {
		return Version{}, false, err
	}
	before, err := t.Awaited(ctx, actor, kind)
	if err != nil {
		return Version{}, false, err
	}
	if before.State == Done {
		return v, false, nil
	}
	if before.State == FirstTime {
		return Version{}, false, fmt.Errorf("go on without having confirmed: %w", fault.ErrForbidden)
	}
	_, err = t.acceptAlone(ctx, actor, kind, v.Number, lang, HowContinued)
	return v, err == nil, err
}

func (t *Terms) acceptAlone(ctx context.Context, actor identity.Session, kind Kind, number int, lang i18n.Lang, how How) (AcceptanceID, error) {
	var id AcceptanceID
	err := t.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		id, err = t.accept(ctx, tx, actor, kind, number, lang, how)
		return err
	})
	return id, err
}

func (t *Terms) accept(ctx context.Context, tx *postgres.Tx, actor identity.Session, kind Kind, number int, lang i18n.Lang, how How) (AcceptanceID, error) {
	if actor.Kind != identity.KindPerson || actor.Acting == nil {
		return 0, fmt.Errorf("accept terms without acting for an organisation: %w", fault.ErrForbidden)
	}
	if !t.Open(kind) {
		return 0, notOpen(kind)
	}
	v, err := selectVersion(ctx, tx, kind, number)
	if err != nil {
		return 0, err
	}
	current, err := selectCurrent(ctx, tx, kind, today(tx.Now))
	if err != nil {
		return 0, err
	}
	if v.Number < current.Number {
		return 0, fmt.Errorf("accept terms that are over: %w", fault.ErrConflict)
	}
	a := Acceptance{
		Kind: kind, Number: number, Language: lang, Hash: v.Hash[lang], How: how,
		PersonID: actor.PersonID, PersonName: actor.Name,
		BusinessID: actor.Acting.BusinessID, OrganisationName: actor.Acting.Name, Authority: actor.Acting.Authority,
		At: tx.Now,
	}
	id, isNew, err := insertAcceptance(ctx, tx, a)
	if err != nil || !isNew {
		return id, err
	}
	return id, audit.Record(ctx, tx, audit.Event{
		Actor:   actor.Actor(),
		Action:  actionAccepted,
		Subject: audit.Ref{Kind: "terms_acceptance", ID: id.String()},
		Detail:  map[string]any{"kind": kind, "number": number, "language": lang, "hash": a.Hash, "how": how},
	})
}

// State says where a representative stands with terms.
type State string

// Done asks nothing. FirstTime is a representative who has not confirmed any
// version for the organisation, Changed one who has, but not the version that
// has taken effect since.
const (
	Done      State = "done"
	FirstTime State = "first_time"
	Changed   State = "changed"
)

// Awaiting is what a representative is asked before anything else opens.
type Awaiting struct {
	State State
	// Version is the one in force.
	Version Version
	// Before is the number of the version accepted last; 0 for none.
	Before int
}

// Awaited tells what is asked of actor for the organisation it acts for.
func (t *Terms) Awaited(ctx context.Context, actor identity.Session, kind Kind) (Awaiting, error) {
	if actor.Acting == nil {
		return Awaiting{}, fmt.Errorf("terms of nobody: %w", fault.ErrForbidden)
	}
	current, err := t.Current(ctx, kind)
	if err != nil {
		return Awaiting{}, err
	}
	before, err := selectLastNumber(ctx, t.db, actor.PersonID, actor.Acting.BusinessID, kind)
	if err != nil {
		return Awaiting{}, err
	}
	return Awaiting{State: state(before, current.Number), Version: current, Before: before}, nil
}

// StateOf is the State of Awaited, for asking before every page: it reads no
// text.
func (t *Terms) StateOf(ctx context.Context, actor identity.Session, kind Kind) (State, error) {
	if actor.Acting == nil {
		return "", fmt.Errorf("terms of nobody: %w", fault.ErrForbidden)
	}
	if !t.Open(kind) {
		return "", notOpen(kind)
	}
	before, current, err := selectNumbers(ctx, t.db, actor.PersonID, actor.Acting.BusinessID, kind, today(t.db.Now()))
	if err == nil && current == 0 {
		err = notOpen(kind)
	}
	return state(before, current), err
}

func state(before, current int) State {
	switch {
	case before == 0:
		return FirstTime
	case before < current:
		return Changed
	}
	return Done
}

// Confirmed tells whether the person has accepted any version of kind for the
// organisation; the version is the one to confirm when not.
func (t *Terms) Confirmed(ctx context.Context, person identity.PersonID, businessID string, kind Kind) (bool, Version, error) {
	current, err := t.Current(ctx, kind)
	if err != nil {
		return false, Version{}, err
	}
	n, err := selectLastNumber(ctx, t.db, person, businessID, kind)
	return n > 0, current, err
}
