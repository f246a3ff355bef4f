package document

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectNames = `
SELECT key, name
  FROM document
 ORDER BY key`

// Reseal seals at most batch documents anew that are under an old key, and
// returns how many those were.
func (d *Documents) Reseal(ctx context.Context, batch int) (int, error) {
	rows, err := d.db.Query(ctx, sqlSelectNames)
	if err != nil {
		return 0, fmt.Errorf("select sealed documents: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		var one row
		err := r.Scan(&one.Key, &one.name)
		return one, err
	})
	if err != nil {
		return 0, fmt.Errorf("read sealed documents: %w", err)
	}
	n := 0
	for _, one := range all {
		// Name and content are sealed together, so the one tells of the other.
		if n == batch || !d.keys.NeedsRotation(one.name) {
			continue
		}
		if err := d.db.InTx(ctx, func(tx *postgres.Tx) error { return d.reseal(ctx, tx, one.Key) }); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

const sqlLockSealed = `
SELECT name, content
  FROM document
 WHERE key = $1
   FOR UPDATE`

const sqlUpdateSealed = `
UPDATE document
   SET name = $2, content = $3
 WHERE key = $1`

func (d *Documents) reseal(ctx context.Context, tx *postgres.Tx, key string) error {
	var name, content []byte
	err := tx.QueryRow(ctx, sqlLockSealed, key).Scan(&name, &content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // erased meanwhile
	}
	if err != nil {
		return fmt.Errorf("lock sealed document: %w", err)
	}
	plainName, err := d.keys.Open(name, placeOfName(key))
	if err != nil {
		return fmt.Errorf("open a document's name: %w", err)
	}
	plain, err := d.keys.Open(content, placeOfContent(key))
	if err != nil {
		return fmt.Errorf("open a document: %w", err)
	}
	_, err = tx.Exec(ctx, sqlUpdateSealed, key, d.keys.Seal(plainName, placeOfName(key)), d.keys.Seal(plain, placeOfContent(key)))
	if err != nil {
		return fmt.Errorf("update sealed document: %w", err)
	}
	return nil
}

// placeOfName and placeOfContent tie what is sealed to its row: moved to another
// it does not open.
func placeOfName(key string) string    { return "document.name:" + key }
func placeOfContent(key string) string { return "document.content:" + key }
