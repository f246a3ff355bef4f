package index

// A Loader fills an empty index with many documents, several times faster than
// Apply would. Nothing is found before Finish.
type Loader struct {
	ix   *Index
	bulk bulk
	bad  int
}

// Load returns a loader of the index, which must have had no changes yet. What
// an earlier loader left behind without Finish is forgotten. No other method
// that changes the index may be called before Finish.
func (ix *Index) Load() *Loader {
	ix.writer.Lock()
	defer ix.writer.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.corpus = newCorpus()
	return &Loader{ix: ix}
}

// Add adds open postings.
func (l *Loader) Add(changes []Change) {
	l.ix.writer.Lock()
	defer l.ix.writer.Unlock()
	l.bad += l.ix.applyBatch(changes, l.ix.now().UnixMicro(), &l.bulk)
	if l.bulk.full() {
		l.flush()
	}
}

func (l *Loader) flush() {
	l.ix.mu.Lock()
	defer l.ix.mu.Unlock()
	l.ix.corpus.vocabulary.addBulk(&l.bulk)
}

// Finish makes the postings findable. seq is the place in the change sequence
// that the index is at. Documents that could not be read are counted in bad.
func (l *Loader) Finish(seq int64) (bad int) {
	l.ix.writer.Lock()
	defer l.ix.writer.Unlock()
	l.flush()
	l.ix.mu.Lock()
	l.ix.seq = max(l.ix.seq, seq)
	l.ix.mu.Unlock()
	return l.bad
}
