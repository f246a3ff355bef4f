package datarequest

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Limits of what is written, in characters, and of how many requests of one
// person can wait at a time.
const (
	MaxMessage = 8000
	maxWaiting = 5
)

// Filing is a request as a person makes it on their own page.
type Filing struct {
	Kind     Kind
	Message  string
	Language i18n.Lang
	// Submission is the number of the form: sent again it has no second effect.
	Submission string
}

func (f Filing) tidied() Filing {
	f.Message = i18n.VisibleText(f.Message)
	return f
}

func (f Filing) validate() error {
	var c fault.Checker
	c.Check(slices.Contains(Kinds(), f.Kind), "kind", "datarequests.kind.missing")
	checkMessage(&c, f.Kind, f.Message)
	return c.Err()
}

// checkMessage asks for a text where the request means nothing without one.
func checkMessage(c *fault.Checker, k Kind, message string) {
	c.Check(message != "" || k != Correction && k != Restriction, "message", "datarequests.message.missing")
	checkText(c, "message", message)
}

func checkText(c *fault.Checker, field, text string) {
	c.Check(utf8.RuneCountInString(text) <= MaxMessage, field, "datarequests.text.long")
	identity.RefuseCodes(c, field, text)
}

// File takes in a request of the person of s, who is identified by the log-in,
// and returns its number.
func (r *Requests) File(ctx context.Context, s identity.Session, f Filing) (int64, error) {
	if err := ownOnly(s); err != nil {
		return 0, err
	}
	f = f.tidied()
	if err := f.validate(); err != nil {
		return 0, err
	}
	var id int64
	err := r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		n, err := countWaiting(ctx, tx, s.PersonID, f.Submission)
		if err != nil {
			return err
		}
		if n >= maxWaiting {
			return &fault.InvalidError{Fields: []fault.FieldError{{Field: "kind", MessageID: "datarequests.many"}}}
		}
		var isNew bool
		id, isNew, err = insertRequest(ctx, tx, f.Submission, Request{
			Kind: f.Kind, Channel: Page, Language: f.Language, Person: s.PersonID, Message: f.Message,
			Identification: Strong, ReceivedAt: tx.Now, DueAt: r.Options.dueAt(f.Kind, tx.Now),
		})
		if err != nil || !isNew {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: s.Actor(), Action: actionFiled, Subject: ref(id), Detail: map[string]any{"kind": f.Kind}})
	})
	return id, err
}

// Own lists the requests of the person of s, the newest first.
func (r *Requests) Own(ctx context.Context, s identity.Session) ([]Request, error) {
	if err := ownOnly(s); err != nil {
		return nil, err
	}
	return selectOfPerson(ctx, r.DB, s.PersonID)
}

// OwnByID returns a request of the person of s; that of anybody else is
// fault.ErrNotFound.
func (r *Requests) OwnByID(ctx context.Context, s identity.Session, id int64) (Request, error) {
	if err := ownOnly(s); err != nil {
		return Request{}, err
	}
	return selectRequest(ctx, r.DB, id, &s.PersonID)
}

// Withdraw takes a request of the person of s back. One that is settled stays as
// it is.
func (r *Requests) Withdraw(ctx context.Context, s identity.Session, id int64) error {
	return r.own(ctx, s, id, func(tx *postgres.Tx, q Request) error {
		if q.State == Settled {
			return nil
		}
		if err := setSettled(ctx, tx, id, Withdrawn, "", 0); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: s.Actor(), Action: actionWithdrawn, Subject: ref(id)})
	})
}

// Attach keeps a document that the person sends with a request that waits. One
// that is settled is fault.ErrConflict.
func (r *Requests) Attach(ctx context.Context, s identity.Session, id int64, submission string, clean document.Clean) error {
	return r.own(ctx, s, id, func(tx *postgres.Tx, q Request) error {
		if q.State == Settled {
			return fmt.Errorf("document for a settled data request: %w", fault.ErrConflict)
		}
		return r.Documents.Keep(ctx, tx, s, submission, ref(id), clean)
	})
}

// Detach removes a document that the person has sent.
func (r *Requests) Detach(ctx context.Context, s identity.Session, id int64, key string) error {
	return r.own(ctx, s, id, func(tx *postgres.Tx, q Request) error {
		if q.State == Settled {
			return fmt.Errorf("document of a settled data request: %w", fault.ErrConflict)
		}
		return r.Documents.Remove(ctx, tx, s.Actor(), ref(id), key)
	})
}

// own runs do on a request of the person of s, locked.
func (r *Requests) own(ctx context.Context, s identity.Session, id int64, do func(tx *postgres.Tx, q Request) error) error {
	if err := ownOnly(s); err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		q, err := lockRequest(ctx, tx, id)
		if err != nil {
			return err
		}
		if q.Person != s.PersonID {
			return fmt.Errorf("data request of another person: %w", fault.ErrNotFound)
		}
		return do(tx, q)
	})
}

func ownOnly(s identity.Session) error {
	if !s.LoggedIn() || s.Kind != identity.KindPerson {
		return fmt.Errorf("data requests of nobody: %w", fault.ErrForbidden)
	}
	return nil
}
