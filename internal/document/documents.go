package document

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// The audited actions.
const (
	actionReceived = "document.received"
	actionOpened   = "document.opened"
	actionRemoved  = "document.removed"
)

// Document is one that is kept.
type Document struct {
	// Key names the document in addresses; it cannot be guessed.
	Key string
	// Subject is the matter that it belongs to.
	Subject    audit.Ref
	Type       Type
	Name       string
	Size       int
	UploadedBy identity.PersonID
	UploadedAt time.Time
}

// Documents keeps documents sealed.
type Documents struct {
	db      *postgres.DB
	keys    *secret.Keyring
	scanner Scanner
}

// New returns Documents kept in db and sealed with keys. With a nil scanner
// nothing is taken in.
func New(db *postgres.DB, keys *secret.Keyring, scanner Scanner) *Documents {
	return &Documents{db: db, keys: keys, scanner: scanner}
}

// Check returns what may be kept of a document that was sent under name. What is
// wrong with it is *fault.InvalidError with the field "file"; ErrNotScanned means
// that the scanner could not look. It asks the scanner, so it must not run in a
// transaction.
func (d *Documents) Check(ctx context.Context, name string, content []byte) (Clean, error) {
	return check(ctx, d.scanner, name, content)
}

// Keep keeps c as a document of subject. The same submission sent again has no
// second effect. A subject that has as many as one may is *fault.InvalidError.
func (d *Documents) Keep(ctx context.Context, tx *postgres.Tx, s identity.Session, submission string, subject audit.Ref, c Clean) error {
	key := rand.Text()
	n, err := countOfSubject(ctx, tx, subject, submission)
	if err != nil {
		return err
	}
	if n >= MaxOfSubject {
		return refuse("document.file.many")
	}
	inserted, err := insertDocument(ctx, tx, row{
		Document: Document{Key: key, Subject: subject, Type: c.Type, Size: len(c.Content), UploadedBy: s.PersonID},
		name:     d.keys.Seal([]byte(c.Name), placeOfName(key)),
		content:  d.keys.Seal(c.Content, placeOfContent(key)),
	}, submission)
	if err != nil || !inserted {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: s.Actor(), Action: actionReceived, Subject: subject,
		Detail: map[string]any{"type": c.Type, "size": len(c.Content)},
	})
}

// Of lists the documents of subject, the oldest first.
func (d *Documents) Of(ctx context.Context, subject audit.Ref) ([]Document, error) {
	rows, err := selectDocuments(ctx, d.db, subject)
	if err != nil {
		return nil, err
	}
	all := make([]Document, len(rows))
	for i, r := range rows {
		if all[i], err = d.named(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Open returns a document of subject with its content and records who opened
// it. A key of another subject is fault.ErrNotFound.
func (d *Documents) Open(ctx context.Context, actor audit.Ref, subject audit.Ref, key string) (Document, []byte, error) {
	var doc Document
	var content []byte
	err := d.db.InTx(ctx, func(tx *postgres.Tx) error {
		r, err := selectDocument(ctx, tx, subject, key)
		if err != nil {
			return err
		}
		if doc, err = d.named(r); err != nil {
			return err
		}
		if content, err = d.keys.Open(r.content, placeOfContent(key)); err != nil {
			return fmt.Errorf("open a document: %w", err)
		}
		return audit.Record(ctx, tx, audit.Event{Actor: actor, Action: actionOpened, Subject: subject, Detail: map[string]any{"size": len(content)}})
	})
	return doc, content, err
}

func (d *Documents) named(r row) (Document, error) {
	name, err := d.keys.Open(r.name, placeOfName(r.Key))
	if err != nil {
		return Document{}, fmt.Errorf("open a document's name: %w", err)
	}
	r.Name = string(name)
	return r.Document, nil
}

// row is a document as it is stored.
type row struct {
	Document

	name, content []byte
}

const sqlInsertDocument = `
INSERT INTO document (key, subject_kind, subject_id, submission, type, size, name, content, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (submission) DO NOTHING`

func insertDocument(ctx context.Context, tx *postgres.Tx, r row, submission string) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsertDocument, r.Key, r.Subject.Kind, r.Subject.ID, submission, r.Type, r.Size, r.name, r.content, r.UploadedBy, tx.Now)
	if err != nil {
		return false, fmt.Errorf("insert document: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlCountOfSubject = `
SELECT count(*)
  FROM document
 WHERE subject_kind = $1
   AND subject_id = $2
   AND submission <> $3`

func countOfSubject(ctx context.Context, tx *postgres.Tx, subject audit.Ref, submission string) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlCountOfSubject, subject.Kind, subject.ID, submission).Scan(&n); err != nil {
		return 0, fmt.Errorf("count documents: %w", err)
	}
	return n, nil
}

const sqlSelectDocuments = `
SELECT key, type, size, name, uploaded_by, uploaded_at
  FROM document
 WHERE subject_kind = $1
   AND subject_id = $2
 ORDER BY uploaded_at, key`

func selectDocuments(ctx context.Context, q postgres.Querier, subject audit.Ref) ([]row, error) {
	rows, err := q.Query(ctx, sqlSelectDocuments, subject.Kind, subject.ID)
	if err != nil {
		return nil, fmt.Errorf("select documents: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		d := row{Document: Document{Subject: subject}}
		err := r.Scan(&d.Key, &d.Type, &d.Size, &d.name, &d.UploadedBy, &d.UploadedAt)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return all, nil
}

const sqlSelectDocument = `
SELECT type, size, name, content, uploaded_by, uploaded_at
  FROM document
 WHERE subject_kind = $1
   AND subject_id = $2
   AND key = $3`

func selectDocument(ctx context.Context, q postgres.Querier, subject audit.Ref, key string) (row, error) {
	d := row{Document: Document{Key: key, Subject: subject}}
	err := q.QueryRow(ctx, sqlSelectDocument, subject.Kind, subject.ID, key).
		Scan(&d.Type, &d.Size, &d.name, &d.content, &d.UploadedBy, &d.UploadedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return row{}, fmt.Errorf("select document: %w", fault.ErrNotFound)
	}
	if err != nil {
		return row{}, fmt.Errorf("select document: %w", err)
	}
	return d, nil
}
