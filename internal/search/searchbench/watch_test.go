package searchbench_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// cpu is the processor time that the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkWatch matches new postings against the searches of many job watches:
// the mix of searches without those that ask for nothing, equal ones once.
func BenchmarkWatch(b *testing.B) {
	a := search.NewAnalyser(finnishtest.Open(b), nil)
	const postings = 5000
	documents := make([]*document.Document, postings)
	for i := range documents {
		d := a.Document(posting(i))
		decoded, err := document.Decode(d.Append(nil))
		if err != nil {
			b.Fatal(err)
		}
		documents[i] = decoded
	}
	for _, watches := range []struct {
		name string
		n    int
	}{{"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(watches.name, func(b *testing.B) { benchWatch(b, a, documents, watches.n) })
	}
}

func benchWatch(b *testing.B, a *search.Analyser, documents []*document.Document, watches int) {
	b.Helper()
	before := heap()
	unique := map[string]int{}
	set := matcher.New(a)
	var held []int // how many watches each search has
	built := cpu(b)
	for _, q := range mix(watches * 100 / 88) {
		c := q.criteria
		c.Since = time.Time{}
		if c.Empty() {
			continue
		}
		key := c.Values().Encode()
		if at, ok := unique[key]; ok {
			held[at]++
			continue
		}
		unique[key] = len(held)
		held = append(held, 1)
		compiled, _, err := a.Compile(c)
		if err != nil {
			b.Fatal(err)
		}
		set.Add(int64(len(held)), compiled)
	}
	built = cpu(b) - built
	clear(unique)
	set.Match(documents[:1000], func(int64, []int) {})
	set.Settle()
	memory := heap() - before
	for b.Loop() {
		for _, n := range []int{1, 100, len(documents)} {
			matches, pairs := 0, 0
			start := cpu(b)
			for from := 0; from < n; from += 500 { // as windows of the change sequence come
				set.Match(documents[from:min(from+500, n)], func(id int64, found []int) {
					matches += len(found)
					pairs += len(found) * held[id-1]
				})
			}
			spent := cpu(b) - start
			b.Logf("%d watches (%d different), %d postings: %.4f CPU-s, %d matches of searches, %d of watches", watches, set.Len(), n, spent.Seconds(), matches, pairs)
			if n == len(documents) {
				b.ReportMetric(spent.Seconds(), "CPU-s")
			}
		}
	}
	b.ReportMetric(float64(memory)/(1<<20), "MB")
	b.ReportMetric(built.Seconds(), "build-CPU-s")
	runtime.KeepAlive(held)
}
