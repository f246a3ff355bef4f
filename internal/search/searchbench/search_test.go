package searchbench_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/searchbench"
)

var (
	sizes  = flag.String("sizes", "35000,100000,1000000", "numbers of postings to measure at, rising")
	rounds = flag.Int("rounds", 3, "how often the mix is searched at each size")
)

// mixSize is how many different searches the mix has.
const mixSize = 300

// limits are the on-CPU p95 that a whole search may take, by postings, and
// anySearch what no single one may take.
var limits = map[int]time.Duration{
	35_000:    10 * time.Millisecond,
	100_000:   25 * time.Millisecond,
	1_000_000: 100 * time.Millisecond,
}

const anySearch = 2 * time.Second

// BenchmarkSearch fills one index to each size in turn and searches the mix
// there. Run it with -benchtime 1x.
func BenchmarkSearch(b *testing.B) {
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	queries := searchbench.Mix(mixSize)
	for b.Loop() {
		ix := index.New(a, now)
		filled := 0
		var table strings.Builder
		fmt.Fprintf(&table, "\n%9s %8s %8s %8s %8s %8s %9s %9s %9s %12s %12s\n", "postings", "p50 ms", "p95 ms", "p99 ms", "max ms",
			"cold p95", "wall p95", "heap MB", "RSS MB", "docs/CPU-s", "index/CPU-s")
		var details strings.Builder
		for text := range strings.SplitSeq(*sizes, ",") {
			size, err := strconv.Atoi(text)
			if err != nil {
				b.Fatal(err)
			}
			built := fill(a, ix, filled, size)
			filled = size
			cold := measure(b, a, ix, queries, 1)
			all := measure(b, a, ix, queries, *rounds)
			worst := measure(b, a, ix, hostile(), 1)
			heap, rss := memory()
			fmt.Fprintf(&table, "%9d %8.3f %8.3f %8.3f %8.3f %8.3f %9.3f %9d %9d %12.0f %12.0f\n", size,
				ms(all.cpu(50)), ms(all.cpu(95)), ms(all.cpu(99)), ms(all.cpu(100)), ms(cold.cpu(95)), ms(all.wall(95)), heap>>20, rss>>20,
				built.documents, built.indexed)
			details.WriteString(append(all, worst...).byKind(size))
			if limit, ok := limits[size]; ok && all.cpu(95) > limit {
				b.Errorf("%d postings: p95 is %v on CPU, more than %v", size, all.cpu(95), limit)
			}
			if max(cold.cpu(100), all.cpu(100), worst.cpu(100)) > anySearch {
				b.Errorf("%d postings: a search took more than %v", size, anySearch)
			}
		}
		fmt.Fprint(os.Stderr, table.String(), details.String())
	}
}

type buildRate struct{ documents, indexed float64 }

// fill adds postings from..to-1 to the index. Making a posting up is not
// counted; making a document of it and indexing that are.
func fill(a *search.Analyser, ix *index.Index, from, to int) buildRate {
	type made struct {
		changes []index.Change
		cpu     time.Duration
	}
	const chunk = 500
	starts := make(chan int)
	results := make(chan made, 4)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for start := range starts {
				m := made{}
				for i := start; i < min(start+chunk, to); i++ {
					p := posting(i)
					before := threadTime()
					d := a.Document(p)
					m.changes = append(m.changes, index.Change{ID: p.ID, Document: d.Append(nil)})
					m.cpu += threadTime() - before
				}
				results <- m
			}
		})
	}
	go func() {
		for start := from; start < to; start += chunk {
			starts <- start
		}
		close(starts)
		workers.Wait()
		close(results)
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var documents, indexed time.Duration
	for m := range results {
		documents += m.cpu
		before := threadTime()
		ix.Apply(m.changes, m.changes[len(m.changes)-1].ID)
		indexed += threadTime() - before
	}
	n := float64(to - from)
	return buildRate{n / documents.Seconds(), n / indexed.Seconds()}
}

// A sample is one search.
type sample struct {
	kind      string
	cpu, wall time.Duration
}

type samples []sample

// measure searches the mix as a page would: analysis, 20 postings, exact count
// and positions, every facet, advice where little is found.
func measure(b *testing.B, a *search.Analyser, ix *index.Index, queries []searchbench.Search, rounds int) samples {
	b.Helper()
	runtime.GC()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all samples
	for range rounds {
		for _, query := range queries {
			wall, cpu := time.Now(), threadTime()
			q, _, err := a.Compile(query.Criteria)
			if err != nil {
				b.Fatal(err)
			}
			r, err := ix.Search(context.Background(), q, search.Request{Criteria: query.Criteria, Limit: 20, Facets: true, Repairs: true})
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, sample{query.Kind, threadTime() - cpu, time.Since(wall)})
			if !r.CountExact || !r.FacetsExact {
				b.Fatal("counts are not exact")
			}
		}
	}
	return all
}

func (s samples) percentile(p int, of func(sample) time.Duration) time.Duration {
	times := make([]time.Duration, len(s))
	for i, one := range s {
		times[i] = of(one)
	}
	slices.Sort(times)
	return times[min(len(times)*p/100, len(times)-1)]
}

func (s samples) cpu(p int) time.Duration {
	return s.percentile(p, func(one sample) time.Duration { return one.cpu })
}

func (s samples) wall(p int) time.Duration {
	return s.percentile(p, func(one sample) time.Duration { return one.wall })
}

func (s samples) byKind(size int) string {
	groups := map[string]samples{}
	for _, one := range s {
		groups[one.kind] = append(groups[one.kind], one)
	}
	var kinds []string
	for kind := range groups {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Compare(groups[b].cpu(95), groups[a].cpu(95)) })
	var text strings.Builder
	fmt.Fprintf(&text, "\n%d postings, by kind of search: p50 / p95 / max, ms on CPU\n", size)
	for _, kind := range kinds {
		g := groups[kind]
		fmt.Fprintf(&text, "  %-22s %8.3f %8.3f %8.3f  (%d)\n", kind, ms(g.cpu(50)), ms(g.cpu(95)), ms(g.cpu(100)), len(g))
	}
	return text.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// threadTime returns the CPU time of the thread, which the caller must hold.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// processTime returns the CPU time of the whole process.
func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// memory returns what lives on the heap and what the process occupies.
func memory() (heap, rss uint64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return m.HeapAlloc, 0
	}
	pages, _ := strconv.ParseUint(strings.Fields(string(statm))[1], 10, 64)
	return m.HeapAlloc, pages * uint64(os.Getpagesize())
}
