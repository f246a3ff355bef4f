// Package index is the search engine inside the process: every open posting's
// words and codes in memory, as sets of postings. It knows nothing of the
// database; whoever feeds it calls Apply with what changed.
package index

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/internal/search"
)

// An Index finds postings. It is safe for concurrent use: searches run side by
// side, and changes come between them.
type Index struct {
	analyser *search.Analyser
	now      func() time.Time

	writer sync.Mutex // one change at a time; held before mu
	mu     sync.RWMutex
	corpus *corpus
	seq    int64
	stale  int

	evaluations sync.Pool
	speller     speller
}

// New returns an empty index for documents and queries of the analyser.
func New(analyser *search.Analyser, now func() time.Time) *Index {
	ix := &Index{analyser: analyser, now: now, corpus: newCorpus()}
	ix.evaluations.New = func() any { return &evaluation{} }
	return ix
}

// A Change says what there is of a posting now.
type Change struct {
	ID int64
	// Document is the posting's document in its binary form, nil when the
	// posting is not to be found any more.
	Document []byte
}

// batch is how many changes are made without letting searches in between.
const batch = 64

// Apply makes changes, in order. seq is the place in the change sequence that
// the index is at afterwards. Documents that cannot be read are left out and
// counted in bad.
func (ix *Index) Apply(changes []Change, seq int64) (bad int) {
	ix.writer.Lock()
	defer ix.writer.Unlock()
	now := ix.now().UnixMicro()
	for start := 0; start < len(changes); start += batch {
		bad += ix.applyBatch(changes[start:min(start+batch, len(changes))], now, nil)
	}
	ix.mu.Lock()
	ix.seq = max(ix.seq, seq)
	ix.mu.Unlock()
	ix.compact()
	return bad
}

func (ix *Index) applyBatch(changes []Change, now int64, b *bulk) (bad int) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	c := ix.corpus
	lexemes := ix.analyser.Words().Compute
	if b == nil {
		// Job watches will ask for the words of new postings too.
		lexemes = ix.analyser.Words().Lexemes
	}
	for _, change := range changes {
		if change.Document == nil {
			c.remove(change.ID)
			continue
		}
		if err := c.add(change.ID, change.Document, lexemes, b); err != nil {
			bad++
			continue
		}
		if c.expires[len(c.expires)-1] <= now {
			c.remove(change.ID)
		}
	}
	return bad
}

// compact runs with the writer's lock alone, so that searches go on.
func (ix *Index) compact() {
	if !ix.corpus.wasteful() {
		return
	}
	fresh := ix.corpus.compacted()
	ix.mu.Lock()
	ix.corpus = fresh
	ix.mu.Unlock()
}

// Expire takes out the postings whose deadline has passed and returns how many
// there were.
func (ix *Index) Expire() int {
	ix.writer.Lock()
	defer ix.writer.Unlock()
	now := ix.now().UnixMicro()
	c := ix.corpus
	var due []int64
	for slot := range c.alive.all {
		if c.expires[slot] <= now {
			due = append(due, c.ids[slot])
		}
	}
	if len(due) == 0 {
		return 0
	}
	ix.mu.Lock()
	for _, id := range due {
		c.remove(id)
	}
	ix.mu.Unlock()
	ix.compact()
	return len(due)
}

// SetStale tells how many of the documents are of another version of the
// analyser and will be replaced.
func (ix *Index) SetStale(n int) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.stale = n
}

// Seq returns the place in the change sequence that the index is at.
func (ix *Index) Seq() int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.seq
}

// Version tells which data the index holds: of two indexes with equal versions,
// in this process or another, every search gives the same.
func (ix *Index) Version() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.version()
}

func (ix *Index) version() uint64 {
	h := fnv.New64a()
	// Postings only ever expire between two places of the sequence, so that
	// how many are left tells which ones.
	_, _ = fmt.Fprint(h, ix.analyser.Version(), " ", ix.seq, " ", ix.corpus.live, " ", ix.stale)
	return h.Sum64()
}

// maxLimit is the most postings that a page can hold.
const maxLimit = 100

// Search implements search.Searcher. Counts and facets are always exact.
func (ix *Index) Search(ctx context.Context, q search.Query, r search.Request) (search.Result, error) {
	order, at, err := orderOf(q, r)
	if err != nil {
		return search.Result{}, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return search.Result{}, fmt.Errorf("search: %w", err)
	}
	e := ix.evaluation()
	defer ix.evaluations.Put(e)
	m := e.match(q)
	defer e.done(m)

	var result search.Result
	t := e.tiers(m.all, q, order)
	ix.corpus.page(&result, m.all, ix.corpus.ranker(order, t), at, order, min(max(r.Limit, 0), maxLimit))
	t.done(e)
	result.CountExact, result.FacetsExact = true, true
	result.Version = ix.version()
	if r.Facets {
		result.Facets = e.facets(m, len(q.Clauses) == 0)
	}
	if r.Repairs {
		ix.repair(e, q, r.Criteria, &result)
	}
	return result, nil
}

func (ix *Index) evaluation() *evaluation {
	e, ok := ix.evaluations.Get().(*evaluation)
	if !ok {
		e = &evaluation{}
	}
	e.begin(ix.corpus)
	return e
}

// orderOf returns the order that a request asks for, and its cursor if any.
func orderOf(q search.Query, r search.Request) (search.Sort, *cursor, error) {
	ranks := false
	for _, c := range q.Clauses {
		ranks = ranks || c.Ranks
	}
	order := r.Sort
	switch {
	case order == "" && ranks:
		order = search.SortRelevance
	case order == "":
		order = search.SortNewest
	}
	if r.Cursor == "" {
		return order, nil, nil
	}
	at, err := parseCursor(r.Cursor, order)
	if err != nil {
		return "", nil, err
	}
	return order, &at, nil
}
