package postings_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
)

// searcher is the index of the postings in a test's database.
type searcher struct {
	*index.Index

	db       *postgres.DB
	analyser *search.Analyser
}

// refresh brings the index up to the database.
func (s searcher) refresh(tb testing.TB) {
	tb.Helper()
	changes, err := jobposting.ChangesAfter(tb.Context(), s.db, s.Seq(), 10_000)
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range changes {
		p, err := jobposting.ByID(tb.Context(), s.db, c.PostingID)
		if err != nil {
			tb.Fatal(err)
		}
		change := index.Change{ID: c.PostingID}
		if p.Status == jobposting.StatusOpen {
			d := s.analyser.Document(&p)
			change.Document = d.Append(nil)
		}
		if bad := s.Apply([]index.Change{change}, c.Seq); bad != 0 {
			tb.Fatalf("posting %d cannot be indexed", p.ID)
		}
	}
}
