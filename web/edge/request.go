package edge

import (
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
)

const requestIDHeader = "X-Request-Id"

// RequestID gives each request an ID that the answer, its error page and the
// log carry. IDs from outside are not taken over.
func (e *Edge) RequestID(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		binary.BigEndian.PutUint64(raw[:], rand.Uint64()) //nolint:gosec // not a secret
		w.Header()[requestIDHeader] = []string{hex.EncodeToString(raw[:])}
		h.ServeHTTP(w, r)
	})
}

func requestID(w http.ResponseWriter) string {
	if id := w.Header()[requestIDHeader]; len(id) > 0 {
		return id[0]
	}
	return ""
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter

	status int
	bytes  int
}

//nolint:gochecknoglobals // a pool has no state that anybody could see
var recorders = sync.Pool{New: func() any { return new(recorder) }}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(b)
	rec.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// AccessLog writes one line for each request: never the address asked for,
// which may hold words of a person, but the pattern of its route.
func (e *Edge) AccessLog(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()                //nolint:forbidigo // measures, decides nothing
		rec := recorders.Get().(*recorder) //nolint:forcetypeassert // the pool holds nothing else
		*rec = recorder{ResponseWriter: w}
		h.ServeHTTP(rec, r)
		pattern := ""
		if c := chi.RouteContext(r.Context()); c != nil {
			pattern = c.RoutePattern()
		}
		e.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("request_id", requestID(w)),
			slog.String("ip", e.client(r).String()),
			slog.String("method", r.Method),
			slog.String("route", pattern),
			slog.Int("status", rec.status),
			slog.Int("bytes", rec.bytes),
			slog.Int64("us", time.Since(start).Microseconds()))
		rec.ResponseWriter = nil
		recorders.Put(rec)
	})
}

// Recover turns a panic into an error page, or breaks the connection when the
// answer has begun.
func (e *Edge) Recover(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
				panic(p)
			}
			e.Log.ErrorContext(r.Context(), "panic", "request_id", requestID(w), "panic", p, "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler)
			}
			e.Refuse(w, r, http.StatusInternalServerError)
		}()
		h.ServeHTTP(w, r)
	})
}

// client returns the reader's address. X-Forwarded-For counts only where a
// trusted proxy wrote it: the last address in it that is no such proxy.
func (e *Edge) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !e.trusted(addr) {
		return addr
	}
	forwarded := r.Header["X-Forwarded-For"]
	for i := len(forwarded) - 1; i >= 0; i-- {
		for _, hop := range backwards(forwarded[i]) {
			next, err := netip.ParseAddr(hop)
			if err != nil {
				return addr
			}
			addr = next.Unmap()
			if !e.trusted(addr) {
				return addr
			}
		}
	}
	return addr
}

func (e *Edge) trusted(addr netip.Addr) bool {
	for _, p := range e.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
