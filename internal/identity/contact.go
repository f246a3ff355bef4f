package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const actionContactChanged = "person.contact_changed"

var phonePattern = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{3,24}$`)

// ValidatePhone adds to c that phone in field is no telephone number; an empty
// one is right.
func ValidatePhone(c *fault.Checker, field, phone string) {
	c.Check(phone == "" || phonePattern.MatchString(phone), field, "identity.phone.invalid")
}

// SetContact is SetContactIn in a transaction of its own.
func (p *People) SetContact(ctx context.Context, actor audit.Ref, id PersonID, email, phone string) error {
	return p.db.InTx(ctx, func(tx *postgres.Tx) error {
		return p.SetContactIn(ctx, tx, actor, id, email, phone)
	})
}

// SetContactIn keeps what a person told of how to be reached, as the last act of
// tx; both may be empty. What breaks a rule is *fault.InvalidError on email or
// phone, a person who is gone fault.ErrGone.
func (p *People) SetContactIn(ctx context.Context, tx *postgres.Tx, actor audit.Ref, id PersonID, email, phone string) error {
	email, phone = strings.TrimSpace(email), strings.TrimSpace(phone)
	var check fault.Checker
	check.Check(email == "" || mail.ValidAddress(email), "email", "identity.email.invalid")
	ValidatePhone(&check, "phone", phone)
	if err := check.Err(); err != nil {
		return err
	}
	if err := updateContact(ctx, tx, id, email, phone); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: actor, Action: actionContactChanged, Subject: personRef(id),
		Detail: map[string]any{"email": email != "", "phone": phone != ""},
	})
}

const sqlHoldToChange = `SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE`

// HoldToChange returns a person of whom nobody else changes anything until tx
// ends; log-ins wait. A person who is gone is fault.ErrGone.
func (p *People) HoldToChange(ctx context.Context, tx *postgres.Tx, id PersonID) (Person, error) {
	if err := held(tx.QueryRow(ctx, sqlHoldToChange, id).Scan(&id)); err != nil {
		return Person{}, err
	}
	return selectPerson(ctx, tx, id)
}

const sqlStay = `SELECT non_disclosure FROM person WHERE id = $1 FOR SHARE`

// Stay keeps a person from being deleted, and from coming under a protection
// order, until tx ends, and tells whether they are under one. It comes before
// anything else that tx holds. A person who is gone is fault.ErrGone.
func Stay(ctx context.Context, tx *postgres.Tx, id PersonID) (protected bool, err error) {
	err = held(tx.QueryRow(ctx, sqlStay, id).Scan(&protected))
	return protected, err
}

func held(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("a person: %w", fault.ErrGone)
	}
	if err != nil {
		return fmt.Errorf("hold a person: %w", err)
	}
	return nil
}
