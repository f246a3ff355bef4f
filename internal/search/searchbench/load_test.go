package searchbench_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
)

// loadSize is how many postings are read back.
const loadSize = 20_000

// BenchmarkLoad measures what a start of the portal waits for: the dictionary,
// the names, and the index of 20,000 postings from the database.
func BenchmarkLoad(b *testing.B) {
	ctx := context.Background()
	db := pgtest.New(b)
	db.Now = now
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	documents := &store.Documents{Analyser: a}
	postings := jobposting.NewPostings(db)
	postings.OnChange = documents.Write
	stored := time.Now()
	for start := 0; start < loadSize; start += jobposting.BatchSize {
		var incoming []jobposting.Incoming
		for i := start; i < min(start+jobposting.BatchSize, loadSize); i++ {
			p := posting(i)
			incoming = append(incoming, jobposting.Incoming{
				ExternalID: p.ExternalID, Content: p.Content, CreatedAt: p.CreatedAt,
				ModifiedAt: p.ModifiedAt, PublishedAt: p.PublishedAt, ExpiresAt: p.ExpiresAt,
			})
		}
		if _, err := postings.Receive(ctx, audit.Ref{Kind: "system", ID: "bench"}, jobposting.SourceTE, incoming); err != nil {
			b.Fatal(err)
		}
	}
	storing := time.Since(stored)
	follower := func(a *search.Analyser) *store.Follower {
		return &store.Follower{DB: db, Index: index.New(a, now), Analyser: a, Log: slog.New(slog.DiscardHandler)}
	}
	// The first start has no lexicon yet.
	cold := time.Now()
	first := follower(a)
	if err := first.Load(ctx); err != nil {
		b.Fatal(err)
	}
	coldLoad := time.Since(cold)
	if err := first.Step(ctx); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(ctx, "VACUUM search_document"); err != nil {
		b.Fatal(err)
	}
	var names, load, cpu time.Duration
	for b.Loop() {
		spent := processTime()
		begun := time.Now()
		dictionary, err := finnish.Open(finnishtest.Path(b))
		if err != nil {
			b.Fatal(err)
		}
		fresh := search.NewAnalyser(dictionary, nil)
		names += time.Since(begun)
		begun = time.Now()
		f := follower(fresh)
		if err := f.Load(ctx); err != nil {
			b.Fatal(err)
		}
		load += time.Since(begun)
		cpu += processTime() - spent
		if n := f.Index.Statistics().Open; n < loadSize*9/10 {
			b.Fatalf("%d postings", n)
		}
	}
	n := time.Duration(b.N)
	fmt.Fprintf(os.Stderr, "\n%d postings: dictionary and names %.0f ms, index %.0f ms, both %.0f ms on CPU (first start, without lexicon: %.0f ms); stored at %.0f postings/s, wall\n",
		loadSize, ms(names/n), ms(load/n), ms(cpu/n), ms(coldLoad), loadSize/storing.Seconds())
}
