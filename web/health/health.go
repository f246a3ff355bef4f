// Package health tells whoever runs the portal whether it lives and whether it
// can serve. It tells strangers no more than that.
package health

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"tyomarkkinatori.fi/portal/web/route"
)

// checkTimeout bounds all checks of one answer.
const checkTimeout = 2 * time.Second

// Check reports why the portal cannot serve, or nil.
type Check struct {
	// Name is for the log.
	Name string
	Func func(ctx context.Context) error
}

// Routes registers /health/live and /health/ready.
func Routes(m *route.Mux, log *slog.Logger, checks []Check) {
	class := route.Class{Audience: route.Operator, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RateFree}
	m.Handle(http.MethodGet, "/health/live", class, func(w http.ResponseWriter, _ *http.Request) error {
		answer(w, http.StatusOK, "alive\n")
		return nil
	})
	// Only a fall from ready is news: a portal that starts is not ready yet, and
	// whoever waits for it asks often.
	var wasReady atomic.Bool
	m.Handle(http.MethodGet, "/health/ready", class, func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		for _, c := range checks {
			if err := c.Func(ctx); err != nil {
				if wasReady.Swap(false) {
					log.ErrorContext(ctx, "no longer ready", "check", c.Name, "error", err)
				}
				answer(w, http.StatusServiceUnavailable, "not ready\n")
				return nil
			}
		}
		wasReady.Store(true)
		answer(w, http.StatusOK, "ready\n")
		return nil
	})
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
