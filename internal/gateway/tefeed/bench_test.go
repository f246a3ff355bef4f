package tefeed_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/tesim"
	"tyomarkkinatori.fi/portal/internal/finnish/finnishtest"
	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/store"
)

// BenchmarkFeed loads realistic postings, reads them with a change in each, and
// reads them again unchanged, with their search documents. It reports what one
// record takes on the wall, where the work of the database is in it, and of this
// process's own time; and how many unchanged records take as long as a changed
// one.
func BenchmarkFeed(b *testing.B) {
	const size = 6000
	snapshot := snapshotOf(b, size)
	n := bytes.Count(snapshot, []byte("\n"))
	te := newTESystem(b, lines())
	h := newHarness(b, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Nanosecond })
	h.postings.OnChange = (&store.Documents{Analyser: search.NewAnalyser(finnishtest.Open(b), nil)}).Write

	measure := func(name string, answer []byte, want func(tefeed.Report) int) (perRecord float64) {
		te.answers(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength < 40 { // the others ask for changes since some time
				_, _ = w.Write(answer)
			}
		})
		h.now = h.now.Add(time.Second)
		runtime.GC() // of what the benchmark itself left
		start, cpu := time.Now(), cpuTime(b)
		if r := h.sync(b); want(r) != n {
			b.Fatalf("%s: %+v, want %d", name, r, n)
		}
		perRecord = float64(time.Since(start).Nanoseconds()) / float64(n)
		b.ReportMetric(perRecord, name+"-ns/record")
		b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(n), name+"-cpu-ns/record")
		return perRecord
	}
	measure("new", snapshot, func(r tefeed.Report) int { return r.Stored.New })
	var changed, unchanged float64
	for i := range b.N {
		answer := bytes.ReplaceAll(snapshot, []byte(`"owner":{`), fmt.Appendf(nil, `"owner":{"homepage":"https://%d.example.invalid",`, i))
		changed += measure("changed", answer, func(r tefeed.Report) int { return r.Stored.Changed })
		unchanged += measure("unchanged", answer, func(r tefeed.Report) int { return r.Stored.Unchanged })
	}
	b.ReportMetric(changed/unchanged, "changed/unchanged")
}

// snapshotOf returns what the simulated TE system publishes.
func snapshotOf(tb testing.TB, postings int) []byte {
	tb.Helper()
	system := tesim.New(tesim.Options{Seed: 3, Postings: postings, Key: "key", Clock: func() time.Time { return pgtest.Now }})
	r := httptest.NewRequest(http.MethodPost, "/kipa/p67/v2/jobpostings", strings.NewReader(`{"onlyStatus":"PUBLISHED"}`))
	r.Header.Set("KIPA-Subscription-Key", "key")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	system.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		tb.Fatalf("snapshot: %d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
