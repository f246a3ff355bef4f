package edge

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"tyomarkkinatori.fi/portal/web/route"
)

// probeTimeout is the time that a request has while the database is away: less
// than others, since everybody else is refused meanwhile.
const probeTimeout = time.Second

// breaker knows whether the database is away. From the first request that finds
// no database until one that finds it again, requests go one at a time and the
// others are refused at once: waiting would not bring them a page either.
type breaker struct{ away, probing atomic.Bool }

// trip notes that a request has found no database.
func (b *breaker) trip() { b.away.Store(true) }

// refusing tells that the next request would be refused.
func (b *breaker) refusing() bool { return b.away.Load() && b.probing.Load() }

// needsDatabase tells which routes the breaker guards.
func needsDatabase(c route.Class) bool {
	return c.Cache == route.CacheData || c.CSRF == route.Form || !c.Open()
}

// protect puts the breaker before h.
func (e *Edge) protect(h http.Handler) http.Handler {
	b := &e.breaker
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.away.Load() {
			if !b.probing.CompareAndSwap(false, true) {
				e.respond.Error(w, r, busy())
				return
			}
			defer b.probing.Store(false)
			ctx, cancel := context.WithTimeout(r.Context(), probeTimeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		seen := &witness{ResponseWriter: w}
		h.ServeHTTP(seen, r)
		if seen.status == http.StatusOK {
			// Only a page that was made has been to the database for certain.
			b.away.Store(false)
		}
	})
}

// witness remembers the status of an answer.
type witness struct {
	http.ResponseWriter

	status int
}

func (w *witness) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
