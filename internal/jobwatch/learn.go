package jobwatch

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

const sqlSelectSample = `
SELECT document
  FROM search_document
 ORDER BY posting_id DESC
 LIMIT $1`

// prepare makes the set of searches anew. That takes seconds when there are very
// many, so it is done before anything is locked; a sample of postings tells
// which conditions are rare.
func (w *Watches) prepare(ctx context.Context) error {
	w.set, w.known, w.faulty = matcher.New(w.analyser), 0, nil
	if err := w.learn(ctx, w.db); err != nil {
		w.set = nil // what has been read of it is not whole
		return err
	}
	rows, err := w.db.Query(ctx, sqlSelectSample, matcher.MaxBatch)
	if err != nil {
		return fmt.Errorf("select a sample of search documents: %w", err)
	}
	var sample []*document.Document
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&data}, func() error {
		if d, err := document.Decode(data); err == nil {
			sample = append(sample, d)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("select a sample of search documents: %w", err)
	}
	w.set.Match(sample, func(int64, []int) {})
	w.set.Settle()
	return nil
}

const sqlSelectSearches = `
SELECT id, params_version, criteria
  FROM job_watch_search
 WHERE id > $1
 ORDER BY id
 LIMIT $2`

const sqlMarkFaulty = `UPDATE job_watch_search SET fault = 'criteria' WHERE id = ANY($1)`

// learntAtOnce is how many searches are read at a time.
const learntAtOnce = 2000

// A learner is a *postgres.DB or a *postgres.Tx.
type learner interface {
	postgres.Querier

	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// learn takes up the searches that are new. They come under the cursor's lock,
// so that none with a lower number can turn up later. Those that cannot be
// understood are marked until that has been committed.
func (w *Watches) learn(ctx context.Context, q learner) error {
	for {
		n, err := w.learnSome(ctx, q)
		if err != nil {
			return err
		}
		if n < learntAtOnce {
			break
		}
	}
	if len(w.faulty) == 0 {
		return nil
	}
	if _, err := q.Exec(ctx, sqlMarkFaulty, w.faulty); err != nil {
		return fmt.Errorf("mark searches of job watches: %w", err)
	}
	return nil
}

func (w *Watches) learnSome(ctx context.Context, q postgres.Querier) (n int, err error) {
	rows, err := q.Query(ctx, sqlSelectSearches, w.known, learntAtOnce)
	if err != nil {
		return 0, fmt.Errorf("select searches of job watches: %w", err)
	}
	searches, err := collect(rows, func(row scanner) (s kept, err error) { return s, row.Scan(&s.id, &s.version, &s.criteria) })
	if err != nil {
		return 0, fmt.Errorf("select searches of job watches: %w", err)
	}
	for _, s := range searches {
		w.known = s.id
		c, err := decodeCriteria(s.version, s.criteria)
		if err != nil {
			w.faulty = append(w.faulty, s.id)
			continue
		}
		query, _, err := w.analyser.Compile(c)
		if err != nil {
			w.faulty = append(w.faulty, s.id)
			continue
		}
		w.set.Add(s.id, query)
	}
	return len(searches), nil
}

// kept is a search as it is kept.
type kept struct {
	id       int64
	version  int
	criteria []byte
}
