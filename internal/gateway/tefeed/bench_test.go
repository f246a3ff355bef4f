package tefeed_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
)

// BenchmarkFeed loads postings of a usual length, reads them again unchanged,
// and reads them with a change in each, without search documents. It reports
// the time of one record in this process and on the wall.
func BenchmarkFeed(b *testing.B) {
	const size = 4000
	body := strings.Repeat("Haemme osaavaa ja innostunutta tekijää joukkoomme. ", 60)
	batch := func(title string, minutesAgo int) []string {
		list := make([]string, size)
		for i := range list {
			list[i] = replace(b, p67Line(fmt.Sprintf("%05d", i), minutesAgo, title), "Leivotaan.", body)
		}
		return list
	}
	te := newTESystem(b, lines())
	h := newHarness(b, te, tefeed.KindP67, func(c *tefeed.Config) { c.SnapshotEvery = time.Nanosecond })
	measure := func(name string, snapshot []string, want func(tefeed.Report) int) {
		// Ready to send, so that little of the time is this server's.
		answer := []byte(strings.Join(snapshot, "\n"))
		te.answers(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength < 40 { // the others ask for changes since some time
				_, _ = w.Write(answer)
			}
		})
		h.now = h.now.Add(time.Minute)
		start, cpu := time.Now(), cpuTime(b)
		r := h.sync(b)
		if want(r) != size {
			b.Fatalf("%s: %+v", name, r)
		}
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/size, name+"-ns/record")
		b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/size, name+"-cpu-ns/record")
	}
	for n := range b.N {
		title := fmt.Sprintf("Leipuri %d", n)
		if n == 0 {
			measure("new", batch(title, 60), func(r tefeed.Report) int { return r.Stored.New })
		}
		measure("changed", batch(title+" x", 50), func(r tefeed.Report) int { return r.Stored.Changed })
		measure("unchanged", batch(title+" x", 50), func(r tefeed.Report) int { return r.Stored.Unchanged })
	}
}

func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
