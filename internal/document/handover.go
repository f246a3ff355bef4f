package document

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlCollectDocuments = `
SELECT key, name, content, type, to_jsonb(d) - 'name' - 'content'
  FROM document AS d
 WHERE subject_kind = $1
   AND subject_id = $2
 ORDER BY uploaded_at, key`

// Collect returns the documents of subject opened, for a package that is handed
// over: what is known of each, and the content under a file name of its own.
func (d *Documents) Collect(ctx context.Context, tx *postgres.Tx, subject audit.Ref) ([]json.RawMessage, []keeping.File, error) {
	rows, err := tx.Query(ctx, sqlCollectDocuments, subject.Kind, subject.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("collect documents: %w", err)
	}
	var known []json.RawMessage
	var files []keeping.File
	var r row
	var rest map[string]any
	_, err = pgx.ForEachRow(rows, []any{&r.Key, &r.name, &r.content, &r.Type, &rest}, func() error {
		doc, err := d.named(r)
		if err != nil {
			return err
		}
		content, err := d.keys.Open(r.content, placeOfContent(r.Key))
		if err != nil {
			return fmt.Errorf("open a document: %w", err)
		}
		file := "documents/" + r.Key + ending(r.Type)
		rest["name"], rest["file"] = doc.Name, file
		one, err := json.Marshal(rest)
		if err != nil {
			return fmt.Errorf("write what is known of a document: %w", err)
		}
		known, files = append(known, one), append(files, keeping.File{Name: file, Content: content})
		r, rest = row{}, nil
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("collect documents: %w", err)
	}
	return known, files, nil
}

func ending(t Type) string {
	switch t {
	case PDF:
		return ".pdf"
	case PNG:
		return ".png"
	case JPEG:
		return ".jpg"
	}
	return ""
}

const sqlDropDocuments = `
DELETE FROM document
 WHERE subject_kind = $1
   AND subject_id = $2`

// Drop deletes the documents of subject that were handed over, and says how many
// there were.
func (d *Documents) Drop(ctx context.Context, tx *postgres.Tx, subject audit.Ref) (int, error) {
	tag, err := tx.Exec(ctx, sqlDropDocuments, subject.Kind, subject.ID)
	if err != nil {
		return 0, fmt.Errorf("delete documents that were handed over: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
