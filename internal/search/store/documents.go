// Package store keeps the analysed postings in the database and feeds the index
// from there.
package store

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
)

// Documents writes documents of postings.
type Documents struct {
	Analyser *search.Analyser
}

// Write stores the documents of open postings and deletes those of others. It
// runs in the transaction that changes the postings: set it as their OnChange.
func (d *Documents) Write(ctx context.Context, tx *postgres.Tx, postings []jobposting.Posting) error {
	var open, gone []int64
	var documents [][]byte
	for i := range postings {
		p := &postings[i]
		if p.Status != jobposting.StatusOpen {
			gone = append(gone, p.ID)
			continue
		}
		doc := d.Analyser.Document(p)
		open = append(open, p.ID)
		documents = append(documents, doc.Append(nil))
	}
	if len(gone) > 0 {
		if _, err := tx.Exec(ctx, sqlDeleteDocuments, gone); err != nil {
			return fmt.Errorf("delete search documents: %w", err)
		}
	}
	if len(open) > 0 {
		if _, err := tx.Exec(ctx, sqlUpsertDocuments, open, d.Analyser.Version(), documents); err != nil {
			return fmt.Errorf("store search documents: %w", err)
		}
	}
	return nil
}

const sqlDeleteDocuments = `
DELETE FROM search_document
 WHERE posting_id = ANY($1)`

const sqlUpsertDocuments = `
INSERT INTO search_document (posting_id, analyser, document)
SELECT n.posting_id, $2, n.document
  FROM unnest($1::bigint[], $3::bytea[]) AS n (posting_id, document)
    ON CONFLICT (posting_id) DO UPDATE
   SET analyser = excluded.analyser, document = excluded.document`

// reindexBatch is how many postings Reindex analyses in one transaction.
const reindexBatch = 200

// Reindex analyses anew the open postings whose documents are missing or of
// another version of the analyser, a batch at a time, and returns how many there
// were.
func (d *Documents) Reindex(ctx context.Context, db *postgres.DB) (int, error) {
	total := 0
	for {
		n, err := d.reindexBatch(ctx, db)
		if err != nil {
			return total, err
		}
		total += n
		if n < reindexBatch {
			return total, nil
		}
	}
}

// The row locks keep a change that commits meanwhile from being overwritten
// with what the posting was before.
const sqlSelectStalePostings = `
SELECT p.id
  FROM job_posting AS p
  LEFT JOIN search_document AS s ON s.posting_id = p.id AND s.analyser = $1
 WHERE p.status = 'open'
   AND s.posting_id IS NULL
 ORDER BY p.id
 LIMIT $2
   FOR UPDATE OF p SKIP LOCKED`

func (d *Documents) reindexBatch(ctx context.Context, db *postgres.DB) (int, error) {
	n := 0
	err := db.InTx(ctx, func(tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sqlSelectStalePostings, d.Analyser.Version(), reindexBatch)
		if err != nil {
			return fmt.Errorf("select postings to analyse: %w", err)
		}
		ids, err := collectIDs(rows)
		if err != nil {
			return fmt.Errorf("select postings to analyse: %w", err)
		}
		postings, err := jobposting.Open(ctx, tx, ids)
		if err != nil {
			return err
		}
		n = len(ids)
		return d.Write(ctx, tx, postings)
	})
	return n, err
}
