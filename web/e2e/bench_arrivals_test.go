package e2e_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// arrivals are the times that pages have taken.
type arrivals struct {
	mu    sync.Mutex
	took  []time.Duration
	wrong int
}

// arrive has people ask the portal for pages at a steady rate, whatever its
// answers take, until ctx ends: a page is timed from when it should have been
// asked for.
func (s *site) arrive(ctx context.Context, perSecond int, paths []string) *arrivals {
	a := &arrivals{}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	gap := time.Second / time.Duration(perSecond)
	var under sync.WaitGroup
	next := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		time.Sleep(time.Until(next))
		due := next
		next = next.Add(gap)
		under.Go(func() {
			res, err := client.Get(s.url + paths[i%len(paths)])
			ok := err == nil && res.StatusCode == http.StatusOK
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			a.took = append(a.took, time.Since(due))
			if !ok || err != nil {
				a.wrong++
			}
		})
	}
	under.Wait()
	return a
}

// add takes the times of another spell in.
func (a *arrivals) add(o *arrivals) {
	a.took = append(a.took, o.took...)
	a.wrong += o.wrong
}

// at is the time within which p of 100 pages came.
func (a *arrivals) at(p float64) time.Duration {
	if len(a.took) == 0 {
		return 0
	}
	slices.Sort(a.took)
	return a.took[min(int(float64(len(a.took))*p/100), len(a.took)-1)]
}

// during arrives for as long as work takes.
func (s *site) during(b *testing.B, perSecond int, paths []string, work func()) *arrivals {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan *arrivals)
	go func() { done <- s.arrive(ctx, perSecond, paths) }()
	work()
	cancel()
	a := <-done
	if a.wrong > 0 {
		b.Errorf("%d of %d pages were not as they should be", a.wrong, len(a.took))
	}
	return a
}
