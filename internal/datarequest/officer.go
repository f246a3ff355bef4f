package datarequest

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// ErrOwn means that the officer is the person who asks. It is a
// fault.ErrConflict.
var ErrOwn = fmt.Errorf("the officer's own request: %w", fault.ErrConflict)

// ErrClaim means that the officer does not have the request in hand any more. It
// is a fault.ErrConflict.
var ErrClaim = fmt.Errorf("the request is not in hand: %w", fault.ErrConflict)

func mayHandle(officer identity.Session) error {
	if !officer.In(identity.GroupDataProtection) {
		return fmt.Errorf("handle data requests: %w", fault.ErrForbidden)
	}
	return nil
}

// Act is what an officer does to a request in hand, as the form that does it says.
type Act struct {
	Officer identity.Session
	ID      int64
	// Submission is the number of the form: sent again it has no second effect.
	Submission string
}

// hold does what do says while a request and whoever asks stay as they are.
func (r *Requests) hold(ctx context.Context, a Act, do func(tx *postgres.Tx, q Request) error) error {
	if err := mayHandle(a.Officer); err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(tx *postgres.Tx) error {
		// The person comes before the request, as where an account is deleted: two
		// that lock in different orders wait for each other.
		if err := holdPersonOf(ctx, tx, a.ID); err != nil {
			return err
		}
		q, err := lockRequest(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		return do(tx, q)
	})
}

// act does what do says to a request in hand, once. The claim goes on from here.
func (r *Requests) act(ctx context.Context, a Act, name string, do func(tx *postgres.Tx, q Request) error) error {
	return r.hold(ctx, a, func(tx *postgres.Tx, q Request) error {
		first, err := insertAct(ctx, tx, a, name)
		if err != nil || !first {
			return err
		}
		if err := r.inHand(q, a.Officer, tx.Now); err != nil {
			return err
		}
		if err := setClaim(ctx, tx, a.ID, a.Officer.PersonID, tx.Now.Add(r.Options.Claim)); err != nil {
			return err
		}
		return do(tx, q)
	})
}

func (r *Requests) inHand(q Request, officer identity.Session, now time.Time) error {
	switch {
	case q.Person == officer.PersonID:
		return ErrOwn
	case q.State == Settled:
		return fmt.Errorf("the data request is settled: %w", fault.ErrConflict)
	case !q.HeldBy(officer.PersonID, now):
		return ErrClaim
	}
	return nil
}

// HandBack gives a request back to the queue and notes why.
func (r *Requests) HandBack(ctx context.Context, a Act, note string) error {
	return r.note(ctx, a, noteHandedBack, note, func(tx *postgres.Tx) error { return clearClaim(ctx, tx, a.ID) }, actionHandedBack)
}

// NoteContact notes a contact with the person.
func (r *Requests) NoteContact(ctx context.Context, a Act, note string) error {
	return r.note(ctx, a, noteContact, note, nil, actionNoted)
}

func (r *Requests) note(ctx context.Context, a Act, kind NoteKind, text string, do func(tx *postgres.Tx) error, action string) error {
	text, err := checkNote(text)
	if err != nil {
		return err
	}
	return r.act(ctx, a, string(kind), func(tx *postgres.Tx, q Request) error {
		if do != nil {
			if err := do(tx); err != nil {
				return err
			}
		}
		if err := insertNote(ctx, tx, a, kind, text); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: a.Officer.Actor(), Action: action, Subject: q.Ref()})
	})
}

// Part says to what a document belongs.
type Part string

// A document belongs to the request, such as the letter itself, or goes with the
// answer, which the person reads.
const (
	OfRequest Part = "request"
	OfAnswer  Part = "answer"
)

func (p Part) of(q Request) audit.Ref {
	if p == OfAnswer {
		return q.AnswerRef()
	}
	return q.Ref()
}

// AttachFor keeps a document of a request in hand.
func (r *Requests) AttachFor(ctx context.Context, a Act, part Part, clean document.Clean) error {
	return r.act(ctx, a, "attach", func(tx *postgres.Tx, q Request) error {
		return r.Documents.Keep(ctx, tx, a.Officer, a.Submission, part.of(q), clean)
	})
}

// DetachAnswer removes a document that was to go with the answer.
func (r *Requests) DetachAnswer(ctx context.Context, a Act, key string) error {
	return r.act(ctx, a, "detach", func(tx *postgres.Tx, q Request) error {
		return r.Documents.Remove(ctx, tx, a.Officer.Actor(), q.AnswerRef(), key)
	})
}

// CopyFor returns the request in hand whose person's data an officer takes a copy
// of, to be sent with the answer; each time is recorded. Nobody gets a copy who has
// not been identified: fault.ErrConflict.
func (r *Requests) CopyFor(ctx context.Context, a Act) (Request, error) {
	var asked Request
	err := r.hold(ctx, a, func(tx *postgres.Tx, q Request) error {
		asked = q
		if err := r.inHand(q, a.Officer, tx.Now); err != nil {
			return err
		}
		if q.Person == 0 || q.Identification == Unidentified {
			return fmt.Errorf("copy for somebody who is not identified: %w", fault.ErrConflict)
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionCopied, Subject: personRef(q.Person), Detail: map[string]any{"request": q.ID},
		})
	})
	return asked, err
}

// copyType is the type of the copies that the portal makes itself. Nobody can send
// one in.
const copyType document.Type = "text/html"

// AttachCopy puts a copy of what is kept of the person of a request in hand, made
// by write, among the documents of the answer; that is recorded. Nobody gets a
// copy who has not been identified: fault.ErrConflict. One that is larger than a
// document may be is *fault.InvalidError.
func (r *Requests) AttachCopy(ctx context.Context, a Act, name string, write func(ctx context.Context, q Request) ([]byte, error)) error {
	if err := mayHandle(a.Officer); err != nil {
		return err
	}
	before, err := selectRequest(ctx, r.DB, a.ID, nil)
	if err != nil {
		return err
	}
	if err := r.inHand(before, a.Officer, r.Now()); err != nil {
		return err
	}
	if before.Person == 0 || before.Identification == Unidentified {
		return fmt.Errorf("copy for somebody who is not identified: %w", fault.ErrConflict)
	}
	content, err := write(ctx, before)
	if err != nil {
		return err
	}
	var c fault.Checker
	c.Check(len(content) <= document.MaxSize, "copy", "datarequests.copy.large")
	if err := c.Err(); err != nil {
		return err
	}
	return r.act(ctx, a, "attach_copy", func(tx *postgres.Tx, q Request) error {
		if q.Person != before.Person || q.Identification == Unidentified {
			return fmt.Errorf("whose copy it is has changed: %w", fault.ErrConflict)
		}
		clean := document.Clean{Type: copyType, Name: name, Content: content}
		if err := r.Documents.Keep(ctx, tx, a.Officer, a.Submission, q.AnswerRef(), clean); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: a.Officer.Actor(), Action: actionCopied, Subject: personRef(q.Person), Detail: map[string]any{"request": q.ID},
		})
	})
}

// MaxNote is the length of a note, in characters.
const MaxNote = 4000

func checkNote(text string) (string, error) {
	text = i18n.VisibleText(text)
	var c fault.Checker
	c.Check(text != "", "note", "datarequests.note.missing")
	c.Check(utf8.RuneCountInString(text) <= MaxNote, "note", "datarequests.note.long")
	identity.RefuseCodes(&c, "note", text)
	return text, c.Err()
}

func personRef(id identity.PersonID) audit.Ref { return audit.Ref{Kind: "person", ID: id.String()} }
