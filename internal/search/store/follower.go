package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

// A Follower keeps an index like the database: Load once, then Run.
type Follower struct {
	DB       *postgres.DB
	Index    *index.Index
	Analyser *search.Analyser
	Log      *slog.Logger

	loaded atomic.Bool
	stale  map[int64]bool // open without a document of this version
	learnt int            // words of the index that the lexicon holds
}

// pollInterval is how often Run looks for changes.
const pollInterval = time.Second

// Loaded reports whether Load has been through.
func (f *Follower) Loaded() bool { return f.loaded.Load() }

// Run follows the change sequence, drops postings whose deadline has passed and
// keeps the lexicon, until ctx ends. A fault of the database is logged once
// until it passes. It calls Load first if that has not been done.
func (f *Follower) Run(ctx context.Context) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	failing := false
	for {
		err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			failing = true
			f.Log.ErrorContext(ctx, "search index cannot follow the database", "error", err.Error())
		case err == nil && failing:
			failing = false
			f.Log.InfoContext(ctx, "search index follows the database again")
		}
		f.Index.Expire()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (f *Follower) step(ctx context.Context) error {
	if !f.Loaded() {
		if err := f.Load(ctx); err != nil {
			return err
		}
	}
	return f.Step(ctx)
}

// changesAtOnce is how many postings Step reads in one go.
const changesAtOnce = 500

// Step brings the index up to the database as it is now.
func (f *Follower) Step(ctx context.Context) error {
	for {
		more, err := f.follow(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if err := f.refresh(ctx); err != nil {
		return err
	}
	return f.saveLexicon(ctx)
}

// follow applies the next changes and reports whether there are more. It reads
// on one snapshot, so that documents are never newer than the place that the
// index says it is at.
func (f *Follower) follow(ctx context.Context) (more bool, err error) {
	from := f.Index.Seq()
	last, err := jobposting.LastSeq(ctx, f.DB)
	if err != nil || last == from {
		return false, err
	}
	var changes []change
	err = f.DB.InReadTx(ctx, func(tx *postgres.Tx) error {
		list, err := jobposting.ChangesAfter(ctx, tx, from, changesAtOnce)
		if err != nil {
			return err
		}
		if more = len(list) == changesAtOnce; len(list) > 0 {
			last = list[len(list)-1].Seq
		}
		ids := make([]int64, 0, len(list))
		seen := make(map[int64]bool, len(list))
		for _, c := range list {
			if !seen[c.PostingID] {
				seen[c.PostingID] = true
				ids = append(ids, c.PostingID)
			}
		}
		changes, err = f.changes(ctx, tx, ids)
		return err
	})
	if err != nil {
		return false, err
	}
	all := make([]index.Change, 0, len(changes))
	for _, c := range changes {
		if c.Document != nil && c.stale {
			f.stale[c.ID] = true
		} else {
			delete(f.stale, c.ID)
		}
		all = append(all, c.Change)
	}
	f.apply(ctx, all, last)
	return more, nil
}

// A change is what there is of a posting now. A stale one has no document, or
// one of another version of the analyser.
type change struct {
	index.Change

	stale bool
}

const sqlSelectDocuments = `
SELECT w.id, coalesce(s.analyser, ''), s.document
  FROM unnest($1::bigint[]) AS w (id)
  LEFT JOIN search_document AS s ON s.posting_id = w.id`

// changes reads what there is of postings now.
func (f *Follower) changes(ctx context.Context, tx *postgres.Tx, ids []int64) ([]change, error) {
	rows, err := tx.Query(ctx, sqlSelectDocuments, ids)
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	current := f.Analyser.Version()
	changes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (change, error) {
		var c change
		var analyser string
		err := row.Scan(&c.ID, &analyser, &c.Document)
		c.stale = analyser != current
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("select search documents: %w", err)
	}
	return changes, nil
}

func (f *Follower) apply(ctx context.Context, changes []index.Change, seq int64) {
	f.Index.SetStale(len(f.stale))
	if bad := f.Index.Apply(changes, seq); bad > 0 {
		f.Log.ErrorContext(ctx, "search documents cannot be read", "documents", bad)
	}
}

// refresh takes over documents that have been analysed anew since they were
// read.
func (f *Follower) refresh(ctx context.Context) error {
	if len(f.stale) == 0 {
		return nil
	}
	ids := make([]int64, 0, changesAtOnce)
	for id := range f.stale {
		if ids = append(ids, id); len(ids) == cap(ids) {
			break
		}
	}
	var changes []change
	err := f.DB.InReadTx(ctx, func(tx *postgres.Tx) error {
		var err error
		changes, err = f.changes(ctx, tx, ids)
		return err
	})
	if err != nil {
		return err
	}
	var fresh []index.Change
	for _, c := range changes {
		if !c.stale {
			delete(f.stale, c.ID)
			fresh = append(fresh, c.Change)
		}
	}
	if len(fresh) > 0 {
		f.apply(ctx, fresh, 0)
	}
	return nil
}

const sqlSelectAllDocuments = `
SELECT posting_id, analyser, document
  FROM search_document`

// Bounds of what is handed over at once while loading.
const (
	loadRows  = 256
	loadBytes = 1 << 19
)

const sqlWaitForLoad = `SET LOCAL idle_in_transaction_session_timeout = 0`

// Load fills the empty index with every stored document, on one snapshot with
// the place in the change sequence.
func (f *Follower) Load(ctx context.Context) error {
	if f.Index.Seq() != 0 {
		return errors.New("load the search index: it is not empty")
	}
	f.stale = map[int64]bool{}
	loader := f.Index.Load()
	var last int64
	err := f.DB.InReadTx(ctx, func(tx *postgres.Tx) error {
		// Taking in what was read may be slow on a busy machine.
		if _, err := tx.Exec(ctx, sqlWaitForLoad); err != nil {
			return fmt.Errorf("lift the limit on idle transactions: %w", err)
		}
		var err error
		if last, err = jobposting.LastSeq(ctx, tx); err != nil {
			return err
		}
		if err := f.loadAll(ctx, tx, loader); err != nil {
			return err
		}
		return f.findMissing(ctx, tx)
	})
	if err != nil {
		return err
	}
	f.Index.SetStale(len(f.stale))
	if bad := loader.Finish(last); bad > 0 {
		f.Log.ErrorContext(ctx, "search documents cannot be read", "documents", bad)
	}
	f.loaded.Store(true)
	return nil
}

// loadAll reads on one core while the index takes in on another.
func (f *Follower) loadAll(ctx context.Context, tx *postgres.Tx, loader *index.Loader) error {
	rows, err := tx.Query(ctx, sqlSelectAllDocuments, pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.TextFormatCode, pgx.BinaryFormatCode})
	if err != nil {
		return fmt.Errorf("select search documents: %w", err)
	}
	defer rows.Close()
	batches := make(chan []index.Change, 128)
	taken := make(chan error)
	go func() {
		err := f.loadLexicon(ctx)
		for b := range batches {
			loader.Add(b)
		}
		taken <- err
	}()
	f.sendRows(rows, batches)
	close(batches)
	err = <-taken
	if rows.Err() != nil {
		return fmt.Errorf("select search documents: %w", rows.Err())
	}
	return err
}

const sqlSelectWithoutDocument = `
SELECT p.id
  FROM job_posting AS p
 WHERE p.status = 'open'
   AND NOT EXISTS (SELECT FROM search_document AS s WHERE s.posting_id = p.id)`

// findMissing marks the open postings that have no document at all.
func (f *Follower) findMissing(ctx context.Context, tx *postgres.Tx) error {
	rows, err := tx.Query(ctx, sqlSelectWithoutDocument)
	if err != nil {
		return fmt.Errorf("select postings without a search document: %w", err)
	}
	ids, err := collectIDs(rows)
	if err != nil {
		return fmt.Errorf("select postings without a search document: %w", err)
	}
	for _, id := range ids {
		f.stale[id] = true
	}
	return nil
}

// sendRows copies documents out of the driver's buffer, many into one piece of
// memory.
func (f *Follower) sendRows(rows pgx.Rows, batches chan<- []index.Change) {
	current := f.Analyser.Version()
	var b []index.Change
	var memory []byte
	for rows.Next() {
		raw := rows.RawValues()
		id, ok := int64Of(raw[0])
		if !ok {
			continue
		}
		if string(raw[1]) != current {
			f.stale[id] = true
		}
		if len(b) == loadRows || len(memory)+len(raw[2]) > cap(memory) {
			if len(b) > 0 {
				batches <- b
			}
			b = make([]index.Change, 0, loadRows)
			memory = make([]byte, 0, max(loadBytes, len(raw[2])))
		}
		at := len(memory)
		memory = append(memory, raw[2]...)
		b = append(b, index.Change{ID: id, Document: memory[at:len(memory):len(memory)]})
	}
	if len(b) > 0 {
		batches <- b
	}
}
