package edge

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// maxWait bounds the time in the queue, and so the time to a refusal.
	maxWait = 40 * time.Millisecond
	// queueFactor is how many may wait for each that is at work.
	queueFactor = 8
	retryAfter  = 2 * time.Second
)

// gate lets a fixed number of requests work at the same time and a few wait.
// Searches have a gate of their own, smaller than that of pages: under overload
// they go first, and health checks pass by all gates.
type gate struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
}

func newGate(size int) *gate {
	size = max(size, 1)
	return &gate{slots: make(chan struct{}, size), queue: int64(queueFactor * size)}
}

func (g *gate) enter(ctx context.Context) bool {
	select {
	case g.slots <- struct{}{}:
		return true
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > g.queue {
		return false
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return true
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
}

func (g *gate) leave() { <-g.slots }

// admit refuses at once what g has no room for: an early refusal keeps the
// service quick for those who are let in.
func (e *Edge) admit(g *gate, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter(r.Context()) {
			e.respond.Error(w, r, busy())
			return
		}
		defer g.leave()
		h.ServeHTTP(w, r)
	})
}
