// Package respond turns what a handler returns into an HTTP response: a page, a
// redirect, or the error page that its fault calls for.
package respond

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// requestID is the header that the edge gives every answer.
const requestID = "X-Request-Id"

// Func is a handler that may fail. It writes nothing before it fails.
type Func func(w http.ResponseWriter, r *http.Request) error

// ErrorPage makes the page for a status; ctx holds language and request ID.
type ErrorPage func(ctx context.Context, status int) templ.Component

// Edge adapts handlers to net/http.
type Edge struct {
	// ErrorPage must not fail for any status that Status returns.
	ErrorPage ErrorPage
	// Log receives the errors that nobody but us could have caused.
	Log *slog.Logger
	// Prepare returns the context to render an error page in, for requests that
	// fail before anything has chosen a language; nil takes the request's own.
	Prepare func(w http.ResponseWriter, r *http.Request) context.Context
	// Outage hears of errors that mean that the database does not answer; nil
	// hears nothing.
	Outage func()
}

// To adapts f: it answers an error with the error page its fault calls for.
func (e Edge) To(f Func) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			e.Error(w, r, err)
		}
	}
}

// Error answers err and logs it when it is a bug or an outage.
func (e Edge) Error(w http.ResponseWriter, r *http.Request, err error) {
	status := Status(err)
	if e.Outage != nil && isOutage(err) {
		e.Outage()
	}
	if status >= http.StatusInternalServerError {
		if busy, ok := errors.AsType[*fault.BusyError](err); ok {
			w.Header().Set("Retry-After", strconv.Itoa(int((busy.RetryAfter+time.Second-1)/time.Second)))
		} else {
			if status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "5")
			}
			e.Log.ErrorContext(r.Context(), "request failed", "request_id", w.Header().Get(requestID), "error", err, "status", status)
		}
	}
	e.Refuse(w, r, status)
}

// Refuse answers with the error page for status.
func (e Edge) Refuse(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	for _, name := range [...]string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	ctx := r.Context()
	if e.Prepare != nil {
		ctx = e.Prepare(w, r)
	}
	if r.Method == http.MethodPost {
		ctx = context.WithValue(ctx, formKey{}, form{formPage(r)})
	}
	// A request that has run out of time must still be told so.
	r = r.WithContext(context.WithoutCancel(ctx))
	if err := Page(w, r, status, e.ErrorPage(r.Context(), status)); err != nil {
		e.Log.ErrorContext(r.Context(), "render error page", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

type formKey struct{}

type form struct{ page string }

// OfForm tells an error page whether it answers a form, and which of our pages
// that stands on, "" when nobody can tell.
func OfForm(ctx context.Context) (page string, is bool) {
	f, is := ctx.Value(formKey{}).(form)
	return f.page, is
}

// formPage is the page that a form was sent from, as the browser tells it.
func formPage(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host == "" || from.Host != r.Host || !strings.HasPrefix(from.Path, "/") || strings.HasPrefix(from.Path, "//") {
		return ""
	}
	return from.RequestURI()
}

// Status returns the HTTP status that err calls for.
func Status(err error) int {
	_, invalid := errors.AsType[*fault.InvalidError](err)
	_, busy := errors.AsType[*fault.BusyError](err)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, fault.ErrForbidden):
		return http.StatusForbidden
	case errors.Is(err, fault.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, fault.ErrGone), postgres.IsOrphan(err, "person"):
		return http.StatusGone
	case invalid:
		return http.StatusBadRequest
	case tooLarge:
		return http.StatusRequestEntityTooLarge
	case busy, isOutage(err):
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// isOutage tells that the database did not answer, or not in time.
func isOutage(err error) bool {
	return postgres.IsUnavailable(err) || errors.Is(err, context.DeadlineExceeded)
}

// Page renders c in full before it writes anything, so that a page that fails
// half way is an error page and not half a page.
func Page(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var buf bytes.Buffer
	if err := c.Render(r.Context(), &buf); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes())
	return nil
}

// SeeOther answers a finished POST with the page to look at next. path must be
// one of package paths.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}
