package searchbench_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/index"
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

// watchLimits are the CPU seconds that newPostings may take, by watches, in a
// process that runs: its index has taken the postings in and analysed their
// words.
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
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the portal has it
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	documents := analysed(b, a, 1000+2*newPostings)
	sample, first, last := documents[:1000], documents[1000:][:newPostings], documents[1000+newPostings:]
	db := newRelations(b, a.Words(), last)
	for b.Loop() {
		var table strings.Builder
		fmt.Fprintf(&table, "\nmatching 1, 100 and %d postings, CPU-s of the process\n%9s %9s %8s %8s %11s %8s %8s %10s %6s\n", newPostings,
			"watches", "different", "1", "100", "after start", "new", "again", "matches", "build")
		for _, n := range []int{10_000, 100_000, 1_000_000} {
			w := newWatched(b, n)
			w.match(sample, nil)
			w.set.Settle()
			one, hundred := w.match(first[:1], nil), w.match(first[1:101], nil)
			cold := w.match(first, nil)
			indexed := w.index(last)
			pairs := 0
			spent := w.match(last, func(id int64, places []int) { pairs += len(places) * w.held[id-1] })
			again := w.match(last, func(int64, []int) {})
			fmt.Fprintf(&table, "%9d %9d %8.4f %8.4f %11.3f %8.3f %8.3f %10d %6.2f\n", n, w.set.Len(), one.Seconds(), hundred.Seconds(),
				cold.Seconds(), spent.Seconds(), again.Seconds(), pairs, w.built.Seconds())
			if limit := watchLimits[n]; limit != 0 && spent > limit {
				b.Errorf("%d watches: %v, more than %v", n, spent, limit)
			}
			fmt.Fprintf(&table, "%9s (the index took %.2f CPU-s to take the new postings in, their words' analysis included)\n", "", indexed.Seconds())
			db.compare(b, &table, w, last, again)
			memory := heap()
			w.set = nil
			memory -= heap()
			fmt.Fprintf(&table, "%9s the matcher keeps %d MB\n", "", memory>>20)
			if memory > mostMemory {
				b.Errorf("%d watches: %d MB, more than %d", n, memory>>20, mostMemory>>20)
			}
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
	analyser *search.Analyser
	set      *matcher.Set
	held     []int // how many watches each search has
	built    time.Duration
	// conditions are the different ones as Postgres reads them, and lists those
	// of each search.
	conditions []string
	lists      [][]int32
}

func newWatched(b *testing.B, n int) *watched {
	b.Helper()
	// As after a start: no word has been analysed yet.
	w := &watched{analyser: search.NewAnalyser(finnishtest.Open(b), nil)}
	unique, known := map[string]int{}, map[string]int32{}
	var searches []search.Criteria
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
		searches = append(searches, c)
		w.lists = append(w.lists, w.translate(known, w.compile(b, c)))
	}
	clear(unique)
	clear(known)
	w.set = matcher.New(w.analyser)
	begun := processTime()
	for i, c := range searches {
		w.set.Add(int64(i+1), w.compile(b, c))
	}
	w.built = processTime() - begun
	return w
}

func (w *watched) compile(b *testing.B, c search.Criteria) search.Query {
	b.Helper()
	q, _, err := w.analyser.Compile(c)
	if err != nil {
		b.Fatal(err)
	}
	return q
}

// translate numbers the conditions of a search.
func (w *watched) translate(known map[string]int32, q search.Query) []int32 {
	var list []int32
	for _, c := range q.Clauses {
		text := tsquery(c.Node)
		at, ok := known[text]
		if !ok {
			at = int32(len(w.conditions))
			known[text] = at
			w.conditions = append(w.conditions, text)
		}
		if !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	return list
}

// index has an index of the same process take documents in.
func (w *watched) index(documents []*document.Document) time.Duration {
	ix := index.New(w.analyser, now)
	var changes []index.Change
	for i, d := range documents {
		changes = append(changes, index.Change{ID: int64(i + 1), Document: d.Append(nil)})
	}
	begun := processTime()
	ix.Apply(changes, int64(len(changes)))
	return processTime() - begun
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
