package jobposting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

type current struct {
	status           Status
	hash, sourceHash []byte
}

const sqlSelectHashes = `
SELECT external_id, status, content_hash, source_hash
  FROM job_posting
 WHERE source = $1
   AND external_id = ANY($2)`

func selectHashes(ctx context.Context, q postgres.Querier, source Source, ids []string) (map[string]current, error) {
	rows, err := q.Query(ctx, sqlSelectHashes, source, ids)
	if err != nil {
		return nil, fmt.Errorf("select posting hashes: %w", err)
	}
	found := make(map[string]current, len(ids))
	var id string
	var c current
	_, err = pgx.ForEachRow(rows, []any{&id, &c.status, &c.hash, &c.sourceHash}, func() error {
		found[id] = c
		c = current{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select posting hashes: %w", err)
	}
	return found, nil
}

// The source is compared here and not there, lest the planner read its whole
// index beside that of the hashes.
const sqlSelectKnown = `
SELECT source_hash, source, external_id, modified_at
  FROM job_posting
 WHERE source_hash = ANY($1)`

func selectKnown(ctx context.Context, q postgres.Querier, source Source, hashes [][]byte) (map[string]Known, error) {
	rows, err := q.Query(ctx, sqlSelectKnown, hashes)
	if err != nil {
		return nil, fmt.Errorf("select known postings: %w", err)
	}
	return collectKnown(rows, source, len(hashes))
}

const sqlSelectAllKnown = `
SELECT source_hash, source, external_id, modified_at
  FROM job_posting
 WHERE source_hash IS NOT NULL
   AND source = $1`

func selectAllKnown(ctx context.Context, q postgres.Querier, source Source) (map[string]Known, error) {
	rows, err := q.Query(ctx, sqlSelectAllKnown, source)
	if err != nil {
		return nil, fmt.Errorf("select known postings: %w", err)
	}
	return collectKnown(rows, source, 0)
}

func collectKnown(rows pgx.Rows, source Source, size int) (map[string]Known, error) {
	known := make(map[string]Known, size)
	var hash pgtype.DriverBytes
	var of string
	var k Known
	_, err := pgx.ForEachRow(rows, []any{&hash, &of, &k.ExternalID, &k.ModifiedAt}, func() error {
		if of == string(source) {
			known[string(hash)] = k
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select known postings: %w", err)
	}
	return known, nil
}

const sqlUpdateSourceHashes = `
UPDATE job_posting AS p
   SET source_hash = r.source_hash,
       modified_at = r.modified_at
  FROM unnest($2::text[], $3::bytea[], $4::timestamptz[]) AS r (external_id, source_hash, modified_at)
 WHERE p.source = $1
   AND p.external_id = r.external_id
   AND p.status <> 'closed'`

func updateSourceHashes(ctx context.Context, tx *postgres.Tx, source Source, known []*arrival) error {
	if len(known) == 0 {
		return nil
	}
	hashes := make([][]byte, len(known))
	modified := make([]time.Time, len(known))
	for i, a := range known {
		hashes[i], modified[i] = a.SourceHash, a.ModifiedAt
	}
	if _, err := tx.Exec(ctx, sqlUpdateSourceHashes, source, externalIDs(known), hashes, modified); err != nil {
		return fmt.Errorf("update source hashes: %w", err)
	}
	return nil
}

// stored is a row about to be written over.
type stored struct {
	ID        int64
	Status    Status
	Revision  int
	Content   Content
	ExpiresAt time.Time

	hash []byte
}

const sqlLockPostings = `
SELECT id, external_id, status, revision, content, expires_at, content_hash
  FROM job_posting
 WHERE source = $1
   AND external_id = ANY($2)
 ORDER BY external_id
   FOR UPDATE`

func selectForUpdate(ctx context.Context, tx *postgres.Tx, source Source, ids []string) (map[string]*stored, error) {
	rows, err := tx.Query(ctx, sqlLockPostings, source, ids)
	if err != nil {
		return nil, fmt.Errorf("lock postings: %w", err)
	}
	defer rows.Close()
	found := map[string]*stored{}
	for rows.Next() {
		var id string
		var expires *time.Time
		s := &stored{}
		if err := rows.Scan(&s.ID, &id, &s.Status, &s.Revision, &s.Content, &expires, &s.hash); err != nil {
			return nil, fmt.Errorf("lock postings: %w", err)
		}
		s.ExpiresAt = orZero(expires)
		found[id] = s
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("lock postings: %w", err)
	}
	return found, nil
}

const sqlInsertPostings = `
   INSERT INTO job_posting
          (source, external_id, status, close_reason, revision, content, card, people, content_hash, source_hash,
           created_at, modified_at, published_at, expires_at, closed_at, recorded_at, changed_at)
   SELECT $1, r.external_id, r.status, r.close_reason, 1, r.content, r.card, r.people, r.content_hash, r.source_hash,
          r.created_at, r.modified_at, r.published_at, r.expires_at, r.closed_at, $2, $2
     FROM unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::bytea[], $10::bytea[],
                 $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[])
       AS r (external_id, status, close_reason, content, card, people, content_hash, source_hash,
             created_at, modified_at, published_at, expires_at, closed_at)
       ON CONFLICT ON CONSTRAINT job_posting_source_key DO NOTHING
RETURNING id, external_id`

// insertPostings stores new postings and gives them their IDs. It fails with
// errRaced if another writer has one of them already.
func insertPostings(ctx context.Context, tx *postgres.Tx, source Source, writes []write) error {
	if len(writes) == 0 {
		return nil
	}
	c := columnsOf(writes)
	rows, err := tx.Query(ctx, sqlInsertPostings, source, tx.Now,
		c.externalID, c.status, c.closeReason, c.content, c.card, c.people, c.hash, c.sourceHash,
		c.createdAt, c.modifiedAt, c.publishedAt, c.expiresAt, c.closedAt)
	if err != nil {
		return fmt.Errorf("insert postings: %w", err)
	}
	ids := make(map[string]int64, len(writes))
	var id int64
	var externalID string
	_, err = pgx.ForEachRow(rows, []any{&id, &externalID}, func() error {
		ids[externalID] = id
		return nil
	})
	if err != nil {
		return fmt.Errorf("insert postings: %w", err)
	}
	if len(ids) < len(writes) {
		return errRaced
	}
	for i := range writes {
		writes[i].ID = ids[writes[i].ExternalID]
	}
	return nil
}

const sqlUpdatePostings = `
UPDATE job_posting AS p
   SET status = r.status, close_reason = r.close_reason, revision = r.revision,
       content = r.content, card = r.card, people = r.people,
       content_hash = r.content_hash, source_hash = r.source_hash,
       created_at = r.created_at, modified_at = r.modified_at, published_at = r.published_at,
       expires_at = r.expires_at, closed_at = r.closed_at, changed_at = $1
  FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::bytea[],
              $10::bytea[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[])
    AS r (id, revision, status, close_reason, content, card, people, content_hash,
          source_hash, created_at, modified_at, published_at, expires_at, closed_at)
 WHERE p.id = r.id`

func updatePostings(ctx context.Context, tx *postgres.Tx, writes []write) error {
	if len(writes) == 0 {
		return nil
	}
	c := columnsOf(writes)
	_, err := tx.Exec(ctx, sqlUpdatePostings, tx.Now,
		c.id, c.revision, c.status, c.closeReason, c.content, c.card, c.people, c.hash, c.sourceHash,
		c.createdAt, c.modifiedAt, c.publishedAt, c.expiresAt, c.closedAt)
	if err != nil {
		return fmt.Errorf("update postings: %w", err)
	}
	return nil
}

// columns are rows laid on their side, which is how one statement takes many.
type columns struct {
	id                                 []int64
	revision                           []int
	externalID, status, closeReason    []string
	content, card, people              [][]byte
	hash, sourceHash                   [][]byte
	createdAt, modifiedAt, publishedAt []time.Time
	expiresAt, closedAt                []*time.Time
}

func columnsOf(writes []write) *columns {
	c := &columns{}
	for _, w := range writes {
		people, hash, sourceHash := w.arrival.people, w.arrival.hash, w.arrival.SourceHash
		if w.Status == StatusClosed {
			people, hash, sourceHash = nil, []byte{}, nil
		}
		c.id = append(c.id, w.ID)
		c.revision = append(c.revision, w.Revision)
		c.externalID = append(c.externalID, w.ExternalID)
		c.status = append(c.status, string(w.Status))
		c.closeReason = append(c.closeReason, string(w.CloseReason))
		c.content = append(c.content, w.arrival.content)
		c.card = append(c.card, w.arrival.card)
		c.people = append(c.people, people)
		c.hash = append(c.hash, hash)
		c.sourceHash = append(c.sourceHash, sourceHash)
		c.createdAt = append(c.createdAt, w.CreatedAt)
		c.modifiedAt = append(c.modifiedAt, w.ModifiedAt)
		c.publishedAt = append(c.publishedAt, w.PublishedAt)
		c.expiresAt = append(c.expiresAt, orNull(w.ExpiresAt))
		c.closedAt = append(c.closedAt, orNull(w.ClosedAt))
	}
	return c
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

const sqlInsertChanges = `
  WITH place AS (
         UPDATE change_sequence
            SET last = last + cardinality($2::bigint[])
      RETURNING last, last - cardinality($2::bigint[]) AS before),
       change AS (
         INSERT INTO posting_change (seq, posting_id, kind, revision, material, occurred_at)
         SELECT place.before + c.n, c.posting_id, c.kind, c.revision, c.material, $1
           FROM place,
                unnest($2::bigint[], $3::text[], $4::integer[], $5::boolean[])
                  WITH ORDINALITY AS c (posting_id, kind, revision, material, n))
SELECT last
  FROM place`

// insertChanges gives each write its place in the sequence and returns the last
// one. From here on other writers wait until tx ends.
func insertChanges(ctx context.Context, tx *postgres.Tx, writes []write) (int64, error) {
	ids := make([]int64, len(writes))
	kinds := make([]string, len(writes))
	revisions := make([]int, len(writes))
	materials := make([]bool, len(writes))
	for i, w := range writes {
		ids[i], kinds[i], revisions[i], materials[i] = w.ID, string(w.kind), w.Revision, w.material
	}
	var last int64
	if err := tx.QueryRow(ctx, sqlInsertChanges, tx.Now, ids, kinds, revisions, materials).Scan(&last); err != nil {
		return 0, fmt.Errorf("insert posting changes: %w", err)
	}
	return last, nil
}
