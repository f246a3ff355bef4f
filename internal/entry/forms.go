package entry

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// FormKept is how long a form waits for its sender.
const FormKept = 7 * 24 * time.Hour

// maxForms is how many forms wait for one person; the oldest gives way.
const maxForms = 20

// The audited actions.
const (
	actionParked    = "form.parked"
	actionDiscarded = "form.discarded"
	actionPurged    = "form.purged"
)

// Form is a form that was filled in and not taken in.
type Form struct {
	ID string `json:"-"`
	// Path is where it was sent to.
	Path string `json:"path"`
	// Purpose is what its token was for; it is empty when nobody can tell.
	Purpose string     `json:"purpose"`
	Values  url.Values `json:"values"`
	// BusinessID and Organisation are those of the organisation that it was
	// filled in for, empty for none.
	BusinessID   string `json:"business_id,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	// ParkedAt is when it came.
	ParkedAt time.Time `json:"-"`
}

// Owner is the only one who sees a form again: a person, in sessions of a kind.
type Owner struct {
	Person identity.PersonID
	Kind   identity.Kind
}

// OwnerOf is the owner of forms sent in s.
func OwnerOf(s identity.Session) Owner { return Owner{s.PersonID, s.Kind} }

func (o Owner) ref() audit.Ref {
	return audit.Ref{Kind: string(o.Kind), ID: o.Person.String()}
}

// Forms keeps forms until their senders have logged in again.
type Forms struct {
	db   *postgres.DB
	keys *secret.Keyring
}

// NewForms returns the forms kept in db, sealed with keys.
func NewForms(db *postgres.DB, keys *secret.Keyring) *Forms { return &Forms{db, keys} }

const sqlInsertForm = `
INSERT INTO parked_form (id, person_id, kind, content, parked_at)
SELECT $1, id, $3, $4, $5
  FROM person
 WHERE id = $2
   FOR KEY SHARE`

const sqlDeleteSurplus = `
DELETE FROM parked_form
 WHERE id IN (SELECT id
                FROM parked_form
               WHERE person_id = $1
                 AND kind = $2
               ORDER BY parked_at DESC, id
              OFFSET $3)`

const sqlSelectForm = `
SELECT content, parked_at
  FROM parked_form
 WHERE id = $1
   AND person_id = $2
   AND kind = $3
   AND parked_at > $4`

// Park keeps f for o and returns its ID. It is "" when there is no o any more:
// then nothing is kept.
func (s *Forms) Park(ctx context.Context, o Owner, f Form) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("write a form: %w", err)
	}
	id := rand.Text()
	sealed := s.keys.Seal(plain, placeOfForm(id, o))
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, sqlInsertForm, id, o.Person, o.Kind, sealed, tx.Now)
		if err != nil {
			return fmt.Errorf("insert a form: %w", err)
		}
		if tag.RowsAffected() == 0 {
			id = ""
			return nil
		}
		if _, err := tx.Exec(ctx, sqlDeleteSurplus, o.Person, o.Kind, maxForms); err != nil {
			return fmt.Errorf("delete the oldest forms: %w", err)
		}
		// Whoever sent it was nobody at that moment.
		return audit.Record(ctx, tx, audit.Event{
			Actor: identity.Session{}.Actor(), Action: actionParked, Subject: o.ref(), Detail: map[string]any{"form": id},
		})
	})
	return id, err
}

const sqlSelectForms = `
SELECT id, content, parked_at
  FROM parked_form
 WHERE person_id = $1
   AND kind = $2
   AND parked_at > $3
 ORDER BY parked_at DESC, id`

// Waiting lists the forms that wait for o, the newest first.
func (s *Forms) Waiting(ctx context.Context, o Owner) ([]Form, error) {
	rows, err := s.db.Query(ctx, sqlSelectForms, o.Person, o.Kind, s.db.Now().Add(-FormKept))
	if err != nil {
		return nil, fmt.Errorf("select forms: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Form, error) {
		var f Form
		var sealed []byte
		if err := row.Scan(&f.ID, &sealed, &f.ParkedAt); err != nil {
			return f, fmt.Errorf("read a form: %w", err)
		}
		return f, s.open(&f, o, sealed)
	})
}

// ByID returns one of o's forms, or fault.ErrNotFound.
func (s *Forms) ByID(ctx context.Context, o Owner, id string) (Form, error) {
	f := Form{ID: id}
	var sealed []byte
	err := s.db.QueryRow(ctx, sqlSelectForm, id, o.Person, o.Kind, s.db.Now().Add(-FormKept)).Scan(&sealed, &f.ParkedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Form{}, fmt.Errorf("form: %w", fault.ErrNotFound)
	}
	if err != nil {
		return Form{}, fmt.Errorf("select a form: %w", err)
	}
	return f, s.open(&f, o, sealed)
}

func (s *Forms) open(f *Form, o Owner, sealed []byte) error {
	plain, err := s.keys.Open(sealed, placeOfForm(f.ID, o))
	if err != nil {
		return fmt.Errorf("open a form: %w", err)
	}
	if err := json.Unmarshal(plain, f); err != nil {
		return fmt.Errorf("read a form: %w", err)
	}
	return nil
}

const sqlDeleteForm = `
DELETE FROM parked_form
 WHERE id = $1
   AND person_id = $2
   AND kind = $3`

// Discard erases one of o's forms, because it was sent or is not wanted. That
// there is none is no error.
func (s *Forms) Discard(ctx context.Context, o Owner, id string) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, sqlDeleteForm, id, o.Person, o.Kind)
		if err != nil {
			return fmt.Errorf("delete a form: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{Actor: o.ref(), Action: actionDiscarded, Subject: audit.Ref{Kind: "form", ID: id}})
	})
}

const sqlSelectSealed = `SELECT id, person_id, kind, content FROM parked_form`

const sqlUpdateSealed = `UPDATE parked_form SET content = $2 WHERE id = $1`

// Reseal encrypts at most batch forms anew that are under an old key, and
// returns how many those were.
func (s *Forms) Reseal(ctx context.Context, batch int) (int, error) {
	rows, err := s.db.Query(ctx, sqlSelectSealed)
	if err != nil {
		return 0, fmt.Errorf("select sealed forms: %w", err)
	}
	type sealedForm struct {
		id      string
		owner   Owner
		content []byte
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (sealedForm, error) {
		var f sealedForm
		err := row.Scan(&f.id, &f.owner.Person, &f.owner.Kind, &f.content)
		return f, err
	})
	if err != nil {
		return 0, fmt.Errorf("read sealed forms: %w", err)
	}
	n := 0
	for _, f := range all {
		if n == batch || !s.keys.NeedsRotation(f.content) {
			continue
		}
		plain, err := s.keys.Open(f.content, placeOfForm(f.id, f.owner))
		if err != nil {
			return n, fmt.Errorf("open form %s: %w", f.id, err)
		}
		if _, err := s.db.Exec(ctx, sqlUpdateSealed, f.id, s.keys.Seal(plain, placeOfForm(f.id, f.owner))); err != nil {
			return n, fmt.Errorf("update form %s: %w", f.id, err)
		}
		n++
	}
	return n, nil
}

// placeOfForm ties a form to its owner: moved to somebody else's row it does
// not open.
func placeOfForm(id string, o Owner) string {
	return "parked_form.content:" + id + ":" + string(o.Kind) + ":" + o.Person.String()
}
