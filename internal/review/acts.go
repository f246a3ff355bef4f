package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Act is what an officer does to a case, as the form that does it says.
type Act struct {
	Officer identity.Session
	// ID is the application's.
	ID int64
	// Revision is the one that the officer has seen. The act fails with
	// fault.ErrConflict when the applicant has sent another since.
	Revision int
	// Submission is the number of the form: sent again it has no second effect.
	Submission string
}

// ErrClaim means that the officer does not have the case in hand any more. It is
// a fault.ErrConflict.
var ErrClaim = fmt.Errorf("the case is not in hand: %w", fault.ErrConflict)

// act does what do says to a case in hand, once. The claim goes on from here.
func (r *Reviews) act(ctx context.Context, a Act, name string, do func(tx *postgres.Tx, c Case) error) error {
	if err := r.mayDecide(ctx, a.Officer, a.ID); err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		first, err := insertAct(ctx, tx, a, name)
		if err != nil || !first {
			return err
		}
		// The application comes before its case, as it does where the applicant
		// acts: two that lock in different orders wait for each other.
		if err := r.applications.Lock(ctx, tx, a.ID); err != nil {
			return err
		}
		c, err := lockCase(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		switch {
		case c.Revision != a.Revision, c.State != Waiting:
			return fmt.Errorf("%s: the case has changed: %w", name, fault.ErrConflict)
		case !c.HeldBy(a.Officer.PersonID, tx.Now):
			return fmt.Errorf("%s: %w", name, ErrClaim)
		}
		if err := setClaim(ctx, tx, a.ID, a.Officer.PersonID, tx.Now.Add(r.options.Claim)); err != nil {
			return err
		}
		return do(tx, c)
	})
}

// NoteKind says what a note of an officer is about.
type NoteKind string

// The kinds of notes.
const (
	noteHandedBack NoteKind = "handed_back"
	noteReleased   NoteKind = "released"
	noteContact    NoteKind = "contact"
	notePostReview NoteKind = "post_review"
	noteApproved   NoteKind = "approved"
)

// Note is what an officer noted of a case.
type Note struct {
	Kind   NoteKind
	Text   string
	MadeBy identity.PersonID
	MadeAt time.Time
}

// maxNote is the length of a note, in characters.
const maxNote = 4000

// NoteContact notes a contact with the applicant, such as a call: what can be
// settled by talking is, before anything is decided.
func (r *Reviews) NoteContact(ctx context.Context, a Act, text string) error {
	if err := mayReview(a.Officer); err != nil {
		return err
	}
	text, err := checkNote(text)
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *postgres.Tx) error {
		first, err := insertAct(ctx, tx, a, "contact")
		if err != nil || !first {
			return err
		}
		c, err := lockCase(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if c.HeldBy(a.Officer.PersonID, tx.Now) {
			if err := setClaim(ctx, tx, a.ID, a.Officer.PersonID, tx.Now.Add(r.options.Claim)); err != nil {
				return err
			}
		}
		if err := insertNote(ctx, tx, a.ID, noteContact, text, a.Officer.PersonID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Actor: a.Officer.Actor(), Action: actionNoted, Subject: c.Ref()})
	})
}

// Notes lists what officers noted of a case, the oldest first.
func (r *Reviews) Notes(ctx context.Context, id int64) ([]Note, error) {
	return selectNotes(ctx, r.db, id)
}

func checkNote(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	var c fault.Checker
	c.Check(text != "", "note", "review.note.missing")
	c.Check(utf8.RuneCountInString(text) <= maxNote, "note", "review.note.long")
	return text, c.Err()
}

const sqlInsertAct = `
INSERT INTO review_act (submission, application_id, act, done_by, done_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (submission) DO NOTHING`

const sqlSelectAct = `
SELECT application_id = $2 AND act = $3 AND done_by = $4
  FROM review_act
 WHERE submission = $1`

// insertAct returns false when the form has had its effect already.
func insertAct(ctx context.Context, tx *postgres.Tx, a Act, name string) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsertAct, a.Submission, a.ID, name, a.Officer.PersonID, tx.Now)
	if err != nil {
		return false, fmt.Errorf("insert act: %w", err)
	}
	if tag.RowsAffected() > 0 {
		return true, nil
	}
	var same bool
	if err := tx.QueryRow(ctx, sqlSelectAct, a.Submission, a.ID, name, a.Officer.PersonID).Scan(&same); err != nil {
		return false, fmt.Errorf("select act: %w", err)
	}
	if !same {
		return false, fmt.Errorf("form sent again for something else: %w", fault.ErrConflict)
	}
	return false, nil
}

const sqlSetState = `
UPDATE review_case
   SET state = $3, mark = $4, settled_at = $5, claimed_by = NULL, claimed_until = NULL
 WHERE application_id = $1
   AND state = $2`

// setState takes a case, locked by the caller, to another state.
func setState(ctx context.Context, tx *postgres.Tx, c Case, next State, mark Mark) error {
	if !c.State.CanBecome(next) {
		return fmt.Errorf("case from %s to %s: %w", c.State, next, fault.ErrConflict)
	}
	var settled *time.Time
	if next.Settled() {
		settled = &tx.Now
	}
	tag, err := tx.Exec(ctx, sqlSetState, c.ApplicationID, c.State, next, mark, settled)
	if err != nil {
		return fmt.Errorf("update case: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return errors.New("update case: it was not locked")
	}
	return nil
}

const sqlInsertNote = `
INSERT INTO review_note (application_id, kind, note, made_by, made_at)
VALUES ($1, $2, $3, $4, $5)`

func insertNote(ctx context.Context, tx *postgres.Tx, id int64, kind NoteKind, text string, by identity.PersonID) error {
	if _, err := tx.Exec(ctx, sqlInsertNote, id, kind, text, by, tx.Now); err != nil {
		return fmt.Errorf("insert note: %w", err)
	}
	return nil
}

const sqlSelectNotes = `
SELECT kind, note, made_by, made_at
  FROM review_note
 WHERE application_id = $1
 ORDER BY id`

func selectNotes(ctx context.Context, q postgres.Querier, id int64) ([]Note, error) {
	rows, err := q.Query(ctx, sqlSelectNotes, id)
	if err != nil {
		return nil, fmt.Errorf("select notes: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Note, error) {
		var n Note
		err := row.Scan(&n.Kind, &n.Text, &n.MadeBy, &n.MadeAt)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	return all, nil
}
