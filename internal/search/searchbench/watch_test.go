package searchbench_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/searchbench"
)

const (
	// newPostings is how many postings are matched at a time, and window in how
	// many pieces, as windows of the change sequence come.
	newPostings = 5000
	window      = 500
	// mostMemory is what the matcher may keep with the most watches.
	mostMemory = 128 << 20
)

// watchLimits are the CPU seconds that newPostings may take, by watches. The
// last batch counts: a portal that runs has seen most words before.
var watchLimits = map[int]time.Duration{100_000: 500 * time.Millisecond, 1_000_000: 3 * time.Second}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkWatch matches new postings against the searches of many job watches:
// the mix of searches without those that ask for nothing, equal ones once. The
// database does the same with plain SQL, and must find the same.
func BenchmarkWatch(b *testing.B) {
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	documents := analysed(b, a, 1000+3*newPostings)
	db := newRelations(b, a.Words(), documents[len(documents)-newPostings:])
	for b.Loop() {
		var table strings.Builder
		fmt.Fprintf(&table, "\n%9s %9s %8s %10s %10s %10s %10s %12s %6s %10s\n", "watches", "different", "1: CPU-s", "100: CPU-s",
			"5000 first", "5000 next", "5000 last", "matches", "MB", "build CPU-s")
		for _, n := range []int{10_000, 100_000, 1_000_000} {
			w := newWatched(b, n)
			w.match(documents[:1000], nil)
			w.set.Settle()
			one, hundred := w.match(documents[1000:1001], nil), w.match(documents[1001:1101], nil)
			var batch [3]time.Duration
			for i := range batch[:2] {
				batch[i] = w.match(documents[1000+i*newPostings:][:newPostings], nil)
			}
			// All is the same but for what is kept for the comparison.
			last := documents[len(documents)-newPostings:]
			pairs := 0
			batch[2] = w.match(last, func(id int64, places []int) { pairs += len(places) * w.held[id-1] })
			memory := heap() - w.before
			fmt.Fprintf(&table, "%9d %9d %8.4f %10.4f %10.3f %10.3f %10.3f %12d %6d %10.2f\n", n, w.set.Len(), one.Seconds(), hundred.Seconds(),
				batch[0].Seconds(), batch[1].Seconds(), batch[2].Seconds(), pairs, memory>>20, w.built.Seconds())
			if limit := watchLimits[n]; limit != 0 && batch[2] > limit {
				b.Errorf("%d watches: %v, more than %v", n, batch[2], limit)
			}
			if memory > mostMemory {
				b.Errorf("%d watches: %d MB, more than %d", n, memory>>20, mostMemory>>20)
			}
			db.compare(b, &table, w, last, batch[2])
			runtime.KeepAlive(w)
		}
		fmt.Fprint(os.Stderr, table.String())
	}
}

// analysed returns postings as the portal keeps them for its search.
func analysed(b *testing.B, a *search.Analyser, n int) []*document.Document {
	b.Helper()
	documents := make([]*document.Document, n)
	for i := range documents {
		d := a.Document(posting(i))
		decoded, err := document.Decode(d.Append(nil))
		if err != nil {
			b.Fatal(err)
		}
		documents[i] = decoded
	}
	return documents
}

// watched are watches in a matcher.
type watched struct {
	set     *matcher.Set
	queries []search.Query // by number, less 1
	held    []int          // how many watches each search has
	before  uint64         // heap without the matcher
	built   time.Duration
}

func newWatched(b *testing.B, n int) *watched {
	b.Helper()
	// As after a start: no word has been analysed yet.
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	w := &watched{}
	unique := map[string]int{}
	for left, i, all := n, 0, searchbench.Mix(n*5/4); left > 0; i++ {
		c := all[i].Criteria
		c.Since = time.Time{}
		if c.Empty() {
			continue
		}
		left--
		key := c.Values().Encode()
		if at, ok := unique[key]; ok {
			w.held[at]++
			continue
		}
		unique[key] = len(w.held)
		w.held = append(w.held, 1)
		q, _, err := a.Compile(c)
		if err != nil {
			b.Fatal(err)
		}
		w.queries = append(w.queries, q)
	}
	clear(unique)
	w.before = heap()
	w.set = matcher.New(a)
	begun := processTime()
	for i, q := range w.queries {
		w.set.Add(int64(i+1), q)
	}
	w.built = processTime() - begun
	return w
}

// match matches documents in windows and returns the processor time it took.
// found, unless it is nil, is told where in the documents each search has found
// something.
func (w *watched) match(documents []*document.Document, found func(id int64, places []int)) time.Duration {
	begun := processTime()
	for from := 0; from < len(documents); from += window {
		w.set.Match(documents[from:min(from+window, len(documents))], func(id int64, places []int) {
			if found != nil {
				for i := range places {
					places[i] += from
				}
				found(id, places)
			}
		})
	}
	return processTime() - begun
}
