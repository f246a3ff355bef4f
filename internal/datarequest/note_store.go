package datarequest

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// NoteKind says what an officer's note is about.
type NoteKind string

// The kinds of notes.
const (
	noteContact    NoteKind = "contact"
	noteHandedBack NoteKind = "handed_back"
	noteIdentified NoteKind = "identified"
	noteLifted     NoteKind = "lifted"
)

// Note is what an officer noted of a request.
type Note struct {
	ID     int64
	Kind   NoteKind
	Text   string
	MadeBy identity.PersonID
	MadeAt time.Time
}

// Notes lists what officers noted of a request, the oldest first.
func (r *Requests) Notes(ctx context.Context, id int64) ([]Note, error) {
	return selectNotes(ctx, r.DB, id)
}

const sqlInsertNote = `
INSERT INTO data_request_note (request_id, kind, note, made_by, made_at)
VALUES ($1, $2, $3, $4, $5)`

func insertNote(ctx context.Context, tx *postgres.Tx, a Act, kind NoteKind, text string) error {
	if _, err := tx.Exec(ctx, sqlInsertNote, a.ID, kind, text, a.Officer.PersonID, tx.Now); err != nil {
		return fmt.Errorf("insert note: %w", err)
	}
	return nil
}

const sqlSelectNotes = `
SELECT id, kind, note, made_by, made_at
  FROM data_request_note
 WHERE request_id = $1
 ORDER BY id`

func selectNotes(ctx context.Context, q postgres.Querier, id int64) ([]Note, error) {
	rows, err := q.Query(ctx, sqlSelectNotes, id)
	if err != nil {
		return nil, fmt.Errorf("select notes: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Note, error) {
		var n Note
		err := row.Scan(&n.ID, &n.Kind, &n.Text, &n.MadeBy, &n.MadeAt)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	return all, nil
}

const sqlInsertAct = `
INSERT INTO data_request_act (submission, request_id, act, done_by, done_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (submission) DO NOTHING`

const sqlSelectAct = `
SELECT request_id = $2 AND act = $3 AND done_by = $4
  FROM data_request_act
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

const sqlDeleteActs = `DELETE FROM data_request_act WHERE done_at <= $1`

func deleteActs(ctx context.Context, tx *postgres.Tx, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlDeleteActs, until); err != nil {
		return fmt.Errorf("delete acts: %w", err)
	}
	return nil
}
