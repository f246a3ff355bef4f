package edge

import (
	"context"
	"net/http"
	"time"

	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/ui"
)

// Sessions knows who is at the browser. A session.Manager is one.
type Sessions interface {
	// Named tells, without looking anything up, whether r names a session.
	Named(r *http.Request) bool
	// Recognise returns r with the session that it names, and whether there is
	// one that lives. It does nothing more when it has done so before, and takes
	// a second at most. Its error means that nobody could find out.
	Recognise(r *http.Request) (*http.Request, bool, error)
	// Admit lets only c's audience through to h; fail answers errors.
	Admit(c route.Class, h http.Handler, fail func(http.ResponseWriter, *http.Request, error)) http.Handler
	// Account returns what pages show of the session in ctx.
	Account(ctx context.Context) ui.Account
}

// Admit keeps a handler to its audience. It goes inside of what Guard does, in
// the language of the page.
func (e *Edge) Admit(c route.Class, h http.Handler) http.Handler {
	if e.Sessions == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.Refuse(w, r, http.StatusForbidden) })
	}
	return e.Sessions.Admit(c, h, e.respond.Error)
}

// recognise puts the session into the context of a page that is made for each
// reader. A public page does without when nobody can tell.
func (e *Edge) recognise(c route.Class, h http.Handler) http.Handler {
	if e.Sessions == nil || c.Audience == route.Operator {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, _, err := e.Sessions.Recognise(r)
		if err != nil && !c.Open() {
			e.respond.Error(w, r, err)
			return
		}
		h.ServeHTTP(w, known)
	})
}

// personal answers readers without a session by open, which has pages in
// memory, and makes a page of its own, which nobody keeps, for those with one. A
// request without a cookie costs nothing more.
func (e *Edge) personal(open, h http.Handler) http.Handler {
	if e.Sessions == nil {
		return open
	}
	h = compress(cacheControl(route.CacheNone, h))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !e.Sessions.Named(r) || e.breaker.away.Load() {
			open.ServeHTTP(w, r)
			return
		}
		known, live, err := e.Sessions.Recognise(r)
		if err != nil || !live {
			open.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, known)
	})
}

// upload receives a form with files before it takes anyone's room, but only
// from somebody who is logged in. What the audience is, Admit decides.
func (e *Edge) upload(h http.Handler) http.Handler {
	receive := e.receive(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		live := false
		if e.Sessions != nil {
			var err error
			if r, live, err = e.Sessions.Recognise(r); err != nil {
				e.respond.Error(w, r, err)
				return
			}
		}
		if !live {
			discard(w, r)
			r.Body = http.NoBody
			h.ServeHTTP(w, r)
			return
		}
		if !e.uploads.enter(r.Context()) {
			e.respond.Error(w, r, busy())
			return
		}
		defer e.uploads.leave()
		until := time.Now().Add(uploadTime) //nolint:forbidigo // of a connection, decides nothing else
		connection := http.NewResponseController(w)
		_ = connection.SetReadDeadline(until)
		_ = connection.SetWriteDeadline(until.Add(uploadWork))
		receive.ServeHTTP(w, r)
	})
}
